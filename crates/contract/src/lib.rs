//! Every request, response, progress message and error code of Paydesk, declared once.
//!
//! A shell (the window or `paydeskctl`) builds a request, hands it to the Desk and shows the
//! response. The page's TypeScript in `ui/src/bindings` is generated from here, so a change that
//! one side does not know of fails to compile. Adding a request takes three steps: declare its two
//! types in the file of its subject, add a line to `endpoint.rs`, answer it in `desk`.

pub mod accounts;
pub mod approvals;
pub mod bindings;
pub mod book;
pub mod bulk;
pub mod calls;
pub mod channels;
pub mod completion;
pub mod diagnostics;
pub mod endpoint;
pub mod error;
pub mod events;
pub mod exports;
pub mod history;
pub mod home;
pub mod keeping;
pub mod mail_lists;
pub mod mail_runs;
pub mod message_sources;
pub mod messages;
pub mod overview;
pub mod payments;
pub mod progress;
pub mod proof;
pub mod refund_notices;
pub mod refunds;
pub mod relay;
pub mod replies;
pub mod saved_views;
pub mod secret_text;
pub mod shared;
pub mod sql;
pub mod sync;
pub mod text_templates;
pub mod wire;

// Shells know the contract and nothing below it, so what requests are made of is handed on.
pub use domain::intent::IntentState;
pub use domain::{Environment, ExponentTable, Money, RefundReason, RequestId, Secret, Timestamp, Vendor};
pub use endpoint::{Endpoint, Request, Response, Tag};
pub use error::{ErrorBody, ErrorCode, ExitCode, MoneyMoved};
pub use progress::Notice;
pub use secret_text::SecretText;
pub use shared::{Empty, Page, Scope};
