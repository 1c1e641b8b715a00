//! `join_quality [CHARGES]` says how well messages find their payments, over seeded data: all that are shown as exact must be right, and 95 of
//! 100 that are shown as likely. `./dev bench joins` runs it in release.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measurement speaks on stdout and may stop")]

mod measure;

use contract::shared::Shell;
use desk::{Connection, DeskOptions};
use domain::Secret;
use sandbox::{Sandbox, SandboxConfig};

#[tokio::main]
async fn main() {
    let charges = std::env::args().nth(1).map_or(5_000, |text| text.parse().expect("a number of charges"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut fine = true;
    for seed in [1, 7, 2_026] {
        let config = SandboxConfig { charges, seed, ..SandboxConfig::default() };
        let vendor = Sandbox::start(config).await.expect("a vendor");
        let dumps = folder.path().join(format!("dumps-{seed}"));
        std::fs::create_dir_all(&dumps).expect("a folder");
        let desk = Connection::open(DeskOptions {
            home: folder.path().join(format!("home-{seed}")),
            shell: Shell::Command,
            passphrase: Some(Secret::new("measured")),
            background: false,
            vault: Some("passphrase".to_owned()),
        })
        .await
        .expect("a Desk");
        let found = measure::measure(&desk, &vendor, charges, &dumps).await;
        desk.close().await;
        let share = |(all, right): (u64, u64)| format!("{right} of {all} right");
        println!(
            "joins, seed {seed:<5} {} messages: exact {} (all must be), likely {} (95 of 100 must be), {} without their payment, \
             {} likely shown as exact  {}",
            found.messages,
            share(found.exact),
            share(found.likely),
            found.missed,
            found.shown_as_more,
            if found.is_reached() { "ok" } else { "NOT REACHED" }
        );
        fine &= found.is_reached();
    }
    assert!(fine, "a figure is not reached");
}
