//! How the deliveries of events stand, for lists of events.

use std::collections::HashMap;

use domain::AccountId;
use sqlx::{AssertSqlSafe, Row};

use super::Deliveries;
use crate::error::Result;
use crate::payments::checked_ids;
use crate::statement::{Value, bind_all, numbers};

/// How the deliveries of one event stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFigures {
    /// Those that wait or are being sent.
    pub waiting: u64,
    /// Those that were taken.
    pub delivered: u64,
    /// Those that were not, for good.
    pub failed: u64,
}

impl Deliveries<'_> {
    /// How the deliveries of events stand; nothing of an event that was sent nowhere.
    pub async fn figures_of(
        &self,
        account: AccountId,
        events: &[String],
    ) -> Result<HashMap<String, DeliveryFigures>> {
        checked_ids(events)?;
        let statement = format!(
            "select event_id, state, count(*) as number from deliveries indexed by deliveries_event \
             where event_id in ({}) and account = ?1 group by event_id, state",
            numbers(2, events.len())
        );
        let mut values: Vec<Value> = vec![self.mirror.number_of(account)?.into()];
        values.extend(events.iter().map(Value::from));
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        let mut figures: HashMap<String, DeliveryFigures> = HashMap::new();
        for row in &rows {
            let of = figures.entry(row.try_get("event_id")?).or_default();
            let number = u64::try_from(row.try_get::<i64, _>("number")?).unwrap_or(0);
            match row.try_get::<&str, _>("state")? {
                "waiting" | "sending" => of.waiting += number,
                "delivered" => of.delivered += number,
                "failed" => of.failed += number,
                _ => {}
            }
        }
        Ok(figures)
    }
}
