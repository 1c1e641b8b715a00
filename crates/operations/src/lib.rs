//! The use cases of Paydesk, in its own words: connect, sync, find out, refund, settle.
//!
//! A use case is a function over an [`OpenAccount`]: the mirror it writes, the vendor's client it
//! calls and the clock it reads are passed in. Nothing here knows of windows, sockets or files, and
//! nothing keeps state of its own: what must survive is in the mirror's journal.

pub mod bulk;
pub mod clock;
pub mod connect;
pub mod drive;
pub mod error;
pub mod export_rows;
pub mod inbox;
pub mod look;
pub mod mail;
pub mod mail_batch;
pub mod mail_list;
pub mod open_account;
pub mod proof;
pub mod read_budget;
pub mod refund;
pub mod sms;
pub mod sync;
pub mod undo;
pub mod write;

pub use clock::{Clock, SystemClock};
pub use error::{Guard, OperationError};
pub use open_account::OpenAccount;
pub use read_budget::ReadBudget;
