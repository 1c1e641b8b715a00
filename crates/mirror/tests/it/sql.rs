//! Questions in SQL: what they see, and that they can do nothing else.

use std::time::Duration;

use domain::{ExponentTable, Record};
use mirror::{Mirror, SqlValue};

use crate::support::*;

const TIME: Duration = Duration::from_secs(20);

async fn rows(mirror: &Mirror, text: &str) -> Vec<Vec<SqlValue>> {
    mirror.sql(text, 100, TIME).await.unwrap_or_else(|error| panic!("{text}: {error}")).rows
}

fn text(one: &str) -> SqlValue {
    SqlValue::Text(one.to_owned())
}

async fn stocked() -> (Home, Mirror) {
    let home = Home::encrypted();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let mut page: Vec<_> = one_of_each().into_iter().map(|record| seen(record, NOON)).collect();
    for (id, minor, currency) in
        [("ch_a", -5, "usd"), ("ch_b", 500, "jpy"), ("ch_c", 1_005, "kwd"), ("ch_d", 123_456, "eur")]
    {
        let mut one = payment(id, 100);
        one.amount = money(minor, currency);
        one.created_at = domain::Timestamp::from_ms(NOON * 1_000 + 7);
        one.metadata = vec![("order".to_owned(), "1042".to_owned())];
        page.push(seen(Record::Payment(one), NOON));
    }
    mirror.commit_page(account, &page, None).await.unwrap();
    (home, mirror)
}

#[tokio::test]
async fn amounts_are_exact_decimals_and_times_are_iso() {
    let (_home, mirror) = stocked().await;
    let found = rows(
        &mirror,
        "select amount, amount_minor, currency, created, account, metadata from v_payments \
         where id in ('ch_a', 'ch_b', 'ch_c', 'ch_d') order by id",
    )
    .await;
    let row = |amount: &str, minor: i64, currency: &str| {
        let (created, metadata) = (text("2026-03-01T12:00:00.007Z"), text("{\"order\":\"1042\"}"));
        vec![text(amount), SqlValue::Integer(minor), text(currency), created, text("shop"), metadata]
    };
    assert_eq!(
        found,
        [
            row("-0.05", -5, "USD"),
            row("500", 500, "JPY"),
            row("1.005", 1_005, "KWD"),
            row("1234.56", 123_456, "EUR")
        ]
    );
}

#[tokio::test]
async fn every_view_answers_and_is_described() {
    let (_home, mirror) = stocked().await;
    let views = mirror.sql_views().await.unwrap();
    let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "v_accounts",
            "v_balance_entries",
            "v_customers",
            "v_disputes",
            "v_events",
            "v_payments",
            "v_payouts",
            "v_refunds"
        ]
    );
    let documented = include_str!("../../../../docs/SQL.md");
    for view in &views {
        let answer = mirror.sql(&format!("select * from {}", view.name), 100, TIME).await.unwrap();
        assert_eq!(answer.columns, view.columns);
        assert!(!answer.rows.is_empty(), "{}", view.name);
        let (_, section) = documented.split_once(&format!("## {}\n", view.name)).expect(&view.name);
        let section = section.split("\n## ").next().unwrap();
        for column in &view.columns {
            assert!(
                section.contains(&format!("`{column}`")),
                "docs/SQL.md does not tell of {column} of {}",
                view.name
            );
        }
    }
}

#[tokio::test]
async fn the_decimals_of_the_views_are_those_of_the_vendor() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<_> = ExponentTable::Stripe
        .exceptions()
        .into_iter()
        .chain([("USD", 2), ("ISK", 2), ("UGX", 2)])
        .map(|(code, _)| {
            let mut one = payment(&format!("ch_{code}"), 100);
            one.amount = money(12_340, code);
            seen(Record::Payment(one), NOON)
        })
        .collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    for row in rows(&mirror, "select currency, amount from v_payments").await {
        let [SqlValue::Text(code), SqlValue::Text(amount)] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(*amount, money(12_340, code).to_decimal(ExponentTable::Stripe), "{code}");
    }
}

#[tokio::test]
async fn questions_of_every_shape_are_answered() {
    let (_home, mirror) = stocked().await;
    for (question, expected) in [
        ("values (1), (2)", vec![vec![SqlValue::Integer(1)], vec![SqlValue::Integer(2)]]),
        (
            "select null, 1.5, x'00ff', 'é';",
            vec![vec![SqlValue::Null, SqlValue::Real(1.5), text("00ff"), text("é")]],
        ),
        (
            "with n(x) as (select 1 union all select x + 1 from n where x < 3) select sum(x) from n",
            vec![vec![SqlValue::Integer(6)]],
        ),
        (
            "select count(*) from main.v_payments p left join v_refunds r on r.payment = p.id and r.account = p.account where p.id = 'ch_a'",
            vec![vec![SqlValue::Integer(1)]],
        ),
        (
            "select json_extract(metadata, '$.order') from v_payments where id = 'ch_b'",
            vec![vec![text("1042")]],
        ),
        (
            "with payments as (select id from v_payments where id = 'ch_a') select * from payments",
            vec![vec![text("ch_a")]],
        ),
        (
            "select (select max(x) from (values (4), (9)) as t(x)) where exists (select 1 from v_events)",
            vec![],
        ),
    ] {
        if expected.is_empty() {
            // SQLite does not know this way of naming; the sentence is its own.
            assert_eq!(mirror.sql(question, 10, TIME).await.unwrap_err().code(), "sql_not_understood");
        } else {
            assert_eq!(rows(&mirror, question).await, expected, "{question}");
        }
    }
}

#[tokio::test]
async fn nothing_can_be_written() {
    let (home, mirror) = stocked().await;
    let before = rows(&mirror, "select * from v_payments order by id").await;
    let copy = home.folder().join("copy.db");
    let copy = copy.display();
    for question in [
        "insert into v_payments (id) values ('x')",
        "insert into payments (key) values (1)",
        "update payments set amount_minor = 1",
        "delete from payments",
        "drop table payments",
        "replace into accounts (number) values (1)",
        "create table t (x)",
        "create temp table t as select 1",
        "create view w as select 1",
        "alter table payments add column x",
        "pragma query_only = off",
        "pragma journal_mode = delete",
        "vacuum",
        &format!("vacuum into '{copy}'"),
        &format!("attach database '{copy}' as c"),
        "detach main",
        "begin immediate",
        "commit",
        "reindex",
        "analyze",
        "explain select 1",
        "select 1; delete from payments",
        "select 1; -- fine\n delete from payments",
        "with x as (select 1) insert into payments (key) select 1 from x",
        "with x as (select 1) delete from payments",
        "with x as (select 1) update payments set status = 'failed'",
        "with x as (select 1) insert into v_payments (id) select 1 from x",
        "/* select */ delete from payments",
        "select load_extension('x')",
        "select case when 1 then 2 else load_extension('x', 'y') end",
        "select sqlcipher_export('main')",
        "select * from pragma_journal_mode('delete')",
        "select fts3_tokenizer('simple', x'00')",
        // SQLite reads a parameter's bracket and the quote in it as one name.
        &format!("select $1('); attach database '{copy}' as x; create table x.t(a) --'"),
        "select $1('); delete from payments --'",
        "select @a('); delete from payments --'",
        "select :a::b('); delete from payments --'",
        "select 1) ; delete from payments --",
        "select ?1",
    ] {
        let error = mirror.sql(question, 10, TIME).await.unwrap_err();
        assert_eq!(error.code(), "sql_not_understood", "{question}: {error}");
    }
    assert_eq!(rows(&mirror, "select * from v_payments order by id").await, before);
    assert!(!home.folder().join("copy.db").exists());
}

#[tokio::test]
async fn nothing_but_the_views_can_be_named() {
    let (_home, mirror) = stocked().await;
    for question in [
        "select * from payments",
        "select * from main.payments",
        "select * from \"payments\"",
        "select * from [raw_objects]",
        "select * from `accounts`",
        "select * from 'intents'",
        "select json_zstd from raw_objects",
        "select idempotency_key from intents",
        "select key_variable from accounts",
        "select * from erased",
        "select * from file_facts",
        "select * from payment_words where payment_words match 'x'",
        "select * from payment_words_data",
        "select * from sqlite_schema",
        "select * from sqlite_master",
        "select * from sqlite_temp_schema",
        "select * from temp.sqlite_schema",
        "select id from v_payments union all select sql from sqlite_schema",
        "select (select group_concat(sql) from sqlite_schema) from v_payments",
        "select * from v_payments where exists (select 1 from sqlite_schema where sql like '%key%')",
        "select * from pragma_table_info('accounts')",
        "select * from pragma_database_list",
        "select * from pragma_key",
        "select * from dbstat",
        "select * from sqlite_dbpage",
        "select * from bytecode('select 1')",
        "select key from v_payments",
        "select rowid from v_payments",
        "select digest from v_payments",
        "with v as (select * from payments) select 1 from v",
        "select $1('); create table if not exists accounts(id,label,rights_json); select id,label,rights_json from accounts --'",
        "select $1('); create table if not exists audit_log(detail); select detail from audit_log --'",
        "select #a('); create table if not exists erased(digest); select digest from erased --'",
    ] {
        let error = mirror.sql(question, 10, TIME).await.unwrap_err();
        assert_eq!(error.code(), "sql_not_understood", "{question}: {error}");
    }
}

#[tokio::test]
async fn a_mistake_has_its_place() {
    let (_home, mirror) = stocked().await;
    for (question, place) in [
        ("select id,, amount from v_payments", Some((1, 11))),
        ("select id\nfrom v_payments\nwhere amout_minor > 5", Some((3, 7))),
        ("select id from v_paymnts", Some((1, 16))),
        ("select 'from' frm v_payments where", Some((1, 19))),
        ("select upper(id, 1) from v_payments", None),
        ("select", None),
    ] {
        match mirror.sql(question, 10, TIME).await.unwrap_err() {
            mirror::MirrorError::Sql(mistake) => assert_eq!(mistake.place, place, "{question}: {mistake}"),
            other => panic!("{question}: {other}"),
        }
    }
}

#[tokio::test]
async fn an_endless_question_is_stopped_and_the_next_one_is_answered() {
    let (_home, mirror) = stocked().await;
    for endless in [
        "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
        "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n where x < 0",
        "select count(*) from (with recursive n(x) as (select 1 union all select x from n) select x from n)",
    ] {
        let error = mirror.sql(endless, 10, Duration::from_millis(50)).await.unwrap_err();
        assert_eq!(error.code(), "sql_too_slow", "{endless}: {error}");
    }
    assert_eq!(rows(&mirror, "select 1").await, [[SqlValue::Integer(1)]]);
    assert!(mirror.count_found("", everywhere(), None).await.unwrap().exact);
}

#[tokio::test]
async fn a_question_that_would_take_all_memory_is_stopped() {
    let (_home, mirror) = stocked().await;
    let long = "d(s) as (select 'abcdefghijklmnop' union all select s || s from d where length(s) < 100000)";
    for greedy in [
        "select zeroblob(900000000)",
        "select length(hex(randomblob(400000000)))",
        "select printf('%0900000000d', 1)",
        "select \"format\"('%*d', 900000000, 1)",
        "select printf('%' || '900000000d', 1)",
        "with recursive d(s) as (select 'abcdefghijklmnop' union all select s || s from d) \
         select max(length(s)) from d",
        &format!(
            "with recursive n(x) as (select 1 union all select x + 1 from n), {long} \
             select x from n order by (select max(s) from d) || x"
        ),
        &format!(
            "with recursive n(x) as (select 1 union all select x + 1 from n where x < 1000), {long} \
             select group_concat((select max(s) from d) || x) from n"
        ),
    ] {
        let error = mirror.sql(greedy, 10, Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(error.code(), "sql_not_understood", "{greedy}: {error}");
    }
    let plain = "select printf('%.2f', 12.5), format('%5d', 7)";
    assert_eq!(rows(&mirror, plain).await, [[text("12.50"), text("    7")]]);
}

#[tokio::test]
async fn a_question_that_doubles_with_each_name_is_refused_before_it_is_compiled() {
    let (_home, mirror) = stocked().await;
    let doubled = |levels: u32| {
        let mut text = "with a0(x) as (select 1)".to_owned();
        for level in 1..=levels {
            let before = level - 1;
            text.push_str(&format!(", a{level}(x) as (select p.x from a{before} p, a{before} q)"));
        }
        format!("{text} select count(*) from a{levels}")
    };
    assert_eq!(rows(&mirror, &doubled(6)).await, [[SqlValue::Integer(1)]]);
    for levels in [10, 59] {
        let error = mirror.sql(&doubled(levels), 10, TIME).await.unwrap_err();
        assert_eq!(error.code(), "sql_not_understood", "{error}");
    }
    assert_eq!(rows(&mirror, "select 1").await, [[SqlValue::Integer(1)]]);
}

#[tokio::test]
async fn more_rows_than_asked_for_are_said_to_be_there() {
    let (_home, mirror) = stocked().await;
    let endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n";
    let answer = mirror.sql(endless, 3, TIME).await.unwrap();
    assert_eq!((answer.rows.len(), answer.more), (3, true));
    let exact = mirror.sql("values (1), (2), (3)", 3, TIME).await.unwrap();
    assert_eq!((exact.rows.len(), exact.more), (3, false));
    let none = mirror.sql("select id, amount from v_payments where false", 3, TIME).await.unwrap();
    assert_eq!(
        (none.columns, none.rows.len(), none.more),
        (vec!["id".to_owned(), "amount".to_owned()], 0, false)
    );
    let wide = "with recursive n(x) as (select 1 union all select x + 1 from n), \
         d(s) as (select 'abcdefghijklmnop' union all select s || s from d where length(s) < 1000000) \
         select (select max(s) from d) || x from n";
    let answer = mirror.sql(wide, 1_000, TIME).await.unwrap();
    assert!(answer.more && answer.rows.len() < 12, "an answer of {} MB", answer.rows.len());
    for limit in [0, 10_001] {
        assert_eq!(mirror.sql("select 1", limit, TIME).await.unwrap_err().code(), "limit_out_of_range");
    }
}
