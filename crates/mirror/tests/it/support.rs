//! Files, accounts and records for the tests.

use std::path::{Path, PathBuf};

use domain::intent::{Intent, IntentKind, IntentState, Progress};
use domain::{
    AccountId, BalanceEntry, CardFacts, Customer, Dispute, Environment, Event, EventSubject, IntentId, Money,
    Observed, Payment, PaymentIntent, Payout, Record, Refund, RequestId, Secret, Timestamp, Vendor,
};
use mirror::{AccountRow, FindScope, KeyReference, Mirror, OpenOptions};
use tempfile::TempDir;

/// A second well inside the tests' days.
pub(crate) const NOON: i64 = 1_772_366_400; // 2026-03-01T12:00:00Z

pub(crate) struct Home {
    folder: TempDir,
    pub(crate) key: Option<Secret>,
}

impl Home {
    pub(crate) fn encrypted() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), key: Some(Mirror::generate_key().unwrap()) }
    }

    pub(crate) fn plain() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), key: None }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("mirror-test.db")
    }

    pub(crate) fn options(&self) -> OpenOptions {
        OpenOptions { path: self.file(), environment: Environment::Test, key: self.key.clone(), readers: 2 }
    }

    pub(crate) async fn open(&self) -> Mirror {
        Mirror::open(self.options()).await.unwrap()
    }

    pub(crate) async fn refusal(&self) -> mirror::MirrorError {
        Mirror::open(self.options()).await.unwrap_err()
    }
}

/// An encrypted mirror with one account.
pub(crate) async fn shop() -> (Home, Mirror, AccountId) {
    let home = Home::encrypted();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    (home, mirror, account)
}

pub(crate) fn account_row(label: &str) -> AccountRow {
    AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::Stripe,
        environment: Environment::Test,
        label: label.parse().unwrap(),
        base_url: "https://api.stripe.com".to_owned(),
        key_reference: KeyReference::Vault,
        write_key_reference: None,
        vendor_account_id: Some("acct_1".to_owned()),
        vendor_name: Some("Shop Ltd".to_owned()),
        rights_json: "{}".to_owned(),
        default_currency: Some("usd".to_owned()),
        created_at: at(NOON),
        removed_at: None,
    }
}

pub(crate) async fn add_account(mirror: &Mirror, label: &str) -> AccountId {
    let row = account_row(label);
    mirror.accounts().insert(&row).await.unwrap();
    row.id
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// Payments of all accounts, on the tests' first day.
pub(crate) fn everywhere() -> FindScope {
    FindScope::all(at(NOON))
}

pub(crate) fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, currency.parse().unwrap())
}

pub(crate) fn seen(record: Record, seconds: i64) -> Observed {
    let json = format!("{{\"id\":\"{}\",\"seen\":{seconds}}}", record.vendor_id()).into_bytes();
    Observed { record, json, observed_at: at(seconds) }
}

pub(crate) fn payment(id: &str, minor: i64) -> Payment {
    Payment {
        vendor_id: id.to_owned(),
        payment_intent_id: None,
        amount: money(minor, "usd"),
        captured_minor: minor,
        refunded_minor: 0,
        presentment: None,
        status: "succeeded".into(),
        disputed: false,
        created_at: at(NOON),
        customer_id: None,
        email: None,
        name: None,
        postal_code: None,
        description: None,
        statement_descriptor: None,
        receipt_number: None,
        method: Some("card".to_owned()),
        payment_method_id: None,
        card: CardFacts {
            brand: Some("visa".to_owned()),
            last4: Some("4242".to_owned()),
            exp_month: Some(12),
            exp_year: Some(2030),
            ..CardFacts::default()
        },
        failure_code: None,
        failure_message: None,
        decline_reason: None,
        risk_level: None,
        balance_entry_id: None,
        metadata: Vec::new(),
    }
}

pub(crate) fn refund(id: &str, payment_id: &str, minor: i64) -> Refund {
    Refund {
        vendor_id: id.to_owned(),
        payment_id: Some(payment_id.to_owned()),
        payment_intent_id: None,
        amount: money(minor, "usd"),
        status: "succeeded".into(),
        reason: Some("duplicate".into()),
        created_at: at(NOON + 60),
        pending_reason: None,
        failure_reason: None,
        trace_reference: None,
        balance_entry_id: None,
        intent_id: None,
        metadata: vec![("why".to_owned(), "asked".to_owned())],
    }
}

pub(crate) fn customer(id: &str, email: &str) -> Customer {
    Customer {
        vendor_id: id.to_owned(),
        created_at: at(NOON),
        email: Some(email.to_owned()),
        name: Some("Jane Doe".to_owned()),
        phone: None,
        description: None,
        deleted: false,
        metadata: Vec::new(),
    }
}

pub(crate) fn dispute(id: &str, payment_id: &str) -> Dispute {
    Dispute {
        vendor_id: id.to_owned(),
        payment_id: Some(payment_id.to_owned()),
        amount: money(500, "usd"),
        status: "needs_response".into(),
        reason: Some("fraudulent".to_owned()),
        created_at: at(NOON),
        evidence_due_at: Some(at(NOON + 86_400)),
        payment_refundable: Some(false),
    }
}

pub(crate) fn event(id: &str, payment_id: &str, seconds: i64) -> Event {
    Event {
        vendor_id: id.to_owned(),
        kind: "charge.succeeded".to_owned(),
        created_at: at(seconds),
        api_version: Some("2026-01-01".to_owned()),
        subject: EventSubject {
            object: Some("charge".to_owned()),
            vendor_id: Some(payment_id.to_owned()),
            payment_id: Some(payment_id.to_owned()),
            customer_id: None,
        },
        request_id: Some("req_1".to_owned()),
        idempotency_key: Some("key-1".to_owned()),
        live: false,
    }
}

/// One record of every kind.
pub(crate) fn one_of_each() -> Vec<Record> {
    vec![
        Record::Payment(Payment { presentment: Some(money(450, "eur")), ..payment("ch_1", 500) }),
        Record::Refund(refund("re_1", "ch_1", 100)),
        Record::Customer(customer("cus_1", "Jane@Example.org")),
        Record::Dispute(dispute("dp_1", "ch_1")),
        Record::PaymentIntent(PaymentIntent {
            vendor_id: "pi_1".to_owned(),
            amount: money(500, "usd"),
            received_minor: 500,
            capturable_minor: 0,
            status: "a_status_of_tomorrow".into(),
            created_at: at(NOON),
            customer_id: Some("cus_1".to_owned()),
            latest_payment_id: Some("ch_1".to_owned()),
            description: None,
            cancellation_reason: None,
            last_error_code: None,
            metadata: vec![("order_id".to_owned(), "1042".to_owned())],
        }),
        Record::Payout(Payout {
            vendor_id: "po_1".to_owned(),
            amount: money(-500, "usd"),
            status: "paid".into(),
            created_at: at(NOON),
            arrival_at: None,
            method: None,
            automatic: true,
            failure_code: None,
        }),
        Record::BalanceEntry(balance_entry("txn_1", "ch_1")),
        Record::Event(event("evt_1", "ch_1", NOON)),
    ]
}

pub(crate) fn balance_entry(id: &str, source: &str) -> BalanceEntry {
    BalanceEntry {
        vendor_id: id.to_owned(),
        amount: money(500, "usd"),
        fee_minor: 45,
        net_minor: 455,
        category: "charge".to_owned(),
        source_id: Some(source.to_owned()),
        status: "available".to_owned(),
        created_at: at(NOON),
        available_at: Some(at(NOON + 1)),
        description: None,
    }
}

pub(crate) fn intent(account: AccountId, kind: IntentKind, target: &str, minor: i64) -> Intent {
    let id = IntentId::generate();
    Intent {
        id,
        request_id: RequestId::generate(),
        account_id: account,
        kind,
        state: IntentState::Prepared,
        target_id: Some(target.to_owned()),
        amount: Some(money(minor, "usd")),
        reason: Some("duplicate".into()),
        note: Some("asked by phone".to_owned()),
        approval: None,
        path: "/v1/refunds".to_owned(),
        body: format!("charge={target}&amount={minor}"),
        idempotency_key: format!("key-{id}"),
        api_version: "2026-01-01".to_owned(),
        created_at: at(NOON),
        updated_at: at(NOON),
        key_expires_at: at(NOON + 82_800),
        release_at: None,
        progress: Progress::default(),
        next_try_at: None,
        object_id: None,
        object_status: None,
        problem_code: None,
        problem_detail: None,
        acknowledged_at: None,
    }
}
