//! Whatever is typed or pasted: an answer or an error with its place, never a failure; and what a tree
//! of operators finds is what it says.

use domain::{Payment, Record};
use mirror::{Mirror, MirrorError};
use proptest::prelude::*;

use crate::support::*;

async fn ids(mirror: &Mirror, query: &str) -> Vec<String> {
    let page = mirror.find(query, everywhere(), 1_000, None).await.unwrap();
    page.items.into_iter().map(|found| found.payment.vendor_id).collect()
}

/// An answer, or an error of the query whose column is inside of the text.
async fn assert_answered(mirror: &Mirror, query: &str) {
    let short: String = query.chars().take(60).collect();
    match mirror.find(query, everywhere(), 10, None).await {
        Ok(_) => {}
        Err(MirrorError::Query(problem)) => {
            let inside =
                problem.column().is_none_or(|column| (1..=query.chars().count() + 1).contains(&column));
            assert!(inside, "{short}: {problem}");
        }
        Err(other) => panic!("{short}: {other:?}"),
    }
}

#[tokio::test]
async fn a_query_of_10000_characters() {
    let (_home, mirror, _) = shop().await;
    for text in [
        "a",
        "a ",
        "a OR ",
        "-",
        "\"",
        "é",
        "1",
        "ch_1 ",
        "status:failed ",
        "(a OR b) ",
        "x:y ",
        "@",
        "*",
        "a@b.c ",
    ] {
        let long: String = text.chars().cycle().take(10_000).collect();
        assert_answered(&mirror, &long).await;
    }
}

#[tokio::test]
async fn a_query_of_1000_brackets() {
    let (_home, mirror, account) = shop().await;
    mirror.commit_page(account, &[seen(Record::Payment(payment("ch_1", 100)), NOON)], None).await.unwrap();
    for text in [
        "(".repeat(1_000),
        ")".repeat(1_000),
        "()".repeat(500),
        ")(".repeat(500),
        format!("{}ch_1{}", "(".repeat(500), ")".repeat(500)),
        format!("{}ch_1", "(".repeat(1_000)),
    ] {
        assert_eq!(ids(&mirror, &text).await, ["ch_1"]);
    }
    assert!(ids(&mirror, &format!("{}ch_1{}", "-(".repeat(501), ")".repeat(501))).await.is_empty());
    assert_eq!(ids(&mirror, &format!("{}ch_1{}", "NOT (".repeat(500), ")".repeat(500))).await, ["ch_1"]);
    // As deep as is taken, and one deeper.
    let deep = |levels: usize, closed: &str| {
        format!("{}last4:4242{}", "(status:failed OR (brand:visa ".repeat(levels), closed.repeat(2 * levels))
    };
    assert_eq!(ids(&mirror, &deep(25, ")")).await, ["ch_1"]);
    let refused = mirror.find(&deep(26, ")"), everywhere(), 10, None).await.unwrap_err();
    assert!(refused.to_string().contains("at most 50 deep"), "{refused}");
    // Without their other halves they only part words.
    assert_eq!(ids(&mirror, &deep(30, "")).await, ["ch_1"]);
}

#[tokio::test]
async fn lone_operators_quotes_control_characters_and_marks_of_direction() {
    let (_home, mirror, account) = shop().await;
    let mut one = payment("ch_1", 100);
    one.description = Some("blue shirt".to_owned());
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
    for lone in [
        "OR",
        "NOT",
        "AND",
        "-",
        "--",
        "OR OR",
        "NOT NOT",
        "AND OR NOT",
        "( OR )",
        "NOT ()",
        "-()",
        "OR (",
        ") AND",
        "sort:",
        ":",
    ] {
        assert_answered(&mirror, lone).await;
    }
    for quotes in ["\"\"", "''", "“”", "„“", "«»", "‹›", "``"] {
        let mut marks = quotes.chars();
        let (open, close) = (marks.next().unwrap(), marks.next().unwrap());
        assert_eq!(ids(&mirror, &format!("{open}blue shirt{close}")).await, ["ch_1"], "{quotes}");
        for odd in [
            format!("{open}"),
            format!("{close}{open}"),
            format!("{open}blue"),
            format!("blue{close} {open} shirt"),
        ] {
            assert_answered(&mirror, &odd).await;
        }
    }
    for text in [
        "blue\u{0}shirt",
        "\u{1b}[31mblue\u{7}",
        "\u{202e}blue\u{202c} shirt",
        "\u{200f}blue\u{200e}",
        "\u{feff}blue\tshirt\r\n",
        "\u{2066}(blue OR red)\u{2069}",
        "blue\u{ad}\u{300}",
    ] {
        assert_answered(&mirror, text).await;
    }
    for text in [
        "blue\u{0}shirt",
        "\u{202e}blue\u{202c} shirt",
        "\u{200f}blue\u{200e}",
        "\u{2066}(blue OR red)\u{2069}",
    ] {
        assert_eq!(ids(&mirror, text).await, ["ch_1"], "{text:?}");
    }
}

#[tokio::test]
async fn a_pasted_ticket_finds_the_payment_that_it_is_about() {
    let (_home, mirror, account) = shop().await;
    let mut mine = payment("ch_mine", 4_999);
    mine.email = Some("jane@x.org".to_owned());
    mine.card.last4 = Some("1881".to_owned());
    let mut other = payment("ch_other", 4_999);
    other.card.last4 = Some("0005".to_owned());
    mirror
        .commit_page(account, &[mine, other].map(|one| seen(Record::Payment(one), NOON)), None)
        .await
        .unwrap();
    let signature = "Best regards,\nJane (she/her) :)\n-- \nJane Doe | ACME (Portland, OR 97201)\njane@x.org | help@acme.example\n(503) 555-0100";
    assert_eq!(ids(&mirror, signature).await, ["ch_mine"]);
    assert_eq!(
        ids(&mirror, "Charged $49.99 twice on my visa ending in 1881, please refund one (thanks!").await,
        ["ch_mine"]
    );
    let ticket = format!(
        "{} my card 1881 was charged 49.99 {}",
        "please help me ".repeat(40),
        "thank you so much ".repeat(40)
    );
    assert_eq!(ids(&mirror, &ticket).await, ["ch_mine"]);
    assert!(mirror.find(&ticket, everywhere(), 10, None).await.unwrap().relaxed);
    assert!(!mirror.find("jane@x.org 1881", everywhere(), 10, None).await.unwrap().relaxed);
    let error = mirror.find(&"please help me ".repeat(40), everywhere(), 10, None).await.unwrap_err();
    assert_eq!(error.code(), "query_not_understood");
}

#[tokio::test]
async fn notes_accounts_and_vendors_are_found() {
    let (_home, mirror, account) = shop().await;
    let mut captured = payment("ch_2", 100);
    captured.payment_intent_id = Some("pi_2".to_owned());
    let page = [payment("ch_1", 100), captured].map(|one| seen(Record::Payment(one), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    let other = add_account(&mirror, "Other").await;
    mirror.commit_page(other, &[seen(Record::Payment(payment("ch_3", 100)), NOON)], None).await.unwrap();
    let mut refund = intent(account, domain::intent::IntentKind::Refund, "ch_1", 50);
    refund.note = Some("Asked by PHONE, été".to_owned());
    mirror.intents().insert_refund(&refund, 100).await.unwrap();
    let mut capture = intent(account, domain::intent::IntentKind::Capture, "pi_2", 50);
    capture.note = Some("parcel left".to_owned());
    mirror.intents().insert(&capture).await.unwrap();
    for (query, expected) in [
        ("note:phone", &["ch_1"][..]),
        ("note:\"by phone\"", &["ch_1"]),
        ("note:été", &["ch_1"]),
        ("note:parcel", &["ch_2"]),
        ("note:fax", &[]),
        ("account:other", &["ch_3"]),
        ("account:OTHER vendor:stripe", &["ch_3"]),
    ] {
        assert_eq!(ids(&mirror, query).await, expected, "{query}");
    }
    assert_eq!(ids(&mirror, &format!("account:{other}")).await, ["ch_3"]);
    assert_eq!(ids(&mirror, "-account:other").await.len(), 2);
    let error = mirror.find("jane account:othre", everywhere(), 10, None).await.unwrap_err();
    let MirrorError::Query(problem) = &error else { panic!("{error:?}") };
    assert_eq!((problem.code(), problem.column()), ("query_bad_value", Some(14)));
    assert!(error.to_string().ends_with("the nearest is `other`"), "{error}");
    assert_eq!(ids(&mirror, "vendor:stripe").await.len(), 3);
}

/// What a random tree is made of: text for the box, and whether a payment is meant.
type Atom = (&'static str, fn(&Payment) -> bool);
const ATOMS: [Atom; 10] = [
    ("status:failed", |one| one.status.as_str() == "failed"),
    ("status:succeeded", |one| one.status.as_str() == "succeeded"),
    ("last4:0001", |one| one.card.last4.as_deref() == Some("0001")),
    ("shirt", |one| one.description.as_deref().is_some_and(|text| text.contains("shirt"))),
    ("\"blue shirt\"", |one| one.description.as_deref() == Some("blue shirt")),
    ("amount:2", |one| {
        one.amount.minor == 200 || (one.amount.minor == 2 && one.amount.currency.code() == "JPY")
    }),
    ("amount:>2", |one| one.amount.minor > 200 && one.amount.currency.code() != "JPY"),
    ("metadata.size:xl", |one| one.metadata.iter().any(|(_, value)| value == "xl")),
    ("currency:jpy", |one| one.amount.currency.code() == "JPY"),
    ("created:2026-03-02..", |one| one.created_at >= at(NOON + 43_200)),
];

#[derive(Debug, Clone)]
enum Tree {
    Atom(usize),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

impl Tree {
    fn text(&self) -> String {
        let joined = |trees: &[Self], by: &str| {
            let parts: Vec<String> = trees.iter().map(Self::text).collect();
            format!("({})", parts.join(by))
        };
        match self {
            Self::Atom(number) => ATOMS[*number].0.to_owned(),
            Self::Not(tree) => format!("NOT {}", tree.text()),
            Self::And(trees) => joined(trees, " "),
            Self::Or(trees) => joined(trees, " OR "),
        }
    }

    fn means(&self, one: &Payment) -> bool {
        match self {
            Self::Atom(number) => ATOMS[*number].1(one),
            Self::Not(tree) => !tree.means(one),
            Self::And(trees) => trees.iter().all(|tree| tree.means(one)),
            Self::Or(trees) => trees.iter().any(|tree| tree.means(one)),
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    (0..ATOMS.len()).prop_map(Tree::Atom).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::And),
            prop::collection::vec(inner, 1..4).prop_map(Tree::Or),
        ]
    })
}

fn payments() -> Vec<Payment> {
    (0..60_i64)
        .map(|number| {
            let mut one = payment(&format!("ch_{number}x"), 100 * (1 + number % 4));
            one.created_at = at(NOON + number * 3_600);
            one.status = if number % 3 == 0 { "failed".into() } else { "succeeded".into() };
            one.card.last4 = (number % 7 != 0).then(|| format!("000{}", number % 5));
            one.description = [None, Some("blue shirt"), Some("shirt, blue"), Some("hat")]
                [usize::try_from(number % 4).unwrap()]
            .map(str::to_owned);
            if number % 5 == 0 {
                one.metadata = vec![("size".to_owned(), "xl".to_owned())];
            }
            if number % 11 == 0 {
                one.amount = money(2, "jpy");
            }
            one
        })
        .collect()
}

#[test]
fn a_tree_finds_what_it_says_in_every_order_and_page() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let home = Home::plain();
    let mirror = runtime.block_on(async {
        let mirror = home.open().await;
        let account = add_account(&mirror, "shop").await;
        let page: Vec<_> = payments().into_iter().map(|one| seen(Record::Payment(one), NOON)).collect();
        mirror.commit_page(account, &page, None).await.unwrap();
        mirror
    });
    let all = payments();
    proptest!(ProptestConfig::with_cases(300), |(tree in trees(), limit in 1_u32..70)| {
        let text = tree.text();
        let expected: Vec<&str> =
            all.iter().rev().filter(|one| tree.means(one)).map(|one| one.vendor_id.as_str()).collect();
        runtime.block_on(async {
            let first = mirror.find(&text, everywhere(), limit, None).await.unwrap();
            let mut found: Vec<String> = first.items.into_iter().map(|one| one.payment.vendor_id).collect();
            if let Some(next) = first.next {
                let rest = mirror.find(&text, everywhere(), 1_000, Some(&next)).await.unwrap();
                found.extend(rest.items.into_iter().map(|one| one.payment.vendor_id));
            }
            assert_eq!(found, expected, "{text}");
            let oldest = ids(&mirror, &format!("{text} sort:created")).await;
            assert!(oldest.iter().rev().eq(expected.iter()), "{text}");
        });
    });
    // Whatever is put together of what means something here.
    let parts = prop::sample::select(vec![
        "(",
        ")",
        "-",
        "OR",
        "AND",
        "NOT",
        "\"",
        " ",
        "jane",
        "status:",
        "failed",
        "amount:",
        ">",
        "1",
        "..",
        "2",
        "sort:",
        "created:",
        "-7d",
        "metadata.",
        "x:",
        "*",
        "@",
        "jane@x.org",
        "ch_1",
        "\u{202e}",
        "\u{0}",
        "é",
        "“",
        ",",
    ]);
    proptest!(ProptestConfig::with_cases(400), |(parts in prop::collection::vec(parts, 0..30))| {
        runtime.block_on(assert_answered(&mirror, &parts.concat()));
        runtime.block_on(assert_answered(&mirror, &parts.join(" ")));
    });
    proptest!(ProptestConfig::with_cases(100), |(text in "\\PC{0,80}")| {
        runtime.block_on(assert_answered(&mirror, &text));
    });
    runtime.block_on(mirror.close()).unwrap();
}
