-- When a message is sent, where that is later, and the vendor's id that it can be taken back under.
alter table messages add column send_at integer;
alter table messages add column batch_id text;
create index messages_batch on messages (batch_id, state) where batch_id is not null;

-- What an account listed at its vendor, and when (src/mail_lists.rs): copies, read anew when they are old.
create table mail_lists (
    account integer not null references accounts (number),
    list text not null constraint mail_list_known check (list in ('templates', 'suppressions', 'groups')),
    as_of integer not null,
    primary key (account, list)
) strict, without rowid;

create table mail_templates (
    account integer not null references accounts (number),
    place integer not null,
    template text not null,
    name text not null,
    subject text,
    updated_at text,
    -- The version that is sent, as JSON, once somebody looked at it.
    version text,
    version_as_of integer,
    primary key (account, template)
) strict, without rowid;

create table mail_groups (
    account integer not null references accounts (number),
    group_id integer not null,
    name text not null,
    description text not null,
    unsubscribes integer not null,
    primary key (account, group_id)
) strict, without rowid;

create table mail_suppressions (
    number integer primary key,
    account integer not null references accounts (number),
    kind text not null constraint suppression_kind_known check (
        kind in ('bounce', 'block', 'spam_report', 'invalid', 'unsubscribed', 'group_unsubscribed')
    ),
    email text not null,
    email_folded text not null,
    group_id integer,
    reason text,
    since integer
) strict;
create index mail_suppressions_email on mail_suppressions (email_folded, account);
create index mail_suppressions_account on mail_suppressions (account, number);

-- Email by the thousand (src/mail_runs.rs).
create table mail_runs (
    number integer primary key,
    id text not null unique,
    request_id text not null unique,
    account integer not null references accounts (number),
    name text not null,
    source text not null constraint mail_source_known check (source in ('file', 'text', 'view')),
    digest text not null,
    same_as text,
    state text not null constraint mail_run_state_known check (state in ('ready', 'running', 'paused', 'done', 'canceled')),
    problem_code text,
    problem_detail text,
    subject text,
    body text,
    template text,
    data text,
    group_id integer,
    send_at integer,
    batch_id text,
    schedule text constraint mail_schedule_known check (schedule in ('waiting', 'paused', 'canceled')),
    per_request integer not null,
    suppressions_read integer not null,
    created_at integer not null,
    started_at integer,
    ended_at integer,
    constraint mail_run_says_one check ((subject is null) <> (template is null))
) strict;
create index mail_runs_digest on mail_runs (digest);

-- The id of each recipient's message is made here once: a row whose message is in the journal is never handed over again.
create table mail_run_rows (
    run integer not null references mail_runs (number) on delete cascade,
    line integer not null,
    given text not null,
    to_address text,
    to_folded text,
    data text,
    payment_account integer references accounts (number),
    payment_id text,
    hold text constraint mail_hold_known check (hold in ('invalid', 'duplicate', 'suppressed', 'held')),
    problem_code text,
    problem_detail text,
    message_id text not null unique,
    primary key (run, line)
) strict, without rowid;
create index mail_run_rows_to on mail_run_rows (to_folded) where to_folded is not null;

pragma user_version = 11;
