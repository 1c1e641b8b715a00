//! Refunds: what must be seen before, the guard, and the intent that is written before the call.

use domain::card_number::contains_card_number;
use domain::intent::{Intent, IntentKind, IntentState};
use domain::{
    Dispute, ExponentTable, IntentId, Money, Payment, PaymentStatus, Refund, RefundReason, RequestId,
};
use mirror::{Inserted, MirrorError};
use tokio::time::Instant;
use vendors::stripe::Stripe;

use crate::OpenAccount;
use crate::error::{BadInput, Guard, OperationError, Result};
use crate::write::unbuildable;

/// Longest internal note, in characters.
pub const NOTE_MAX: usize = 1_000;

/// How much a person wants to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishedAmount {
    /// All that is left.
    All,
    /// So much, as typed.
    Exactly(String),
}

/// What a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundWish {
    /// Made by the shell when the dialog opened or the command started.
    pub request_id: RequestId,
    /// The vendor's id of the payment.
    pub payment_id: String,
    /// How much.
    pub amount: WishedAmount,
    /// Why, as typed.
    pub reason: Option<String>,
    /// An internal note.
    pub note: Option<String>,
    /// How long it waits and can be undone before it leaves, in milliseconds.
    pub undo_ms: i64,
    /// What a second person agreed to, where it is issued with that.
    pub approval: Option<Agreed>,
}

/// What a second person agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// This refund alone, by the approval of this id. The intent gets the same id.
    ToThis(IntentId),
    /// A run of refunds, of which this is a row.
    ToRun {
        /// The approval.
        approval: IntentId,
        /// The id that follows from it for the intent of the row.
        intent: IntentId,
    },
}

impl Agreed {
    fn approval(self) -> IntentId {
        match self {
            Self::ToThis(approval) | Self::ToRun { approval, .. } => approval,
        }
    }

    fn intent(self) -> IntentId {
        match self {
            Self::ToThis(intent) | Self::ToRun { intent, .. } => intent,
        }
    }
}

/// What the vendor has now.
#[derive(Debug, Clone)]
pub struct Preflight {
    /// The payment.
    pub payment: Payment,
    /// When the vendor stated it.
    pub observed_at: domain::Timestamp,
    /// Its refunds.
    pub refunds: Vec<Refund>,
    /// Its open disputes.
    pub open_disputes: Vec<Dispute>,
    /// What can still go back.
    pub refundable: Money,
    /// Why nothing can go back now.
    pub blocked: Option<Guard>,
    /// The open intent that blocks, if one does.
    pub open_intent: Option<Intent>,
}

/// Asks the vendor for the payment, its refunds and its disputes, writes them into the mirror and
/// works out what can still go back.
pub async fn preflight(account: &OpenAccount, payment_id: &str) -> Result<Preflight> {
    let observed = account.stripe.payment(payment_id).await?;
    let observed_at = observed.observed_at;
    let domain::Record::Payment(payment) = observed.record.clone() else {
        return Err(OperationError::Defect("a payment was asked for and something else came".to_owned()));
    };
    let listed = account.stripe.refunds_of(payment_id).await?;
    let mut seen = vec![observed];
    seen.extend(listed);
    if payment.disputed {
        seen.extend(account.disputes_of(payment_id).await?);
    }
    account.mirror.commit_page(account.id(), &seen, None).await?;
    weigh(account, payment, observed_at).await
}

/// Works out from the mirror what can still go back.
async fn weigh(account: &OpenAccount, payment: Payment, observed_at: domain::Timestamp) -> Result<Preflight> {
    let (mirror, id) = (&account.mirror, account.id());
    let refunds: Vec<Refund> = mirror
        .refunds()
        .for_payment(id, &payment.vendor_id)
        .await?
        .into_iter()
        .map(|one| one.value)
        .collect();
    let disputes = mirror.disputes().for_payment(id, &payment.vendor_id).await?;
    let open_disputes: Vec<Dispute> =
        disputes.into_iter().map(|one| one.value).filter(|one| one.status.is_open()).collect();
    let open_intent = mirror.intents().open_for_payment(id, &payment.vendor_id).await?;
    let refundable = refundable(&payment, &refunds)?;
    let blocked = blocked(&payment, &open_disputes, open_intent.as_ref(), refundable);
    Ok(Preflight { payment, observed_at, refunds, open_disputes, refundable, blocked, open_intent })
}

/// What was taken, less what went back or may still: the larger of the vendor's own count and the
/// sum of all refunds that did not definitely fail, since either may be ahead of the other.
pub fn refundable(payment: &Payment, refunds: &[Refund]) -> Result<Money> {
    let currency = payment.amount.currency;
    let too_large =
        |error| OperationError::Defect(format!("the refunds of a payment cannot be added: {error}"));
    let mut listed = Money::new(0, currency);
    for refund in refunds.iter().filter(|one| !one.status.is_definitely_failed()) {
        listed = listed.checked_add(refund.amount).map_err(too_large)?;
    }
    let gone = listed.minor.max(payment.refunded_minor);
    let left = Money::new(payment.captured_minor, currency).checked_sub(Money::new(gone, currency));
    let left = left.map_err(too_large)?;
    Ok(Money::new(left.minor.max(0), currency))
}

/// Why nothing can go back now, the reason that helps most first.
fn blocked(
    payment: &Payment,
    open_disputes: &[Dispute],
    open_intent: Option<&Intent>,
    refundable: Money,
) -> Option<Guard> {
    if let Some(intent) = open_intent {
        return Some(Guard::OpenIntent { intent_id: intent.id, state: intent.state });
    }
    if payment.status != PaymentStatus::Succeeded {
        return Some(Guard::NotRefundable { status: payment.status.to_string() });
    }
    if open_disputes.iter().any(|one| one.payment_refundable != Some(true)) {
        return Some(Guard::Disputed);
    }
    if refundable.minor == 0 { Some(Guard::NothingLeft) } else { None }
}

/// What issuing came to before anything was sent.
#[derive(Debug, Clone)]
pub enum Issued {
    /// A new intent, committed; it must be driven now.
    New(Intent),
    /// The request was answered before: this is its intent.
    Again(Intent),
    /// Another request wished the same within a day, and nobody was shown how it ended: this is its
    /// intent. Whoever repeats a wish after a crash must not double it, and must be told.
    Repeated(Intent),
}

impl Issued {
    /// The intent, whichever it is.
    pub fn intent(&self) -> &Intent {
        match self {
            Self::New(intent) | Self::Again(intent) | Self::Repeated(intent) => intent,
        }
    }
}

/// How long the same wish is taken for a repeat of one whose end nobody was shown.
pub(crate) const REPEATED_WITHIN_MS: i64 = 24 * 3_600_000;

/// Whether an intent may be what a wish repeats, as far as its age and state go: it is open, or it
/// moved money not long ago.
pub(crate) fn may_be_repeated(intent: &Intent, now: domain::Timestamp) -> bool {
    let settled = intent.state == IntentState::Settled;
    intent.state.is_open() || (settled && now.ms_since(intent.created_at) < REPEATED_WITHIN_MS)
}

/// Writes the intent for a wish, after all guards. Nothing is sent here. The vendor is asked until the
/// time is over at most; then nothing was written down, so that nothing can be sent later either.
pub async fn issue(account: &OpenAccount, wish: &RefundWish, until: Instant) -> Result<Issued> {
    let journal = account.mirror.intents();
    if let Some(intent) = journal.by_request_id(wish.request_id).await? {
        return Ok(Issued::Again(intent));
    }
    let reason = read_reason(wish.reason.as_deref())?;
    check_note(wish.note.as_deref())?;
    read_amount_early(account, wish).await?;
    account.check_breaker()?;
    let asked_at = account.clock.now();
    let found = in_time(until, preflight(account, &wish.payment_id)).await?;
    let _alone = account.mirror.deciding().await;
    if let Some(intent) = cut_off_before(account, wish, &found, asked_at).await? {
        return Ok(Issued::Repeated(intent));
    }
    if let Some(Agreed::ToThis(approval)) = wish.approval {
        // That it was used says more than that nothing is left, which is so because it was.
        account.mirror.approvals().check_given(approval).await?;
    }
    let amount = allowed_amount(wish, &found)?;
    let intent = new_intent(account, wish, &found.payment, amount, reason)?;
    let captured = found.payment.captured_minor;
    let inserted = match wish.approval {
        None => journal.insert_refund(&intent, captured).await,
        Some(_) => journal.insert_approved_refund(&intent, captured, account.now().latest()).await,
    };
    match inserted {
        Ok(Inserted::New) => Ok(Issued::New(intent)),
        Ok(Inserted::Already(intent)) => Ok(Issued::Again(*intent)),
        Err(MirrorError::OverRefund { remaining }) => {
            Err(Guard::OverRefund { asked: amount, remaining }.into())
        }
        Err(MirrorError::OpenIntentExists { intent_id, .. }) => {
            let state = journal.by_id(intent_id).await?.map(|one| one.state);
            let state = state.unwrap_or(domain::intent::IntentState::Prepared);
            Err(Guard::OpenIntent { intent_id, state }.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The amount of a wish, where nothing that the vendor has stands in its way.
fn allowed_amount(wish: &RefundWish, found: &Preflight) -> Result<Money> {
    if let Some(guard) = &found.blocked {
        return Err(guard.clone().into());
    }
    let amount = read_amount(wish, found.payment.amount.currency, found.refundable)?;
    if amount.minor > found.refundable.minor {
        return Err(Guard::OverRefund { asked: amount, remaining: found.refundable }.into());
    }
    Ok(amount)
}

/// A refund that could be issued now but for the limits, for a second person to agree to.
#[derive(Debug, Clone)]
pub struct Askable {
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Option<RefundReason>,
    /// The payment.
    pub payment: Payment,
}

/// Checks a wish as issuing does, but for the limits and without writing anything down: what would be refused
/// anyway is asked of nobody.
pub async fn askable(account: &OpenAccount, wish: &RefundWish, until: Instant) -> Result<Askable> {
    let reason = read_reason(wish.reason.as_deref())?;
    check_note(wish.note.as_deref())?;
    read_amount_early(account, wish).await?;
    account.check_breaker()?;
    let found = in_time(until, preflight(account, &wish.payment_id)).await?;
    let amount = allowed_amount(wish, &found)?;
    Ok(Askable { amount, reason, payment: found.payment })
}

/// The intent of the same wish whose end nobody was shown, because the shell or the Desk died. To
/// answer a person who then repeats the wish with a second refund would double it. An end that was shown only
/// after this wish was asked counts as well: whoever asked may have gone, asked again, and been shown that.
async fn cut_off_before(
    account: &OpenAccount,
    wish: &RefundWish,
    found: &Preflight,
    asked_at: domain::Timestamp,
) -> Result<Option<Intent>> {
    let journal = account.mirror.intents();
    let earlier = journal.not_shown_at(account.id(), &found.payment.vendor_id, asked_at).await?;
    let now = account.clock.now();
    let cut_off = |intent: &Intent| {
        let is_refund = intent.kind == IntentKind::Refund;
        is_refund && may_be_repeated(intent, now) && is_same_wish(wish, intent, found)
    };
    Ok(earlier.into_iter().find(cut_off))
}

fn is_same_wish(wish: &RefundWish, intent: &Intent, found: &Preflight) -> bool {
    let currency = found.payment.amount.currency;
    match &wish.amount {
        // Either it took all that was left, or it is not carried out yet and is about to.
        WishedAmount::All => {
            found.refundable.minor == 0 || (intent.state.is_open() && intent.amount == Some(found.refundable))
        }
        WishedAmount::Exactly(text) => {
            Money::parse(text, currency, ExponentTable::Stripe).ok() == intent.amount
        }
    }
}

/// Reads the amount before the vendor is asked, where the mirror knows the currency: a typing
/// error must be told at once and offline.
async fn read_amount_early(account: &OpenAccount, wish: &RefundWish) -> Result<()> {
    if let Some(known) = account.mirror.payments().by_id(account.id(), &wish.payment_id).await? {
        let any = Money::new(1, known.payment.amount.currency);
        read_amount(wish, any.currency, any)?;
    }
    Ok(())
}

fn read_amount(wish: &RefundWish, currency: domain::Currency, all: Money) -> Result<Money> {
    let WishedAmount::Exactly(text) = &wish.amount else { return Ok(all) };
    let amount = Money::parse(text, currency, ExponentTable::Stripe)
        .map_err(|error| BadInput::amount(text, &error))?;
    if amount.minor == 0 {
        let given = text.chars().take(40).collect();
        return Err(BadInput::Amount { given, why: "it must be more than zero".to_owned() }.into());
    }
    Ok(amount)
}

fn read_reason(word: Option<&str>) -> Result<Option<RefundReason>> {
    match word.map(RefundReason::from) {
        Some(RefundReason::Other(word)) => Err(BadInput::Reason(word.chars().take(40).collect()).into()),
        known => Ok(known),
    }
}

/// Refuses a note that is too long or holds a card number.
pub fn check_note(note: Option<&str>) -> Result<()> {
    let Some(note) = note else { return Ok(()) };
    if contains_card_number(note) {
        return Err(BadInput::CardNumber.into());
    }
    if note.chars().count() > NOTE_MAX {
        return Err(BadInput::Text(format!("a note has at most {NOTE_MAX} characters")).into());
    }
    Ok(())
}

fn new_intent(
    account: &OpenAccount,
    wish: &RefundWish,
    payment: &Payment,
    amount: Money,
    reason: Option<RefundReason>,
) -> Result<Intent> {
    let id = wish.approval.map_or_else(IntentId::generate, Agreed::intent);
    let write = Stripe::build_refund(id, &payment.vendor_id, amount, reason.as_ref())
        .map_err(|error| unbuildable(&error))?;
    let bare = account.new_intent(id, wish.request_id, IntentKind::Refund, &write);
    let waits = wish.undo_ms > 0;
    Ok(Intent {
        target_id: Some(payment.vendor_id.clone()),
        amount: Some(amount),
        reason,
        note: wish.note.clone(),
        approval: wish.approval.map(Agreed::approval),
        state: if waits { IntentState::Waiting } else { bare.state },
        release_at: waits.then(|| bare.created_at.plus_ms(wish.undo_ms)),
        ..bare
    })
}

/// What comes of reads before the time is over.
async fn in_time<T>(until: Instant, reads: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout_at(until, reads).await.unwrap_or(Err(OperationError::OutOfTime))
}

/// Writes an intent that stops a refund which waits for the payer.
pub async fn cancel(
    account: &OpenAccount,
    request_id: RequestId,
    refund_id: &str,
    until: Instant,
) -> Result<Issued> {
    if let Some(intent) = account.mirror.intents().by_request_id(request_id).await? {
        return Ok(Issued::Again(intent));
    }
    account.check_breaker()?;
    let observed = in_time(until, async { Ok(account.stripe.refund(refund_id).await?) }).await?;
    let domain::Record::Refund(refund) = observed.record.clone() else {
        return Err(OperationError::Defect("a refund was asked for and something else came".to_owned()));
    };
    account.mirror.commit_page(account.id(), &[observed], None).await?;
    if refund.status != domain::RefundStatus::RequiresAction {
        return Err(Guard::WrongState { status: refund.status.to_string() }.into());
    }
    let id = IntentId::generate();
    let write = Stripe::build_cancel_refund(&refund.vendor_id).map_err(|error| unbuildable(&error))?;
    let intent = Intent {
        target_id: Some(refund.vendor_id.clone()),
        amount: Some(refund.amount),
        ..account.new_intent(id, request_id, IntentKind::CancelRefund, &write)
    };
    account.insert(intent).await
}

#[cfg(test)]
mod tests {
    use domain::{CardFacts, Money, Payment, PaymentStatus, Refund, RefundStatus, Timestamp};

    use super::refundable;

    fn payment(captured_minor: i64, refunded_minor: i64) -> Payment {
        Payment {
            vendor_id: "ch_1".to_owned(),
            payment_intent_id: None,
            amount: Money::new(captured_minor, "usd".parse().unwrap()),
            captured_minor,
            refunded_minor,
            presentment: None,
            status: PaymentStatus::Succeeded,
            disputed: false,
            created_at: Timestamp::from_ms(0),
            customer_id: None,
            email: None,
            name: None,
            postal_code: None,
            description: None,
            statement_descriptor: None,
            receipt_number: None,
            method: None,
            payment_method_id: None,
            card: CardFacts::default(),
            failure_code: None,
            failure_message: None,
            decline_reason: None,
            risk_level: None,
            balance_entry_id: None,
            metadata: Vec::new(),
        }
    }

    fn refund(minor: i64, status: RefundStatus) -> Refund {
        Refund {
            vendor_id: format!("re_{minor}"),
            payment_id: Some("ch_1".to_owned()),
            payment_intent_id: None,
            amount: Money::new(minor, "usd".parse().unwrap()),
            status,
            reason: None,
            created_at: Timestamp::from_ms(0),
            pending_reason: None,
            failure_reason: None,
            trace_reference: None,
            balance_entry_id: None,
            intent_id: None,
            metadata: Vec::new(),
        }
    }

    #[test]
    fn pending_refunds_count_and_failed_ones_do_not() {
        let refunds = [refund(300, RefundStatus::Pending), refund(200, RefundStatus::Failed)];
        assert_eq!(refundable(&payment(1000, 0), &refunds).unwrap().minor, 700);
    }

    #[test]
    fn m24_a_refund_that_later_failed_frees_its_amount() {
        let refunds = [refund(1000, RefundStatus::Failed)];
        assert_eq!(refundable(&payment(1000, 0), &refunds).unwrap().minor, 1000);
    }

    #[test]
    fn the_vendors_count_wins_where_it_is_larger() {
        assert_eq!(
            refundable(&payment(1000, 900), &[refund(300, RefundStatus::Succeeded)]).unwrap().minor,
            100
        );
        assert_eq!(refundable(&payment(1000, 1200), &[]).unwrap().minor, 0);
    }

    #[test]
    fn an_unknown_status_counts_as_money_gone() {
        let refunds = [refund(400, RefundStatus::Other("new_word".to_owned()))];
        assert_eq!(refundable(&payment(1000, 0), &refunds).unwrap().minor, 600);
    }
}
