//! Queries as people write them: amounts of any country, labels in any letters, brackets in brackets,
//! and more alternatives than a database joins in one statement.

use domain::{Payment, Record};
use mirror::Mirror;

use crate::support::*;

async fn ids(mirror: &Mirror, query: &str) -> Vec<String> {
    let page = mirror.find(query, everywhere(), 1_000, None).await.unwrap();
    page.items.into_iter().map(|found| found.payment.vendor_id).collect()
}

fn in_currency(id: &str, minor: i64, currency: &str) -> Payment {
    Payment { amount: money(minor, currency), ..payment(id, minor) }
}

#[tokio::test]
async fn amounts_are_found_as_people_write_them() {
    let (_home, mirror, account) = shop().await;
    let page = [
        in_currency("ch_usd", 129_900, "usd"),
        in_currency("ch_eur", 1_999, "eur"),
        in_currency("ch_jpy", 500, "jpy"),
    ];
    mirror.commit_page(account, &page.map(|one| seen(Record::Payment(one), NOON)), None).await.unwrap();
    for (query, expected) in [
        ("$1,299.00", "ch_usd"),
        ("1.299,00", "ch_usd"),
        ("1'299.00", "ch_usd"),
        ("US$1299", "ch_usd"),
        ("amount:1,299.00", "ch_usd"),
        ("amount:1.000,00..2.000,00", "ch_usd"),
        ("19,99 currency:eur", "ch_eur"),
        ("19,99€", "ch_eur"),
        ("¥500", "ch_jpy"),
        ("500", "ch_jpy"),
    ] {
        assert_eq!(ids(&mirror, query).await, [expected], "{query}");
    }
}

#[tokio::test]
async fn a_whole_amount_beside_last_digits_tells_a_payment() {
    let (_home, mirror, account) = shop().await;
    let mut mine = payment("ch_mine", 50_000);
    mine.card.last4 = Some("1881".to_owned());
    let mut other = payment("ch_other", 50_000);
    other.card.last4 = Some("0005".to_owned());
    let page = [mine, other].map(|one| seen(Record::Payment(one), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    for text in ["Charged $500 on my visa ending in 1881", "you took 500 USD from card 1881!"] {
        assert_eq!(ids(&mirror, text).await, ["ch_mine"], "{text}");
    }
}

#[tokio::test]
async fn an_account_is_named_in_any_letters() {
    let (_home, mirror, _) = shop().await;
    let austria = add_account(&mirror, "Österreich").await;
    mirror.commit_page(austria, &[seen(Record::Payment(payment("ch_at", 100)), NOON)], None).await.unwrap();
    for query in ["account:österreich", "account:ÖSTERREICH", "account:\"Österreich\""] {
        assert_eq!(ids(&mirror, query).await, ["ch_at"], "{query}");
        assert_eq!(ids(&mirror, &format!("-{query}")).await, [""; 0], "-{query}");
    }
}

#[tokio::test]
async fn a_field_holds_for_brackets_in_its_brackets() {
    let (_home, mirror, account) = shop().await;
    let failed = Payment { status: "failed".into(), ..payment("ch_failed", 100) };
    let worded = Payment { description: Some("failed pending".to_owned()), ..payment("ch_words", 100) };
    let page = [failed, worded].map(|one| seen(Record::Payment(one), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    for query in [
        "status:((failed OR pending))",
        "status:(failed OR (pending OR canceled))",
        "status:(failed -(pending))",
    ] {
        assert_eq!(ids(&mirror, query).await, ["ch_failed"], "{query}");
    }
}

#[tokio::test]
async fn sixty_numbers_in_thirty_currencies_are_answered() {
    let (_home, mirror, account) = shop().await;
    let currencies = [
        "usd", "eur", "gbp", "chf", "sek", "nok", "dkk", "pln", "czk", "huf", "ron", "bgn", "jpy", "cad",
        "aud", "nzd", "sgd", "hkd", "inr", "brl", "mxn", "zar", "try", "ils", "thb", "php", "myr", "idr",
        "krw", "aed",
    ];
    let page: Vec<_> = currencies
        .iter()
        .map(|code| seen(Record::Payment(in_currency(&format!("ch_{code}"), 6_400, code)), NOON))
        .collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    let numbers: Vec<String> = (5..=64).map(|number| number.to_string()).collect();
    let found = ids(&mirror, &numbers.join(" OR ")).await;
    // 64.00 where there are decimals of two; 6400 of the two currencies without any is another number.
    assert_eq!(found.len(), currencies.len() - 2, "{found:?}");
    assert_eq!(ids(&mirror, &format!("brand:visa -({})", numbers.join(" OR "))).await.len(), 2);
}

#[tokio::test]
async fn words_in_many_brackets_are_answered() {
    let (_home, mirror, account) = shop().await;
    let one = Payment { description: Some("a b z".to_owned()), ..payment("ch_1", 100) };
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
    for depth in [5, 12, 17, 24] {
        let query = format!("{}z{}", "(a OR (b ".repeat(depth), "))".repeat(depth));
        assert_eq!(ids(&mirror, &query).await, ["ch_1"], "{depth}");
    }
}

#[tokio::test]
async fn dates_narrow_in_either_order_and_page_by_page() {
    let (_home, mirror, account) = shop().await;
    let day = |number: i64| Payment {
        created_at: at(NOON + number * 86_400),
        status: "failed".into(),
        description: Some("blue shirt".to_owned()),
        ..payment(&format!("ch_{number:02}"), 100)
    };
    let page: Vec<_> = (0..20).map(|number| seen(Record::Payment(day(number)), NOON)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    let date = |number: i64| at(NOON + number * 86_400).to_string().split('T').next().unwrap().to_owned();
    let span = format!("created:{}..{} created:..{}", date(5), date(14), date(12));
    for lead in ["", "status:failed", "shirt", "brand:visa", "last4:4242", "(shirt OR status:failed)"] {
        for sort in ["", "sort:created"] {
            let query = format!("{lead} {span} {sort}");
            let mut expected: Vec<String> = (5..=12).map(|number| format!("ch_{number:02}")).collect();
            if sort.is_empty() {
                expected.reverse();
            }
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = mirror.find(&query, everywhere(), 3, after.as_deref()).await.unwrap();
                found.extend(page.items.into_iter().map(|one| one.payment.vendor_id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{query}");
            assert_eq!(mirror.count_found(&query, everywhere(), None).await.unwrap().payments, 8, "{query}");
        }
    }
}

#[tokio::test]
async fn a_customer_of_another_account_with_the_same_id_is_another() {
    let (_home, mirror, account) = shop().await;
    let other = add_account(&mirror, "Other").await;
    let tied = |id: &str| Payment { customer_id: Some("cus_1".to_owned()), ..payment(id, 100) };
    let jane = Record::Customer(customer("cus_1", "jane@x.org"));
    let bob = Record::Customer(customer("cus_1", "bob@x.org"));
    let page = [jane, Record::Payment(tied("ch_jane"))].map(|one| seen(one, NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    let page = [bob, Record::Payment(tied("ch_bob"))].map(|one| seen(one, NOON));
    mirror.commit_page(other, &page, None).await.unwrap();
    for (query, expected) in [
        ("email:jane@x.org", "ch_jane"),
        ("email:jane@*", "ch_jane"),
        ("email:bob@x*", "ch_bob"),
        ("-email:bob@x*", "ch_jane"),
        ("email:bob@x.org OR last4:0000", "ch_bob"),
    ] {
        assert_eq!(ids(&mirror, query).await, [expected], "{query}");
        assert_eq!(mirror.count_found(query, everywhere(), None).await.unwrap().payments, 1, "{query}");
    }
}

#[tokio::test]
async fn cards_currencies_and_lists_are_found_as_people_say_them() {
    let (_home, mirror, account) = shop().await;
    let card = |id: &str, minor: i64, currency: &str, brand: &str, last4: &str| {
        let mut one = in_currency(id, minor, currency);
        (one.card.brand, one.card.last4) = (Some(brand.to_owned()), Some(last4.to_owned()));
        one
    };
    let mut note = card("ch_words", 700, "usd", "amex", "0007");
    note.description = Some("Visa fees in EUR".to_owned());
    let page = [
        card("ch_visa", 8_350, "eur", "visa", "6143"),
        card("ch_master", 8_350, "usd", "mastercard", "6143"),
        note,
    ];
    mirror.commit_page(account, &page.map(|one| seen(Record::Payment(one), NOON)), None).await.unwrap();
    for (query, expected) in [
        ("visa 6143", &["ch_visa"][..]),
        ("Visa ending in 6143", &["ch_visa"]),
        ("mastercard ending with 6143.", &["ch_master"]),
        ("83.50 EUR", &["ch_visa"]),
        ("83,50 usd", &["ch_master"]),
        ("amount:83.50eur", &["ch_visa"]),
        ("amount:$83.50", &["ch_master", "ch_visa"]),
        ("visa", &["ch_visa", "ch_words"]),
        ("\"visa\"", &["ch_words"]),
        ("visa -fees", &["ch_visa"]),
        ("brand:visa,amex", &["ch_visa", "ch_words"]),
        ("-brand:visa,amex", &["ch_master"]),
        ("status: succeeded or last4:0007", &["ch_master", "ch_visa", "ch_words"]),
        ("brand:amex or brand:visa OR", &["ch_visa", "ch_words"]),
    ] {
        let mut found = ids(&mirror, query).await;
        found.sort();
        assert_eq!(found, expected, "{query}");
    }
    // A whole sentence is let go down to the card that is in it.
    let said = "Hi, someone charged my visa card 6143 yesterday, please look";
    let page = mirror.find(said, everywhere(), 10, None).await.unwrap();
    assert_eq!((page.items.len(), page.relaxed), (1, true));
    assert_eq!(page.items[0].payment.vendor_id, "ch_visa");
}

#[tokio::test]
async fn the_number_that_a_bank_traces_a_refund_by_leads_to_the_payment() {
    const TRACE: &str = "74000000000000000000001";
    let (_home, mirror, account) = shop().await;
    let traced = domain::Refund { trace_reference: Some(TRACE.to_owned()), ..refund("re_1", "ch_1", 100) };
    let page = [
        Record::Payment(payment("ch_1", 500)),
        Record::Payment(payment("ch_2", 500)),
        Record::Refund(traced),
    ];
    mirror.commit_page(account, &page.map(|one| seen(one, NOON)), None).await.unwrap();
    for query in [TRACE.to_owned(), format!("arn:{TRACE}"), format!("My bank says ARN {TRACE}, where is it?")]
    {
        assert_eq!(ids(&mirror, &query).await, ["ch_1"], "{query}");
    }
    assert!(ids(&mirror, "arn:74000000000000000000002").await.is_empty());
}
