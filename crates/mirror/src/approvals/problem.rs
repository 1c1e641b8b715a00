//! Why an approval cannot be used for what is to be done.

use std::fmt;

use domain::Timestamp;

/// Why an approval is not one for what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalProblem {
    /// Nothing of its id was asked here.
    NotAskedHere,
    /// Nobody answered yet.
    NotGiven,
    /// The other person said no.
    Declined,
    /// It was used before.
    Used,
    /// It came back with an old copy.
    Void,
    /// It was asked on another device.
    OtherDevice,
    /// Its time is over.
    Expired {
        /// Until when it was good.
        until: Timestamp,
    },
    /// Whoever approved it is not trusted, or no more.
    UnknownPerson,
    /// It is for another account.
    OtherAccount,
    /// It is for another payment.
    OtherPayment,
    /// It is for another amount.
    OtherAmount,
    /// It is for another reason.
    OtherReason,
    /// It is for another run, or for no run at all.
    OtherRun,
    /// It is for other rows of this run.
    OtherRows,
}

impl fmt::Display for ApprovalProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotAskedHere => "it was not asked for here",
            Self::NotGiven => "nobody answered yet",
            Self::Declined => "it was declined",
            Self::Used => "it was used before",
            Self::Void => "it came back with an old copy",
            Self::OtherDevice => "it was asked for on another device",
            Self::Expired { .. } => "its time is over",
            Self::UnknownPerson => "whoever approved it is not trusted",
            Self::OtherAccount => "it is for another account",
            Self::OtherPayment => "it is for another payment",
            Self::OtherAmount => "it is for another amount",
            Self::OtherReason => "it is for another reason",
            Self::OtherRun => "it is not for this run",
            Self::OtherRows => "the rows to be sent are not exactly those that were approved",
        })
    }
}
