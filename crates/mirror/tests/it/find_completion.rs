//! What the search box offers to be typed next.

use domain::Record;
use mirror::Mirror;

use crate::support::*;

async fn offers(mirror: &Mirror, text: &str) -> Vec<String> {
    let found = mirror.complete(text, usize::MAX).await.unwrap();
    assert_eq!(found.until, text.chars().count(), "{text}");
    found.offers.into_iter().map(|offer| offer.text).collect()
}

#[tokio::test]
async fn values_are_those_that_the_mirror_holds() {
    let (_home, mirror, account) = shop().await;
    add_account(&mirror, "My Shop").await;
    let mut page = Vec::new();
    for (number, (currency, brand, country)) in
        [("usd", "visa", "US"), ("eur", "visa", "FR"), ("jpy", "amex", "FR")].into_iter().enumerate()
    {
        let mut one = payment(&format!("ch_{number}"), 100);
        one.amount = money(100, currency);
        one.card.brand = Some(brand.to_owned());
        one.card.country = Some(country.to_owned());
        one.metadata =
            vec![("order_id".to_owned(), format!("A{number}")), (format!("name {number}"), "x y".to_owned())];
        page.push(seen(Record::Payment(one), NOON));
    }
    mirror.commit_page(account, &page, None).await.unwrap();
    for (text, expected) in [
        ("currency:", &["EUR", "JPY", "USD"][..]),
        ("currency:e", &["EUR"]),
        ("brand:", &["visa", "amex"]),
        ("country:", &["FR", "US"]),
        ("type:", &["card"]),
        ("account:", &["\"My Shop\"", "shop"]),
        ("account:\"my s", &["\"My Shop\""]),
        ("status:par", &["partially_refunded"]),
        ("status:(failed OR p", &["pending", "partially_refunded"]),
        ("status:failed,p", &["pending", "partially_refunded"]),
        ("created:-", &["-24h", "-7d", "-30d", "-1y"]),
        ("created:2026-01..ye", &["yesterday"]),
        ("sort:", &["-created", "created", "amount", "-amount"]),
        ("vendor:", &["stripe"]),
        (
            "metadata.",
            &["metadata:\"name 0=", "metadata:\"name 1=", "metadata:\"name 2=", "metadata.order_id:"],
        ),
        ("jane -metadata.ord", &["metadata.order_id:"]),
        ("metadata.order_id:", &["a0", "a1", "a2"]),
        ("metadata.order_id:A1", &[]),
        ("emai", &["email:"]),
        ("nothing_like_it", &[]),
        ("\"quoted sta", &[]),
    ] {
        assert_eq!(offers(&mirror, text).await, expected, "{text}");
    }
    let found = mirror.find("metadata:\"name 0=x y\"", everywhere(), 10, None).await.unwrap();
    assert_eq!(found.items.len(), 1);
    let words = mirror.complete("jane sta", 8).await.unwrap();
    assert_eq!((words.from, words.until), (5, 8));
    assert_eq!(words.offers[0].word, Some("status"));
    let inside = mirror.complete("status:failed jane", 8).await.unwrap();
    assert_eq!((inside.from, inside.until, inside.offers[0].text.as_str()), (7, 8, "failed"));
}

#[tokio::test]
async fn offers_stay_few_and_no_text_breaks_them() {
    let (_home, mirror, account) = shop().await;
    let mut one = payment("ch_1", 100);
    one.metadata = (0..45).map(|number| (format!("n{number:02}"), format!("v{number}"))).collect();
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
    assert_eq!(offers(&mirror, "metadata.").await.len(), 40);
    assert_eq!(offers(&mirror, "").await.len(), mirror::find::field_words().count());
    let long = "x".repeat(10_000);
    for text in [
        "\u{0}",
        "((((",
        "status:((",
        "-",
        "é:é",
        "metadata.\u{0}:",
        "metadata.%:_",
        "%",
        "\"",
        "created:..",
        &long,
    ] {
        for place in [0, 1, usize::MAX] {
            let found = mirror.complete(text, place).await.unwrap();
            assert!(found.from <= found.until && found.until <= text.chars().count(), "{text:?}");
        }
    }
}
