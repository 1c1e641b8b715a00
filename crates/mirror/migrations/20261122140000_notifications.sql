-- Channels are endpoints of another form, so that messages go to them through the same relay (src/endpoints.rs).
alter table endpoints add column form text not null default 'events' constraint endpoint_form_known check (
    form in ('events', 'slack', 'pagerduty', 'email', 'desktop')
);
-- What a person calls a channel.
alter table endpoints add column name text;
-- JSON: what else a channel has, such as its quiet hours. No secret is in it.
alter table endpoints add column channel text;
create unique index endpoints_name on endpoints (name) where name is not null and removed_at is null;

-- Messages of our own, each written in the transaction that finds what it tells (src/deliveries/own.rs). What it says of
-- what is its name: it is there once for ever, so that nothing is told twice. Its body goes when it is old.
create table own_messages (
    number integer primary key,
    account integer not null references accounts (number),
    name text not null,
    event_type text not null,
    object_id text,
    created_at integer not null,
    body_zstd blob,
    -- Whether it was decided which endpoints want it.
    routed integer not null default 0
) strict;
create unique index own_messages_once on own_messages (account, name);
create index own_messages_to_route on own_messages (number) where routed = 0;

-- Times in which a mirror is not what the vendor has: a day that a proof found red, a time that following missed, a key that
-- the vendor takes no more (src/gaps.rs). One of each is open at once.
create table mirror_gaps (
    number integer primary key,
    id text not null unique,
    account integer not null references accounts (number),
    cause text not null constraint mirror_gap_cause_known check (cause in ('proof', 'following', 'key')),
    -- Which day of which kind, for a proof; else empty.
    subject text not null,
    opened_at integer not null,
    closed_at integer
) strict;
create unique index mirror_gaps_open on mirror_gaps (account, cause, subject) where closed_at is null;

pragma user_version = 5;
