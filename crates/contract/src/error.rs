//! Errors as codes. A shell turns a code into words by its message file; nobody reads prose.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What `paydeskctl` exits with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// Anything that has no code of its own.
    Failed = 1,
    /// The input cannot be used.
    BadInput = 2,
    /// A guard of ours refused it; nothing left this machine for it.
    RefusedByGuard = 3,
    /// The vendor declined it.
    DeclinedByVendor = 4,
    /// It may or may not have happened; Paydesk finds out.
    Unsettled = 5,
    /// The vault cannot be used.
    VaultUnavailable = 6,
}

/// Whether money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MoneyMoved {
    /// No money moved.
    No,
    /// Money moved.
    Yes,
    /// It is not known yet; Paydesk finds out.
    Unknown,
}

macro_rules! error_codes {
    ($($(#[$meta:meta])* $variant:ident = $word:literal, $exit:ident, $money:ident;)*) => {
        /// What went wrong. A variant exists only where a shell treats it differently or where the
        /// operator must do something else about it. Each has its words in `messages/errors.en.json`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        pub enum ErrorCode {
            $($(#[$meta])* #[serde(rename = $word)] $variant,)*
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What `paydeskctl` exits with.
            pub fn exit_code(self) -> ExitCode {
                match self { $(Self::$variant => ExitCode::$exit,)* }
            }

            /// Whether money moved when this is said.
            pub fn money_moved(self) -> MoneyMoved {
                match self { $(Self::$variant => MoneyMoved::$money,)* }
            }
        }
    };
}

error_codes! {
    /// An amount cannot be read or is not one the vendor takes.
    BadAmount = "bad_amount", BadInput, No;
    /// A currency code names no money.
    BadCurrency = "bad_currency", BadInput, No;
    /// A search cannot be read.
    BadQuery = "bad_query", BadInput, No;
    /// A question in SQL cannot be asked.
    BadSql = "bad_sql", BadInput, No;
    /// A question in SQL took too long.
    SqlTooSlow = "sql_too_slow", Failed, No;
    /// A label cannot be used.
    BadLabel = "bad_label", BadInput, No;
    /// Another account has the label.
    LabelTaken = "label_taken", BadInput, No;
    /// No time zone has the name.
    UnknownZone = "zone_unknown", BadInput, No;
    /// No account has the label.
    UnknownAccount = "unknown_account", BadInput, No;
    /// There are several accounts and none was named.
    AccountNeeded = "account_needed", BadInput, No;
    /// The home has several environments and none was named.
    EnvironmentNeeded = "environment_needed", BadInput, No;
    /// The home has no account yet.
    NoAccount = "no_account", BadInput, No;
    /// Nothing in the mirror has the id.
    UnknownId = "unknown_id", BadInput, No;
    /// The id is found in several accounts.
    AmbiguousId = "ambiguous_id", BadInput, No;
    /// The reason is not one the vendor takes.
    BadReason = "bad_reason", BadInput, No;
    /// A text holds a card number.
    CardNumber = "card_number", BadInput, No;
    /// The base URL is neither loopback nor the vendor's own host.
    BadBaseUrl = "bad_base_url", BadInput, No;
    /// The key is empty.
    KeyEmpty = "key_empty", BadInput, No;
    /// The key holds a line break or a space.
    KeyMalformed = "key_malformed", BadInput, No;
    /// The key is a publishable one.
    KeyPublishable = "key_publishable", BadInput, No;
    /// The key is a webhook secret.
    KeyWebhookSecret = "key_webhook_secret", BadInput, No;
    /// The key belongs to another vendor or has no known shape.
    KeyWrongVendor = "key_wrong_vendor", BadInput, No;
    /// A live key was given where a test key belongs.
    KeyLiveInTest = "key_live_in_test", BadInput, No;
    /// A test key was given where a live key belongs.
    KeyTestInLive = "key_test_in_live", BadInput, No;
    /// Two keys of one account are of different modes.
    KeyOtherMode = "key_other_mode", BadInput, No;
    /// A second key is one of another account.
    KeyOtherAccount = "key_other_account", BadInput, No;
    /// A key for what moves money may do nothing of it.
    KeyCannotWrite = "key_cannot_write", BadInput, No;
    /// Something that the keys of an account sent, or are about to send, has no end yet.
    KeyInUse = "key_in_use", RefusedByGuard, No;
    /// The environment variable is not set.
    VariableMissing = "variable_missing", BadInput, No;
    /// The `.env` file cannot be read or holds no key.
    DotenvUnusable = "dotenv_unusable", BadInput, No;
    /// The request cannot be read.
    BadRequest = "bad_request", BadInput, No;
    /// The vendor's activity is an extra that the account is without.
    ActivityNotOffered = "activity_not_offered", RefusedByGuard, No;
    /// A folder that was named cannot be read.
    FolderUnreadable = "folder_unreadable", BadInput, No;
    /// A file that was named is not there.
    FileMissing = "file_missing", BadInput, No;
    /// A file that was named cannot be restored here.
    CopyUnusable = "copy_unusable", BadInput, No;
    /// The vault keeps nothing, so a new key must be given.
    NewKeyNeeded = "new_key_needed", BadInput, No;
    /// The mirror is not encrypted, so it has no key to change.
    MirrorPlain = "mirror_plain", BadInput, No;
    /// What was typed to confirm is something else.
    NotConfirmed = "not_confirmed", BadInput, No;
    /// The environment vault cannot keep the secret that a path needs.
    HookSecretNeeded = "hook_secret_needed", BadInput, No;
    /// An account or source cannot have a path of that scheme, or the path needs more to check signatures.
    HookUnfit = "hook_unfit", BadInput, No;
    /// The vendor has no way to deliver that event again, or it is not told where to.
    CannotResend = "cannot_resend", BadInput, No;
    /// The secret of a path is empty.
    HookSecretBlank = "hook_secret_blank", BadInput, No;
    /// Events are caused in the sandbox alone.
    TriggerOnlySandbox = "trigger_only_sandbox", RefusedByGuard, No;
    /// Nothing is known that causes such an event.
    UnknownTrigger = "unknown_trigger", BadInput, No;
    /// What an event is to be compared with is not in the mirror.
    NothingToCompare = "nothing_to_compare", BadInput, No;
    /// An address cannot be an endpoint.
    BadEndpointUrl = "bad_endpoint_url", BadInput, No;
    /// The address of an endpoint is on this machine or in a private network, which was not allowed.
    EndpointLocal = "endpoint_local", RefusedByGuard, No;
    /// The types or conditions of an endpoint cannot be read.
    BadEndpointFilter = "bad_endpoint_filter", BadInput, No;
    /// A rate or a number at once of an endpoint is out of its range.
    BadEndpointLimit = "bad_endpoint_limit", BadInput, No;
    /// An endpoint has no secret to sign with, or one that its scheme cannot sign with.
    BadEndpointSecret = "bad_endpoint_secret", BadInput, No;
    /// No endpoint has the id.
    UnknownEndpoint = "unknown_endpoint", BadInput, No;
    /// There are as many endpoints as there may be.
    TooManyEndpoints = "too_many_endpoints", RefusedByGuard, No;
    /// A channel cannot be like this.
    BadChannel = "bad_channel", BadInput, No;
    /// The secret of a channel is none of its kind.
    BadChannelSecret = "bad_channel_secret", BadInput, No;
    /// No channel has the id or the name.
    UnknownChannel = "unknown_channel", BadInput, No;
    /// Another channel has the name.
    ChannelNameTaken = "channel_name_taken", BadInput, No;
    /// A replay to an endpoint that is paused or has stopped.
    EndpointNotOn = "endpoint_not_on", RefusedByGuard, No;
    /// No event is to be replayed.
    NothingToReplay = "nothing_to_replay", BadInput, No;
    /// What is kept of an event is not what the vendor sent.
    NotReplayable = "not_replayable", RefusedByGuard, No;
    /// A replay has come to its end.
    ReplayEnded = "replay_ended", RefusedByGuard, No;
    /// Another program has the port that events are to come to.
    ListenerPortTaken = "listener_port_taken", Failed, No;
    /// An address cannot be sent to, or sent from.
    BadAddress = "bad_address", BadInput, No;
    /// A telephone number cannot be sent to, or sent from.
    BadNumber = "bad_number", BadInput, No;
    /// What opens an account is incomplete or of another form.
    BadCredentials = "bad_credentials", BadInput, No;
    /// Outside live, somebody who was not allowed would get a real message.
    RecipientNotAllowed = "recipient_not_allowed", RefusedByGuard, No;
    /// A message cannot be sent as it is.
    BadMessage = "bad_message", BadInput, No;
    /// The vendor's key says nothing of an environment, and none was chosen.
    MailEnvironmentNeeded = "mail_environment_needed", BadInput, No;
    /// A vendor has no such region.
    BadRegion = "bad_region", BadInput, No;
    /// No account sends mail, or several do and none was named.
    MailAccountNeeded = "mail_account_needed", BadInput, No;
    /// Several accounts send SMS, and none was named.
    SmsAccountNeeded = "sms_account_needed", BadInput, No;
    /// No account sends SMS.
    NoSmsAccount = "no_sms_account", BadInput, No;
    /// The account is for something else.
    AccountNotForThis = "account_not_for_this", RefusedByGuard, No;
    /// Mail has nobody that it comes from.
    SenderNeeded = "sender_needed", BadInput, No;
    /// The payment has no address that a message could go to.
    NoAddress = "no_address", BadInput, No;
    /// A payment has nothing that the message could tell of.
    NothingToTell = "nothing_to_tell", RefusedByGuard, No;
    /// The account has no such template.
    UnknownTemplate = "unknown_template", BadInput, No;
    /// A template cannot be rendered.
    BadTemplate = "bad_template", BadInput, No;
    /// What a template writes out was not given.
    TemplateDataMissing = "template_data_missing", BadInput, No;
    /// A list of recipients has no column of addresses.
    NoAddressColumn = "no_address_column", BadInput, No;
    /// A moment that no mail can be sent at.
    BadSendTime = "bad_send_time", BadInput, No;
    /// As many recipients as were said are not to be sent to any more.
    RecipientsChanged = "recipients_changed", RefusedByGuard, No;
    /// Nobody of a run is to be sent to.
    NobodyToSendTo = "nobody_to_send_to", RefusedByGuard, No;
    /// A run of email does not wait at the vendor for its time.
    NotScheduled = "not_scheduled", RefusedByGuard, No;
    /// An account is not removed while nobody knows whether some of its messages were sent.
    MessagesInDoubt = "messages_in_doubt", RefusedByGuard, No;
    /// A message like this may be at the vendor already.
    MessageOpen = "message_open", RefusedByGuard, No;
    /// It is not known whether a message was sent.
    MessageInDoubt = "message_in_doubt", Unsettled, No;
    /// Another message was asked for under the same request.
    MessageRequestUsed = "message_request_used", RefusedByGuard, No;
    /// Nothing here sends mail.
    NoMailAccount = "no_mail_account", BadInput, No;
    /// A message to a person who is to be erased may be at the vendor.
    PersonMessageOpen = "person_message_open", RefusedByGuard, No;
    /// The address of a person is that of customers.
    AddressOfCustomers = "address_of_customers", BadInput, No;
    /// A message cannot be given up as it stands.
    MessageNotOpen = "message_not_open", RefusedByGuard, No;
    /// A page cursor does not belong to this list.
    BadCursor = "bad_cursor", BadInput, No;
    /// No file can be put under a path.
    BadPath = "bad_path", BadInput, No;
    /// No saved view has the name.
    UnknownView = "unknown_view", BadInput, No;
    /// A name cannot be a view's.
    BadViewName = "bad_view_name", BadInput, No;
    /// Another saved view has the name.
    ViewNameTaken = "view_name_taken", BadInput, No;
    /// A file of views cannot be read.
    BadViewsFile = "bad_views_file", BadInput, No;
    /// A file is no exported book.
    BadBookFile = "bad_book_file", BadInput, No;
    /// The book lost nothing that could be accepted.
    NoBookLoss = "no_book_loss", BadInput, No;

    /// A file of refunds cannot be read.
    BadBulkFile = "bad_bulk_file", BadInput, No;

    /// The sum to be sent is another by now.
    BulkTotalChanged = "bulk_total_changed", RefusedByGuard, No;
    /// A run of refunds was begun before and must be gone on with on purpose.
    BulkBegun = "bulk_begun", RefusedByGuard, No;
    /// A run of refunds cannot do that as it stands.
    BulkState = "bulk_state", RefusedByGuard, No;
    /// No row of a run is to be sent.
    BulkNothingToSend = "bulk_nothing_to_send", RefusedByGuard, No;
    /// Another run of the account is sending.
    BulkBusy = "bulk_busy", RefusedByGuard, No;
    /// A file is there already.
    FileExists = "file_exists", RefusedByGuard, No;
    /// The text that was shown is not the one that would be saved any more.
    DiagnosticsChanged = "diagnostics_changed", RefusedByGuard, No;
    /// Telemetry cannot be sent to the address.
    TelemetryAddress = "telemetry_address", BadInput, No;
    /// More than is left would go back.
    OverRefund = "over_refund", RefusedByGuard, No;
    /// One person alone may not give so much back.
    OverLimit = "over_limit", RefusedByGuard, No;
    /// A file is no request and no answer, or was changed on its way.
    ApprovalUnreadable = "approval_unreadable", BadInput, No;
    /// A text is no public key.
    BadApproverKey = "bad_approver_key", BadInput, No;
    /// Nobody here has the name or key.
    UnknownApprover = "unknown_approver", BadInput, No;
    /// A file was written by a newer Paydesk.
    ApprovalNewer = "approval_newer", BadInput, No;
    /// A signature does not fit what it stands under.
    ApprovalForged = "approval_forged", RefusedByGuard, No;
    /// The time of a request is over.
    ApprovalExpired = "approval_expired", RefusedByGuard, No;
    /// The clock here is behind the moment when a request was made.
    ApprovalClock = "approval_clock", RefusedByGuard, No;
    /// Whoever asks would answer themselves.
    ApprovalOwn = "approval_own", RefusedByGuard, No;
    /// The key of whoever signed is not trusted here.
    ApprovalUnknownPerson = "approval_unknown_person", RefusedByGuard, No;
    /// An answer is one to another request.
    ApprovalOtherRequest = "approval_other_request", RefusedByGuard, No;
    /// Nothing of the id was asked here.
    ApprovalNotAskedHere = "approval_not_asked_here", RefusedByGuard, No;
    /// It was asked on another device.
    ApprovalOtherDevice = "approval_other_device", RefusedByGuard, No;
    /// An approval was used before.
    ApprovalUsed = "approval_used", RefusedByGuard, No;
    /// Nobody answered yet.
    ApprovalNotGiven = "approval_not_given", RefusedByGuard, No;
    /// The other person said no.
    ApprovalDeclined = "approval_declined", RefusedByGuard, No;
    /// It came back with an old copy.
    ApprovalVoid = "approval_void", RefusedByGuard, No;
    /// What is to be issued is not what was approved.
    ApprovalDiffers = "approval_differs", RefusedByGuard, No;
    /// The vendor did not tell which account it is.
    ApprovalNeedsAccountId = "approval_needs_account_id", RefusedByGuard, No;
    /// Nothing is left to give back.
    NothingLeft = "nothing_left", RefusedByGuard, No;
    /// Another intent for the payment is open.
    OpenIntent = "open_intent", RefusedByGuard, No;
    /// The payment took no money that could go back.
    NotRefundable = "not_refundable", RefusedByGuard, No;
    /// The payment is in dispute and the vendor gives no refund meanwhile.
    Disputed = "disputed", RefusedByGuard, No;
    /// The payment cannot be captured or canceled as it is.
    NotCapturable = "not_capturable", RefusedByGuard, No;
    /// Another process runs the home's Desk already.
    DeskRunning = "desk_running", RefusedByGuard, No;
    /// An intent came back with a restored copy, so that it is only looked for.
    RestoredIntent = "restored_intent", Unsettled, Unknown;
    /// An undo window ended while nobody counted it down, so that nothing was sent.
    UndoRanOut = "undo_ran_out", Unsettled, No;
    /// An intent has left, so it cannot be taken back here.
    AlreadyLeft = "already_left", RefusedByGuard, Unknown;
    /// An intent does not wait for anybody to send it.
    NotWaiting = "not_waiting", RefusedByGuard, Unknown;
    /// An intent was decided on another device, so that it is only looked for.
    ForeignIntent = "foreign_intent", Unsettled, Unknown;
    /// Writing in live is locked.
    LiveLocked = "live_locked", RefusedByGuard, No;
    /// The passphrase is needed to unlock live.
    UnlockPassphraseNeeded = "unlock_passphrase_needed", RefusedByGuard, No;
    /// The passphrase that was to unlock live is wrong.
    UnlockWrongPassphrase = "unlock_wrong_passphrase", RefusedByGuard, No;
    /// Nothing is set that unlocking live could be checked by.
    UnlockNotSetUp = "unlock_not_set_up", RefusedByGuard, No;
    /// The system did not say that it is the person.
    UnlockRefused = "unlock_refused", RefusedByGuard, No;
    /// An unlocked account cannot be kept beyond the command.
    UnlockNotKept = "unlock_not_kept", RefusedByGuard, No;
    /// Too many calls failed; none is sent for a while.
    BreakerOpen = "breaker_open", RefusedByGuard, No;
    /// The intent cannot be closed as it is.
    CannotClose = "cannot_close", RefusedByGuard, No;
    /// The account has open intents.
    AccountBusy = "account_busy", RefusedByGuard, No;
    /// The environment vault keeps nothing; name a variable.
    VaultKeepsNothing = "vault_keeps_nothing", RefusedByGuard, No;
    /// The window does not run with the environment vault.
    WindowNeedsVault = "window_needs_vault", RefusedByGuard, No;

    /// The vendor refused it.
    VendorRefused = "vendor_refused", DeclinedByVendor, No;
    /// The vendor does not accept the key.
    VendorUnauthorized = "vendor_unauthorized", DeclinedByVendor, No;
    /// The key lacks the right.
    VendorForbidden = "vendor_forbidden", DeclinedByVendor, No;
    /// The vendor has nothing under the id.
    VendorNotFound = "vendor_not_found", DeclinedByVendor, No;
    /// The bank sent the refund back.
    RefundFailed = "refund_failed", DeclinedByVendor, No;

    /// It may or may not have happened.
    Unsettled = "unsettled", Unsettled, Unknown;
    /// Paydesk cannot find out by itself.
    NeedsPerson = "needs_person", Unsettled, Unknown;
    /// The vendor did something else than what was asked.
    AnswerContradicts = "answer_contradicts", Unsettled, Unknown;

    /// There is no keychain.
    VaultMissing = "vault_missing", VaultUnavailable, No;
    /// The keychain is locked or its question was dismissed.
    VaultLocked = "vault_locked", VaultUnavailable, No;
    /// The keychain does not answer.
    VaultTimedOut = "vault_timed_out", VaultUnavailable, No;
    /// The passphrase is wrong.
    VaultWrongPassphrase = "vault_wrong_passphrase", VaultUnavailable, No;
    /// No passphrase was given.
    VaultNoPassphrase = "vault_no_passphrase", VaultUnavailable, No;
    /// The vault's file is damaged.
    VaultDamaged = "vault_damaged", VaultUnavailable, No;
    /// The key is no longer in the vault.
    VaultEntryLost = "vault_entry_lost", VaultUnavailable, No;
    /// `PAYDESK_VAULT` has no known value.
    VaultUnknown = "vault_unknown", VaultUnavailable, No;

    /// The vendor could not be reached; nothing was asked to be done.
    VendorUnreachable = "vendor_unreachable", Failed, No;
    /// The vendor's answer to a read cannot be understood.
    VendorUnreadable = "vendor_unreadable", Failed, No;
    /// The vendor wants fewer requests.
    VendorBusy = "vendor_busy", Failed, No;
    /// The disk is full.
    DiskFull = "disk_full", Failed, No;
    /// The disk fails to read or write.
    DiskFails = "disk_fails", Failed, No;
    /// The home is on another machine's disk.
    HomeElsewhere = "home_elsewhere", Failed, No;
    /// The home is in a folder that is copied to a cloud.
    HomeSynced = "home_synced", Failed, No;
    /// The mirror is in use and cannot be closed now.
    MirrorInUse = "mirror_in_use", Failed, No;
    /// The home cannot be written.
    HomeReadOnly = "home_read_only", Failed, No;
    /// The mirror's file was written by a newer Paydesk.
    MirrorNewer = "mirror_newer", Failed, No;
    /// The mirror's file is damaged, or is not one.
    MirrorDamaged = "mirror_damaged", Failed, No;
    /// The mirror's key does not open its file.
    MirrorWrongKey = "mirror_wrong_key", Failed, No;
    /// A file could not be written.
    ExportFailed = "export_failed", Failed, No;
    /// The export was canceled.
    ExportCanceled = "export_canceled", Failed, No;
    /// The sync was canceled.
    Canceled = "canceled", Failed, No;
    /// The running Desk is of another version.
    VersionMismatch = "version_mismatch", Failed, No;
    /// The running Desk went away before it answered.
    DeskGone = "desk_gone", Failed, Unknown;
    /// A defect of Paydesk.
    Internal = "internal", Failed, Unknown;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An error as it crosses to a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code}")]
pub struct ErrorBody {
    /// The code.
    pub code: ErrorCode,
    /// Whether money moved.
    pub money_moved: MoneyMoved,
    /// What the message's `{placeholders}` stand for.
    pub params: BTreeMap<String, String>,
    /// A sentence of somebody else's, such as the vendor's, where there is one.
    pub detail: Option<String>,
}

impl ErrorBody {
    /// An error with nothing to fill in.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, money_moved: code.money_moved(), params: BTreeMap::new(), detail: None }
    }

    /// With one placeholder filled in.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// With somebody else's sentence.
    #[must_use]
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// What happened, whether money moved and what to do next, in English.
    pub fn words(&self) -> Words {
        Words::of(self)
    }
}

/// An error in the words of the message file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What happened.
    pub what: String,
    /// Whether money moved.
    pub money: String,
    /// What to do next.
    pub next: String,
}

/// The English message file; the page's copy of it is generated.
pub const ERRORS_EN: &str = include_str!("../messages/errors.en.json");

#[derive(Deserialize)]
struct MessageFile {
    money: BTreeMap<String, String>,
    errors: BTreeMap<String, Message>,
}

#[derive(Deserialize)]
struct Message {
    what: String,
    next: String,
}

impl Words {
    fn of(error: &ErrorBody) -> Self {
        let fallback = || Self { what: error.code.to_string(), money: String::new(), next: String::new() };
        let Ok(file) = serde_json::from_str::<MessageFile>(ERRORS_EN) else { return fallback() };
        let Some(message) = file.errors.get(error.code.as_str()) else { return fallback() };
        let money = match error.money_moved {
            MoneyMoved::No => "no",
            MoneyMoved::Yes => "yes",
            MoneyMoved::Unknown => "unknown",
        };
        Self {
            what: fill(&message.what, &error.params),
            money: file.money.get(money).cloned().unwrap_or_default(),
            next: fill(&message.next, &error.params),
        }
    }
}

/// Puts the parameters into `{placeholders}`; one without a value is left out.
fn fill(template: &str, params: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(params.get(name).map_or("", String::as_str));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::{ERRORS_EN, ErrorBody, ErrorCode, MessageFile};

    #[test]
    fn every_code_has_words_and_no_words_are_left_over() {
        let file: MessageFile = serde_json::from_str(ERRORS_EN).unwrap();
        for code in ErrorCode::ALL {
            let message = file.errors.get(code.as_str()).unwrap_or_else(|| panic!("no words for {code}"));
            assert!(message.what.ends_with('.') && message.next.ends_with('.'), "{code} is not in sentences");
        }
        assert_eq!(file.errors.len(), ErrorCode::ALL.len(), "words for a code that is gone");
    }

    #[test]
    fn placeholders_are_filled() {
        let words = ErrorBody::new(ErrorCode::OverRefund).with("remaining", "5.00 USD").words();
        assert!(words.what.contains("5.00 USD"), "{}", words.what);
        assert_eq!(words.money, "No money moved.");
    }
}
