//! One token bucket in whole numbers: tokens are counted in millionths, rates in thousandths of a
//! request per second. It knows no clock: callers say what time it is.
//!
//! Whoever waits for a token is woken some milliseconds late, the more so the busier the machine is. What is
//! missed by that may be made up within a quarter of a second; that no second holds more than is published is
//! kept by a count of the last one.

use std::collections::VecDeque;
use std::time::Duration;

use domain::Timestamp;

/// One request, in the bucket's unit.
const TOKEN: u64 = 1_000_000;

/// Paydesk starts at this share of the published rate, in percent.
const START_PERCENT: u64 = 80;

/// Each second of use adds this share of the published rate, in percent: while there was no `429`;
/// after one, up to where it was surely good; and beyond that, where the next `429` lies.
const RISE_PERCENT: u64 = 5;
const RETURN_PERCENT: u64 = 10;
const SEARCH_PERCENT: u64 = 1;

/// Of the rate that met a `429`, this share is taken for surely good, in percent.
const GOOD_PERCENT: u64 = 90;

/// So many requests may leave at once after a rest: what the rate allows in a quarter of a second.
const BURSTS_A_SECOND: u64 = 4;

/// However often it is halved, the rate stays at or above this share, in percent.
const FLOOR_PERCENT: u64 = 5;

#[derive(Debug)]
pub(crate) struct Bucket {
    published_per_second: u32,
    rate_milli: u64,
    tokens: u64,
    /// When requests left, as many as one window may hold, oldest first.
    sent: VecDeque<Duration>,
    refilled_at: Duration,
    risen_at: Duration,
    /// Answers to requests sent before this moment say nothing about the rate since.
    halved_at: Option<Duration>,
    /// Where the rate may return to quickly after a `429`.
    good_milli: Option<u64>,
    /// Whether nothing is held back yet, because nobody said that there is a limit.
    unpaced: bool,
    /// When it began to hold back because somebody said so.
    paced_from: Option<Duration>,
    /// The second that is being counted, what was taken in it, and in the one before.
    second: Duration,
    in_second: u64,
    in_second_before: u64,
    last_429_at: Option<Timestamp>,
}

impl Bucket {
    pub(crate) fn new(published_per_second: u32, now: Duration) -> Self {
        let published_per_second = published_per_second.max(1);
        let rate_milli = u64::from(published_per_second) * 10 * START_PERCENT;
        let mut bucket = Self {
            published_per_second,
            rate_milli,
            tokens: 0,
            sent: VecDeque::new(),
            refilled_at: now,
            risen_at: now,
            halved_at: None,
            good_milli: None,
            unpaced: false,
            paced_from: None,
            second: now,
            in_second: 0,
            in_second_before: 0,
            last_429_at: None,
        };
        bucket.tokens = bucket.capacity();
        bucket
    }

    /// A bucket that holds nothing back until a `429` shows that there is a limit.
    pub(crate) fn unpaced(published_per_second: u32, now: Duration) -> Self {
        Self { unpaced: true, ..Self::new(published_per_second, now) }
    }

    fn published_milli(&self) -> u64 {
        u64::from(self.published_per_second) * 1000
    }

    /// The rate rises no further than two percent, or half a request a second, below what is published.
    fn ceiling_milli(&self) -> u64 {
        let below = (self.published_milli() / 50).max(500);
        self.published_milli().saturating_sub(below).max(self.published_milli() * START_PERCENT / 100)
    }

    fn floor_milli(&self) -> u64 {
        (self.published_milli() * FLOOR_PERCENT / 100).max(200)
    }

    /// A bucket below one token would never let anything pass.
    fn capacity(&self) -> u64 {
        (self.rate_milli * (TOKEN / 1000) / BURSTS_A_SECOND).max(TOKEN)
    }

    /// How many requests one window holds, and how long it is: a second, or a little more where the rate is no
    /// whole number of requests, so that no second holds more than the next whole number.
    fn window(&self) -> (usize, Duration) {
        let most = self.rate_milli.div_ceil(1000);
        let long = Duration::from_micros((most * 1_000_000_000).div_ceil(self.rate_milli));
        (usize::try_from(most).unwrap_or(usize::MAX), long)
    }

    /// How long until the last window holds one request less than it may.
    fn wait_for_window(&self, now: Duration) -> Duration {
        let (most, long) = self.window();
        let Some(index) = self.sent.len().checked_sub(most) else { return Duration::ZERO };
        self.sent.get(index).map_or(Duration::ZERO, |first| first.saturating_add(long).saturating_sub(now))
    }

    fn note_sent(&mut self, now: Duration) {
        // No window ever holds more than is published.
        while self.sent.len() >= self.published_per_second as usize {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    fn refill(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.refilled_at);
        // Longer than a minute fills any bucket; the cut keeps the product small.
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).min(60_000_000);
        let gained = micros * self.rate_milli / 1000;
        if gained > 0 {
            self.tokens = (self.tokens + gained).min(self.capacity());
            self.refilled_at = now;
        }
    }

    /// How long until one request may be sent; zero means now.
    pub(crate) fn wait(&mut self, now: Duration) -> Duration {
        if self.unpaced {
            return Duration::ZERO;
        }
        self.refill(now);
        let missing = TOKEN.saturating_sub(self.tokens);
        Duration::from_micros((missing * 1000).div_ceil(self.rate_milli)).max(self.wait_for_window(now))
    }

    /// Takes one request's token. Callers have seen [`Self::wait`] say zero.
    pub(crate) fn take(&mut self, now: Duration) {
        if self.unpaced {
            self.count(now);
            return;
        }
        self.refill(now);
        self.tokens = self.tokens.saturating_sub(TOKEN);
        self.note_sent(now);
        if now.saturating_sub(self.risen_at) >= Duration::from_secs(1) {
            self.risen_at = now;
            let percent = match self.good_milli {
                None => RISE_PERCENT,
                Some(good) if self.rate_milli < good => RETURN_PERCENT,
                Some(_) => SEARCH_PERCENT,
            };
            let step = self.published_milli() * percent / 100;
            self.rate_milli = (self.rate_milli + step).min(self.ceiling_milli());
            self.tokens = self.tokens.min(self.capacity());
        }
    }

    fn count(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.second);
        if passed >= Duration::from_secs(1) {
            self.in_second_before = if passed < Duration::from_secs(2) { self.in_second } else { 0 };
            self.in_second = 0;
            self.second = now;
        }
        self.in_second += 1;
    }

    /// Whether it holds nothing back yet.
    pub(crate) fn is_unpaced(&self) -> bool {
        self.unpaced
    }

    /// There is a limit after all: from now on the bucket keeps to it, or to the lower one of those
    /// that the vendor publishes where the last seconds held no more than that.
    pub(crate) fn begin_pacing(&mut self, lower_per_second: Option<u32>, now: Duration) {
        let seen = self.in_second.max(self.in_second_before);
        let lower = lower_per_second.filter(|lower| seen < u64::from(*lower) * 2);
        *self = Self {
            last_429_at: self.last_429_at,
            ..Self::new(lower.unwrap_or(self.published_per_second), now)
        };
        self.tokens = 0;
        self.halved_at = Some(now);
        self.paced_from = Some(now);
    }

    /// Whether nothing was held back yet when a request left.
    pub(crate) fn was_unpaced_at(&self, sent_at: Duration) -> bool {
        self.unpaced || self.paced_from.is_some_and(|from| sent_at <= from)
    }

    pub(crate) fn note_429(&mut self, wall: Timestamp) {
        self.last_429_at = Some(wall);
    }

    /// Halves the rate for a `429` about a request sent at `sent_at`, once per volley: the other
    /// requests that were on their way then tell nothing new.
    pub(crate) fn halve(&mut self, lower_per_second: Option<u32>, sent_at: Duration, now: Duration) {
        if self.unpaced {
            self.begin_pacing(lower_per_second, now);
            return;
        }
        if self.halved_at.is_some_and(|halved_at| sent_at <= halved_at) {
            return;
        }
        self.refill(now);
        self.good_milli = Some(self.rate_milli * GOOD_PERCENT / 100);
        self.rate_milli = (self.rate_milli / 2).max(self.floor_milli());
        self.tokens = 0;
        self.risen_at = now;
        self.halved_at = Some(now);
    }

    pub(crate) fn meter(&mut self, now: Duration) -> crate::quota::Meter {
        self.refill(now);
        crate::quota::Meter {
            published_per_second: self.published_per_second,
            paced: !self.unpaced,
            allowed_millirequests_per_second: self.rate_milli,
            left_now: u32::try_from(self.tokens / TOKEN).unwrap_or(u32::MAX),
            last_429_at: self.last_429_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use domain::Timestamp;
    use std::time::Duration;

    /// Sends as fast as the bucket allows until `end` and returns the moments.
    fn drain(bucket: &mut Bucket, mut now: Duration, end: Duration) -> Vec<Duration> {
        let mut sent = Vec::new();
        while now < end {
            let wait = bucket.wait(now);
            if wait.is_zero() {
                bucket.take(now);
                sent.push(now);
            }
            now += wait;
        }
        sent
    }

    #[test]
    fn no_second_ever_holds_more_than_is_published_and_nine_tenths_are_reached() {
        for published in [4, 20, 25, 100] {
            let sent =
                drain(&mut Bucket::new(published, Duration::ZERO), Duration::ZERO, Duration::from_secs(60));
            for (at, first) in sent.iter().enumerate() {
                let window =
                    sent[at..].iter().take_while(|one| **one < *first + Duration::from_secs(1)).count();
                assert!(window <= published as usize, "{window} in a second of {published}");
            }
            let reach = sent.len() * 100 / (60 * published as usize);
            assert!(published < 20 || reach >= 90, "{reach} % of {published}");
        }
    }

    #[test]
    fn starts_at_80_percent_rises_and_halves_once_per_volley() {
        let mut bucket = Bucket::new(100, Duration::ZERO);
        assert_eq!(bucket.meter(Duration::ZERO).allowed_millirequests_per_second, 80_000);
        drain(&mut bucket, Duration::ZERO, Duration::from_secs(20));
        let now = Duration::from_secs(20);
        assert_eq!(bucket.meter(now).allowed_millirequests_per_second, 98_000);
        bucket.note_429(Timestamp::from_ms(7));
        bucket.halve(None, Duration::from_secs(19), now);
        bucket.halve(None, Duration::from_secs(19), now + Duration::from_millis(50));
        let meter = bucket.meter(now);
        assert_eq!((meter.allowed_millirequests_per_second, meter.left_now), (49_000, 0));
        assert_eq!(meter.last_429_at, Some(Timestamp::from_ms(7)));
        for second in 21..60 {
            bucket.halve(None, Duration::from_secs(second), Duration::from_secs(second));
        }
        assert_eq!(bucket.meter(now).allowed_millirequests_per_second, 5_000);
    }

    #[test]
    fn a_vendor_with_a_lower_limit_than_published_is_used_to_nine_tenths_with_few_refusals() {
        // The vendor takes 20 of the 25 a second that it publishes, and holds a second's worth.
        let (mut bucket, mut now) = (Bucket::new(25, Duration::ZERO), Duration::ZERO);
        let (mut held, mut held_at) = (20_000_000_u128, Duration::ZERO);
        let (mut served, mut refused) = (0_u32, 0_u32);
        while now < Duration::from_secs(600) {
            let wait = bucket.wait(now);
            now += wait;
            if !wait.is_zero() {
                continue;
            }
            bucket.take(now);
            held = (held + (now - held_at).as_micros() * 20).min(20_000_000);
            held_at = now;
            if held >= 1_000_000 {
                held -= 1_000_000;
                served += 1;
            } else {
                refused += 1;
                bucket.halve(None, now, now + Duration::from_millis(1));
            }
        }
        assert!(served >= 600 * 20 * 9 / 10, "{served} served");
        assert!(refused * 100 <= served, "{refused} refused of {served}");
    }

    #[test]
    fn nothing_is_held_back_until_a_429_shows_that_there_is_a_limit() {
        let mut fast = Bucket::unpaced(100, Duration::ZERO);
        let mut slow = Bucket::unpaced(100, Duration::ZERO);
        let now = Duration::from_millis(500);
        for count in 0..1_000 {
            assert_eq!(fast.wait(now), Duration::ZERO);
            fast.take(now);
            if count < 40 {
                slow.take(now);
            }
        }
        for (bucket, published) in [(&mut fast, 100), (&mut slow, 25)] {
            bucket.halve(Some(25), now, now);
            assert!(!bucket.wait(now).is_zero());
            let meter = bucket.meter(now);
            assert!(meter.paced);
            assert_eq!(meter.published_per_second, published);
            assert_eq!(meter.allowed_millirequests_per_second, u64::from(published) * 800);
            // The rest of the volley tells nothing new.
            bucket.halve(Some(25), now, now);
            assert_eq!(bucket.meter(now).allowed_millirequests_per_second, u64::from(published) * 800);
        }
    }

    #[test]
    fn who_is_woken_late_misses_nothing_of_it() {
        for published in [25, 100] {
            let (mut bucket, mut now, mut sent) =
                (Bucket::new(published, Duration::ZERO), Duration::ZERO, Vec::new());
            for turn in 0_u64.. {
                if now >= Duration::from_secs(60) {
                    break;
                }
                let wait = bucket.wait(now);
                if wait.is_zero() {
                    bucket.take(now);
                    sent.push(now);
                } else {
                    // Up to 40 ms too late, as on a machine that has other work.
                    now += wait + Duration::from_millis(turn * 7 % 41);
                }
            }
            assert!(sent.len() * 100 >= 60 * 93 * published as usize, "{} of {published}", sent.len());
            for (at, first) in sent.iter().enumerate() {
                let window =
                    sent[at..].iter().take_while(|one| **one < *first + Duration::from_secs(1)).count();
                assert!(window <= published as usize, "{window} in a second of {published}");
            }
        }
    }

    #[test]
    fn t01_a_jump_of_a_day_fills_the_bucket_and_no_more() {
        let mut bucket = Bucket::new(25, Duration::ZERO);
        for _ in 0..5 {
            bucket.take(Duration::ZERO);
        }
        assert_eq!(bucket.meter(Duration::from_secs(86_400)).left_now, 5);
    }
}
