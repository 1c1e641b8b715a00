//! Errors of accounts that send SMS, as shells show them.

use contract::{ErrorBody, ErrorCode};
use domain::{PhoneNumber, Vendor};
use vendors::twilio::{CallError, ConnectError, KeyProblem};

/// The telephone number of a shell's text, in the form that is sent.
pub(crate) fn number(text: &str) -> Result<PhoneNumber, ErrorBody> {
    PhoneNumber::read(text).map_err(|problem| ErrorBody::new(ErrorCode::BadNumber).with("why", problem))
}

/// Keys and addresses of Twilio that cannot be used.
pub(crate) fn of_sms_connect(error: &ConnectError, base_url: &str) -> ErrorBody {
    match error {
        ConnectError::Key(problem) => of_sms_key(*problem),
        ConnectError::Config(problem) => {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", base_url).with("why", problem)
        }
    }
}

fn of_sms_key(problem: KeyProblem) -> ErrorBody {
    let vendor = Vendor::Twilio.name();
    match problem {
        KeyProblem::Empty => ErrorBody::new(ErrorCode::KeyEmpty),
        KeyProblem::NewlineOrSpaceInside => ErrorBody::new(ErrorCode::KeyMalformed),
        KeyProblem::OtherVendor { vendor: theirs } => ErrorBody::new(ErrorCode::KeyWrongVendor)
            .with("vendor", vendor)
            .with("looks_like", format!("; it looks like one of {theirs}")),
        KeyProblem::AccountSid | KeyProblem::KeyWithoutSecret | KeyProblem::UnknownShape => {
            ErrorBody::new(ErrorCode::BadCredentials).with("vendor", vendor).with("why", problem)
        }
    }
}

/// Errors of reads at Twilio, for the account with the label.
pub(crate) fn of_sms_call(error: &CallError, label: &str) -> ErrorBody {
    let code = match error {
        CallError::Unauthorized(_) => ErrorCode::VendorUnauthorized,
        CallError::Forbidden(_) | CallError::TestCredentials(_) => ErrorCode::VendorForbidden,
        CallError::RateLimited(_) => ErrorCode::VendorBusy,
        CallError::Refused(_) => ErrorCode::VendorRefused,
        CallError::Unanswered => ErrorCode::VendorUnreachable,
        CallError::Unreadable => ErrorCode::VendorUnreadable,
        CallError::BreakerOpen { .. } => ErrorCode::BreakerOpen,
    };
    let body = ErrorBody::new(code).with("label", label).with("why", error);
    let body = match error {
        CallError::BreakerOpen { next_try } => body.with("until", next_try),
        _ => body,
    };
    match error.problem() {
        Some(problem) => body.with("vendor_code", problem.reason()).detail(problem.words()),
        None => body,
    }
}
