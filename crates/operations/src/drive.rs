//! Driving an intent: what its machine says is done, and what happens goes back into the machine.
//!
//! Each change of state is committed before the next thing is done, so that a crash between any two
//! lines leaves an intent that goes on from where it was.

use std::time::Duration;

use domain::intent::{Effect, Input, Intent, IntentKind, IntentState, Step, step};
use domain::{IntentId, Observed, Record};
use rand::RngExt as _;
use tokio::time::Instant;
use uuid::Uuid;
use vendors::stripe::{CallError, PreparedWrite, VendorProblem, WriteAnswer, refund_fits};

use crate::OpenAccount;
use crate::error::{Guard, OperationError, Result};
use crate::look::{self, Looked};

/// What an answer or a look means for the machine, with what is to be written down beside it.
#[derive(Debug, Default)]
struct Finding {
    input: Option<Input>,
    object: Option<Observed>,
    object_id: Option<String>,
    object_status: Option<String>,
    problem_code: Option<&'static str>,
    problem_detail: Option<String>,
}

/// Drives an intent until it rests or the time is over, and answers with it as it then is.
pub async fn drive(account: &OpenAccount, intent: Intent, until: Instant) -> Result<Intent> {
    let mut intent = intent;
    loop {
        let due = Input::Due { now: account.now(), changed_at: intent.updated_at };
        let effect = match intent.state {
            IntentState::Sent => take(account, &mut intent, Finding::of(Input::Restarted)).await?.effect,
            IntentState::Prepared | IntentState::Unsettled => check(&intent, due)?.effect,
            _ => return Ok(intent),
        };
        let sent = match effect {
            Effect::Send => send(account, &mut intent).await?,
            Effect::Look => look_and_take(account, &mut intent).await?,
            other => other,
        };
        // A look that an answer calls for comes before anything else is sent.
        let next = match sent {
            Effect::Look => look_and_take(account, &mut intent).await?,
            other => other,
        };
        let Effect::WaitMs(wait_ms) = next else {
            match next {
                Effect::Rest => return Ok(intent),
                _ => continue,
            }
        };
        let pause = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        if Instant::now() + pause >= until {
            return Ok(intent);
        }
        tokio::time::sleep(pause).await;
    }
}

/// Looks at the vendor for an intent that a person must decide about, once.
pub async fn look_again(account: &OpenAccount, intent: Intent) -> Result<Intent> {
    let mut intent = intent;
    check(&intent, Input::AskedAgain)?;
    look_and_take(account, &mut intent).await?;
    Ok(intent)
}

/// Closes an intent that needs a person, once a look found nothing of it at the vendor.
pub async fn close(account: &OpenAccount, intent: Intent) -> Result<Intent> {
    let mut intent = intent;
    let state = intent.state;
    let cannot = Guard::CannotClose { state, look_first: state == IntentState::NeedsPerson };
    check(&intent, Input::ClosedByPerson).map_err(|_| cannot)?;
    take(account, &mut intent, Finding::of(Input::ClosedByPerson)).await?;
    Ok(intent)
}

/// Believes a refund of ours that the mirror has from elsewhere than the intent's own call, such as an
/// event or a list. The mirror is asked and not a run's memory, so that a run which ends early loses none.
pub async fn believe_mirrored(account: &OpenAccount, id: IntentId, refund_id: &str) -> Result<()> {
    let mirror = &account.mirror;
    let found = mirror.intents().by_id(id).await?;
    let open = |intent: &Intent| intent.account_id == account.id() && intent.state != IntentState::Settled;
    let Some(mut intent) = found.filter(open) else { return Ok(()) };
    let refund = mirror.refunds().by_id(account.id(), refund_id).await?;
    let json = mirror.raw(account.id(), domain::Kind::Refunds, refund_id).await?;
    let (Some(refund), Some(json)) = (refund, json) else { return Ok(()) };
    let seen = Observed { record: Record::Refund(refund.value), json, observed_at: refund.observed_at };
    let finding = Finding::of_object(&intent, seen);
    take(account, &mut intent, finding).await?;
    Ok(())
}

fn check(intent: &Intent, input: Input) -> Result<Step> {
    step(intent.state, intent.progress, intent.key_expires_at, input)
        .map_err(|error| OperationError::Defect(error.to_string()))
}

/// Puts the request on the wire. That it goes there is committed first.
async fn send(account: &OpenAccount, intent: &mut Intent) -> Result<Effect> {
    if !account.stripe.breaker_allows() {
        let finding = Finding { problem_code: Some("breaker_open"), ..Finding::default() };
        return wait_for_breaker(account, intent, finding).await;
    }
    take(account, intent, Finding::of(Input::SendStarted)).await?;
    let write = PreparedWrite::from_journal(&intent.path, &intent.body)
        .ok_or_else(|| OperationError::Defect(format!("the path {} is of no write", intent.path)))?;
    let answer = account.stripe.send_write(&write, &intent.idempotency_key, Uuid::new_v4()).await;
    let finding = Finding::of_answer(intent, answer);
    let effect = take(account, intent, finding).await?.effect;
    if intent.state == IntentState::Settled {
        refresh_target(account, intent).await;
    }
    Ok(effect)
}

/// While the breaker is open nothing is sent; the intent keeps its state and is tried later.
async fn wait_for_breaker(account: &OpenAccount, intent: &mut Intent, finding: Finding) -> Result<Effect> {
    const PAUSE_MS: i64 = 1_000;
    let before = intent.state;
    intent.problem_code = finding.problem_code.map(str::to_owned);
    intent.next_try_at = Some(account.clock.now().plus_ms(PAUSE_MS));
    store(account, intent, before, None).await?;
    Ok(Effect::WaitMs(PAUSE_MS))
}

async fn look_and_take(account: &OpenAccount, intent: &mut Intent) -> Result<Effect> {
    let finding = match look::look(account, intent).await {
        Ok(Looked::Found(seen)) => Finding::of_object(intent, *seen),
        Ok(Looked::Done { object_id, status }) => Finding {
            input: Some(Input::Confirmed),
            object_id: Some(object_id),
            object_status: Some(status),
            ..Finding::default()
        },
        Ok(Looked::Nothing) => Finding::of(Input::LookedEmpty { now: account.now() }),
        // Twenty pages were read for nothing, and reading them again soon would bring nothing else.
        Err(OperationError::Vendor(error @ CallError::ListDoesNotEnd)) => return Err(error.into()),
        Err(OperationError::Vendor(error)) => Finding {
            problem_code: Some("vendor_unreachable"),
            problem_detail: Some(error.to_string()),
            ..Finding::of(Input::LookFailed)
        },
        Err(error) => return Err(error),
    };
    let effect = take(account, intent, finding).await?.effect;
    if intent.state == IntentState::Settled {
        refresh_target(account, intent).await;
    }
    Ok(effect)
}

/// Feeds a finding to the machine and commits what becomes of the intent.
async fn take(account: &OpenAccount, intent: &mut Intent, finding: Finding) -> Result<Step> {
    let Some(input) = finding.input else {
        return Err(OperationError::Defect("an intent was given nothing to go on".to_owned()));
    };
    let next = check(intent, input)?;
    let now = account.clock.now();
    let before = intent.state;
    intent.state = next.state;
    intent.progress = next.progress;
    if !matches!(input, Input::LookFailed | Input::Restarted) {
        // How long nothing was known decides whether it may be sent without a look.
        intent.updated_at = now;
    }
    intent.next_try_at = match next.effect {
        Effect::WaitMs(ms) if next.progress.refused_in_doubt => Some(now.plus_ms(ms + jitter(ms / 10))),
        Effect::WaitMs(ms) => Some(now.plus_ms(ms - jitter(ms / 2))),
        Effect::Send | Effect::Look => Some(now),
        Effect::Rest => None,
    };
    intent.object_id = finding.object_id.or_else(|| intent.object_id.take());
    intent.object_status = finding.object_status.or_else(|| intent.object_status.take());
    match next.state {
        IntentState::Settled => (intent.problem_code, intent.problem_detail) = (None, None),
        _ if finding.problem_code.is_some() => {
            intent.problem_code = finding.problem_code.map(str::to_owned);
            intent.problem_detail = finding.problem_detail;
        }
        _ => {}
    }
    store(account, intent, before, finding.object).await?;
    Ok(next)
}

/// Commits an intent, together with what was made where there is something.
async fn store(
    account: &OpenAccount,
    intent: &Intent,
    before: IntentState,
    object: Option<Observed>,
) -> Result<()> {
    let journal = account.mirror.intents();
    let stored = match &object {
        Some(Observed { record: Record::Refund(refund), json, observed_at }) => {
            journal.settle_with_refund(intent, refund, json, *observed_at).await?
        }
        _ => journal.update(intent, before).await?,
    };
    if !stored {
        return Err(OperationError::Defect(format!("the intent {} was changed by two at once", intent.id)));
    }
    match object {
        Some(seen) if seen.record.kind() != domain::Kind::Refunds => {
            account.mirror.commit_page(account.id(), &[seen], None).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Up to so many milliseconds, so that many intents do not come back at the same moment.
fn jitter(most_ms: i64) -> i64 {
    rand::rng().random_range(0..=most_ms.max(0))
}

/// Reads the thing that was acted on once more, so that the mirror shows what the vendor now says.
/// A failure here changes nothing about the intent; following will bring it.
async fn refresh_target(account: &OpenAccount, intent: &Intent) {
    let Some(target) = intent.target_id.as_ref().filter(|_| account.reads_back) else { return };
    let read = match target.split('_').next() {
        Some("ch" | "py") => account.stripe.payment(target).await,
        Some("pi") => account.stripe.payment_intent(target).await,
        _ => return,
    };
    match read {
        Ok(seen) => {
            let payment_id = match &seen.record {
                Record::PaymentIntent(intention) => intention.latest_payment_id.clone(),
                _ => None,
            };
            let mut page = vec![seen];
            if let Some(payment_id) = payment_id
                && let Ok(payment) = account.stripe.payment(&payment_id).await
            {
                page.push(payment);
            }
            if let Err(error) = account.mirror.commit_page(account.id(), &page, None).await {
                tracing::warn!(%error, "what was acted on could not be written into the mirror");
            }
        }
        Err(error) => tracing::info!(%error, "what was acted on could not be read again"),
    }
}

impl Finding {
    fn of(input: Input) -> Self {
        Self { input: Some(input), ..Self::default() }
    }

    /// What an object of ours that was seen means: it confirms the intent, or contradicts it.
    fn of_object(intent: &Intent, seen: Observed) -> Self {
        let (fits, status) = match &seen.record {
            Record::Refund(refund) if intent.kind == IntentKind::Refund => {
                (refund_fits(refund, intent).is_ok(), Some(refund.status.to_string()))
            }
            Record::Refund(refund) => (is_target(intent, &refund.vendor_id), Some(refund.status.to_string())),
            Record::PaymentIntent(made) if intent.kind == IntentKind::CreatePayment => {
                (Some(made.amount) == intent.amount, Some(made.status.to_string()))
            }
            Record::PaymentIntent(made) => {
                (is_target(intent, &made.vendor_id), Some(made.status.to_string()))
            }
            Record::Payment(made) => (is_target(intent, &made.vendor_id), Some(made.status.to_string())),
            Record::Customer(_) => (true, None),
            _ => (false, None),
        };
        let object_id = Some(seen.record.vendor_id().to_owned());
        let input = Some(if fits { Input::Confirmed } else { Input::Contradicted });
        let problem_code = (!fits).then_some("answer_contradicts");
        Self {
            input,
            object: Some(seen),
            object_id,
            object_status: status,
            problem_code,
            problem_detail: None,
        }
    }

    fn of_answer(intent: &Intent, answer: WriteAnswer) -> Self {
        let input = Some(answer.as_input(intent));
        let problem_detail = answer.problem().map(sentence_of);
        let mismatch = answer.mismatch(intent);
        let (problem_code, what) = match answer {
            WriteAnswer::Made { object, json, observed_at, .. } => {
                let object_id = Some(object.vendor_id().to_owned());
                let object_status = object.status().map(str::to_owned);
                let object = object.into_record().map(|record| Observed { record, json, observed_at });
                let problem_code = mismatch.map(|_| "answer_contradicts");
                let problem_detail = mismatch.map(|one| one.code().to_owned());
                return Self { input, object, object_id, object_status, problem_code, problem_detail };
            }
            WriteAnswer::Refused { .. } => ("vendor_refused", None),
            WriteAnswer::NotAdmitted { problem, .. } => {
                let code = match problem.status {
                    401 => "vendor_unauthorized",
                    403 => "vendor_forbidden",
                    _ => "vendor_busy",
                };
                (code, None)
            }
            WriteAnswer::KeyInUse { .. }
            | WriteAnswer::KeyMisused { .. }
            | WriteAnswer::ServerError { .. } => ("unsettled", None),
            WriteAnswer::Unanswered { kind, .. } => (
                "unsettled",
                Some(kind.map_or("it was not sent in time".to_owned(), |kind| kind.to_string())),
            ),
            WriteAnswer::Unreadable { what, .. } => ("unsettled", Some(what.to_string())),
            WriteAnswer::BreakerOpen { .. } => ("breaker_open", None),
            WriteAnswer::NotSent { reason } => ("bad_request", Some(reason)),
        };
        Self {
            input,
            problem_code: Some(problem_code),
            problem_detail: what.or(problem_detail),
            ..Self::default()
        }
    }
}

fn is_target(intent: &Intent, vendor_id: &str) -> bool {
    intent.target_id.as_deref() == Some(vendor_id)
}

/// The vendor's own words, or as much as it gave.
fn sentence_of(problem: &VendorProblem) -> String {
    let words = problem.message.clone().or_else(|| problem.code.clone());
    words.unwrap_or_else(|| format!("HTTP {}", problem.status))
}
