-- Endpoints that events are sent on to (src/endpoints.rs).
create table endpoints (
    number integer primary key,
    id text not null unique,
    -- Whose events it wants; none for those of all accounts.
    account integer references accounts (number),
    -- Standing, or gone with the shell that made it, or with the one replay that it was made for.
    purpose text not null constraint endpoint_purpose_known check (purpose in ('standing', 'temporary', 'replay')),
    url text not null,
    -- JSON lists of texts.
    types text not null,
    conditions text not null,
    scheme text not null,
    -- The name that the vault keeps its secret under, and the variable of the secret where the vault keeps none.
    secret_entry text not null,
    secret_variable text,
    allow_local integer not null,
    rate_per_second integer not null,
    concurrency integer not null,
    ordered integer not null,
    state text not null constraint endpoint_state_known check (state in ('on', 'paused', 'stopped')),
    reason text,
    since integer not null,
    -- Since when nothing was taken, where the newest try failed.
    failing_since integer,
    -- What happened before is sent only by a replay.
    events_from integer not null,
    -- Until when a temporary one stays.
    lease_until integer,
    created_at integer not null,
    removed_at integer
) strict;

-- Events that came and of which it is not decided yet which endpoints want them, each written in the transaction that
-- writes its event, so that a kill at any moment neither loses nor doubles one.
create table events_to_relay (
    number integer primary key,
    account integer not null references accounts (number),
    event_id text not null,
    -- Requests up to this number may have brought it; those that wait are applied first, since their bytes are sent.
    inbox_until integer not null
) strict;

-- Events that a person sends again (src/replays.rs).
create table replays (
    number integer primary key,
    id text not null unique,
    endpoint integer not null references endpoints (number),
    state text not null constraint replay_state_known check (state in ('preparing', 'running', 'done', 'canceled')),
    -- JSON: which events.
    source text not null,
    -- How far they are looked up.
    cursor text,
    rate_per_second integer not null,
    left_out integer not null default 0,
    started_at integer not null,
    ended_at integer
) strict;
create index replays_open on replays (number) where state in ('preparing', 'running');

-- One event, or one message of our own, on its way to one endpoint (src/deliveries.rs).
create table deliveries (
    number integer primary key,
    endpoint integer not null references endpoints (number),
    account integer not null references accounts (number),
    event_id text not null,
    event_type text not null,
    object_id text,
    event_created_at integer not null,
    replay integer references replays (number),
    body text not null constraint delivery_body_known check (body in ('received', 'feed', 'own')),
    -- The body of a message of our own.
    own_zstd blob,
    -- The same over all tries.
    message_id text not null unique,
    state text not null constraint delivery_state_known check (
        state in ('waiting', 'sending', 'delivered', 'failed', 'canceled')
    ),
    problem text,
    status integer,
    took_ms integer,
    -- Tries that were begun, and those that are left.
    attempts integer not null default 0,
    tries_left integer not null,
    next_try_at integer not null,
    created_at integer not null,
    ended_at integer
) strict;
create unique index deliveries_relayed_once on deliveries (endpoint, account, event_id) where replay is null;
create unique index deliveries_replayed_once on deliveries (replay, account, event_id) where replay is not null;
create index deliveries_due on deliveries (endpoint, replay, next_try_at, event_created_at, number) where state = 'waiting';
create index deliveries_open on deliveries (endpoint, object_id, event_created_at, number) where state in ('waiting', 'sending');
create index deliveries_sending on deliveries (number) where state = 'sending';
create index deliveries_state on deliveries (endpoint, state, number);
create index deliveries_endpoint on deliveries (endpoint, number);
create index deliveries_of_replay on deliveries (replay, number) where replay is not null;
create index deliveries_replay on deliveries (replay, state) where replay is not null;
create index deliveries_event on deliveries (event_id, account);
create index deliveries_failed on deliveries (number) where state = 'failed';
create index deliveries_ended on deliveries (ended_at) where ended_at is not null;

-- Each try, written before it is sent.
create table delivery_attempts (
    number integer primary key,
    delivery integer not null references deliveries (number),
    endpoint integer not null references endpoints (number),
    attempt integer not null,
    started_at integer not null,
    -- None while it is on its way.
    took_ms integer,
    status integer,
    problem text,
    detail text,
    address text,
    headers text not null default '[]',
    -- The first 64 KiB of the answer.
    answer_zstd blob,
    answer_cut integer not null default 0
) strict;
create unique index delivery_attempts_of on delivery_attempts (delivery, attempt);
create index delivery_attempts_endpoint on delivery_attempts (endpoint, started_at);

pragma user_version = 4;
