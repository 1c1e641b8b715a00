//! The intent machine against a simulated world. The bench plays a million histories
//! (`cargo run -p domain --example simulate`); here it is a part of that.

#[path = "../../examples/simulation/mod.rs"]
mod simulation;

#[test]
fn thirty_thousand_histories_break_no_rule() {
    let mut played = simulation::Outcome::default();
    for seed in 1..=30_000 {
        let outcome = simulation::play(seed);
        assert!(!outcome.is_broken(), "seed {seed}: {outcome:?}");
        played.add(&outcome);
    }
    // A history in which nothing happens proves nothing.
    assert!(played.wishes > 10_000 && played.sends > 10_000 && played.deaths > 10_000, "{played:?}");
    assert!(played.persons > 0, "{played:?}");
}

#[test]
fn a_seed_plays_the_same_history_again() {
    for seed in [1, 77, 4_711] {
        assert_eq!(simulation::play(seed), simulation::play(seed));
    }
}
