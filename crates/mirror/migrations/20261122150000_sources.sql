-- Whoever delivers events here without being an account at a vendor's API is a source (src/sources.rs): it stands among
-- the accounts, so that its events are found, sent on and forgotten as theirs are, and nothing ever calls its vendor.
alter table accounts add column is_source integer not null default 0;

-- The address that the vendor calls, where it signs that.
alter table hooks add column public_url text;
-- The id that PayPal gave the webhook, which it signs, and by which certificates it is believed: those that were given,
-- or what the address returned that the vendor named last.
alter table hooks add column webhook_id text;
alter table hooks add column certificate_url text;
alter table hooks add column certificate_pem text;
alter table hooks add column roots_pem text;

-- The events that a request brought which brought several. One that brought a single event names it itself.
create table inbox_events (
    account integer not null references accounts (number),
    event_id text not null,
    inbox integer not null references inbox (number) on delete cascade,
    primary key (account, event_id, inbox)
) strict, without rowid;
create index inbox_events_request on inbox_events (inbox);

pragma user_version = 8;
