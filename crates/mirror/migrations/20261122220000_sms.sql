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
create index messages_from on messages (from_address, place) where from_address is not null;
create index messages_sms on messages (place) where channel = 'sms';
create index messages_inbound on messages (place) where direction = 'inbound';
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

-- The rates of a day are those of email.
drop trigger daily_messages_came;
drop trigger daily_messages_went;
drop trigger daily_messages_changed;
create trigger daily_messages_came after insert on messages
begin
    insert into daily_messages (account, day, taken, delivered, bounced, opened) values (new.account, new.created_at / 86400000,
        new.sandbox_mode = 0 and new.channel = 'email' and new.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced'),
        new.sandbox_mode = 0 and new.channel = 'email' and new.state = 'delivered',
        new.sandbox_mode = 0 and new.channel = 'email' and new.state = 'bounced',
        new.sandbox_mode = 0 and new.channel = 'email' and new.opened_at is not null)
        on conflict (account, day) do update set taken = daily_messages.taken + excluded.taken,
            delivered = daily_messages.delivered + excluded.delivered, bounced = daily_messages.bounced + excluded.bounced,
            opened = daily_messages.opened + excluded.opened;
end;
create trigger daily_messages_went after delete on messages
begin
    update daily_messages set taken = taken - (old.sandbox_mode = 0 and old.channel = 'email' and old.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced')),
        delivered = delivered - (old.sandbox_mode = 0 and old.channel = 'email' and old.state = 'delivered'),
        bounced = bounced - (old.sandbox_mode = 0 and old.channel = 'email' and old.state = 'bounced'),
        opened = opened - (old.sandbox_mode = 0 and old.channel = 'email' and old.opened_at is not null)
        where account = old.account and day = old.created_at / 86400000;
end;
create trigger daily_messages_changed after update of state, opened_at, created_at, account, sandbox_mode on messages
    when old.state is not new.state or (old.opened_at is null) <> (new.opened_at is null) or old.created_at <> new.created_at
        or old.account <> new.account or old.sandbox_mode <> new.sandbox_mode
begin
    update daily_messages set taken = taken - (old.sandbox_mode = 0 and old.channel = 'email' and old.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced')),
        delivered = delivered - (old.sandbox_mode = 0 and old.channel = 'email' and old.state = 'delivered'),
        bounced = bounced - (old.sandbox_mode = 0 and old.channel = 'email' and old.state = 'bounced'),
        opened = opened - (old.sandbox_mode = 0 and old.channel = 'email' and old.opened_at is not null)
        where account = old.account and day = old.created_at / 86400000;
    insert into daily_messages (account, day, taken, delivered, bounced, opened) values (new.account, new.created_at / 86400000,
        new.sandbox_mode = 0 and new.channel = 'email' and new.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced'),
        new.sandbox_mode = 0 and new.channel = 'email' and new.state = 'delivered',
        new.sandbox_mode = 0 and new.channel = 'email' and new.state = 'bounced',
        new.sandbox_mode = 0 and new.channel = 'email' and new.opened_at is not null)
        on conflict (account, day) do update set taken = daily_messages.taken + excluded.taken,
            delivered = daily_messages.delivered + excluded.delivered, bounced = daily_messages.bounced + excluded.bounced,
            opened = daily_messages.opened + excluded.opened;
end;

pragma user_version = 14;
