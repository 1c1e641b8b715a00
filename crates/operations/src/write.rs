//! Writes that are not refunds: payers' intentions, captures, cancellations, customers. Each is an
//! intent in the same journal, under the same rules.

use domain::intent::{Intent, IntentKind};
use domain::{
    Currency, ExponentTable, IntentId, Kind, Money, PaymentIntent, PaymentIntentStatus, PaymentStatus,
    Record, RequestId, Timestamp,
};
use vendors::stripe::{BuildError, NewCustomer, NewPayment, Stripe};

use crate::OpenAccount;
use crate::error::{BadInput, Guard, OperationError, Result};
use crate::refund::{Issued, REPEATED_WITHIN_MS, may_be_repeated};

/// A payer's intention that a person wants to start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WishedPayment {
    /// In major units, as typed.
    pub amount: String,
    /// Three letters, as typed.
    pub currency: String,
    /// The vendor's id of the customer.
    pub customer_id: Option<String>,
    /// The vendor's id of the payment method.
    pub payment_method_id: Option<String>,
    /// Confirm at once.
    pub confirm: bool,
    /// Authorise only.
    pub capture_later: bool,
    /// What it is for.
    pub description: Option<String>,
}

/// A customer that a person wants to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WishedCustomer {
    /// Email.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// What to note at the vendor.
    pub description: Option<String>,
}

/// What cannot be built was typed wrongly.
pub(crate) fn unbuildable(error: &BuildError) -> OperationError {
    match error {
        BuildError::CardNumber { .. } => BadInput::CardNumber.into(),
        other => BadInput::Text(other.to_string()).into(),
    }
}

/// The intent that answered the request before, if one did.
async fn answered_before(account: &OpenAccount, request_id: RequestId) -> Result<Option<Issued>> {
    Ok(account.mirror.intents().by_request_id(request_id).await?.map(Issued::Again))
}

/// Writes an intent that starts a payer's intention to pay.
pub async fn create_payment(
    account: &OpenAccount,
    request_id: RequestId,
    wish: &WishedPayment,
) -> Result<Issued> {
    if let Some(before) = answered_before(account, request_id).await? {
        return Ok(before);
    }
    let currency: Currency = wish.currency.parse().map_err(|_| BadInput::Currency(wish.currency.clone()))?;
    let amount = positive_amount(&wish.amount, currency)?;
    account.check_breaker()?;
    let asked_at = account.clock.now();
    account.learn_time(Kind::PaymentIntents).await;
    let id = IntentId::generate();
    let write = Stripe::build_create_payment(&NewPayment {
        intent_id: id,
        amount,
        customer_id: wish.customer_id.as_deref(),
        payment_method_id: wish.payment_method_id.as_deref(),
        methods: &[],
        confirm: wish.confirm,
        capture_later: wish.capture_later,
        description: wish.description.as_deref(),
        receipt_email: None,
    })
    .map_err(|error| unbuildable(&error))?;
    let intent = Intent {
        amount: Some(amount),
        ..account.new_intent(id, request_id, IntentKind::CreatePayment, &write)
    };
    let _alone = account.mirror.deciding().await;
    if let Some(earlier) = cut_off_before(account, &intent, asked_at).await? {
        return Ok(Issued::Repeated(earlier));
    }
    account.insert(intent).await
}

/// The intent of the same wish whose end nobody was shown, because the shell or the Desk died: to start
/// another payment for whoever then repeats the wish would charge the card twice. An end that was shown only after
/// this wish was asked counts as well: whoever asked may have gone, asked again, and been shown that.
async fn cut_off_before(
    account: &OpenAccount,
    wished: &Intent,
    asked_at: Timestamp,
) -> Result<Option<Intent>> {
    let now = account.clock.now();
    let since = now.plus_ms(-REPEATED_WITHIN_MS);
    let journal = account.mirror.intents();
    let earlier = journal.of_kind_not_shown_at(account.id(), wished.kind, since, asked_at).await?;
    let is_same = |intent: &Intent| may_be_repeated(intent, now) && wish_of(intent) == wish_of(wished);
    Ok(earlier.into_iter().find(is_same))
}

/// The bytes of a request without the id of its intent, by which alone two requests for the same differ.
fn wish_of(intent: &Intent) -> String {
    intent.body.replace(&intent.id.to_string(), "")
}

fn positive_amount(text: &str, currency: Currency) -> Result<Money> {
    let amount = Money::parse(text, currency, ExponentTable::Stripe)
        .map_err(|error| BadInput::amount(text, &error))?;
    if amount.minor == 0 {
        let given = text.chars().take(40).collect();
        return Err(BadInput::Amount { given, why: "it must be more than zero".to_owned() }.into());
    }
    Ok(amount)
}

/// Writes an intent that confirms a payer's intention.
pub async fn confirm_payment(
    account: &OpenAccount,
    request_id: RequestId,
    payment_intent_id: &str,
    payment_method_id: Option<&str>,
) -> Result<Issued> {
    if let Some(before) = answered_before(account, request_id).await? {
        return Ok(before);
    }
    account.check_breaker()?;
    let intention = read_intention(account, payment_intent_id).await?;
    let waiting = [PaymentIntentStatus::RequiresConfirmation, PaymentIntentStatus::RequiresPaymentMethod];
    if !waiting.contains(&intention.status) {
        return Err(Guard::WrongState { status: intention.status.to_string() }.into());
    }
    let id = IntentId::generate();
    let write = Stripe::build_confirm_payment(&intention.vendor_id, payment_method_id)
        .map_err(|error| unbuildable(&error))?;
    let intent = Intent {
        target_id: Some(intention.vendor_id),
        amount: Some(intention.amount),
        ..account.new_intent(id, request_id, IntentKind::ConfirmPayment, &write)
    };
    account.insert(intent).await
}

/// Writes an intent that takes authorised money, all of it or so much as typed.
pub async fn capture_payment(
    account: &OpenAccount,
    request_id: RequestId,
    target: &str,
    amount: Option<&str>,
) -> Result<Issued> {
    if let Some(before) = answered_before(account, request_id).await? {
        return Ok(before);
    }
    account.check_breaker()?;
    let (target_id, capturable) = capturable(account, target).await?;
    let amount = match amount {
        None => capturable,
        Some(text) => positive_amount(text, capturable.currency)?,
    };
    if amount.minor > capturable.minor {
        return Err(Guard::OverRefund { asked: amount, remaining: capturable }.into());
    }
    let id = IntentId::generate();
    let write = Stripe::build_capture(&target_id, amount).map_err(|error| unbuildable(&error))?;
    let intent = Intent {
        target_id: Some(target_id),
        amount: Some(amount),
        ..account.new_intent(id, request_id, IntentKind::Capture, &write)
    };
    account.insert(intent).await
}

/// What can be captured, asked of the vendor: of the payer's intention where there is one, since a
/// payment that belongs to one is captured through it.
async fn capturable(account: &OpenAccount, target: &str) -> Result<(String, Money)> {
    let mut intention_id = target.starts_with("pi_").then(|| target.to_owned());
    if intention_id.is_none() {
        let seen = account.stripe.payment(target).await?;
        let Record::Payment(payment) = &seen.record else {
            return Err(OperationError::Defect("a payment was asked for and something else came".to_owned()));
        };
        if payment.status != PaymentStatus::Uncaptured {
            return Err(Guard::WrongState { status: payment.status.to_string() }.into());
        }
        intention_id.clone_from(&payment.payment_intent_id);
        if intention_id.is_none() {
            return Ok((payment.vendor_id.clone(), payment.amount));
        }
    }
    let intention = read_intention(account, intention_id.as_deref().unwrap_or(target)).await?;
    if intention.status != PaymentIntentStatus::RequiresCapture {
        return Err(Guard::WrongState { status: intention.status.to_string() }.into());
    }
    let capturable = Money::new(intention.capturable_minor, intention.amount.currency);
    Ok((intention.vendor_id, capturable))
}

/// Writes an intent that lets authorised money go.
pub async fn cancel_payment(account: &OpenAccount, request_id: RequestId, target: &str) -> Result<Issued> {
    if let Some(before) = answered_before(account, request_id).await? {
        return Ok(before);
    }
    account.check_breaker()?;
    let intention = read_intention(account, target).await?;
    if matches!(intention.status, PaymentIntentStatus::Succeeded | PaymentIntentStatus::Canceled) {
        return Err(Guard::WrongState { status: intention.status.to_string() }.into());
    }
    let id = IntentId::generate();
    let write =
        Stripe::build_cancel_payment(&intention.vendor_id, None).map_err(|error| unbuildable(&error))?;
    let intent = Intent {
        target_id: Some(intention.vendor_id),
        amount: Some(intention.amount),
        ..account.new_intent(id, request_id, IntentKind::CancelPayment, &write)
    };
    account.insert(intent).await
}

/// Writes an intent that makes a customer.
pub async fn create_customer(
    account: &OpenAccount,
    request_id: RequestId,
    wish: &WishedCustomer,
) -> Result<Issued> {
    if let Some(before) = answered_before(account, request_id).await? {
        return Ok(before);
    }
    account.check_breaker()?;
    account.learn_time(Kind::Customers).await;
    let id = IntentId::generate();
    let write = Stripe::build_create_customer(&NewCustomer {
        intent_id: id,
        email: wish.email.as_deref(),
        name: wish.name.as_deref(),
        phone: None,
        description: wish.description.as_deref(),
    })
    .map_err(|error| unbuildable(&error))?;
    account.insert(account.new_intent(id, request_id, IntentKind::CreateCustomer, &write)).await
}

/// Writes an intent that keeps a payment method for a customer.
pub async fn attach_payment_method(
    account: &OpenAccount,
    request_id: RequestId,
    payment_method_id: &str,
    customer_id: &str,
) -> Result<Issued> {
    if let Some(before) = answered_before(account, request_id).await? {
        return Ok(before);
    }
    account.check_breaker()?;
    let id = IntentId::generate();
    let write = Stripe::build_attach_payment_method(payment_method_id, customer_id)
        .map_err(|error| unbuildable(&error))?;
    let intent = Intent {
        target_id: Some(payment_method_id.to_owned()),
        ..account.new_intent(id, request_id, IntentKind::AttachPaymentMethod, &write)
    };
    account.insert(intent).await
}

/// Reads a payer's intention at the vendor and writes it into the mirror. A payment's id leads to
/// the intention that it belongs to.
async fn read_intention(account: &OpenAccount, target: &str) -> Result<PaymentIntent> {
    let intention_id = if target.starts_with("pi_") {
        target.to_owned()
    } else {
        let seen = account.stripe.payment(target).await?;
        let Record::Payment(payment) = &seen.record else {
            return Err(OperationError::Defect("a payment was asked for and something else came".to_owned()));
        };
        let status = payment.status.to_string();
        payment.payment_intent_id.clone().ok_or(Guard::WrongState { status })?
    };
    let seen = account.stripe.payment_intent(&intention_id).await?;
    let Record::PaymentIntent(intention) = seen.record.clone() else {
        return Err(OperationError::Defect("an intention was asked for and something else came".to_owned()));
    };
    account.mirror.commit_page(account.id(), &[seen], None).await?;
    Ok(intention)
}
