//! Messages to customers as text.

use contract::message_sources::{ActivityChecked, ImportedFile, MessagesImported};
use contract::messages::{
    FoundMessages, MailSettingsView, MessageCount, MessageDetail, MessagePreview, MessageView,
    MessagesSynced, SmsSizeView, ThreadView,
};
use contract::{ErrorBody, ErrorCode};
use serde::Serialize;

use super::mail_lists::{suppression, write_rendered};
use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

/// What a search for messages found, with how much there is in all.
#[derive(Debug, Serialize)]
pub(crate) struct FoundMessagesAndCount {
    /// The page.
    #[serde(flatten)]
    pub(crate) found: FoundMessages,
    /// All of it.
    pub(crate) count: MessageCount,
}

impl Answer for FoundMessagesAndCount {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("CREATED"),
            left("BY"),
            left("TO"),
            left("WHAT"),
            left("STATE"),
            left("WHY"),
            left("PAYMENT"),
            left("ID"),
        ];
        let row = |message: &MessageView| {
            vec![
                moment(message.created),
                message.channel.clone(),
                shown_to(message),
                code(&message.purpose),
                code(state(message)),
                or_dash(message.reason.as_deref()),
                or_dash(message.payment.as_deref()),
                message.id.clone(),
            ]
        };
        text.table(&columns, &self.found.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.found.items.len(), self.count.messages, self.found.next.as_deref());
    }
}

/// Whom it went to; of what came in, who sent it.
fn shown_to(message: &MessageView) -> String {
    match (message.direction.as_str(), &message.from) {
        ("inbound", Some(from)) => format!("from {from}"),
        _ => message.to.clone(),
    }
}

/// How it stands; what came in was received, not delivered.
fn state(message: &MessageView) -> &str {
    if message.direction == "inbound" { "received" } else { &message.state }
}

fn write_message(text: &mut Text, message: &MessageView) {
    let link = message.link.as_deref().map(code);
    let price = message.price.as_ref().zip(message.price_currency.as_ref());
    let price = price.map(|(price, currency)| format!("{price} {currency}"));
    let payment = message.payment.as_ref().zip(link).map(|(payment, link)| format!("{payment} ({link})"));
    text.facts(&[
        ("id", Some(message.id.clone())),
        ("account", Some(message.account.clone())),
        ("by", Some(message.channel.clone())),
        ("what", Some(code(&message.purpose))),
        ("from", message.from.clone()),
        ("to", Some(message.to.clone())),
        ("subject", message.subject.clone()),
        ("template", message.template.clone()),
        ("payment", payment),
        ("state", Some(code(state(message)))),
        ("why", message.reason.clone()),
        ("messages on the air", message.segments.map(|count| count.to_string())),
        ("price", price),
        ("only checked", message.sandbox_mode.then(|| "yes: nobody gets it".to_owned())),
        ("card number", message.card_masked.then(|| "was masked".to_owned())),
        ("goes at", message.send_at.map(moment)),
        ("decided", Some(moment(message.created))),
        ("delivered", message.delivered.map(moment)),
        ("first opened", message.opened.map(moment)),
        ("first clicked", message.clicked.map(moment)),
        ("called spam", message.complained.map(moment)),
    ]);
}

impl Answer for MessageView {
    fn write_text(&self, text: &mut Text) {
        write_message(text, self);
    }

    fn remark(&self) -> Option<String> {
        let words = |code| {
            let command = if self.channel == "sms" { "sms" } else { "email" };
            let words = ErrorBody::new(code).with("id", &self.id).with("command", command).words();
            format!("{} {}", words.what, words.next)
        };
        match self.state.as_str() {
            // What may have been sent is the news, also where it was asked for before.
            "prepared" | "unsettled" | "needs_person" => Some(words(ErrorCode::MessageInDoubt)),
            _ if self.repeated => Some("This request was answered before; nothing new was sent.".to_owned()),
            "bounced" | "dropped" => Some("The vendor took it, and it did not arrive.".to_owned()),
            "refused" => Some("It was not sent. Change what is wrong and send it again.".to_owned()),
            _ if self.sandbox_mode => Some(
                "The vendor checked it and delivers nothing, since the address is not on the account's list."
                    .to_owned(),
            ),
            _ if self.card_masked => Some("A card number in it was masked before it was sent.".to_owned()),
            _ => None,
        }
    }
}

impl Answer for MessageDetail {
    fn write_text(&self, text: &mut Text) {
        write_message(text, &self.message);
        text.facts(&[
            ("id at the vendor", self.vendor_id.clone()),
            ("handed over", Some(format!("{} times", self.sends))),
        ]);
        if !self.events.is_empty() {
            text.heading("What the vendor told");
            let columns = [left("AT"), left("WHAT"), left("WHY"), left("HEARD")];
            let rows: Vec<Vec<String>> = self
                .events
                .iter()
                .map(|event| {
                    vec![
                        moment(event.at),
                        code(&event.kind),
                        or_dash(event.reason.as_deref()),
                        moment(event.received),
                    ]
                })
                .collect();
            text.table(&columns, &rows);
        }
        if let Some(body) = &self.body {
            text.heading("What it said");
            body.lines().for_each(|line| text.line(line));
        }
    }
}

/// How long an SMS is on the air, and why in two bytes a character where it is.
fn length(size: &SmsSizeView) -> String {
    let SmsSizeView { characters, segments, left, .. } = size;
    let sms = if *segments == 1 { "SMS" } else { "SMS, each of which is paid" };
    let why = match (&size.forced_by, size.forced_at) {
        (Some(one), Some(place)) => {
            format!("; {one:?} at {place} is not in the 7-bit alphabet, so that less fits into one")
        }
        _ => String::new(),
    };
    format!("{characters} characters, {segments} {sms}; {left} more would fit{why}")
}

impl Answer for MessagesSynced {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("account", Some(self.account.clone())),
            ("read", Some(self.read.to_string())),
            ("new", Some(self.new.to_string())),
            ("changed", Some(self.changed.to_string())),
            ("could not be read", (self.skipped > 0).then(|| self.skipped.to_string())),
            ("found after a lost answer", (self.found > 0).then(|| self.found.to_string())),
            ("still in doubt", (self.in_doubt > 0).then(|| self.in_doubt.to_string())),
            ("read down to", self.oldest.map(moment)),
            ("to the end of the list", Some(if self.complete { "yes" } else { "not yet" }.to_owned())),
        ]);
    }

    fn remark(&self) -> Option<String> {
        match (self.stopped_early, self.complete) {
            (true, _) => {
                Some("The vendor stopped answering; what was read is kept. Run it again to go on.".to_owned())
            }
            (false, false) => Some("There is more; run it again to go on.".to_owned()),
            (false, true) => None,
        }
    }
}

impl Answer for MessagePreview {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("account", Some(self.account.clone())),
            ("from", Some(self.from.clone())),
            ("to", Some(self.to.clone())),
            ("subject", self.subject.clone()),
            ("template", self.template.clone()),
            ("only checked", self.sandbox_mode.then(|| "yes: nobody would get it".to_owned())),
            ("card number", self.card_masked.then(|| "would be masked".to_owned())),
            ("goes at", self.send_at.map(moment)),
            ("cannot be shown", self.problem.clone()),
            ("length", self.size.as_ref().map(length)),
        ]);
        for one in self.suppressions.iter().flatten() {
            text.line(format!("Mind: {}", suppression(one)));
        }
        if let Some(rendered) = &self.rendered {
            write_rendered(text, rendered);
        }
        if let Some(body) = &self.text {
            text.blank();
            body.lines().for_each(|line| text.line(line));
        }
    }
}

impl Answer for ThreadView {
    fn write_text(&self, text: &mut Text) {
        if self.left_out {
            text.line("There are older ones; `email list` finds them.");
        }
        for one in &self.items {
            let message = &one.message;
            let way = if message.direction == "inbound" { "from the customer" } else { "to the customer" };
            text.heading(&format!(
                "{} by {} {way}, {}",
                moment(message.created),
                message.channel,
                code(state(message))
            ));
            text.facts(&[
                ("id", Some(message.id.clone())),
                ("what", Some(code(&message.purpose))),
                ("subject", message.subject.clone()),
                ("payment", message.payment.clone()),
                ("its words are not here", message.no_body.as_deref().map(code)),
            ]);
            one.body.iter().flat_map(|body| body.lines()).for_each(|line| text.line(line));
        }
    }
}

impl Answer for MailSettingsView {
    fn write_text(&self, text: &mut Text) {
        let yes = |flag: bool| Some(if flag { "yes" } else { "no" }.to_owned());
        text.facts(&[
            ("account", Some(self.account.clone())),
            ("from", self.from.clone()),
            ("sender's name", self.from_name.clone()),
            ("bodies are kept", yes(self.keep_bodies)),
            ("opens and clicks are counted", yes(self.tracking)),
            ("get real messages outside live", Some(self.allowed.join(", ")).filter(|all| !all.is_empty())),
        ]);
        let columns = [left("SENDER"), left("NAME"), left("VERIFIED")];
        let rows: Vec<Vec<String>> = self
            .senders
            .iter()
            .map(|one| {
                let verified = if one.verified { "yes" } else { "no" };
                vec![one.email.clone(), or_dash(one.name.as_deref()), verified.to_owned()]
            })
            .collect();
        if !rows.is_empty() {
            text.blank();
            text.table(&columns, &rows);
        }
    }
}

impl Answer for MessagesImported {
    fn write_text(&self, text: &mut Text) {
        if self.files.is_empty() {
            text.line(
                "There is no dump in it: files whose names end in .json, .jsonl or .ndjson, also with .gz.",
            );
            return;
        }
        let columns = [
            left("FILE"),
            right("LINES"),
            right("NEW"),
            right("KNOWN"),
            right("KEPT APART"),
            left("PROBLEM"),
        ];
        let row = |file: &ImportedFile| {
            vec![
                file.name.clone(),
                file.lines.to_string(),
                file.events.to_string(),
                file.known.to_string(),
                file.bad.to_string(),
                or_dash(file.problem.as_deref()),
            ]
        };
        text.table(&columns, &self.files.iter().map(row).collect::<Vec<_>>());
        for file in &self.files {
            for one in &file.problems {
                text.line(format!("{}, line {}: {}", file.name, one.line, one.problem));
            }
        }
    }
}

impl Answer for ActivityChecked {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("asked about", Some(self.asked.to_string())),
            ("known, so taken", Some(self.settled.to_string())),
            ("not known, or not yet", Some(self.unknown.to_string())),
            ("waiting for the vendor's rate", Some(self.waiting.to_string())),
        ]);
    }
}
