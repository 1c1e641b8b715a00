//! Two restricted keys of one account, by command.

use crate::stage::{Home, Sandbox, Vault};

#[test]
fn an_account_reads_by_one_key_and_refunds_by_another() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(5_000, "usd", "ada@example.com");
    let home = Home::new(Vault::Passphrase, &sandbox.read_key);
    home.connect(&sandbox);
    home.sync();
    let refund = ["refund", &charge, "--amount", "5.00", "--yes"];
    assert_eq!(home.json(&refund, 4)["problem"], "vendor_forbidden");
    let words = ["accounts", "write-key", "shop", "--key-stdin"];
    let useless = home.piped(&words, &format!("{}\n", sandbox.read_key));
    assert_eq!((useless.code, useless.json()["error"]["code"].as_str()), (2, Some("key_cannot_write")));
    let done = home.piped(&words, &format!("{}\n", sandbox.write_key));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(done.json()["write_key_location"], "vault");
    assert!(!done.out.contains(&sandbox.write_key), "a key is never printed");
    assert_eq!(home.json(&refund, 0)["refund_status"], "succeeded");
    assert_eq!(sandbox.refunds(&charge).len(), 1);
    home.sync();
    home.json(&["accounts", "write-key", "shop", "--none"], 0);
    assert_eq!(
        home.json(&["refund", &charge, "--amount", "6.00", "--yes"], 4)["problem"],
        "vendor_forbidden"
    );
    assert_eq!(sandbox.refunds(&charge).len(), 1);
}
