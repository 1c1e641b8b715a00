//! What a run would give back beyond the limits on what one person alone may.

use domain::{AccountId, BulkRunId, Money, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use crate::bulk::{BulkRuns, ROWS_JOINED};
use crate::bulk_rows::ASKABLE;
use crate::error::Result;
use crate::mirrored::currency;
use crate::refund_limits::{RefundLimit, RefundRoom};

/// A limit that a run would go beyond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkOverLimit {
    /// The limit, and what is left of it now.
    pub room: RefundRoom,
    /// What the run would give back: by one refund its dearest row, else all of them in this currency.
    pub wanted: Money,
    /// How many rows that is of.
    pub rows: u64,
}

impl BulkRuns<'_> {
    /// The limits that rows which no second person agreed to would go beyond, for whoever acts.
    pub async fn over_limits(
        &self,
        id: BulkRunId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<BulkOverLimit>> {
        let sums = format!(
            "select r.currency, sum(r.amount_minor) as whole, max(r.amount_minor) as dearest, count(*) as found \
             {ROWS_JOINED} where u.id = ?1 and r.approval is null and {ASKABLE} group by r.currency order by r.currency"
        );
        let sums =
            sqlx::query(AssertSqlSafe(sums)).bind(id.to_string()).fetch_all(self.mirror.readers()).await?;
        let mut over = Vec::new();
        for row in &sums {
            let (currency, found) = (currency(row, "currency")?, row.try_get::<i64, _>("found")?);
            for room in self.mirror.refund_rooms(account, currency, now).await? {
                let (wanted, rows) = match room.limit {
                    RefundLimit::PerRefund => {
                        (row.try_get("dearest")?, self.rows_above(id, room.left).await?)
                    }
                    _ => (row.try_get("whole")?, found),
                };
                if wanted > room.left.minor {
                    let rows = u64::try_from(rows).unwrap_or(0);
                    over.push(BulkOverLimit { room, wanted: Money::new(wanted, currency), rows });
                }
            }
        }
        Ok(over)
    }

    async fn rows_above(&self, id: BulkRunId, left: Money) -> Result<i64> {
        let statement = format!(
            "select count(*) {ROWS_JOINED} where u.id = ?1 and r.currency = ?2 and r.amount_minor > ?3 \
             and r.approval is null and {ASKABLE}"
        );
        Ok(sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(id.to_string())
            .bind(left.currency.to_string())
            .bind(left.minor)
            .fetch_one(self.mirror.readers())
            .await?)
    }
}
