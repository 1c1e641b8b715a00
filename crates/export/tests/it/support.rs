//! Records and files to test with.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::path::Path;

use domain::{
    BalanceEntry, CardFacts, ExponentTable, Kind, Money, Payment, PaymentStatus, Record, Timestamp,
};
use export::{File, Finished, Format, Row, cells};

pub(crate) fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, currency.parse().unwrap())
}

pub(crate) fn payment(number: u64, amount: Money) -> Record {
    Record::Payment(Payment {
        vendor_id: format!("ch_{number:06}"),
        payment_intent_id: Some(format!("pi_{number:06}")),
        amount,
        captured_minor: amount.minor,
        refunded_minor: 0,
        presentment: None,
        status: PaymentStatus::Succeeded,
        disputed: false,
        created_at: Timestamp::from_ms(1_700_000_000_000 + number as i64 * 1_000),
        customer_id: None,
        email: Some(format!("payer{number}@example.com")),
        name: Some("Ada Lovelace".to_owned()),
        postal_code: None,
        description: Some("Ten \"fine\" notebooks, ruled\nand bound".to_owned()),
        statement_descriptor: None,
        receipt_number: None,
        method: Some("card".to_owned()),
        payment_method_id: None,
        card: CardFacts {
            brand: Some("visa".to_owned()),
            last4: Some("0042".to_owned()),
            exp_month: Some(7),
            exp_year: Some(2031),
            country: Some("GB".to_owned()),
            funding: Some("credit".to_owned()),
            fingerprint: None,
        },
        failure_code: None,
        failure_message: None,
        decline_reason: None,
        risk_level: Some("normal".to_owned()),
        balance_entry_id: None,
        metadata: vec![("order_id".to_owned(), format!("A-{number}")), ("note".to_owned(), "é".to_owned())],
    })
}

pub(crate) fn balance_entry(amount: Money, fee: i64) -> Record {
    Record::BalanceEntry(BalanceEntry {
        vendor_id: "txn_1".to_owned(),
        amount,
        fee_minor: fee,
        net_minor: amount.minor - fee,
        category: "charge".to_owned(),
        source_id: Some("ch_1".to_owned()),
        status: "available".to_owned(),
        created_at: Timestamp::from_ms(1_700_000_000_000),
        available_at: None,
        description: None,
    })
}

pub(crate) fn push(file: &mut File, record: &Record) {
    let row = Row {
        record,
        account: "Shop",
        exponents: ExponentTable::Stripe,
        as_of: Timestamp::from_ms(1_700_000_500_000),
    };
    file.push(&cells(&row)).unwrap();
}

pub(crate) fn write(path: &Path, format: Format, records: &[Record]) -> Finished {
    let kind = records.first().map_or(Kind::Payments, Record::kind);
    let mut file = File::create(path, format, kind, false).unwrap();
    for record in records {
        push(&mut file, record);
    }
    file.finish().unwrap()
}
