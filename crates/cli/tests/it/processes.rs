//! Several shells on one home.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

use contract::RequestId;
use contract::Scope;
use contract::refunds::{IssueRefund, RefundAmount, RefundView};
use contract::shared::Shell;
use contract::wire::{DeskFrame, PROTOCOL, ShellFrame};

use crate::stage::{Done, Home, LIMIT, Running, Sandbox, Vault, until};

/// Shells that are started at once.
const SHELLS: usize = 50;

/// Whether a process still runs.
fn is_running(process: u64) -> bool {
    Command::new("kill").args(["-0", &process.to_string()]).output().unwrap().status.success()
}

#[test]
fn fifty_shells_at_once_give_one_owner() {
    let home = Home::new(Vault::Environment, "");
    let mut shells: Vec<_> =
        (0..SHELLS).map(|_| Running(home.command(&["serve", "--json"]).spawn().unwrap())).collect();
    let ended = until("all but one giving up", || {
        let codes: Vec<Option<i32>> = shells
            .iter_mut()
            .filter_map(|one| one.0.try_wait().unwrap())
            .map(|status| status.code())
            .collect();
        (codes.len() >= SHELLS - 1).then_some(codes)
    });
    assert_eq!(ended, vec![Some(3); SHELLS - 1]);
    let place = shells.iter_mut().position(|one| one.0.try_wait().unwrap().is_none()).unwrap();
    let owner = u64::from(shells[place].0.id());
    assert_eq!(home.json(&["doctor"], 0)["desk_process"], owner);
    assert_eq!(shells.swap_remove(place).terminate(), Some(0));
    assert!(!is_running(owner));
}

#[test]
fn d19_fifty_commands_at_once_all_get_their_answer() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let shells: Vec<_> =
        (0..SHELLS).map(|_| home.command(&["find", "", "--json"]).spawn().unwrap()).collect();
    for shell in shells {
        let done = Done::from(shell.wait_with_output().unwrap());
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        assert_eq!(done.json()["count"]["payments"], 60);
    }
}

#[test]
fn sync_beside_serve_goes_through_its_desk_and_shows_progress() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::new(Vault::Environment, &sandbox.key);
    let serve = home.serve();
    home.connect(&sandbox);
    let done = home.run(&["sync"]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.err.contains("shop: "), "no progress on stderr: {:?}", done.err);
    assert_eq!(done.json()["items"][0]["account"], "shop");
    assert_eq!(home.json(&["doctor"], 0)["desk_process"], serve.0.id());
    assert_eq!(home.error(&["serve"], 3), "desk_running");
    assert_eq!(serve.terminate(), Some(0));
    // The next shell runs the Desk itself.
    assert_eq!(home.json(&["find", ""], 0)["count"]["payments"], 60);
}

#[test]
fn the_next_shell_takes_over_from_a_killed_owner() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    for _ in 0..3 {
        drop(home.serve());
        assert_eq!(home.json(&["find", ""], 0)["count"]["payments"], 60);
    }
}

#[test]
fn three_shells_that_refund_all_make_one_refund() {
    let sandbox = Sandbox::start(&["--latency-ms", "20"]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let shells: Vec<_> = (0..3)
        .map(|_| home.command(&["refund", &charge, "--all", "--yes", "--json"]).spawn().unwrap())
        .collect();
    let codes: Vec<i32> =
        shells.into_iter().map(|shell| Done::from(shell.wait_with_output().unwrap()).code).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| matches!(code, 0 | 3)), "{codes:?}");
    assert_eq!(sandbox.refunds(&charge).len(), 1);
}

/// A shell that speaks over the socket by hand, so that it can send one request id twice.
struct Wire(BufReader<UnixStream>);

impl Wire {
    fn reach(home: &Home) -> Self {
        let folder = home.runtime().join("paydesk");
        let socket = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut wire = Self(BufReader::new(stream));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        wire.send(&ShellFrame::Hello { protocol: PROTOCOL, version, shell: Shell::Command });
        assert!(matches!(wire.receive(), DeskFrame::Welcome { .. }));
        wire
    }

    fn send(&mut self, frame: &ShellFrame) {
        let line = serde_json::to_string(frame).unwrap();
        writeln!(self.0.get_mut(), "{line}").unwrap();
    }

    fn receive(&mut self) -> DeskFrame {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }

    fn answer(&mut self) -> RefundView {
        loop {
            if let DeskFrame::Answer { result, .. } = self.receive() {
                return RefundView::try_from(result.unwrap()).unwrap();
            }
        }
    }
}

#[test]
fn what_a_view_gained_beside_serve_alone_is_told_once_by_the_next_shell() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::new(Vault::Environment, &sandbox.key);
    let serve = home.serve();
    home.connect(&sandbox);
    home.sync();
    home.json(&["views", "save", "Large", "amount:123.45", "--notify"], 0);
    let pay = || {
        sandbox.charge(12_345, "usd", "ada@example.com");
        home.sync();
    };
    // What it held at its first look is no news, so it is paid until there is some.
    until("the view was looked at", || {
        pay();
        let gained = home.json(&["views", "gained"], 0);
        (gained["total"] == 1).then_some(())
    });
    let mut wire = Wire::reach(&home);
    pay();
    loop {
        if let DeskFrame::Notice { notice } = wire.receive()
            && matches!(*notice, contract::Notice::ViewGained { .. })
        {
            break;
        }
    }
    drop(wire);
    assert_eq!(serve.terminate(), Some(0));
    let gained = home.json(&["views", "gained"], 0);
    assert_eq!(
        (&gained["items"][0]["name"], &gained["items"][0]["query"]),
        (&"Large".into(), &"amount:123.45".into())
    );
    assert!(gained["items"][0]["payments"].as_u64() >= Some(1), "{gained}");
    assert_eq!(home.json(&["views", "gained"], 0)["total"], 0);
}

#[test]
fn the_same_request_twice_is_one_intent() {
    let sandbox = Sandbox::start(&["--latency-ms", "20"]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let _serve = home.serve();
    let request = IssueRefund {
        request_id: RequestId::generate(),
        payment: charge.clone(),
        amount: RefundAmount::Exactly { amount: "5.00".to_owned() },
        reason: None,
        note: None,
        ticket: None,
        wait_ms: None,
        undo_seconds: None,
        approval: None,
    };
    let call = |number| ShellFrame::Call {
        number,
        scope: Scope { environment: None, shell: Shell::Command },
        call: Box::new(request.clone().into()),
    };
    let mut wire = Wire::reach(&home);
    // Twice at once, and once more after the end.
    wire.send(&call(1));
    wire.send(&call(2));
    let (first, second) = (wire.answer(), wire.answer());
    wire.send(&call(3));
    let third = wire.answer();
    assert_eq!(third.state.as_deref(), Some("settled"));
    assert_eq!((&first.intent_id, &second.intent_id), (&third.intent_id, &third.intent_id));
    assert_eq!(sandbox.refunds(&charge).len(), 1);
}
