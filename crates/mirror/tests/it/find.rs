//! The search box over real files.

use domain::{Record, Timestamp};
use mirror::{FindScope, Mirror};
use proptest::prelude::*;

use crate::support::*;

async fn ids(mirror: &Mirror, query: &str) -> Vec<String> {
    let page = mirror.find(query, everywhere(), 100, None).await.unwrap();
    let count = mirror.count_found(query, everywhere(), None).await.unwrap();
    assert_eq!((count.payments, count.exact), (page.items.len() as u64, true), "{query}");
    page.items.into_iter().map(|found| found.payment.vendor_id).collect()
}

/// Payments a day apart, so that their order is known: the last one is the newest.
async fn stocked() -> (Home, Mirror) {
    let (home, mirror, account) = shop().await;
    let mut page = Vec::new();
    let mut add = |id: &str, change: &dyn Fn(&mut domain::Payment)| {
        let mut one = payment(id, 1_999);
        one.created_at = at(NOON + i64::try_from(page.len()).unwrap() * 86_400);
        one.card.last4 = Some("0001".to_owned());
        change(&mut one);
        page.push(seen(Record::Payment(one), NOON));
    };
    add("ch_jane1", &|one| {
        one.email = Some("Jane@X.org".to_owned());
        one.name = Some("Jane Doe".to_owned());
        one.metadata = vec![("order_id".to_owned(), "1042".to_owned())];
    });
    add("ch_kwd2", &|one| one.amount = money(19_990, "kwd"));
    add("ch_jpy3", &|one| one.amount = money(500, "jpy"));
    add("ch_usd4", &|one| one.amount = money(50_000, "usd"));
    add("ch_fail5", &|one| {
        one.status = "failed".into();
        one.captured_minor = 0;
        one.card.last4 = Some("1042".to_owned());
    });
    add("ch_part6", &|one| one.refunded_minor = 500);
    add("ch_full7", &|one| one.refunded_minor = 1_999);
    add("ch_disp8", &|one| one.disputed = true);
    add("ch_cust9", &|one| {
        one.customer_id = Some("cus_9".to_owned());
        one.payment_intent_id = Some("pi_9".to_owned());
        one.description = Some("Blue_shirt 100% Café".to_owned());
        one.card.brand = Some("amex".to_owned());
    });
    add("ch_fact10", &|one| {
        one.created_at = at(NOON - 86_400);
        one.amount = money(7_700, "nok");
        one.captured_minor = 7_700;
        one.card.country = Some("NO".to_owned());
        one.card.exp_month = Some(5);
        one.card.exp_year = Some(2028);
        one.postal_code = Some("SW1A 1AA".to_owned());
        one.receipt_number = Some("1817-9523".to_owned());
        one.risk_level = Some("elevated".to_owned());
        one.method = Some("ideal".to_owned());
        one.statement_descriptor = Some("NORTH".to_owned());
    });
    page.push(seen(Record::Customer(customer("cus_9", "Nine@Customers.example")), NOON));
    page.push(seen(Record::Refund(refund("re_6", "ch_part6", 500)), NOON));
    page.push(seen(Record::Dispute(dispute("dp_8", "ch_disp8")), NOON));
    for (id, source) in [("txn_9", "ch_cust9"), ("txn_6", "re_6"), ("txn_8", "dp_8")] {
        page.push(seen(Record::BalanceEntry(balance_entry(id, source)), NOON));
    }
    mirror.commit_page(account, &page, None).await.unwrap();
    (home, mirror)
}

#[tokio::test]
async fn field_words_find_what_they_say() {
    let (_home, mirror) = stocked().await;
    for (query, expected) in [
        ("status:failed", &["ch_fail5"][..]),
        ("status:refunded", &["ch_full7"]),
        ("status:partially_refunded", &["ch_part6"]),
        ("status:disputed", &["ch_disp8"]),
        ("amount:500", &["ch_usd4", "ch_jpy3"]),
        ("amount:500 currency:jpy", &["ch_jpy3"]),
        ("amount:>100", &["ch_usd4", "ch_jpy3"]),
        ("amount:19.99 currency:kwd", &["ch_kwd2"]),
        ("amount:19.98..19.995 status:failed", &["ch_fail5"]),
        ("last4:1042", &["ch_fail5"]),
        ("email:JANE@x.ORG", &["ch_jane1"]),
        ("email:jane@*", &["ch_jane1"]),
        ("email:nine@customers.example", &["ch_cust9"]),
        ("created:2026-03-02", &["ch_kwd2"]),
        ("created:2026-03-02..2026-03-03", &["ch_jpy3", "ch_kwd2"]),
        ("created:>2026-03-08", &["ch_cust9"]),
        ("created:2025", &[]),
        ("customer:cus_9", &["ch_cust9"]),
        ("customer:\"jane doe\"", &["ch_jane1"]),
        ("brand:AMEX", &["ch_cust9"]),
        ("id:re_6", &["ch_part6"]),
        ("name:jane", &["ch_jane1"]),
        ("description:cafe", &["ch_cust9"]),
        ("description:jane", &[]),
        ("metadata.order_id:1042", &["ch_jane1"]),
        ("metadata.order_id:10*", &["ch_jane1"]),
        ("metadata.other:1042", &[]),
        ("refund:any", &["ch_part6"]),
        ("refund:failed", &[]),
        ("dispute:needs_response", &["ch_disp8"]),
        ("amount>100", &["ch_usd4", "ch_jpy3"]),
        ("last4:1042 OR brand:amex", &["ch_cust9", "ch_fail5"]),
        ("cafe OR ch_jane1 status:succeeded", &["ch_cust9", "ch_jane1"]),
        ("(currency:jpy OR currency:kwd) amount:500", &["ch_jpy3"]),
        ("(amount:500 currency:usd) OR (status:failed last4:1042)", &["ch_fail5", "ch_usd4"]),
        ("-(status:succeeded OR currency:jpy)", &["ch_fail5"]),
        ("currency:(jpy OR kwd)", &["ch_jpy3", "ch_kwd2"]),
        ("(cafe jane) OR (blue shirt)", &["ch_cust9"]),
        ("status:failed OR NOT amount:19.99", &["ch_fail5", "ch_usd4", "ch_jpy3", "ch_fact10"]),
        ("date:2026-03-02", &["ch_kwd2"]),
        ("country:no", &["ch_fact10"]),
        ("exp:05/28", &["ch_fact10"]),
        ("postal:\"SW1A 1AA\"", &["ch_fact10"]),
        ("receipt:1817-9523", &["ch_fact10"]),
        ("risk:elevated", &["ch_fact10"]),
        ("method:ideal", &["ch_fact10"]),
        ("statement:NORTH", &["ch_fact10"]),
    ] {
        assert_eq!(ids(&mirror, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn bare_text_is_told_by_its_shape() {
    let (_home, mirror) = stocked().await;
    for (query, expected) in [
        ("ch_kwd2", &["ch_kwd2"][..]),
        ("see https://dashboard.example/payments/ch_kwd2?x=1 please", &["ch_kwd2"]),
        ("pi_9", &["ch_cust9"]),
        ("pi_9_secret_abc", &["ch_cust9"]),
        ("cus_9", &["ch_cust9"]),
        ("txn_9", &["ch_cust9"]),
        ("txn_6", &["ch_part6"]),
        ("txn_8", &["ch_disp8"]),
        ("re_6", &["ch_part6"]),
        ("dp_8", &["ch_disp8"]),
        ("Jane@x.org", &["ch_jane1"]),
        ("<\"Jane Doe\" <jane@x.org>, order 1042>", &["ch_jane1"]),
        ("1042", &["ch_fail5", "ch_jane1"]),
        ("500", &["ch_usd4", "ch_jpy3"]),
        ("$500.00", &["ch_usd4", "ch_jpy3"]),
        ("jane", &["ch_jane1"]),
        ("blue shirt", &["ch_cust9"]),
        ("shi*", &["ch_cust9"]),
        ("\"doe jane\"", &[]),
        ("-status:succeeded", &["ch_fail5"]),
        ("1042 -jane", &["ch_fail5"]),
        ("-email:jane@x.org status:failed", &["ch_fail5"]),
    ] {
        assert_eq!(ids(&mirror, query).await, expected, "{query}");
    }
    assert_eq!(ids(&mirror, "").await.len(), 10);
    let own = mirror.find("ch_kwd2", everywhere(), 1, None).await.unwrap().items.remove(0).own_id;
    assert_eq!(ids(&mirror, &own).await, ["ch_kwd2"]);
}

#[tokio::test]
async fn a_pasted_message_is_found_by_the_email_in_it() {
    let (_home, mirror) = stocked().await;
    let query = "Hello, I am jane@x.org and was charged twice, please help";
    let page = mirror.find(query, everywhere(), 10, None).await.unwrap();
    assert_eq!((page.items.len(), page.relaxed), (1, true));
    let count = mirror.count_found(query, everywhere(), None).await.unwrap();
    assert_eq!((count.payments, count.relaxed), (1, true));
    assert_eq!(page.items[0].payment.vendor_id, "ch_jane1");
    assert!(!mirror.find("jane@x.org 1042", everywhere(), 10, None).await.unwrap().relaxed);
}

#[tokio::test]
async fn wildcards_and_operators_in_the_text_are_only_text() {
    let (_home, mirror) = stocked().await;
    for query in [
        "%",
        "_",
        "email:%@%",
        "jane OR blue",
        "NEAR(jane doe)",
        "name:\"jane\" AND",
        "ja%e",
        "{name}:jane",
        "a*b",
        "^jane ^",
        "\"",
        "'; drop table payments; --",
    ] {
        let outcome = mirror.find(query, everywhere(), 10, None).await;
        assert!(outcome.is_ok(), "{query}: {outcome:?}");
    }
    assert!(ids(&mirror, "jane or blue").await.is_empty());
    assert_eq!(ids(&mirror, "jane OR blue").await, ["ch_cust9", "ch_jane1"]);
    assert!(ids(&mirror, "email:%@%").await.is_empty());
    assert_eq!(ids(&mirror, "100%").await, ["ch_cust9"]);
    for long in ["(".repeat(1_000), "a".repeat(10_000), "\u{0}\u{1b}\u{202e}".repeat(100), "-".repeat(10_000)]
    {
        mirror.find(&long, everywhere(), 10, None).await.unwrap();
    }
    assert_eq!(
        mirror.find("a ".repeat(5_000).as_str(), everywhere(), 10, None).await.unwrap_err().code(),
        "query_not_understood"
    );
}

#[tokio::test]
async fn scope_limit_and_cursor_are_held() {
    let (_home, mirror) = stocked().await;
    let other = add_account(&mirror, "other").await;
    let scope = FindScope::of(other, at(NOON));
    assert_eq!(mirror.find("", scope, 10, None).await.unwrap().items, []);
    assert_eq!(mirror.count_found("", scope, None).await.unwrap().payments, 0);
    for limit in [0, 1_001] {
        assert_eq!(mirror.find("", scope, limit, None).await.unwrap_err().code(), "limit_out_of_range");
    }
    let next = mirror.find("", everywhere(), 2, None).await.unwrap().next.unwrap();
    assert!(mirror.find("", everywhere(), 2, Some(&next)).await.is_ok());
    for (query, scope, cursor) in
        [("jane", everywhere(), next.as_str()), ("", scope, next.as_str()), ("", scope, "x")]
    {
        assert_eq!(mirror.find(query, scope, 2, Some(cursor)).await.unwrap_err().code(), "bad_cursor");
    }
}

#[tokio::test]
async fn a_changed_payment_is_found_by_its_new_words_alone() {
    let (_home, mirror, account) = shop().await;
    let mut one = payment("ch_1", 100);
    one.description = Some("before".to_owned());
    one.metadata = vec![("k".to_owned(), "old".to_owned())];
    mirror.commit_page(account, &[seen(Record::Payment(one.clone()), NOON)], None).await.unwrap();
    one.description = Some("after".to_owned());
    one.metadata = vec![("k".to_owned(), "new".to_owned())];
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON + 1)], None).await.unwrap();
    for (query, count) in
        [("before", 0), ("after", 1), ("metadata.k:old", 0), ("metadata.k:new", 1), ("old", 0), ("new", 1)]
    {
        assert_eq!(ids(&mirror, query).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn plans_use_indexes_and_never_sort_what_is_in_order() {
    let (_home, mirror) = stocked().await;
    for (query, index) in [
        ("ch_1", "payments_vendor_id"),
        ("email:jane@x.org", "payments_email"),
        ("email:jane@*", "payments_email"),
        ("last4:4242", "payments_last4"),
        ("amount:19.99", "payments_amount"),
        ("status:failed", "payments_status"),
        ("customer:cus_1", "payments_customer"),
        ("pi_1", "payments_intent"),
        ("jane", "payment_words VIRTUAL TABLE INDEX"),
        ("metadata.order_id:1", "payment_metadata"),
        ("re_1", "refunds_vendor_id"),
        ("created:2026-03", "INTEGER PRIMARY KEY (rowid>"),
        ("status:refunded", "payments_refunded"),
    ] {
        let plan = mirror.explain_find(query, everywhere()).await.unwrap();
        assert!(plan.iter().any(|line| line.contains(index)), "{query}: {plan:#?}");
        // An id has one row for each account, so that there is next to nothing to sort.
        let single = !matches!(query, "email:jane@*" | "ch_1");
        assert!(
            !plan.iter().any(|line| line.starts_with("SCAN payments") && !line.contains("INDEX")),
            "{query}: {plan:#?}"
        );
        if single {
            assert!(
                !plan.iter().any(|line| line.contains("USE TEMP B-TREE FOR ORDER BY")),
                "{query}: {plan:#?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn pages_put_together_are_the_whole(
        seconds in prop::collection::vec(0_i64..20, 1..120),
        limit in 1_u32..17,
        which in 0_usize..4,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let home = Home::plain();
            let mirror = home.open().await;
            let account = add_account(&mirror, "shop").await;
            let page: Vec<_> = seconds.iter().enumerate().map(|(number, second)| {
                let mut one = payment(&format!("ch_{number}x"), 100);
                one.created_at = at(NOON + second);
                one.description = (number % 2 == 0).then(|| "even".to_owned());
                one.status = if number % 3 == 0 { "failed".into() } else { "succeeded".into() };
                seen(Record::Payment(one), NOON)
            }).collect();
            mirror.commit_page(account, &page, None).await.unwrap();
            let query = ["", "even", "status:failed", "even -status:failed"][which];
            let whole = mirror.find(query, everywhere(), 1_000, None).await.unwrap();
            let mut found = Vec::new();
            let mut after: Option<String> = None;
            loop {
                let page = mirror.find(query, everywhere(), limit, after.as_deref()).await.unwrap();
                found.extend(page.items);
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, whole.items);
            let count = mirror.count_found(query, everywhere(), None).await.unwrap();
            assert_eq!(found.len() as u64, count.payments);
            let times: Vec<Timestamp> = found.iter().map(|one| one.payment.created_at).collect();
            assert!(times.is_sorted_by(|left, right| left >= right));
            mirror.close().await.unwrap();
        });
    }
}
