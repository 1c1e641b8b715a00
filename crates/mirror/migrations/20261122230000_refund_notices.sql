-- Whether a refund of an account tells its payer by itself once it settled, and how (src/refund_notices.rs).
create table refund_notice_rules (
    account integer primary key references accounts (number),
    is_on integer not null,
    channel text not null constraint notice_channel_known check (channel in ('email', 'sms')),
    -- The account that sends; none until one was chosen.
    sender integer references accounts (number),
    -- The vendor's id of a template; none for our own words.
    template text,
    -- The language of our own words; none for the customer's.
    language text
) strict;

-- One for each refund of ours that settled while the rule was on, written in the transaction that settles it. Nothing of a payer is in it.
create table refund_notices (
    number integer primary key,
    account integer not null references accounts (number),
    -- The intent of the refund: a refund has one, and an intent settles once.
    intent_id text not null unique,
    refund_id text,
    payment_id text,
    -- What the message is written under: the journal of messages has it once.
    request_id text not null unique,
    state text not null constraint notice_state_known check (state in ('waiting', 'done', 'not_sent')),
    -- Why it waits or was not sent.
    reason text,
    created_at integer not null,
    due_at integer not null,
    updated_at integer not null
) strict;
create index refund_notices_due on refund_notices (due_at) where state = 'waiting';
create index refund_notices_not_sent on refund_notices (account, number) where state = 'not_sent';
create index refund_notices_payment on refund_notices (account, payment_id);

pragma user_version = 16;
