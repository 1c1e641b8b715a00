-- How an account that sends mail is used (src/messages/settings.rs).
create table mail_settings (
    account integer primary key references accounts (number),
    from_address text,
    from_name text,
    -- JSON list of senders that the vendor lets mail go out as.
    senders text not null default '[]',
    -- JSON list of addresses, and of domains that begin with an @, that get real mail outside live.
    allowed text not null default '[]',
    keep_bodies integer not null default 0,
    tracking integer not null default 0
) strict;

-- Every message to a customer: what we sent, and what events told of that somebody else sent (src/messages.rs).
create table messages (
    number integer primary key,
    id text not null unique,
    -- None of a message that was sent elsewhere.
    request_id text unique,
    account integer not null references accounts (number),
    channel text not null constraint message_channel_known check (channel in ('email', 'sms')),
    purpose text not null constraint message_purpose_known check (
        purpose in ('receipt', 'refund_notice', 'free_text', 'template', 'elsewhere')
    ),
    state text not null constraint message_state_known check (
        state in ('prepared', 'refused', 'canceled', 'unsettled', 'needs_person', 'queued', 'sent', 'deferred', 'delivered',
            'dropped', 'bounced')
    ),
    reason text,
    -- The event that told the state; none where our own call did.
    told_at integer,
    told_event text,
    delivered_at integer,
    opened_at integer,
    clicked_at integer,
    complained_at integer,
    unsubscribed_at integer,
    to_address text not null,
    -- The same in small letters.
    to_folded text not null,
    subject text,
    template text,
    -- What it said, where the account keeps that.
    body text,
    -- The vendor only checks it.
    sandbox_mode integer not null,
    card_masked integer not null,
    payment_account integer references accounts (number),
    payment_id text,
    customer_id text,
    refund_id text,
    link text constraint message_link_known check (link in ('exact', 'likely', 'by_hand')),
    vendor_id text,
    -- How often it was handed to the vendor.
    sends integer not null,
    created_at integer not null,
    updated_at integer not null,
    constraint message_link_whole check ((payment_id is null) = (link is null))
) strict;
-- What may be at the vendor is not sent again by a slip.
create unique index messages_open on messages (account, to_folded, purpose, ifnull(payment_id, ''), ifnull(template, ''))
    where state in ('prepared', 'unsettled', 'needs_person');
create index messages_to on messages (to_folded, number);
create index messages_state on messages (state, number);
create index messages_payment on messages (payment_id, number) where payment_id is not null;
create index messages_customer on messages (customer_id, number) where customer_id is not null;
create index messages_template on messages (template, number) where template is not null;
create index messages_vendor on messages (account, vendor_id, to_folded) where vendor_id is not null;

-- What the vendor told of them, each once.
create table message_events (
    number integer primary key,
    message integer not null references messages (number),
    account integer not null references accounts (number),
    event_id text not null,
    kind text not null,
    at integer not null,
    reason text,
    received_at integer not null
) strict;
create unique index message_events_once on message_events (account, event_id);
create index message_events_of on message_events (message, at);

pragma user_version = 9;
