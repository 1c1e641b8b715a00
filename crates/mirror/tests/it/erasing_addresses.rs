//! A person who is known by messages: what they get as a copy, and erasing whom an address alone tells of.

use domain::{Kind, Record};
use mirror::{RestoreOptions, restore};
use serde_json::Value as Json;

use crate::erasing_messages::{ADA, BOB, Shop, mailing, told_by_sendgrid};
use crate::support::{NOON, at, payment, seen};

#[tokio::test]
async fn a_copy_for_a_person_has_their_messages_with_what_was_told_of_them_and_nobody_elses() {
    let shop = mailing().await;
    shop.send(ADA, "shared", None).await;
    shop.send(BOB, "shared", None).await;
    let both = [
        told_by_sendgrid("ada-1", "shared", ADA, "bounce"),
        told_by_sendgrid("bob-1", "shared", BOB, "bounce"),
    ];
    shop.deliver(&both).await;
    let copy = shop.mirror.copy_person(shop.stripe, "cus_1").await.unwrap().document;
    assert!(!copy.contains(BOB), "{copy}");
    let copy: Json = serde_json::from_str(&copy).unwrap();
    let message = &copy["paydesk_messages"][0];
    assert_eq!((message["to"].as_str(), message["body"].as_str()), (Some(ADA), Some("Dear reader")));
    assert_eq!(message["events"][0]["what"], "bounced");
    assert_eq!(copy["paydesk_messages"].as_array().unwrap().len(), 1);
    assert_eq!(copy["events_of_other_vendors"][0]["ip"], "192.0.2.7");
    assert_eq!(copy["received"][0]["body"][0]["email"], ADA);
}

#[tokio::test]
async fn who_is_no_customer_is_copied_and_erased_by_the_address() {
    let shop = mailing().await;
    let refused = shop.mirror.erase_address(ADA, at(NOON)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the address is that of cus_1");
    assert_eq!(shop.mirror.copy_address(ADA).await.unwrap_err().code(), "address_of_customers");
    assert_eq!(
        shop.mirror.erase_address("eve@example.net", at(NOON)).await.unwrap_err().code(),
        "unknown_person"
    );
    let mut guest = payment("ch_guest", 900);
    guest.email = Some("eve@example.net".to_owned());
    shop.mirror.commit_page(shop.stripe, &[seen(Record::Payment(guest), NOON)], None).await.unwrap();
    shop.send("eve@example.net", "m1", None).await;
    shop.deliver(&[told_by_sendgrid("eve-1", "m1", "eve@example.net", "bounce")]).await;
    shop.send(ADA, "m2", None).await;
    // Once her account is gone only the address leads to what she was sent.
    shop.mirror.accounts().remove(shop.stripe, at(NOON + 1)).await.unwrap();
    for address in [ADA, "Eve@Example.net "] {
        let copy = shop.mirror.copy_address(address).await.unwrap().document;
        assert!(copy.contains(&address.trim().to_lowercase()) && copy.contains("Dear reader"), "{copy}");
        let erased = shop.mirror.erase_address(address, at(NOON + 2)).await.unwrap();
        assert_eq!(erased.messages, 1, "{address}");
    }
    let after = shop.everything().await;
    assert!(!after.contains("ada@") && !after.contains("eve@") && !after.contains("dear reader"), "{after}");
}

#[tokio::test]
async fn a_guest_is_erased_by_the_address_from_payments_too() {
    let shop = mailing().await;
    let mut guest = payment("ch_guest", 900);
    guest.email = Some("eve@example.net".to_owned());
    shop.mirror.commit_page(shop.stripe, &[seen(Record::Payment(guest), NOON)], None).await.unwrap();
    let erased = shop.mirror.erase_address("eve@example.net", at(NOON + 2)).await.unwrap();
    assert_eq!(erased.records, [(Kind::Payments, 1)]);
    let kept = shop.mirror.payments().by_id(shop.stripe, "ch_guest").await.unwrap().unwrap();
    assert_eq!((kept.payment.email, kept.payment.amount.minor), (None, 900));
}

#[tokio::test]
async fn an_open_message_is_settled_before_its_reader_is_erased() {
    let shop = mailing().await;
    let message = shop.message(ADA, None);
    shop.mirror.messages().insert(&message).await.unwrap();
    let refused = shop.mirror.erase_person(shop.stripe, "cus_1", at(NOON)).await.unwrap_err();
    assert_eq!(refused.code(), "open_message_exists");
    assert_eq!(shop.by_id(message.id).await.to, ADA);
    shop.mirror.messages().close(message.id, at(NOON)).await.unwrap();
    shop.mirror.erase_person(shop.stripe, "cus_1", at(NOON)).await.unwrap();
    assert_ne!(shop.by_id(message.id).await.to, ADA);
}

#[tokio::test]
async fn a_copy_from_before_brings_back_nothing_of_who_was_erased_by_an_address() {
    let shop = mailing().await;
    shop.send("eve@example.net", "m1", None).await;
    shop.deliver(&[told_by_sendgrid("eve-1", "m1", "eve@example.net", "bounce")]).await;
    let from = shop.home.folder().join("copy.db");
    shop.mirror.backup(&from, shop.home.key.as_ref()).await.unwrap();
    shop.mirror.erase_address("eve@example.net", at(NOON + 2)).await.unwrap();
    shop.mirror.clone().close().await.unwrap();
    let options = shop.home.options();
    let options = RestoreOptions {
        from,
        path: options.path,
        environment: options.environment,
        key: options.key,
        now: at(NOON + 3),
    };
    restore(&options).await.unwrap();
    let shop = Shop { mirror: shop.home.open().await, ..shop };
    assert!(shop.everything().await.contains("eve@"), "what vendors delivered is the copy's");
    shop.mirror.erase_again(at(NOON + 4)).await.unwrap();
    let after = shop.everything().await;
    assert!(!after.contains("eve@"), "{after}");
}
