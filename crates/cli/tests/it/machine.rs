//! What the machine does to a refund that is under way: the user logs out, it shuts down, files and memory run out.

use std::process::{Command, Stdio};

use crate::stage::{Done, Home, KEY_VARIABLE, Running, Sandbox, Vault, until};

/// A vendor that takes its time, and a charge of it.
fn slow() -> (Sandbox, String, Home) {
    let sandbox = Sandbox::start(&["--latency-ms", "400"]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    (sandbox, charge, home)
}

fn tell(process: &Running, signal: &str) {
    let told = Command::new("kill").args([signal, &process.0.id().to_string()]).status().unwrap();
    assert!(told.success());
}

/// Whoever was not shown the end asks again, and it is one refund.
fn ends_as_one(sandbox: &Sandbox, home: &Home, charge: &str) {
    until("settling", || (home.run(&["refunds", "settle", "--wait", "60"]).code == 0).then_some(()));
    let again = home.run(&["refund", charge, "--all", "--yes", "--wait", "60"]);
    // It may have been shown after all, right before it was told to end; then nothing is left.
    let code = again.json()["error"]["code"].as_str().map(str::to_owned);
    assert!(again.code == 0 || code.as_deref() == Some("nothing_left"), "{}{}", again.out, again.err);
    assert_eq!(sandbox.refunds(charge).len(), 1);
    assert_eq!(home.json(&["refunds", "list"], 0)["total"], 1);
}

fn under_way(home: &Home) {
    until("the refund under way", || (home.json(&["refunds", "list"], 0)["total"] == 1).then_some(()));
}

#[test]
fn t07_the_user_logs_out_in_the_middle_of_a_refund() {
    let (sandbox, charge, home) = slow();
    let refund = Running(home.command(&["refund", &charge, "--all", "--yes"]).spawn().unwrap());
    under_way(&home);
    tell(&refund, "-HUP");
    drop(refund);
    ends_as_one(&sandbox, &home, &charge);
}

#[test]
fn t08_the_machine_shuts_down_in_the_middle_of_a_refund() {
    let (sandbox, charge, home) = slow();
    let serve = home.serve();
    let shell = Running(home.command(&["refund", &charge, "--all", "--yes"]).spawn().unwrap());
    under_way(&home);
    // Everybody is told at once, and who has not ended is killed.
    tell(&shell, "-TERM");
    tell(&serve, "-TERM");
    drop(shell);
    drop(serve);
    ends_as_one(&sandbox, &home, &charge);
}

/// A refund by a shell that sets a limit first.
fn limited(home: &Home, limit: &str, charge: &str) -> Done {
    let command = home.command(&["refund", charge, "--all", "--yes", "--json"]);
    let mut shell = Command::new("bash");
    shell.env_clear().stdin(Stdio::null());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.arg("-c").arg(format!("{limit}; exec \"$@\"")).arg("limited").arg(command.get_program());
    shell.args(command.get_args());
    let output = shell.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn t09_with_64_open_files_a_refund_works() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    assert_ne!(home.command(&[]).get_envs().filter(|(name, _)| *name == KEY_VARIABLE).count(), 0);
    let done = limited(&home, "ulimit -n 64", &charge);
    assert_eq!((done.code, done.json()["state"].as_str()), (0, Some("settled")), "{}{}", done.out, done.err);
    assert_eq!(sandbox.refunds(&charge).len(), 1);
}

#[test]
fn t10_where_memory_ends_a_refund_is_one_or_none() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    // From far too little to enough; where it ends in between is the machine's own.
    for kilobytes in [48 * 1024, 96 * 1024, 160 * 1024, 256 * 1024, 1024 * 1024] {
        let charge = sandbox.charge(2_000, "usd", "ada@example.com");
        let limit = format!("ulimit -v {kilobytes}; export MALLOC_ARENA_MAX=1");
        let limited = limited(&home, &limit, &charge);
        assert!(sandbox.refunds(&charge).len() <= 1, "{kilobytes} KB: {}", limited.err);
        until("settling", || (home.run(&["refunds", "settle", "--wait", "60"]).code == 0).then_some(()));
        let seen = limited.code == 0;
        if !seen {
            home.json(&["refund", &charge, "--all", "--yes", "--wait", "60"], 0);
        }
        assert_eq!(sandbox.refunds(&charge).len(), 1, "{kilobytes} KB: {}", limited.err);
    }
}
