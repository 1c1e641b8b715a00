//! Which days are compared next, and how many of them by one listing.

use domain::{Kind, Timestamp};
use mirror::{ProofDay, ProofState};

/// Days are compared again after this long. Following keeps them right in between, and whatever is
/// done to the file behind its back is noticed by counting, which needs no vendor.
const AGAIN_AFTER_MS: i64 = 20 * 3_600_000;
/// Records that one listing is meant to bring: a page, with some room for what is missing.
const RECORDS_PER_RANGE: u64 = 90;
/// Records of a page.
const RECORDS_PER_PAGE: u64 = 100;

/// A day that may be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    kind: Kind,
    day: i64,
    /// Rows that the mirror has of it.
    rows: u64,
    urgency: Urgency,
    checked_at: Option<Timestamp>,
    /// When its last comparison broke off, if it did.
    failed_at: Option<Timestamp>,
}

/// What is compared first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Something is wrong.
    Red,
    /// Never compared to its end, or changed since.
    Open,
    /// Proven, and may have changed at the vendor without anybody telling.
    Proven,
}

impl Candidate {
    pub(super) fn new(kind: Kind, day: i64, rows: u64, proven: Option<ProofDay>, is_suspect: bool) -> Self {
        let urgency = match &proven {
            _ if is_suspect => Urgency::Red,
            Some(proven) if proven.state == ProofState::Red => Urgency::Red,
            Some(proven) if proven.state == ProofState::Green && !proven.changed => Urgency::Proven,
            _ => Urgency::Open,
        };
        let checked_at = proven.as_ref().and_then(|proven| proven.checked_at);
        let failed_at = proven.and_then(|proven| proven.failed_at);
        Self { kind, day, rows, urgency, checked_at, failed_at }
    }
}

/// The days that are due, most urgent first. Those whose last comparison broke off come behind all
/// others, whatever they are, and by turns: what always fails must not keep the rest from its turn.
pub(super) fn due(mut candidates: Vec<Candidate>, now: Timestamp, every_day: bool) -> Vec<Candidate> {
    let is_old =
        |one: &Candidate| one.checked_at.is_none_or(|checked_at| now.ms_since(checked_at) >= AGAIN_AFTER_MS);
    candidates.retain(|one| every_day || one.urgency < Urgency::Proven || is_old(one));
    candidates.sort_by_key(|one| match one.urgency {
        _ if one.failed_at.is_some() => (true, Urgency::Red, hour(one.failed_at), -one.day),
        // Among days that are proven the oldest proof comes first, by the hour, so that neighbours
        // that were compared together stay together.
        Urgency::Proven => (false, one.urgency, hour(one.checked_at), -one.day),
        _ => (false, one.urgency, 0, -one.day),
    });
    candidates
}

fn hour(at: Option<Timestamp>) -> i64 {
    at.map_or(0, |at| at.as_ms() / 3_600_000)
}

/// Neighbouring days of one kind that are compared by one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) kind: Kind,
    /// Its days, in no order.
    pub(super) days: Vec<i64>,
    /// Rows that the mirror has of them.
    pub(super) rows: u64,
    /// Whether it goes back to the first record ever.
    pub(super) from_the_beginning: bool,
    /// Orders ranges of which only one has its turn: the smallest first.
    pub(super) turn: Turn,
}

/// Whether its last comparison broke off, whether nothing is known to be wrong with it, and when it was
/// compared: a day that changes all the time must not have every turn because it is the newest.
pub(super) type Turn = (bool, bool, i64);

impl Range {
    /// Requests that it takes if the vendor has what the mirror has.
    pub(super) fn pages_expected(&self) -> u64 {
        self.rows / RECORDS_PER_PAGE + 1
    }

    pub(super) fn first(&self) -> i64 {
        self.days.iter().copied().min().unwrap_or_default()
    }

    pub(super) fn last(&self) -> i64 {
        self.days.iter().copied().max().unwrap_or_default()
    }
}

/// Cuts the days into ranges whose length follows from how much is in them, keeping their order.
/// What is older than the first day belongs to it, so that a record that was lost at the old end is
/// found too.
pub(super) fn ranges(due: Vec<Candidate>, first_day: i64) -> Vec<Range> {
    let mut ranges: Vec<((bool, Urgency), Range)> = Vec::new();
    // The range that a kind's next day may still join.
    let mut open: std::collections::HashMap<Kind, usize> = std::collections::HashMap::new();
    for one in due {
        let group = (one.failed_at.is_some(), one.urgency);
        let joined = open.get(&one.kind).and_then(|place| ranges.get_mut(*place)).filter(|(joint, range)| {
            *joint == group
                && (range.first() == one.day + 1 || range.last() == one.day - 1)
                && range.rows + one.rows <= RECORDS_PER_RANGE
        });
        match joined {
            Some((_, range)) => {
                range.days.push(one.day);
                range.rows += one.rows;
            }
            None => {
                let compared = one.checked_at.map_or(0, Timestamp::as_ms);
                let range = Range {
                    kind: one.kind,
                    days: vec![one.day],
                    rows: one.rows,
                    from_the_beginning: false,
                    turn: (group.0, one.urgency != Urgency::Red, compared),
                };
                open.insert(one.kind, ranges.len());
                ranges.push((group, range));
            }
        }
    }
    let mut ranges: Vec<Range> = ranges.into_iter().map(|(_, range)| range).collect();
    for range in &mut ranges {
        range.from_the_beginning = range.kind != Kind::Events && range.first() <= first_day;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use domain::{Kind, Timestamp};
    use mirror::proof::Found;
    use mirror::{ProofDay, ProofState};

    use super::{Candidate, due, ranges};

    const NOW: Timestamp = Timestamp::const_from_ms(100 * 86_400_000);

    fn proven(day: i64, state: ProofState, changed: bool, hours_ago: i64) -> ProofDay {
        ProofDay {
            day,
            state,
            changed,
            vendor: None,
            checked_at: Some(NOW.plus_ms(-hours_ago * 3_600_000)),
            found: Found::default(),
            found_at: None,
            healed_at: None,
            problem: None,
            failed_at: None,
        }
    }

    fn day(day: i64, rows: u64, proven: Option<ProofDay>) -> Candidate {
        Candidate::new(Kind::Payments, day, rows, proven, false)
    }

    #[test]
    fn red_days_come_first_then_open_ones_newest_first_then_the_oldest_proofs() {
        let candidates = vec![
            day(99, 1, Some(proven(99, ProofState::Green, false, 30))),
            day(98, 1, Some(proven(98, ProofState::Green, true, 1))),
            day(97, 1, None),
            day(96, 1, Some(proven(96, ProofState::Green, false, 1))),
            day(95, 1, Some(proven(95, ProofState::Red, false, 1))),
            day(94, 1, Some(proven(94, ProofState::Green, false, 90))),
        ];
        let order = |every_day| {
            let due = due(candidates.clone(), NOW, every_day);
            due.into_iter().map(|one| one.day).collect::<Vec<_>>()
        };
        assert_eq!(order(false), [95, 98, 97, 94, 99]);
        assert_eq!(order(true), [95, 98, 97, 94, 99, 96]);
    }

    #[test]
    fn what_failed_comes_behind_everything_else_the_longest_ago_first() {
        let failed = |day: i64, state: ProofState, hours_ago: i64| {
            let failed_at = Some(NOW.plus_ms(-hours_ago * 3_600_000));
            Some(ProofDay { failed_at, ..proven(day, state, false, 30) })
        };
        let candidates = vec![
            day(99, 1, failed(99, ProofState::Red, 1)),
            day(98, 1, failed(98, ProofState::Amber, 2)),
            day(97, 1, failed(97, ProofState::Green, 3)),
            day(96, 1, Some(proven(96, ProofState::Green, false, 30))),
            day(95, 1, None),
        ];
        let order: Vec<i64> = due(candidates, NOW, false).into_iter().map(|one| one.day).collect();
        assert_eq!(order, [95, 96, 97, 98, 99]);
    }

    #[test]
    fn ranges_are_as_long_as_their_days_are_empty() {
        let days = (0..100).map(|place| day(99 - place, if place < 3 { 400 } else { 1 }, None)).collect();
        let ranges = ranges(due(days, NOW, false), 0);
        let lengths: Vec<usize> = ranges.iter().map(|range| range.days.len()).collect();
        assert_eq!(lengths, [1, 1, 1, 90, 7]);
        assert_eq!(ranges.first().map(super::Range::pages_expected), Some(5));
        let oldest: Vec<bool> = ranges.iter().map(|range| range.from_the_beginning).collect();
        assert_eq!(oldest, [false, false, false, false, true]);
    }

    #[test]
    fn an_account_without_a_record_is_one_listing_for_each_kind() {
        let days = (0..1_000).map(|place| day(place, 0, None)).collect();
        let ranges = ranges(due(days, NOW, false), 0);
        assert_eq!(ranges.len(), 1);
        assert_eq!(ranges.first().map(|range| (range.first(), range.last())), Some((0, 999)));
    }
}
