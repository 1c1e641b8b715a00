//! Synthetic history that goes from memory through [`Mirror::commit_page`], shared by the measurements.

use std::fmt::Write as _;

use domain::{
    AccountId, BalanceEntry, CardFacts, Customer, Environment, Kind, Money, Observed, Payment, PaymentIntent,
    Record, Refund, Timestamp, Vendor,
};
use mirror::{AccountRow, KeyReference, Mirror, SliceRow};

/// Objects of one page, the most that Stripe gives.
const PAGE: u64 = 100;
/// Seconds between two charges: a year of history for 100,000 of them, ten for a million.
const SECONDS_PER_CHARGE: i64 = 300;
/// The second of the newest charge.
pub(crate) const NEWEST: i64 = 1_795_000_000;
/// Slices of one kind that are loaded beside each other, as a first load does.
const SLICES: u64 = 24;

/// Keeps so many charges and what comes with them, all kinds beside each other; how many rows that were.
pub(crate) async fn load_all(mirror: &Mirror, charges: u64) -> u64 {
    let account = add_account(mirror).await;
    let _many_pages_come = mirror.bulk_load();
    let mut loads = tokio::task::JoinSet::new();
    for kind in [Kind::Payments, Kind::PaymentIntents, Kind::BalanceEntries, Kind::Customers, Kind::Refunds] {
        let count = count_of(kind, charges);
        for slice in 0..SLICES {
            let (from, until) = (count * slice / SLICES, count * (slice + 1) / SLICES);
            let mirror = mirror.clone();
            loads.spawn(async move { load(&mirror, account, kind, from, until).await });
        }
    }
    loads.join_all().await.into_iter().sum()
}

async fn add_account(mirror: &Mirror) -> AccountId {
    let row = AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::Stripe,
        environment: Environment::Test,
        label: "bench".parse().unwrap(),
        base_url: "https://api.stripe.com".to_owned(),
        key_reference: KeyReference::Vault,
        write_key_reference: None,
        vendor_account_id: None,
        vendor_name: None,
        rights_json: "{}".to_owned(),
        default_currency: None,
        created_at: Timestamp::from_seconds(NEWEST),
        removed_at: None,
    };
    mirror.accounts().insert(&row).await.unwrap();
    row.id
}

/// How many objects of a kind come with so many charges, as in the sandbox's shop.
fn count_of(kind: Kind, charges: u64) -> u64 {
    match kind {
        Kind::PaymentIntents => charges * 93 / 100,
        Kind::BalanceEntries => charges * 102 / 100,
        Kind::Customers => charges * 35 / 100,
        Kind::Refunds => charges * 85 / 1_000,
        _ => charges,
    }
}

async fn load(mirror: &Mirror, account: AccountId, kind: Kind, from: u64, until: u64) -> u64 {
    let mut list = SliceRow::started(account, kind, Timestamp::from_seconds(NEWEST));
    let mut rows = 0;
    let mut next = from;
    while next < until {
        let end = (next + PAGE).min(until);
        let page: Vec<Observed> = (next..end).map(|number| observed(kind, number)).collect();
        list.rows += page.len() as u64;
        list.cursor = page.last().map(|one| one.record.vendor_id().to_owned());
        let outcome = mirror.commit_page(account, &page, Some(list.clone().into())).await.unwrap();
        rows += outcome.inserted;
        next = end;
    }
    rows
}
/// Digits without meaning, the same for the same number.
fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Letters in the order of their bytes, as Stripe counts with them.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The second that the letters of Stripe's ids count from: `1Pgafm` was made at 1721948530.
const IDS_COUNT_FROM: i64 = 1_342_389_380;

fn letters(seed: u64, count: usize) -> String {
    let mut out = String::with_capacity(count);
    let mut left = mix(seed);
    for place in 0..count {
        if place % 10 == 9 {
            left = mix(left ^ seed);
        }
        out.push(digit(left));
        left /= 62;
    }
    out
}

fn digit(number: u64) -> char {
    char::from(DIGITS[usize::try_from(number % 62).unwrap()])
}

/// The second as Stripe's ids begin with it: five letters, so that ids are in the order of time.
fn second(at: i64) -> String {
    let number = u64::try_from(at - IDS_COUNT_FROM).unwrap();
    (0..5).rev().map(|place| digit(number / 62_u64.pow(place))).collect()
}

/// An id as Stripe makes them: the second, the account, and letters without meaning.
fn id(prefix: &str, number: u64) -> String {
    let own = letters(number ^ (u64::from(prefix.as_bytes()[0]) << 40), 8);
    format!("{prefix}{}LkdIwHu7ix{own}", second(created(number)))
}

/// The id of a customer, who came when the charge of twice the number was made.
fn customer_id(number: u64) -> String {
    format!("cus_{}{}", second(created(number * 2)), letters(number ^ (0x63 << 40), 9))
}

const FIRST: [&str; 16] = [
    "Mia", "Noah", "Emma", "Luca", "Sofia", "Liam", "Anna", "Jonas", "Lea", "Elias", "Nina", "David", "Sara",
    "Felix", "Julia", "Max",
];
const LAST: [&str; 16] = [
    "Müller",
    "Meier",
    "Schmid",
    "Keller",
    "Weber",
    "Huber",
    "Schneider",
    "Frei",
    "Brunner",
    "Baumann",
    "Fischer",
    "Moser",
    "Graf",
    "Roth",
    "Suter",
    "Baker",
];
const CITIES: [&str; 8] = ["Zürich", "Bern", "Basel", "Genève", "Berlin", "London", "Austin", "Lyon"];
const THINGS: [&str; 8] =
    ["linen shirt", "tea pot", "desk lamp", "wool scarf", "notebook", "backpack", "mug", "poster"];
const BRANDS: [&str; 4] = ["visa", "mastercard", "amex", "discover"];
const CURRENCIES: [&str; 4] = ["usd", "eur", "gbp", "chf"];

fn pick<T: Copy>(words: &[T], seed: u64) -> T {
    words[usize::try_from(mix(seed) % words.len() as u64).unwrap()]
}

struct Person {
    name: String,
    email: String,
    customer: String,
}

fn person(customer: u64) -> Person {
    let (first, last) = (pick(&FIRST, customer ^ 0xf1), pick(&LAST, customer ^ 0x1a));
    let mail = last.to_lowercase().replace('ü', "ue");
    Person {
        name: format!("{first} {last}"),
        email: format!("{}.{mail}{}@example.com", first.to_lowercase(), mix(customer) % 10_000),
        customer: customer_id(customer),
    }
}

fn created(number: u64) -> i64 {
    NEWEST - i64::try_from(number).unwrap() * SECONDS_PER_CHARGE
}

fn money(number: u64) -> Money {
    let minor = i64::try_from(500 + mix(number ^ 0xa0) % 40_000).unwrap();
    Money::new(minor, pick(&CURRENCIES, number ^ 0xc0).parse().unwrap())
}

fn observed(kind: Kind, number: u64) -> Observed {
    let (record, json) = match kind {
        Kind::Payments => charge(number),
        Kind::PaymentIntents => payment_intent(number),
        Kind::BalanceEntries => balance_entry(number),
        Kind::Customers => customer(number),
        _ => refund(number),
    };
    Observed { record, json: json.into_bytes(), observed_at: Timestamp::from_seconds(NEWEST + 60) }
}

/// The charge with this number, the newest being 0, and the vendor's JSON of it.
pub(crate) fn charge(number: u64) -> (Record, String) {
    let buyer = person(mix(number) % 35_000);
    let failed = mix(number ^ 0xfa11).is_multiple_of(13);
    let amount = money(number);
    let last4 = format!("{:04}", mix(number ^ 0x44) % 10_000);
    let payment = Payment {
        vendor_id: id("ch_3", number),
        payment_intent_id: Some(id("pi_3", number)),
        amount,
        captured_minor: if failed { 0 } else { amount.minor },
        refunded_minor: 0,
        presentment: None,
        status: if failed { "failed" } else { "succeeded" }.into(),
        disputed: false,
        created_at: Timestamp::from_seconds(created(number)),
        customer_id: Some(buyer.customer.clone()),
        email: Some(buyer.email.clone()),
        name: Some(buyer.name.clone()),
        postal_code: Some(format!("{}", 1_000 + mix(number ^ 0x9) % 8_000)),
        description: Some(format!("Order {} {}", 100_000 + number, pick(&THINGS, number))),
        statement_descriptor: Some("NORDWIND GOODS".to_owned()),
        receipt_number: number
            .is_multiple_of(2)
            .then(|| format!("{:04}-{:04}", mix(number) % 10_000, mix(number ^ 7) % 10_000)),
        method: Some("card".to_owned()),
        payment_method_id: Some(id("pm_1", number)),
        card: CardFacts {
            brand: Some(pick(&BRANDS, number).to_owned()),
            last4: Some(last4),
            exp_month: Some(u8::try_from(1 + mix(number ^ 3) % 12).unwrap()),
            exp_year: Some(u16::try_from(2_027 + mix(number ^ 4) % 6).unwrap()),
            country: Some("CH".to_owned()),
            funding: Some("credit".to_owned()),
            fingerprint: Some(letters(number ^ 0xf9, 16)),
        },
        failure_code: failed.then(|| "card_declined".to_owned()),
        failure_message: failed.then(|| "Your card was declined.".to_owned()),
        decline_reason: failed.then(|| "insufficient_funds".to_owned()),
        risk_level: Some("normal".to_owned()),
        balance_entry_id: (!failed).then(|| id("txn_3", number)),
        metadata: vec![
            ("order_id".to_owned(), format!("{}", 100_000 + number)),
            ("channel".to_owned(), pick(&["web", "app", "phone"], number ^ 5).to_owned()),
        ],
    };
    let json = charge_json(&payment, number);
    (Record::Payment(payment), json)
}

fn text(value: Option<&String>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""))
}

fn charge_json(one: &Payment, number: u64) -> String {
    let (minor, currency) = (one.amount.minor, one.amount.currency.code().to_lowercase());
    let failed = one.failure_code.is_some();
    let card = &one.card;
    let mut json = String::with_capacity(2_600);
    write!(
        json,
        "{{\"id\":\"{}\",\"object\":\"charge\",\"amount\":{minor},\"amount_captured\":{},\"amount_refunded\":0,\
         \"application\":null,\"application_fee\":null,\"application_fee_amount\":null,\"balance_transaction\":{},\
         \"billing_details\":{{\"address\":{{\"city\":\"{}\",\"country\":\"CH\",\"line1\":\"Bahnhofstrasse {}\",\
         \"line2\":null,\"postal_code\":{},\"state\":null}},\"email\":{},\"name\":{},\"phone\":null,\"tax_id\":null}},\
         \"calculated_statement_descriptor\":\"NORDWIND GOODS\",\"captured\":{},\"created\":{},\"currency\":\"{currency}\",\
         \"customer\":{},\"description\":{},\"disputed\":false,\"failure_balance_transaction\":null,\"failure_code\":{},\
         \"failure_message\":{},\"fraud_details\":{{}},\"livemode\":false,\"metadata\":{{\"order_id\":\"{}\",\
         \"channel\":\"{}\"}},\"on_behalf_of\":null,",
        one.vendor_id,
        one.captured_minor,
        text(one.balance_entry_id.as_ref()),
        pick(&CITIES, number),
        1 + mix(number ^ 0x11) % 90,
        text(one.postal_code.as_ref()),
        text(one.email.as_ref()),
        text(one.name.as_ref()),
        !failed,
        one.created_at.as_seconds(),
        text(one.customer_id.as_ref()),
        text(one.description.as_ref()),
        text(one.failure_code.as_ref()),
        text(one.failure_message.as_ref()),
        one.metadata[0].1,
        one.metadata[1].1,
    )
    .unwrap();
    write!(
        json,
        "\"outcome\":{{\"advice_code\":null,\"network_advice_code\":null,\"network_decline_code\":null,\
         \"network_status\":\"approved_by_network\",\"reason\":null,\"risk_level\":\"normal\",\"risk_score\":{},\
         \"seller_message\":\"Payment complete.\",\"type\":\"authorized\"}},\"paid\":{},\"payment_intent\":{},\
         \"payment_method\":{},\"payment_method_details\":{{\"card\":{{\"amount_authorized\":{minor},\
         \"authorization_code\":\"{:06}\",\"brand\":{},\"checks\":{{\"address_line1_check\":null,\
         \"address_postal_code_check\":\"pass\",\"cvc_check\":\"pass\"}},\"country\":\"CH\",\"exp_month\":{},\
         \"exp_year\":{},\"extended_authorization\":{{\"status\":\"disabled\"}},\"fingerprint\":{},\
         \"funding\":\"credit\",\"incremental_authorization\":{{\"status\":\"unavailable\"}},\"installments\":null,\
         \"last4\":{},\"mandate\":null,\"multicapture\":{{\"status\":\"unavailable\"}},\"network\":{},\
         \"network_token\":{{\"used\":false}},\"network_transaction_id\":\"{:015}\",\"overcapture\":{{\
         \"maximum_amount_capturable\":{minor},\"status\":\"unavailable\"}},\"regulated_status\":\"unregulated\",\
         \"three_d_secure\":null,\"transaction_link_id\":null,\"wallet\":null}},\"type\":\"card\"}},\
         \"presentment_details\":null,\"receipt_email\":{},\"receipt_number\":{},\
         \"receipt_url\":\"https://pay.stripe.com/receipts/payment/{}\",\"refunded\":false,\"review\":null,\
         \"shipping\":null,\"source\":null,\"source_transfer\":null,\"statement_descriptor\":null,\
         \"statement_descriptor_suffix\":null,\"status\":\"{}\",\"transfer_data\":null,\"transfer_group\":null}}",
        mix(number ^ 0x22) % 65,
        !failed,
        text(one.payment_intent_id.as_ref()),
        text(one.payment_method_id.as_ref()),
        mix(number) % 1_000_000,
        text(card.brand.as_ref()),
        card.exp_month.unwrap(),
        card.exp_year.unwrap(),
        text(card.fingerprint.as_ref()),
        text(card.last4.as_ref()),
        text(card.brand.as_ref()),
        mix(number ^ 0x6e74) % 1_000_000_000_000_000,
        text(one.email.as_ref()),
        text(one.receipt_number.as_ref()),
        letters(number ^ 0x77, 16),
        one.status.as_str(),
    )
    .unwrap();
    json
}

fn payment_intent(number: u64) -> (Record, String) {
    let buyer = person(mix(number) % 35_000);
    let amount = money(number);
    let (minor, currency) = (amount.minor, amount.currency.code().to_lowercase());
    let one = PaymentIntent {
        vendor_id: id("pi_3", number),
        amount,
        received_minor: minor,
        capturable_minor: 0,
        status: "succeeded".into(),
        created_at: Timestamp::from_seconds(created(number) - 2),
        customer_id: Some(buyer.customer.clone()),
        latest_payment_id: Some(id("ch_3", number)),
        description: Some(format!("Order {} {}", 100_000 + number, pick(&THINGS, number))),
        cancellation_reason: None,
        last_error_code: None,
        metadata: vec![("order_id".to_owned(), format!("{}", 100_000 + number))],
    };
    let json = format!(
        "{{\"id\":\"{}\",\"object\":\"payment_intent\",\"amount\":{minor},\"amount_capturable\":0,\
         \"amount_details\":{{\"tip\":{{}}}},\"amount_received\":{minor},\"application\":null,\
         \"application_fee_amount\":null,\"automatic_payment_methods\":{{\"allow_redirects\":\"always\",\
         \"enabled\":true}},\"canceled_at\":null,\"cancellation_reason\":null,\
         \"capture_method\":\"automatic_async\",\"confirmation_method\":\"automatic\",\"created\":{},\
         \"currency\":\"{currency}\",\"customer\":{},\"customer_account\":null,\"description\":{},\
         \"excluded_payment_method_types\":null,\"last_payment_error\":null,\"latest_charge\":{},\"livemode\":false,\
         \"managed_payments\":{{\"enabled\":false}},\"metadata\":{{\"order_id\":\"{}\"}},\"next_action\":null,\
         \"on_behalf_of\":null,\"payment_method\":\"{}\",\"payment_method_configuration_details\":null,\
         \"payment_method_options\":{{\"card\":{{\"installments\":null,\"mandate_options\":null,\"network\":null,\
         \"request_three_d_secure\":\"automatic\"}}}},\"payment_method_types\":[\"card\"],\
         \"presentment_details\":null,\"processing\":null,\"receipt_email\":\"{}\",\"review\":null,\
         \"setup_future_usage\":null,\"shipping\":null,\"source\":null,\"statement_descriptor\":null,\
         \"statement_descriptor_suffix\":null,\"status\":\"succeeded\",\"transfer_data\":null,\"transfer_group\":null}}",
        one.vendor_id,
        one.created_at.as_seconds(),
        text(one.customer_id.as_ref()),
        text(one.description.as_ref()),
        text(one.latest_payment_id.as_ref()),
        one.metadata[0].1,
        id("pm_1", number),
        buyer.email,
    );
    (Record::PaymentIntent(one), json)
}

fn balance_entry(number: u64) -> (Record, String) {
    let amount = money(number);
    let (minor, currency) = (amount.minor, amount.currency.code().to_lowercase());
    let fee = minor * 29 / 1_000 + 30;
    let one = BalanceEntry {
        vendor_id: id("txn_3", number),
        amount,
        fee_minor: fee,
        net_minor: minor - fee,
        category: "charge".to_owned(),
        source_id: Some(id("ch_3", number)),
        status: "available".to_owned(),
        created_at: Timestamp::from_seconds(created(number)),
        available_at: Some(Timestamp::from_seconds(created(number) / 86_400 * 86_400 + 2 * 86_400)),
        description: Some(format!("Order {} {}", 100_000 + number, pick(&THINGS, number))),
    };
    let json = format!(
        "{{\"id\":\"{}\",\"object\":\"balance_transaction\",\"amount\":{minor},\"available_on\":{},\
         \"balance_type\":\"payments\",\"created\":{},\"currency\":\"{currency}\",\"description\":{},\
         \"exchange_rate\":null,\"fee\":{fee},\"fee_details\":[{{\"amount\":{fee},\"application\":null,\
         \"currency\":\"{currency}\",\"description\":\"Stripe processing fees\",\"type\":\"stripe_fee\"}}],\"net\":{},\
         \"reporting_category\":\"charge\",\"source\":{},\"status\":\"available\",\"type\":\"charge\"}}",
        one.vendor_id,
        one.available_at.unwrap().as_seconds(),
        one.created_at.as_seconds(),
        text(one.description.as_ref()),
        minor - fee,
        text(one.source_id.as_ref()),
    );
    (Record::BalanceEntry(one), json)
}

fn customer(number: u64) -> (Record, String) {
    let buyer = person(number);
    let one = Customer {
        vendor_id: buyer.customer.clone(),
        created_at: Timestamp::from_seconds(created(number * 2)),
        email: Some(buyer.email.clone()),
        name: Some(buyer.name.clone()),
        phone: number.is_multiple_of(3).then(|| format!("+4179{:07}", mix(number) % 10_000_000)),
        description: None,
        deleted: false,
        metadata: Vec::new(),
    };
    let json = format!(
        "{{\"id\":\"{}\",\"object\":\"customer\",\"address\":{{\"city\":\"{}\",\"country\":\"CH\",\
         \"line1\":\"Bahnhofstrasse {}\",\"line2\":null,\"postal_code\":\"{}\",\"state\":null}},\"balance\":0,\
         \"business_name\":null,\"created\":{},\"currency\":null,\"customer_account\":null,\"default_source\":null,\
         \"delinquent\":false,\"description\":null,\"discount\":null,\"email\":\"{}\",\"individual_name\":null,\
         \"invoice_prefix\":\"{:08X}\",\"invoice_settings\":{{\"custom_fields\":null,\"default_payment_method\":\"{}\",\
         \"footer\":null,\"rendering_options\":null}},\"livemode\":false,\"metadata\":{{}},\"name\":\"{}\",\
         \"next_invoice_sequence\":1,\"phone\":{},\"preferred_locales\":[\"de-CH\"],\"shipping\":null,\
         \"tax_exempt\":\"none\",\"test_clock\":null}}",
        one.vendor_id,
        pick(&CITIES, number),
        1 + mix(number) % 90,
        1_000 + mix(number ^ 0x9) % 8_000,
        one.created_at.as_seconds(),
        buyer.email,
        mix(number) & 0xffff_ffff,
        id("pm_1", number),
        buyer.name,
        text(one.phone.as_ref()),
    );
    (Record::Customer(one), json)
}

fn refund(number: u64) -> (Record, String) {
    let charge = number * 11;
    let amount = money(charge);
    let (minor, currency) = (amount.minor, amount.currency.code().to_lowercase());
    let one = Refund {
        vendor_id: id("re_3", charge),
        payment_id: Some(id("ch_3", charge)),
        payment_intent_id: Some(id("pi_3", charge)),
        amount,
        status: "succeeded".into(),
        reason: Some("requested_by_customer".into()),
        created_at: Timestamp::from_seconds(created(charge) + 86_400),
        pending_reason: None,
        failure_reason: None,
        trace_reference: Some(format!("7{:022}", mix(number))),
        balance_entry_id: Some(id("txn_1", charge)),
        intent_id: None,
        metadata: Vec::new(),
    };
    let json = format!(
        "{{\"id\":\"{}\",\"object\":\"refund\",\"amount\":{minor},\"balance_transaction\":{},\"charge\":{},\
         \"created\":{},\"currency\":\"{currency}\",\"customer_account\":null,\"destination_details\":{{\"card\":{{\
         \"reference\":{},\"reference_status\":\"available\",\"reference_type\":\"acquirer_reference_number\",\
         \"type\":\"refund\"}},\"type\":\"card\"}},\"metadata\":{{}},\"payment_intent\":{},\"payment_method\":\"{}\",\
         \"presentment_details\":null,\"reason\":\"requested_by_customer\",\"receipt_number\":null,\
         \"source_transfer_reversal\":null,\"status\":\"succeeded\",\"transfer_reversal\":null}}",
        one.vendor_id,
        text(one.balance_entry_id.as_ref()),
        text(one.payment_id.as_ref()),
        one.created_at.as_seconds(),
        text(one.trace_reference.as_ref()),
        text(one.payment_intent_id.as_ref()),
        id("pm_1", charge),
    );
    (Record::Refund(one), json)
}
