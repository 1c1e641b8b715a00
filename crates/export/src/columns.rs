//! The columns of each kind, and a record as a row of them.

use std::borrow::Cow;

use domain::card_number::mask_card_numbers;
use domain::{
    BalanceEntry, CardFacts, Customer, Dispute, Event, ExponentTable, Kind, Money, Payment, PaymentIntent,
    Payout, Record, Refund, Timestamp,
};

use crate::cell::{Cell, Column, Sort};

/// A record with where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The record.
    pub record: &'a Record,
    /// Label of its account.
    pub account: &'a str,
    /// How many decimals the vendor's amounts have.
    pub exponents: ExponentTable,
    /// When the vendor stated it.
    pub as_of: Timestamp,
}

const fn column(name: &'static str, sort: Sort) -> Column {
    Column { name, sort }
}

macro_rules! columns {
    ($($constant:ident: $($sort:ident $name:literal),+;)+) => {
        $(const $constant: &[Column] = &[$(column($name, Sort::$sort)),+];)+
    };
}

columns! {
    PAYMENTS: Text "id", Text "account", Moment "created", Text "status", Amount "amount", Text "currency",
        Amount "captured", Amount "refunded", Amount "presentment_amount", Text "presentment_currency",
        Flag "disputed", Text "customer", Text "email", Text "name", Text "postal_code", Text "description",
        Text "statement_descriptor", Text "receipt_number", Text "method", Text "payment_method",
        Text "card_brand", Text "card_last4", Whole "card_exp_month", Whole "card_exp_year",
        Text "card_country", Text "card_funding", Text "card_fingerprint", Text "failure_code",
        Text "failure_message", Text "decline_reason", Text "risk_level", Text "payment_intent",
        Text "balance_entry", Pairs "metadata", Moment "as_of";
    REFUNDS: Text "id", Text "account", Moment "created", Text "status", Amount "amount", Text "currency",
        Text "payment", Text "payment_intent", Text "reason", Text "pending_reason", Text "failure_reason",
        Text "trace_reference", Text "intent", Text "balance_entry", Pairs "metadata", Moment "as_of";
    CUSTOMERS: Text "id", Text "account", Moment "created", Text "email", Text "name", Text "phone",
        Text "description", Flag "deleted", Pairs "metadata", Moment "as_of";
    PAYMENT_INTENTS: Text "id", Text "account", Moment "created", Text "status", Amount "amount",
        Text "currency", Amount "received", Amount "capturable", Text "customer", Text "latest_payment",
        Text "description", Text "cancellation_reason", Text "last_error_code", Pairs "metadata",
        Moment "as_of";
    DISPUTES: Text "id", Text "account", Moment "created", Text "status", Amount "amount", Text "currency",
        Text "payment", Text "reason", Moment "evidence_due", Flag "payment_refundable", Moment "as_of";
    PAYOUTS: Text "id", Text "account", Moment "created", Text "status", Amount "amount", Text "currency",
        Moment "arrival", Text "method", Flag "automatic", Text "failure_code", Moment "as_of";
    BALANCE_ENTRIES: Text "id", Text "account", Moment "created", Text "status", Text "category",
        Amount "amount", Amount "fee", Amount "net", Text "currency", Text "source", Moment "available",
        Text "description", Moment "as_of";
    EVENTS: Text "id", Text "account", Moment "created", Text "type", Text "subject_object", Text "subject",
        Text "payment", Text "customer", Text "request", Text "idempotency_key", Text "api_version",
        Flag "live", Moment "as_of";
}

/// The columns of a kind. New ones are added at the end, so that what reads by position goes on.
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Payments => PAYMENTS,
        Kind::Refunds => REFUNDS,
        Kind::Customers => CUSTOMERS,
        Kind::PaymentIntents => PAYMENT_INTENTS,
        Kind::Disputes => DISPUTES,
        Kind::Payouts => PAYOUTS,
        Kind::BalanceEntries => BALANCE_ENTRIES,
        Kind::Events => EVENTS,
    }
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

fn maybe(text: &Option<String>) -> Cell<'_> {
    text.as_deref().map_or(Cell::Empty, self::text)
}

/// Text that people type. A card number that slipped in does not leave in a file (threat T20).
fn free(text: &Option<String>) -> Cell<'_> {
    match text.as_deref() {
        None => Cell::Empty,
        Some(text) if text.bytes().filter(u8::is_ascii_digit).count() < 12 => self::text(text),
        Some(text) => Cell::Text(Cow::Owned(mask_card_numbers(text))),
    }
}

fn moment(moment: Option<Timestamp>) -> Cell<'static> {
    moment.map_or(Cell::Empty, Cell::Moment)
}

fn small(number: Option<impl Into<i64>>) -> Cell<'static> {
    number.map_or(Cell::Empty, |number| Cell::Whole(number.into()))
}

/// The row of a record: one cell for each of [`columns`].
pub fn cells<'a>(row: &Row<'a>) -> Vec<Cell<'a>> {
    let mut cells = match row.record {
        Record::Payment(one) => payment(one, row),
        Record::Refund(one) => refund(one, row),
        Record::Customer(one) => customer(one, row),
        Record::PaymentIntent(one) => payment_intent(one, row),
        Record::Dispute(one) => dispute(one, row),
        Record::Payout(one) => payout(one, row),
        Record::BalanceEntry(one) => balance_entry(one, row),
        Record::Event(one) => event(one, row),
    };
    cells.push(Cell::Moment(row.as_of));
    cells
}

fn payment<'a>(one: &'a Payment, row: &Row<'a>) -> Vec<Cell<'a>> {
    let amount = |minor| Cell::Amount(Money::new(minor, one.amount.currency), row.exponents);
    let mut cells = vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(one.status.as_str()),
        amount(one.amount.minor),
        currency(one.amount),
        amount(one.captured_minor),
        amount(one.refunded_minor),
        one.presentment.map_or(Cell::Empty, |money| Cell::Amount(money, row.exponents)),
        one.presentment.map_or(Cell::Empty, currency),
        Cell::Flag(one.disputed),
        maybe(&one.customer_id),
        maybe(&one.email),
        free(&one.name),
        maybe(&one.postal_code),
        free(&one.description),
        free(&one.statement_descriptor),
        maybe(&one.receipt_number),
        maybe(&one.method),
        maybe(&one.payment_method_id),
    ];
    cells.extend(card(&one.card));
    cells.extend([
        maybe(&one.failure_code),
        free(&one.failure_message),
        maybe(&one.decline_reason),
        maybe(&one.risk_level),
        maybe(&one.payment_intent_id),
        maybe(&one.balance_entry_id),
        Cell::Pairs(&one.metadata),
    ]);
    cells
}

fn card(card: &CardFacts) -> [Cell<'_>; 7] {
    [
        maybe(&card.brand),
        maybe(&card.last4),
        small(card.exp_month),
        small(card.exp_year),
        maybe(&card.country),
        maybe(&card.funding),
        maybe(&card.fingerprint),
    ]
}

fn currency(money: Money) -> Cell<'static> {
    Cell::Text(Cow::Owned(money.currency.code().to_owned()))
}

fn refund<'a>(one: &'a Refund, row: &Row<'a>) -> Vec<Cell<'a>> {
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(one.status.as_str()),
        Cell::Amount(one.amount, row.exponents),
        currency(one.amount),
        maybe(&one.payment_id),
        maybe(&one.payment_intent_id),
        one.reason.as_ref().map_or(Cell::Empty, |reason| text(reason.as_str())),
        maybe(&one.pending_reason),
        maybe(&one.failure_reason),
        maybe(&one.trace_reference),
        maybe(&one.intent_id),
        maybe(&one.balance_entry_id),
        Cell::Pairs(&one.metadata),
    ]
}

fn customer<'a>(one: &'a Customer, row: &Row<'a>) -> Vec<Cell<'a>> {
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        maybe(&one.email),
        free(&one.name),
        maybe(&one.phone),
        free(&one.description),
        Cell::Flag(one.deleted),
        Cell::Pairs(&one.metadata),
    ]
}

fn payment_intent<'a>(one: &'a PaymentIntent, row: &Row<'a>) -> Vec<Cell<'a>> {
    let amount = |minor| Cell::Amount(Money::new(minor, one.amount.currency), row.exponents);
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(one.status.as_str()),
        amount(one.amount.minor),
        currency(one.amount),
        amount(one.received_minor),
        amount(one.capturable_minor),
        maybe(&one.customer_id),
        maybe(&one.latest_payment_id),
        free(&one.description),
        maybe(&one.cancellation_reason),
        maybe(&one.last_error_code),
        Cell::Pairs(&one.metadata),
    ]
}

fn dispute<'a>(one: &'a Dispute, row: &Row<'a>) -> Vec<Cell<'a>> {
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(one.status.as_str()),
        Cell::Amount(one.amount, row.exponents),
        currency(one.amount),
        maybe(&one.payment_id),
        maybe(&one.reason),
        moment(one.evidence_due_at),
        one.payment_refundable.map_or(Cell::Empty, Cell::Flag),
    ]
}

fn payout<'a>(one: &'a Payout, row: &Row<'a>) -> Vec<Cell<'a>> {
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(one.status.as_str()),
        Cell::Amount(one.amount, row.exponents),
        currency(one.amount),
        moment(one.arrival_at),
        maybe(&one.method),
        Cell::Flag(one.automatic),
        maybe(&one.failure_code),
    ]
}

fn balance_entry<'a>(one: &'a BalanceEntry, row: &Row<'a>) -> Vec<Cell<'a>> {
    let amount = |minor| Cell::Amount(Money::new(minor, one.amount.currency), row.exponents);
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(&one.status),
        text(&one.category),
        amount(one.amount.minor),
        amount(one.fee_minor),
        amount(one.net_minor),
        currency(one.amount),
        maybe(&one.source_id),
        moment(one.available_at),
        free(&one.description),
    ]
}

fn event<'a>(one: &'a Event, row: &Row<'a>) -> Vec<Cell<'a>> {
    vec![
        text(&one.vendor_id),
        text(row.account),
        Cell::Moment(one.created_at),
        text(&one.kind),
        maybe(&one.subject.object),
        maybe(&one.subject.vendor_id),
        maybe(&one.subject.payment_id),
        maybe(&one.subject.customer_id),
        maybe(&one.request_id),
        maybe(&one.idempotency_key),
        maybe(&one.api_version),
        Cell::Flag(one.live),
    ]
}
