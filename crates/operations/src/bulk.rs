//! Refunds by the thousand: reading files and views, matching their rows with payments, and looking them
//! over. Nothing is sent here; each row is later refunded as any single refund is ([`crate::refund`]).

mod amounts;
mod columns;
mod dates;
mod digest;
mod import;
mod look_over;
mod look_up;
mod receipts;

pub use amounts::Decimals;
pub use columns::{BulkColumn, Mapping, looks_like_names, propose};
pub use import::{Imported, Origin, import, table_of_view};
pub use receipts::ReceiptFile;
