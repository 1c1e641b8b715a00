//! What was proven, day by day.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::{AccountId, Kind, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection, Row, Sqlite, Transaction};

use super::lines::each;
use super::{DaySpan, Tally};
use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::gaps::{self, GapCause};
use crate::mirrored::moment_or_none;

/// How a day stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProofState {
    /// The mirror holds exactly what the vendor listed.
    Green,
    /// It was not compared to its end.
    Amber,
    /// Something was missing, other or too much, and is being healed.
    Red,
}

impl ProofState {
    const ALL: [Self; 3] = [Self::Green, Self::Amber, Self::Red];

    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl FromStr for ProofState {
    type Err = domain::ids::UnknownWord;

    fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| domain::ids::UnknownWord(word.to_owned()))
    }
}

/// What was wrong with a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Records that the vendor has and the mirror had not.
    pub missing: u64,
    /// Records that were other than at the vendor.
    pub altered: u64,
    /// Records that the mirror had and the vendor has not.
    pub unknown: u64,
}

impl Found {
    /// Whether anything was wrong.
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// One day of one kind of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofDay {
    /// The day, counted from 1970 in UTC.
    pub day: i64,
    /// How it stands.
    pub state: ProofState,
    /// Whether Paydesk itself changed rows of the day since it was compared.
    pub changed: bool,
    /// What the vendor listed.
    pub vendor: Option<Tally>,
    /// As of when it was compared, by the vendor's clock.
    pub checked_at: Option<Timestamp>,
    /// What was wrong the last time that something was.
    pub found: Found,
    /// When that was noticed.
    pub found_at: Option<Timestamp>,
    /// When it was healed.
    pub healed_at: Option<Timestamp>,
    /// Code of what kept the day from being proven.
    pub problem: Option<String>,
    /// When a comparison of it broke off last, since it was last compared to its end.
    pub failed_at: Option<Timestamp>,
}

/// A day with what its rows come to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedDay {
    /// The day.
    pub day: i64,
    /// What its rows come to.
    pub mirror: Tally,
    /// What was proven of it.
    pub proven: Option<ProofDay>,
}

impl AuditedDay {
    /// Whether its rows are not what was proven, though Paydesk did not change them.
    pub fn is_suspect(&self) -> bool {
        self.proven.as_ref().is_some_and(|proven| {
            proven.state == ProofState::Green
                && !proven.changed
                && proven.vendor.as_ref() != Some(&self.mirror)
        })
    }
}

/// What the vendor listed of some days.
#[derive(Debug, Clone, Default)]
pub struct VendorDays {
    /// Each day that has a record.
    pub days: BTreeMap<i64, Tally>,
    /// As of when.
    pub seen_at: Option<Timestamp>,
    /// Code of why the listing proves nothing, such as an object in it that cannot be read.
    pub problem: Option<&'static str>,
}

/// How many days came to stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Days that are proven.
    pub green: u64,
    /// Days that are not.
    pub amber: u64,
    /// Days that could not be healed.
    pub red: u64,
}

/// The proven days.
#[derive(Debug)]
pub struct ProofDays<'a> {
    pub(crate) mirror: &'a Mirror,
}

const COLUMNS: &str = "day, state, changed, vendor_count, vendor_sums, vendor_digest, checked_at, missing, \
                       altered, unknown, found_at, healed_at, problem, failed_at";

impl ProofDays<'_> {
    /// What is known of some days, oldest first.
    pub async fn list(&self, span: DaySpan) -> Result<Vec<ProofDay>> {
        let number = self.mirror.number_of(span.account)?;
        let mut connection = self.mirror.readers().acquire().await?;
        list(&mut connection, number, span).await
    }

    /// Each day of the span that has a row or was compared, with what its rows come to now. Rows and
    /// proof are read as of one moment, so that a change in between cannot look like tampering.
    pub async fn audit(&self, span: DaySpan) -> Result<Vec<AuditedDay>> {
        let number = self.mirror.number_of(span.account)?;
        let mut reader = self.mirror.readers().acquire().await?;
        let mut transaction = reader.begin().await?;
        let mut days = tallies(&mut transaction, number, span).await?;
        let proven = list(&mut transaction, number, span).await?;
        transaction.commit().await?;
        let mut audited: BTreeMap<i64, AuditedDay> = BTreeMap::new();
        for proven in proven {
            let (day, mirror) = (proven.day, days.remove(&proven.day).unwrap_or_default());
            audited.insert(day, AuditedDay { day, mirror, proven: Some(proven) });
        }
        for (day, mirror) in days {
            audited.insert(day, AuditedDay { day, mirror, proven: None });
        }
        Ok(audited.into_values().collect())
    }

    /// Makes a day red, before anything is healed: a crash in between leaves it so.
    pub async fn flag(
        &self,
        account: AccountId,
        kind: Kind,
        day: i64,
        found: Found,
        at: Timestamp,
    ) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        // What an open gap is known to be only grows; a new one begins anew.
        sqlx::query(
            "insert into proof_days (account, kind, day, state, changed, missing, altered, unknown, found_at) \
             values (?1, ?2, ?3, 'red', 0, ?4, ?5, ?6, ?7) on conflict (account, kind, day) do update set \
             missing = case state when 'red' then max(missing, excluded.missing) else excluded.missing end, \
             altered = case state when 'red' then max(altered, excluded.altered) else excluded.altered end, \
             unknown = case state when 'red' then max(unknown, excluded.unknown) else excluded.unknown end, \
             found_at = case state when 'red' then found_at else excluded.found_at end, \
             state = 'red', healed_at = null, problem = null",
        )
        .bind(number)
        .bind(kind.as_str())
        .bind(day)
        .bind(count(found.missing))
        .bind(count(found.altered))
        .bind(count(found.unknown))
        .bind(at.as_ms())
        .execute(&mut *transaction)
        .await?;
        let gap = gap_subject(kind, day);
        gaps::open(&mut transaction, self.mirror, number, (GapCause::Proof, &gap), at).await?;
        Ok(transaction.commit().await?)
    }

    /// Notes that a comparison of these days broke off. What was proven before stays proven as of
    /// its own time; nothing becomes green by it.
    pub async fn note_failure(
        &self,
        account: AccountId,
        kind: Kind,
        days: &[i64],
        code: &str,
        at: Timestamp,
    ) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for day in days {
            sqlx::query(
                "insert into proof_days (account, kind, day, state, changed, missing, altered, unknown, \
                 problem, failed_at) values (?1, ?2, ?3, 'amber', 0, 0, 0, 0, ?4, ?5) \
                 on conflict (account, kind, day) do update set failed_at = excluded.failed_at, \
                 problem = iif(state = 'green', problem, excluded.problem)",
            )
            .bind(number)
            .bind(kind.as_str())
            .bind(day)
            .bind(code)
            .bind(at.as_ms())
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Compares days with what the vendor listed of them and writes down how each stands. The rows
    /// are counted in the transaction that writes it, so that no change can come in between.
    pub async fn record(
        &self,
        account: AccountId,
        kind: Kind,
        days: &[i64],
        vendor: &VendorDays,
    ) -> Result<Recorded> {
        let number = self.mirror.number_of(account)?;
        let mut recorded = Recorded::default();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return Ok(recorded) };
        let span = DaySpan { account, kind, from: Some(*first), until: Some(last.saturating_add(1)) };
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let mirror = tallies(&mut transaction, number, span).await?;
        let nothing = Tally::default();
        for day in days {
            let listed = vendor.days.get(day).unwrap_or(&nothing);
            let is_equal = mirror.get(day).unwrap_or(&nothing) == listed;
            let state = put(&mut transaction, (number, kind, *day), listed, is_equal, vendor).await?;
            if let (ProofState::Green, Some(at)) = (state, vendor.seen_at) {
                let gap = gap_subject(kind, *day);
                gaps::close(&mut transaction, self.mirror, number, (GapCause::Proof, &gap), at).await?;
            }
            match state {
                ProofState::Green => recorded.green += 1,
                ProofState::Amber => recorded.amber += 1,
                ProofState::Red => recorded.red += 1,
            }
        }
        transaction.commit().await?;
        Ok(recorded)
    }
}

/// What a gap of a day is known by, such as `charges 2026-11-22`.
fn gap_subject(kind: Kind, day: i64) -> String {
    format!("{} {}", kind.as_str(), super::day_start(day).to_datetime().format("%Y-%m-%d"))
}

/// Writes how a day stands: equal and whole is green; a gap that is still there stays red; anything
/// else changed while it was compared and is looked at again.
async fn put(
    transaction: &mut Transaction<'_, Sqlite>,
    (number, kind, day): (i64, Kind, i64),
    listed: &Tally,
    is_equal: bool,
    vendor: &VendorDays,
) -> Result<ProofState> {
    let was: Option<String> =
        sqlx::query_scalar("select state from proof_days where account = ?1 and kind = ?2 and day = ?3")
            .bind(number)
            .bind(kind.as_str())
            .bind(day)
            .fetch_optional(&mut **transaction)
            .await?;
    let was_red = was.as_deref() == Some(ProofState::Red.as_str());
    let (state, problem) = match (is_equal, vendor.problem) {
        (true, None) => (ProofState::Green, None),
        (_, Some(problem)) if was_red => (ProofState::Red, Some(problem)),
        (_, Some(problem)) => (ProofState::Amber, Some(problem)),
        (false, None) if was_red => (ProofState::Red, Some("not_healed")),
        (false, None) => (ProofState::Amber, Some("changing")),
    };
    let healed_at = vendor.seen_at.filter(|_| was_red && state == ProofState::Green);
    sqlx::query(
        "insert into proof_days (account, kind, day, state, changed, vendor_count, vendor_sums, vendor_digest, \
         checked_at, missing, altered, unknown, problem) values (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, 0, 0, 0, ?9) \
         on conflict (account, kind, day) do update set state = excluded.state, changed = 0, \
         vendor_count = excluded.vendor_count, vendor_sums = excluded.vendor_sums, \
         vendor_digest = excluded.vendor_digest, checked_at = excluded.checked_at, \
         healed_at = coalesce(?10, healed_at), problem = excluded.problem, failed_at = null",
    )
    .bind(number)
    .bind(kind.as_str())
    .bind(day)
    .bind(state.as_str())
    .bind(i64::try_from(listed.count).unwrap_or(i64::MAX))
    .bind(listed.sums_json())
    .bind(listed.digest_bytes())
    .bind(vendor.seen_at.map(Timestamp::as_ms))
    .bind(problem)
    .bind(healed_at.map(Timestamp::as_ms))
    .execute(&mut **transaction)
    .await?;
    Ok(state)
}

/// What the rows of a span come to, by day.
async fn tallies(
    connection: &mut SqliteConnection,
    number: i64,
    span: DaySpan,
) -> Result<BTreeMap<i64, Tally>> {
    let mut days: BTreeMap<i64, Tally> = BTreeMap::new();
    each(connection, number, span, |line| days.entry(line.day).or_default().add(&line)).await?;
    Ok(days)
}

async fn list(connection: &mut SqliteConnection, number: i64, span: DaySpan) -> Result<Vec<ProofDay>> {
    let statement = format!(
        "select {COLUMNS} from proof_days where account = ?1 and kind = ?2 and day >= ?3 and day < ?4 order by day"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(number)
        .bind(span.kind.as_str())
        .bind(span.from.unwrap_or(i64::MIN))
        .bind(span.until.unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<ProofDay> {
    let off = |_| MirrorError::corrupt("a proof does not read");
    let count =
        |column: &str| Ok::<_, MirrorError>(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0));
    let vendor = match row.try_get::<Option<i64>, _>("vendor_count")? {
        Some(count) => Some(Tally::read(count, row.try_get("vendor_sums")?, row.try_get("vendor_digest")?)?),
        None => None,
    };
    Ok(ProofDay {
        day: row.try_get("day")?,
        state: row.try_get::<&str, _>("state")?.parse().map_err(off)?,
        changed: row.try_get("changed")?,
        vendor,
        checked_at: moment_or_none(row, "checked_at")?,
        found: Found { missing: count("missing")?, altered: count("altered")?, unknown: count("unknown")? },
        found_at: moment_or_none(row, "found_at")?,
        healed_at: moment_or_none(row, "healed_at")?,
        problem: row.try_get("problem")?,
        failed_at: moment_or_none(row, "failed_at")?,
    })
}
