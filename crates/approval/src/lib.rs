//! A second person's word on a refund, or on a run of refunds: a signed request, and a signed answer to it. Both are files of one line
//! that may travel by any channel, so nothing is believed of them but what their signature covers.
//!
//! A file has exactly one form: fields in alphabetical order, no white space, amounts as text. What reads as the
//! same JSON but is written in another way is refused, so that every byte of a file counts. A signature is made
//! over words that say what is signed and in which version, so that it fits nothing else.

mod document;
mod key;
mod wish;

pub use document::{
    AccountName, Answer, Decision, FILE_MAX_BYTES, LIFE_MAX_MS, LIFE_MS, Moment, Opened, Request, Signed,
    Signer, open,
};
pub use key::{BadKey, PersonKey, PublicKey};
pub use wish::{ROWS_MAX, RefundWish, RunWish, Wish, WishedAmount, WishedRow, intent_of_row};

/// Why a file is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is nothing of this kind, was cut, or has another form than the one that it must have.
    #[error("it is no request and no answer of Paydesk, or it was changed on its way")]
    Unreadable,
    /// It was written by a newer Paydesk.
    #[error("it was written by a newer Paydesk")]
    Newer,
    /// Its signature is not that of the key in it.
    #[error("its signature does not fit")]
    Forged,
    /// What it says contradicts itself, such as an end before its beginning.
    #[error("what it says contradicts itself")]
    Absurd,
}
