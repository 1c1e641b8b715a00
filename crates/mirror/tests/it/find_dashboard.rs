//! Every search that docs.stripe.com/dashboard/search gives as an example, as it stands there.

use domain::{Observed, Payment, Record};
use mirror::{FindScope, Mirror};

use crate::support::*;

/// The examples name days around this one, a Wednesday: 2022-08-24T12:00:00Z.
const NOW: i64 = 1_661_342_400;
const DAY: i64 = 86_400;

/// One payment for each example, an hour apart and newest last, and one that none of them means.
fn synthetic() -> Vec<Observed> {
    let mut page: Vec<Observed> = Vec::new();
    let mut add = |id: &str, change: &dyn Fn(&mut Payment)| {
        let mut one = payment(id, 2_000);
        one.created_at = at(NOW - 400 * DAY + i64::try_from(page.len()).unwrap() * 3_600);
        one.card.last4 = Some("0005".to_owned());
        change(&mut one);
        page.push(seen(Record::Payment(one), NOW));
    };
    let text = |text: &str| Some(text.to_owned());
    add("ch_other", &|one| {
        one.card.brand = Some("mastercard".to_owned());
        one.name = Some("Somebody Else".to_owned());
        one.email = Some("else@example.org".to_owned());
        one.description = Some("Shop of Stripe".to_owned());
        one.card.exp_month = Some(9);
        one.card.exp_year = Some(2022);
        one.metadata = vec![("xyn712".to_owned(), "order".to_owned())];
    });
    add("ch_amount", &|one| one.amount = money(14_999, "usd"));
    add("ch_country", &|one| one.card.country = text("GB"));
    add("ch_eur", &|one| one.amount = money(2_000, "eur"));
    add("ch_jenny", &|one| {
        one.email = text("Jenny.Rosen@example.com");
        one.name = text("Jenny Rosen");
    });
    add("ch_4080", &|one| one.card.last4 = text("4080"));
    add("ch_exp", &|one| {
        (one.card.last4, one.card.exp_month, one.card.exp_year) = (text("4242"), Some(8), Some(2022));
    });
    add("ch_4242", &|one| one.card.last4 = text("4242"));
    add("ch_meta", &|one| one.metadata = vec![("phone".to_owned(), "555-5555".to_owned())]);
    add("ch_order", &|one| one.metadata = vec![("order_id".to_owned(), "xyn712".to_owned())]);
    add("ch_invoice", &|one| one.description = text("Payment for Invoice 06b2b1a642-0023"));
    add("ch_postal", &|one| one.postal_code = text("12345"));
    add("ch_receipt", &|one| one.receipt_number = text("3330-2392"));
    add("ch_mail", &|one| one.receipt_number = text("1817-9523"));
    add("ch_risk", &|one| one.risk_level = text("elevated"));
    add("ch_shop", &|one| one.description = text("Stripe Shop"));
    add("ch_john", &|one| one.name = text("John Doe"));
    add("py_ideal", &|one| {
        (one.method, one.card) = (text("ideal"), domain::CardFacts::default());
        one.status = "canceled".into();
    });
    add("ch_summer", &|one| one.created_at = at(1_594_540_800)); // 2020-07-12
    add("ch_lastweek", &|one| one.created_at = at(NOW - 6 * DAY));
    add("ch_monday", &|one| one.created_at = at(NOW - 2 * DAY));
    add("ch_yesterday", &|one| one.created_at = at(NOW - DAY));
    page.push(seen(Record::Dispute(dispute("dp_1", "ch_shop")), NOW));
    page
}

async fn ids(mirror: &Mirror, query: &str) -> Vec<String> {
    let page = mirror.find(query, FindScope::all(at(NOW)), 100, None).await.unwrap();
    assert!(!page.relaxed, "{query}");
    page.items.into_iter().map(|found| found.payment.vendor_id).collect()
}

#[tokio::test]
async fn each_documented_example_finds_what_it_says() {
    let (_home, mirror, account) = shop().await;
    mirror.commit_page(account, &synthetic(), None).await.unwrap();
    for (query, expected) in [
        // "Get started": what is looked for without a field word.
        ("4242", &["ch_4242", "ch_exp"][..]),
        ("iDEAL", &["py_ideal"]),
        ("1817-9523", &["ch_mail"]),
        ("dp_1", &["ch_shop"]),
        ("date:08/22", &["ch_monday"]),
        ("date:2020-07-12", &["ch_summer"]),
        ("date:\"last week\"", &["ch_lastweek"]),
        // The table of filters.
        ("amount:149.99", &["ch_amount"]),
        ("brand:visa status:succeeded receipt:3330-2392", &["ch_receipt"]),
        ("country:GB", &["ch_country"]),
        ("created:2020/07/12", &["ch_summer"]),
        ("currency:EUR", &["ch_eur"]),
        ("date:yesterday", &["ch_yesterday"]),
        ("email:jenny.rosen@example.com", &["ch_jenny"]),
        ("exp:08/22", &["ch_exp"]),
        ("last4:4080", &["ch_4080"]),
        ("metadata:555-5555", &["ch_meta"]),
        ("name:jenny", &["ch_jenny"]),
        ("number:06b2b1a642-0023", &["ch_invoice"]),
        ("postal:12345", &["ch_postal"]),
        ("receipt:3330-2392", &["ch_receipt"]),
        ("risk_level:elevated", &["ch_risk"]),
        ("status:canceled", &["py_ideal"]),
        ("type:ideal", &["py_ideal"]),
        ("zip:12345", &["ch_postal"]),
        ("name:\"John Doe\"", &["ch_john"]),
        // "Combine and negate search terms".
        ("type:card last4:4242 exp:08/22", &["ch_exp"]),
        ("type:card last4:4242 -exp:08/22", &["ch_4242"]),
        ("type:ideal status:canceled", &["py_ideal"]),
        ("\"Stripe Shop\"", &["ch_shop"]),
        ("Stripe Shop", &["ch_shop", "ch_other"]),
        // "Metadata searches".
        ("xyn712", &["ch_order"]),
        ("order_id:xyn712", &["ch_order"]),
        ("metadata:xyn712", &["ch_order"]),
        ("metadata:order_id=xyn712", &["ch_order"]),
        // Parts of what the table gives whole.
        ("email:jen", &["ch_jenny"]),
        ("email:jenny.rosen@exa", &["ch_jenny"]),
        ("risk:elevated", &["ch_risk"]),
        ("-currency:eur amount:149.99", &["ch_amount"]),
    ] {
        assert_eq!(ids(&mirror, query).await, expected, "{query}");
    }
    let brand = ids(&mirror, "brand:visa").await;
    assert!(brand.len() == 20 && !brand.iter().any(|id| id == "ch_other" || id == "py_ideal"), "{brand:?}");
}

#[tokio::test]
async fn words_for_what_is_not_mirrored_are_refused_with_their_place() {
    let (_home, mirror, _) = shop().await;
    for query in ["flow:redirect", "usage:single_use"] {
        let error = mirror.find(query, FindScope::all(at(NOW)), 10, None).await.unwrap_err();
        assert_eq!(error.code(), "query_not_understood", "{query}");
        assert!(error.to_string().contains("column 1"), "{error}");
    }
}
