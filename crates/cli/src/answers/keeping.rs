//! What was done to a mirror's file, as text.

use contract::keeping::{
    BackupView, CustomerCopyView, ErasedView, MirrorFileView, RekeyedView, RestoredView,
};

use super::Answer;
use crate::text::{Text, left, right};

impl Answer for MirrorFileView {
    fn write_text(&self, text: &mut Text) {
        text.line(if self.whole { "The file is whole." } else { "The file is not whole." });
        let rows: Vec<Vec<String>> = self
            .checks
            .iter()
            .map(|check| {
                let verdict = if check.passed { "ok" } else { "FAILED" };
                vec![check.check.clone(), verdict.to_owned(), check.found.clone()]
            })
            .collect();
        text.table(&[left("CHECK"), left("RESULT"), left("FOUND")], &rows);
    }

    fn remark(&self) -> Option<String> {
        let next = "Restore the last backup, or move the file away and sync again.";
        (!self.whole).then(|| format!("The mirror's file does not fit together. {next}"))
    }
}

impl Answer for BackupView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("copy", Some(self.path.clone())),
            ("bytes", Some(self.bytes.to_string())),
            (
                "encrypted",
                Some(if self.encrypted { "yes, under the mirror's key of today" } else { "no" }.to_owned()),
            ),
        ]);
    }
}

impl Answer for RestoredView {
    fn write_text(&self, text: &mut Text) {
        text.line("The copy is the mirror now.");
        let carried = self.carried_intents.map_or_else(
            || "none: the file that was there could not be read".to_owned(),
            |count| count.to_string(),
        );
        text.facts(&[
            ("kept beside", self.kept.clone()),
            ("taken over from it", Some(carried)),
            ("open, only looked for", Some(self.held_intents.to_string())),
            ("erased again", Some(self.erased_again.to_string())),
        ]);
    }

    fn remark(&self) -> Option<String> {
        (self.held_intents > 0).then(|| {
            "Refunds that were open are never sent again; `refunds settle` looks for them at the vendor."
                .to_owned()
        })
    }
}

impl Answer for RekeyedView {
    fn write_text(&self, text: &mut Text) {
        let names: Vec<&str> = self.environments.iter().map(|one| one.as_str()).collect();
        text.line(format!("Encrypted under the new key: {}", names.join(", ")));
    }

    fn remark(&self) -> Option<String> {
        let copies = "Copies that were made before open with the old key only: make a new backup.";
        Some(match self.caller_keeps_key {
            true => format!("Set PAYDESK_MIRROR_KEY to the new key now. {copies}"),
            false => copies.to_owned(),
        })
    }
}

impl Answer for ErasedView {
    fn write_text(&self, text: &mut Text) {
        text.line(match &self.account {
            Some(account) => format!("{} is erased from the mirror of {account}.", self.id),
            None => format!("{} is erased from the mirror.", self.id),
        });
        let rows: Vec<Vec<String>> =
            self.records.iter().map(|one| vec![one.kind.clone(), one.records.to_string()]).collect();
        text.table(&[left("KIND"), right("CLEARED")], &rows);
        text.line(format!("{} intents of ours, {} messages", self.intents, self.messages));
    }

    fn remark(&self) -> Option<String> {
        let mut lines = vec![
            "Amounts, states and ids stay. The vendor still holds the person: delete the customer there too."
                .to_owned(),
        ];
        if !self.copies.is_empty() {
            lines.push(
                "These copies may still hold the person; delete them and make a new backup:".to_owned(),
            );
            lines.extend(self.copies.iter().cloned());
        }
        Some(lines.join("\n"))
    }
}

impl Answer for CustomerCopyView {
    fn write_text(&self, text: &mut Text) {
        match &self.document {
            Some(document) => document.lines().for_each(|line| text.line(line)),
            None => text.facts(&[
                ("copy", self.path.clone()),
                ("records", Some(self.records.to_string())),
                ("intents", Some(self.intents.to_string())),
            ]),
        }
    }
}
