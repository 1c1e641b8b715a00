//! Plays histories of refunds from seeds over real SQLite files and a simulated vendor over real HTTP, and counts
//! what went wrong: `play [HISTORIES] [FIRST_SEED]`. `play 1 SEED` plays a history again.

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

mod histories;

use histories::{Outcome, Stage};

/// Histories that are played at once, each at a vendor of its own.
const STAGES: u64 = 24;

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>().ok());
    let count = numbers.next().flatten().unwrap_or(2_000);
    let first = numbers.next().flatten().unwrap_or(1);
    // A history mostly waits for its next try, so many are played beside each other.
    let stages = STAGES.min(count.max(1));
    let playing: Vec<_> = (0..stages)
        .map(|one| {
            tokio::spawn(async move {
                let stage = Stage::begin().await;
                let mut played = Vec::new();
                for seed in (first + one..first.saturating_add(count)).step_by(stages as usize) {
                    played.push((seed, stage.play(seed).await));
                }
                played
            })
        })
        .collect();
    let (mut sum, mut broken) = (Outcome::default(), Vec::new());
    for stage in playing {
        let Ok(played) = stage.await else { std::process::exit(1) };
        for (seed, outcome) in played {
            sum.add(&outcome);
            if outcome.is_broken() {
                broken.push((seed, outcome));
            }
        }
    }
    println!(
        "histories over real files and loopback: seeds {first} to {}, wishes {}, deaths {}, left to a person {}",
        first.saturating_add(count) - 1,
        sum.intents,
        sum.deaths,
        sum.persons
    );
    println!(
        "doubles {}, lost {}, unresolved {}, over-refunded {}, defects {}",
        sum.doubles, sum.lost, sum.unresolved, sum.over_refunded, sum.defects
    );
    for (seed, outcome) in &broken {
        println!("broken: seed {seed}: {outcome:?}");
    }
    if !broken.is_empty() {
        std::process::exit(1);
    }
}
