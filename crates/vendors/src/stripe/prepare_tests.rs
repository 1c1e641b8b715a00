use domain::{IntentId, Money, RefundReason};

use super::{BuildError, NewCustomer, NewPayment, Operation, PreparedWrite};
use crate::stripe::Stripe;

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().unwrap())
}

fn intent() -> IntentId {
    "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()
}

#[test]
fn a_refund_always_states_its_amount_and_our_intent() {
    let write =
        Stripe::build_refund(intent(), "ch_1", money(1999, "USD"), Some(&RefundReason::Duplicate)).unwrap();
    assert_eq!(write.path, "/v1/refunds");
    assert_eq!(
        write.body,
        "charge=ch_1&amount=1999&reason=duplicate&metadata[paydesk_intent_id]=01890a5d-ac96-774b-bcce-b302099a8057"
    );
    let by_intent = Stripe::build_refund(intent(), "pi_1", money(1, "USD"), None).unwrap();
    assert!(by_intent.body.starts_with("payment_intent=pi_1&amount=1&metadata["), "{}", by_intent.body);
    assert!(
        Stripe::build_refund(intent(), "py_1", money(1, "USD"), None)
            .unwrap()
            .body
            .starts_with("charge=py_1&")
    );
}

#[test]
fn what_stripe_would_refuse_is_refused_here() {
    let refund =
        |id: &str, amount| Stripe::build_refund(intent(), id, amount, None).map_err(|error| error.code());
    assert_eq!(refund("ch_1", money(0, "USD")), Err("amount_not_positive"));
    assert_eq!(refund("ch_1", money(-1, "USD")), Err("amount_not_positive"));
    assert_eq!(refund("ch_1", money(1005, "KWD")), Err("amount_not_taken"));
    assert_eq!(refund("ch_1", money(150, "ISK")), Err("amount_not_taken"));
    for id in ["cus_1", "", "ch_1&amount=999999", "ch_\n", "re_1", "4242"] {
        assert_eq!(refund(id, money(1, "USD")), Err("bad_id"), "{id:?}");
    }
    let reason = RefundReason::Other("expired_uncaptured_charge".to_owned());
    assert_eq!(
        Stripe::build_refund(intent(), "ch_1", money(1, "USD"), Some(&reason)),
        Err(BuildError::Reason)
    );
}

#[test]
fn payments_are_made_confirmed_captured_and_canceled() {
    let payment = NewPayment {
        intent_id: intent(),
        amount: money(500, "JPY"),
        customer_id: Some("cus_1"),
        payment_method_id: Some("pm_card_visa"),
        methods: &[],
        confirm: true,
        capture_later: true,
        description: Some("Tea & cake"),
        receipt_email: None,
    };
    let write = Stripe::build_create_payment(&payment).unwrap();
    assert_eq!(
        write.body,
        "amount=500&currency=jpy&payment_method_types[0]=card&customer=cus_1&payment_method=pm_card_visa&confirm=true\
         &capture_method=manual&description=Tea%20%26%20cake&metadata[paydesk_intent_id]=01890a5d-ac96-774b-bcce-b302099a8057"
    );
    let with_pan = NewPayment { description: Some("4242 4242 4242 4242"), ..payment };
    assert_eq!(Stripe::build_create_payment(&with_pan), Err(BuildError::CardNumber { field: "description" }));
    let confirm = Stripe::build_confirm_payment("pi_1", Some("pm_1")).unwrap();
    assert_eq!(
        (confirm.path.as_str(), confirm.body.as_str()),
        ("/v1/payment_intents/pi_1/confirm", "payment_method=pm_1")
    );
    let capture = Stripe::build_capture("pi_1", money(300, "USD")).unwrap();
    assert_eq!(
        (capture.path.as_str(), capture.body.as_str()),
        ("/v1/payment_intents/pi_1/capture", "amount_to_capture=300")
    );
    let bare = Stripe::build_capture("ch_1", money(300, "USD")).unwrap();
    assert_eq!((bare.path.as_str(), bare.body.as_str()), ("/v1/charges/ch_1/capture", "amount=300"));
    assert_eq!(Stripe::build_cancel_payment("pi_1", None).unwrap().path, "/v1/payment_intents/pi_1/cancel");
    assert_eq!(Stripe::build_cancel_payment("../x", None), Err(BuildError::BadId));
}

#[test]
fn customers_methods_and_metadata() {
    let customer = NewCustomer {
        intent_id: intent(),
        email: Some("a+b@example.com"),
        name: None,
        phone: None,
        description: None,
    };
    let write = Stripe::build_create_customer(&customer).unwrap();
    assert!(write.body.starts_with("email=a%2Bb%40example.com&metadata["), "{}", write.body);
    let attach = Stripe::build_attach_payment_method("pm_1", "cus_1").unwrap();
    assert_eq!(
        (attach.path.as_str(), attach.body.as_str()),
        ("/v1/payment_methods/pm_1/attach", "customer=cus_1")
    );
    let update =
        Stripe::build_update_refund_metadata("re_1", &[("order", Some("7")), ("old", None)]).unwrap();
    assert_eq!(update.body, "metadata[order]=7&metadata[old]=");
    for key in ["", "a[b]", &"k".repeat(41)] {
        assert_eq!(
            Stripe::build_update_refund_metadata("re_1", &[(key, None)]),
            Err(BuildError::MetadataKey)
        );
    }
    assert_eq!(Stripe::build_cancel_refund("re_1").unwrap().path, "/v1/refunds/re_1/cancel");
}

#[test]
fn a_journal_row_gives_the_same_write_back() {
    for operation in Operation::ALL {
        let path = operation.path_template().replace("{id}", "x_1");
        let write = PreparedWrite::from_journal(&path, "a=1").unwrap();
        assert_eq!((write.operation, write.body.as_str()), (operation, "a=1"));
        assert_eq!(write.target_id().is_some(), operation.path_template().contains("{id}"));
    }
    assert_eq!(PreparedWrite::from_journal("/v1/transfers", ""), None);
    assert_eq!(PreparedWrite::from_journal("/v1/refunds/", ""), None);
}

#[test]
fn debug_shows_no_id_and_no_body() {
    let write = Stripe::build_cancel_refund("re_CANARY").unwrap();
    assert!(!format!("{write:?}").contains("CANARY"));
}
