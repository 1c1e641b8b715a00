//! Cutting a query into tokens.

use domain::is_deceptive;

/// One token of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Something to look for, or an operator in capitals.
    Piece(Piece),
    /// An opening bracket.
    Open(Open),
    /// A closing bracket.
    Close,
}

/// An opening bracket with what stands right before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    /// Whether it is `-(`.
    pub(super) negated: bool,
    /// The field of `status:(failed OR pending)` and where it starts.
    pub(super) field: Option<String>,
    /// Where it starts, counted in characters from 1.
    pub(super) column: usize,
}

/// One piece: a field with its value, a quoted phrase, or a bare word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Whether `-` stands right before it.
    pub(super) negated: bool,
    /// What stands before the colon, where a colon follows letters directly.
    pub(super) field: Option<String>,
    /// What it says.
    pub(super) value: String,
    /// Whether the value stood in quotes.
    pub(super) quoted: bool,
    /// Where the piece starts, counted in characters from 1.
    pub(super) column: usize,
    /// Where its value starts.
    pub(super) value_column: usize,
}

/// Characters that part words in pasted text and mean nothing themselves.
fn is_separator(one: char) -> bool {
    one.is_whitespace()
        || one.is_control()
        || matches!(one, '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|')
        || is_deceptive(one)
}

/// Fields whose values may be compared without a colon; elsewhere such a sign is only punctuation.
const COMPARED: [&str; 3] = ["amount", "created", "date"];

/// Fields of payments whose values are single words, so that a comma parts several of them.
pub(super) const LISTED: [&str; 12] = [
    "status",
    "currency",
    "country",
    "brand",
    "type",
    "method",
    "risk",
    "risk_level",
    "refund",
    "dispute",
    "last4",
    "vendor",
];

/// Whether a field is one of those that may have several values with commas between them: `status:failed,pending`.
pub(super) fn is_listed(listed: &[&str], field: &str) -> bool {
    listed.contains(&field.to_lowercase().as_str())
}

fn is_quote(one: char) -> bool {
    matches!(one, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}

pub(super) fn is_field_character(one: char) -> bool {
    one.is_alphanumeric() || matches!(one, '_' | '.' | '-')
}

struct Reader<'a> {
    characters: &'a [char],
    /// Fields whose values a comma parts.
    listed: &'a [&'a str],
    at: usize,
}

/// Cuts the text into tokens; there is no text that cannot be cut.
pub(super) fn cut(text: &str, listed: &[&str]) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let mut reader = Reader { characters: &characters, listed, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = reader.next_token() {
        tokens.push(token);
    }
    tokens
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next_token(&mut self) -> Option<Token> {
        while self.peek().is_some_and(|one| is_separator(one) && !matches!(one, '(' | ')')) {
            self.at += 1;
        }
        if self.peek()? == ')' {
            self.at += 1;
            return Some(Token::Close);
        }
        let column = self.at + 1;
        let negated = self.peek() == Some('-');
        if negated {
            self.at += 1;
        }
        let field = self.field();
        let value_column = self.at + 1;
        let (value, quoted) = match self.peek() {
            Some('(') => {
                self.at += 1;
                return Some(Token::Open(Open { negated, field, column }));
            }
            Some(one) if is_quote(one) => (self.phrase(), true),
            _ => (self.word(field.as_deref()), false),
        };
        Some(Token::Piece(Piece { negated, field, value, quoted, column, value_column }))
    }

    /// Letters right before a colon or a comparison; the reader stays where it was if there is none.
    fn field(&mut self) -> Option<String> {
        let rest = self.characters.get(self.at..)?;
        let length = rest.iter().position(|one| !is_field_character(*one))?;
        let letters: String = rest.get(..length)?.iter().collect();
        match rest.get(length) {
            Some(':') if length > 0 => self.at += length + 1,
            // `amount>10`: the sign stays, as the beginning of the value.
            Some('<' | '>' | '=') if COMPARED.contains(&letters.to_lowercase().as_str()) => self.at += length,
            _ => return None,
        }
        Some(letters)
    }

    /// To the closing quote, or to the end where there is none.
    fn phrase(&mut self) -> String {
        self.at += 1;
        let start = self.at;
        while self.peek().is_some_and(|one| !is_quote(one)) {
            self.at += 1;
        }
        let text = self.characters.get(start..self.at).unwrap_or_default().iter().collect();
        self.at += 1;
        text
    }

    /// To the next separator or quote. The value of a field may start with a comparison, and a comma
    /// between digits parts nothing, nor one in the list of a field.
    fn word(&mut self, field: Option<&str>) -> String {
        let (start, listed) = (self.at, field.is_some_and(|field| is_listed(self.listed, field)));
        while field.is_some() && matches!(self.peek(), Some('<' | '>' | '=')) {
            self.at += 1;
        }
        while let Some(one) = self.peek() {
            let digit = |place: usize| self.characters.get(place).is_some_and(char::is_ascii_digit);
            let inside_number = one == ',' && self.at > start && digit(self.at - 1) && digit(self.at + 1);
            let inside_list = listed
                && matches!(one, ',' | '|')
                && self.at > start
                && self.characters.get(self.at + 1).is_some_and(|next| next.is_alphanumeric());
            if (is_separator(one) && !inside_number && !inside_list) || is_quote(one) {
                break;
            }
            self.at += 1;
        }
        self.characters.get(start..self.at).unwrap_or_default().iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let show = |token: Token| {
            let piece = match token {
                Token::Piece(piece) => piece,
                Token::Open(open) => {
                    let field = open.field.map(|field| format!("{field}=")).unwrap_or_default();
                    return format!("{}{field}(", if open.negated { "-" } else { "" });
                }
                Token::Close => return ")".to_owned(),
            };
            let field = piece.field.map(|field| format!("{field}=")).unwrap_or_default();
            let minus = if piece.negated { "-" } else { "" };
            let quotes = if piece.quoted { "'" } else { "" };
            format!("{minus}{field}{quotes}{}{quotes}", piece.value)
        };
        cut(text, &LISTED).into_iter().map(show).collect()
    }

    #[test]
    fn a_pasted_header_comes_apart() {
        assert_eq!(
            words("<\"Jane Doe\" <jane@x.org>, order 1042>"),
            ["'Jane Doe'", "jane@x.org", "order", "1042"]
        );
    }

    #[test]
    fn fields_values_and_negation() {
        assert_eq!(
            words("-status:failed amount:>=10 name:\"Jane Doe\" created:2026-03-01..2026-03-31"),
            ["-status=failed", "amount=>=10", "name='Jane Doe'", "created=2026-03-01..2026-03-31"]
        );
        assert_eq!(words("status:"), ["status="]);
        assert_eq!(words("metadata.order_id:1042"), ["metadata.order_id=1042"]);
    }

    #[test]
    fn every_text_can_be_cut() {
        for text in
            ["", "   ", "-", "\"", "\"\"", ":", "::", "-:", "[[[[", "a\u{0}b", "1,299.00", "—", "-\"x"]
        {
            let _pieces = cut(text, &LISTED);
        }
        assert_eq!(words("1,299 a,b"), ["1,299", "a", "b"]);
        assert_eq!(words("a\u{0}b"), ["a", "b"]);
    }

    #[test]
    fn columns_count_characters() {
        let tokens = cut("é status:x", &LISTED);
        assert!(matches!(&tokens[1], Token::Piece(piece) if (piece.column, piece.value_column) == (3, 10)));
    }

    #[test]
    fn brackets_stand_for_themselves_outside_of_quotes() {
        assert_eq!(words("(a OR -(b c))"), ["(", "a", "OR", "-(", "b", "c", ")", ")"]);
        assert_eq!(words("-status:(a b) \"(c)\""), ["-status=(", "a", "b", ")", "'(c)'"]);
        assert_eq!(words("NEAR(a)b"), ["NEAR", "(", "a", ")", "b"]);
    }
}
