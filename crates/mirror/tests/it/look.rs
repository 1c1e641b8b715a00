//! Searches that must look at payment after payment, within a budget, and counts as a second answer.

use domain::Record;
use mirror::{LookBudget, Mirror};

use crate::support::*;

const PAYMENTS: i64 = 6_000;
/// Looks at few payments, so that an answer ends before history does, however fast the machine is.
const SMALL: LookBudget = LookBudget { steps: 1_000, rows: 2_500, time: None };

/// Payments a second apart; every thousandth one is of a country that no other is of.
async fn long_history() -> (Home, Mirror) {
    let (home, mirror, account) = shop().await;
    for start in (0..PAYMENTS).step_by(1_000) {
        let page: Vec<_> = (start..start + 1_000)
            .map(|number| {
                let mut one = payment(&format!("ch_{number}"), 100 + number);
                one.created_at = at(NOON + number);
                one.card.country = Some(if number % 1_000 == 7 { "NO" } else { "US" }.to_owned());
                one.amount = money(100 + number, if number % 3 == 0 { "eur" } else { "usd" });
                seen(Record::Payment(one), NOON)
            })
            .collect();
        mirror.commit_page(account, &page, None).await.unwrap();
    }
    (home, mirror)
}

fn numbers(items: &[mirror::FoundPayment]) -> Vec<&str> {
    items.iter().map(|one| one.payment.vendor_id.as_str()).collect()
}

#[tokio::test]
async fn a_rare_match_is_looked_for_piece_by_piece_and_nothing_is_missed() {
    let (_home, mirror) = long_history().await;
    let scope = everywhere();
    let whole = mirror.find("country:NO", scope, 100, None).await.unwrap();
    assert_eq!(numbers(&whole.items), ["ch_5007", "ch_4007", "ch_3007", "ch_2007", "ch_1007", "ch_7"]);
    assert_eq!((whole.looked_back_to, &whole.next), (None, &None));

    let mut found = Vec::new();
    let mut after: Option<String> = None;
    let mut pieces = Vec::new();
    loop {
        let page = mirror.find_within("country:NO", scope, 100, after.as_deref(), Some(SMALL)).await.unwrap();
        assert!(page.items.len() < 6, "one answer looked at all of history");
        assert_eq!(page.looked_back_to.is_some(), page.next.is_some());
        found.extend(page.items);
        pieces.extend(page.looked_back_to);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(numbers(&found), numbers(&whole.items));
    assert_eq!(pieces, [at(NOON + PAYMENTS - 2_500), at(NOON + PAYMENTS - 5_000)]);
}

#[tokio::test]
async fn a_full_page_needs_no_further_look() {
    let (_home, mirror) = long_history().await;
    let page = mirror.find_within("country:NO", everywhere(), 1, None, Some(SMALL)).await.unwrap();
    assert_eq!((numbers(&page.items), page.looked_back_to), (vec!["ch_5007"], None));
    let rest =
        mirror.find_within("country:NO", everywhere(), 1, page.next.as_deref(), Some(SMALL)).await.unwrap();
    assert_eq!(numbers(&rest.items), ["ch_4007"]);
}

#[tokio::test]
async fn the_oldest_first_is_looked_for_the_other_way() {
    let (_home, mirror) = long_history().await;
    let (query, scope) = ("country:NO sort:created", everywhere());
    let first = mirror.find_within(query, scope, 100, None, Some(SMALL)).await.unwrap();
    assert_eq!(numbers(&first.items), ["ch_7", "ch_1007", "ch_2007"]);
    // The first try came as far as `ch_7`; from there on the rows of the budget are counted.
    assert_eq!(first.looked_back_to, Some(at(NOON + 2_507)));
    let after = first.next.as_deref();
    let second = mirror.find_within(query, scope, 100, after, Some(SMALL)).await.unwrap();
    assert_eq!(numbers(&second.items), ["ch_3007", "ch_4007", "ch_5007"]);
}

/// Payments over all pages of small answers, and the amounts that those answers came to.
async fn by_amount(mirror: &Mirror, query: &str, budget: LookBudget) -> (Vec<String>, Vec<i64>) {
    let (mut found, mut reached) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    loop {
        let page =
            mirror.find_within(query, everywhere(), 100, after.as_deref(), Some(budget)).await.unwrap();
        assert_eq!(page.looked_back_to, None);
        assert!(page.items.len() == 100 || page.looked_to_amount.is_some() == page.next.is_some());
        found.extend(page.items.into_iter().map(|one| one.payment.vendor_id));
        reached.extend(page.looked_to_amount.map(|amount| amount.minor));
        match page.next {
            Some(next) => after = Some(next),
            None => return (found, reached),
        }
    }
}

#[tokio::test]
async fn along_the_amounts_each_answer_says_to_which_amount_it_looked() {
    let (_home, mirror) = long_history().await;
    let (found, reached) = by_amount(&mirror, "country:NO sort:-amount currency:usd", SMALL).await;
    assert_eq!(found, ["ch_4007", "ch_3007", "ch_1007", "ch_7"]);
    assert!(!reached.is_empty() && reached.is_sorted_by(|one, other| one > other), "{reached:?}");
    let (found, reached) = by_amount(&mirror, "country:NO sort:amount currency:usd", SMALL).await;
    assert_eq!(found, ["ch_7", "ch_1007", "ch_3007", "ch_4007"]);
    assert!(!reached.is_empty() && reached.is_sorted_by(|one, other| one < other), "{reached:?}");
    // Within a range only the range is looked at, wherever among the amounts it lies.
    let range = "country:NO sort:-amount currency:usd amount:10..20 amount:<15";
    assert_eq!(by_amount(&mirror, range, SMALL).await, (vec!["ch_1007".to_owned()], vec![]));
    for nothing in ["amount:10..20 amount:30..40", "amount:1.005"] {
        let query = format!("country:NO sort:amount currency:usd {nothing}");
        assert_eq!(by_amount(&mirror, &query, SMALL).await, (vec![], vec![]), "{query}");
    }
}

#[tokio::test]
async fn a_price_that_most_have_is_looked_through_piece_by_piece() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<_> = (0..1_000)
        .map(|number| {
            let minor = if number % 10 == 0 { 100 + number } else { 999 };
            let mut one = payment(&format!("ch_{number:04}"), minor);
            one.created_at = at(NOON + number);
            one.card.country = Some(if number % 100 == 7 { "NO" } else { "US" }.to_owned());
            seen(Record::Payment(one), NOON)
        })
        .collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    let tiny = LookBudget { steps: 1, rows: 50, time: None };
    for (order, up) in [("amount", true), ("-amount", false)] {
        let query = format!("country:NO currency:usd sort:{order}");
        let (found, reached) = by_amount(&mirror, &query, tiny).await;
        let mut wanted: Vec<String> = (0..10).map(|number| format!("ch_{:04}", number * 100 + 7)).collect();
        if !up {
            wanted.reverse();
        }
        assert_eq!(found, wanted, "{query}");
        assert!(reached.iter().filter(|minor| **minor == 999).count() > 5, "{reached:?}");
    }
}

#[tokio::test]
async fn what_a_date_or_an_index_leads_to_is_gathered_and_sorted_where_that_is_little() {
    let (_home, mirror) = long_history().await;
    // No row may be walked, so only what was gathered can be whole.
    let gathering = LookBudget { steps: 10_000_000, rows: 0, time: None };
    for query in ["created:2026-03-01 country:NO", "last4:4242 country:NO", "id:ch_4007 OR id:ch_7"] {
        let query = format!("{query} currency:usd sort:-amount");
        let (found, reached) = by_amount(&mirror, &query, gathering).await;
        assert_eq!((found.first().map(String::as_str), reached), (Some("ch_4007"), vec![]), "{query}");
    }
    // Where that would take more than the budget it is looked for along the amounts.
    let (found, reached) =
        by_amount(&mirror, "created:2026-03-01 country:NO currency:usd sort:-amount", SMALL).await;
    assert_eq!(found, ["ch_4007", "ch_3007", "ch_1007", "ch_7"]);
    assert!(!reached.is_empty());
}

#[tokio::test]
async fn what_an_index_answers_is_whole_within_the_smallest_budget() {
    let (_home, mirror) = long_history().await;
    for query in ["ch_17", "amount:1.17", "", "created:2026-03-01"] {
        let budget = Some(LookBudget { rows: 0, ..SMALL });
        let page = mirror.find_within(query, everywhere(), 1, None, budget).await.unwrap();
        assert_eq!((page.items.len(), page.looked_back_to), (1, None), "{query}");
    }
}

#[tokio::test]
async fn words_are_let_go_only_once_all_of_history_was_looked_at() {
    let (_home, mirror) = long_history().await;
    let scope = everywhere();
    let query = "ch_5 please country:US";
    let mut after: Option<String> = None;
    let found = loop {
        let budget = Some(LookBudget { steps: 1, rows: 2_500, time: None });
        let page = mirror.find_within(query, scope, 10, after.as_deref(), budget).await.unwrap();
        match page.next {
            Some(next) => {
                assert!(page.items.is_empty() && !page.relaxed);
                after = Some(next);
            }
            None => break page,
        }
    };
    assert_eq!((numbers(&found.items), found.relaxed), (vec!["ch_5"], true));
}

#[tokio::test]
async fn counts_add_up_by_currency_and_say_whether_they_are_exact() {
    let (_home, mirror) = long_history().await;
    let scope = everywhere();
    let rare = vec![7, 1_007, 2_007, 3_007, 4_007, 5_007];
    for (query, wanted) in [("", (0..PAYMENTS).collect()), ("country:NO", rare)] {
        let exact = mirror.count_found(query, scope, None).await.unwrap();
        let sum = |eur: bool| {
            let of = wanted.iter().filter(|number| (*number % 3 == 0) == eur);
            (of.clone().count() as u64, of.map(|number| 100 + number).sum::<i64>())
        };
        let totals: Vec<_> =
            exact.totals.iter().map(|one| ((one.payments, one.amount.minor), one.amount)).collect();
        assert_eq!(totals.len(), 2, "{query}");
        assert_eq!((totals[0].0, totals[0].1.currency.code()), (sum(false), "USD"), "{query}");
        assert_eq!((totals[1].0, totals[1].1.currency.code()), (sum(true), "EUR"), "{query}");
        assert_eq!((exact.payments, exact.exact), (wanted.len() as u64, true), "{query}");
        assert_eq!(exact.looked_back_to, None);
    }
    let partial = mirror.count_found("", scope, Some(SMALL)).await.unwrap();
    assert_eq!((partial.payments, partial.exact), (2_500, false));
    assert_eq!(partial.looked_back_to, Some(at(NOON + PAYMENTS - 2_500)));
    let newest: i64 = (PAYMENTS - 2_500..PAYMENTS).map(|number| 100 + number).sum();
    assert_eq!(partial.totals.iter().map(|one| one.amount.minor).sum::<i64>(), newest);

    let enough = LookBudget { rows: 100_000, ..SMALL };
    let walked = mirror.count_found("", scope, Some(enough)).await.unwrap();
    assert_eq!(walked, mirror.count_found("", scope, None).await.unwrap());
}

#[tokio::test]
async fn a_sum_beyond_64_bits_is_refused_and_a_currency_without_figures_is_counted() {
    let (_home, mirror, account) = shop().await;
    let huge = |id: &str, minor: i64, currency: &str| {
        let mut one = payment(id, 100);
        one.amount = money(minor, currency);
        // Neither succeeded nor failed, so no figure by day knows its currency.
        one.status = "pending".into();
        one.captured_minor = 0;
        seen(Record::Payment(one), NOON)
    };
    mirror
        .commit_page(account, &[huge("ch_1", i64::MAX, "usd"), huge("ch_2", 7, "sek")], None)
        .await
        .unwrap();
    let found = mirror.count_found("", everywhere(), None).await.unwrap();
    let mut amounts: Vec<_> = found.totals.iter().map(|one| one.amount).collect();
    amounts.sort_by_key(|one| one.minor);
    assert_eq!(amounts, [money(7, "sek"), money(i64::MAX, "usd")]);
    mirror.commit_page(account, &[huge("ch_3", 1, "usd")], None).await.unwrap();
    let error = mirror.count_found("", everywhere(), None).await.unwrap_err();
    assert_eq!(error.code(), "sum_overflow");
}

#[tokio::test]
async fn a_limit_ends_with_its_answer() {
    let (_home, mirror) = long_history().await;
    // More often than there are connections, so that each of them was limited once.
    for _ in 0..5 {
        mirror.count_found("", everywhere(), Some(SMALL)).await.unwrap();
    }
    for _ in 0..5 {
        assert_eq!(mirror.count_found("", everywhere(), None).await.unwrap().payments, 6_000);
    }
}
