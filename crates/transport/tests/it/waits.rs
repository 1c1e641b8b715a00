//! G9: full jitter on every wait, the first included, and a range that doubles up to its cap.

use std::time::Duration;

use rand::SeedableRng as _;
use transport::RetryPolicy;
use transport::retry::{jitter, wait_cap};

#[test]
fn g9_every_wait_is_uniform_from_zero_to_its_cap_the_first_included() {
    let policy = RetryPolicy::default();
    let mut random = rand::rngs::StdRng::seed_from_u64(9);
    for attempt in 1..=5 {
        let cap = wait_cap(&policy, attempt);
        let samples: Vec<u128> = (0..10_000).map(|_| jitter(cap, &mut random).as_micros()).collect();
        let (count, sum) = (samples.len() as u128, samples.iter().sum::<u128>());
        let squares = samples.iter().map(|one| one * one).sum::<u128>();
        // Standard deviation above a fifth of the mean, in whole numbers:
        // 25 * (n * sum of squares - sum^2) > sum^2.
        assert!(25 * (count * squares - sum * sum) > sum * sum, "attempt {attempt} has too little spread");
        // A uniform draw has its mean at half the cap (within 3 %) and reaches both ends.
        let mean_percent = sum * 200 / (count * cap.as_micros());
        assert!(
            (97..=103).contains(&mean_percent),
            "attempt {attempt}: mean is {mean_percent} % of half the cap"
        );
        assert!(*samples.iter().min().unwrap() < cap.as_micros() / 100);
        assert!(*samples.iter().max().unwrap() > cap.as_micros() * 99 / 100);
        assert!(*samples.iter().max().unwrap() <= cap.as_micros());
    }
}

#[test]
fn the_range_of_waits_doubles_and_is_capped() {
    let policy = RetryPolicy::default();
    let caps: Vec<u64> = (1..=7).map(|attempt| wait_cap(&policy, attempt).as_secs()).collect();
    assert_eq!(caps, [1, 2, 4, 8, 16, 16, 16]);
    assert_eq!(wait_cap(&policy, u32::MAX), policy.wait_cap);
    assert_eq!(jitter(Duration::ZERO, &mut rand::rng()), Duration::ZERO);
}
