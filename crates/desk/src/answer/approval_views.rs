//! Requests for approval as shells show them.

use approval::{Answer, Moment, PublicKey, Request, Signed, Signer};
use contract::ErrorBody;
use contract::approvals::{ApprovalView, SignerView};
use domain::{IntentId, Money};
use mirror::{AccountRow, ApprovalRow, ApprovalState, FoundPayment, Mirror};

use super::approvals::of_mirror;
use super::approvers;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::views;

/// What this home knows that a request can be held against.
pub(super) struct Known {
    open: Option<OpenMirror>,
    rows: Vec<AccountRow>,
    me: Option<PublicKey>,
}

impl Known {
    pub(super) async fn of(scope: &Resolved, open: Option<OpenMirror>) -> Result<Self, ErrorBody> {
        let rows = match &open {
            Some(open) => open.mirror.accounts().list().await.map_err(of_mirror)?,
            None => Vec::new(),
        };
        let me = approvers::existing_key(scope).await?.map(|key| key.public());
        Ok(Self { open, rows, me })
    }

    fn mirror(&self) -> Option<&Mirror> {
        self.open.as_ref().map(|open| &open.mirror)
    }

    /// The account here that a request names by the vendor's id.
    pub(super) fn account(&self, asked: &Request) -> Option<&AccountRow> {
        let is_it = |row: &&AccountRow| {
            row.vendor == asked.account.vendor && row.vendor_account_id.as_ref() == Some(&asked.account.id)
        };
        self.rows.iter().find(is_it)
    }

    pub(super) async fn row(&self, id: IntentId) -> Result<Option<ApprovalRow>, ErrorBody> {
        match self.mirror() {
            Some(mirror) => mirror.approvals().by_id(id).await.map_err(of_mirror),
            None => Ok(None),
        }
    }

    pub(super) async fn signer(&self, signer: &Signer) -> Result<SignerView, ErrorBody> {
        approvers::signer_view(self.mirror(), self.me, signer).await
    }

    async fn payment(&self, asked: &Request) -> Result<Option<(FoundPayment, String)>, ErrorBody> {
        let (Some(mirror), Some(row)) = (self.mirror(), self.account(asked)) else { return Ok(None) };
        let found = mirror.payments().by_id(row.id, &asked.payment).await.map_err(of_mirror)?;
        Ok(found.map(|found| (found, row.label.to_string())))
    }
}

/// A request that is listed here, with its answer where there is one.
pub(super) async fn of_row(
    scope: &Resolved,
    known: &Known,
    row: &ApprovalRow,
) -> Result<ApprovalView, ErrorBody> {
    let Ok(signed) = Signed::<Request>::read(&row.file) else {
        return Ok(without_file(known, row));
    };
    let answer = row.answer.as_deref().and_then(|file| Signed::<Answer>::read(file).ok());
    view(scope, known, &signed, answer.as_ref().map(|answer| &answer.document), Some(row)).await
}

/// What is left of a request once its files were taken away with the person in them.
fn without_file(known: &Known, row: &ApprovalRow) -> ApprovalView {
    let account = known.rows.iter().find(|one| Some(one.id) == row.account);
    ApprovalView {
        id: row.id.to_string(),
        state: row.state.as_str().to_owned(),
        mine: row.own,
        account: account.map(|one| one.label.to_string()),
        account_id: account.and_then(|one| one.vendor_account_id.clone()).unwrap_or_default(),
        vendor: domain::Vendor::Stripe.to_string(),
        environment: known.mirror().map_or(domain::Environment::Sandbox, Mirror::environment),
        payment: row.payment_id.clone(),
        amount: row.amount,
        reason: row.reason.clone(),
        note: None,
        ticket: None,
        limit: None,
        asked_by: None,
        created: row.created_at,
        expires: row.expires_at,
        decided_by: None,
        decided: None,
        warnings: Vec::new(),
        payment_here: None,
        file: None,
        path: None,
        can_issue: false,
        can_decide: false,
        intent_state: None,
        refund_status: None,
    }
}

/// A request as it stands in its file, with what this home knows of it.
pub(super) async fn view(
    scope: &Resolved,
    known: &Known,
    signed: &Signed<Request>,
    answer: Option<&Answer>,
    row: Option<&ApprovalRow>,
) -> Result<ApprovalView, ErrorBody> {
    let asked = &signed.document;
    let asked_by = known.signer(&asked.asked_by).await?;
    let decided_by = match answer {
        Some(answer) => Some(known.signer(&answer.decided_by).await?),
        None => None,
    };
    let payment = known.payment(asked).await?;
    let mine = asked_by.me || row.is_some_and(|row| row.own);
    let is_over = asked.moment(scope.clock.now()) == Moment::Expired;
    let state = state_of(row, mine, is_over);
    let me = super::book::who(scope).await;
    let second = match answer {
        Some(answer) => Some((answer.decided_by.system_user.clone(), answer.decided_by.name.clone())),
        None if !mine => Some((me.system_user, me.name)),
        None => None,
    };
    let mut warnings = match row.map(|row| row.state) {
        // What is decided needs no thought any more, and once it was refunded less is left because of it.
        Some(ApprovalState::Used | ApprovalState::Declined | ApprovalState::Void) => Vec::new(),
        _ => warnings(known, asked, payment.as_ref().map(|(found, _)| found)),
    };
    if second
        .is_some_and(|second| second == (asked.asked_by.system_user.clone(), asked.asked_by.name.clone()))
    {
        warnings.insert(0, "same_person".to_owned());
    }
    if !mine && !asked_by.trusted {
        warnings.insert(0, "unknown_asker".to_owned());
    }
    let (intent_state, refund_status) = outcome(known, asked.id, row).await?;
    let account = known.account(asked);
    Ok(ApprovalView {
        id: asked.id.to_string(),
        mine,
        account: account.map(|row| row.label.to_string()),
        account_id: asked.account.id.clone(),
        vendor: asked.account.vendor.to_string(),
        environment: asked.account.environment,
        payment: asked.payment.clone(),
        amount: Money::from(asked.amount),
        reason: asked.reason.clone(),
        note: asked.note.clone(),
        ticket: asked.ticket.clone(),
        limit: asked.limit.clone(),
        created: asked.created,
        expires: asked.expires,
        decided: answer.map(|answer| answer.decided),
        warnings,
        payment_here: payment.map(|(found, label)| views::payment(&found, &label)),
        file: match row {
            Some(row) if !row.own => row.answer.clone(),
            Some(row) if row.state == ApprovalState::Asked => Some(row.file.clone()),
            _ => None,
        },
        path: None,
        can_issue: row.is_some_and(|row| row.own) && state == "approved",
        can_decide: !mine && row.is_none() && !is_over && asked_by.trusted,
        state: state.to_owned(),
        asked_by: Some(asked_by),
        decided_by,
        intent_state,
        refund_status,
    })
}

fn state_of(row: Option<&ApprovalRow>, mine: bool, is_over: bool) -> &'static str {
    match row {
        Some(row)
            if row.own && is_over && matches!(row.state, ApprovalState::Asked | ApprovalState::Approved) =>
        {
            "expired"
        }
        Some(row) => row.state.as_str(),
        None if is_over => "expired",
        None if mine => "asked",
        None => "to_decide",
    }
}

/// What does not go with what this home knows of the payment.
fn warnings(known: &Known, asked: &Request, payment: Option<&FoundPayment>) -> Vec<String> {
    let word = match (known.account(asked), payment) {
        (None, _) => "account_not_here",
        (Some(_), None) => "payment_not_here",
        (Some(_), Some(found)) => {
            let (payment, amount) = (&found.payment, Money::from(asked.amount));
            let left = payment.captured_minor.saturating_sub(payment.refunded_minor);
            match (payment.amount.currency == amount.currency, amount.minor <= left) {
                (false, _) => "payment_differs",
                (true, false) => "more_than_left",
                (true, true) => return Vec::new(),
            }
        }
    };
    vec![word.to_owned()]
}

/// What became of the intent that a request was used for.
async fn outcome(
    known: &Known,
    id: IntentId,
    row: Option<&ApprovalRow>,
) -> Result<(Option<String>, Option<String>), ErrorBody> {
    let used = row.is_some_and(|row| row.own && row.state == ApprovalState::Used);
    let Some(mirror) = known.mirror().filter(|_| used) else { return Ok((None, None)) };
    let Some(intent) = mirror.intents().by_id(id).await.map_err(of_mirror)? else { return Ok((None, None)) };
    let refund = match &intent.object_id {
        Some(object) => mirror.refunds().by_id(intent.account_id, object).await.map_err(of_mirror)?,
        None => None,
    };
    let status = refund.map(|one| one.value.status.to_string()).or_else(|| intent.object_status.clone());
    Ok((Some(intent.state.to_string()), status))
}

/// Who else agreed to an intent, by the name that they have here.
pub(super) async fn approved_by(mirror: &Mirror, id: IntentId) -> Result<Option<String>, ErrorBody> {
    let row = mirror.approvals().by_id(id).await.map_err(of_mirror)?;
    let used = row.filter(|row| row.own && row.state == ApprovalState::Used);
    let Some(key) = used.and_then(|row| row.approver) else { return Ok(None) };
    Ok(mirror.approvers().by_key(&key).await.map_err(of_mirror)?.map(|one| one.name))
}
