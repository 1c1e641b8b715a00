//! Copies, restores, keys and the rights of a person, through the Desk and beside a second shell.

use contract::keeping::{
    BackupMirror, CheckMirrorFile, EraseCustomer, ExportCustomer, RekeyMirror, RestoreMirror,
};
use contract::payments::{Show, Shown};
use contract::refunds::{CloseIntent, ListRefunds, PreflightRefund, SettleRefunds};
use contract::shared::Shell;
use contract::{ErrorCode, Scope, SecretText};
use domain::{Environment, Secret};

use crate::support::{
    SANDBOX, TestHome, connected, count, find, go_wrong, refund, refundable, small_vendor, synced,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_and_a_check_work_beside_an_open_window_and_while_syncing() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let window = home.open().await;
    connected(&window, &vendor, "shop").await;
    let command = home.open().await;
    assert!(!command.owns_desk().await);
    let syncing = window.call(SANDBOX, contract::sync::StartSync { account: None, wait: true });
    let copying = command.call(SANDBOX, BackupMirror::default());
    let (synced, copied) = tokio::join!(syncing, copying);
    synced.unwrap();
    let copied = copied.unwrap();
    assert!(copied.encrypted && std::path::Path::new(&copied.path).exists());
    let again = command.call(SANDBOX, BackupMirror { to: Some(copied.path.clone()) }).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::FileExists);
    let half = command.call(SANDBOX, BackupMirror { to: Some("copy.db".to_owned()) }).await.unwrap_err();
    assert_eq!(half.code, ErrorCode::BadRequest);
    let checked = command.call(SANDBOX, CheckMirrorFile {}).await.unwrap();
    assert!(checked.whole, "{checked:?}");
    command.close().await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d23_restore_of_an_old_backup_with_open_intents_never_sends_twice() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    // The refund is on the wire and unanswered when the copy is made…
    go_wrong(&vendor, "POST /v1/refunds:503");
    let impatient = contract::refunds::IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let open = desk.call(SANDBOX, impatient).await.unwrap();
    let copy = desk.call(SANDBOX, BackupMirror::default()).await.unwrap();
    // …and is carried out afterwards.
    go_wrong(&vendor, "");
    let settled = desk.call(SANDBOX, SettleRefunds::default()).await.unwrap();
    assert_eq!(settled.items[0].state.as_deref(), Some("settled"));
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
    // The present file is lost, so that nothing can be taken over from it.
    let path = home.folder.path().join("home/mirror-sandbox.db");
    std::fs::write(&path, vec![0x5a; 8192]).unwrap();
    let desk = home.open().await;
    let restored = desk.call(SANDBOX, RestoreMirror { from: copy.path }).await.unwrap();
    assert_eq!((restored.held_intents, restored.carried_intents), (1, None), "{restored:?}");
    let listed = desk.call(SANDBOX, ListRefunds::default()).await.unwrap();
    assert_eq!(listed.items[0].intent_id, open.intent_id);
    assert_eq!(listed.items[0].problem.as_deref(), Some("restored_intent"));
    // A second refund waits until the first is reconciled.
    let blocked = desk.call(SANDBOX, PreflightRefund { payment: payment.clone() }).await.unwrap();
    assert!(blocked.blocked_by.is_some());
    let found = desk.call(SANDBOX, SettleRefunds::default()).await.unwrap();
    assert_eq!(found.items[0].state.as_deref(), Some("settled"), "{found:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d23_a_restored_intent_that_the_vendor_never_saw_is_not_sent_either() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    go_wrong(&vendor, "POST /v1/refunds:503");
    let impatient = contract::refunds::IssueRefund { wait_ms: Some(50), ..refund(&payment, "5.00") };
    let open = desk.call(SANDBOX, impatient).await.unwrap();
    let copy = desk.call(SANDBOX, BackupMirror::default()).await.unwrap();
    let restored = desk.call(SANDBOX, RestoreMirror { from: copy.path }).await.unwrap();
    assert_eq!(restored.held_intents, 1, "{restored:?}");
    go_wrong(&vendor, "");
    let looked = desk.call(SANDBOX, SettleRefunds::default()).await.unwrap();
    assert_eq!(looked.items[0].state.as_deref(), Some("needs_person"), "{looked:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), None);
    let closed = desk.call(SANDBOX, CloseIntent { intent_id: open.intent_id.unwrap() }).await.unwrap();
    assert_eq!(closed.state.as_deref(), Some("canceled"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_copy_of_this_mirror_is_refused_in_words_and_everything_goes_on() {
    let vendor = small_vendor().await;
    let (home, other) = (TestHome::new(), TestHome::new());
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let stranger = other.open().await;
    connected(&stranger, &vendor, "shop").await;
    let foreign = stranger.call(SANDBOX, BackupMirror::default()).await.unwrap();
    let note = home.folder.path().join("note.txt");
    std::fs::write(&note, b"a note").unwrap();
    for from in [foreign.path, note.display().to_string()] {
        let error = desk.call(SANDBOX, RestoreMirror { from: from.clone() }).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::CopyUnusable, "{from}");
        assert!(error.words().what.contains("present mirror is as it was"));
        assert!(count(&desk, "status:succeeded").await > 0);
    }
    let missing = RestoreMirror { from: home.folder.path().join("none").display().to_string() };
    assert_eq!(desk.call(SANDBOX, missing).await.unwrap_err().code, ErrorCode::FileMissing);
    synced(&desk).await;
    stranger.close().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_is_kept_in_the_vault_and_the_old_one_is_gone() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let before = desk.call(SANDBOX, BackupMirror::default()).await.unwrap();
    let rekeyed = desk.call(SANDBOX, RekeyMirror::default()).await.unwrap();
    assert_eq!((rekeyed.environments, rekeyed.caller_keeps_key), (vec![Environment::Sandbox], false));
    assert!(count(&desk, "status:succeeded").await > 0);
    synced(&desk).await;
    desk.close().await;
    let desk = home.open().await;
    assert!(count(&desk, "status:succeeded").await > 0);
    let old = desk.call(SANDBOX, RestoreMirror { from: before.path }).await.unwrap_err();
    assert_eq!(old.code, ErrorCode::CopyUnusable);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_copied_and_erased_and_stays_erased_over_a_new_listing() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let found = find(&desk, "status:succeeded").await;
    let one = found.items.iter().find(|one| one.customer.is_some() && one.email.is_some()).unwrap();
    let (id, email) = (one.customer.clone().unwrap(), one.email.clone().unwrap());
    let export = ExportCustomer { id: id.clone(), account: None, to: None };
    let copy = desk.call(SANDBOX, export.clone()).await.unwrap();
    assert!(copy.document.unwrap().contains(&email));
    let path = home.folder.path().join("copy.json").display().to_string();
    let written = desk.call(SANDBOX, ExportCustomer { to: Some(path.clone()), ..export }).await.unwrap();
    assert_eq!(written.path.as_ref(), Some(&path));
    assert!(std::fs::read_to_string(&path).unwrap().contains(&email));

    let erase = EraseCustomer { id: id.clone(), confirm: String::new(), account: None };
    let unsure = desk.call(SANDBOX, erase.clone()).await.unwrap_err();
    assert_eq!(unsure.code, ErrorCode::NotConfirmed);
    let kept = desk.call(SANDBOX, BackupMirror::default()).await.unwrap();
    let erased = desk.call(SANDBOX, EraseCustomer { confirm: id.clone(), ..erase }).await.unwrap();
    assert!(erased.copies.contains(&kept.path), "{erased:?}");
    assert_eq!(count(&desk, &format!("email:{email}")).await, 0);
    // The vendor states the payment again, which support does by looking at it.
    desk.call(SANDBOX, PreflightRefund { payment: one.id.clone() }).await.unwrap();
    synced(&desk).await;
    assert_eq!(count(&desk, &format!("email:{email}")).await, 0);
    let Shown::Payment(detail) = desk.call(SANDBOX, Show { id: one.id.clone() }).await.unwrap() else {
        panic!("a payment's id shows a payment");
    };
    assert_eq!((detail.payment.amount, detail.payment.email), (one.amount, None));
    let unknown = ExportCustomer { id: "cus_none".to_owned(), account: None, to: None };
    assert_eq!(desk.call(SANDBOX, unknown).await.unwrap_err().code, ErrorCode::UnknownId);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_persons_own_must_be_one() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let short = RekeyMirror { new_key: Some(SecretText(Secret::new("abc"))) };
    let error = desk.call(SANDBOX, short).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::MirrorWrongKey);
    assert!(count(&desk, "status:succeeded").await > 0);
    let elsewhere = Scope { environment: Some(Environment::Live), shell: Shell::Command };
    assert_eq!(desk.call(elsewhere, BackupMirror::default()).await.unwrap_err().code, ErrorCode::NoAccount);
    desk.close().await;
}
