//! Answers to payers as text.

use contract::replies::{AnswerCard, Replies};

use super::Answer;
use crate::text::{Text, left, right};
use crate::words::{code, moment, money};

impl Answer for Replies {
    fn write_text(&self, text: &mut Text) {
        for card in &self.cards {
            write_card(text, card);
        }
        let from = match self.language_from.as_str() {
            "asked" => "as asked for",
            "customer" => "as the customer's record says",
            "card_country" => "after the country of the card",
            _ => "since nothing tells another",
        };
        text.line(format!("Language {}, {from}. As of {}.", self.language, moment(self.as_of)));
    }
}

fn write_card(text: &mut Text, card: &AnswerCard) {
    text.heading(&format!("{}: {}", code(&card.question), code(&card.state)));
    if let Some(expected) = &card.expected {
        text.line(format!("expected from {} until {}", expected.from, expected.until));
    }
    if let Some(reference) = &card.trace_reference {
        text.line(format!("trace reference {reference}"));
    }
    let columns =
        [left("WHAT"), left("STATE"), right("AMOUNT"), left("CREATED"), left("KNOWN BY"), left("ID")];
    let rows: Vec<Vec<String>> = card
        .evidence
        .iter()
        .map(|one| {
            vec![
                code(&one.what),
                code(&one.status),
                one.amount.map(money).unwrap_or_default(),
                moment(one.at),
                one.known_by.clone().unwrap_or_default(),
                one.id.clone(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.table(&columns, &rows);
    }
    text.blank();
    for line in card.reply.lines() {
        text.line(line);
    }
    text.blank();
}
