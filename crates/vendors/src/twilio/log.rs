//! Twilio's own list of messages: what was sent and what came in, newest first, page by page.

use domain::{LoggedMessage, MessageDirection, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use transport::{Endpoint, Method};

use super::answer::is_message_sid;
use super::callback::event;
use super::{CallError, Twilio};

/// Longest address, word or price that is kept, in characters.
const WORD_MAX: usize = 60;
/// Longest body that is kept, in characters; Twilio joins longer ones that came in in parts.
const BODY_MAX: usize = 4_000;
/// Longest token of a place in a list.
const TOKEN_MAX: usize = 1_000;
/// Largest page that Twilio gives.
pub(super) const PAGE_MAX: u32 = 1_000;
/// Names of a place that are taken from what Twilio says of the next page.
const PLACE_NAMES: [&str; 3] = ["Page", "PageToken", "PageSize"];

const ENDPOINT: Endpoint =
    Endpoint { method: Method::GET, path_template: "/2010-04-01/Accounts/{account}/Messages.json" };

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSearch {
    /// Only what went there.
    pub to: Option<String>,
    /// Only what came from there.
    pub from: Option<String>,
    /// Only what was sent on that day or later, by the days of Greenwich.
    pub since: Option<Timestamp>,
    /// Only what was sent on that day or before.
    pub until: Option<Timestamp>,
    /// How many a page holds, up to 1,000.
    pub page_size: u32,
}

/// A place in a list, as Twilio named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace(Vec<(String, String)>);

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// What could be read, newest first.
    pub messages: Vec<LoggedMessage>,
    /// How many could not.
    pub skipped: usize,
    /// Where the next page is; none on the last.
    pub next: Option<LogPlace>,
}

#[derive(Deserialize)]
struct WirePage {
    messages: Vec<Value>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

impl Twilio {
    /// One page of the list: the first, or that of a place.
    ///
    /// # Errors
    /// When the key may not read it, or nothing answers.
    pub async fn messages(&self, search: &LogSearch, place: Option<&LogPlace>) -> Result<LogPage, CallError> {
        let path = ENDPOINT.path(&[&self.account_sid]).map_err(|_| CallError::Unreadable)?;
        let mut query: Vec<(String, String)> = Vec::new();
        let mut put =
            |name: &str, value: Option<String>| query.extend(value.map(|value| (name.to_owned(), value)));
        let day = |at: Timestamp| at.to_datetime().format("%Y-%m-%d").to_string();
        put("To", search.to.clone());
        put("From", search.from.clone());
        put("DateSent>", search.since.map(day));
        put("DateSent<", search.until.map(day));
        match place {
            None => put("PageSize", Some(search.page_size.clamp(1, PAGE_MAX).to_string())),
            Some(LogPlace(fields)) => query.extend(fields.iter().cloned()),
        }
        let page: WirePage = self.get(ENDPOINT, path, query).await?;
        let total = page.messages.len();
        let messages: Vec<LoggedMessage> = page.messages.iter().filter_map(read_message).collect();
        let next = page.next_page_uri.as_deref().map(|uri| self.place(uri)).transpose()?;
        Ok(LogPage { skipped: total - messages.len(), messages, next })
    }

    /// The place that Twilio names as the next page's. Only the fields of a place are taken over, so that an answer cannot lead elsewhere.
    fn place(&self, uri: &str) -> Result<LogPlace, CallError> {
        let expected = format!("/2010-04-01/Accounts/{}/Messages.json", self.account_sid);
        let (path, query) = uri.split_once('?').ok_or(CallError::Unreadable)?;
        if path != expected || query.len() > TOKEN_MAX {
            return Err(CallError::Unreadable);
        }
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| PLACE_NAMES.contains(&name.as_ref()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        // A list that names no place would be read from its start for ever.
        if fields.iter().any(|(name, _)| name == "PageToken" || name == "Page") {
            Ok(LogPlace(fields))
        } else {
            Err(CallError::Unreadable)
        }
    }
}

/// One message; none without an id, a recipient, a state and a time.
fn read_message(one: &Value) -> Option<LoggedMessage> {
    let text = |name: &str| one[name].as_str().filter(|text| !text.is_empty());
    let short = |name: &str| text(name).filter(|text| text.chars().count() <= WORD_MAX).map(str::to_owned);
    let number = |name: &str| text(name).and_then(|text| text.parse::<u32>().ok());
    let vendor_id = text("sid").filter(|sid| is_message_sid(sid))?.to_owned();
    let created_at = moment(text("date_created")?)?;
    let updated_at = text("date_updated").and_then(moment).unwrap_or(created_at);
    let (status, direction) = (short("status")?, short("direction")?);
    let code = one["error_code"].as_u64().and_then(|code| u32::try_from(code).ok());
    let price = short("price").filter(|price| is_decimal(price)).zip(short("price_unit"));
    Some(LoggedMessage {
        event: event(&vendor_id, &status, code, updated_at),
        direction: if direction == "inbound" {
            MessageDirection::Inbound
        } else {
            MessageDirection::Outbound
        },
        from: short("from").or_else(|| short("messaging_service_sid")),
        to: short("to")?,
        body: text("body").map(|body| body.chars().take(BODY_MAX).collect()),
        segments: number("num_segments").filter(|segments| *segments > 0),
        price: price.map(|(price, unit)| (price, unit.to_ascii_uppercase())),
        created_at,
        by_request: direction == "outbound-api",
        vendor_id,
    })
}

/// A time as Twilio writes it (RFC 2822).
fn moment(text: &str) -> Option<Timestamp> {
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(Timestamp::from_ms(at.timestamp_millis()))
}

/// Whether a text is a decimal number, which is kept digit for digit.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use domain::MessageState;
    use serde_json::json;

    use super::*;

    fn wire() -> Value {
        json!({
            "sid": "SM0123456789abcdef0123456789abcdef", "direction": "outbound-api", "status": "undelivered", "error_code": 30006,
            "from": "+15005550006", "to": "+4915112345678", "body": "Hello", "num_segments": "2", "price": "-0.01500", "price_unit": "usd",
            "date_created": "Thu, 24 Aug 2026 05:01:45 +0000", "date_updated": "Thu, 24 Aug 2026 05:01:50 +0000", "date_sent": null,
        })
    }

    #[test]
    fn a_message_keeps_its_price_digit_for_digit() {
        // A day of the week that does not fit the date is no date.
        assert_eq!(read_message(&wire()), None);
        let mut one = wire();
        one["date_created"] = json!("Mon, 24 Aug 2026 05:01:45 +0000");
        one["date_updated"] = json!("Mon, 24 Aug 2026 05:01:50 +0000");
        let read = read_message(&one).unwrap();
        assert_eq!(read.price, Some(("-0.01500".to_owned(), "USD".to_owned())));
        assert_eq!((read.segments, read.by_request), (Some(2), true));
        assert_eq!(read.event.kind.state(), Some(MessageState::Bounced));
        assert_eq!(read.event.reason.as_deref(), Some("landline (30006)"));
        assert_eq!(read.created_at.as_seconds() + 5, read.event.at.as_seconds());
        for (name, value) in
            [("sid", json!("x")), ("to", json!(null)), ("status", json!(7)), ("direction", json!(""))]
        {
            let mut broken = one.clone();
            broken[name] = value;
            assert_eq!(read_message(&broken), None, "{name}");
        }
        one["price"] = json!("1e5");
        assert_eq!(read_message(&one).unwrap().price, None);
        one["direction"] = json!("inbound");
        one["status"] = json!("received");
        let came = read_message(&one).unwrap();
        assert_eq!(
            (came.direction, came.event.kind.state()),
            (MessageDirection::Inbound, Some(MessageState::Delivered))
        );
    }
}
