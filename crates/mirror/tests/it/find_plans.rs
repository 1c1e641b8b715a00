//! Every word of the grammar, in every form, goes through an index or along the date key.

use mirror::{FindScope, Mirror};

use crate::support::*;

/// A use of each word, and the way that it must take: an index, the word index, or a walk.
const WORDS: [(&str, &str); 54] = [
    ("status:failed", "payments_status"),
    ("status:succeeded", WALK),
    ("status:refunded", "payments_refunded"),
    ("status:partially_refunded", "payments_refunded"),
    ("status:disputed", "payments_disputed"),
    ("amount:19.99", "payments_amount"),
    ("amount:10..20", WALK),
    ("amount:>10", WALK),
    ("currency:eur", WALK),
    ("created:2026-03", WALK),
    ("created:..2026-03", WALK),
    ("created:-7d", WALK),
    ("date:yesterday", WALK),
    ("email:jane@x.org", "payments_email"),
    ("email:jane@*", "payments_email"),
    ("email:jane", WORD_INDEX),
    ("name:jane", WORD_INDEX),
    ("customer:cus_1", "payments_customer"),
    ("customer:jane@x.org", "customers_email"),
    ("customer:jane", WORD_INDEX),
    ("last4:4242", "payments_last4"),
    ("brand:visa", WALK),
    ("exp:05/28", WALK),
    ("country:gb", WALK),
    ("type:ideal", WALK),
    ("method:card", WALK),
    ("id:ch_1", "payments_vendor_id"),
    ("id:pi_1", "payments_intent"),
    ("id:txn_1", "balance_entries_vendor_id"),
    ("id:pay_1f", "INTEGER PRIMARY KEY"),
    ("description:shirt", WORD_INDEX),
    ("statement:north", WORD_INDEX),
    ("receipt:1817-9523", WORD_INDEX),
    ("postal:12345", WORD_INDEX),
    ("zip:12345", WORD_INDEX),
    ("number:06b2-1", WORD_INDEX),
    ("metadata:1042", WORD_INDEX),
    ("metadata.order_id:1042", "payment_metadata"),
    ("metadata:order_id=10*", "payment_metadata"),
    ("order_id:1042", "payment_metadata"),
    ("refund:re_1", "refunds_vendor_id"),
    ("refund:failed", "refunds_status"),
    ("refund:any", WALK),
    ("dispute:dp_1", "disputes_vendor_id"),
    ("dispute:won", "payments_vendor_id"),
    ("risk:elevated", WALK),
    ("note:phone", "intents_noted"),
    ("account:shop", WALK),
    ("arn:74000000000000000000001", "refunds_trace"),
    ("74000000000000000000001", "refunds_trace"),
    ("visa", WALK),
    ("amount:10eur", "payments_amount"),
    ("vendor:stripe", WALK),
    ("1042", "payments_last4"),
];
const WORD_INDEX: &str = "payment_words VIRTUAL TABLE INDEX";
/// Along the key, which is the date.
const WALK: &str = "payments USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";

/// Along the amounts of a currency.
const ALONG: &str = "payments USING INDEX payments_amount (currency=? AND amount_minor";

async fn plan(mirror: &Mirror, query: &str) -> Vec<String> {
    mirror.explain_find(query, FindScope::all(at(NOON))).await.unwrap()
}

/// What must never be in a plan, whatever was asked.
fn assert_no_scan(query: &str, plan: &[String]) {
    for line in plan {
        let words: Vec<&str> = line.split(' ').collect();
        // Tables of ours and of rare things, and what a part of the plan gathered.
        let small = ["d", "i", "accounts", "n", "found", "CONSTANT"];
        let of_index =
            line.contains("USING INDEX") || line.contains("COVERING INDEX") || line.contains("VIRTUAL TABLE");
        let scan = words.first() == Some(&"SCAN")
            && !of_index
            && words.get(1).is_some_and(|table| !small.contains(table) && !table.starts_with('('));
        assert!(!scan, "{query}: {line}\n{plan:#?}");
    }
}

/// Nothing is sorted that came in order.
fn assert_no_sort(query: &str, plan: &[String]) {
    let sorted = plan.iter().any(|line| line.contains("USE TEMP B-TREE FOR ORDER BY"));
    assert!(!sorted, "{query}: {plan:#?}");
}

async fn stocked() -> (Home, Mirror) {
    let (home, mirror, account) = shop().await;
    let mut euros = payment("ch_2", 100);
    euros.amount = money(1_999, "eur");
    let page = [payment("ch_1", 1_999), euros].map(|one| seen(domain::Record::Payment(one), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    (home, mirror)
}

#[tokio::test]
async fn every_word_takes_its_way() {
    let (_home, mirror) = stocked().await;
    for (query, way) in WORDS {
        let plan = plan(&mirror, query).await;
        assert!(plan.iter().any(|line| line.contains(way)), "{query} by {way}: {plan:#?}");
        assert_no_scan(query, &plan);
        assert_no_sort(query, &plan);
    }
}

#[tokio::test]
async fn every_word_can_be_ruled_out_along_the_date() {
    let (_home, mirror) = stocked().await;
    for (word, _) in WORDS {
        for query in
            [format!("-{word}"), format!("-({word} OR currency:usd)"), format!("-({word} brand:visa)")]
        {
            let plan = plan(&mirror, &query).await;
            assert!(plan.iter().any(|line| line.contains(WALK)), "{query}: {plan:#?}");
            assert_no_scan(&query, &plan);
            assert_no_sort(&query, &plan);
        }
        let query = format!("last4:4242 -{word}");
        let plan = plan(&mirror, &query).await;
        assert!(plan.iter().any(|line| line.contains("payments_last4")), "{query}: {plan:#?}");
        assert_no_sort(&query, &plan);
    }
}

#[tokio::test]
async fn every_two_words_joined_by_or_go_both_ways_or_along_the_date() {
    let (_home, mirror) = stocked().await;
    for (left, left_way) in WORDS {
        for (right, right_way) in WORDS {
            let query = format!("{left} OR {right}");
            let plan = plan(&mirror, &query).await;
            let walked = plan.iter().any(|line| line.contains(WALK));
            let both = [left_way, right_way].iter().all(|way| plan.iter().any(|line| line.contains(way)));
            assert!(walked || both, "{query}: {plan:#?}");
            assert_no_scan(&query, &plan);
            assert_no_sort(&query, &plan);
        }
    }
}

#[tokio::test]
async fn groups_lead_by_the_narrowest_of_what_must_hold() {
    let (_home, mirror) = stocked().await;
    for (query, ways) in [
        (
            "last4:4242 amount:19.99 created:2026-03",
            &["payments_last4 (card_last4=? AND rowid>? AND rowid<?)"][..],
        ),
        ("status:failed created:2026-03", &["payments_status (status=? AND rowid>? AND rowid<?)"]),
        ("jane doe", &[WORD_INDEX]),
        ("jane -doe", &[WORD_INDEX]),
        ("jane OR doe", &[WORD_INDEX]),
        ("(jane last4:4242) OR (doe customer:cus_1)", &["payments_last4", "payments_customer"]),
        ("status:succeeded (last4:4242 OR last4:0001)", &["payments_last4"]),
        ("ch_1 jane@x.org OR pi_1 status:(failed OR pending)", &["payments_vendor_id"]),
        ("created:2026-01 OR created:2026-03 status:succeeded", &[WALK]),
        (
            "amount:19.99 currency:eur",
            &["payments_amount (currency=? AND amount_minor=? AND rowid>? AND rowid<?)"],
        ),
        (
            "metadata.order_id:1042 status:succeeded",
            &["payment_metadata USING PRIMARY KEY (name=? AND value_folded=?"],
        ),
    ] {
        let plan = plan(&mirror, query).await;
        for way in ways {
            assert!(plan.iter().any(|line| line.contains(way)), "{query} by {way}: {plan:#?}");
        }
        assert_no_scan(query, &plan);
        assert_no_sort(query, &plan);
    }
    // What was ruled out by its currency is not looked at.
    let both = plan(&mirror, "amount:19.99").await;
    let one = plan(&mirror, "amount:19.99 currency:eur").await;
    let uses = |plan: &[String]| plan.iter().filter(|line| line.contains("payments_amount")).count();
    assert_eq!((uses(&both), uses(&one)), (2, 1));
}

#[tokio::test]
async fn every_word_is_found_in_order_of_date_or_amount() {
    let (_home, mirror) = stocked().await;
    for (word, way) in WORDS {
        let query = format!("{word} sort:created");
        let oldest = plan(&mirror, &query).await;
        assert!(oldest.iter().any(|line| line.contains(way)), "{query} by {way}: {oldest:#?}");
        assert_no_scan(&query, &oldest);
        assert_no_sort(&query, &oldest);
        // Either along the amounts, or the few that were gathered are sorted.
        for order in ["amount", "-amount"] {
            let query = format!("{word} currency:usd sort:{order}");
            let sorted = plan(&mirror, &query).await;
            let along = sorted.iter().any(|line| line.contains(ALONG));
            let gathered =
                sorted.iter().any(|line| line.contains("payments USING INTEGER PRIMARY KEY (rowid=?)"));
            assert!(along || gathered || sorted.is_empty(), "{query}: {sorted:#?}");
            assert_no_scan(&query, &sorted);
            if !gathered {
                assert_no_sort(&query, &sorted);
            }
        }
    }
}

/// Each form that the grammar has for a word, and words beside it.
fn forms(word: &str) -> Vec<String> {
    [
        "{}",
        "-{}",
        "{} brand:visa",
        "{} -brand:visa",
        "(-{} OR country:gb) jane",
        "-({} brand:visa)",
        "created:2026-03 {}",
        "created:2026-01 OR created:2026-03 {}",
    ]
    .iter()
    .map(|form| form.replace("{}", word))
    .collect()
}

#[tokio::test]
async fn every_form_in_every_order_has_a_way_for_its_rows_its_pieces_and_its_count() {
    let (_home, mirror) = stocked().await;
    for (word, _) in WORDS {
        for form in forms(word) {
            for order in ["", "sort:created", "sort:-amount currency:usd"] {
                let query = format!("{form} {order}");
                assert_no_scan(&query, &plan(&mirror, &query).await);
                let beside = mirror.explain_beside(&query, FindScope::all(at(NOON))).await.unwrap();
                assert_no_scan(&query, &beside);
            }
        }
    }
}

#[tokio::test]
async fn along_the_amounts_a_page_begins_at_its_key_and_sorts_nothing() {
    let (_home, mirror) = stocked().await;
    for query in ["currency:usd", "currency:usd country:gb", "currency:usd amount:10..20 -brand:visa"] {
        for order in ["amount", "-amount"] {
            let query = format!("{query} sort:{order}");
            let plan = plan(&mirror, &query).await;
            for way in [
                "USING INDEX payments_amount (currency=? AND amount_minor=? AND rowid>? AND rowid<?)",
                "USING INDEX payments_amount (currency=? AND amount_minor>? AND amount_minor<?)",
                "USING COVERING INDEX payments_amount (currency=? AND amount_minor=? AND rowid>? AND rowid<?)",
                "USING COVERING INDEX payments_amount (currency=? AND amount_minor>? AND amount_minor<?)",
            ] {
                assert!(plan.iter().any(|line| line.contains(way)), "{query} by {way}: {plan:#?}");
            }
            assert_no_sort(&query, &plan);
        }
    }
}
