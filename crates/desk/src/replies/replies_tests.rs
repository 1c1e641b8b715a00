//! What is answered, and in which words.

use contract::payments::{CardView, DisputeView, PaymentActions, PaymentDetail, PaymentView};
use contract::refunds::RefundView;
use domain::Timestamp;

use super::*;

const DAY_MS: i64 = 86_400_000;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn money(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

/// Made on a Monday.
fn payment(id: &str) -> PaymentView {
    PaymentView {
        id: id.to_owned(),
        own_id: format!("pay_{id}"),
        account: "shop".to_owned(),
        vendor: "stripe".to_owned(),
        payment_intent: None,
        amount: money(129_900),
        captured: money(129_900),
        refunded: money(0),
        presentment: None,
        status: "succeeded".to_owned(),
        state: "succeeded".to_owned(),
        disputed: false,
        created: at("2026-03-02T10:00:00Z"),
        customer: None,
        email: Some("ada@example.org".to_owned()),
        name: None,
        description: Some("Backpack".to_owned()),
        statement_descriptor: Some("NORDWIND".to_owned()),
        receipt_number: None,
        method: Some("card".to_owned()),
        card: Some(CardView {
            brand: Some("visa".to_owned()),
            last4: Some("4242".to_owned()),
            exp_month: None,
            exp_year: None,
            country: Some("DE".to_owned()),
            funding: None,
        }),
        failure_code: None,
        failure_message: None,
        decline_reason: None,
        risk_level: None,
        metadata: std::collections::BTreeMap::new(),
        as_of: at("2026-03-20T00:00:00Z"),
    }
}

fn refund(id: &str, status: Option<&str>, state: Option<&str>, created: &str) -> RefundView {
    RefundView {
        kind: "refund".to_owned(),
        payment: Some("ch_1".to_owned()),
        state: state.map(str::to_owned),
        refund_status: status.map(str::to_owned),
        refund_id: status.map(|_| id.to_owned()),
        intent_id: Some(format!("intent of {id}")),
        amount: Some(money(5_000)),
        account: "shop".to_owned(),
        reason: None,
        note: None,
        created: at(created),
        updated: at(created),
        next_try: None,
        pending_reason: None,
        failure_reason: None,
        trace_reference: None,
        problem: None,
        problem_detail: None,
        release_at: None,
        can_withdraw: false,
        can_send: false,
        stoppable: "no".to_owned(),
        vendor_url: None,
        can_close: false,
        repeated: false,
        approved_by: None,
        approval: None,
    }
}

fn detail(payment: PaymentView, refunds: Vec<RefundView>) -> PaymentDetail {
    PaymentDetail {
        payment,
        vendor_url: None,
        intention: None,
        refunds,
        disputes: Vec::new(),
        timeline: Vec::new(),
        actions: PaymentActions { refund: true, capture: false, cancel: false },
    }
}

/// The three cards, in a language, at a time.
fn answered(payment: &PaymentDetail, beside: &[Beside], code: &str, now: &str) -> [AnswerCard; 3] {
    let language = Language::of(code).unwrap();
    let day_of = |at: Timestamp| at.to_datetime().date_naive();
    let asked = Asked { payment, beside, language: &language, day_of: &day_of, now: at(now) };
    cards(&asked).try_into().unwrap()
}

fn about_refund(refunds: Vec<RefundView>, now: &str) -> AnswerCard {
    let [card, ..] = answered(&detail(payment("ch_1"), refunds), &[], "en", now);
    card
}

#[test]
fn a_refund_on_its_way_has_the_days_it_is_expected_and_the_reference() {
    let traced = RefundView {
        trace_reference: Some("74537604221".to_owned()),
        ..refund("re_1", Some("succeeded"), Some("settled"), "2026-03-06T15:00:00Z")
    };
    let card = about_refund(vec![traced.clone()], "2026-03-20T09:00:00Z");
    assert_eq!(card.state, "on_its_way");
    let expected = card.expected.unwrap();
    // From a Friday five business days are the next Friday, and ten the one after.
    assert_eq!((expected.from.as_str(), expected.until.as_str()), ("2026-03-13", "2026-03-20"));
    assert_eq!(card.trace_reference.as_deref(), Some("74537604221"));
    assert_eq!(
        card.reply,
        "We refunded 50.00 EUR on 6 March 2026 (Visa ending in 4242). Depending on your bank it takes 5 to 10 \
         business days to show, so expect it between 13 March 2026 and 20 March 2026. Your bank can trace it by the \
         reference 74537604221."
    );
    let late = about_refund(vec![traced], "2026-03-21T09:00:00Z");
    assert_eq!(late.state, "overdue");
    assert!(late.reply.contains("should have arrived by 20 March 2026"), "{}", late.reply);
}

#[test]
fn a_refund_soon_after_the_payment_may_show_as_a_payment_that_disappears() {
    let soon = refund("re_1", Some("succeeded"), Some("settled"), "2026-03-03T15:00:00Z");
    assert!(
        about_refund(vec![soon], "2026-03-04T09:00:00Z").reply.contains("may disappear from your statement")
    );
}

#[test]
fn what_is_not_known_is_never_told_as_done() {
    let of = |status, state| {
        let card =
            about_refund(vec![refund("re_1", status, state, "2026-03-06T15:00:00Z")], "2026-03-06T16:00:00Z");
        (card.state, card.reply, card.expected)
    };
    for state in ["sent", "unsettled", "needs_person", "a_newer_word"] {
        let (word, reply, expected) = of(None, Some(state));
        assert_eq!((word.as_str(), expected), ("unknown", None), "{state}");
        assert!(reply.contains("waiting for the confirmation"), "{reply}");
    }
    for (status, wanted) in [
        ("pending", "pending"),
        ("requires_action", "needs_payer"),
        ("requires_review", "in_review"),
        ("failed", "failed"),
        ("canceled", "canceled"),
        ("a_newer_word", "unknown"),
    ] {
        let (word, reply, expected) = of(Some(status), Some("settled"));
        assert_eq!((word.as_str(), expected), (wanted, None), "{status}");
        assert!(!reply.contains("We refunded"), "{status}: {reply}");
    }
    assert_eq!(of(None, Some("waiting")).0, "not_sent");
    for never in ["refused", "canceled"] {
        let (word, reply, _) = of(None, Some(never));
        assert_eq!(word, "none", "{never}");
        assert!(reply.starts_with("We have not refunded"), "{reply}");
    }
}

#[test]
fn a_refund_that_failed_and_was_done_again_is_no_longer_waited_for() {
    let failed = refund("re_1", Some("failed"), Some("settled"), "2026-03-06T15:00:00Z");
    let again = refund("re_2", Some("succeeded"), Some("settled"), "2026-03-09T15:00:00Z");
    let card = about_refund(vec![failed.clone(), again.clone()], "2026-03-10T09:00:00Z");
    assert_eq!(card.state, "on_its_way");
    assert!(!card.reply.contains("could not accept"), "{}", card.reply);
    assert_eq!(card.evidence.len(), 2, "what failed stays in the evidence");
    let earlier = RefundView { created: at("2026-03-05T15:00:00Z"), ..again };
    assert_eq!(about_refund(vec![failed, earlier], "2026-03-10T09:00:00Z").state, "failed");
}

#[test]
fn an_open_dispute_is_told_with_it() {
    let mut disputed = detail(PaymentView { disputed: true, ..payment("ch_1") }, Vec::new());
    disputed.disputes.push(DisputeView {
        id: "dp_1".to_owned(),
        account: "shop".to_owned(),
        payment: Some("ch_1".to_owned()),
        amount: money(129_900),
        status: "needs_response".to_owned(),
        open: true,
        reason: None,
        created: at("2026-03-10T00:00:00Z"),
        evidence_due: None,
    });
    let [refund, charge, _] = answered(&disputed, &[], "en", "2026-03-11T00:00:00Z");
    assert_eq!(refund.state, "disputed");
    for card in [refund, charge] {
        assert!(card.reply.contains("questioned this payment"), "{}", card.reply);
        assert!(card.evidence.iter().any(|one| one.what == "dispute"));
    }
}

#[test]
fn why_names_what_the_payer_can_recognise_it_by() {
    let mut one = payment("ch_1");
    one.metadata.insert("order_id".to_owned(), "A-77\u{202e}".to_owned());
    one.description = Some("two\nlines {amount}".to_owned());
    let [_, card, _] = answered(&detail(one, Vec::new()), &[], "de", "2026-03-20T00:00:00Z");
    assert_eq!(
        card.reply,
        "Am 2. März 2026 haben wir 1.299,00 EUR abgebucht (Visa mit den Endziffern 4242). Es geht um: two lines \
         {amount}. Ihre Bestellung: A-77. Auf Ihrem Kontoauszug erscheint der Betrag als NORDWIND."
    );
}

#[test]
fn why_says_what_the_payer_saw_and_that_nothing_was_taken() {
    let seen = Money::new(10_000, "USD".parse().unwrap());
    let one = PaymentView { presentment: Some(seen), ..payment("ch_1") };
    let [_, card, _] = answered(&detail(one, Vec::new()), &[], "en", "2026-03-20T00:00:00Z");
    assert!(card.reply.starts_with("On 2 March 2026 we charged 100.00 USD"), "{}", card.reply);
    let failed = PaymentView { status: "failed".to_owned(), state: "failed".to_owned(), ..payment("ch_1") };
    let [refund, card, _] = answered(&detail(failed, Vec::new()), &[], "en", "2026-03-20T00:00:00Z");
    assert!(card.reply.contains("nothing was charged"), "{}", card.reply);
    assert_eq!(refund.state, "nothing_taken");
}

#[test]
fn twice_tells_apart_what_stands_went_back_and_was_only_tried() {
    let other = |id: &str, change: fn(&mut PaymentView)| {
        let mut payment = payment(id);
        payment.created = payment.created.plus_ms(DAY_MS);
        change(&mut payment);
        Beside { payment, known_by: "email" }
    };
    let judged = |beside: &[Beside]| {
        let [.., card] = answered(&detail(payment("ch_1"), Vec::new()), beside, "en", "2026-03-20T00:00:00Z");
        (card.state, card.reply, card.evidence.len())
    };
    let (state, reply, _) = judged(&[]);
    assert_eq!(state, "only_one");
    assert!(reply.ends_with("and no second one."), "{reply}");

    let (state, reply, evidence) = judged(&[other("ch_2", |_| ())]);
    assert_eq!((state.as_str(), evidence), ("possible_double", 2));
    assert!(reply.contains("2 payments") && reply.contains("2 March 2026; 3 March 2026"), "{reply}");

    let back = other("ch_2", |one| one.refunded = one.captured);
    assert_eq!(judged(&[back]).0, "one_refunded");
    let partly = other("ch_2", |one| one.refunded = Money::new(1, one.captured.currency));
    assert_eq!(judged(&[partly]).0, "possible_double");

    let tried = |id| other(id, |one| one.status = "failed".to_owned());
    let (state, reply, _) = judged(&[tried("ch_2")]);
    assert_eq!(state, "attempts_only");
    assert!(reply.contains("one attempt"), "{reply}");
    assert!(judged(&[tried("ch_2"), tried("ch_3")]).1.contains("and 2 more"));
    // What the bank has not answered yet may still be taken.
    assert_eq!(judged(&[other("ch_2", |one| one.status = "pending".to_owned())]).0, "possible_double");

    let order = |id, order: &'static str| {
        let mut one = other(id, |_| ());
        one.payment.metadata.insert("order_id".to_owned(), order.to_owned());
        one
    };
    let mut own = payment("ch_1");
    own.metadata.insert("order_id".to_owned(), "A-1".to_owned());
    let of_orders = |beside: &[Beside]| {
        let [.., card] = answered(&detail(own.clone(), Vec::new()), beside, "en", "2026-03-20T00:00:00Z");
        card.state
    };
    assert_eq!(of_orders(&[order("ch_2", "A-2")]), "different_orders");
    assert_eq!(of_orders(&[order("ch_2", "A-1")]), "possible_double");
    assert_eq!(
        of_orders(&[order("ch_2", "A-2"), other("ch_3", |_| ())]),
        "possible_double",
        "one names none"
    );
}

#[test]
fn business_days_leave_weekends_out() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    assert_eq!(business_days_after(day("2026-03-06"), 1), day("2026-03-09"));
    assert_eq!(business_days_after(day("2026-03-07"), 1), day("2026-03-09"));
    assert_eq!(business_days_after(day("2026-03-02"), 10), day("2026-03-16"));
}
