//! The book over real files: it only grows, every change shows, and a person can be erased from it.

use std::fs;

use domain::intent::{IntentKind, IntentState};
use domain::{AccountId, Customer, Environment, Payment, Record};
use mirror::{
    Acting, BookFilter, BookWriter, Break, Flaw, Head, Mirror, NewLine, Person, Personal, RestoreOptions,
    Shell, restore, verify_file,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

use crate::support::*;

const NAMED: &str = "email:ada.lovelace@example.org";

/// The file as somebody has it who knows how to open it.
async fn behind(home: &Home) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(home.file())).await.unwrap()
}

async fn plain_shop() -> (Home, Mirror, AccountId) {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    (home, mirror, account)
}

fn ada() -> Acting {
    Acting {
        system_user: "ada".to_owned(),
        name: "Ada L.".to_owned(),
        shell: Shell::Window,
        why: None,
        ticket: Some("T-17".to_owned()),
    }
}

fn look(account: AccountId, number: i64, query: &str) -> NewLine {
    NewLine {
        account: Some(account),
        facts: json!({ "shown": number }),
        personal: json!({ "query": query }),
        ..NewLine::new(at(NOON + number), "search_shown", "")
    }
}

async fn filled(mirror: &Mirror, account: AccountId, lines: i64) -> Head {
    let mut head = mirror.book().head().await.unwrap();
    for number in 0..lines {
        let query = if number % 2 == 0 { "status:failed" } else { "" };
        let mut line = look(account, number, query);
        if query.is_empty() {
            line.personal = json!({});
        }
        head = mirror.book().append(&line).await.unwrap();
    }
    head
}

#[tokio::test]
async fn lines_say_who_when_what_why_and_are_read_newest_first() {
    let (_home, mirror, account) = shop().await;
    let hers = mirror.acting(ada());
    hers.book().append(&look(account, 1, NAMED)).await.unwrap();
    let head = mirror.book().append(&look(account, 2, "")).await.unwrap();
    assert_eq!(head, mirror.book().head().await.unwrap());
    let page = mirror.book().list(&BookFilter::default(), 2, None).await.unwrap();
    let numbers: Vec<u64> = page.items.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [3, 2], "the account was line 1");
    let line = &page.items[1];
    assert_eq!(
        (line.system_user.as_str(), line.name.as_str(), line.shell.as_str()),
        ("ada", "Ada L.", "window")
    );
    assert_eq!(line.personal, Personal::Readable(json!({ "query": NAMED, "ticket": "T-17" })));
    assert_eq!(page.items[0].shell, "paydesk");
    let rest = mirror.book().list(&BookFilter::default(), 2, page.next.as_deref()).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let only = |actions: &[&str]| BookFilter {
        actions: actions.iter().map(|one| (*one).to_owned()).collect(),
        ..BookFilter::default()
    };
    assert_eq!(mirror.book().count(&only(&["search_shown"])).await.unwrap(), 2);
    assert_eq!(mirror.book().count(&only(&["account_*"])).await.unwrap(), 1);
    let who = BookFilter { who: Some("Ada L.".to_owned()), ..BookFilter::default() };
    assert_eq!(mirror.book().list(&who, 10, None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn the_file_refuses_every_change_of_a_line() {
    let (home, mirror, account) = plain_shop().await;
    let head = filled(&mirror, account, 3).await;
    let mut behind = behind(&home).await;
    for statement in [
        "update book set subject = 'x' where number = 2",
        "delete from book where number = 4",
        "delete from book",
        "insert or replace into book select number, at + 1, system_user, name, shell, action, account, subject, \
         facts, sealed, previous, hash from book where number = 2",
        "insert into book select 9, at, system_user, name, shell, action, account, subject, facts, sealed, \
         previous, hash from book where number = 2",
    ] {
        let refused = sqlx::query(statement).execute(&mut behind).await.unwrap_err().to_string();
        assert!(refused.contains("of the book"), "{statement}: {refused}");
    }
    let verified = mirror.book().verify(&[head]).await.unwrap();
    assert_eq!((verified.broken, verified.lines), (None, 4));
}

/// One change behind the program's back; says which line must be named.
async fn tamper(behind: &mut SqliteConnection, random: &mut StdRng, lines: i64) -> (String, u64) {
    let number = random.random_range(1..=lines);
    let what = random.random_range(0..8);
    if what == 7 {
        let other = 1 + (number + random.random_range(0..lines - 1)) % lines;
        let columns = "at, system_user, name, shell, action, account, subject, facts, sealed, previous, hash";
        for statement in [
            format!("create temp table a as select {columns} from book where number = {number}"),
            format!(
                "update book set ({columns}) = (select {columns} from book b where b.number = {other}) where number = {number}"
            ),
            format!("update book set ({columns}) = (select {columns} from temp.a) where number = {other}"),
            "drop table temp.a".to_owned(),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *behind).await.unwrap();
        }
        return (format!("lines {number} and {other} changed places"), number.min(other).unsigned_abs());
    }
    if what == 6 {
        sqlx::query("delete from book where number = ?1").bind(number).execute(&mut *behind).await.unwrap();
        if random.random_bool(0.5) {
            // SQLite checks the key row by row, so the gap is closed by way of numbers that are free.
            for shift in [1_000_000, -1_000_001] {
                sqlx::query("update book set number = number + ?1 where number > ?2")
                    .bind(shift)
                    .bind(number)
                    .execute(&mut *behind)
                    .await
                    .unwrap();
            }
        }
        return (format!("line {number} was taken out"), number.unsigned_abs());
    }
    let column = ["system_user", "action", "facts", "hash", "previous", "at"][what];
    let text = format!("select cast({column} as blob) as bytes from book where number = ?1");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(number).fetch_one(&mut *behind).await.unwrap();
    let mut bytes: Vec<u8> = row.get("bytes");
    if column == "at" {
        sqlx::query("update book set at = at + ?1 where number = ?2")
            .bind(1_i64 << random.random_range(0..40))
            .bind(number)
            .execute(&mut *behind)
            .await
            .unwrap();
    } else {
        if bytes.is_empty() {
            bytes.push(b' ');
        } else {
            let bit = random.random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let kind = if matches!(column, "hash" | "previous") { "blob" } else { "text" };
        let change = format!("update book set {column} = cast(?1 as {kind}) where number = ?2");
        sqlx::query(sqlx::AssertSqlSafe(change))
            .bind(bytes)
            .bind(number)
            .execute(&mut *behind)
            .await
            .unwrap();
    }
    (format!("{column} of line {number}"), number.unsigned_abs())
}

#[tokio::test]
async fn g12_hundreds_of_changes_in_the_file_are_all_noticed_and_named() {
    let (home, mirror, account) = plain_shop().await;
    let kept = filled(&mirror.acting(ada()), account, 24).await;
    let mut behind = behind(&home).await;
    for statement in [
        "drop trigger book_never_changes",
        "drop trigger book_never_shrinks",
        "drop trigger book_only_grows",
        "create table book_before as select * from book",
    ] {
        sqlx::query(statement).execute(&mut behind).await.unwrap();
    }
    let seed = 0x00b0_0c12;
    let mut random = StdRng::seed_from_u64(seed);
    for round in 0..300 {
        let (what, named) = tamper(&mut behind, &mut random, 25).await;
        let found = mirror.book().verify(&[kept]).await.unwrap().broken;
        assert_eq!(
            found.map(|found| found.line),
            Some(named),
            "seed {seed}, round {round}: {what}: {found:?}"
        );
        for statement in ["delete from book", "insert into book select * from book_before order by number"] {
            sqlx::query(statement).execute(&mut behind).await.unwrap();
        }
    }
    assert_eq!(mirror.book().verify(&[kept]).await.unwrap().broken, None);
    sqlx::query("delete from book where number > 20").execute(&mut behind).await.unwrap();
    let cut = mirror.book().verify(&[kept]).await.unwrap().broken;
    assert_eq!(cut, Some(Break { line: 21, flaw: Flaw::CutOff }));
    assert!(!mirror.book().holds(kept).await.unwrap());
    assert_eq!(mirror.book().verify(&[]).await.unwrap().broken, None, "nobody else would notice");
}

async fn with_ada(mirror: &Mirror, account: AccountId) {
    let person =
        Customer { name: Some("Ada Lovelace".to_owned()), ..customer("cus_ada", "ada.lovelace@example.org") };
    let paid = Payment {
        customer_id: Some("cus_ada".to_owned()),
        email: Some("ada.lovelace@example.org".to_owned()),
        ..payment("ch_ada", 900)
    };
    let records = [seen(Record::Customer(person), NOON), seen(Record::Payment(paid), NOON)];
    mirror.commit_page(account, &records, None).await.unwrap();
}

fn is_in_the_file(home: &Home, text: &str) -> bool {
    ["", "-wal"].iter().any(|ending| {
        let bytes = fs::read(home.folder().join(format!("mirror-test.db{ending}"))).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
    })
}

#[tokio::test]
async fn a_person_is_erased_from_the_book_and_the_chain_still_fits() {
    let (home, mirror, account) = plain_shop().await;
    with_ada(&mirror, account).await;
    let hers = mirror.acting(Acting { why: Some("she asks for ch_zzz".to_owned()), ..ada() });
    let opened = NewLine {
        account: Some(account),
        person: Some(Person::Customer("cus_ada".to_owned())),
        ..NewLine::new(at(NOON), "payment_shown", "ch_ada")
    };
    hers.book().append(&opened).await.unwrap();
    mirror.book().append(&look(account, 1, "name:\"Ada Lovelace\" created:today")).await.unwrap();
    mirror.book().append(&look(account, 2, "status:refunded_only_here")).await.unwrap();
    let mut sent = intent(account, IntentKind::Refund, "ch_ada", 60);
    sent.state = IntentState::Prepared;
    sent.note = Some("her parcel was lost".to_owned());
    mirror.intents().insert_refund(&sent, 900).await.unwrap();
    let done = domain::intent::Intent { state: IntentState::Refused, ..sent.clone() };
    assert!(mirror.intents().update(&done, IntentState::Prepared).await.unwrap());
    for text in ["created:today", "status:refunded_only_here", "she asks for ch_zzz", "T-17"] {
        assert!(!is_in_the_file(&home, text), "{text} stands in the clear");
    }
    let copy = mirror.copy_person(account, "cus_ada").await.unwrap().document;
    assert!(copy.contains("created:today"), "{copy}");
    let kept = mirror.book().head().await.unwrap();

    mirror.erase_person(account, "cus_ada", at(NOON + 9)).await.unwrap();
    let verified = mirror.book().verify(&[kept]).await.unwrap();
    assert_eq!((verified.broken, verified.erased), (None, 4), "{verified:?}");
    let lines = mirror.book().list(&BookFilter::default(), 100, None).await.unwrap().items;
    let personal = |action: &str| {
        let of = lines.iter().filter(|line| line.action == action);
        of.map(|line| line.personal.clone()).collect::<Vec<_>>()
    };
    assert_eq!(personal("payment_shown"), [Personal::Erased]);
    assert_eq!(personal("refund_decided"), [Personal::Erased]);
    assert_eq!(personal("refund_ended"), [Personal::Erased]);
    // What names nobody of hers stays readable.
    let other = json!({ "query": "status:refunded_only_here" });
    assert_eq!(personal("search_shown"), [Personal::Readable(other), Personal::Erased]);
    let erased = lines.iter().find(|line| line.action == "customer_erased").unwrap();
    assert_eq!(erased.subject, "cus_ada");
}

#[tokio::test]
async fn a_decision_about_money_and_its_line_are_there_together_or_not_at_all() {
    let (home, mirror, account) = plain_shop().await;
    with_ada(&mirror, account).await;
    let mut wished = intent(account, IntentKind::Refund, "ch_ada", 250);
    wished.state = IntentState::Prepared;
    mirror.acting(ada()).intents().insert_refund(&wished, 900).await.unwrap();
    let about = BookFilter { subject: Some("ch_ada".to_owned()), ..BookFilter::default() };
    let line = mirror.book().list(&about, 10, None).await.unwrap().items.remove(0);
    assert_eq!((line.action.as_str(), line.system_user.as_str()), ("refund_decided", "ada"));
    assert_eq!(line.facts["before"], json!({ "captured": 900, "refunded": 0 }));
    assert_eq!(line.facts["after"], json!({ "captured": 900, "refunded": 250 }));
    // A second one is refused by the journal, and leaves no line.
    let second = intent(account, IntentKind::Refund, "ch_ada", 10);
    mirror.intents().insert_refund(&second, 900).await.unwrap_err();
    // Where the book takes no line, the journal takes no decision.
    let done = domain::intent::Intent { state: IntentState::Refused, ..wished.clone() };
    assert!(mirror.intents().update(&done, IntentState::Prepared).await.unwrap());
    assert_eq!(mirror.book().count(&about).await.unwrap(), 2);
    let mut behind = behind(&home).await;
    sqlx::query("create trigger full before insert on book begin select raise(abort, 'full'); end")
        .execute(&mut behind)
        .await
        .unwrap();
    let mut third = intent(account, IntentKind::Refund, "ch_ada", 10);
    third.state = IntentState::Prepared;
    mirror.intents().insert_refund(&third, 900).await.unwrap_err();
    assert_eq!(mirror.intents().by_id(third.id).await.unwrap(), None);
}

fn back(home: &Home, from: std::path::PathBuf, seconds: i64) -> RestoreOptions {
    RestoreOptions {
        from,
        path: home.file(),
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + seconds),
    }
}

#[tokio::test]
async fn a_book_goes_on_over_a_file_that_was_begun_anew_and_over_a_copy_that_knows_more() {
    let (home, mirror, account) = shop().await;
    mirror.book().append(&look(account, 1, "early search")).await.unwrap();
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    mirror.close().await.unwrap();
    fs::remove_file(home.file()).unwrap();
    let mirror = home.open().await;
    let late = add_account(&mirror, "late shop").await;
    let of_late = NewLine {
        person: Some(Person::Email("late@example.org".to_owned())),
        ..look(late, 2, "late search")
    };
    mirror.book().append(&of_late).await.unwrap();
    mirror.close().await.unwrap();

    restore(&back(&home, copy.clone(), 8)).await.unwrap();
    let mirror = home.open().await;
    let said = |lines: &[mirror::BookLine]| {
        lines.iter().rev().map(|line| (line.action.clone(), line.personal.clone())).collect::<Vec<_>>()
    };
    let lines = mirror.book().list(&BookFilter::default(), 100, None).await.unwrap().items;
    let query = |text: &str| Personal::Readable(json!({ "query": text }));
    let wanted = [
        ("account_added", Personal::Nothing),
        ("search_shown", query("early search")),
        ("account_added", Personal::Nothing),
        ("search_shown", query("late search")),
    ];
    assert_eq!(said(&lines), wanted.map(|(action, personal)| (action.to_owned(), personal)));
    let verified = mirror.book().verify(&[]).await.unwrap();
    assert_eq!((verified.broken, verified.erased), (None, 0));
    // What is there now begins with the older copy, so nothing of it is lost when that comes back.
    let head = mirror.book().append(&look(late, 3, "last search")).await.unwrap();
    mirror.close().await.unwrap();
    restore(&back(&home, copy, 9)).await.unwrap();
    let mirror = home.open().await;
    let verified = mirror.book().verify(&[head]).await.unwrap();
    assert_eq!((verified.broken, verified.lines, verified.erased), (None, 5, 0));
    let lines = mirror.book().list(&BookFilter::default(), 1, None).await.unwrap().items;
    assert_eq!(lines[0].personal, query("last search"));
}

#[tokio::test]
async fn an_exported_book_is_followed_without_the_file_and_any_changed_byte_is_noticed() {
    let (_home, mirror, account) = shop().await;
    filled(&mirror.acting(ada()), account, 12).await;
    mirror.book().append(&look(account, 30, NAMED)).await.unwrap();
    let head = mirror.book().head().await.unwrap();
    let mut writer = BookWriter::begin(Vec::new(), Environment::Test).unwrap();
    for line in mirror.book().raw_after(0).await.unwrap() {
        writer.push(&line).unwrap();
    }
    let (file, written, broken) = writer.finish().unwrap();
    assert_eq!((written, broken), (head, None));
    assert!(!String::from_utf8(file.clone()).unwrap().contains("ada.lovelace"));
    let whole = verify_file(file.as_slice()).unwrap().unwrap();
    assert_eq!((whole.head, whole.broken, whole.environment), (head, None, Environment::Test));
    let fits = |bytes: &[u8]| {
        let found = verify_file(bytes).unwrap();
        found.is_some_and(|found| found.broken.is_none() && found.environment == Environment::Test)
    };
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..600 {
        let mut changed = file.clone();
        let bit = random.random_range(0..file.len() * 8);
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!fits(&changed), "bit {} of byte {}", bit % 8, bit / 8);
    }
    let ends: Vec<usize> = (0..file.len()).filter(|place| file[*place] == b'\n').collect();
    for end in &ends[..ends.len() - 1] {
        assert!(!fits(&file[..=*end]), "an end that was cut off");
    }
    assert!(!fits(&[&file[..], b"{}\n"].concat()) && !fits(b"") && !fits(b"name,amount\nada,5\n"));
    // The line that was changed is named.
    let text = String::from_utf8(file).unwrap().replacen("{\\\"shown\\\":4}", "{\\\"shown\\\":5}", 1);
    let found = verify_file(text.as_bytes()).unwrap().unwrap().broken;
    assert_eq!(found, Some(Break { line: 6, flaw: Flaw::Changed }));
}
