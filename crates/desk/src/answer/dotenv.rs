//! Reading a `.env` file: which of its variables Paydesk takes over and which it leaves, and why.

use std::path::Path;

use contract::{ErrorBody, ErrorCode};
use domain::Secret;

/// The variable that holds the key of a Stripe account.
const ACCOUNT_KEY: &str = "STRIPE_SECRET_KEY";
/// Largest file that is read; a `.env` is a few lines.
const MAX_BYTES: u64 = 64 * 1024;

/// What becomes of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is the account's key.
    AccountKey,
    /// It signs webhooks of the account; kept in the vault for the listener.
    WebhookSecret,
    /// A key of another vendor; kept in the vault until that vendor is connected.
    Imported {
        /// The vendor.
        vendor: &'static str,
    },
    /// The address that mail is sent from.
    FromEmail,
    /// It is left where it is.
    Skipped {
        /// Why, as a code for the message files.
        reason: &'static str,
    },
}

/// One variable.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Secret,
    pub(crate) fate: Fate,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Dotenv {
    pub(crate) key: Secret,
    pub(crate) variables: Vec<Variable>,
}

/// Reads a file by its path.
pub(crate) fn read_file(path: &Path) -> Result<Dotenv, ErrorBody> {
    let unusable = |why: String| ErrorBody::new(ErrorCode::DotenvUnusable).with("why", why);
    let size = std::fs::metadata(path).map_err(|error| unusable(error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(unusable(format!("it has {size} bytes, which no .env file has")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    read(&Secret::new(text))
}

/// Reads the text of a file.
pub(crate) fn read(text: &Secret) -> Result<Dotenv, ErrorBody> {
    let unusable = |why: &str| ErrorBody::new(ErrorCode::DotenvUnusable).with("why", why);
    let mut variables = Vec::new();
    for item in dotenvy::from_read_iter(text.expose().as_bytes()) {
        // The error would print the line, which may hold a key.
        let (name, value) = item.map_err(|_| unusable("a line in it is not NAME=value"))?;
        let value = Secret::new(value);
        let fate = fate(&name, &value);
        variables.push(Variable { name, value, fate });
    }
    let key = variables.iter().find(|one| one.fate == Fate::AccountKey).map(|one| one.value.clone());
    Ok(Dotenv { key: key.ok_or_else(|| unusable("STRIPE_SECRET_KEY is not in it"))?, variables })
}

fn fate(name: &str, value: &Secret) -> Fate {
    if value.is_blank() {
        return Fate::Skipped { reason: "empty" };
    }
    if value.expose().starts_with("pk_") {
        return Fate::Skipped { reason: "publishable_key" };
    }
    match name {
        ACCOUNT_KEY => Fate::AccountKey,
        "STRIPE_WEBHOOK_SECRET" => Fate::WebhookSecret,
        "STRIPE_PUBLISHABLE_KEY" => Fate::Skipped { reason: "publishable_key" },
        "SENDGRID_API_KEY" => Fate::Imported { vendor: "sendgrid" },
        "TWILIO_AUTH_TOKEN" | "TWILIO_ACCOUNT_SID" => Fate::Imported { vendor: "twilio" },
        "PAYPAL_CLIENT_ID" | "PAYPAL_CLIENT_SECRET" => Fate::Imported { vendor: "paypal" },
        "FROM_EMAIL" if value.expose().contains('@') => Fate::FromEmail,
        "FROM_EMAIL" => Fate::Skipped { reason: "not_an_address" },
        _ => Fate::Skipped { reason: "not_needed" },
    }
}

#[cfg(test)]
mod tests {
    use domain::Secret;

    use super::{Fate, read};

    const FILE: &str = "# shop\nSTRIPE_SECRET_KEY=sk_test_abc\nSTRIPE_PUBLISHABLE_KEY=pk_test_abc\n\
        export STRIPE_WEBHOOK_SECRET=\"whsec_abc\"\nSENDGRID_API_KEY=SG.a.b\nFROM_EMAIL=shop@example.org\n\
        DATABASE_URL=postgres://x\nEMPTY=\n";

    #[test]
    fn each_variable_goes_where_it_belongs() {
        let file = read(&Secret::new(FILE)).unwrap();
        assert_eq!(file.key.expose(), "sk_test_abc");
        let fate = |name: &str| file.variables.iter().find(|one| one.name == name).unwrap().fate.clone();
        assert_eq!(fate("STRIPE_PUBLISHABLE_KEY"), Fate::Skipped { reason: "publishable_key" });
        assert_eq!(fate("STRIPE_WEBHOOK_SECRET"), Fate::WebhookSecret);
        assert_eq!(fate("SENDGRID_API_KEY"), Fate::Imported { vendor: "sendgrid" });
        assert_eq!(fate("FROM_EMAIL"), Fate::FromEmail);
        assert_eq!(fate("DATABASE_URL"), Fate::Skipped { reason: "not_needed" });
        assert_eq!(fate("EMPTY"), Fate::Skipped { reason: "empty" });
    }

    #[test]
    fn a_broken_line_is_refused_without_showing_it() {
        let error = read(&Secret::new("STRIPE_SECRET_KEY=sk_test_canary oops 'unclosed")).unwrap_err();
        assert!(!format!("{error:?}").contains("canary"));
        assert!(read(&Secret::new("OTHER=1")).is_err());
    }
}
