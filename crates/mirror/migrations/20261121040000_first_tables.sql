-- Our own tables, which are never dropped, and the first mirrored ones, which can be rebuilt from
-- the vendors. Every mirrored row has an integer key that grows with its date, so that each index
-- is in date order and newest first needs no sorting (src/key.rs). A record is identified by its
-- account and the vendor's id; the id stands first in that index, so that it answers an id whose
-- account nobody knows as well.

create table file_facts (
    name text primary key,
    value text not null
) strict, without rowid;

create table accounts (
    number integer primary key,
    id text not null unique,
    vendor text not null,
    environment text not null constraint account_environment_known check (environment in ('sandbox', 'test', 'live')),
    label text not null,
    base_url text not null,
    key_variable text,
    -- The key for what moves money, where it has one of its own: empty for the vault, else its variable.
    write_key text,
    vendor_account_id text,
    vendor_name text,
    rights_json text not null,
    default_currency text,
    -- The time zone whose days the figures by day are of, as the IANA database names it.
    reporting_zone text not null default 'UTC',
    created_at integer not null,
    removed_at integer
) strict;
create unique index accounts_label on accounts (label) where removed_at is null;

create table intents (
    number integer primary key,
    id text not null unique,
    request_id text not null unique,
    account integer not null references accounts (number),
    kind text not null,
    state text not null constraint intent_state_known check (
        state in ('waiting', 'prepared', 'sent', 'settled', 'refused', 'unsettled', 'needs_person', 'canceled')
    ),
    target_id text,
    amount_minor integer,
    currency text,
    reason text,
    note text,
    -- The approval of a second person that it was decided with.
    approval text,
    path text not null,
    body text not null,
    idempotency_key text not null unique,
    api_version text not null,
    created_at integer not null,
    updated_at integer not null,
    key_expires_at integer not null,
    release_at integer,
    sends integer not null,
    doubtful integer not null,
    key_spent integer not null,
    refused_in_doubt integer not null,
    empty_looks integer not null,
    empty_since integer,
    last_server_error integer,
    conflicts integer not null,
    next_try_at integer,
    object_id text,
    object_status text,
    problem_code text,
    problem_detail text,
    acknowledged_at integer,
    constraint intent_amount_whole check ((amount_minor is null) = (currency is null)),
    constraint intent_waiting_ends check (state <> 'waiting' or release_at is not null),
    constraint intent_refund_positive check (kind <> 'refund' or amount_minor > 0)
) strict;
-- One open intent for each thing that money moves on: the last guard against a second refund.
create unique index intents_open on intents (account, target_id)
    where state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')
        and kind in ('refund', 'capture', 'cancel_payment', 'cancel_refund');
create index intents_state on intents (state);
create index intents_created on intents (account, created_at);
create index intents_target on intents (target_id);
create index intents_noted on intents (target_id) where note is not null;
create index intents_object on intents (object_id) where object_id is not null;

-- How much one person alone may give back, in minor units; null has no limit.
create table refund_limits (
    account integer not null references accounts (number),
    currency text not null,
    per_refund integer constraint limit_per_refund_positive check (per_refund > 0),
    per_day integer constraint limit_per_day_positive check (per_day > 0),
    per_person integer constraint limit_per_person_positive check (per_person > 0),
    primary key (account, currency)
) strict, without rowid;

-- Whose approvals count here, by their public key. Who is trusted no more stays known.
create table approvers (
    number integer primary key,
    key text not null constraint approver_key_once unique,
    name text not null,
    trusted_at integer not null,
    removed_at integer
) strict;

-- Signed requests for refunds above a limit: those that were asked here, and those that were decided here for
-- somebody else. One for a refund becomes the intent of the request's id; one for the rows of a run is used by that
-- run once, and its rows carry the request's id from then on.
create table approval_requests (
    number integer primary key,
    id text not null constraint approval_once unique,
    own integer not null,
    state text not null constraint approval_state check (state in ('asked', 'approved', 'declined', 'used', 'void')),
    -- None where the account of somebody else is not connected here.
    account integer references accounts (number),
    payment_id text,
    amount_minor integer constraint approval_positive check (amount_minor > 0),
    currency text,
    reason text,
    -- The run of the home that asked, and what its file hashes the rows to.
    run text,
    digest text,
    row_count integer constraint approval_rows check (row_count > 0),
    -- The signed files as they are; empty once their person was erased.
    file text not null,
    answer text,
    approver text,
    device text,
    -- How many lines the book had then: what it saw since tells that a clock was set back.
    asked_after integer not null,
    created_at integer not null,
    expires_at integer not null,
    updated_at integer not null,
    constraint approval_of_one_or_many check (
        (run is null) = (payment_id is not null) and (run is null) = (amount_minor is not null)
        and (run is null) = (currency is not null) and (run is null) = (digest is null)
        and (run is null) = (row_count is null)
    ),
    constraint approval_own_account check (own = 0 or account is not null),
    constraint approval_answered check (state not in ('approved', 'used') or approver is not null)
) strict;
create index approval_requests_run on approval_requests (run) where run is not null;

create table api_calls (
    number integer primary key,
    call_id text not null,
    -- By id and without a reference: an account is called before it is added.
    account_id text not null,
    method text not null,
    path_template text not null,
    attempt integer not null,
    status integer,
    error text,
    started_at integer not null,
    duration_ms integer not null,
    request_id text,
    idempotency_key text,
    decision text not null,
    wait_ms integer,
    opens_call integer not null
) strict;
create index api_calls_call on api_calls (call_id);
create index api_calls_opens on api_calls (number) where opens_call = 1;
create index api_calls_started on api_calls (started_at);

-- Who saw and did what. Each line carries the hash of the one before (src/book); what it says of a person is
-- sealed, so that erasing destroys a key and no line.
create table book (
    number integer primary key,
    at integer not null,
    system_user text not null,
    name text not null,
    shell text not null,
    action text not null,
    -- By id and without a reference: a line outlives what it tells of.
    account text,
    subject text not null,
    facts text not null,
    sealed blob,
    previous blob not null,
    hash blob not null,
    constraint book_hashes_whole check (length(previous) = 32 and length(hash) = 32)
) strict;
create index book_subject on book (subject, number);
create index book_action on book (action, number);
create trigger book_never_changes before update on book begin
    select raise(abort, 'a line of the book is never changed');
end;
create trigger book_never_shrinks before delete on book begin
    select raise(abort, 'a line of the book is never taken out');
end;
-- Also keeps `insert or replace` from putting a line in the place of another.
create trigger book_only_grows before insert on book
when new.number <> (select coalesce(max(number), 0) + 1 from book) begin
    select raise(abort, 'a line of the book only follows the last one');
end;

create table book_people (
    number integer primary key,
    tag blob not null unique,
    wrapped blob not null
) strict;

create table book_keys (
    line integer primary key,
    person integer references book_people (number),
    wrapped blob not null
) strict;
create index book_keys_person on book_keys (person) where person is not null;

create table sync_slices (
    account integer not null references accounts (number),
    kind text not null,
    state text not null constraint sync_slice_state_known check (state in ('running', 'complete', 'not_offered')),
    cursor text,
    newest_id text,
    earliest_seen integer,
    rows integer not null,
    started_at integer not null,
    completed_at integer,
    as_of integer,
    last_error text,
    primary key (account, kind)
) strict, without rowid;

create table raw_objects (
    key integer primary key,
    json_zstd blob not null
) strict;

-- Objects that are no records (src/kept_apart.rs), each once, by the vendor's id or a hash of its content.
create table kept_apart (
    number integer primary key,
    account integer not null references accounts (number),
    kind text not null,
    name text not null,
    cause text not null constraint kept_apart_cause_known check (cause in ('unreadable', 'not_at_vendor')),
    kept_at integer not null,
    json_zstd blob,
    unique (account, kind, name, cause)
) strict;

-- What the documents of a kind have in common, to pack them with. Its number stands in each frame
-- that was packed with it, so a dictionary is kept as long as the file; the newest of a kind packs.
create table json_dictionaries (
    number integer primary key,
    kind text not null,
    content blob not null,
    trained_at integer not null,
    samples integer not null
) strict;
create index json_dictionaries_kind on json_dictionaries (kind, trained_at);

-- The figures of each day of an account's reporting zone, written in the transaction that writes the
-- rows they are of (src/rollups.rs). `day` counts days from 1970. A sum stands in two parts of 32
-- bits and more, so that amounts that no bank knows cannot overflow it.
create table daily_totals (
    account integer not null references accounts (number),
    day integer not null,
    currency text not null,
    succeeded integer not null,
    failed integer not null,
    gross_high integer not null,
    gross_low integer not null,
    refunds integer not null,
    refunded_high integer not null,
    refunded_low integer not null,
    primary key (account, day, currency)
) strict, without rowid;

create table daily_failures (
    account integer not null references accounts (number),
    day integer not null,
    reason text not null,
    count integer not null,
    primary key (account, day, reason)
) strict, without rowid;

create table payments (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    payment_intent_id text,
    amount_minor integer not null,
    currency text not null,
    captured_minor integer not null,
    refunded_minor integer not null,
    presentment_minor integer,
    presentment_currency text,
    status text not null,
    disputed integer not null,
    customer_id text,
    email text,
    email_folded text,
    name text,
    postal_code text,
    description text,
    statement_descriptor text,
    receipt_number text,
    method text,
    payment_method_id text,
    card_brand text,
    card_last4 text,
    card_exp_month integer,
    card_exp_year integer,
    card_country text,
    card_funding text,
    card_fingerprint text,
    failure_code text,
    failure_message text,
    decline_reason text,
    risk_level text,
    balance_entry_id text,
    metadata text not null
) strict;
-- Ids of Stripe grow with time, and a first load brings the newest first. A falling index is filled by
-- it page by page; in a growing one each new row would split a page and leave a third of it empty.
create unique index payments_vendor_id on payments (vendor_id desc, account);
create index payments_intent on payments (payment_intent_id desc) where payment_intent_id is not null;
create index payments_customer on payments (customer_id) where customer_id is not null;
create index payments_email on payments (email_folded) where email_folded is not null;
create index payments_last4 on payments (card_last4) where card_last4 is not null;
-- The currency first: of each the amounts are in order, and which ones there are is soon told.
create index payments_amount on payments (currency, amount_minor);
-- Nearly all succeed; they are found by walking the dates.
create index payments_status on payments (status) where status <> 'succeeded';
create index payments_refunded on payments (key) where refunded_minor > 0;
create index payments_disputed on payments (key) where disputed = 1;

create table payment_metadata (
    name text not null,
    value_folded text not null,
    payment_key integer not null,
    primary key (name, value_folded, payment_key)
) strict, without rowid;

-- Words only: the text itself stands in payments and nowhere twice.
create virtual table payment_words using fts5 (
    name, email, description, statement, receipt, postal, method, metadata,
    content = '', contentless_delete = 1, detail = full, tokenize = 'unicode61 remove_diacritics 2'
);

create table payment_intents (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    amount_minor integer not null,
    currency text not null,
    received_minor integer not null,
    capturable_minor integer not null,
    status text not null,
    customer_id text,
    latest_payment_id text,
    description text,
    cancellation_reason text,
    last_error_code text,
    metadata text not null
) strict;
create unique index payment_intents_vendor_id on payment_intents (vendor_id desc, account);
create index payment_intents_customer on payment_intents (customer_id) where customer_id is not null;

create table refunds (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    payment_id text,
    payment_intent_id text,
    amount_minor integer not null,
    currency text not null,
    status text not null,
    reason text,
    pending_reason text,
    failure_reason text,
    trace_reference text,
    balance_entry_id text,
    intent_id text,
    metadata text not null
) strict;
create unique index refunds_vendor_id on refunds (vendor_id desc, account);
create index refunds_payment on refunds (payment_id);
create index refunds_payment_intent on refunds (payment_intent_id) where payment_intent_id is not null;
create index refunds_intent on refunds (intent_id) where intent_id is not null;
create index refunds_status on refunds (status);
create index refunds_trace on refunds (trace_reference) where trace_reference is not null;

create table customers (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    email text,
    email_folded text,
    name text,
    phone text,
    description text,
    deleted integer not null,
    metadata text not null
) strict;
create unique index customers_vendor_id on customers (vendor_id desc, account);
-- With the id, so that the payments of hundreds of people are found without reading the people.
create index customers_email on customers (email_folded, vendor_id) where email_folded is not null;

create table disputes (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    payment_id text,
    amount_minor integer not null,
    currency text not null,
    status text not null,
    reason text,
    evidence_due_at integer,
    payment_refundable integer
) strict;
create unique index disputes_vendor_id on disputes (vendor_id, account);
create index disputes_payment on disputes (payment_id);
create index disputes_open on disputes (account) where status not in ('warning_closed', 'won', 'lost', 'prevented');

create table payouts (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    amount_minor integer not null,
    currency text not null,
    status text not null,
    arrival_at integer,
    method text,
    automatic integer not null,
    failure_code text
) strict;
create unique index payouts_vendor_id on payouts (vendor_id, account);

create table balance_entries (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    amount_minor integer not null,
    currency text not null,
    fee_minor integer not null,
    net_minor integer not null,
    category text not null,
    source_id text,
    status text not null,
    available_at integer,
    description text
) strict;
create unique index balance_entries_vendor_id on balance_entries (vendor_id desc, account);
create index balance_entries_source on balance_entries (source_id desc) where source_id is not null;
create index balance_entries_pending on balance_entries (account, available_at) where status = 'pending';

create table events (
    key integer primary key,
    account integer not null references accounts (number),
    vendor_id text not null,
    created_at integer not null,
    observed_at integer not null,
    digest integer not null,
    kind text not null,
    api_version text,
    subject_object text,
    subject_id text,
    payment_id text,
    customer_id text,
    request_id text,
    idempotency_key text,
    live integer not null
) strict;
create unique index events_vendor_id on events (vendor_id, account);
create index events_subject on events (subject_id) where subject_id is not null;
create index events_payment on events (payment_id) where payment_id is not null;
create index events_idempotency_key on events (idempotency_key) where idempotency_key is not null;

-- The first load of a list in slices of creation time; the rows go once the list is complete.
create table load_slices (
    account integer not null references accounts (number),
    kind text not null,
    number integer not null,
    from_at integer,
    until_at integer,
    cursor text,
    reached_at integer,
    rows integer not null,
    done integer not null,
    plain integer not null,
    primary key (account, kind, number)
) strict, without rowid;

-- Objects that an event told of and did not carry whole, or that were stated in two ways for one
-- moment. They are read at the vendor before their lists are complete (src/unread_objects.rs).
create table unread_objects (
    -- Never given twice, so that striking out one note cannot strike out a later one.
    number integer primary key autoincrement,
    account integer not null references accounts (number),
    kind text not null,
    vendor_id text not null,
    created_at integer,
    constraint unread_object_once unique (account, kind, vendor_id)
) strict;

-- Times that an account's mirror was behind, and how it was brought up to date.
create table catch_ups (
    number integer primary key,
    account integer not null references accounts (number),
    from_at integer not null,
    until_at integer,
    means text not null constraint catch_up_means_known check (means in ('events', 'lists')),
    records integer not null,
    unique (account, from_at)
) strict;

-- Accounts that somebody paused; they are not followed until somebody starts them again.
create table paused_accounts (
    account integer primary key references accounts (number),
    paused_at integer not null
) strict;

-- What an account asked of its vendor, by day (UTC); the calls themselves are purged.
create table request_days (
    account_id text not null,
    day integer not null,
    reads integer not null,
    proof_reads integer not null,
    writes integer not null,
    too_many integer not null,
    primary key (account_id, day)
) strict, without rowid;

-- Saved views, which are never dropped: searches with a name. What a notifying view held when it was
-- last looked at, by account, tells what it gained since (src/saved_views/gains.rs).
create table saved_views (
    number integer primary key,
    name text not null,
    name_folded text not null constraint saved_view_name_unique unique,
    query text not null,
    notify integer not null,
    created_at integer not null,
    updated_at integer not null
) strict;

create table saved_view_looks (
    view integer not null references saved_views (number) on delete cascade,
    account integer not null references accounts (number) on delete cascade,
    -- When all that it holds was last taken; none while that is being written.
    whole_at integer,
    primary key (view, account)
) strict, without rowid;

create table saved_view_payments (
    view integer not null,
    account integer not null,
    payment_key integer not null,
    primary key (view, account, payment_key),
    foreign key (view, account) references saved_view_looks (view, account) on delete cascade
) strict, without rowid;

-- What views gained that nobody was told of yet, and the newest payment of it.
create table saved_view_gains (
    view integer primary key references saved_views (number) on delete cascade,
    payments integer not null,
    payment_key integer not null
) strict;

-- Payments that something happened to since the views were last looked at.
create table touched_payments (
    account integer not null,
    payment_key integer not null,
    number integer not null,
    primary key (account, payment_key)
) strict, without rowid;

-- Refunds by the thousand, which are never dropped (src/bulk.rs). `digest` is of the rows whatever their order.
-- A run that stands as running in a file that nobody works on was cut off, and counts as paused.
create table bulk_runs (
    number integer primary key,
    id text not null unique,
    request_id text not null unique,
    account integer not null references accounts (number),
    name text not null,
    source text not null constraint bulk_source_known check (source in ('file', 'text', 'view')),
    digest text not null,
    same_as text,
    state text not null constraint bulk_state_known check (state in ('ready', 'running', 'paused', 'done', 'canceled')),
    problem_code text,
    problem_detail text,
    created_at integer not null,
    started_at integer,
    ended_at integer
) strict;
create index bulk_runs_digest on bulk_runs (digest);

-- What stood in the file, what it was taken for, and how much goes back. The request id is made here once, so
-- the refund of a row is one intent for ever: it is found by it, and not noted a second time.
create table bulk_rows (
    run integer not null references bulk_runs (number) on delete cascade,
    line integer not null,
    given_payment text,
    given_email text,
    given_amount text,
    given_currency text,
    given_date text,
    given_order text,
    reason text,
    note text,
    matched text not null constraint bulk_match_known check (matched in ('exact', 'likely', 'ambiguous', 'none')),
    matched_by text,
    payment_id text,
    amount_minor integer,
    currency text,
    hold text constraint bulk_hold_known check (hold in ('asks', 'approval', 'blocked', 'refused')),
    problem_code text,
    problem_detail text,
    ticked integer not null,
    request_id text not null unique,
    -- The approval that it is sent with, from the moment that its run began under it.
    approval text,
    primary key (run, line),
    constraint bulk_amount_whole check ((amount_minor is null) = (currency is null))
) strict, without rowid;
create index bulk_rows_payment on bulk_rows (payment_id) where payment_id is not null;

-- What was proven of each kind of each UTC day (src/proof.rs). `changed` says that Paydesk itself
-- changed rows of the day since; without it, rows that no longer come to what the vendor listed were
-- tampered with.
create table proof_days (
    account integer not null references accounts (number),
    kind text not null,
    day integer not null,
    state text not null constraint proof_state_known check (state in ('green', 'amber', 'red')),
    changed integer not null,
    vendor_count integer,
    vendor_sums text,
    vendor_digest blob,
    checked_at integer,
    missing integer not null,
    altered integer not null,
    unknown integer not null,
    found_at integer,
    healed_at integer,
    problem text,
    -- When a comparison of it broke off last, since it was last compared to its end.
    failed_at integer,
    constraint proof_green_compared check (state <> 'green' or (vendor_digest is not null and checked_at is not null)),
    primary key (account, kind, day)
) strict, without rowid;

-- Days that are too large to be compared in one go: what was compared of them so far, their newer part.
create table proof_parts (
    account integer not null references accounts (number),
    kind text not null,
    day integer not null,
    reached_at integer not null,
    seen_at integer not null,
    vendor_count integer not null,
    vendor_sums text not null,
    vendor_digest blob not null,
    primary key (account, kind, day)
) strict, without rowid;

-- Who was erased, each as a keyed hash of the account and the vendor's id of something of theirs: enough
-- to keep them erased when the vendor states them again, and nothing to find them by.
create table erased (
    digest blob primary key
) strict, without rowid;

-- What may be asked in SQL (src/sql.rs, docs/SQL.md): records of the vendors with amounts as exact
-- decimals beside their minor units, and times as ISO 8601 in UTC. Nothing else can be named there.
create table currency_decimals (
    currency text primary key,
    decimals integer not null
) strict, without rowid;
insert into currency_decimals (currency, decimals) values
    ('BIF', 0), ('CLP', 0), ('DJF', 0), ('GNF', 0), ('JPY', 0), ('KMF', 0), ('KRW', 0), ('MGA', 0), ('PYG', 0), ('RWF', 0),
    ('VND', 0), ('VUV', 0), ('XAF', 0), ('XOF', 0), ('XPF', 0), ('BHD', 3), ('JOD', 3), ('KWD', 3), ('OMR', 3), ('TND', 3);

create view v_payments as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.status,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.amount_minor)
        when 3 then printf('%s%d.%03d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 1000), abs(t.amount_minor % 1000))
        else printf('%s%d.%02d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 100), abs(t.amount_minor % 100))
    end as amount,
    t.amount_minor as amount_minor,
    t.currency,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.captured_minor)
        when 3 then printf('%s%d.%03d', iif(t.captured_minor < 0, '-', ''), abs(t.captured_minor / 1000), abs(t.captured_minor % 1000))
        else printf('%s%d.%02d', iif(t.captured_minor < 0, '-', ''), abs(t.captured_minor / 100), abs(t.captured_minor % 100))
    end as captured,
    t.captured_minor as captured_minor,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.refunded_minor)
        when 3 then printf('%s%d.%03d', iif(t.refunded_minor < 0, '-', ''), abs(t.refunded_minor / 1000), abs(t.refunded_minor % 1000))
        else printf('%s%d.%02d', iif(t.refunded_minor < 0, '-', ''), abs(t.refunded_minor / 100), abs(t.refunded_minor % 100))
    end as refunded,
    t.refunded_minor as refunded_minor,
    t.disputed,
    t.customer_id as customer,
    t.payment_intent_id as payment_intent,
    t.email,
    t.name,
    t.postal_code,
    t.description,
    t.statement_descriptor,
    t.receipt_number,
    t.method,
    t.card_brand,
    t.card_last4,
    t.card_exp_month,
    t.card_exp_year,
    t.card_country,
    t.card_funding,
    t.failure_code,
    t.failure_message,
    t.decline_reason,
    t.risk_level,
    t.balance_entry_id as balance_entry,
    (select json_group_object(json_extract(value, '$[0]'), json_extract(value, '$[1]')) from json_each(t.metadata)) as metadata
from payments t join accounts a on a.number = t.account
left join currency_decimals d on d.currency = t.currency;

create view v_refunds as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.payment_id as payment,
    t.payment_intent_id as payment_intent,
    t.status,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.amount_minor)
        when 3 then printf('%s%d.%03d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 1000), abs(t.amount_minor % 1000))
        else printf('%s%d.%02d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 100), abs(t.amount_minor % 100))
    end as amount,
    t.amount_minor as amount_minor,
    t.currency,
    t.reason,
    t.pending_reason,
    t.failure_reason,
    t.trace_reference,
    t.balance_entry_id as balance_entry,
    (select json_group_object(json_extract(value, '$[0]'), json_extract(value, '$[1]')) from json_each(t.metadata)) as metadata
from refunds t join accounts a on a.number = t.account
left join currency_decimals d on d.currency = t.currency;

create view v_customers as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.email,
    t.name,
    t.phone,
    t.description,
    t.deleted,
    (select json_group_object(json_extract(value, '$[0]'), json_extract(value, '$[1]')) from json_each(t.metadata)) as metadata
from customers t join accounts a on a.number = t.account;

create view v_disputes as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.payment_id as payment,
    t.status,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.amount_minor)
        when 3 then printf('%s%d.%03d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 1000), abs(t.amount_minor % 1000))
        else printf('%s%d.%02d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 100), abs(t.amount_minor % 100))
    end as amount,
    t.amount_minor as amount_minor,
    t.currency,
    t.reason,
    strftime('%Y-%m-%dT%H:%M:%S', t.evidence_due_at / 1000, 'unixepoch') || printf('.%03dZ', t.evidence_due_at % 1000) as evidence_due
from disputes t join accounts a on a.number = t.account
left join currency_decimals d on d.currency = t.currency;

create view v_payouts as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.status,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.amount_minor)
        when 3 then printf('%s%d.%03d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 1000), abs(t.amount_minor % 1000))
        else printf('%s%d.%02d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 100), abs(t.amount_minor % 100))
    end as amount,
    t.amount_minor as amount_minor,
    t.currency,
    strftime('%Y-%m-%dT%H:%M:%S', t.arrival_at / 1000, 'unixepoch') || printf('.%03dZ', t.arrival_at % 1000) as arrival,
    t.method,
    t.automatic,
    t.failure_code
from payouts t join accounts a on a.number = t.account
left join currency_decimals d on d.currency = t.currency;

create view v_balance_entries as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.category,
    t.status,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.amount_minor)
        when 3 then printf('%s%d.%03d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 1000), abs(t.amount_minor % 1000))
        else printf('%s%d.%02d', iif(t.amount_minor < 0, '-', ''), abs(t.amount_minor / 100), abs(t.amount_minor % 100))
    end as amount,
    t.amount_minor as amount_minor,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.fee_minor)
        when 3 then printf('%s%d.%03d', iif(t.fee_minor < 0, '-', ''), abs(t.fee_minor / 1000), abs(t.fee_minor % 1000))
        else printf('%s%d.%02d', iif(t.fee_minor < 0, '-', ''), abs(t.fee_minor / 100), abs(t.fee_minor % 100))
    end as fee,
    t.fee_minor as fee_minor,
    case coalesce(d.decimals, 2)
        when 0 then printf('%d', t.net_minor)
        when 3 then printf('%s%d.%03d', iif(t.net_minor < 0, '-', ''), abs(t.net_minor / 1000), abs(t.net_minor % 1000))
        else printf('%s%d.%02d', iif(t.net_minor < 0, '-', ''), abs(t.net_minor / 100), abs(t.net_minor % 100))
    end as net,
    t.net_minor as net_minor,
    t.currency,
    t.source_id as source,
    strftime('%Y-%m-%dT%H:%M:%S', t.available_at / 1000, 'unixepoch') || printf('.%03dZ', t.available_at % 1000) as available,
    t.description
from balance_entries t join accounts a on a.number = t.account
left join currency_decimals d on d.currency = t.currency;

create view v_events as select
    t.vendor_id as id,
    a.label as account,
    strftime('%Y-%m-%dT%H:%M:%S', t.created_at / 1000, 'unixepoch') || printf('.%03dZ', t.created_at % 1000) as created,
    t.kind as type,
    t.subject_object as object,
    t.subject_id as object_id,
    t.payment_id as payment,
    t.customer_id as customer,
    t.request_id,
    t.api_version,
    t.live
from events t join accounts a on a.number = t.account;

create view v_accounts as select
    t.label as account, t.vendor, t.environment, t.vendor_account_id as vendor_account, t.vendor_name as name,
    t.default_currency, t.reporting_zone, t.removed_at is not null as removed
from accounts t;

pragma user_version = 1;
