//! A home that was copied, as to a second machine: what was open in it is looked for and never sent by the copy.

use std::path::Path;

use crate::stage::{Home, Sandbox, Vault, until};

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn t24_the_copy_of_a_home_sends_nothing_that_was_open_in_it() {
    let sandbox = Sandbox::start(&["--faults", "POST /v1/refunds:reset-before:1"]);
    let charges = [(); 2].map(|()| sandbox.charge(2_000, "usd", "ada@example.com"));
    let home = Home::connected(Vault::Environment, &sandbox);
    // One waits to be undone, and of one nobody knows what became of it.
    let mut waiting = crate::stage::Running(
        home.command(&["refund", &charges[0], "--all", "--undo-window", "60", "--yes"]).spawn().unwrap(),
    );
    until("the refund waiting", || {
        (home.json(&["refunds", "list", "--state", "waiting"], 0)["total"] == 1).then_some(())
    });
    let lost = home.run(&["refund", &charges[1], "--all", "--yes", "--wait", "1"]);
    assert!(matches!(lost.code, 0 | 5), "{}{}", lost.out, lost.err);
    let _ = waiting.0.kill();
    let _ = waiting.0.wait();
    let copy = home.folder().join("second");
    copy_folder(&home.path(), &copy);
    // The first machine goes on and is done with both.
    let open = home.json(&["refunds", "list", "--state", "waiting"], 0);
    let intent = open["items"][0]["intent_id"].as_str().unwrap().to_owned();
    assert_eq!(home.json(&["refunds", "withdraw", &intent], 0)["state"], "canceled");
    until("settling", || (home.run(&["refunds", "settle", "--wait", "60"]).code == 0).then_some(()));
    let sent = || sandbox.refunds(&charges[0]).len() + sandbox.refunds(&charges[1]).len();
    assert_eq!(sent(), 1);
    // The second one looks, finds one of them, and asks a person about the other; it sends neither.
    let at_copy = |words: &[&str]| {
        let mut command = home.command_at(&copy, words);
        crate::stage::Done::from(command.arg("--json").output().unwrap()).json()
    };
    let listed = until("the looks", || {
        at_copy(&["refunds", "settle", "--wait", "60"]);
        let listed = at_copy(&["refunds", "list"]);
        let all = listed["items"].as_array().unwrap().clone();
        let is_over = |one: &serde_json::Value| one["state"] == "settled" || one["state"] == "needs_person";
        all.iter().all(is_over).then_some(all)
    });
    let of = |charge: &str| listed.iter().find(|one| one["payment"] == *charge).unwrap();
    assert_eq!(of(&charges[0])["state"], "needs_person", "{listed:?}");
    assert_eq!(
        (&of(&charges[0])["can_send"], &of(&charges[0])["can_withdraw"]),
        (&false.into(), &false.into())
    );
    assert_eq!(of(&charges[1])["state"], "settled", "{listed:?}");
    assert_eq!(sent(), 1);
}
