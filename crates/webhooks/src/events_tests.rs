use domain::Timestamp;
use proptest::prelude::*;

use super::*;

fn read_of(scheme: Scheme, body: &str) -> VendorEvents {
    read_events(scheme, &[], body.as_bytes()).unwrap()
}

fn only(scheme: Scheme, body: &str) -> VendorEvent {
    let [event] = <[VendorEvent; 1]>::try_from(read_of(scheme, body).events).unwrap();
    event
}

#[test]
fn each_entry_of_sendgrids_list_is_an_event_in_the_bytes_that_came() {
    let one = r#"{"email":"a@example.com", "event":"delivered","sg_event_id":"LeSuIA2SSH2cW2kSd6dbFQ==","sg_message_id":"abc.filter1.2","timestamp":1700000000}"#;
    let read = read_of(Scheme::SendGrid, &format!("[{one},\n {{\"event\":\"bounce\"}}, 7]\r\n"));
    assert_eq!((read.events.len(), read.unread), (2, 1));
    let event = &read.events[0];
    assert_eq!(event.id, "LeSuIA2SSH2cW2kSd6dbFQ==");
    assert_eq!((event.kind.as_str(), event.object_id.as_deref()), ("delivered", Some("abc")));
    assert_eq!(event.at, Some(Timestamp::from_seconds(1_700_000_000)));
    assert_eq!(event.document, one.as_bytes());
    let nameless = &read.events[1];
    assert!(nameless.id.starts_with("hash_") && nameless.id.len() == 37, "{}", nameless.id);
}

#[test]
fn a_message_of_twilio_has_an_event_for_each_state() {
    let form = "MessageSid=SM1&MessageStatus=delivered&To=%2B15558675310&Body=a+b%26";
    let event = only(Scheme::Twilio, form);
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("SM1:delivered", "message.delivered"));
    assert_eq!(
        String::from_utf8(event.document).unwrap(),
        r#"{"Body":"a b&","MessageSid":"SM1","MessageStatus":"delivered","To":"+15558675310"}"#
    );
    assert_eq!(only(Scheme::Twilio, "CallSid=CA1&CallStatus=completed").kind, "call.completed");
    assert_eq!(only(Scheme::Twilio, "MessageSid=SM1&Body=hello").id, "SM1:received");
    let stream = r#"[{"specversion":"1.0","id":"EZ1","type":"com.twilio.messaging.message.delivered","time":"2026-02-18T20:01:35.000Z","data":{"messageSid":"SM1"}}]"#;
    assert_eq!(only(Scheme::Twilio, stream).object_id.as_deref(), Some("SM1"));
}

#[test]
fn ids_of_the_other_vendors_stand_where_they_put_them() {
    let paypal = r#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.REFUNDED","create_time":"2026-02-18T20:01:35Z","resource_type":"refund","resource":{"id":"1JU"}}"#;
    let event = only(Scheme::PayPal, paypal);
    assert_eq!((event.id.as_str(), event.object_id.as_deref()), ("WH-1", Some("1JU")));
    let hubspot =
        r#"[{"eventId":100,"subscriptionType":"contact.creation","occurredAt":1700000000123,"objectId":7}]"#;
    let event = only(Scheme::HubSpot, hubspot);
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("100", "contact.creation"));
    assert_eq!((event.object.as_deref(), event.object_id.as_deref()), (Some("contact"), Some("7")));
    for name in ["Webhook-Id", "svix-id"] {
        let headers = [(name.to_owned(), "msg_1".to_owned())];
        let read = read_events(Scheme::Svix, &headers, br#"{"type":"user.created","data":{"id":"u1"}}"#);
        assert_eq!(read.unwrap().events[0].id, "msg_1");
    }
}

#[test]
fn w39_a_strange_id_is_never_an_address_and_its_event_is_not_lost() {
    for id in ["../../etc/passwd", "<b>", "' or 1=1", "a/b", "", "é", "a..b", "a b", &"x".repeat(201)] {
        let event = only(Scheme::PayPal, &serde_json::json!({ "id": id }).to_string());
        assert!(event.id.starts_with("hash_"), "{id}: {}", event.id);
    }
}

#[test]
fn what_is_no_event_says_so() {
    let refused = |body: &str| read_events(Scheme::SendGrid, &[], body.as_bytes()).unwrap_err();
    for body in ["", "{", "\u{feff}[]", "NaN"] {
        assert_eq!(refused(body), NoEvents::NotJson, "{body}");
    }
    for body in ["[]", "7", "\"a\"", "[[]]", "null"] {
        assert_eq!(refused(body), NoEvents::OtherShape, "{body}");
    }
    let deep = format!("[{}1{}]", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(refused(&deep), NoEvents::OtherShape, "w33");
    assert_eq!(refused(&format!("[{}{{}}]", "{},".repeat(MOST_EVENTS))), NoEvents::TooMany);
}

proptest! {
    #[test]
    fn any_body_of_any_scheme_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for scheme in Scheme::ALL {
            let _ = read_events(scheme, &[], &bytes);
        }
    }

    #[test]
    fn every_entry_is_an_event_or_counted(values in proptest::collection::vec(prop_oneof![
        Just("{}"), Just("1"), Just(r#"{"sg_event_id":"a"}"#), Just("null"), Just(r#"{"event":{}}"#),
    ], 1..20)) {
        let body = format!("[{}]", values.join(","));
        let counted = read_events(Scheme::SendGrid, &[], body.as_bytes())
            .map_or(values.len(), |read| read.events.len() + read.unread);
        prop_assert_eq!(counted, values.len());
    }
}
