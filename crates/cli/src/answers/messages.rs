//! Messages to customers as text.

use contract::message_sources::{ActivityChecked, ImportedFile, MessagesImported};
use contract::messages::{
    FoundMessages, MailSettingsView, MessageCount, MessageDetail, MessagePreview, MessageView,
};
use contract::{ErrorBody, ErrorCode};
use serde::Serialize;

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
                message.to.clone(),
                code(&message.purpose),
                code(&message.state),
                or_dash(message.reason.as_deref()),
                or_dash(message.payment.as_deref()),
                message.id.clone(),
            ]
        };
        text.table(&columns, &self.found.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.found.items.len(), self.count.messages, self.found.next.as_deref());
    }
}

fn write_message(text: &mut Text, message: &MessageView) {
    let link = message.link.as_deref().map(code);
    let payment = message.payment.as_ref().zip(link).map(|(payment, link)| format!("{payment} ({link})"));
    text.facts(&[
        ("id", Some(message.id.clone())),
        ("account", Some(message.account.clone())),
        ("what", Some(code(&message.purpose))),
        ("to", Some(message.to.clone())),
        ("subject", message.subject.clone()),
        ("template", message.template.clone()),
        ("payment", payment),
        ("state", Some(code(&message.state))),
        ("why", message.reason.clone()),
        ("only checked", message.sandbox_mode.then(|| "yes: nobody gets it".to_owned())),
        ("card number", message.card_masked.then(|| "was masked".to_owned())),
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
            let words = ErrorBody::new(code).with("id", &self.id).words();
            format!("{} {}", words.what, words.next)
        };
        match self.state.as_str() {
            _ if self.repeated => Some("This request was answered before; nothing new was sent.".to_owned()),
            "prepared" | "unsettled" | "needs_person" => Some(words(ErrorCode::MessageInDoubt)),
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
        ]);
        if let Some(body) = &self.text {
            text.blank();
            body.lines().for_each(|line| text.line(line));
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
            ("get real mail outside live", Some(self.allowed.join(", ")).filter(|all| !all.is_empty())),
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
