//! From every crate's errors to the codes of the contract.

use contract::{ErrorBody, ErrorCode};
use domain::ExponentTable;
use mirror::{ApprovalProblem, MirrorError};
use operations::OperationError;
use operations::error::{BadInput, Guard};
use vault::VaultError;
use vendors::EmailAddress;
use vendors::sendgrid;
use vendors::stripe::{CallError, ConnectError, KeyProblem, VendorProblem};

mod sms;

pub(crate) use sms::{number, of_sms_call, of_sms_connect};

/// A defect of ours, with the chain for the log and a sentence for the report.
pub(crate) fn defect(why: impl std::fmt::Display) -> ErrorBody {
    tracing::error!(%why, "a defect");
    ErrorBody::new(ErrorCode::Internal).with("why", why)
}

/// A request that cannot be carried out as it is.
pub(crate) fn bad_request(why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadRequest).with("why", why)
}

/// Money in words: `5.00 USD`.
pub(crate) fn in_words(money: domain::Money) -> String {
    format!("{} {}", money.to_decimal(ExponentTable::Stripe), money.currency)
}

/// The vault's errors. Its own sentence, which names the remedy, goes along as the detail.
pub(crate) fn of_vault(error: &VaultError) -> ErrorBody {
    let code = match error {
        VaultError::Unavailable(_) | VaultError::NoDefaultKeychain(_) | VaultError::KeychainFailed(_) => {
            ErrorCode::VaultMissing
        }
        VaultError::Locked(_) | VaultError::Dismissed(_) => ErrorCode::VaultLocked,
        VaultError::TimedOut | VaultError::Busy { .. } => ErrorCode::VaultTimedOut,
        VaultError::PassphraseMissing | VaultError::PassphraseBlank | VaultError::PassphraseFile { .. } => {
            ErrorCode::VaultNoPassphrase
        }
        VaultError::WrongPassphrase { .. } => ErrorCode::VaultWrongPassphrase,
        VaultError::ReadOnly { .. } => ErrorCode::VaultKeepsNothing,
        VaultError::UnknownKind { .. } => ErrorCode::VaultUnknown,
        VaultError::NotSupported { .. } | VaultError::UnusableVariable { .. } => ErrorCode::VaultEntryLost,
        _ => ErrorCode::VaultDamaged,
    };
    let given = match error {
        VaultError::UnknownKind { word } => word.clone(),
        _ => String::new(),
    };
    let entry = match error {
        VaultError::NotSupported { variable } | VaultError::UnusableVariable { variable, .. } => {
            format!("the variable {variable}")
        }
        _ => String::new(),
    };
    let body = ErrorBody::new(code).with("given", given).with("entry", entry);
    match error {
        // The words of the code say all of it, and the same twice reads like two troubles.
        VaultError::TimedOut => body,
        _ => body.detail(error),
    }
}

/// The mirror's errors.
pub(crate) fn of_mirror(error: &MirrorError) -> ErrorBody {
    let body = |code| ErrorBody::new(code).with("why", error);
    match error {
        MirrorError::NewerFile { .. } => body(ErrorCode::MirrorNewer),
        MirrorError::WrongKey
        | MirrorError::KeyMissing
        | MirrorError::PlainFile
        | MirrorError::KeyMalformed => body(ErrorCode::MirrorWrongKey),
        MirrorError::DiskFull => body(ErrorCode::DiskFull),
        MirrorError::ReadOnly | MirrorError::Symlink { .. } | MirrorError::Permissions { .. } => {
            body(ErrorCode::HomeReadOnly).with("path", "of this home")
        }
        MirrorError::NotADatabase
        | MirrorError::EmptyFile
        | MirrorError::LeftoverLog
        | MirrorError::Corrupt { .. }
        | MirrorError::WrongEnvironment { .. } => body(ErrorCode::MirrorDamaged),
        MirrorError::Io { .. } => body(ErrorCode::DiskFails),
        MirrorError::FileExists { path } => body(ErrorCode::FileExists).with("path", path),
        MirrorError::FileMissing { path } => body(ErrorCode::FileMissing).with("path", path),
        MirrorError::UnknownPerson { vendor_id } => body(ErrorCode::UnknownId).with("id", vendor_id),
        MirrorError::UnknownAccount => body(ErrorCode::UnknownAccount),
        MirrorError::UnknownZone { name } => ErrorBody::new(ErrorCode::UnknownZone).with("zone", name),
        MirrorError::LabelTaken => body(ErrorCode::LabelTaken),
        MirrorError::OpenIntentExists { intent_id, .. } => {
            ErrorBody::new(ErrorCode::OpenIntent).with("intent_id", intent_id).with("state", "open")
        }
        MirrorError::OpenMessageExists { message_id } => {
            body(ErrorCode::PersonMessageOpen).with("id", message_id)
        }
        MirrorError::AddressOfCustomers { customers } => {
            body(ErrorCode::AddressOfCustomers).with("customers", customers.join(", "))
        }
        MirrorError::OverRefund { remaining } => ErrorBody::new(ErrorCode::OverRefund)
            .with("asked", "The amount")
            .with("remaining", in_words(*remaining)),
        MirrorError::OverLimit { limit, most } => {
            ErrorBody::new(ErrorCode::OverLimit).with("limit", limit).with("most", in_words(*most))
        }
        MirrorError::Approval(problem) => of_approval(*problem),
        MirrorError::Query(problem) => of_query(problem),
        MirrorError::Sql(mistake) => of_sql(mistake),
        MirrorError::SqlTooSlow { seconds } => ErrorBody::new(ErrorCode::SqlTooSlow).with("seconds", seconds),
        MirrorError::BadCursor => body(ErrorCode::BadCursor),
        MirrorError::SumOverflow => defect(error),
        _ => defect(error),
    }
}

/// An approval that cannot be used for what is to be done.
fn of_approval(problem: ApprovalProblem) -> ErrorBody {
    let code = match problem {
        ApprovalProblem::NotAskedHere => ErrorCode::ApprovalNotAskedHere,
        ApprovalProblem::NotGiven => ErrorCode::ApprovalNotGiven,
        ApprovalProblem::Declined => ErrorCode::ApprovalDeclined,
        ApprovalProblem::Used => ErrorCode::ApprovalUsed,
        ApprovalProblem::Void => ErrorCode::ApprovalVoid,
        ApprovalProblem::OtherDevice => ErrorCode::ApprovalOtherDevice,
        ApprovalProblem::Expired { .. } => ErrorCode::ApprovalExpired,
        ApprovalProblem::UnknownPerson => ErrorCode::ApprovalUnknownPerson,
        ApprovalProblem::OtherAccount
        | ApprovalProblem::OtherPayment
        | ApprovalProblem::OtherAmount
        | ApprovalProblem::OtherReason
        | ApprovalProblem::OtherRun
        | ApprovalProblem::OtherRows => ErrorCode::ApprovalDiffers,
    };
    let body = ErrorBody::new(code).with("why", problem);
    match problem {
        ApprovalProblem::Expired { until } => body.with("until", until),
        ApprovalProblem::UnknownPerson => {
            body.with("name", "somebody who is trusted no more").with("fingerprint", "of its answer")
        }
        ApprovalProblem::NotAskedHere => body.with("id", "given"),
        _ => body,
    }
}

/// A search that cannot be read; its own sentence names the column and the nearest word.
fn of_query(problem: &mirror::QueryError) -> ErrorBody {
    use mirror::QueryError::{BadValue, UnknownField};
    let body = ErrorBody::new(ErrorCode::BadQuery).with("why", problem);
    // The word that is wrong, and the one that a shell can offer in its place.
    let body = match problem {
        UnknownField { word, nearest, .. } => body.with("wrong", word).with("nearest", nearest),
        BadValue { value, nearest: Some(nearest), .. } => body.with("wrong", value).with("nearest", nearest),
        _ => body,
    };
    match problem.column() {
        Some(column) => body.with("column", column),
        None => body,
    }
}

/// A question that cannot be asked, with its place where that is known.
fn of_sql(mistake: &mirror::SqlMistake) -> ErrorBody {
    let body = ErrorBody::new(ErrorCode::BadSql).with("why", mistake);
    match mistake.place {
        Some((line, column)) => body
            .with("line", line)
            .with("column", column)
            .with("where", format_args!(" (line {line}, column {column})")),
        None => body.with("where", ""),
    }
}

/// The vendor's own sentence and its request id, to quote to its support.
fn vendor_detail(problem: &VendorProblem) -> String {
    let words = problem.message.clone().unwrap_or_else(|| format!("HTTP {}", problem.status));
    match &problem.request_id {
        Some(request_id) => format!("{words} ({request_id})"),
        None => words,
    }
}

/// Errors of reads at the vendor, for the account with the label.
pub(crate) fn of_call(error: &CallError, label: &str) -> ErrorBody {
    let body = |code| {
        let made = ErrorBody::new(code).with("label", label).with("id", "this id").with("why", error);
        match error.problem() {
            Some(problem) => made
                .with("vendor_code", problem.code.as_deref().unwrap_or(problem.reason_code()))
                .detail(vendor_detail(problem)),
            None => made,
        }
    };
    match error {
        CallError::Unauthorized(_) => body(ErrorCode::VendorUnauthorized),
        CallError::Forbidden { .. } => body(ErrorCode::VendorForbidden),
        CallError::NotFound(_) => body(ErrorCode::VendorNotFound),
        CallError::RateLimited(_) | CallError::BudgetSpent => body(ErrorCode::VendorBusy),
        CallError::Refused(_) | CallError::CursorGone(_) => body(ErrorCode::VendorRefused),
        CallError::ServerError(_) | CallError::Unanswered { .. } | CallError::Redirected => {
            body(ErrorCode::VendorUnreachable)
        }
        CallError::Unreadable { .. } | CallError::ListDoesNotEnd => body(ErrorCode::VendorUnreadable),
        CallError::BreakerOpen { next_try } => body(ErrorCode::BreakerOpen).with("until", next_try),
        CallError::NotSent { reason } => bad_request(reason),
    }
}

/// Keys and addresses that cannot be used.
pub(crate) fn of_connect(error: &ConnectError, base_url: &str) -> ErrorBody {
    match error {
        ConnectError::Key(problem) => of_key(*problem),
        ConnectError::Config(problem) => {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", base_url).with("why", problem)
        }
        ConnectError::OtherMode => ErrorBody::new(ErrorCode::KeyOtherMode),
        ConnectError::LiveKeyToLoopback => ErrorBody::new(ErrorCode::KeyLiveInTest).with("where", base_url),
    }
}

/// An account that is for something else.
pub(crate) fn not_for_this(row: &mirror::AccountRow) -> ErrorBody {
    ErrorBody::new(ErrorCode::AccountNotForThis).with("label", &row.label).with("vendor", row.vendor.name())
}

/// The address of a shell's text, in the form that is sent.
pub(crate) fn address(text: &str) -> Result<EmailAddress, ErrorBody> {
    EmailAddress::read(text).map_err(|problem| ErrorBody::new(ErrorCode::BadAddress).with("why", problem))
}

/// Keys of SendGrid that cannot be used.
pub(crate) fn of_mail_key(problem: sendgrid::KeyProblem) -> ErrorBody {
    use sendgrid::KeyProblem;
    let looks_like = match problem {
        KeyProblem::OtherVendor { vendor } => format!("; it looks like one of {vendor}"),
        _ => String::new(),
    };
    let code = match problem {
        KeyProblem::Empty => ErrorCode::KeyEmpty,
        KeyProblem::NewlineOrSpaceInside => ErrorCode::KeyMalformed,
        KeyProblem::OtherVendor { .. } | KeyProblem::UnknownShape => ErrorCode::KeyWrongVendor,
    };
    ErrorBody::new(code).with("vendor", domain::Vendor::SendGrid.name()).with("looks_like", looks_like)
}

/// Keys and addresses of SendGrid that cannot be used.
pub(crate) fn of_mail_connect(error: &sendgrid::ConnectError, base_url: &str) -> ErrorBody {
    match error {
        sendgrid::ConnectError::Key(problem) => of_mail_key(*problem),
        sendgrid::ConnectError::Config(problem) => {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", base_url).with("why", problem)
        }
    }
}

/// Errors of reads at SendGrid, for the account with the label.
pub(crate) fn of_mail_call(error: &sendgrid::CallError, label: &str) -> ErrorBody {
    use sendgrid::CallError;
    let code = match error {
        CallError::Unauthorized(_) => ErrorCode::VendorUnauthorized,
        CallError::Forbidden(_) => ErrorCode::VendorForbidden,
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
        Some(problem) => body.with("vendor_code", format!("HTTP {}", problem.status)).detail(problem.words()),
        None => body,
    }
}

/// Keys that cannot be used.
pub(crate) fn of_key(problem: KeyProblem) -> ErrorBody {
    let looks_like = match problem {
        KeyProblem::OtherVendor { vendor } => format!("; it looks like one of {vendor}"),
        _ => String::new(),
    };
    let code = match problem {
        KeyProblem::Publishable => ErrorCode::KeyPublishable,
        KeyProblem::WebhookSecret => ErrorCode::KeyWebhookSecret,
        KeyProblem::Empty => ErrorCode::KeyEmpty,
        KeyProblem::NewlineOrSpaceInside => ErrorCode::KeyMalformed,
        _ => ErrorCode::KeyWrongVendor,
    };
    ErrorBody::new(code).with("vendor", "Stripe").with("looks_like", looks_like)
}

/// Errors of use cases, for the account with the label.
pub(crate) fn of_operation(error: &OperationError, label: &str) -> ErrorBody {
    match error {
        OperationError::BadInput(problem) => of_input(problem),
        OperationError::Guard(guard) => of_guard(guard),
        OperationError::Mirror(error) => of_mirror(error),
        OperationError::Vendor(error) => of_call(error, label),
        OperationError::Export(error) => ErrorBody::new(ErrorCode::ExportFailed).with("why", error),
        OperationError::Canceled => ErrorBody::new(ErrorCode::Canceled),
        OperationError::OutOfTime => {
            ErrorBody::new(ErrorCode::VendorUnreachable).with("label", label).with("why", error)
        }
        OperationError::Defect(why) => defect(why),
    }
}

fn of_input(problem: &BadInput) -> ErrorBody {
    match problem {
        BadInput::Amount { given, why } => {
            ErrorBody::new(ErrorCode::BadAmount).with("given", given).with("why", why)
        }
        BadInput::Currency(given) => ErrorBody::new(ErrorCode::BadCurrency).with("given", given),
        BadInput::Reason(given) => ErrorBody::new(ErrorCode::BadReason).with("given", given),
        BadInput::CardNumber => ErrorBody::new(ErrorCode::CardNumber),
        BadInput::Text(why) => bad_request(why),
        BadInput::UnknownId(id) => ErrorBody::new(ErrorCode::UnknownId).with("id", id),
    }
}

/// Refusals of our own.
pub(crate) fn of_guard(guard: &Guard) -> ErrorBody {
    match guard {
        Guard::OverRefund { asked, remaining } => ErrorBody::new(ErrorCode::OverRefund)
            .with("asked", in_words(*asked))
            .with("remaining", in_words(*remaining)),
        Guard::NothingLeft => ErrorBody::new(ErrorCode::NothingLeft),
        Guard::OpenIntent { intent_id, state } => {
            ErrorBody::new(ErrorCode::OpenIntent).with("intent_id", intent_id).with("state", state)
        }
        Guard::NotRefundable { status } => ErrorBody::new(ErrorCode::NotRefundable).with("status", status),
        Guard::Disputed => ErrorBody::new(ErrorCode::Disputed),
        Guard::WrongState { status } => ErrorBody::new(ErrorCode::NotCapturable).with("status", status),
        Guard::BreakerOpen { until } => {
            let until = until.map_or_else(|| "a moment".to_owned(), |moment| moment.to_string());
            ErrorBody::new(ErrorCode::BreakerOpen).with("until", until)
        }
        Guard::CannotClose { state, look_first } => {
            let why = if *look_first {
                "nobody has looked at the vendor yet".to_owned()
            } else {
                format!("it is {state}")
            };
            ErrorBody::new(ErrorCode::CannotClose).with("why", why)
        }
    }
}
