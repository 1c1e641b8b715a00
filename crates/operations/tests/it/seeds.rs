//! Histories of refunds over real files and real loopback HTTP. The bench plays thousands
//! (`cargo run -p operations --example play`); here it is a part of that.

#[path = "../../examples/histories/mod.rs"]
mod histories;

use histories::{Outcome, Stage};

/// Played beside each other, each at a vendor of its own.
const STAGES: u64 = 10;
const HISTORIES_EACH: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_histories_over_real_files_and_loopback_break_no_rule() {
    let play = |first: u64| async move {
        let stage = Stage::begin().await;
        let mut sum = Outcome::default();
        for seed in first..first + HISTORIES_EACH {
            let outcome = stage.play(seed).await;
            assert!(!outcome.is_broken(), "seed {seed}: {outcome:?}");
            sum.add(&outcome);
        }
        sum
    };
    let stages: Vec<_> = (0..STAGES).map(|one| tokio::spawn(play(1 + one * HISTORIES_EACH))).collect();
    let mut played = Outcome::default();
    for stage in stages {
        played.add(&stage.await.unwrap());
    }
    // A history in which nothing happens proves nothing.
    assert!(played.intents > 100 && played.deaths > 100 && played.persons > 2, "{played:?}");
}
