//! "Where is my refund?"

use chrono::NaiveDate;
use contract::refunds::RefundView;
use contract::replies::{AnswerCard, AnswerEvidence, ExpectedDays};

use super::{Asked, business_days_after, disputes, is_disputed, plain};

/// A bank shows a refund after 5 to 10 business days (support.stripe.com/questions/how-long-refunds-take-to-process).
const FIRST_BUSINESS_DAY: u32 = 5;
const LAST_BUSINESS_DAY: u32 = 10;
/// A refund within so many days of its payment can be a reversal, which lets the payment disappear instead
/// (docs.stripe.com/refunds); the vendor names no time, only "shortly after".
const REVERSAL_DAYS: i64 = 2;

/// How far a refund came for the one who waits for it. The first is what somebody must do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Failed,
    NeedsPayer,
    Overdue,
    Unknown,
    InReview,
    Pending,
    NotSent,
    OnItsWay,
    Canceled,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NeedsPayer => "needs_payer",
            Self::Overdue => "overdue",
            Self::Unknown => "unknown",
            Self::InReview => "in_review",
            Self::Pending => "pending",
            Self::NotSent => "not_sent",
            Self::OnItsWay => "on_its_way",
            Self::Canceled => "canceled",
        }
    }

    /// Whether money is on its way to the payer, or will be.
    fn may_arrive(self) -> bool {
        !matches!(self, Self::Failed | Self::Canceled)
    }
}

fn window(asked: &Asked<'_>, refund: &RefundView) -> (NaiveDate, NaiveDate) {
    let day = (asked.day_of)(refund.created);
    (business_days_after(day, FIRST_BUSINESS_DAY), business_days_after(day, LAST_BUSINESS_DAY))
}

/// How far a refund came; none where it never came to be.
fn stage(asked: &Asked<'_>, refund: &RefundView) -> Option<Stage> {
    Some(match (refund.refund_status.as_deref(), refund.state.as_deref()) {
        (Some("succeeded"), _) if (asked.day_of)(asked.now) > window(asked, refund).1 => Stage::Overdue,
        (Some("succeeded"), _) => Stage::OnItsWay,
        (Some("pending"), _) => Stage::Pending,
        (Some("requires_action"), _) => Stage::NeedsPayer,
        (Some("requires_review"), _) => Stage::InReview,
        (Some("failed"), _) => Stage::Failed,
        (Some("canceled"), _) => Stage::Canceled,
        (None, Some("waiting" | "prepared")) => Stage::NotSent,
        (None, Some("refused" | "canceled")) => return None,
        // What may be at the vendor, and words that are newer than this.
        _ => Stage::Unknown,
    })
}

pub(super) fn card(asked: &Asked<'_>) -> AnswerCard {
    let (detail, payment) = (asked.payment, &asked.payment.payment);
    let mut refunds: Vec<(&RefundView, Stage)> =
        detail.refunds.iter().filter_map(|one| Some((one, stage(asked, one)?))).collect();
    refunds.sort_by_key(|(one, _)| std::cmp::Reverse(one.created));
    let newest_to_arrive =
        refunds.iter().filter(|(_, stage)| stage.may_arrive()).map(|(one, _)| one.created).max();
    // What failed and was done again since is no longer what the payer waits for.
    let counts = |(one, stage): &(&RefundView, Stage)| {
        stage.may_arrive() || newest_to_arrive.is_none_or(|at| at < one.created)
    };
    let waited_for: Vec<_> = refunds.iter().copied().filter(counts).collect();
    let worst = waited_for.iter().map(|(_, stage)| *stage).min();
    let taken = matches!(payment.status.as_str(), "succeeded" | "pending");
    let state = match worst {
        Some(stage) => stage.word(),
        None if !taken => "nothing_taken",
        None if is_disputed(detail) => "disputed",
        None => "none",
    };
    let mut reply: Vec<String> =
        waited_for.iter().map(|(one, stage)| sentences(asked, one, *stage)).collect();
    if reply.is_empty() {
        let key = if taken { "refund.none" } else { "refund.nothing_taken" };
        reply.push(asked.say(key, &[("amount", &asked.amount()), ("date", &asked.day(payment.created))]));
    }
    if is_disputed(detail) {
        reply.push(asked.say("dispute.open", &[]));
    }
    let last = waited_for.iter().find(|(_, stage)| matches!(stage, Stage::OnItsWay | Stage::Overdue));
    AnswerCard {
        question: "where_is_my_refund".to_owned(),
        state: state.to_owned(),
        evidence: refunds.iter().map(|(one, _)| evidence(one)).chain(disputes(detail)).collect(),
        expected: last.map(|(one, _)| {
            let (from, until) = window(asked, one);
            ExpectedDays { from: from.to_string(), until: until.to_string() }
        }),
        trace_reference: waited_for.iter().find_map(|(one, _)| one.trace_reference.clone()),
        reply: reply.join("\n\n"),
    }
}

/// What the payer is told of one refund.
fn sentences(asked: &Asked<'_>, refund: &RefundView, stage: Stage) -> String {
    let amount = refund.amount.map(|amount| asked.money(amount)).unwrap_or_default();
    let (from, until) = window(asked, refund);
    let (from, until) = (asked.language.day(from), asked.language.day(until));
    let values = [
        ("amount", amount.as_str()),
        ("date", &asked.day(refund.created)),
        ("source", &asked.source()),
        ("from", &from),
        ("until", &until),
    ];
    let mut said = vec![asked.say(&format!("refund.{}", stage.word()), &values)];
    if matches!(stage, Stage::OnItsWay | Stage::Overdue) {
        let days = (asked.day_of)(refund.created) - (asked.day_of)(asked.payment.payment.created);
        if asked.payment.payment.card.is_some() && days.num_days() <= REVERSAL_DAYS {
            said.push(asked.say("refund.reversal", &[]));
        }
        if let Some(reference) = &refund.trace_reference {
            said.push(asked.say("refund.reference", &[("reference", &plain(reference))]));
        }
    }
    said.join(" ")
}

fn evidence(refund: &RefundView) -> AnswerEvidence {
    let status = refund.refund_status.as_ref().or(refund.state.as_ref());
    AnswerEvidence {
        what: "refund".to_owned(),
        status: status.cloned().unwrap_or_default(),
        id: refund.refund_id.clone().or_else(|| refund.intent_id.clone()).unwrap_or_default(),
        at: refund.created,
        amount: refund.amount,
        known_by: None,
    }
}
