//! A message of our own in words: what happened, whether money moved, and what to do next.

use std::fmt::Write as _;

use domain::{Currency, ExponentTable, Money};
use serde_json::{Value as Json, json};

/// The type of a message that a person asks for, to see whether a channel works.
pub const TEST: &str = "paydesk.test";
const SUMMARY: &str = "paydesk.summary";

/// What there is to be told, by type.
pub const TYPES: [&str; 9] = [
    "paydesk.refund.settled",
    "paydesk.refund.refused",
    "paydesk.refund.failed",
    "paydesk.refund.needs_person",
    "paydesk.refund.closed",
    "paydesk.dispute.due",
    "paydesk.dispute.answered",
    "paydesk.mirror.gap",
    "paydesk.mirror.healed",
];
/// Longest text of a field that is shown.
const LONGEST: usize = 200;

/// A message of our own.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its type, such as `paydesk.refund.settled`.
    pub event_type: String,
    /// When it happened, as RFC 3339.
    pub timestamp: String,
    data: Json,
}

/// Whose payment it is, for channels that are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payer {
    /// Their name.
    pub name: Option<String>,
    /// Their mail address.
    pub email: Option<String>,
}

/// How much it matters, in PagerDuty's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Error,
    Warning,
    Info,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// What happened, in one line.
    pub(super) title: String,
    /// Names and values.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Whether money moved.
    pub(super) money: String,
    /// What to do next.
    pub(super) next: String,
}

impl Message {
    /// Reads a message as it is kept; none where it is no document.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut whole: Json = serde_json::from_slice(body).ok()?;
        let data = whole.get_mut("data")?.take();
        let text = |name: &str| whole.get(name).and_then(Json::as_str).map(str::to_owned);
        Some(Self { event_type: text("type")?, timestamp: text("timestamp").unwrap_or_default(), data })
    }

    /// The message as it is kept.
    ///
    /// # Errors
    /// It cannot be written, which does not happen to what was read.
    pub fn body(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&self.document())
    }

    /// The message as conditions see it.
    pub fn document(&self) -> Json {
        json!({ "type": self.event_type, "timestamp": self.timestamp, "data": self.data })
    }

    /// A field of what it says, without what would break a line.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = match self.data.get(name)? {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(plain(&text)).filter(|text| !text.is_empty())
    }

    /// Id of the payment that it is about.
    pub fn payment(&self) -> Option<&str> {
        self.data.get("payment").and_then(Json::as_str)
    }

    /// What it is about, the same for a message that opens something and for one that ends it.
    pub(super) fn about(&self) -> Option<String> {
        ["intent", "dispute", "gap", "refund"].into_iter().find_map(|name| self.text(name))
    }

    fn amount(&self) -> Option<String> {
        let minor = self.text("amount_minor")?.parse().ok()?;
        let currency: Currency = self.text("currency")?.parse().ok()?;
        Some(format!("{} {currency}", Money::new(minor, currency).to_decimal(ExponentTable::Stripe)))
    }

    pub(super) fn weight(&self) -> Weight {
        match self.event_type.as_str() {
            "paydesk.refund.needs_person" | "paydesk.refund.failed" | "paydesk.dispute.due" => Weight::Error,
            "paydesk.refund.refused" | "paydesk.mirror.gap" | SUMMARY => Weight::Warning,
            _ => Weight::Info,
        }
    }

    /// What it says in words.
    pub(super) fn words(&self, payer: Option<&Payer>) -> Words {
        let (what, money, next) = self.sentences();
        let environment = self.text("environment").unwrap_or_default();
        let mark = if environment == "live" { String::new() } else { format!("[{environment}] ") };
        let mut facts = Vec::new();
        let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
        add("Amount", self.amount());
        add("Payment", self.text("payment"));
        add("Refund", self.text("refund"));
        add("Dispute", self.text("dispute"));
        add("Reason", self.text("reason").or_else(|| self.text("problem")));
        add("Account", self.text("account_label"));
        if let Some(payer) = payer {
            add("Payer", payer.name.as_deref().map(plain));
            add("Payer's mail", payer.email.as_deref().map(plain));
        }
        Words { title: format!("{mark}{what}"), facts, money, next }
    }

    fn sentences(&self) -> (String, String, String) {
        let say = |what: &str, money: &str, next: &str| (what.to_owned(), money.to_owned(), next.to_owned());
        let amount = self.amount().map(|amount| format!(" of {amount}")).unwrap_or_default();
        match self.event_type.as_str() {
            "paydesk.refund.settled" => self.settled(&amount),
            "paydesk.refund.failed" => (
                format!("Refund{amount} failed at the vendor"),
                "The payer did not get it: the vendor gives the money back to your balance.".to_owned(),
                "Open the payment in Paydesk, see why, and pay the payer another way.".to_owned(),
            ),
            "paydesk.refund.refused" => (
                format!("Refund{amount} refused by the vendor"),
                "No money moved.".to_owned(),
                "Open the payment in Paydesk, see why, and decide whether to refund it another way."
                    .to_owned(),
            ),
            "paydesk.refund.needs_person" => self.needs_person(&amount),
            "paydesk.refund.closed" => self.refund_closed(&amount),
            "paydesk.dispute.due" => self.dispute_due(&amount),
            "paydesk.dispute.answered" => self.dispute_answered(&amount),
            "paydesk.mirror.gap" => self.gap(),
            "paydesk.mirror.healed" => {
                say("The mirror is whole again", "No money moved by this.", "Nothing is to be done.")
            }
            SUMMARY => self.summary(),
            _ => say(
                "This is a test message from Paydesk",
                "No money moved.",
                "Nothing is to be done: this channel works.",
            ),
        }
    }

    fn settled(&self, amount: &str) -> (String, String, String) {
        let (what, money, next) = match self.text("status").as_deref() {
            Some("requires_action") => (
                format!("Refund{amount} waits for the payer"),
                "The vendor took it; the money goes once the payer said where to.",
                "Nothing, unless the payer asks for it.",
            ),
            _ => (
                format!("Refund{amount} settled"),
                "The money is on its way back to the payer.",
                "Nothing is to be done.",
            ),
        };
        (what, money.to_owned(), next.to_owned())
    }

    fn needs_person(&self, amount: &str) -> (String, String, String) {
        let was_sent = self.data.get("sent").and_then(Json::as_bool).unwrap_or(true);
        let (money, next) = match was_sent {
            true => (
                "Whether money moved is not known.",
                "Open Refunds in Paydesk and look at the vendor before anything is sent again.",
            ),
            false => (
                "No money moved: it was never sent.",
                "Open Refunds in Paydesk, and send it or take it back.",
            ),
        };
        (format!("Refund{amount} needs a person"), money.to_owned(), next.to_owned())
    }

    /// How long is left, from when it was noticed; what is shown later says the moment itself.
    fn time_left(&self) -> Option<String> {
        let read = |text: Option<String>| chrono::DateTime::parse_from_rfc3339(&text?).ok();
        let due = read(self.text("due"))?;
        let left = due.signed_duration_since(read(Some(self.timestamp.clone()))?).num_hours();
        Some(match left {
            ..2 => "an hour or two".to_owned(),
            2..48 => format!("{left} hours"),
            _ => format!("{} days", left / 24),
        })
    }

    fn dispute_due(&self, amount: &str) -> (String, String, String) {
        let is_inquiry = self.text("status").is_some_and(|status| status.starts_with("warning"));
        let (what, money) = match is_inquiry {
            true => ("An inquiry", "No money was withdrawn yet."),
            false => ("A dispute", "The amount was withdrawn when the dispute was opened."),
        };
        let within = self.time_left().unwrap_or_else(|| "a short time".to_owned());
        let due = self.text("due").unwrap_or_default();
        (
            format!("{what}{amount} must be answered within {within}"),
            money.to_owned(),
            format!("Give the evidence at the vendor before {due}."),
        )
    }

    fn refund_closed(&self, amount: &str) -> (String, String, String) {
        let (what, money) = match self.text("refund") {
            Some(_) => (
                "was refused, and as much was given back since",
                "The money is on its way back to the payer.",
            ),
            None => ("was closed by a person", "No money moved by it: the vendor has no such refund."),
        };
        (format!("Refund{amount} {what}"), money.to_owned(), "Nothing is to be done.".to_owned())
    }

    fn dispute_answered(&self, amount: &str) -> (String, String, String) {
        let status = self.text("status").unwrap_or_default();
        let money = match status.as_str() {
            "won" => "The amount comes back to the account.",
            "lost" => "The amount stays with the payer.",
            _ => "No money moved by this.",
        };
        (
            format!("A dispute{amount} needs no answer any more: {status}"),
            money.to_owned(),
            "Nothing is to be done.".to_owned(),
        )
    }

    fn gap(&self) -> (String, String, String) {
        let (what, next) = match self.text("cause").as_deref() {
            Some("proof") => (
                format!(
                    "The mirror was not what the vendor has: {}",
                    self.text("subject").unwrap_or_default()
                ),
                "Paydesk reads the day again by itself. If it stays red, open Proof.",
            ),
            Some("key") => (
                "The vendor takes the key no more, so the account is not followed".to_owned(),
                "Give Paydesk a new key on the Accounts page.",
            ),
            _ => (
                "Paydesk missed some time of the account and is catching up".to_owned(),
                "Nothing, unless this is not followed by a message that the mirror is whole.",
            ),
        };
        (what, "No money moved by this.".to_owned(), next.to_owned())
    }

    fn summary(&self) -> (String, String, String) {
        let count = self.data.get("count").and_then(Json::as_u64).unwrap_or(0);
        let mut what = format!("And {count} more:");
        let types = self.data.get("types").and_then(Json::as_object);
        for (place, (event_type, count)) in types.into_iter().flatten().enumerate() {
            let words = match event_type.as_str() {
                "paydesk.refund.settled" => "refunds settled",
                "paydesk.refund.refused" => "refunds refused",
                "paydesk.refund.failed" => "refunds failed",
                "paydesk.refund.closed" => "refunds closed",
                "paydesk.refund.needs_person" => "refunds that need a person",
                "paydesk.dispute.due" => "disputes to be answered",
                "paydesk.dispute.answered" => "disputes that need no answer any more",
                "paydesk.mirror.gap" => "gaps of a mirror",
                "paydesk.mirror.healed" => "gaps closed",
                _ => "other messages",
            };
            let comma = if place == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(what, "{comma} {count} × {words}");
        }
        (
            what,
            "Each of them says for itself whether money moved.".to_owned(),
            "Open Webhooks, Notifications in Paydesk to see each of them.".to_owned(),
        )
    }
}

/// A text in one line, without what is not seen.
fn plain(text: &str) -> String {
    let is_hidden = |one: char| {
        one.is_control()
            || matches!(one, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|one| if is_hidden(one) { ' ' } else { one })
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Which messages open what another one ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenedBy {
    /// Those whose names begin so.
    Names(Vec<String>),
    /// Those of a type about the same object.
    OfObject(&'static str),
}

/// The messages that open what a message of this type and name ends; none where it ends nothing.
pub fn opened_by(event_type: &str, name: &str) -> Option<OpenedBy> {
    let names =
        |intent: &str| OpenedBy::Names(vec![format!("{intent}_needs_person"), format!("{intent}_refused")]);
    match event_type {
        "paydesk.refund.settled" => Some(names(name.strip_suffix("_settled")?)),
        "paydesk.refund.closed" => Some(names(name.strip_suffix("_closed")?)),
        "paydesk.dispute.answered" => Some(OpenedBy::OfObject("paydesk.dispute.due")),
        "paydesk.mirror.healed" => {
            Some(OpenedBy::Names(vec![format!("{}_gap", name.strip_suffix("_healed")?)]))
        }
        _ => None,
    }
}

/// Two days after a moment; the moment itself where it does not read as one.
fn in_two_days(timestamp: &str) -> String {
    let read = chrono::DateTime::parse_from_rfc3339(timestamp).ok();
    let due = read.and_then(|at| at.checked_add_signed(chrono::TimeDelta::days(2)));
    due.map_or_else(|| timestamp.to_owned(), |due| due.to_rfc3339())
}

/// A message as it may come, for a look at how a channel shows it, and for a test.
pub fn sample(event_type: &str, environment: &str, account_label: &str, timestamp: &str) -> Message {
    let data = json!({
        "environment": environment,
        "account_label": account_label,
        "amount_minor": if event_type.contains("mirror") || event_type == TEST { Json::Null } else { "4250".into() },
        "currency": "EUR",
        "payment": (!event_type.contains("mirror") && event_type != TEST).then_some("ch_1AbCdEfGhIjKlMnO"),
        "refund": matches!(event_type, "paydesk.refund.settled" | "paydesk.refund.failed").then_some("re_1AbCdEfGhIjKlMnO"),
        "intent": event_type.contains("refund").then_some("0193f4c8-0000-7000-8000-000000000000"),
        "problem": match event_type {
            "paydesk.refund.refused" => Some("charge_already_refunded"),
            "paydesk.refund.failed" => Some("lost_or_stolen_card"),
            _ => None,
        },
        "dispute": event_type.contains("dispute").then_some("dp_1AbCdEfGhIjKlMnO"),
        "reason": event_type.contains("dispute").then_some("product_not_received"),
        "status": match event_type {
            "paydesk.dispute.due" => Some("needs_response"),
            "paydesk.dispute.answered" => Some("under_review"),
            _ => None,
        },
        "within_hours": (event_type == "paydesk.dispute.due").then_some(48),
        "due": (event_type == "paydesk.dispute.due").then(|| in_two_days(timestamp)),
        "gap": event_type.contains("mirror").then_some("gap_0193f4c8000070008000000000000000"),
        "cause": event_type.contains("mirror").then_some("proof"),
        "subject": event_type.contains("mirror").then_some("charges 2026-11-22"),
    });
    Message { event_type: event_type.to_owned(), timestamp: timestamp.to_owned(), data }
}
