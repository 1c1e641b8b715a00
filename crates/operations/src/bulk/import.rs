//! From a table to a run: every row matched, looked over and written down, with the request id that its
//! refund will answer for ever.

use std::collections::HashSet;

use domain::bulk::{BulkRow, BulkRun, BulkSource, BulkState, GivenRefund};
use domain::card_number::mask_card_numbers;
use domain::{AccountId, BulkRunId, Currency, RequestId, Timestamp};
use export::reading::{GivenCell, GivenRow, GivenTable, MOST_ROWS};
use mirror::{FindScope, Mirror};

use super::amounts::{self, Decimals, Wished};
use super::columns::{BulkColumn, Mapping};
use super::digest::RowsDigest;
use super::look_over::{Looked, SoFar};
use super::look_up::LookUp;
use crate::error::{BadInput, Result};

/// Rows that are matched at once.
const AT_ONCE: usize = 500;
/// Letters of a name that are kept.
const NAME_MAX: usize = 200;

/// Where rows come from, and what holds for all of them.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The request, so that a repeat makes no second run.
    pub request_id: RequestId,
    /// Name of the file or view.
    pub name: String,
    /// What it is.
    pub source: BulkSource,
    /// Why, for rows that do not say.
    pub reason: Option<String>,
    /// The note of rows that have none.
    pub note: Option<String>,
    /// What stands before the decimals, where a person said so.
    pub decimals: Option<Decimals>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The run.
    pub run: BulkRun,
    /// Whether the same request made it before.
    pub before: bool,
}

/// Makes a run of a table. `heard` is told how many rows were looked over.
///
/// # Errors
/// [`BadInput`] where there is nothing to match rows by; what the mirror fails with.
pub async fn import(
    mirror: &Mirror,
    account: AccountId,
    origin: &Origin,
    (table, mapping): (&GivenTable, &Mapping),
    now: Timestamp,
    heard: &(dyn Fn(u64) + Send + Sync),
) -> Result<Imported> {
    if let Some(run) = mirror.bulk_runs().by_request_id(origin.request_id).await? {
        return Ok(Imported { run, before: true });
    }
    check(mapping)?;
    let data = mapping.data(table);
    if data.is_empty() {
        return Err(BadInput::Text("there is no row below the names".to_owned()).into());
    }
    let (rows, digest) = look_at(mirror, account, origin, (data, mapping), heard).await?;
    let same_as = mirror.bulk_runs().same_rows(account, &digest).await?.map(|run| run.id);
    let run = BulkRun {
        id: BulkRunId::generate(),
        request_id: origin.request_id,
        account_id: account,
        name: mask_card_numbers(&origin.name.chars().take(NAME_MAX).collect::<String>()),
        source: origin.source,
        digest,
        same_as,
        state: BulkState::Ready,
        problem_code: None,
        problem_detail: None,
        created_at: now,
        started_at: None,
        ended_at: None,
    };
    let before = mirror.bulk_runs().insert(&run, &rows).await?;
    Ok(Imported { before: before.is_some(), run: before.unwrap_or(run) })
}

fn check(mapping: &Mapping) -> Result<()> {
    let leads = [BulkColumn::Payment, BulkColumn::Order, BulkColumn::Email];
    if !leads.iter().any(|column| mapping.has(*column)) {
        let why = "one column must be a payment, an order or an email, so that payments can be found";
        return Err(BadInput::Text(why.to_owned()).into());
    }
    let mut seen = HashSet::new();
    if mapping.columns.iter().flatten().any(|column| !seen.insert(*column)) {
        return Err(BadInput::Text("two columns are said to be the same".to_owned()).into());
    }
    Ok(())
}

async fn look_at(
    mirror: &Mirror,
    account: AccountId,
    origin: &Origin,
    (data, mapping): (&[GivenRow], &Mapping),
    heard: &(dyn Fn(u64) + Send + Sync),
) -> Result<(Vec<BulkRow>, String)> {
    let amounts = data.iter().filter_map(|row| mapping.cell(row, BulkColumn::Amount));
    let decimals = origin.decimals.or_else(|| amounts::decimals_of(amounts));
    let look_up = LookUp::new(mirror, account).await?;
    let limits = mirror.refund_limits(account).await?.into_iter();
    let limits = limits.filter_map(|one| Some((one.currency, one.per_refund?))).collect();
    let (mut rows, mut digest, mut so_far) =
        (Vec::with_capacity(data.len()), RowsDigest::default(), SoFar::default());
    for chunk in data.chunks(AT_ONCE) {
        let given: Vec<GivenRefund> = chunk.iter().map(|row| mapping.given(row)).collect();
        given.iter().for_each(|row| digest.add(row));
        let cell = |place: usize| chunk.get(place).and_then(|row| mapping.cell(row, BulkColumn::Amount));
        let wished = |place: usize, currency: Currency| match amounts::read(cell(place)?, currency, decimals)
        {
            Ok(Wished::Exactly(money)) => Some(money.minor),
            _ => None,
        };
        let matches = look_up.matches(&given, &wished).await?;
        let ids: HashSet<String> =
            matches.iter().filter_map(|one| Some(one.payment.as_ref()?.payment.vendor_id.clone())).collect();
        let facts = mirror.bulk_facts().of_payments(account, &ids.into_iter().collect::<Vec<_>>()).await?;
        for (place, (given, matched)) in given.into_iter().zip(matches).enumerate() {
            let id = matched.payment.as_ref().map(|one| one.payment.vendor_id.clone());
            let facts = id.and_then(|id| facts.get(&id));
            let given = with_defaults(given, origin);
            rows.push(
                Looked { given, matched, amount: cell(place), decimals, facts, limits: &limits }
                    .over(&mut so_far),
            );
        }
        heard(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    }
    Ok((rows, digest.finish()))
}

fn with_defaults(given: GivenRefund, origin: &Origin) -> GivenRefund {
    let note = || origin.note.as_ref().map(|note| mask_card_numbers(note));
    GivenRefund {
        reason: given.reason.or_else(|| origin.reason.clone()),
        note: given.note.or_else(note),
        ..given
    }
}

/// The payments of one account that a search finds, as a table of their ids: all that is left of each goes
/// back.
///
/// # Errors
/// [`BadInput`] where it finds more than a file may hold, or nothing; a mistake in the search.
pub async fn table_of_view(
    mirror: &Mirror,
    account: AccountId,
    query: &str,
    now: Timestamp,
) -> Result<(GivenTable, Mapping)> {
    let scope = FindScope { account: Some(account), now };
    let (mut rows, mut after, mut line) = (Vec::new(), None::<String>, 0);
    loop {
        let page = mirror.find(query, scope, 1_000, after.as_deref()).await?;
        if page.relaxed {
            break;
        }
        for one in page.items {
            line += 1;
            let id = GivenCell { text: one.payment.vendor_id, is_number: false };
            rows.push(GivenRow { line, cells: vec![id] });
        }
        if rows.len() > MOST_ROWS {
            return Err(BadInput::Text(format!("the search finds more than {MOST_ROWS} payments")).into());
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if rows.is_empty() {
        return Err(BadInput::Text("the search finds no payment of this account".to_owned()).into());
    }
    let table = GivenTable { rows, encoding: None, delimiter: None, sheets: Vec::new(), sheet: None };
    Ok((table, Mapping { has_names: false, columns: vec![Some(BulkColumn::Payment)] }))
}
