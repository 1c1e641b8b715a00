//! Lists: pages, cursors, and what a vendor can get wrong about them.

use domain::{Kind, Record, Timestamp};
use vendors::stripe::{CallError, CreatedRange, Cursor, EventFilter, Filter, PageRequest};

use crate::support::{answer, charge, fixture, list_of, refund, serve};

fn ids(records: &[domain::Observed]) -> Vec<&str> {
    records.iter().map(|seen| seen.record.vendor_id()).collect()
}

#[tokio::test]
async fn a_page_asks_for_exactly_what_was_said() {
    let (server, stripe) = serve([answer(200, &list_of(&[], false))]).await;
    let request = PageRequest {
        cursor: Some(Cursor::After("ch_9".to_owned())),
        created: CreatedRange {
            from: Some(Timestamp::from_ms(1_780_000_000_999)),
            until: Some(Timestamp::from_ms(1_780_000_001_001)),
        },
        limit: 500,
        filters: vec![Filter::OfCustomer("cus_1".to_owned())],
        events: EventFilter::default(),
    };
    let page = stripe.list(Kind::Payments, &request).await.unwrap();
    assert!(page.offered && page.records.is_empty() && !page.has_more);
    let sent = &server.requests()[0];
    assert_eq!(
        sent.line(),
        "GET /v1/charges?limit=100&starting_after=ch_9&created%5Bgte%5D=1780000000&created%5Blt%5D=1780000002&customer=cus_1 HTTP/1.1"
    );
    assert_eq!(sent.header("stripe-version"), ["2026-10-28.endive"]);
    assert_eq!(sent.header("authorization"), ["Bearer sk_test_paydesk"]);
}

#[tokio::test]
async fn both_orders_are_noticed() {
    let newest = list_of(&[charge("ch_2", 20), charge("ch_1", 10)], true);
    let oldest = list_of(&[charge("ch_1", 10), charge("ch_2", 20)], true);
    let same = list_of(&[charge("ch_1", 10), charge("ch_2", 10)], false);
    let (_server, stripe) = serve([answer(200, &newest), answer(200, &oldest), answer(200, &same)]).await;
    let request = PageRequest::default();
    let page = stripe.list(Kind::Payments, &request).await.unwrap();
    assert_eq!(
        (page.newest_first, page.first_id.as_deref(), page.last_id.as_deref()),
        (Some(true), Some("ch_2"), Some("ch_1"))
    );
    assert_eq!(stripe.list(Kind::Payments, &request).await.unwrap().newest_first, Some(false));
    assert_eq!(stripe.list(Kind::Payments, &request).await.unwrap().newest_first, None);
}

#[tokio::test]
async fn a_record_with_unsafe_money_is_skipped_and_kept_not_the_page() {
    let with =
        |id: &str, amount: &str| charge(id, 10).replace("\"amount\":100", &format!("\"amount\":{amount}"));
    let objects = [
        charge("ch_good", 12),
        with("ch_float", "19.99"),
        with("ch_huge", "9223372036854775808"),
        with("ch_null", "null"),
        charge("ch_twice", 9).replace("\"amount\":100", "\"amount\":100,\"amount\":1"),
        charge("ch_currency", 9).replace("usd", "dollars"),
        charge("ch_live", 9).replace("\"livemode\":false", "\"livemode\":true"),
        charge("ch_deep", 8)
            .replace("\"usd\"", &format!("\"usd\",\"x\":{}{}", "[".repeat(10_000), "]".repeat(10_000))),
        "17".to_owned(),
        with("ch_text", "\"100\""),
    ];
    let (_server, stripe) = serve([answer(200, &list_of(&objects, true))]).await;
    let page = stripe.list(Kind::Payments, &PageRequest::default()).await.unwrap();
    assert_eq!(ids(&page.records), ["ch_good", "ch_text"]);
    let skipped: Vec<(Option<&str>, &str, bool)> = page
        .skipped
        .iter()
        .map(|one| (one.vendor_id.as_deref(), one.reason.code(), one.json.is_some()))
        .collect();
    assert_eq!(
        skipped,
        [
            (Some("ch_float"), "bad_field", true),
            (Some("ch_huge"), "bad_field", true),
            (Some("ch_null"), "bad_field", true),
            (Some("ch_twice"), "duplicate_name", false),
            (Some("ch_currency"), "bad_field", true),
            (Some("ch_live"), "other_mode", true),
            (Some("ch_deep"), "too_deep", false),
            (None, "other_object", true),
        ]
    );
    assert_eq!((page.first_id.as_deref(), page.last_id.as_deref()), (Some("ch_good"), Some("ch_text")));
}

#[tokio::test]
async fn p43_a_broken_emoji_loses_no_record() {
    let broken = charge("ch_1", 10).replace("\"usd\"", r#""usd","description":"tea \ud83c""#);
    let (_server, stripe) = serve([answer(200, &list_of(&[broken], false))]).await;
    let page = stripe.list(Kind::Payments, &PageRequest::default()).await.unwrap();
    let Record::Payment(payment) = &page.records[0].record else { panic!() };
    assert_eq!(payment.description.as_deref(), Some("tea \u{fffd}"));
}

#[tokio::test]
async fn p44_an_amount_above_2_to_the_53_is_exact() {
    let huge = charge("ch_1", 10).replace("\"amount\":100", "\"amount\":9007199254740993");
    let (_server, stripe) = serve([answer(200, &list_of(&[huge], false))]).await;
    let page = stripe.list(Kind::Payments, &PageRequest::default()).await.unwrap();
    let Record::Payment(payment) = &page.records[0].record else { panic!() };
    assert_eq!(payment.amount.minor, 9_007_199_254_740_993);
}

#[tokio::test]
async fn p37_a_cursor_that_loops_ends_the_walk() {
    let page = answer(200, &list_of(&[refund("re_2", "ch_1", "pi_1"), refund("re_1", "ch_1", "pi_1")], true));
    let (server, stripe) = serve([]).await;
    let server = server.then_always(page);
    assert_eq!(stripe.refunds_of("ch_1").await, Err(CallError::ListDoesNotEnd));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn p37_a_list_that_says_more_and_holds_nothing_ends_the_walk() {
    let (_server, stripe) = serve([answer(200, &list_of(&[], true))]).await;
    assert_eq!(stripe.refunds_of("ch_1").await, Err(CallError::ListDoesNotEnd));
}

#[tokio::test]
async fn p38_repeated_items_are_taken_once() {
    let first = list_of(
        &[refund("re_3", "ch_1", "pi_1"), refund("re_3", "ch_1", "pi_1"), refund("re_2", "ch_1", "pi_1")],
        true,
    );
    let second = list_of(&[refund("re_2", "ch_1", "pi_1"), refund("re_1", "ch_1", "pi_1")], false);
    let (server, stripe) = serve([answer(200, &first), answer(200, &first), answer(200, &second)]).await;
    let page = stripe.list(Kind::Refunds, &PageRequest::default()).await.unwrap();
    assert_eq!((ids(&page.records), page.repeated), (vec!["re_3", "re_2"], 1));
    let refunds = stripe.refunds_of("ch_1").await.unwrap();
    assert_eq!(ids(&refunds), ["re_3", "re_2", "re_1"]);
    assert_eq!(
        server.requests()[2].line(),
        "GET /v1/refunds?limit=100&starting_after=re_2&charge=ch_1 HTTP/1.1"
    );
}

#[tokio::test]
async fn a_look_is_complete_or_an_error() {
    let unreadable = refund("re_1", "ch_1", "pi_1").replace("\"amount\":5", "\"amount\":5.5");
    let missing = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","param":"charge","message":"No such charge: 'ch_x'"}}"#;
    let other = list_of(&[refund("re_2", "ch_2", "pi_1"), refund("re_1", "ch_1", "pi_1")], false);
    let (_server, stripe) = serve([
        answer(200, &list_of(&[unreadable], false)),
        answer(404, missing),
        answer(404, "not here"),
        answer(200, &other),
        answer(200, &other),
    ])
    .await;
    assert_eq!(stripe.refunds_of("ch_1").await.unwrap_err().code(), "unreadable");
    assert_eq!(stripe.refunds_of("ch_x").await.unwrap_err().code(), "not_found_at_vendor");
    assert_eq!(stripe.refunds_of("ch_1").await.unwrap_err().code(), "not_found_at_vendor");
    // A vendor that ignores the filter lends no refund of another payment.
    assert_eq!(ids(&stripe.refunds_of("ch_1").await.unwrap()), ["re_1"]);
    assert_eq!(ids(&stripe.refunds_of("pi_1").await.unwrap()), ["re_2", "re_1"]);
}

#[tokio::test]
async fn p39_an_object_deleted_between_pages_is_a_gone_cursor() {
    let gone = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","param":"starting_after","message":"No such customer: 'cus_1'"}}"#;
    let (_server, stripe) = serve([answer(400, gone), answer(404, "gone")]).await;
    let request = PageRequest { cursor: Some(Cursor::After("cus_1".to_owned())), ..PageRequest::default() };
    assert_eq!(stripe.list(Kind::Customers, &request).await.unwrap_err().code(), "cursor_gone");
    // In the middle of a list even a bare 404 is no end of it.
    assert_eq!(stripe.list(Kind::Customers, &request).await.unwrap_err().code(), "not_found_at_vendor");
}

#[tokio::test]
async fn p15_a_kind_that_answers_404_is_not_offered() {
    let (_server, stripe) = serve([answer(404, r#"{"error":{"message":"Unrecognized request URL"}}"#)]).await;
    let page = stripe.list(Kind::Payouts, &PageRequest::default()).await.unwrap();
    assert!(!page.offered && page.records.is_empty() && !page.has_more);
}

#[tokio::test]
async fn p01_p02_p03_pages_that_cannot_be_read_are_typed() {
    let whole = list_of(&[charge("ch_1", 1)], false);
    let cases = [
        ("", "empty"),
        ("<html>Sign in</html>", "not_json"),
        (&whole[..whole.len() - 9], "truncated"),
        (r#"{"object":"list","data":[]}"#, "other_object"),
        (r#"{"object":"list","data":{},"has_more":false}"#, "other_object"),
        (r#"{"data":[],"data":[],"has_more":false}"#, "other_object"),
        ("[]", "other_object"),
    ];
    let (_server, stripe) = serve(cases.iter().map(|(body, _)| answer(200, body))).await;
    for (body, code) in cases {
        match stripe.list(Kind::Payments, &PageRequest::default()).await {
            Err(CallError::Unreadable { what, request_id }) => {
                assert_eq!((what.code(), request_id.as_deref()), (code, Some("req_answer")), "{body}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn events_come_in_time_order_from_the_last_one_seen() {
    let event = |id: &str, created: i64| {
        fixture("event").replace("evt_0001", id).replace("1780000300", &created.to_string())
    };
    let scripts = [
        answer(200, &list_of(&[event("evt_3", 30), event("evt_2", 20)], true)),
        answer(200, &list_of(&[event("evt_4", 40)], false)),
        answer(200, &list_of(&[event("evt_4", 40)], true)),
    ];
    let (server, stripe) = serve(scripts).await;
    let filter = EventFilter {
        types: vec!["charge.*".to_owned(), "refund.updated".to_owned()],
        delivered: Some(false),
    };
    let first = stripe.events_after("evt_1", &filter).await.unwrap();
    assert_eq!(ids(&first.records), ["evt_2", "evt_3"]);
    assert_eq!(first.carried.len(), 2);
    assert_eq!(first.carried[0].event_id, "evt_2");
    assert!(first.has_more);
    assert_eq!(first.newest_first, Some(false));
    let second = stripe.events_after(&first.first_id.unwrap(), &EventFilter::default()).await.unwrap();
    assert_eq!((ids(&second.records), second.has_more), (vec!["evt_4"], false));
    // The same page again brings nothing new and must not be walked for ever.
    let stuck = stripe.events_after("evt_4", &EventFilter::default()).await.unwrap();
    assert!(!stuck.has_more && stuck.records.is_empty() && stuck.carried.is_empty());
    let lines: Vec<String> = server.requests().iter().map(|sent| sent.line().to_owned()).collect();
    assert_eq!(
        lines[0],
        "GET /v1/events?limit=100&ending_before=evt_1&types%5B0%5D=charge.*&types%5B1%5D=refund.updated&delivery_success=false HTTP/1.1"
    );
    assert_eq!(lines[1], "GET /v1/events?limit=100&ending_before=evt_3 HTTP/1.1");
}

#[tokio::test]
async fn saved_payment_methods_to_the_end_of_their_list() {
    let method = |id: &str| fixture("payment_method").replace("pm_0001", id);
    let scripts = [
        answer(200, &list_of(&[method("pm_1"), "{}".to_owned(), method("pm_2")], true)),
        answer(200, &list_of(&[method("pm_3")], false)),
    ];
    let (server, stripe) = serve(scripts).await;
    let methods = stripe.saved_payment_methods("cus_1").await.unwrap();
    let ids: Vec<&str> = methods.iter().map(|method| method.vendor_id.as_str()).collect();
    assert_eq!(ids, ["pm_1", "pm_2", "pm_3"]);
    assert_eq!(methods[0].card.last4.as_deref(), Some("4242"));
    assert_eq!(
        server.requests()[1].line(),
        "GET /v1/customers/cus_1/payment_methods?limit=100&starting_after=pm_2 HTTP/1.1"
    );
}

#[tokio::test]
async fn a_search_says_that_there_is_nothing_only_of_a_list_that_was_read_whole() {
    let unreadable = charge("ch_2", 10).replace("\"amount\":100", "\"amount\":1.5");
    let first = list_of(&[charge("ch_3", 20), unreadable], true);
    let (_server, stripe) = serve([
        answer(200, &list_of(&[charge("ch_1", 10)], false)),
        answer(200, &first),
        answer(200, &list_of(&[charge("ch_1", 5)], false)),
        answer(200, &first),
        answer(200, &list_of(&[charge("ch_1", 5)], false)),
        answer(200, &list_of(&[charge("ch_3", 20)], true)),
        answer(200, &list_of(&[charge("ch_3", 20)], true)),
        answer(200, &list_of(&[charge("ch_3", 20)], true)),
        answer(
            404,
            "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Unrecognized request URL\"}}",
        ),
    ])
    .await;
    let find = |wanted: &'static str, pages: usize| {
        let is_it = move |seen: &domain::Observed| seen.record.vendor_id() == wanted;
        stripe.find_in(Kind::Payments, PageRequest::default(), pages, is_it)
    };
    assert_eq!(find("ch_9", 3).await.unwrap(), None);
    // What is there is found beside what cannot be read; that something is not there is not known then.
    assert_eq!(find("ch_1", 3).await.unwrap().unwrap().record.vendor_id(), "ch_1");
    let unread = find("ch_9", 3).await.unwrap_err();
    assert!(matches!(unread, CallError::Unreadable { .. }), "{unread:?}");
    let endless = find("ch_9", 3).await.unwrap_err();
    assert!(matches!(endless, CallError::ListDoesNotEnd), "{endless:?}");
    let cut = find("ch_9", 1).await.unwrap_err();
    assert!(matches!(cut, CallError::ListDoesNotEnd), "{cut:?}");
    let missing = find("ch_9", 3).await.unwrap_err();
    assert!(matches!(missing, CallError::NotFound(_)), "{missing:?}");
}

#[tokio::test]
async fn the_vendors_time_is_known_from_its_first_answer_on() {
    let (_server, stripe) = serve([answer(500, "{}")]).await;
    assert_eq!(stripe.vendor_now(), None);
    stripe.list(Kind::Payments, &PageRequest::default()).await.unwrap_err();
    let told = Timestamp::from_seconds(crate::support::SERVER_SECONDS);
    assert!(stripe.vendor_now().is_some_and(|now| now >= told && now.ms_since(told) < 3_600_000));
}
