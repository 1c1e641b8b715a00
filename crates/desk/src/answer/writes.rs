//! Writes that are not refunds.

use contract::ErrorBody;
use contract::payments::{
    CancelPayment, CapturePayment, ConfirmPayment, CreateCustomer, CreatePayment, WriteOutcome,
};
use domain::RequestId;
use domain::intent::{Intent, IntentState};
use operations::write::{self, WishedCustomer, WishedPayment};
use operations::{OperationError, refund::Issued};

use super::airlock;
use super::intents::{Patience, drive_issued};
use super::lookup::{self, Located};
use super::scope::Resolved;
use crate::errors;

fn outcome(intent: &Intent) -> WriteOutcome {
    WriteOutcome {
        intent_id: intent.id.to_string(),
        state: intent.state.to_string(),
        id: intent.object_id.clone(),
        status: intent.object_status.clone(),
        amount: intent.amount,
        problem: intent.problem_code.clone(),
        problem_detail: intent.problem_detail.clone(),
        repeated: false,
    }
}

/// Drives what was issued to its end, and turns a refusal into its error.
async fn finish(
    scope: &Resolved,
    located: &Located,
    issued: Result<Issued, OperationError>,
) -> Result<Intent, ErrorBody> {
    let label = located.row.label.as_str();
    let issued = issued.map_err(|error| errors::of_operation(&error, label))?;
    drive_issued(scope, located, &issued, Patience::begin(None)).await
}

async fn at_account(scope: &Resolved, label: Option<&str>) -> Result<Located, ErrorBody> {
    let (open, row) = scope.one_account(label).await?;
    Ok(Located { open, row, vendor_id: String::new() })
}

/// Answers `create_payment`.
pub(crate) async fn create_payment(
    scope: &Resolved,
    request: CreatePayment,
) -> Result<WriteOutcome, ErrorBody> {
    let located = at_account(scope, request.account.as_deref()).await?;
    let account = located.account(scope).await?;
    let wish = WishedPayment {
        amount: request.amount,
        currency: request.currency,
        customer_id: request.customer,
        payment_method_id: request.payment_method,
        confirm: request.confirm,
        capture_later: request.capture_later,
        description: request.description,
    };
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = write::create_payment(&account, request.request_id, &wish).await;
    pass.settle(&scope.desk, &issued).await;
    let repeated = matches!(issued, Ok(Issued::Repeated(_)));
    let made = finish(scope, &located, issued).await?;
    Ok(WriteOutcome { repeated, ..outcome(&made) })
}

/// Answers `confirm_payment`.
pub(crate) async fn confirm_payment(
    scope: &Resolved,
    request: ConfirmPayment,
) -> Result<WriteOutcome, ErrorBody> {
    let located = lookup::intention(scope, &request.payment).await?;
    let account = located.account(scope).await?;
    let method = request.payment_method.as_deref();
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = write::confirm_payment(&account, request.request_id, &located.vendor_id, method).await;
    pass.settle(&scope.desk, &issued).await;
    Ok(outcome(&finish(scope, &located, issued).await?))
}

/// Answers `capture_payment`.
pub(crate) async fn capture_payment(
    scope: &Resolved,
    request: CapturePayment,
) -> Result<WriteOutcome, ErrorBody> {
    let located = lookup::intention(scope, &request.payment).await?;
    let account = located.account(scope).await?;
    let amount = request.amount.as_deref();
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = write::capture_payment(&account, request.request_id, &located.vendor_id, amount).await;
    pass.settle(&scope.desk, &issued).await;
    Ok(outcome(&finish(scope, &located, issued).await?))
}

/// Answers `cancel_payment`.
pub(crate) async fn cancel_payment(
    scope: &Resolved,
    request: CancelPayment,
) -> Result<WriteOutcome, ErrorBody> {
    let located = lookup::intention(scope, &request.payment).await?;
    let account = located.account(scope).await?;
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = write::cancel_payment(&account, request.request_id, &located.vendor_id).await;
    pass.settle(&scope.desk, &issued).await;
    Ok(outcome(&finish(scope, &located, issued).await?))
}

/// Answers `create_customer`: the customer, and then the payment method that is kept for them.
pub(crate) async fn create_customer(
    scope: &Resolved,
    request: CreateCustomer,
) -> Result<WriteOutcome, ErrorBody> {
    let located = at_account(scope, request.account.as_deref()).await?;
    let account = located.account(scope).await?;
    let wish = WishedCustomer { email: request.email, name: request.name, description: request.description };
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = write::create_customer(&account, request.request_id, &wish).await;
    pass.settle(&scope.desk, &issued).await;
    let made = finish(scope, &located, issued).await?;
    if let (Some(method), Some(customer), IntentState::Settled) =
        (&request.payment_method, &made.object_id, made.state)
    {
        let issued = write::attach_payment_method(&account, RequestId::generate(), method, customer).await;
        let attached = finish(scope, &located, issued).await?;
        if attached.state != IntentState::Settled {
            return Ok(outcome(&attached));
        }
    }
    Ok(outcome(&made))
}
