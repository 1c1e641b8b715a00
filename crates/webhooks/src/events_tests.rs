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
    assert!(event.id.starts_with("100-") && event.id.len() == 16, "{}", event.id);
    assert_eq!(event.kind, "contact.creation");
    assert_eq!((event.object.as_deref(), event.object_id.as_deref()), (Some("contact"), Some("7")));
    for name in ["Webhook-Id", "Svix-Id"] {
        let headers = [(name.to_owned(), "msg_1".to_owned())];
        let read = read_events(Scheme::Svix, &headers, br#"{"type":"user.created","data":{"id":"u1"}}"#);
        assert_eq!(read.unwrap().events[0].id, "msg_1");
    }
}

#[test]
fn events_of_hubspot_that_share_an_event_id_are_several_and_a_second_try_is_the_same() {
    let id = |body: &str| only(Scheme::HubSpot, body).id;
    let first = id(r#"[{"eventId":1,"objectId":7,"attemptNumber":0}]"#);
    assert_eq!(first, id(r#"[{"attemptNumber":3,"objectId":7,"eventId":1}]"#));
    assert_ne!(first, id(r#"[{"eventId":1,"objectId":8,"attemptNumber":0}]"#));
    let nameless = id(r#"[{"objectId":7,"attemptNumber":0}]"#);
    assert!(nameless.starts_with("hash_"), "{nameless}");
    assert_eq!(nameless, id(r#"[{"objectId":7,"attemptNumber":1}]"#));
}

#[test]
fn what_twilio_tells_without_a_state_is_an_event_of_its_own_each_time() {
    let of = |form: &str| only(Scheme::Twilio, form);
    let recording = of("CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed");
    assert_eq!(
        (recording.kind.as_str(), recording.object_id.as_deref()),
        ("recording.completed", Some("RE1"))
    );
    let join = of("CallSid=CA1&ConferenceSid=CF1&StatusCallbackEvent=participant-join&SequenceNumber=1");
    let leave = of("CallSid=CA1&ConferenceSid=CF1&StatusCallbackEvent=participant-leave&SequenceNumber=2");
    assert_eq!(
        (join.kind.as_str(), join.object.as_deref()),
        ("conference.participant-join", Some("conference"))
    );
    assert_eq!(leave.kind, "conference.participant-leave");
    let added = of("EventType=onMessageAdded&ConversationSid=CH1&MessageSid=IM1&Body=a");
    assert_eq!((added.kind.as_str(), added.object_id.as_deref()), ("onMessageAdded", Some("IM1")));
    let (digits, others) = (of("CallSid=CA1&Digits=1"), of("CallSid=CA1&Digits=2"));
    assert_eq!((digits.kind.as_str(), of("Digits=1").kind.as_str()), ("call", "event"));
    let all = [recording, join, leave, added, digits, others];
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "{ids:?}");
    assert!(ids.iter().all(|id| id.starts_with("hash_")), "{ids:?}");
    assert_eq!(of("CallSid=CA1&CallStatus=ringing&Digits=1").id, "CA1:ringing");
}

#[test]
fn an_event_of_svix_is_known_by_the_headers_that_its_signature_covers() {
    let both = |scheme, names: [&str; 4]| {
        let values = ["msg_signed", "1700000000", "msg_of_anybody", "1"];
        let headers: Vec<_> =
            names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect();
        read_events(scheme, &headers, b"{}").unwrap().events.remove(0)
    };
    let (svix, standard) = (["svix-id", "svix-timestamp"], ["webhook-id", "webhook-timestamp"]);
    for (scheme, signed, others) in [(Scheme::Svix, svix, standard), (Scheme::Standard, standard, svix)] {
        let event = both(scheme, [signed[0], signed[1], others[0], others[1]]);
        assert_eq!(
            (event.id.as_str(), event.at),
            ("msg_signed", Some(Timestamp::from_seconds(1_700_000_000)))
        );
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
