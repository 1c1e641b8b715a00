//! The listener reaches beyond this machine for as long as whoever asked for that is there.

use contract::events::{HoldLan, OpenHook};
use contract::shared::Shell;
use contract::{ErrorCode, Scope};
use tokio::net::TcpStream;

use crate::listening::{SECRET, free_port, secret, shop};
use crate::relay::until;
use crate::support::{SANDBOX, TestHome};

/// All addresses of this machine, and one of them that is not listened on otherwise.
const ALL: &str = "0.0.0.0";
const ELSEWHERE: &str = "127.0.0.2";

#[tokio::test(flavor = "multi_thread")]
async fn a_command_beside_a_window_opens_the_listener_and_closes_it_as_it_goes() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let port = free_port();
    let is_heard = async || TcpStream::connect((ELSEWHERE, port)).await.is_ok();
    let hook = OpenHook { port: Some(port), secret: secret(SECRET), ..OpenHook::default() };
    desk.call(SANDBOX, hook).await.unwrap();
    assert!(!is_heard().await, "this machine alone");

    let command = Scope { shell: Shell::Command, ..SANDBOX };
    let window = Scope { shell: Shell::Window, ..SANDBOX };
    let opened = OpenHook { lan: Some(ALL.to_owned()), ..OpenHook::default() };
    assert_eq!(desk.call(window, opened.clone()).await.unwrap_err().code, ErrorCode::HookUnfit);
    desk.call(command, opened).await.unwrap();
    assert!(is_heard().await);

    let hold = |ended| HoldLan { address: ALL.to_owned(), ended };
    assert_eq!(desk.call(window, hold(false)).await.unwrap_err().code, ErrorCode::HookUnfit);
    desk.call(command, hold(false)).await.unwrap();
    assert!(is_heard().await);
    desk.call(command, hold(true)).await.unwrap();
    until("the network to be shut out", async || (!is_heard().await).then_some(())).await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok(), "vendors here are heard on");
    desk.call(command, hold(false)).await.unwrap();
    until("it to be opened again by who is still there", async || is_heard().await.then_some(())).await;
    desk.close().await;
}
