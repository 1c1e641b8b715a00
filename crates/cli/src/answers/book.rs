//! The book as text.

use contract::Page;
use contract::book::{BookBreak, BookExported, BookLineView, BookVerified, EvidenceView, Said, WhoView};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment, money};

fn said(said: &[Said]) -> String {
    let parts: Vec<String> = said.iter().map(|one| format!("{} {}", code(&one.name), one.value)).collect();
    parts.join(", ")
}

impl Answer for Page<BookLineView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            right("LINE"),
            left("WHEN"),
            left("WHO"),
            left("WHAT"),
            right("AMOUNT"),
            left("ABOUT"),
            left("ACCOUNT"),
            left("MORE"),
        ];
        let row = |line: &BookLineView| {
            let who = match (line.shell.as_str(), line.name.is_empty()) {
                ("paydesk", _) => "Paydesk".to_owned(),
                (_, true) => line.system_user.clone(),
                (_, false) => format!("{} ({})", line.name, line.system_user),
            };
            let change = match (line.before.is_empty(), line.after.is_empty()) {
                (false, false) => format!("{} -> {}", said(&line.before), said(&line.after)),
                _ => said(&[line.before.clone(), line.after.clone()].concat()),
            };
            let erased = if line.erased { "(erased)" } else { "" };
            let more: Vec<String> = [said(&line.personal), change, said(&line.facts), erased.to_owned()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect();
            vec![
                line.number.to_string(),
                moment(line.at),
                who,
                code(&line.action),
                or_dash(line.amount.map(money)),
                or_dash(Some(line.about.as_str()).filter(|about| !about.is_empty())),
                or_dash(line.account.as_deref()),
                more.join("; "),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

/// What does not fit, in a sentence.
fn sentence(what: &str, found: &BookBreak) -> String {
    let line = found.line;
    match found.flaw.as_str() {
        "missing" => format!("Line {line} of {what} is missing, though later ones are there."),
        "changed" => format!("Line {line} of {what} is not what it was when it was written."),
        "out_of_place" => format!(
            "Line {line} of {what} does not follow the one before: one was put in, taken out or changed there."
        ),
        "cut_off" => format!("The end of {what} is cut off: line {line} was there and is not any more."),
        "rewritten" => {
            format!("Line {line} of {what} is another than the one whose hash was kept: it was written anew.")
        }
        _ => format!("Line {line} of {what} does not fit."),
    }
}

impl Answer for BookVerified {
    fn write_text(&self, text: &mut Text) {
        text.line(if self.whole {
            "The book fits from its first line to its last."
        } else {
            "The book does not fit."
        });
        let kept = self.kept.map(|kept| format!("{kept} lines, {} since", self.since_kept));
        text.facts(&[
            ("lines", Some(self.lines.to_string())),
            ("head", Some(self.head.clone())),
            ("kept in the vault", Some(kept.unwrap_or_else(|| "nothing".to_owned()))),
            ("erased parts", Some(self.erased.to_string())),
            ("lines of the file", self.file_lines.map(|lines| lines.to_string())),
        ]);
    }

    fn remark(&self) -> Option<String> {
        let mut sentences: Vec<String> = Vec::new();
        sentences.extend(self.broken.as_ref().map(|found| sentence("the book", found)));
        sentences.extend(self.file_broken.as_ref().map(|found| sentence("the file", found)));
        if self.kept.is_none() {
            sentences.push(
                "No head is kept, so nobody would notice a missing end: compare the head with one that you wrote \
                 down, or with an exported book."
                    .to_owned(),
            );
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

impl Answer for BookExported {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("file", Some(self.path.clone())),
            ("lines", Some(self.lines.to_string())),
            ("head", Some(self.head.clone())),
        ]);
    }

    fn remark(&self) -> Option<String> {
        self.broken.as_ref().map(|found| sentence("the book", found))
    }
}

impl Answer for WhoView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("user", Some(self.system_user.clone())),
            ("name", Some(self.name.clone()).filter(|name| !name.is_empty())),
        ]);
    }
}

impl Answer for EvidenceView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("payment", Some(self.payment.clone())),
            ("page", Some(self.path.clone())),
            ("files beside it", Some(self.attachments.len().to_string())),
        ]);
    }
}
