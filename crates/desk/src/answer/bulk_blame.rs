//! Whose fault it is that a row could not be sent, which decides what becomes of the others.

use contract::{ErrorBody, ErrorCode};
use mirror::RefundLimit;

/// Whose fault it is that a row could not be sent.
pub(super) enum Blame {
    /// Its own; the others go on.
    Row,
    /// An open intent on its payment.
    Payment,
    /// The vendor's, or the way to it: it may pass.
    Vendor,
    /// This machine's, or the key's: no row can be sent.
    Machine,
}

pub(super) fn blame(error: &ErrorBody) -> Blame {
    match error.code {
        ErrorCode::OpenIntent => Blame::Payment,
        ErrorCode::VendorUnreachable
        | ErrorCode::VendorUnreadable
        | ErrorCode::VendorBusy
        | ErrorCode::BreakerOpen => Blame::Vendor,
        // What one refund may be is the row's matter; what a day or a person may give back stops every row.
        ErrorCode::OverLimit if error.params.get("limit") == Some(&RefundLimit::PerRefund.to_string()) => {
            Blame::Row
        }
        // The vendor has a refund that was made of this very row.
        ErrorCode::ApprovalUsed
        | ErrorCode::OverRefund
        | ErrorCode::NothingLeft
        | ErrorCode::NotRefundable
        | ErrorCode::Disputed
        | ErrorCode::BadAmount
        | ErrorCode::BadReason
        | ErrorCode::BadRequest
        | ErrorCode::CardNumber
        | ErrorCode::VendorRefused
        | ErrorCode::VendorNotFound => Blame::Row,
        _ => Blame::Machine,
    }
}

/// Whether a problem is one of the key, and so of every refund.
pub(super) fn of_key(code: &str) -> bool {
    [ErrorCode::VendorUnauthorized, ErrorCode::VendorForbidden].iter().any(|one| one.as_str() == code)
}

/// What a code alone does not tell: somebody else's sentence, what is left, an intent, or a limit.
pub(super) fn detail_of(error: &ErrorBody) -> Option<String> {
    let told = |name: &str| error.params.get(name).cloned();
    let limit = || Some(format!("{} for {}", told("most")?, told("limit")?));
    let own = || told("remaining").or_else(|| told("intent_id")).or_else(|| told("why"));
    let detail = error.detail.clone().or_else(own);
    detail.or_else(|| limit().filter(|_| error.code == ErrorCode::OverLimit))
}
