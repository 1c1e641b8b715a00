//! Looking at the vendor for something that an intent may have made.

use domain::intent::{Intent, IntentKind};
use domain::{Kind, Observed, PaymentIntentStatus, PaymentStatus, Record, RefundStatus, Timestamp};
use vendors::stripe::{CreatedRange, INTENT_METADATA, KEY_LIFE_MS, PageRequest};

use crate::OpenAccount;
use crate::error::{OperationError, Result};

/// How much earlier than our own clock the vendor's may have stamped what was made.
const CLOCK_SLACK_MS: i64 = 10 * 60_000;
/// Pages that a look by creation time reads at most; past them nothing is proven.
const PAGES_MAX: usize = 20;

/// What a look found.
#[derive(Debug)]
pub enum Looked {
    /// The thing that the intent made, or the thing that it changed, as it should be.
    Found(Box<Observed>),
    /// It was done, and there is no record of its own to show for it.
    Done {
        /// The vendor's id of what was changed.
        object_id: String,
        /// Its status.
        status: String,
    },
    /// A complete look, and nothing of this intent.
    Nothing,
}

/// Looks for what the intent may have made. An error means that nothing is known.
pub async fn look(account: &OpenAccount, intent: &Intent) -> Result<Looked> {
    let target = || {
        let missing = || OperationError::Defect(format!("the intent {} has no target", intent.id));
        intent.target_id.as_deref().ok_or_else(missing)
    };
    match intent.kind {
        IntentKind::Refund => look_for_refund(account, intent, target()?).await,
        IntentKind::CancelRefund => {
            let seen = account.stripe.refund(target()?).await?;
            let canceled =
                matches!(&seen.record, Record::Refund(one) if one.status == RefundStatus::Canceled);
            Ok(found_if(canceled, seen))
        }
        IntentKind::Capture | IntentKind::CancelPayment | IntentKind::ConfirmPayment => {
            look_at_payment(account, intent.kind, target()?).await
        }
        IntentKind::CreatePayment => look_by_time(account, intent, Kind::PaymentIntents).await,
        IntentKind::CreateCustomer => look_by_time(account, intent, Kind::Customers).await,
        IntentKind::AttachPaymentMethod => {
            // The customer stands in the stored request: `customer=cus_…` is its only field.
            let customer = intent.body.strip_prefix("customer=").unwrap_or_default();
            let saved = account.stripe.saved_payment_methods(customer).await?;
            let wanted = target()?;
            // One of the vendor's test methods is a pattern: what is attached has an id of its own.
            let since = earliest_made(account, intent);
            let from_pattern = wanted.starts_with("pm_card_");
            let is_it = |one: &domain::SavedPaymentMethod| {
                one.vendor_id == wanted || (from_pattern && one.created_at >= since)
            };
            let method = saved.into_iter().find(is_it);
            Ok(method.map_or(Looked::Nothing, |one| Looked::Done {
                object_id: one.vendor_id,
                status: "attached".to_owned(),
            }))
        }
    }
}

/// Lists all refunds of the payment and finds ours by the intent id in its metadata.
async fn look_for_refund(account: &OpenAccount, intent: &Intent, payment_id: &str) -> Result<Looked> {
    let refunds = account.stripe.refunds_of(payment_id).await?;
    account.mirror.commit_page(account.id(), &refunds, None).await?;
    let ours = intent.id.to_string();
    let found = refunds.into_iter().find(
        |seen| matches!(&seen.record, Record::Refund(one) if one.intent_id.as_deref() == Some(ours.as_str())),
    );
    Ok(found.map_or(Looked::Nothing, |seen| Looked::Found(Box::new(seen))))
}

/// Reads the payment or the payer's intention: its own state says whether it was done.
async fn look_at_payment(account: &OpenAccount, kind: IntentKind, target: &str) -> Result<Looked> {
    if target.starts_with("pi_") {
        let seen = account.stripe.payment_intent(target).await?;
        let done = match (&seen.record, kind) {
            (Record::PaymentIntent(one), IntentKind::Capture) => one.status == PaymentIntentStatus::Succeeded,
            (Record::PaymentIntent(one), IntentKind::CancelPayment) => {
                one.status == PaymentIntentStatus::Canceled
            }
            (Record::PaymentIntent(one), _) => {
                let waiting =
                    [PaymentIntentStatus::RequiresConfirmation, PaymentIntentStatus::RequiresPaymentMethod];
                !waiting.contains(&one.status)
            }
            _ => false,
        };
        return Ok(found_if(done, seen));
    }
    let seen = account.stripe.payment(target).await?;
    let done = match &seen.record {
        Record::Payment(one) if kind == IntentKind::Capture => one.status == PaymentStatus::Succeeded,
        _ => false,
    };
    Ok(found_if(done, seen))
}

fn found_if(done: bool, seen: Observed) -> Looked {
    if done { Looked::Found(Box::new(seen)) } else { Looked::Nothing }
}

/// Lists what was made since the intent was and finds ours by its metadata. Only a list that was read to
/// its end and whole says that there is nothing.
async fn look_by_time(account: &OpenAccount, intent: &Intent, kind: Kind) -> Result<Looked> {
    let ours = intent.id.to_string();
    let request = PageRequest {
        created: CreatedRange { from: Some(earliest_made(account, intent)), until: None },
        ..PageRequest::default()
    };
    let is_ours = |seen: &Observed| metadata_of(&seen.record, INTENT_METADATA) == Some(&ours);
    let found = account.stripe.find_in(kind, request, PAGES_MAX, is_ours).await?;
    Ok(found.map_or(Looked::Nothing, |seen| Looked::Found(Box::new(seen))))
}

/// The earliest that the vendor can have stamped what the intent made. The key's life was counted from
/// the earlier of both clocks; one that was ahead then, and is right by now, lies in the future.
fn earliest_made(account: &OpenAccount, intent: &Intent) -> Timestamp {
    let written = intent.key_expires_at.plus_ms(-KEY_LIFE_MS);
    written.min(account.now().earliest()).plus_ms(-CLOCK_SLACK_MS)
}

fn metadata_of<'record>(record: &'record Record, key: &str) -> Option<&'record String> {
    let metadata = match record {
        Record::PaymentIntent(one) => &one.metadata,
        Record::Customer(one) => &one.metadata,
        _ => return None,
    };
    metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}
