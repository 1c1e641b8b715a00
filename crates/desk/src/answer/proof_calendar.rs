//! The calendar of the proof, and one day of it with both sides.

use std::collections::BTreeMap;

use contract::ErrorBody;
use contract::proof::{
    AccountProof, KindProof, ProofCalendar, ProofDayDetail, ProofDayMark, ProofDayRow, ProofSide, ProofSum,
    ShowProof, ShowProofDay,
};
use domain::{Environment, Kind, Timestamp};
use mirror::proof::{AuditedDay, day_of, day_start};
use mirror::{AccountRow, DaySpan, Mirror, ProofDay, ProofState, SliceRow, SliceState, Tally};
use operations::ReadBudget;

use super::scope::Resolved;
use crate::errors;

/// The days of a calendar that are shown at most: a hundred years.
const DAYS_MAX: i64 = 36_600;

fn of_mirror(error: mirror::MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// A UTC day such as `2026-11-01`, counted from 1970.
pub(crate) fn read_day(text: &str) -> Result<i64, ErrorBody> {
    let bad = || errors::bad_request(format!("`{text}` is no day; write it as 2026-11-01"));
    let start: Timestamp = format!("{text}T00:00:00Z").parse().map_err(|_| bad())?;
    Ok(day_of(start))
}

fn day_word(day: i64) -> String {
    day_start(day).to_datetime().format("%Y-%m-%d").to_string()
}

/// What a day comes to, worst last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Every day begins as good as it can be.
    #[default]
    Green,
    Amber,
    Red,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// How a day stands and why it is not green.
fn standing(proven: Option<&ProofDay>, is_loading: bool) -> (Standing, Option<String>) {
    let amber = |reason: &str| (Standing::Amber, Some(reason.to_owned()));
    match proven {
        Some(day) if day.state == ProofState::Red => {
            (Standing::Red, day.problem.clone().or(Some("gap".to_owned())))
        }
        _ if is_loading => amber("loading"),
        Some(day) if day.state == ProofState::Green && !day.changed => (Standing::Green, None),
        Some(day) if day.state == ProofState::Green => amber("changed"),
        Some(day) => (Standing::Amber, day.problem.clone().or(Some("not_checked".to_owned()))),
        None => amber("not_checked"),
    }
}

/// A kind of an account that can be proven, and from which day on.
struct Provable {
    kind: Kind,
    is_loading: bool,
    first_day: i64,
}

fn provable(slices: &[SliceRow], now: Timestamp) -> Vec<Provable> {
    let offered = || slices.iter().filter(|slice| slice.state != SliceState::NotOffered);
    let today = day_of(now);
    let first_seen =
        offered().filter(|slice| slice.kind != Kind::Events).filter_map(|slice| slice.earliest_seen).min();
    let first_day = first_seen.map_or(today, day_of).min(today).max(today - DAYS_MAX);
    offered()
        .map(|slice| Provable {
            kind: slice.kind,
            is_loading: slice.state == SliceState::Running,
            // Of older events only the mirror knows.
            first_day: match slice.kind {
                Kind::Events => first_day.max(operations::proof::first_event_day(now)),
                _ => first_day,
            },
        })
        .collect()
}

/// What a calendar is made of so far.
#[derive(Default)]
struct Marks {
    days: BTreeMap<i64, (Standing, bool)>,
    as_of: Option<Timestamp>,
}

/// Answers `show_proof`.
pub(crate) async fn show(scope: &Resolved, request: ShowProof) -> Result<ProofCalendar, ErrorBody> {
    let kind: Option<Kind> = match request.kind.as_deref() {
        Some(word) => Some(word.parse().map_err(|_| errors::bad_request(format!("`{word}` is no kind")))?),
        None => None,
    };
    let from = request.from.as_deref().map(read_day).transpose()?;
    let until = request.until.as_deref().map(read_day).transpose()?;
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let now = scope.clock.now();
    let last = until.unwrap_or_else(|| day_of(now)).min(day_of(now));
    let mut marks = Marks::default();
    let mut accounts = Vec::with_capacity(rows.len());
    for row in &rows {
        let kinds = account(&open.mirror, row, kind, (from, last), now, &mut marks).await?;
        let budget = ReadBudget::of(&open.mirror, row.id, row.environment, now).await;
        let budget = budget.map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
        accounts.push(AccountProof {
            account: row.label.to_string(),
            run: scope.proofs.view(row.id),
            reads_today: budget.today.proof_reads,
            reads_allowed_today: (row.environment != Environment::Sandbox)
                .then(|| budget.proof_part_of_today()),
            kinds,
        });
    }
    let count = |wanted: Standing| marks.days.values().filter(|(one, _)| *one == wanted).count() as u64;
    Ok(ProofCalendar {
        accounts,
        first_day: marks.days.keys().next().copied().map(day_word),
        last_day: day_word(last),
        green: count(Standing::Green),
        amber: count(Standing::Amber),
        red: count(Standing::Red),
        as_of: marks.as_of,
        days: marks
            .days
            .iter()
            .map(|(day, (standing, healed))| ProofDayMark {
                day: day_word(*day),
                state: standing.word().to_owned(),
                healed: *healed,
            })
            .collect(),
    })
}

/// The kinds of an account, and what they make of each day.
async fn account(
    mirror: &Mirror,
    row: &AccountRow,
    only: Option<Kind>,
    (from, last): (Option<i64>, i64),
    now: Timestamp,
    marks: &mut Marks,
) -> Result<Vec<KindProof>, ErrorBody> {
    let slices = mirror.sync_slices().list(Some(row.id)).await.map_err(of_mirror)?;
    let mut kinds = Vec::new();
    for provable in provable(&slices, now) {
        let first = from.unwrap_or(provable.first_day).max(provable.first_day);
        let span = DaySpan { account: row.id, kind: provable.kind, from: Some(first), until: Some(last + 1) };
        let proven = mirror.proof_days().list(span).await.map_err(of_mirror)?;
        let mut known = proven.iter().peekable();
        let mut proof =
            KindProof { kind: provable.kind.to_string(), green: 0, amber: 0, red: 0, as_of: None };
        let is_shown = only.is_none_or(|only| only == provable.kind);
        for day in first..=last {
            let proven = known.next_if(|one| one.day == day);
            let (standing, _) = standing(proven, provable.is_loading);
            match standing {
                Standing::Green => {
                    proof.green += 1;
                    proof.as_of = oldest(proof.as_of, proven.and_then(|one| one.checked_at));
                }
                Standing::Amber => proof.amber += 1,
                Standing::Red => proof.red += 1,
            }
            if is_shown {
                let mark = marks.days.entry(day).or_default();
                mark.0 = mark.0.max(standing);
                mark.1 |= proven.is_some_and(|one| one.healed_at.is_some());
            }
        }
        if is_shown {
            marks.as_of = oldest(marks.as_of, proof.as_of);
        }
        kinds.push(proof);
    }
    kinds.sort_by_key(|one| Kind::ALL.iter().position(|kind| kind.as_str() == one.kind));
    Ok(kinds)
}

fn oldest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Answers `show_proof_day`.
pub(crate) async fn show_day(scope: &Resolved, request: ShowProofDay) -> Result<ProofDayDetail, ErrorBody> {
    let day = read_day(&request.day)?;
    let (open, accounts) = scope.some_accounts(request.account.as_deref()).await?;
    let now = scope.clock.now();
    let mut rows = Vec::new();
    for row in &accounts {
        let slices = open.mirror.sync_slices().list(Some(row.id)).await.map_err(of_mirror)?;
        let mut provable = provable(&slices, now);
        provable.sort_by_key(|one| Kind::ALL.iter().position(|kind| *kind == one.kind));
        for provable in provable.iter().filter(|one| day >= one.first_day) {
            let span =
                DaySpan { account: row.id, kind: provable.kind, from: Some(day), until: Some(day + 1) };
            let audited = open.mirror.proof_days().audit(span).await.map_err(of_mirror)?;
            rows.push(day_row(row, provable, audited.into_iter().next()));
        }
    }
    Ok(ProofDayDetail { day: day_word(day), rows, counted: now })
}

fn day_row(row: &AccountRow, provable: &Provable, audited: Option<AuditedDay>) -> ProofDayRow {
    let is_suspect = audited.as_ref().is_some_and(AuditedDay::is_suspect);
    let (mirror, proven) = audited.map_or_else(Default::default, |one| (one.mirror, one.proven));
    let (standing, reason) = match standing(proven.as_ref(), provable.is_loading) {
        // The next cycle flags it; whoever looks now is told now.
        _ if is_suspect => (Standing::Red, Some("gap".to_owned())),
        known => known,
    };
    let found = proven.as_ref().map(|one| one.found).unwrap_or_default();
    ProofDayRow {
        account: row.label.to_string(),
        kind: provable.kind.to_string(),
        state: standing.word().to_owned(),
        reason,
        mirror: side(&mirror),
        vendor: proven.as_ref().and_then(|one| one.vendor.as_ref()).map(side),
        checked: proven.as_ref().and_then(|one| one.checked_at),
        missing: found.missing,
        altered: found.altered,
        unknown: found.unknown,
        found: proven.as_ref().and_then(|one| one.found_at),
        healed: proven.as_ref().and_then(|one| one.healed_at),
    }
}

fn side(tally: &Tally) -> ProofSide {
    let sum = |(currency, minor): (&String, &i128)| ProofSum {
        currency: currency.clone(),
        minor: minor.to_string(),
    };
    ProofSide { count: tally.count, sums: tally.sums.iter().map(sum).collect(), digest: tally.digest_hex() }
}
