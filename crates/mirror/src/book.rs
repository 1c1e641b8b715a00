//! The book: who saw what of whom, and who did what. It only grows: each line carries the hash of the one
//! before, triggers refuse changes, and what a line says of a person is sealed, so that erasing them leaves
//! the chain as it was.

mod carry;
mod chain;
mod exported;
mod forget;
mod secrets;

use domain::{AccountId, Environment, Timestamp};
use serde_json::{Value as Json, json};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::acting::Acting;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment;
use crate::page::{self, Page};
use crate::statement::{Value, bind_all, numbers};

pub use chain::{Break, Flaw, Head};
pub use exported::{BookFile, BookWriter, VerifiedFile, verify_file};
pub(crate) use forget::{forget, written};
pub use secrets::Person;

pub(crate) use carry::carry;
use chain::{Chain, RawLine};

/// Lines that are read at once.
const LINES_AT_ONCE: i64 = 1_000;
const RAW: &str = "number, at, cast(system_user as blob) as system_user, cast(name as blob) as name, \
     cast(shell as blob) as shell, cast(action as blob) as action, cast(account as blob) as account, \
     cast(subject as blob) as subject, cast(facts as blob) as facts, sealed, previous, hash";

/// A line to be written. Who acts is known by the mirror's handle.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// When.
    pub at: Timestamp,
    /// What was done, such as `account_removed`.
    pub action: String,
    /// In which account.
    pub account: Option<AccountId>,
    /// To what, by an id; nothing of a person.
    pub subject: String,
    /// Before, after and counts; nothing of a person.
    pub facts: Json,
    /// What tells of a person: a search, a note, a path. An object; sealed.
    pub personal: Json,
    /// Whose it is, where that is one person.
    pub person: Option<Person>,
}

impl NewLine {
    /// A line about something, with nothing else to it yet.
    pub fn new(at: Timestamp, action: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            at,
            action: action.into(),
            account: None,
            subject: subject.into(),
            facts: json!({}),
            personal: json!({}),
            person: None,
        }
    }
}

/// What a line says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Personal {
    /// Nothing.
    Nothing,
    /// This.
    Readable(Json),
    /// Something, whose key was destroyed.
    Erased,
}

/// A line as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLine {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who, by the system.
    pub system_user: String,
    /// Who, by Paydesk's settings.
    pub name: String,
    /// `window`, `command` or `paydesk`.
    pub shell: String,
    /// What was done.
    pub action: String,
    /// In which account, by id.
    pub account: Option<String>,
    /// To what.
    pub subject: String,
    /// Before, after and counts.
    pub facts: Json,
    /// What it says of a person.
    pub personal: Personal,
}

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookFilter {
    /// Those of one of these actions; all where empty. One that ends in `*` stands for all that begin so.
    pub actions: Vec<String>,
    /// Those about this, by id.
    pub subject: Option<String>,
    /// Those of this person, by either name.
    pub who: Option<String>,
}

/// What verifying came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The head as far as everything fits.
    pub head: Head,
    /// How many lines there are.
    pub lines: u64,
    /// The first thing that does not fit.
    pub broken: Option<Break>,
    /// Lines whose personal part was erased.
    pub erased: u64,
}

/// The book of one environment.
#[derive(Debug)]
pub struct Book<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Book<'_> {
    /// Writes a line; it is on the disk when this returns.
    pub async fn append(&self, line: &NewLine) -> Result<Head> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let head = append(&mut transaction, self.mirror, line).await?;
        transaction.commit().await?;
        Ok(head)
    }

    /// Where the book stands.
    pub async fn head(&self) -> Result<Head> {
        let mut connection = self.mirror.readers().acquire().await?;
        head(&mut connection, "main", self.mirror.environment()).await
    }

    /// Whether the book has that many lines and the last of them that hash.
    pub async fn holds(&self, head: Head) -> Result<bool> {
        if head.count == 0 {
            return Ok(head == Head::beginning(self.mirror.environment()));
        }
        let hash: Option<Vec<u8>> = sqlx::query_scalar("select hash from book where number = ?1")
            .bind(i64::try_from(head.count).unwrap_or(i64::MAX))
            .fetch_optional(self.mirror.readers())
            .await?;
        Ok(hash.is_some_and(|hash| hash == head.hash))
    }

    /// A page of lines, newest first.
    pub async fn list(&self, filter: &BookFilter, limit: u32, after: Option<&str>) -> Result<Page<BookLine>> {
        let limit = page::checked_limit(limit)?;
        let mut values = vec![page::start(after)?.into()];
        let condition = condition(filter, &mut values);
        let statement = format!(
            "select * from book where number < ?1 and {condition} order by number desc limit ?{}",
            values.len() + 1
        );
        values.push((limit + 1).into());
        let mut connection = self.mirror.readers().acquire().await?;
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut *connection).await?;
        let key = secrets::book_key(&mut connection, "main").await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let line = read(&mut connection, key.as_ref(), row).await?;
            lines.push((row.try_get("number")?, line));
        }
        Ok(page::cut(lines, limit))
    }

    /// How many lines a filter lets through.
    pub async fn count(&self, filter: &BookFilter) -> Result<u64> {
        let mut values = vec![i64::MAX.into()];
        let condition = condition(filter, &mut values);
        let statement = format!("select count(*) from book where number < ?1 and {condition}");
        let row =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    /// Follows the whole book from its first line, and compares it with heads that were kept elsewhere.
    pub async fn verify(&self, kept: &[Head]) -> Result<Verified> {
        let mirror = self.mirror.snapshot().await?;
        let done = verify(&mirror, kept).await;
        mirror.close().await?;
        done
    }

    /// The lines behind a number as they stand, for an export.
    pub async fn raw_after(&self, number: u64) -> Result<Vec<BookFile>> {
        let lines = raw_after(self.mirror, number).await?;
        Ok(lines.into_iter().map(BookFile).collect())
    }
}

fn condition(filter: &BookFilter, values: &mut Vec<Value>) -> String {
    let mut conditions = vec!["true".to_owned()];
    let exact: Vec<&String> = filter.actions.iter().filter(|one| !one.ends_with('*')).collect();
    let mut actions = Vec::new();
    if !exact.is_empty() {
        actions.push(format!("action in ({})", numbers(values.len() + 1, exact.len())));
        values.extend(exact.into_iter().map(Value::from));
    }
    for begins in filter.actions.iter().filter_map(|one| one.strip_suffix('*')) {
        actions.push(format!("substr(action, 1, {}) = ?{}", begins.chars().count(), values.len() + 1));
        values.push(begins.into());
    }
    if !actions.is_empty() {
        conditions.push(format!("({})", actions.join(" or ")));
    }
    if let Some(subject) = &filter.subject {
        conditions.push(format!("subject = ?{}", values.len() + 1));
        values.push(subject.into());
    }
    if let Some(who) = &filter.who {
        conditions.push(format!("(system_user = ?{0} or name = ?{0})", values.len() + 1));
        values.push(who.into());
    }
    conditions.join(" and ")
}

async fn verify(mirror: &Mirror, kept: &[Head]) -> Result<Verified> {
    let lines: i64 = sqlx::query_scalar("select count(*) from book").fetch_one(mirror.readers()).await?;
    let erased: i64 = sqlx::query_scalar(
        "select count(*) from book where sealed is not null and number not in (select line from book_keys)",
    )
    .fetch_one(mirror.readers())
    .await?;
    let count = |number| u64::try_from(number).unwrap_or(0);
    let beginning = Head::beginning(mirror.environment());
    let mut verified = Verified { head: beginning, lines: count(lines), broken: None, erased: count(erased) };
    let mut chain = match Chain::begin(mirror.environment(), kept) {
        Ok(chain) => chain,
        Err(broken) => return Ok(Verified { broken: Some(broken), ..verified }),
    };
    loop {
        let lines = raw_after(mirror, chain.head().count).await?;
        let followed = lines.iter().try_for_each(|line| chain.follow(line));
        verified.head = chain.head();
        let ended = if lines.is_empty() { chain.end() } else { Ok(()) };
        if let Err(broken) = followed.and(ended) {
            return Ok(Verified { broken: Some(broken), ..verified });
        }
        if lines.is_empty() {
            return Ok(verified);
        }
    }
}

async fn raw_after(mirror: &Mirror, number: u64) -> Result<Vec<RawLine>> {
    let statement = format!("select {RAW} from book where number > ?1 order by number limit ?2");
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .bind(LINES_AT_ONCE)
        .fetch_all(mirror.readers())
        .await?;
    rows.iter().map(raw).collect()
}

fn raw(row: &SqliteRow) -> Result<RawLine> {
    Ok(RawLine {
        number: u64::try_from(row.try_get::<i64, _>("number")?).unwrap_or(0),
        at: row.try_get("at")?,
        system_user: row.try_get("system_user")?,
        name: row.try_get("name")?,
        shell: row.try_get("shell")?,
        action: row.try_get("action")?,
        account: row.try_get("account")?,
        subject: row.try_get("subject")?,
        facts: row.try_get("facts")?,
        sealed: row.try_get("sealed")?,
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}

async fn read(
    connection: &mut SqliteConnection,
    key: Option<&secrets::Key>,
    row: &SqliteRow,
) -> Result<BookLine> {
    let number = u64::try_from(row.try_get::<i64, _>("number")?).unwrap_or(0);
    let personal = match row.try_get::<Option<&[u8]>, _>("sealed")? {
        None => Personal::Nothing,
        Some(sealed) => secrets::open_line(connection, key, number, sealed)
            .await?
            .map_or(Personal::Erased, Personal::Readable),
    };
    Ok(BookLine {
        number,
        at: moment(row, "at")?,
        system_user: row.try_get("system_user")?,
        name: row.try_get("name")?,
        shell: row.try_get("shell")?,
        action: row.try_get("action")?,
        account: row.try_get("account")?,
        subject: row.try_get("subject")?,
        facts: serde_json::from_str(row.try_get("facts")?).unwrap_or(Json::Null),
        personal,
    })
}

/// Where the book of a file stands.
async fn head(
    connection: &mut SqliteConnection,
    schema: &'static str,
    environment: Environment,
) -> Result<Head> {
    let statement = format!("select number, hash from {schema}.book order by number desc limit 1");
    let row = sqlx::query(AssertSqlSafe(statement)).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(Head::beginning(environment)) };
    let hash: Vec<u8> = row.try_get("hash")?;
    let hash = hash.try_into().map_err(|_| MirrorError::corrupt("a line of the book has no hash"))?;
    Ok(Head { count: u64::try_from(row.try_get::<i64, _>("number")?).unwrap_or(0), hash })
}

/// Writes a line in somebody's transaction, so that it is there exactly where what it tells of is.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    line: &NewLine,
) -> Result<Head> {
    let before = head(connection, "main", mirror.environment()).await?;
    let number = before.count + 1;
    let who = mirror.who();
    let personal = personal_of(line, who);
    let sealed = match personal.as_object().is_some_and(|fields| !fields.is_empty()) {
        false => None,
        true => {
            let person = line.account.zip(line.person.as_ref());
            Some(secrets::seal_line(connection, number, person, &personal).await?)
        }
    };
    let mut raw = RawLine {
        number,
        at: line.at.as_ms(),
        system_user: who.system_user.clone().into_bytes(),
        name: who.name.clone().into_bytes(),
        shell: who.shell.as_str().as_bytes().to_vec(),
        action: line.action.clone().into_bytes(),
        account: line.account.map(|account| account.to_string().into_bytes()),
        subject: line.subject.clone().into_bytes(),
        facts: line.facts.to_string().into_bytes(),
        sealed,
        previous: before.hash.to_vec(),
        hash: Vec::new(),
    };
    raw.hash = raw.hashed().to_vec();
    insert(connection, &raw).await?;
    Ok(Head { count: number, hash: raw.hashed() })
}

/// What a line says of a person: its own, and why whoever acts does so.
fn personal_of(line: &NewLine, who: &Acting) -> Json {
    let mut personal = line.personal.clone();
    if let Some(fields) = personal.as_object_mut() {
        for (name, text) in [("why", &who.why), ("ticket", &who.ticket)] {
            if let Some(text) = text.as_ref().filter(|text| !text.trim().is_empty()) {
                fields.insert(name.to_owned(), json!(text.trim()));
            }
        }
    }
    personal
}

async fn insert(connection: &mut SqliteConnection, line: &RawLine) -> Result<()> {
    sqlx::query(
        "insert into book (number, at, system_user, name, shell, action, account, subject, facts, sealed, \
         previous, hash) values (?1, ?2, cast(?3 as text), cast(?4 as text), cast(?5 as text), cast(?6 as text), \
         cast(?7 as text), cast(?8 as text), cast(?9 as text), ?10, ?11, ?12)",
    )
    .bind(i64::try_from(line.number).unwrap_or(i64::MAX))
    .bind(line.at)
    .bind(&line.system_user)
    .bind(&line.name)
    .bind(&line.shell)
    .bind(&line.action)
    .bind(&line.account)
    .bind(&line.subject)
    .bind(&line.facts)
    .bind(&line.sealed)
    .bind(&line.previous)
    .bind(&line.hash)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Whose a payment, a payer's intention or a refund is, as far as the mirror knows.
pub(crate) async fn person_of(
    connection: &mut SqliteConnection,
    account: i64,
    target: &str,
) -> Result<Person> {
    let row = sqlx::query(
        "select vendor_id, customer_id, email_folded from payments where account = ?1 and (vendor_id = ?2 \
         or vendor_id in (select payment_id from refunds where vendor_id = ?2 and account = ?1) \
         or vendor_id in (select latest_payment_id from payment_intents where vendor_id = ?2 and account = ?1)) \
         limit 1",
    )
    .bind(account)
    .bind(target)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(Person::Payment(target.to_owned())) };
    let customer: Option<String> = row.try_get("customer_id")?;
    let email: Option<String> = row.try_get("email_folded")?;
    Ok(match (customer, email) {
        (Some(id), _) => Person::Customer(id),
        (None, Some(email)) => Person::Email(email),
        (None, None) => Person::Payment(row.try_get("vendor_id")?),
    })
}
