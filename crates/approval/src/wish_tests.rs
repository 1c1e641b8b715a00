//! What follows from the rows of a run.

use domain::{BulkRunId, IntentId, Money};

use super::{ROWS_MAX, RunWish, WishedRow, intent_of_row};

fn row(line: u64, minor: i64) -> WishedRow {
    let amount = Money::new(minor, "usd".parse().unwrap());
    WishedRow { line, payment: "ch_1".to_owned(), amount, reason: None }
}

#[test]
fn a_run_is_counted_and_added_up_by_currency() {
    let yen = WishedRow { amount: Money::new(7, "jpy".parse().unwrap()), ..row(3, 0) };
    let wish = RunWish::of(BulkRunId::generate(), vec![row(1, 250), yen, row(9, 50)]).unwrap();
    let totals: Vec<String> =
        wish.totals.iter().map(|one| format!("{} {}", one.minor, one.currency)).collect();
    assert_eq!((wish.count, totals), (3, vec!["7 JPY".to_owned(), "300 USD".to_owned()]));
}

#[test]
fn what_is_no_run_is_not_asked_for() {
    let of = |rows| RunWish::of(BulkRunId::generate(), rows);
    assert_eq!(of(Vec::new()), None);
    assert_eq!(of(vec![row(1, 0)]), None);
    assert_eq!(of(vec![row(1, 1), row(1, 1)]), None, "one line twice");
    assert_eq!(of(vec![row(2, 1), row(1, 1)]), None, "not in order");
    assert_eq!(of(vec![row(1, i64::MAX), row(2, 1)]), None, "no sum can hold it");
    assert_eq!(of((0..=ROWS_MAX as u64).map(|line| row(line, 1)).collect()), None);
}

#[test]
fn the_intent_of_a_row_follows_from_its_request_and_line_alone() {
    let request: IntentId = "01934c1e-0000-7000-8000-000000000001".parse().unwrap();
    let first = intent_of_row(request, 2).unwrap();
    assert_eq!(intent_of_row(request, 2), Some(first));
    assert_eq!(first.to_string().as_bytes()[14], b'8', "{first}");
    assert_ne!(intent_of_row(request, 3), Some(first));
    assert_ne!(intent_of_row(IntentId::generate(), 2), Some(first));
}
