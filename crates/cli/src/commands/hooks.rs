//! `paydeskctl hooks`: the paths that vendors deliver to, and what a path is made of.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use contract::accounts::KeySource;
use contract::events::{ListHooks, OpenHook, RemoveHook};
use contract::{ErrorBody, ErrorCode, SecretText};
use webhooks::Scheme;

use super::webhooks::text_of_file;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to do with paths.
#[derive(Debug, Subcommand)]
pub(crate) enum HooksCommand {
    /// List the paths that vendors deliver to
    List,
    /// Make a path without listening; `paydeskctl serve` or the window listens for it
    Add(Box<HookArguments>),
    /// Take a path away; what came stays
    Remove(RemoveHookArguments),
}

/// Which path to take away.
#[derive(Debug, Args)]
pub(crate) struct RemoveHookArguments {
    /// The account or source, by label
    #[arg(value_name = "LABEL")]
    label: String,
    /// Forget the source with all events and requests that came from it
    #[arg(long)]
    forget: bool,
}

/// What a path is made of.
#[derive(Debug, Args)]
pub(crate) struct HookArguments {
    /// The port on 127.0.0.1 and ::1, from now on; the one of the last time when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// How what comes is signed
    #[arg(long, value_name = "SCHEME", default_value = "stripe", value_parser = PossibleValuesParser::new(Scheme::ALL.map(Scheme::as_str)))]
    scheme: String,
    /// The name of a source, which is made where there is none
    #[arg(long, value_name = "LABEL", conflicts_with = "account")]
    name: Option<String>,
    /// The account whose events come; needed when there are several
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// The variable that holds the secret which the vendor signs with, or its public key
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// The address that the vendor calls, where a tunnel or proxy stands before this machine
    #[arg(long, value_name = "PUBLIC_URL")]
    url: Option<String>,
    /// The id that PayPal gave the webhook
    #[arg(long, value_name = "ID")]
    webhook_id: Option<String>,
    /// PayPal's certificate and those between it and a root, in PEM; fetched from PayPal when left out
    #[arg(long, value_name = "PEM")]
    cert_file: Option<PathBuf>,
    /// The roots to trust, in PEM; those of the system when left out
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
}

impl HookArguments {
    /// The request for it, with a secret for where none is named.
    pub(super) fn request(&self, offered: SecretText) -> Result<OpenHook, Failure> {
        Ok(OpenHook {
            account: self.account.clone(),
            scheme: Some(self.scheme.clone()),
            name: self.name.clone(),
            public_url: self.url.clone(),
            webhook_id: self.webhook_id.clone(),
            certificate_pem: self.cert_file.as_deref().map(text_of_file).transpose()?,
            roots_pem: self.ca_file.as_deref().map(text_of_file).transpose()?,
            port: self.port,
            secret: self.secret_env.clone().map(|name| KeySource::Variable { name }),
            offered_secret: Some(offered),
        })
    }
}

impl HooksCommand {
    /// Carries it out and says what the program exits with.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::List => session.answer(ListHooks {}, outcome::done).await,
            Self::Add(arguments) => {
                if arguments.secret_env.is_none() && arguments.scheme != Scheme::PayPal.as_str() {
                    // Nothing prints a secret that is made here, but what listens.
                    return Err(ErrorBody::new(ErrorCode::HookUnfit)
                        .with(
                            "why",
                            "its secret is named with --secret-env; `paydeskctl listen` makes and shows one",
                        )
                        .into());
                }
                let request = arguments.request(desk::new_webhook_secret()?)?;
                session.answer(request, outcome::done).await
            }
            Self::Remove(RemoveHookArguments { label, forget }) => {
                session.answer(RemoveHook { account: label, forget }, outcome::done).await
            }
        }
    }
}
