//! The order of what is found: pages put together are the whole, in any order.

use domain::Record;
use mirror::{FindScope, LookBudget, Mirror};
use proptest::prelude::*;

use crate::support::*;

/// Vendor's ids over all pages.
async fn walked(mirror: &Mirror, query: &str, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        // The moment moves on from page to page, and the search must not.
        let scope = FindScope::all(at(NOON + 86_400 * i64::try_from(found.len()).unwrap()));
        let page = mirror.find(query, scope, limit, after.as_deref()).await.unwrap();
        found.extend(page.items.into_iter().map(|one| one.payment.vendor_id));
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn amounts_and_dates_sort_both_ways_with_the_key_between_equals() {
    let (_home, mirror, account) = shop().await;
    let mut page = Vec::new();
    for (number, minor) in [500, 100, 300, 100, 900].into_iter().enumerate() {
        let mut one = payment(&format!("ch_{number}"), minor);
        one.created_at = at(NOON + i64::try_from(number).unwrap());
        one.description = (number != 2).then(|| "shirt".to_owned());
        page.push(seen(Record::Payment(one), NOON));
    }
    let mut other = payment("ch_yen", 1);
    other.amount = money(1, "jpy");
    page.push(seen(Record::Payment(other), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    for (query, expected) in [
        ("sort:amount currency:usd", &["ch_1", "ch_3", "ch_2", "ch_0", "ch_4"][..]),
        ("sort:-amount currency:usd", &["ch_4", "ch_0", "ch_2", "ch_3", "ch_1"]),
        ("sort:-amount currency:usd shirt", &["ch_4", "ch_0", "ch_3", "ch_1"]),
        ("sort:amount currency:usd amount:2..6", &["ch_2", "ch_0"]),
        ("sort:amount currency:usd ch_4 OR ch_1", &["ch_1", "ch_4"]),
        ("sort:amount currency:jpy", &["ch_yen"]),
        ("sort:created currency:usd", &["ch_0", "ch_1", "ch_2", "ch_3", "ch_4"]),
        ("sort:-created currency:usd", &["ch_4", "ch_3", "ch_2", "ch_1", "ch_0"]),
        ("sort:created shirt", &["ch_0", "ch_1", "ch_3", "ch_4"]),
        ("sort:created currency:usd amount:1 OR amount:3", &["ch_1", "ch_2", "ch_3"]),
    ] {
        for limit in [1, 2, 100] {
            assert_eq!(walked(&mirror, query, limit).await, expected, "{query} by {limit}");
        }
    }
}

#[tokio::test]
async fn pages_of_a_relative_date_hold_to_the_first_pages_moment() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<_> = (0..6)
        .map(|day| {
            let mut one = payment(&format!("ch_{day}"), 100);
            one.created_at = at(NOON - day * 86_400);
            seen(Record::Payment(one), NOON)
        })
        .collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    // The walk moves its clock a day on with each row; the last rows would be lost.
    assert_eq!(walked(&mirror, "created:-3d", 1).await, ["ch_0", "ch_1", "ch_2", "ch_3"]);
    assert_eq!(walked(&mirror, "created:yesterday", 1).await, ["ch_1"]);
    assert_eq!(walked(&mirror, "created:-3d..-1d", 1).await, ["ch_2", "ch_3"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn sorted_pages_put_together_are_the_whole_in_order(
        rows in prop::collection::vec((0_i64..15, 1_i64..6, 0_usize..3), 1..80),
        limit in 1_u32..17,
        which in 0_usize..14,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let home = Home::plain();
            let mirror = home.open().await;
            let account = add_account(&mirror, "shop").await;
            let page: Vec<_> = rows.iter().enumerate().map(|(number, (second, minor, kind))| {
                let mut one = payment(&format!("ch_{number}x"), minor * 100);
                one.created_at = at(NOON + second);
                one.description = (*kind == 0).then(|| "shirt".to_owned());
                one.status = if *kind == 1 { "failed".into() } else { "succeeded".into() };
                one.card.last4 = Some(format!("000{minor}"));
                one.metadata = vec![("size".to_owned(), if *kind == 2 { "xl" } else { "s" }.to_owned())];
                seen(Record::Payment(one), NOON)
            }).collect();
            mirror.commit_page(account, &page, None).await.unwrap();
            let (query, sort) = [
                ("", "sort:created"),
                ("shirt OR status:failed", ""),
                ("shirt OR last4:0001 OR amount:3", "sort:created"),
                ("(shirt last4:0002) OR (status:failed amount:>2)", ""),
                ("metadata.size:xl OR 2 -shirt", ""),
                ("status:failed OR status:pending", "sort:created"),
                ("shirt OR last4:0001", "sort:amount currency:usd"),
                ("status:failed", "sort:-amount currency:usd"),
                ("", "sort:amount currency:usd"),
                ("-(shirt OR last4:0003)", ""),
                ("created:2026-03-01 OR status:failed", "sort:created"),
                ("amount:2 OR amount:4 -shirt metadata.size:(xl OR s)", "sort:-amount currency:usd"),
                ("amount:2..4 -shirt", "sort:-amount currency:usd"),
                ("amount:3", "sort:amount currency:usd"),
            ][which];
            let text = format!("{query} {sort}");
            let whole = mirror.find(&text, everywhere(), 1_000, None).await.unwrap();
            let found = walked(&mirror, &text, limit).await;
            let ids: Vec<String> = whole.items.iter().map(|one| one.payment.vendor_id.clone()).collect();
            assert_eq!(found, ids, "{text}");
            // However little each answer may look at, all of them together are the same.
            let tiny = LookBudget { steps: 1, rows: limit, time: None };
            let mut pieces: Vec<String> = Vec::new();
            let mut after: Option<String> = None;
            loop {
                let page = mirror.find_within(&text, everywhere(), 5, after.as_deref(), Some(tiny)).await.unwrap();
                pieces.extend(page.items.into_iter().map(|one| one.payment.vendor_id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(pieces, ids, "{text} in pieces");
            let count = mirror.count_found(&text, everywhere(), None).await.unwrap();
            assert_eq!(found.len() as u64, count.payments, "{text}");
            let mut unsorted = mirror.find(query, everywhere(), 1_000, None).await.unwrap().items;
            assert_eq!(unsorted.len(), whole.items.len(), "{text}");
            let key = |own_id: &str| i64::from_str_radix(own_id.trim_start_matches("pay_"), 16).unwrap();
            unsorted.sort_by_key(|one| {
                let (minor, key) = (one.payment.amount.minor, key(&one.own_id));
                match sort.split(' ').next().unwrap() {
                    "sort:amount" => (minor, key),
                    "sort:-amount" => (-minor, -key),
                    "sort:created" => (0, key),
                    _ => (0, -key),
                }
            });
            assert_eq!(unsorted, whole.items, "{text}");
            mirror.close().await.unwrap();
        });
    }
}
