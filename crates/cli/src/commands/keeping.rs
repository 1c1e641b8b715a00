//! `paydeskctl mirror`: copies of the mirror, their return, other keys, and the rights of a person.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use contract::keeping::{
    BackupMirror, CheckMirrorFile, EraseCustomer, ExportCustomer, RekeyMirror, RestoreMirror,
};
use contract::{Secret, SecretText};

use crate::answers::Answer;
use crate::confirm;
use crate::failure::Failure;
use crate::outcome;
use crate::output::exit_after;
use crate::session::Session;

/// What to do with the file of a mirror, and with what it holds of a person.
#[derive(Debug, Subcommand)]
pub(crate) enum KeepingCommand {
    /// Read the whole file and tell what does not fit; asks no vendor
    CheckFile,
    /// Copy the mirror as it stands now, while everything goes on
    Backup {
        /// The copy, which must not exist [default: a new file in the home's backups]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Put a copy in the place of the mirror, which is kept beside
    Restore(RestoreArguments),
    /// Encrypt the mirror under another key
    Rekey {
        /// The variable that holds the new key, 64 hexadecimal digits; needed where the vault is the environment
        #[arg(long, value_name = "NAME")]
        new_key_env: Option<String>,
    },
    /// Erase a person from the mirror; amounts, states and ids stay
    EraseCustomer(EraseArguments),
    /// Copy all that the mirror holds of a person
    ExportCustomer {
        /// The vendor's id, such as cus_1A2b, or the address of somebody who is no customer
        id: String,
        /// Write it to this file, which must not exist, instead of stdout
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// The account; needed when several know the id
        #[arg(long, value_name = "LABEL")]
        account: Option<String>,
    },
}

/// What to restore.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// The copy
    file: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Whom to erase.
#[derive(Debug, Args)]
pub(crate) struct EraseArguments {
    /// The vendor's id, such as cus_1A2b, or the address of somebody who is no customer
    id: String,
    /// The account; needed when several know the id
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    /// The same once more, where nobody can be asked
    #[arg(long, value_name = "ID")]
    confirm: Option<String>,
}

impl KeepingCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::CheckFile => session.answer(CheckMirrorFile {}, outcome::of_file).await,
            Self::Backup { to } => {
                let to = to.map(whole).transpose()?;
                session.answer(BackupMirror { to }, outcome::done).await
            }
            Self::Restore(RestoreArguments { file, yes }) => {
                if !yes {
                    ask(("restoring over the mirror", "--yes"), "Put this copy in the place of the mirror?")?;
                }
                session.answer(RestoreMirror { from: whole(file)? }, outcome::done).await
            }
            Self::Rekey { new_key_env } => {
                let new_key = new_key_env.map(|name| key_from(&name)).transpose()?;
                session.answer(RekeyMirror { new_key }, outcome::done).await
            }
            Self::EraseCustomer(EraseArguments { id, account, confirm }) => {
                let confirm = match confirm {
                    Some(confirm) => confirm,
                    None => {
                        let question = format!("Erase {id} from the mirror for good?");
                        ask(("erasing a person", "--confirm with the id"), &question)?;
                        id.clone()
                    }
                };
                session.answer(EraseCustomer { id, confirm, account }, outcome::done).await
            }
            Self::ExportCustomer { id, to, account } => {
                let to = to.map(whole).transpose()?;
                let copy = session.call(ExportCustomer { id, account, to }).await?;
                let printed = session.output().answer(&copy);
                if let Some(remark) = copy.remark() {
                    session.output().say(&remark);
                }
                Ok(exit_after(printed, outcome::done(&copy)))
            }
        }
    }
}

fn ask((what, word): (&str, &str), question: &str) -> Result<(), Failure> {
    if confirm::someone_is_there() { confirm::ask(question) } else { Err(confirm::needs(what, word)) }
}

/// The Desk may run in another process, in another folder.
pub(crate) fn whole(path: PathBuf) -> Result<String, Failure> {
    let path = std::path::absolute(path).map_err(Failure::bad_request)?;
    path.into_os_string().into_string().map_err(|_| Failure::bad_request("the path is not UTF-8"))
}

fn key_from(name: &str) -> Result<SecretText, Failure> {
    let missing = || {
        let body = contract::ErrorBody::new(contract::ErrorCode::VariableMissing);
        Failure::from(body.with("name", name))
    };
    let key = std::env::var(name).map_err(|_| missing())?;
    Ok(SecretText(Secret::new(key.trim())))
}
