//! Requests for approval as shells show them.

use approval::{Answer, Moment, PublicKey, RefundWish, Request, Signed, Signer, Wish};
use contract::ErrorBody;
use contract::approvals::{ApprovalRunView, ApprovalView, SignerView};
use domain::intent::Intent;
use domain::{IntentId, Money};
use mirror::{AccountRow, ApprovalRow, ApprovalState, ApprovalWish, FoundPayment, Mirror};

use super::approvals::of_mirror;
use super::scope::Resolved;
use super::{approvers, run_approvals};
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

    pub(super) fn mirror(&self) -> Option<&Mirror> {
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
        let Wish::Refund(wish) = &asked.wish else { return Ok(None) };
        let found = mirror.payments().by_id(row.id, &wish.payment).await.map_err(of_mirror)?;
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
    let (payment, amount, reason, run) = match &row.wish {
        ApprovalWish::Refund { payment_id, amount, reason } => {
            (Some(payment_id.clone()), Some(*amount), reason.clone(), None)
        }
        ApprovalWish::Run { run, digest, rows } => {
            let run = ApprovalRunView {
                id: run.to_string(),
                name: None,
                rows: *rows,
                totals: Vec::new(),
                total: String::new(),
                digest: digest.clone(),
            };
            (None, None, None, Some(run))
        }
    };
    ApprovalView {
        id: row.id.to_string(),
        state: row.state.as_str().to_owned(),
        mine: row.own,
        account: account.map(|one| one.label.to_string()),
        account_id: account.and_then(|one| one.vendor_account_id.clone()).unwrap_or_default(),
        vendor: domain::Vendor::Stripe.to_string(),
        environment: known.mirror().map_or(domain::Environment::Sandbox, Mirror::environment),
        payment,
        amount,
        run,
        reason,
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
        _ => match &asked.wish {
            Wish::Refund(wish) => warnings(known, asked, wish, payment.as_ref().map(|(found, _)| found)),
            Wish::Run(_) if row.is_some() => Vec::new(),
            Wish::Run(wish) => run_approvals::warnings(known, asked, &wish.rows).await?,
        },
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
    let (single, run) = match &asked.wish {
        Wish::Refund(wish) => (Some(wish), None),
        Wish::Run(wish) => (None, Some(run_approvals::run_view(known, wish, mine).await?)),
    };
    Ok(ApprovalView {
        id: asked.id.to_string(),
        mine,
        account: account.map(|row| row.label.to_string()),
        account_id: asked.account.id.clone(),
        vendor: asked.account.vendor.to_string(),
        environment: asked.account.environment,
        payment: single.map(|wish| wish.payment.clone()),
        amount: single.map(|wish| wish.amount.into()),
        run,
        reason: single.and_then(|wish| wish.reason.clone()),
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

pub(super) fn state_of(row: Option<&ApprovalRow>, mine: bool, is_over: bool) -> &'static str {
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
fn warnings(
    known: &Known,
    asked: &Request,
    wish: &RefundWish,
    payment: Option<&FoundPayment>,
) -> Vec<String> {
    let word = match known.account(asked) {
        None => Some("account_not_here"),
        Some(_) => warning(wish.amount.into(), payment),
    };
    word.into_iter().map(str::to_owned).collect()
}

/// What does not go with a payment of an account that is connected here.
pub(super) fn warning(amount: Money, payment: Option<&FoundPayment>) -> Option<&'static str> {
    let Some(FoundPayment { payment, .. }) = payment else { return Some("payment_not_here") };
    let left = payment.captured_minor.saturating_sub(payment.refunded_minor);
    match (payment.amount.currency == amount.currency, amount.minor <= left) {
        (false, _) => Some("payment_differs"),
        (true, false) => Some("more_than_left"),
        (true, true) => None,
    }
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
pub(super) async fn approved_by(mirror: &Mirror, intent: &Intent) -> Result<Option<String>, ErrorBody> {
    let Some(approval) = intent.approval else { return Ok(None) };
    let row = mirror.approvals().by_id(approval).await.map_err(of_mirror)?;
    let used = row.filter(|row| row.own && row.state == ApprovalState::Used);
    let Some(key) = used.and_then(|row| row.approver) else { return Ok(None) };
    Ok(mirror.approvers().by_key(&key).await.map_err(of_mirror)?.map(|one| one.name))
}
