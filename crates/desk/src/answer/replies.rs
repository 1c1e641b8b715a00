//! What to answer a payer, with a reply in their language.

use contract::payments::{PaymentDetail, Shown};
use contract::replies::{PrepareReplies, Replies};
use contract::{ErrorBody, ErrorCode, Timestamp};
use domain::Kind;
use mirror::{AccountRow, Mirror};
use serde::Deserialize;

use super::scope::Resolved;
use crate::replies::language::{self, Language};
use crate::replies::{Asked, Beside, cards};
use crate::{errors, views};

/// Payments so far apart can be one purchase that was charged twice; a weekly subscription is none.
const BESIDE_MS: i64 = 3 * 86_400_000;
/// Payments beside one that an answer looks at, for each way to know the payer.
const BESIDE_MAX: u32 = 50;

/// Answers `prepare_replies`. It shows personal data of a payment, so it counts as opening it.
pub(crate) async fn prepare(scope: &Resolved, request: PrepareReplies) -> Result<Replies, ErrorBody> {
    let asked_for = read_language(request.language.as_deref())?;
    let (open, rows) = scope.accounts().await?;
    let shown = super::payments::look(scope, &open, &rows, request.payment.trim()).await?;
    super::book::opened(scope, &open, &rows, &shown).await;
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", request.payment.trim());
    let Shown::Payment(payment) = shown else { return Err(unknown()) };
    let row = rows.iter().find(|row| row.label.as_str() == payment.payment.account).ok_or_else(unknown)?;
    let mirror = &open.mirror;
    let (code, language_from) = match asked_for {
        Some(code) => (code, "asked"),
        None => language_of(mirror, row, &payment).await,
    };
    let language =
        Language::of(code).ok_or_else(|| errors::defect("the words of a language cannot be read"))?;
    let beside = beside(mirror, row, &payment).await?;
    let day_of = |at: Timestamp| {
        // The account's own day, as on its reports; where its zone cannot be read, that of UTC.
        let day = mirror.accounts().reporting_day(row.id, at).unwrap_or(at);
        day.to_datetime().date_naive()
    };
    let asked = Asked {
        payment: &payment,
        beside: &beside,
        language: &language,
        day_of: &day_of,
        now: scope.clock.now(),
    };
    Ok(Replies {
        cards: cards(&asked),
        payment: payment.payment.id.clone(),
        account: payment.payment.account.clone(),
        language: code.to_owned(),
        language_from: language_from.to_owned(),
        languages: language::codes().map(str::to_owned).collect(),
        as_of: payment.payment.as_of,
        environment: row.environment,
    })
}

fn read_language(wished: Option<&str>) -> Result<Option<&'static str>, ErrorBody> {
    let Some(wished) = wished.map(str::trim).filter(|wished| !wished.is_empty()) else { return Ok(None) };
    let codes: Vec<&str> = language::codes().collect();
    let unknown = || errors::bad_request(format_args!("a language is one of {}", codes.join(", ")));
    language::of_locale(wished).map(Some).ok_or_else(unknown)
}

/// What of a customer's record tells their language.
#[derive(Deserialize)]
struct Locales {
    #[serde(default)]
    preferred_locales: Option<Vec<String>>,
}

/// The payer's language as far as the mirror tells, and what told it.
async fn language_of(
    mirror: &Mirror,
    row: &AccountRow,
    payment: &PaymentDetail,
) -> (&'static str, &'static str) {
    if let Some(customer) = &payment.payment.customer
        && let Ok(Some(json)) = mirror.raw(row.id, Kind::Customers, customer).await
        && let Ok(Locales { preferred_locales: Some(locales) }) = serde_json::from_slice(&json)
        && let Some(code) = locales.iter().find_map(|locale| language::of_locale(locale))
    {
        return (code, "customer");
    }
    let country = payment.payment.card.as_ref().and_then(|card| card.country.as_deref());
    country
        .and_then(language::of_country)
        .map_or((language::DEFAULT, "default"), |code| (code, "card_country"))
}

async fn beside(
    mirror: &Mirror,
    row: &AccountRow,
    payment: &PaymentDetail,
) -> Result<Vec<Beside>, ErrorBody> {
    let of_mirror = |error| errors::of_mirror(&error);
    let found = mirror.payments().by_id(row.id, &payment.payment.id).await.map_err(of_mirror)?;
    let Some(found) = found else { return Ok(Vec::new()) };
    let beside =
        mirror.payments().beside(row.id, &found.payment, BESIDE_MS, BESIDE_MAX).await.map_err(of_mirror)?;
    let view = |(one, known_by)| Beside { payment: views::payment(&one, row.label.as_str()), known_by };
    Ok(beside.into_iter().map(view).collect())
}
