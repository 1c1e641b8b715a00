//! Proof: what is mirrored of a day against what the vendor lists of it.
//!
//! Each kind of each UTC day is told by its count, its sums by currency and a digest over ids and
//! money. The mirror's side is always computed from the rows themselves, so that a row that was
//! altered, lost or never came is noticed, whoever did it. What the vendor listed is kept, and a
//! day whose rows no longer give what was proven, while nothing that Paydesk did changed them, is red
//! before the vendor is asked again.

mod days;
mod heal;
mod lines;
mod parts;
mod tally;

use domain::{AccountId, Kind, Timestamp};
use sqlx::{Sqlite, Transaction};

use crate::changes::RowChange;
use crate::error::Result;
use crate::statement::numbers;

pub use days::{AuditedDay, Found, ProofDay, ProofDays, ProofState, Recorded, VendorDays};
pub use heal::Healed;
pub use lines::Line;
pub use parts::{ProofPart, ProofParts};
pub use tally::Tally;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Days of one statement.
const DAYS_PER_STATEMENT: usize = 500;

/// The UTC day that holds the moment, counted from 1970.
pub fn day_of(moment: Timestamp) -> i64 {
    moment.as_ms().div_euclid(DAY_MS)
}

/// The first moment of the day.
pub fn day_start(day: i64) -> Timestamp {
    Timestamp::from_ms(day.saturating_mul(DAY_MS))
}

/// Some days of one kind of one account; an end that is left out is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// The account.
    pub account: AccountId,
    /// The kind.
    pub kind: Kind,
    /// The first day.
    pub from: Option<i64>,
    /// The day after the last one.
    pub until: Option<i64>,
}

/// Notes which proven days Paydesk itself changed, in the transaction that changes their rows. Without
/// it a day that was followed could not be told from one that was tampered with.
pub(crate) async fn follow(
    transaction: &mut Transaction<'_, Sqlite>,
    changes: &[RowChange<'_>],
) -> Result<()> {
    let mut days: std::collections::BTreeMap<(i64, Kind), std::collections::BTreeSet<i64>> =
        std::collections::BTreeMap::new();
    for change in changes {
        for record in [change.new, change.old.as_deref()].into_iter().flatten() {
            days.entry((change.account, record.kind())).or_default().insert(day_of(record.created_at()));
        }
    }
    for ((account, kind), days) in days {
        let days: Vec<i64> = days.into_iter().collect();
        for chunk in days.chunks(DAYS_PER_STATEMENT) {
            let statement = format!(
                "update proof_days set changed = 1 where account = ?1 and kind = ?2 and changed = 0 and day in ({})",
                numbers(3, chunk.len())
            );
            let statement = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(account).bind(kind.as_str());
            let statement = chunk.iter().fold(statement, |statement, day| statement.bind(*day));
            statement.execute(&mut **transaction).await?;
        }
    }
    Ok(())
}

/// Drops what was proven of an account.
pub(crate) async fn forget_account(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    sqlx::query("delete from proof_days where account = ?1").bind(number).execute(&mut **transaction).await?;
    Ok(())
}
