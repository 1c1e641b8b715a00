//! Messages to customers: sending one, and what became of each.

use domain::{Environment, RequestId, Timestamp, Vendor};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::accounts::KeySource;
use crate::mail_lists::{RenderedView, SuppressionView};
use crate::shared::ListRange;

/// Connects an account that sends email or SMS. Its key says nothing of an environment, so a person chooses the one that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ConnectMail {
    /// The vendor.
    #[ts(type = "string")]
    pub vendor: Vendor,
    /// The name for it; 1 to 64 characters, unique in the home.
    pub label: String,
    /// The environment that it is connected into; that of the window where it has one.
    #[serde(default)]
    #[ts(type = "Environment | undefined")]
    pub environment: Option<Environment>,
    /// Of SendGrid `global` or `eu`, of Twilio `us1`, `ie1`, `au1` or `jp1`; the first when left out.
    #[serde(default)]
    pub region: Option<String>,
    /// The vendor's id of the account, for a vendor that wants it beside the key: of Twilio `AC…`.
    #[serde(default)]
    pub account_sid: Option<String>,
    /// Where to call it, for a sandbox: a loopback address.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The key.
    pub key: KeySource,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MessageContent {
    /// What was paid, in our words. Needs a payment.
    Receipt,
    /// What was given back, in our words. Needs a payment with a refund.
    RefundNotice,
    /// What a person wrote.
    FreeText {
        /// The subject; an SMS has none.
        #[serde(default)]
        subject: String,
        /// The text.
        text: String,
    },
    /// A template of the vendor's.
    Template {
        /// Its id at the vendor, such as `d-…`.
        id: String,
        /// What is filled in: a JSON object, as text.
        data: String,
    },
}

/// Sends one email or SMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SendMessage {
    /// Made by the shell when the dialog opens or the command starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `email` or `sms`; email when left out.
    #[serde(default)]
    pub channel: Option<String>,
    /// The account that sends; the only one that can when left out.
    #[serde(default)]
    pub account: Option<String>,
    /// Who an SMS comes from: a number, a name or a messaging service; the account's sender when left out.
    #[serde(default)]
    pub from: Option<String>,
    /// Whom it goes to; the payer of the payment when left out.
    #[serde(default)]
    pub to: Option<String>,
    /// The payment that it is about.
    #[serde(default)]
    pub payment: Option<String>,
    /// What it says.
    pub content: MessageContent,
    /// The language of our words, such as `de`; the customer's when left out.
    #[serde(default)]
    pub language: Option<String>,
    /// The group that its reader can unsubscribe from.
    #[serde(default)]
    pub group: Option<i64>,
    /// When it is sent; at once when left out. At most 72 hours ahead.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub send_at: Option<Timestamp>,
}

/// Shows what would be sent. Nothing is written down or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct PreviewMessage {
    /// `email` or `sms`; email when left out.
    #[serde(default)]
    pub channel: Option<String>,
    /// The account that would send.
    #[serde(default)]
    pub account: Option<String>,
    /// Who an SMS would come from.
    #[serde(default)]
    pub from: Option<String>,
    /// Whom it would go to.
    #[serde(default)]
    pub to: Option<String>,
    /// The payment that it would be about.
    #[serde(default)]
    pub payment: Option<String>,
    /// What it would say.
    pub content: MessageContent,
    /// The language of our words.
    #[serde(default)]
    pub language: Option<String>,
    /// The group that its reader could unsubscribe from.
    #[serde(default)]
    pub group: Option<i64>,
    /// When it would be sent.
    #[serde(default)]
    #[ts(type = "string", optional)]
    pub send_at: Option<Timestamp>,
    /// Whether the vendor is asked if it sends the address anything.
    #[serde(default)]
    pub check: bool,
}

/// What would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessagePreview {
    /// Label of the account that sends.
    pub account: String,
    /// Who it comes from.
    pub from: String,
    /// Whom it goes to.
    pub to: String,
    /// Its subject, where that is ours.
    pub subject: Option<String>,
    /// Its text, where that is ours.
    pub text: Option<String>,
    /// The vendor's id of the template.
    pub template: Option<String>,
    /// Nobody gets it: outside live the vendor only checks what goes to addresses that were not allowed.
    pub sandbox_mode: bool,
    /// A card number in it is masked.
    pub card_masked: bool,
    /// What the template comes to; none of a text, or where the template cannot be read.
    pub rendered: Option<RenderedView>,
    /// Why the template cannot be shown.
    pub problem: Option<String>,
    /// Why the vendor would send the address nothing; none where that was not asked or could not be read.
    pub suppressions: Option<Vec<SuppressionView>>,
    /// When it would be sent, where that is later.
    #[ts(type = "string | null")]
    pub send_at: Option<Timestamp>,
    /// How long an SMS is on the air.
    pub size: Option<SmsSizeView>,
}

/// How long an SMS is on the air.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SmsSizeView {
    /// `gsm7`, or `ucs2` where a character is not in the 7-bit alphabet.
    pub encoding: String,
    /// Its length as the vendor limits it, to 1,600.
    pub characters: u32,
    /// How many messages it is, each of which is paid.
    pub segments: u32,
    /// How much more fits into the last of them.
    pub left: u32,
    /// The first character that is not in the 7-bit alphabet.
    pub forced_by: Option<String>,
    /// Its place in the text, from 1.
    pub forced_at: Option<u32>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageView {
    /// Our id of it.
    pub id: String,
    /// Label of the account that sent it.
    pub account: String,
    /// `email` or `sms`.
    pub channel: String,
    /// `outbound`, or `inbound` of what a customer sent.
    pub direction: String,
    /// `receipt`, `refund_notice`, `free_text`, `template` or `elsewhere`.
    pub purpose: String,
    /// How it stands.
    pub state: String,
    /// Why it stands so: a code of ours, or the receiving side's words.
    pub reason: Option<String>,
    /// Who it came from, where the row keeps that.
    pub from: Option<String>,
    /// Whom it went to.
    pub to: String,
    /// How many messages an SMS was on the air.
    pub segments: Option<u32>,
    /// What the vendor took for it, in the vendor's own digits.
    pub price: Option<String>,
    /// The currency of that, in three letters.
    pub price_currency: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// The vendor's id of its template.
    pub template: Option<String>,
    /// The vendor only checked it.
    pub sandbox_mode: bool,
    /// A card number in it was masked.
    pub card_masked: bool,
    /// The vendor's id of the payment that it is about.
    pub payment: Option<String>,
    /// The vendor's id of the customer.
    pub customer: Option<String>,
    /// How surely it is about that payment: `exact`, `likely` or `by_hand`.
    pub link: Option<String>,
    /// When it was decided, or first told of.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// When it is sent, where that is later.
    #[ts(type = "string | null")]
    pub send_at: Option<Timestamp>,
    /// When it was delivered.
    #[ts(type = "string | null")]
    pub delivered: Option<Timestamp>,
    /// When it was first looked at.
    #[ts(type = "string | null")]
    pub opened: Option<Timestamp>,
    /// When a link in it was first followed.
    #[ts(type = "string | null")]
    pub clicked: Option<Timestamp>,
    /// When it was first called spam.
    #[ts(type = "string | null")]
    pub complained: Option<Timestamp>,
    /// The answer is that of an earlier request of the same id.
    pub repeated: bool,
    /// The vendor that it went by.
    pub vendor: String,
    /// Why what it said is not there: `erased`, `elsewhere`, `template` or `not_kept`; none where it is.
    pub no_body: Option<String>,
}

/// One thing that the vendor told of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageEventView {
    /// The vendor's id of it.
    pub id: String,
    /// What.
    pub kind: String,
    /// When it happened.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// When Paydesk heard of it.
    #[ts(type = "string")]
    pub received: Timestamp,
}

/// A message with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageDetail {
    /// The message.
    pub message: MessageView,
    /// What it said, where the account keeps that.
    pub body: Option<String>,
    /// The vendor's id of it.
    pub vendor_id: Option<String>,
    /// How often it was handed to the vendor.
    pub sends: u32,
    /// What the vendor told, oldest first.
    pub events: Vec<MessageEventView>,
    /// It may be at the vendor or not, so that a person may give it up.
    pub can_close: bool,
    /// It waits at the vendor for its time, so that it may be taken back.
    pub can_take_back: bool,
}

/// Finds messages, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListMessages {
    /// The search, such as `status:bounced to:ada@example.com`; its words are in `messages/search-messages.en.json`.
    pub query: String,
    /// Which page.
    pub range: ListRange,
}

/// What a search for messages found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundMessages {
    /// What was found.
    pub items: Vec<MessageView>,
    /// Hand this back to get the next page; none on the last.
    pub next: Option<String>,
    /// How far everything was looked at, where the search stopped before history did; `next` looks further.
    #[ts(type = "string | null")]
    pub looked_back_to: Option<Timestamp>,
}

/// Counts what a search for messages finds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct CountMessages {
    /// The search.
    pub query: String,
    /// Count to the end, however long that takes.
    pub exact: bool,
}

/// How many messages a search finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessageCount {
    /// So many; at least so many where it is not exact.
    pub messages: u64,
    /// Whether all were counted.
    pub exact: bool,
    /// Down to when all were counted, where not all of history was.
    #[ts(type = "string | null")]
    pub looked_back_to: Option<Timestamp>,
}

/// Shows a message by our id of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowMessage {
    /// Our id of it.
    pub id: String,
}

/// Gives a message up that may be at the vendor or not, so that one like it can be sent. A person decides that: if the first was taken after all,
/// the customer gets both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CloseMessage {
    /// Our id of it.
    pub id: String,
}

/// Tells the vendor not to send an email that waits there for its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeBackMessage {
    /// Our id of it.
    pub id: String,
}

/// Shows all that belongs to the same conversation as a message: about its payment, of its customer, and with its address or number, by
/// either channel and either way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowThread {
    /// Our id of the message.
    pub id: String,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThreadView {
    /// Its newest messages, oldest first.
    pub items: Vec<ThreadMessage>,
    /// There are older ones.
    pub left_out: bool,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThreadMessage {
    /// The message.
    pub message: MessageView,
    /// What it said, where that is kept.
    pub body: Option<String>,
}

/// Shows how an account that sends messages is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowMailSettings {
    /// The account.
    pub label: String,
}

/// Says which payment a message is about; whatever Paydesk thought itself does not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LinkMessage {
    /// Our id of it.
    pub id: String,
    /// The payment.
    pub payment: String,
}

/// Says that a message is about no payment, or about none that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UnlinkMessage {
    /// Our id of it.
    pub id: String,
}

/// Changes how an account that sends mail is used; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SetMailSettings {
    /// The account.
    pub label: String,
    /// Who mail comes from: a sender that the vendor has verified.
    pub from: Option<String>,
    /// The sender's name.
    pub from_name: Option<String>,
    /// An address, or a domain that begins with an `@`, that gets real mail outside live.
    pub allow: Option<String>,
    /// One that does so no more.
    pub disallow: Option<String>,
    /// Whether what is sent is kept.
    pub keep_bodies: Option<bool>,
    /// Whether opens and clicks are counted.
    pub tracking: Option<bool>,
}

/// A sender that the vendor lets mail go out as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SenderView {
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether whoever owns the address said yes.
    pub verified: bool,
}

/// How an account that sends mail is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailSettingsView {
    /// Label of the account.
    pub account: String,
    /// Who mail comes from.
    pub from: Option<String>,
    /// The sender's name.
    pub from_name: Option<String>,
    /// Whom the vendor lets mail go out as.
    pub senders: Vec<SenderView>,
    /// Who gets real mail outside live.
    pub allowed: Vec<String>,
    /// Whether what is sent is kept.
    pub keep_bodies: bool,
    /// Whether opens and clicks are counted.
    pub tracking: bool,
}

/// Reads the vendor's own list of messages into the journal, newest first, and looks in it for what may have been sent. It goes on where it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SyncMessages {
    /// The account; the only one that sends SMS when left out.
    pub account: Option<String>,
}

/// What reading the vendor's list of messages came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessagesSynced {
    /// Label of the account.
    pub account: String,
    /// Messages that were read.
    #[ts(type = "number")]
    pub read: u64,
    /// Of them, those that were not known.
    #[ts(type = "number")]
    pub new: u64,
    /// Of them, those of which something was new.
    #[ts(type = "number")]
    pub changed: u64,
    /// Those that could not be read.
    #[ts(type = "number")]
    pub skipped: u64,
    /// Messages whose answer was lost and that were found.
    #[ts(type = "number")]
    pub found: u64,
    /// Messages of which it is still not known whether they were sent.
    #[ts(type = "number")]
    pub in_doubt: u64,
    /// The list is read down to its end.
    pub complete: bool,
    /// The vendor said no, or nothing, before it was done.
    pub stopped_early: bool,
    /// How far back it is read.
    #[ts(type = "string | null")]
    pub oldest: Option<Timestamp>,
}
