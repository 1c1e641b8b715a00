-- Messages are found at any size (src/find/messages): by their place, which has the form of the keys of mirrored rows (src/key.rs): the second
-- of the date, then the number, which is below nought where something older was taken over.
alter table messages add column place integer generated always as
    ((min(max(created_at / 1000, 0), 137438953471) << 26) | ((number + 33554432) & 67108863)) virtual;
-- What stands behind the @ of the address; nothing where the person was erased.
alter table messages add column to_domain text generated always as
    (iif(instr(to_folded, '@') > 0, substr(to_folded, instr(to_folded, '@') + 1), null)) virtual;

drop index messages_to;
drop index messages_state;
drop index messages_payment;
drop index messages_customer;
drop index messages_template;
create index messages_place on messages (place);
create index messages_to on messages (to_folded, place);
create index messages_domain on messages (to_domain, place) where to_domain is not null;
create index messages_state on messages (state, place);
create index messages_purpose on messages (purpose, place);
create index messages_payment on messages (payment_id, place) where payment_id is not null;
create index messages_customer on messages (customer_id, place) where customer_id is not null;
create index messages_template on messages (template, place) where template is not null;
create index messages_link on messages (link, place) where link is not null;
create index messages_opened on messages (place) where opened_at is not null;
create index messages_clicked on messages (place) where clicked_at is not null;
create index messages_complained on messages (place) where complained_at is not null;
create index messages_unsubscribed on messages (place) where unsubscribed_at is not null;
create index messages_vendor_id on messages (vendor_id) where vendor_id is not null;

-- Words of subjects, and of reasons why a message did not arrive; the text itself stands in messages and nowhere twice.
create virtual table message_words using fts5 (
    subject, reason,
    content = '', contentless_delete = 1, detail = full, tokenize = 'unicode61 remove_diacritics 2'
);
insert into message_words (rowid, subject, reason)
    select place, coalesce(subject, ''), iif(state in ('queued', 'sent', 'delivered'), '', coalesce(reason, '')) from messages
    where subject is not null or (reason is not null and state not in ('queued', 'sent', 'delivered'))
    order by place;

-- Whoever writes a message, its words follow.
create trigger message_words_came after insert on messages
    when new.subject is not null or (new.reason is not null and new.state not in ('queued', 'sent', 'delivered'))
begin
    insert into message_words (rowid, subject, reason) values (new.place, coalesce(new.subject, ''),
        iif(new.state in ('queued', 'sent', 'delivered'), '', coalesce(new.reason, '')));
end;
create trigger message_words_went after delete on messages
    when old.subject is not null or (old.reason is not null and old.state not in ('queued', 'sent', 'delivered'))
begin
    delete from message_words where rowid = old.place;
end;
create trigger message_words_changed after update of subject, reason, state, created_at on messages
    when old.subject is not new.subject or old.place is not new.place
        or iif(old.state in ('queued', 'sent', 'delivered'), null, old.reason)
            is not iif(new.state in ('queued', 'sent', 'delivered'), null, new.reason)
begin
    delete from message_words where rowid = old.place;
    insert into message_words (rowid, subject, reason) select new.place, coalesce(new.subject, ''),
        iif(new.state in ('queued', 'sent', 'delivered'), '', coalesce(new.reason, ''))
        where new.subject is not null or (new.reason is not null and new.state not in ('queued', 'sent', 'delivered'));
end;

-- What a message that somebody else sent is about (src/messages/joins.rs): names and values of its sender's, a JSON list of pairs; when a payment was
-- last looked for; and whether a person chose, after which nothing else does.
alter table messages add column named text;
alter table messages add column tried_at integer not null default 0;
alter table messages add column chosen integer not null default 0;
create index messages_to_join on messages (tried_at, place)
    where purpose = 'elsewhere' and chosen = 0 and (link is null or link = 'likely');

-- Rates by day of UTC and account, beside the rows that they are of; the triggers keep both true in one transaction.
create table daily_messages (
    account integer not null references accounts (number),
    day integer not null,
    taken integer not null default 0,
    delivered integer not null default 0,
    bounced integer not null default 0,
    opened integer not null default 0,
    primary key (account, day)
) strict, without rowid;
insert into daily_messages (account, day, taken, delivered, bounced, opened)
    select account, created_at / 86400000, sum(sandbox_mode = 0 and state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced')),
        sum(sandbox_mode = 0 and state = 'delivered'),
        sum(sandbox_mode = 0 and state = 'bounced'),
        sum(sandbox_mode = 0 and opened_at is not null)
    from messages group by 1, 2;
create trigger daily_messages_came after insert on messages
begin
    insert into daily_messages (account, day, taken, delivered, bounced, opened) values (new.account, new.created_at / 86400000,
        new.sandbox_mode = 0 and new.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced'),
        new.sandbox_mode = 0 and new.state = 'delivered',
        new.sandbox_mode = 0 and new.state = 'bounced',
        new.sandbox_mode = 0 and new.opened_at is not null)
        on conflict (account, day) do update set taken = daily_messages.taken + excluded.taken,
            delivered = daily_messages.delivered + excluded.delivered, bounced = daily_messages.bounced + excluded.bounced,
            opened = daily_messages.opened + excluded.opened;
end;
create trigger daily_messages_went after delete on messages
begin
    update daily_messages set taken = taken - (old.sandbox_mode = 0 and old.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced')),
        delivered = delivered - (old.sandbox_mode = 0 and old.state = 'delivered'),
        bounced = bounced - (old.sandbox_mode = 0 and old.state = 'bounced'),
        opened = opened - (old.sandbox_mode = 0 and old.opened_at is not null)
        where account = old.account and day = old.created_at / 86400000;
end;
create trigger daily_messages_changed after update of state, opened_at, created_at, account, sandbox_mode on messages
    when old.state is not new.state or (old.opened_at is null) <> (new.opened_at is null) or old.created_at <> new.created_at
        or old.account <> new.account or old.sandbox_mode <> new.sandbox_mode
begin
    update daily_messages set taken = taken - (old.sandbox_mode = 0 and old.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced')),
        delivered = delivered - (old.sandbox_mode = 0 and old.state = 'delivered'),
        bounced = bounced - (old.sandbox_mode = 0 and old.state = 'bounced'),
        opened = opened - (old.sandbox_mode = 0 and old.opened_at is not null)
        where account = old.account and day = old.created_at / 86400000;
    insert into daily_messages (account, day, taken, delivered, bounced, opened) values (new.account, new.created_at / 86400000,
        new.sandbox_mode = 0 and new.state in ('queued', 'sent', 'deferred', 'delivered', 'dropped', 'bounced'),
        new.sandbox_mode = 0 and new.state = 'delivered',
        new.sandbox_mode = 0 and new.state = 'bounced',
        new.sandbox_mode = 0 and new.opened_at is not null)
        on conflict (account, day) do update set taken = daily_messages.taken + excluded.taken,
            delivered = daily_messages.delivered + excluded.delivered, bounced = daily_messages.bounced + excluded.bounced,
            opened = daily_messages.opened + excluded.opened;
end;

-- Dumps of events that were read from a folder, how far, and what in them could not be.
create table mail_imports (
    number integer primary key,
    account integer not null references accounts (number),
    name text not null,
    digest text not null,
    lines integer not null,
    events integer not null,
    known integer not null,
    bad integer not null,
    finished_at integer,
    constraint mail_import_once unique (account, digest)
) strict;
create table mail_import_problems (
    import integer not null references mail_imports (number),
    line integer not null,
    problem text not null,
    primary key (import, line)
) strict, without rowid;

pragma user_version = 12;
