//! The home folder itself: bad folders, bad settings, live locks.

use contract::home::{ShowHome, UnlockWrites};
use contract::payments::FindPayments;
use contract::shared::Shell;
use contract::{ErrorCode, Scope};
use desk::{Connection, DeskOptions};
use domain::Environment;

use crate::support::{SANDBOX, TestHome, refund};

#[cfg(unix)]
#[tokio::test]
async fn d20_a_home_that_is_a_link_is_refused() {
    let home = TestHome::new();
    let real = home.folder.path().join("real");
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, home.folder.path().join("home")).unwrap();
    let error = Connection::open(home.options(false)).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::HomeReadOnly);
    assert_eq!(std::fs::read_dir(real).unwrap().count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn d21_a_home_that_others_can_read_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let home = TestHome::new();
    let folder = home.folder.path().join("home");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    home.open().await.close().await;
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn the_window_refuses_the_environment_vault() {
    let home = TestHome::new();
    let options =
        DeskOptions { shell: Shell::Window, vault: Some("environment".to_owned()), ..home.options(true) };
    assert_eq!(Connection::open(options).await.err().unwrap().code, ErrorCode::WindowNeedsVault);
}

#[tokio::test]
async fn a_wrong_passphrase_is_told_and_changes_nothing() {
    let home = TestHome::new();
    let desk = home.open().await;
    crate::support::built_in(&desk).await;
    desk.close().await;
    let options = DeskOptions { passphrase: Some(domain::Secret::new("wrong")), ..home.options(false) };
    // A window asks again before it opens; a command opens all the same, to say what is wrong.
    let window = DeskOptions { shell: Shell::Window, ..options.clone() };
    assert_eq!(Connection::open(window).await.err().unwrap().code, ErrorCode::VaultWrongPassphrase);
    let desk = Connection::open(options).await.unwrap();
    let error = desk.call(SANDBOX, FindPayments::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::VaultWrongPassphrase);
    let shown = desk.call(SANDBOX, ShowHome::default()).await.unwrap();
    assert!(!shown.problems.is_empty() && !shown.vault.available);
    desk.close().await;
    let desk = home.open().await;
    assert!(!desk.call(SANDBOX, FindPayments::default()).await.unwrap().items.is_empty());
    desk.close().await;
}

#[tokio::test]
async fn live_is_locked_until_a_label_is_typed() {
    let home = TestHome::new();
    let desk = home.open().await;
    let live = Scope { environment: Some(Environment::Live), ..SANDBOX };
    let error = desk.call(live, refund("ch_1", "5.00")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::LiveLocked);
    let error = desk
        .call(
            live,
            UnlockWrites {
                label: "nobody".to_owned(),
                seconds: None,
                actions: None,
                passphrase: None,
                one_command: false,
            },
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::UnknownAccount);
    desk.close().await;
}
