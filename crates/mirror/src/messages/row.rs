//! One message as a row.

use domain::{
    AccountId, LinkCertainty, MessageChannel, MessageDirection, MessageId, MessagePurpose, RequestId,
    Standing, Timestamp,
};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row, Sqlite, Transaction};

use crate::Mirror;
use crate::delivered::ERASED;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none};
use crate::statement::fold;

macro_rules! select_from {
    () => {
        "select m.number, m.id, m.account, m.purpose, m.state, m.reason, m.told_at, m.told_event, m.delivered_at, \
         m.opened_at, m.clicked_at, m.complained_at, m.unsubscribed_at, m.to_address, m.subject, m.template, m.body, \
         m.sandbox_mode, m.card_masked, m.payment_account, m.payment_id, m.customer_id, m.refund_id, m.link, m.vendor_id, \
         m.sends, m.created_at, m.updated_at, m.wish, m.send_at, m.batch_id, m.channel, m.direction, m.from_address, \
         m.segments, m.price, m.price_currency, m.fingerprint, m.place from"
    };
}

/// What is read of a message, up to the table, which goes by `m`.
pub(crate) const SELECT_FROM: &str = select_from!();
/// The same with the table.
pub(crate) const SELECT: &str = concat!(select_from!(), " messages m");

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageLink {
    /// The account of the payment, which is another than the one that sends.
    pub account_id: AccountId,
    /// The vendor's id of the payment.
    pub payment_id: String,
    /// The vendor's id of the customer, where the payment has one.
    pub customer_id: Option<String>,
    /// The vendor's id of the refund that it tells of.
    pub refund_id: Option<String>,
    /// How surely.
    pub certainty: LinkCertainty,
}

/// A message that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Our id of it, which goes out with it.
    pub id: MessageId,
    /// Made by the shell.
    pub request_id: RequestId,
    /// The account that sends it.
    pub account_id: AccountId,
    /// By what it goes.
    pub channel: MessageChannel,
    /// What it is for.
    pub purpose: MessagePurpose,
    /// Who it comes from, where the row keeps that.
    pub from: Option<String>,
    /// Whom it goes to.
    pub to: String,
    /// Its subject, where that is ours.
    pub subject: Option<String>,
    /// The vendor's id of its template.
    pub template: Option<String>,
    /// What it says, where that is kept.
    pub body: Option<String>,
    /// The vendor only checks it.
    pub sandbox_mode: bool,
    /// A card number was masked in it.
    pub card_masked: bool,
    /// How many messages it is on the air.
    pub segments: Option<u32>,
    /// By what it is found in the vendor's list, where that is how its fate is looked up.
    pub fingerprint: Option<String>,
    /// What it is about.
    pub link: Option<MessageLink>,
    /// The hash of what was asked for.
    pub wish: Option<String>,
    /// When it is sent, where that is later, and the vendor's id that it can be taken back under until then.
    pub schedule: Option<(Timestamp, String)>,
    /// The id in its own headers, of an email that belongs to a conversation.
    pub header_id: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
}

/// A message of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place in the list.
    pub number: i64,
    /// Our id of it.
    pub id: MessageId,
    /// The account that sent it.
    pub account_id: AccountId,
    /// By what it went.
    pub channel: MessageChannel,
    /// Which way.
    pub direction: MessageDirection,
    /// What it is for.
    pub purpose: MessagePurpose,
    /// How it stands.
    pub standing: Standing,
    /// Who it came from, where that is known.
    pub from: Option<String>,
    /// Whom it went to.
    pub to: String,
    /// Its subject.
    pub subject: Option<String>,
    /// The vendor's id of its template.
    pub template: Option<String>,
    /// What it said, where that was kept.
    pub body: Option<String>,
    /// The vendor only checked it.
    pub sandbox_mode: bool,
    /// A card number was masked in it.
    pub card_masked: bool,
    /// How many messages it was on the air.
    pub segments: Option<u32>,
    /// What the vendor took for it, in the vendor's own digits, with the currency.
    pub price: Option<(String, String)>,
    /// By what it is found in the vendor's list.
    pub fingerprint: Option<String>,
    /// What it is about.
    pub link: Option<MessageLink>,
    /// The vendor's id of it.
    pub vendor_id: Option<String>,
    /// The hash of what was asked for; none of what was sent elsewhere, and of an erased person's.
    pub wish: Option<String>,
    /// How often it was handed to the vendor.
    pub sends: u32,
    /// When it is sent, where that is later.
    pub send_at: Option<Timestamp>,
    /// The vendor's id that it can be taken back under until then.
    pub batch_id: Option<String>,
    /// When it was decided, or first told of.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl MessageRow {
    /// Whether whom it went to, or who sent it in, was erased. No address holds a space.
    pub fn is_erased(&self) -> bool {
        self.to.starts_with(ERASED) || self.from.as_deref().is_some_and(|from| from.starts_with(ERASED))
    }
}

pub(crate) async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    message: &NewMessage,
    account: i64,
    payment_account: Option<i64>,
) -> Result<()> {
    let link = message.link.as_ref();
    sqlx::query(
        "insert into messages (id, request_id, account, purpose, state, to_address, to_folded, subject, template, \
         body, sandbox_mode, card_masked, payment_account, payment_id, customer_id, refund_id, link, sends, created_at, \
         updated_at, channel, from_address, segments, fingerprint, wish, send_at, batch_id, header_id) values (?1, ?2, ?3, ?4, 'prepared', \
         ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 1, ?17, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
    )
    .bind(message.id.to_string())
    .bind(message.request_id.to_string())
    .bind(account)
    .bind(message.purpose.as_str())
    .bind(&message.to)
    .bind(fold(&message.to))
    .bind(&message.subject)
    .bind(&message.template)
    .bind(&message.body)
    .bind(message.sandbox_mode)
    .bind(message.card_masked)
    .bind(payment_account)
    .bind(link.map(|link| &link.payment_id))
    .bind(link.and_then(|link| link.customer_id.as_ref()))
    .bind(link.and_then(|link| link.refund_id.as_ref()))
    .bind(link.map(|link| link.certainty.as_str()))
    .bind(message.created_at.as_ms())
    .bind(message.channel.as_str())
    .bind(&message.from)
    .bind(message.segments)
    .bind(&message.fingerprint)
    .bind(&message.wish)
    .bind(message.schedule.as_ref().map(|(at, _)| at.as_ms()))
    .bind(message.schedule.as_ref().map(|(_, id)| id))
    .bind(&message.header_id)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(super) async fn write_standing(
    connection: &mut SqliteConnection,
    number: i64,
    standing: &Standing,
    at: Timestamp,
) -> Result<()> {
    let moment = |moment: Option<Timestamp>| moment.map(Timestamp::as_ms);
    let told_by = standing.told_by.as_ref();
    sqlx::query(
        "update messages set state = ?2, reason = ?3, told_at = ?4, told_event = ?5, delivered_at = ?6, opened_at = ?7, \
         clicked_at = ?8, complained_at = ?9, unsubscribed_at = ?10, updated_at = ?11 where number = ?1",
    )
    .bind(number)
    .bind(standing.state.as_str())
    .bind(&standing.reason)
    .bind(told_by.map(|(at, _)| at.as_ms()))
    .bind(told_by.map(|(_, event)| event))
    .bind(moment(standing.delivered_at))
    .bind(moment(standing.opened_at))
    .bind(moment(standing.clicked_at))
    .bind(moment(standing.complained_at))
    .bind(moment(standing.unsubscribed_at))
    .bind(at.as_ms())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) fn read(mirror: &Mirror, row: &SqliteRow) -> Result<MessageRow> {
    let unreadable = |_| MirrorError::corrupt("a message does not read");
    Ok(MessageRow {
        number: row.try_get("number")?,
        id: row.try_get::<&str, _>("id")?.parse().map_err(|_| MirrorError::corrupt("a message has no id"))?,
        account_id: mirror.account_of(row.try_get("account")?)?,
        channel: row.try_get::<&str, _>("channel")?.parse().map_err(unreadable)?,
        direction: row.try_get::<&str, _>("direction")?.parse().map_err(unreadable)?,
        purpose: row.try_get::<&str, _>("purpose")?.parse().map_err(unreadable)?,
        standing: read_standing(row)?,
        from: row.try_get("from_address")?,
        to: row.try_get("to_address")?,
        subject: row.try_get("subject")?,
        template: row.try_get("template")?,
        body: row.try_get("body")?,
        sandbox_mode: row.try_get("sandbox_mode")?,
        card_masked: row.try_get("card_masked")?,
        segments: row.try_get::<Option<i64>, _>("segments")?.and_then(|count| u32::try_from(count).ok()),
        price: row.try_get::<Option<String>, _>("price")?.zip(row.try_get("price_currency")?),
        fingerprint: row.try_get("fingerprint")?,
        link: read_link(mirror, row)?,
        vendor_id: row.try_get("vendor_id")?,
        wish: row.try_get("wish")?,
        sends: u32::try_from(row.try_get::<i64, _>("sends")?).unwrap_or(u32::MAX),
        send_at: moment_or_none(row, "send_at")?,
        batch_id: row.try_get("batch_id")?,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
    })
}

/// How the message of a row stands.
pub(super) fn read_standing(row: &SqliteRow) -> Result<Standing> {
    let unreadable = |_| MirrorError::corrupt("a message does not read");
    Ok(Standing {
        state: row.try_get::<&str, _>("state")?.parse().map_err(unreadable)?,
        reason: row.try_get("reason")?,
        told_by: moment_or_none(row, "told_at")?.zip(row.try_get("told_event")?),
        delivered_at: moment_or_none(row, "delivered_at")?,
        opened_at: moment_or_none(row, "opened_at")?,
        clicked_at: moment_or_none(row, "clicked_at")?,
        complained_at: moment_or_none(row, "complained_at")?,
        unsubscribed_at: moment_or_none(row, "unsubscribed_at")?,
    })
}

fn read_link(mirror: &Mirror, row: &SqliteRow) -> Result<Option<MessageLink>> {
    let (account, payment_id, link): (Option<i64>, Option<String>, Option<&str>) =
        (row.try_get("payment_account")?, row.try_get("payment_id")?, row.try_get("link")?);
    let (Some(account), Some(payment_id), Some(link)) = (account, payment_id, link) else { return Ok(None) };
    Ok(Some(MessageLink {
        account_id: mirror.account_of(account)?,
        payment_id,
        customer_id: row.try_get("customer_id")?,
        refund_id: row.try_get("refund_id")?,
        certainty: link.parse().map_err(|_| MirrorError::corrupt("a message does not read"))?,
    }))
}
