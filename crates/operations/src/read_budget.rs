//! How many reads an account may spend, and on what.
//!
//! Stripe allows 500 reads per transaction on average, and at least 10,000 a month (vendor facts
//! 1.9). What is left of the month is divided by the days that are left of it, so that a month never
//! ends before its days do. Of each day's part somewhat more than half goes to following, a fifth to
//! the proof, and the rest stays for what people ask for by hand. Following is polls of the feed, and
//! about once an hour a page of the one list that no event tells of.

use std::time::Duration;

use chrono::{Datelike, Days, Months, NaiveDate};
use domain::{AccountId, Environment, Timestamp};
use mirror::{Mirror, RequestCounts};

use crate::error::Result;

/// Reads that Stripe allows in any month.
const FLOOR_A_MONTH: u64 = 10_000;
/// Reads that Stripe allows for each transaction.
const PER_TRANSACTION: u64 = 500;
/// Transactions count for so long.
const TRANSACTIONS_MS: i64 = 30 * DAY_MS;
/// Of a day's part, in percent: following, and the proof. On an idle account that is 176 and 66
/// reads, together less than the 250 that following may cost a day.
const FOLLOWING_PERCENT: u64 = 53;
const PROOF_PERCENT: u64 = 20;
/// The feed is polled at least once an hour, whatever was spent: events are cheap and a gap is not.
const SLOWEST_POLL: Duration = Duration::from_secs(3_600);
/// More often brings nothing: events younger than ten seconds are held back anyway.
const FASTEST_POLL: Duration = Duration::from_secs(15);
/// How often lines of the balance are listed, though no event hints at new ones. Somewhat less than
/// the slowest poll, so that each of those does.
pub(crate) const UNTOLD_EVERY_MS: i64 = 55 * 60_000;
/// How many reads a day that costs.
const UNTOLD_READS_A_DAY: u64 = DAY_SECONDS / (55 * 60);
/// After failures that pass by themselves the wait grows up to this.
const SLOWEST_RETRY: Duration = Duration::from_secs(60);
/// So many failures in a row of a vendor that answers are followed by a soon retry.
const SOON_RETRIES: u32 = 3;
const DAY_MS: i64 = 86_400_000;
const DAYS_A_MONTH: u64 = 30;
const DAY_SECONDS: u64 = 86_400;

/// The reads of one account in the month of `now` (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBudget {
    /// Whether the vendor counts at all; a vendor on this machine does not.
    pub counted: bool,
    /// Requests of today.
    pub today: RequestCounts,
    /// Requests of this month, today's included.
    pub this_month: RequestCounts,
    /// Reads that the vendor allows this month.
    pub allowance: u64,
    /// The transactions of the last 30 days that it follows from; counted to twenty thousand.
    pub transactions: u64,
    /// Days that are left of the month, today included.
    pub days_left: u64,
}

impl ReadBudget {
    /// What the account has spent and may spend.
    pub async fn of(
        mirror: &Mirror,
        account: AccountId,
        environment: Environment,
        now: Timestamp,
    ) -> Result<Self> {
        let days = mirror.request_days();
        let (first, days_left) = month_of(now);
        let transactions = days.transactions_since(account, now.plus_ms(-TRANSACTIONS_MS)).await?;
        Ok(Self {
            counted: environment != Environment::Sandbox,
            today: days.between(account, now, now).await?,
            this_month: days.between(account, first, now).await?,
            allowance: FLOOR_A_MONTH.max(transactions.saturating_mul(PER_TRANSACTION)),
            transactions,
            days_left,
        })
    }

    /// Reads that are left of the month.
    pub fn left_this_month(&self) -> u64 {
        self.allowance.saturating_sub(self.this_month.reads)
    }

    /// Today's part: what was left of the month this morning, over the days that were left. What
    /// was not needed stays with whoever asks by hand and is not spent on the last days.
    pub fn part_of_today(&self) -> u64 {
        let spent_before = self.this_month.reads.saturating_sub(self.today.reads);
        let even = self.allowance.saturating_sub(spent_before) / self.days_left.max(1);
        even.min(self.allowance / DAYS_A_MONTH)
    }

    /// How long to wait between two polls of the event feed.
    pub fn poll_interval(&self) -> Duration {
        if !self.counted {
            return FASTEST_POLL;
        }
        let following = self.part_of_today() * FOLLOWING_PERCENT / 100;
        let polls = following.saturating_sub(UNTOLD_READS_A_DAY);
        let interval = Duration::from_secs(DAY_SECONDS.div_ceil(polls.max(1)));
        interval.clamp(FASTEST_POLL, SLOWEST_POLL)
    }

    /// How long to wait after a run that took so many requests: as long as that many polls, but never
    /// longer than the slowest poll, whatever was spent.
    pub fn wait_after(&self, requests: u64) -> Duration {
        if !self.counted {
            return FASTEST_POLL;
        }
        let polls = u32::try_from(requests.max(1)).unwrap_or(u32::MAX);
        self.poll_interval().saturating_mul(polls).min(SLOWEST_POLL)
    }

    /// How long to wait after so many runs in a row that failed for a reason that passes by itself,
    /// the last of which took so many requests. A network that is not up yet costs nothing and is
    /// tried again soon for as long as it takes; a vendor that answers, and fails, only a few times.
    pub fn wait_after_failures(&self, failures: u32, requests: u64) -> Duration {
        let soon = FASTEST_POLL.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        let soon = soon.min(SLOWEST_RETRY);
        if requests == 0 || failures <= SOON_RETRIES { soon } else { self.wait_after(requests).max(soon) }
    }

    /// Reads that the proof may make today, those that it made included.
    pub fn proof_part_of_today(&self) -> u64 {
        if self.counted { self.part_of_today() * PROOF_PERCENT / 100 } else { u64::MAX }
    }

    /// Reads that the proof may still make today. It notes what it made with
    /// [`mirror::RequestDays::note_proof`]; the calls themselves are counted as they are logged.
    pub fn proof_left_today(&self) -> u64 {
        self.proof_part_of_today().saturating_sub(self.today.proof_reads)
    }
}

/// The first moment of the month, and how many days are left of it, today included.
fn month_of(now: Timestamp) -> (Timestamp, u64) {
    let today = now.to_datetime().date_naive();
    let first = today.with_day(1).unwrap_or(today);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let left = next.signed_duration_since(today).num_days();
    (midnight(first), u64::try_from(left).unwrap_or(1).max(1))
}

fn midnight(day: NaiveDate) -> Timestamp {
    day.and_hms_opt(0, 0, 0).map_or(Timestamp::from_ms(0), |moment| moment.and_utc().into())
}

/// The first moment of the day after.
pub fn next_midnight(now: Timestamp) -> Timestamp {
    let today = now.to_datetime().date_naive();
    midnight(today.checked_add_days(Days::new(1)).unwrap_or(today))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;
    use mirror::RequestCounts;

    use super::{ReadBudget, month_of, next_midnight};

    fn budget(transactions: u64, before_today: u64, today: u64, days_left: u64) -> ReadBudget {
        let reads = |reads| RequestCounts { reads, ..RequestCounts::default() };
        ReadBudget {
            counted: true,
            today: reads(today),
            this_month: reads(before_today + today),
            allowance: 10_000.max(transactions * 500),
            transactions,
            days_left,
        }
    }

    #[test]
    fn a_day_of_an_idle_account_costs_less_than_250_reads_the_proof_included() {
        for days in [28, 29, 30, 31] {
            let mut spent = 0;
            for day in 0..days {
                let budget = budget(0, spent, 0, days - day);
                let polls = 86_400 / budget.poll_interval().as_secs();
                let reads = polls + super::UNTOLD_READS_A_DAY + budget.proof_part_of_today();
                assert!(reads < 250, "{reads} reads on day {day} of {days}");
                spent += reads;
            }
            assert!(spent < 8_000, "{spent} reads in a month of {days} days");
        }
    }

    #[test]
    fn who_has_more_transactions_is_followed_more_closely_and_who_spent_all_hardly() {
        assert_eq!(budget(10_000, 0, 0, 30).poll_interval(), Duration::from_secs(15));
        let quiet = budget(0, 0, 0, 31).poll_interval();
        let used = budget(0, 9_000, 0, 15).poll_interval();
        assert!(quiet < used, "{quiet:?} {used:?}");
        assert_eq!(budget(0, 20_000, 0, 15).poll_interval(), Duration::from_secs(3_600));
        assert_eq!(budget(0, 20_000, 0, 15).proof_left_today(), 0);
    }

    #[test]
    fn whatever_a_run_cost_the_feed_is_polled_within_the_hour() {
        let hour = Duration::from_secs(3_600);
        let idle = budget(0, 0, 0, 31);
        assert_eq!(idle.wait_after(0), idle.poll_interval());
        assert_eq!(idle.wait_after(3), idle.poll_interval() * 3);
        for requests in [20, 100, u64::MAX] {
            assert_eq!(idle.wait_after(requests), hour);
            assert_eq!(budget(0, 20_000, 0, 15).wait_after(requests), hour);
        }
    }

    #[test]
    fn what_passes_by_itself_is_tried_again_within_a_minute() {
        let idle = budget(0, 0, 0, 31);
        let waits = |requests: u64| -> Vec<u64> {
            [1, 2, 3, 4, 50].into_iter().map(|n| idle.wait_after_failures(n, requests).as_secs()).collect()
        };
        assert_eq!(waits(0), [15, 30, 60, 60, 60], "nothing left this machine");
        let three_polls = idle.poll_interval().as_secs() * 3;
        assert_eq!(waits(3), [15, 30, 60, three_polls, three_polls]);
    }

    #[test]
    fn today_s_part_does_not_shrink_while_today_is_spent() {
        assert_eq!(budget(0, 8_000, 0, 10).part_of_today(), 200);
        assert_eq!(budget(0, 8_000, 150, 10).part_of_today(), 200);
        assert_eq!(budget(0, 8_000, 150, 10).left_this_month(), 1_850);
    }

    #[test]
    fn months_end_when_they_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (first, left) = month_of(at("2028-02-29T23:59:59Z"));
        assert_eq!((first, left), (at("2028-02-01T00:00:00Z"), 1));
        assert_eq!(month_of(at("2026-12-01T00:00:00Z")).1, 31);
        assert_eq!(next_midnight(at("2026-12-31T12:00:00Z")), at("2027-01-01T00:00:00Z"));
    }
}
