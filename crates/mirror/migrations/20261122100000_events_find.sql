-- Events are found by what they are, by whom they concern and by how they came (src/find/events).

-- Whether the vendor's signature on a delivery of it held, which outlasts the request that it was in.
alter table events add column signed integer not null default 0;
update events set signed = 1 where exists (
    select 1 from inbox i where i.event_id = events.vendor_id and i.account = events.account
    and i.verdict = 'verified' and i.state in ('applied', 'known')
);

create index events_kind on events (kind);
create index events_object on events (subject_object) where subject_object is not null;
create index events_customer on events (customer_id) where customer_id is not null;
create index events_request on events (request_id) where request_id is not null;
create index events_signed on events (signed);

-- A key of the same form as those of mirrored rows (src/key.rs), so that requests which brought no event stand in one
-- list with the events: the second, then the number, then 15, which is no kind's.
alter table inbox add column place integer generated always as
    (((received_at / 1000) << 26) | ((number & 4194303) << 4) | 15) virtual;
create index inbox_place on inbox (place, verdict, account, event_type, event_id) where state in ('apart', 'kept');

pragma user_version = 3;
