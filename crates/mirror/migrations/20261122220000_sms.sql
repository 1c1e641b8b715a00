-- SMS stand in the journal of messages beside email (src/messages.rs, src/messages/log.rs).
alter table messages add column direction text not null default 'outbound'
    constraint message_direction_known check (direction in ('outbound', 'inbound'));
-- Who it comes from: a number, a name or the id of a messaging service.
alter table messages add column from_address text;
-- How many messages it is on the air.
alter table messages add column segments integer;
-- What the vendor took for it, in the vendor's own digits, and in which currency.
alter table messages add column price text;
alter table messages add column price_currency text;
-- A salted hash of whom it went to and what it said, by which it is found in the vendor's list after a lost answer.
alter table messages add column fingerprint text;
-- The journal is read by time, to the second, as the vendor counts: what is taken over from a list stands where it belongs (src/find/messages.rs).
create index messages_by_time on messages (created_at / 1000, number);
create index messages_from on messages (from_address, number) where from_address is not null;
create index messages_doubtful on messages (account, number) where state in ('unsettled', 'needs_person') and fingerprint is not null;

-- The account's test credentials deliver to nobody.
alter table mail_settings add column test_credentials integer not null default 0;

-- How far the vendor's own list of messages was read (src/messages/log.rs).
create table message_logs (
    account integer primary key references accounts (number),
    -- All from the one moment to the other is here, by the vendor's clock; none before the first page.
    newest_at integer,
    oldest_at integer,
    -- All from the one moment to the other is here too, newer than those, with a gap between; both or none.
    ahead_newest_at integer,
    ahead_oldest_at integer,
    -- The list was read down to its end.
    reached_end integer not null default 0,
    read_at integer
) strict;

pragma user_version = 12;
