//! How long the find box takes over messages to customers, in a large encrypted mirror of made-up messages.
//!
//! `messages_find [MESSAGES] [FOLDER]` builds the mirror once and keeps it in the folder (`target/bench`), then prints a line
//! for each kind of query: half and 99 of 100 answers came within p50 and p99, warm. An answer is the first 50 rows. Each
//! answer is checked against what the query asks for, so that a quick wrong answer is no figure.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it fails"
)]

mod synthetic;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::{
    AccountId, Environment, MessageEvent, MessageEventKind, MessageState, Secret, TellsOf, Timestamp,
    ToldEvent, Vendor,
};
use mirror::{AccountRow, FindScope, KeyReference, LookBudget, MessageRow, Mirror, OpenOptions};

/// Different queries of each kind.
const QUERIES: i64 = 300;
/// Rows of the first page.
const ROWS: u32 = 50;
/// Messages of one write.
const AT_ONCE: i64 = 5_000;
/// When the newest message was sent: 2026-03-01T12:00:00Z.
const NEWEST: i64 = 1_772_366_400;
/// Seconds between two messages.
const STEP: i64 = 23;
/// Messages of one person.
const OF_ONE: i64 = 4;
/// Payments that messages are about, and one in how many messages is about one.
const CHARGES: i64 = 5_000;
const ONE_IN: i64 = 5;
const NAMES: [&str; 8] = ["ada", "bob", "carol", "dora", "emil", "frida", "gus", "hilda"];
const REASONS: [&str; 6] = [
    "550 5.1.1 mailbox unavailable",
    "552 5.2.2 quota exceeded",
    "550 5.7.1 blocked by policy",
    "554 5.4.14 hop count exceeded",
    "550 5.1.2 host unknown",
    "421 4.7.0 greylisted, try again later",
];
const SUBJECTS: [&str; 5] = [
    "Your receipt",
    "Your refund is on its way",
    "Your parcel left",
    "Welcome to the shop",
    "A question about your order",
];

/// A made-up message, and what it is asked for by.
struct One {
    number: i64,
    to: String,
    domain: String,
    payment: Option<String>,
    state: MessageState,
    reason: Option<&'static str>,
    subject: &'static str,
    template: Option<String>,
    created_at: Timestamp,
}

/// A kind of query: its name, its text for a message, and whether what was found is what it asks for.
struct Question {
    name: &'static str,
    text: fn(&One) -> String,
    fits: fn(&MessageRow, &One) -> bool,
}

/// The first word of a reason, behind its numbers.
fn word_of(one: &One) -> &'static str {
    let reason = one.reason.unwrap_or(REASONS[0]);
    reason.split(' ').nth(2).unwrap()
}

const QUESTIONS: [Question; 12] = [
    Question { name: "all", text: |_| String::new(), fits: |_, _| true },
    Question { name: "address", text: |one| format!("to:{}", one.to), fits: |found, one| found.to == one.to },
    Question {
        name: "beginning of an address",
        text: |one| format!("to:{}", &one.to[..one.to.find('@').unwrap() - 1]),
        fits: |found, one| found.to.starts_with(&one.to[..one.to.find('@').unwrap() - 1]),
    },
    Question {
        name: "name that many have",
        text: |one| format!("to:{}", &one.to[..3]),
        fits: |found, one| found.to.starts_with(&one.to[..3]),
    },
    Question {
        name: "domain",
        text: |one| format!("to:@{}", one.domain),
        fits: |found, one| found.to.ends_with(&one.domain),
    },
    Question {
        name: "status",
        text: |one| format!("status:{}", one.state),
        fits: |found, one| found.standing.state == one.state,
    },
    Question {
        name: "template",
        text: |one| format!("template:{}", one.template.as_deref().unwrap_or("d-0")),
        fits: |found, one| found.template.as_deref() == Some(one.template.as_deref().unwrap_or("d-0")),
    },
    Question {
        name: "payment",
        text: |one| format!("payment:{}", charge_id(one.number % CHARGES)),
        fits: |found, one| found.link.as_ref().unwrap().payment_id == charge_id(one.number % CHARGES),
    },
    Question {
        name: "words of a reason",
        text: |one| format!("reason:{}", word_of(one)),
        fits: |found, one| found.standing.reason.as_deref().unwrap().contains(word_of(one)),
    },
    Question {
        name: "status + dates",
        text: |one| format!("status:bounced created:..{}", one.created_at.to_datetime().format("%Y-%m-%d")),
        fits: |found, one| {
            found.standing.state == MessageState::Bounced
                && found.created_at.as_seconds() < one.created_at.as_seconds() + 86_400
        },
    },
    Question {
        name: "OR of two",
        text: |one| format!("to:{} OR status:dropped", one.to),
        fits: |found, one| found.to == one.to || found.standing.state == MessageState::Dropped,
    },
    Question {
        name: "free text of a subject",
        text: |one| one.subject.split(' ').next_back().unwrap().to_owned(),
        fits: |found, one| {
            found.subject.as_deref().unwrap().contains(one.subject.split(' ').next_back().unwrap())
        },
    },
];

/// The message with a number; the largest is the newest.
fn made_up(number: i64, messages: i64) -> One {
    let place = |count: usize| usize::try_from(number).unwrap() % count;
    let person = number / OF_ONE;
    let name = NAMES[usize::try_from(person).unwrap() % NAMES.len()];
    let domain = match person % 50 {
        0..30 => "mail.example".to_owned(),
        other => format!("d{other}-{}.example", person % 997),
    };
    let (state, reason) = match number % 100 {
        0..3 => (MessageState::Bounced, Some(REASONS[place(7) % 5])),
        3 => (MessageState::Dropped, Some("Bounced Address since last week")),
        4 => (MessageState::Deferred, Some(REASONS[5])),
        5 => (MessageState::Sent, None),
        _ => (MessageState::Delivered, None),
    };
    One {
        number,
        to: format!("{name}.{person:06}@{domain}"),
        domain,
        payment: (number % ONE_IN == 0).then(|| charge_id(number / ONE_IN % CHARGES)),
        state,
        reason,
        subject: SUBJECTS[place(SUBJECTS.len())],
        template: (number % 3 == 0).then(|| format!("d-{}", number % 21)),
        created_at: Timestamp::from_seconds(NEWEST - (messages - number) * STEP),
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let messages = arguments.next().map_or(1_000_000, |text| text.parse().unwrap());
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/bench"), PathBuf::from);
    let mirror = build(&folder, messages).await;
    let mut fine = true;
    for question in &QUESTIONS {
        fine &= measure(question, &mirror, messages).await;
    }
    mirror.close().await.unwrap();
    assert!(fine, "an answer was not what was asked for");
}

fn charge_id(number: i64) -> String {
    synthetic::charge(u64::try_from(number).unwrap()).0.vendor_id().to_owned()
}

fn options(path: &Path) -> OpenOptions {
    // The messages are made up, so the key need not be secret; a fixed one opens the file again in the next run.
    let key = Some(Secret::new("5a".repeat(32)));
    OpenOptions { path: path.to_owned(), environment: Environment::Test, key, readers: 2 }
}

/// The kept mirror, or a new one where there is none with so many messages.
async fn build(folder: &Path, messages: i64) -> Mirror {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join(format!("messages-{messages}.db"));
    let whole = path.with_extension("whole");
    if whole.exists()
        && let Ok(mirror) = Mirror::open(options(&path)).await
    {
        return mirror;
    }
    for ending in ["whole", "db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(path.with_extension(ending));
    }
    let mirror = Mirror::open(options(&path)).await.unwrap();
    let row = account();
    mirror.accounts().insert(&row).await.unwrap();
    synthetic::load_all(&mirror, CHARGES.unsigned_abs()).await;
    let began = Instant::now();
    for first in (1..=messages).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let last = (first + AT_ONCE - 1).min(messages);
        let page: Vec<ToldEvent> = (first..=last).map(|number| told(&made_up(number, messages))).collect();
        mirror
            .messages()
            .apply(row.id, domain::MessageChannel::Email, &page, Timestamp::from_seconds(NEWEST))
            .await
            .unwrap();
        let now = Timestamp::from_seconds(NEWEST);
        mirror.messages().join((now, now), now, u32::MAX).await.unwrap();
    }
    println!("messages: built {messages} messages in {} s", began.elapsed().as_secs());
    std::fs::write(whole, "").unwrap();
    mirror
}

fn told(one: &One) -> ToldEvent {
    let kind = match one.state {
        MessageState::Bounced => MessageEventKind::Bounced,
        MessageState::Dropped => MessageEventKind::Dropped,
        MessageState::Deferred => MessageEventKind::Deferred,
        MessageState::Sent => MessageEventKind::Processed,
        _ => MessageEventKind::Delivered,
    };
    ToldEvent {
        of: TellsOf {
            message: None,
            vendor_id: Some(format!("sg{:016}", one.number)),
            to: one.to.clone(),
            subject: Some(one.subject.to_owned()),
            template: one.template.clone(),
            named: one.payment.iter().map(|id| ("charge_id".to_owned(), id.clone())).collect(),
        },
        event: MessageEvent {
            id: format!("e{:016}", one.number),
            kind,
            at: one.created_at,
            reason: one.reason.map(str::to_owned),
        },
    }
}

fn account() -> AccountRow {
    AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::SendGrid,
        environment: Environment::Test,
        label: "letters".parse().unwrap(),
        base_url: "https://api.sendgrid.com".to_owned(),
        key_reference: KeyReference::Vault,
        write_key_reference: None,
        vendor_account_id: None,
        vendor_name: None,
        rights_json: "{}".to_owned(),
        default_currency: None,
        created_at: Timestamp::from_seconds(NEWEST),
        removed_at: None,
    }
}

async fn measure(question: &Question, mirror: &Mirror, messages: i64) -> bool {
    let (mut warm, mut wrong) = (Vec::new(), 0);
    for round in 0..2 {
        for number in 0..QUERIES {
            let one = made_up(1 + (number * 2_654_435_761 + 17) % messages, messages);
            let text = (question.text)(&one);
            let scope = FindScope::all(Timestamp::from_seconds(NEWEST));
            let began = Instant::now();
            let page = mirror.find_messages(&text, scope, ROWS, None, Some(LookBudget::PAGE)).await.unwrap();
            let took = began.elapsed();
            let whole = page.looked_back_to.is_none() && !page.items.is_empty();
            wrong += u32::from(!whole || !page.items.iter().all(|found| (question.fits)(found, &one)));
            if round == 1 {
                warm.push(took);
            }
        }
    }
    warm.sort();
    let at = |share: usize| warm[(warm.len() - 1) * share / 100];
    let ms = |took: Duration| format!("{}.{:02} ms", took.as_millis(), took.as_micros() % 1_000 / 10);
    let verdict = if wrong > 0 {
        format!("WRONG: {wrong} answers are not what was asked for")
    } else if at(50) <= Duration::from_millis(2) && at(99) <= Duration::from_millis(20) {
        "ok".to_owned()
    } else {
        "TOO SLOW".to_owned()
    };
    println!(
        "messages find {:<23} p50 {:>10} (at most 2 ms)  p99 {:>10} (at most 20 ms)  {verdict}",
        question.name,
        ms(at(50)),
        ms(at(99))
    );
    wrong == 0
}
