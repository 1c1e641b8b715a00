//! Plays histories of refunds from seeds and counts what went wrong: `simulate [HISTORIES] [FIRST_SEED]`.
//! A seed that is printed as broken plays the same history again: `simulate 1 SEED`.

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

mod simulation;

use simulation::{Outcome, play};

/// Broken seeds that are printed.
const SHOWN: usize = 10;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>().ok());
    let histories = numbers.next().flatten().unwrap_or(100_000);
    let first = numbers.next().flatten().unwrap_or(1);
    let mut sum = Outcome::default();
    let mut broken = Vec::new();
    for seed in first..first.saturating_add(histories) {
        let outcome = play(seed);
        sum.add(&outcome);
        if outcome.is_broken() {
            broken.push(seed);
        }
    }
    println!(
        "seeds {first} to {}: histories {histories}, wishes {}, tries {}, deaths {}, left to a person {}",
        first.saturating_add(histories) - 1,
        sum.wishes,
        sum.sends,
        sum.deaths,
        sum.persons
    );
    println!(
        "doubles {}, lost {}, unresolved {}, over-refunded {}, not taken by the journal {}",
        sum.doubles, sum.lost, sum.unresolved, sum.over_refunded, sum.defects
    );
    for seed in broken.iter().take(SHOWN) {
        println!("broken: seed {seed}: {:?}", play(*seed));
    }
    if !broken.is_empty() {
        std::process::exit(1);
    }
}
