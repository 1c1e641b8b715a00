-- Where vendors deliver what happened (src/hooks.rs): a path with a token of its own, and where the secret is that
-- signs what comes. Its number stays as long as the file, since requests name it.
create table hooks (
    number integer primary key,
    id text not null unique,
    account integer not null references accounts (number),
    scheme text not null,
    -- The last part of the path. It is no secret by which anything could be signed, and is shown again to be pasted.
    token text not null unique,
    -- The variable of the secret; none where the vault keeps it.
    secret_variable text,
    -- Until when the secret before this one is honoured as well.
    previous_until integer,
    created_at integer not null,
    removed_at integer
) strict;
create unique index hooks_account on hooks (account, scheme) where removed_at is null;

-- Each request that was received (src/inbox.rs), written before it is answered.
create table inbox (
    number integer primary key,
    account integer not null references accounts (number),
    hook integer not null references hooks (number),
    received_at integer not null,
    method text not null,
    -- The path without the token.
    path text not null,
    -- JSON pairs of name and value in their order, without what opens other doors.
    headers text not null,
    body_zstd blob not null,
    body_bytes integer not null,
    scheme text not null,
    verdict text not null constraint inbox_verdict_known check (verdict in ('verified', 'verified_in_part', 'refused')),
    state text not null constraint inbox_state_known check (state in ('waiting', 'applied', 'known', 'kept', 'apart')),
    -- Why it was refused or is kept apart, as a code.
    reason text,
    -- The vendor's id of the event and its type, where they could be read.
    event_id text,
    event_type text,
    -- Whether what is kept is byte for byte what came.
    replayable integer not null,
    constraint inbox_reason_where_needed check (state <> 'apart' or reason is not null)
) strict;
create index inbox_waiting on inbox (number) where state = 'waiting';
create index inbox_event on inbox (event_id) where event_id is not null;
create index inbox_apart on inbox (number) where state = 'apart';
create index inbox_received on inbox (received_at);

pragma user_version = 2;
