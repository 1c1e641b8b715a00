//! `paydeskctl customers`: creating and showing.

use clap::{Args, Subcommand};
use contract::RequestId;
use contract::payments::{CreateCustomer, ShowCustomer};

use crate::arguments::UnlockArgument;
use crate::failure::Failure;
use crate::outcome;
use crate::session::Session;

/// What to do with customers.
#[derive(Debug, Subcommand)]
pub(crate) enum CustomersCommand {
    /// Create a customer at the vendor
    Create(CreateArguments),
    /// Show a customer with their payments and saved payment methods
    Show {
        /// The vendor's id, such as cus_1A2b
        id: String,
    },
}

/// A new customer.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Their email
    #[arg(long)]
    email: Option<String>,
    /// Their name
    #[arg(long)]
    name: Option<String>,
    /// What to note at the vendor
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// A payment method to keep for them, by the vendor's id
    #[arg(long, value_name = "ID")]
    payment_method: Option<String>,
    /// The account; needed when there are several
    #[arg(long, value_name = "LABEL")]
    account: Option<String>,
    #[command(flatten)]
    unlock: UnlockArgument,
}

impl CustomersCommand {
    /// Carries it out.
    pub(crate) async fn run(self, session: &Session<'_>) -> Result<u8, Failure> {
        match self {
            Self::Create(arguments) => {
                let unlock = arguments.unlock.unlock.clone();
                session.write(arguments.request(), unlock, outcome::of_write).await
            }
            Self::Show { id } => session.answer(ShowCustomer { id }, outcome::done).await,
        }
    }
}

impl CreateArguments {
    fn request(self) -> CreateCustomer {
        CreateCustomer {
            request_id: RequestId::generate(),
            account: self.account,
            email: self.email,
            name: self.name,
            description: self.description,
            payment_method: self.payment_method,
        }
    }
}
