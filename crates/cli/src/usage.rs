//! A command line that cannot be read, and requests for help.

use std::ffi::OsString;
use std::io::Write;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use contract::ExitCode;

use crate::failure::Failure;
use crate::output::Output;

/// Prints it and says what the program exits with.
pub(crate) fn report(error: &clap::Error) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let mut stdout = std::io::stdout().lock();
        let _ = write!(stdout, "{}", error.render()).and_then(|()| stdout.flush());
        return ExitCode::Done as u8;
    }
    let text = mask_keys(&error.render().to_string());
    if wants_json(std::env::args_os()) {
        return Output::new(true).failure(&Failure::bad_request(first_sentence(error, &text)));
    }
    let _ = write!(std::io::stderr().lock(), "{text}");
    ExitCode::BadInput as u8
}

/// The options could not be read, so the words themselves are looked at.
fn wants_json(words: impl Iterator<Item = OsString>) -> bool {
    words.take_while(|word| word != "--").any(|word| word == "--json")
}

/// What is wrong, without the usage and the hints below it.
fn first_sentence(error: &clap::Error, text: &str) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing".to_owned();
    }
    let mut sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    // The arguments that are missing stand on lines of their own.
    if let Some(ContextValue::Strings(missing)) =
        error.get(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::MissingRequiredArgument)
    {
        sentence = format!("{sentence} {}", missing.join(", "));
    }
    sentence.trim_end_matches([':', '.']).to_owned()
}

/// Keys that someone gave as an argument by mistake, cut to their prefix: this text ends in the
/// logs of servers.
fn mask_keys(text: &str) -> String {
    const PREFIXES: [&str; 5] = ["sk_", "rk_", "pk_", "whsec_", "SG."];
    let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word_on) = rest.split_at(start);
        let (word, after) = word_on.split_at(word_on.find(|one| !is_part(one)).unwrap_or(word_on.len()));
        masked.push_str(before);
        match PREFIXES.iter().find_map(|prefix| word.find(prefix).map(|place| place + prefix.len())) {
            Some(end) => {
                masked.push_str(&word[..end]);
                masked.push('…');
            }
            None => masked.push_str(word),
        }
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{first_sentence, mask_keys, wants_json};
    use crate::arguments::Arguments;

    #[test]
    fn a_key_given_as_an_argument_is_not_repeated() {
        let line = ["paydeskctl", "accounts", "add", "stripe", "--label", "a", "--key=sk_live_4242canary"];
        let error = Arguments::try_parse_from(line).unwrap_err();
        assert!(!mask_keys(&error.render().to_string()).contains("4242canary"));
        let error = Arguments::try_parse_from(["paydeskctl", "find", "a", "sk_live_4242canary"]).unwrap_err();
        let masked = mask_keys(&error.render().to_string());
        assert!(masked.contains("sk_…") && !masked.contains("4242canary"), "{masked}");
        assert_eq!(mask_keys("Usage: paydeskctl [OPTIONS]"), "Usage: paydeskctl [OPTIONS]");
        assert_eq!(mask_keys("sk_é sk_"), "sk_…é sk_…");
    }

    #[test]
    fn the_sentence_names_what_is_missing() {
        let error = Arguments::try_parse_from(["paydeskctl", "show"]).unwrap_err();
        let sentence = first_sentence(&error, &error.render().to_string());
        assert!(sentence.contains("<ID>") && !sentence.contains("Usage"), "{sentence}");
    }

    #[test]
    fn json_is_wanted_when_the_word_is_there() {
        let words = |words: &[&str]| wants_json(words.iter().map(|word| (*word).into()));
        assert!(words(&["paydeskctl", "show", "--json"]));
        assert!(!words(&["paydeskctl", "find", "--", "--json"]));
    }
}
