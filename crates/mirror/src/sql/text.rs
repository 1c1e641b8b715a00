//! The text of a question: one statement that reads.

use std::collections::HashSet;

use super::SqlMistake;

/// Longest question, in bytes.
const LONGEST: usize = 20_000;

/// How often parts of a question with a name may stand in it, once each is written out where it is used.
const MOST_USES: u64 = 1_000;

/// Where a byte of the text stands: line and column, in characters from 1.
pub(super) fn place(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The statement without what ends it, where the text is one statement that begins like a question.
pub(super) fn one_question(text: &str) -> Result<&str, SqlMistake> {
    let mistake =
        |why: &str, at: usize| Err(SqlMistake { why: why.to_owned(), place: Some(place(text, at)) });
    if text.len() > LONGEST {
        return Err(SqlMistake { why: "it is longer than 20,000 bytes".to_owned(), place: None });
    }
    if let Some(at) = text.find('\0') {
        return mistake("it holds a NUL character", at);
    }
    let mut first: Option<(usize, &str)> = None;
    let mut end: Option<usize> = None;
    for (at, token) in tokens(text) {
        // SQLite reads `$1(')` as one name, quote and all: what follows a parameter may be cut otherwise
        // than here, so there is none.
        if let Some(offset) = parameter(token) {
            return mistake("it names a parameter, and nothing is filled in here", at + offset);
        }
        match (end, token) {
            (Some(_), ";") => {}
            (Some(_), _) => return mistake("only one statement can be asked at a time", at),
            (None, ";") => end = Some(at),
            (None, token) => {
                first.get_or_insert((at, token));
            }
        }
    }
    // SQLite writes each part out where it is used before it looks at its limits, so that sixty parts
    // that use the one before twice would keep it at work for ever.
    if uses_of_parts(text) > MOST_USES {
        let why = "its parts with a name use one another too often".to_owned();
        return Err(SqlMistake { why, place: None });
    }
    match first {
        None => mistake("there is nothing in it", 0),
        Some((_, word)) if ["select", "with", "values"].iter().any(|one| word.eq_ignore_ascii_case(one)) => {
            Ok(text.get(..end.unwrap_or(text.len())).unwrap_or(text))
        }
        Some((at, _)) => {
            mistake("it must begin with SELECT, WITH or VALUES, since nothing can be written here", at)
        }
    }
}

/// Words, quoted texts and single marks as SQLite cuts them, without blanks and comments. What is quoted
/// is one token, so that no mark in it counts.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let (length, counts) = token(rest);
            let found = (at, rest.get(..length).unwrap_or(rest));
            at += length;
            if counts {
                return Some(found);
            }
        }
    })
}

/// A name without its quotes.
pub(super) fn bare(token: &str) -> &str {
    token.trim_matches(['"', '`', '[', ']', '\''])
}

/// How often parts that got a name by `name as (…)` stand in the text at most once all are written out.
fn uses_of_parts(text: &str) -> u64 {
    let found: Vec<String> = tokens(text).map(|(_, token)| bare(token).to_lowercase()).collect();
    let at = |place: usize| found.get(place).map_or("", String::as_str);
    let mut names: HashSet<&str> = HashSet::new();
    for place in (1..found.len()).filter(|place| at(*place) == "as") {
        if matches!(at(place + 1), "(" | "materialized" | "not") {
            names.insert(at(before_columns(&found, place - 1)));
        }
    }
    names
        .into_iter()
        .map(|name| {
            let is_use = |place: &usize| {
                at(*place) == name && at(place + 1) != "." && (*place == 0 || at(place - 1) != ".")
            };
            let uses = (0..found.len()).filter(is_use).count().saturating_sub(1);
            u64::try_from(uses).unwrap_or(u64::MAX).max(1)
        })
        .fold(1, u64::saturating_mul)
}

/// The place of a part's name, which stands before the names of its columns, where it has some.
fn before_columns(found: &[String], last: usize) -> usize {
    if found.get(last).is_none_or(|token| token != ")") {
        return last;
    }
    let opening = found.iter().take(last).rposition(|token| token == "(");
    opening.map_or(last, |opening| opening.saturating_sub(1))
}

/// Where a parameter begins in a token that is not quoted.
fn parameter(token: &str) -> Option<usize> {
    let is_quoted = token.starts_with(['\'', '"', '`', '[']);
    if is_quoted { None } else { token.find(['$', '@', ':', '#', '?']) }
}

/// Length of what the text begins with, and whether it is more than blank or a comment.
fn token(rest: &str) -> (usize, bool) {
    let until = |end: &str, skipped: usize| {
        let tail = rest.get(skipped..).unwrap_or_default();
        tail.find(end).map_or(rest.len(), |found| skipped + found + end.len())
    };
    let first = rest.chars().next().unwrap_or(' ');
    let word = |one: char| one.is_alphanumeric() || one == '_' || one == '$' || !one.is_ascii();
    match first {
        _ if rest.starts_with("--") => (until("\n", 2), false),
        _ if rest.starts_with("/*") => (until("*/", 2), false),
        '\'' | '"' | '`' => (quoted(rest, first), true),
        '[' => (until("]", 1), true),
        one if one.is_ascii_whitespace() => (1, false),
        one if word(one) => (rest.find(|one| !word(one)).unwrap_or(rest.len()), true),
        other => (other.len_utf8(), true),
    }
}

/// Length of a quoted text; the quote doubled stands for itself.
fn quoted(rest: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = rest.get(at..).and_then(|tail| tail.find(quote)) {
        at += found + 1;
        if !rest.get(at..).is_some_and(|tail| tail.starts_with(quote)) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_that_reads_is_told_from_anything_else() {
        for (text, statement) in [
            ("select 1", "select 1"),
            (" -- note\n SELECT 1 ; ; -- end", " -- note\n SELECT 1 "),
            ("/* a; b */ values (';'), (\";\")", "/* a; b */ values (';'), (\";\")"),
            (
                "with a as (select 'it''s; fine') select [;], `;` from a;",
                "with a as (select 'it''s; fine') select [;], `;` from a",
            ),
            ("select '$1', \"@a\", [:b], `#c?` -- $1", "select '$1', \"@a\", [:b], `#c?` -- $1"),
        ] {
            assert_eq!(one_question(text), Ok(statement), "{text}");
        }
        for (text, wanted) in [
            ("", (1, 1)),
            (";", (1, 1)),
            ("-- only a note", (1, 1)),
            ("delete from v_payments", (1, 1)),
            ("select 1;\n  drop table payments", (2, 3)),
            ("select 1; select 2", (1, 11)),
            ("pragma query_only = off", (1, 1)),
            ("(select 1)", (1, 1)),
            ("select '\0'", (1, 9)),
            ("explain select 1", (1, 1)),
            ("select $1('); drop table payments --'", (1, 8)),
            ("select @a, 1", (1, 8)),
            ("select 1 where id = :id", (1, 21)),
            ("select ?1", (1, 8)),
            ("select #a", (1, 8)),
            ("select a$b", (1, 9)),
        ] {
            assert_eq!(one_question(text).unwrap_err().place, Some(wanted), "{text}");
        }
        assert!(one_question(&" ".repeat(20_001)).is_err());
    }

    #[test]
    fn parts_that_use_one_another_are_counted_as_if_they_were_written_out() {
        for (text, uses) in [
            ("select 1", 1),
            ("with p as (select 1 as x) select p.x, p.x, main.p from p", 1),
            (
                "with p(x) as (select 1), q (y, z) as materialized (select * from P a, \"p\" b) select * from q, q, q",
                6,
            ),
            ("with p as not materialized (select 1) select * from p, [p], `p`, 'p'", 4),
            ("select cast(1 as text) as p, p, p", 1),
        ] {
            assert_eq!(uses_of_parts(text), uses, "{text}");
        }
    }
}
