-- What a saved view searches: payments, or events (src/saved_views.rs).
alter table saved_views add column subject text not null default 'payments' check (subject in ('payments', 'events'));

-- Messages that open what a later one ends (src/deliveries/own.rs, src/disputes/due.rs).
create index own_messages_opening on own_messages (account, event_type, object_id)
    where event_type in ('paydesk.dispute.due', 'paydesk.refund.refused');

pragma user_version = 10;
