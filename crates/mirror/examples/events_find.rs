//! How long the find box takes over the history of events, in a large encrypted mirror of made-up events.
//!
//! `events_find [EVENTS] [FOLDER]` builds the mirror once and keeps it in the folder (`target/bench`), then prints a line
//! for each kind of query: half and 99 of 100 answers came within p50 and p99, warm. An answer is the first 50 rows. Each
//! answer is checked against what the query asks for, so that a quick wrong answer is no figure.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it fails"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::{AccountId, Environment, Event, EventSubject, Observed, Record, Secret, Timestamp, Vendor};
use mirror::{
    AccountRow, Came, FindScope, FoundEvent, FoundWhat, KeyReference, LookBudget, Mirror, OpenOptions,
};

/// Different queries of each kind.
const QUERIES: i64 = 300;
/// Rows of the first page.
const ROWS: u32 = 50;
/// Events of one write.
const AT_ONCE: i64 = 1_000;
/// When the newest event happened: 2026-03-01T12:00:00Z.
const NEWEST: i64 = 1_772_366_400;
/// Seconds between two events.
const STEP: i64 = 7;
/// Types with what they are about; the first are the most frequent.
const KINDS: [(&str, &str, &str); 8] = [
    ("charge.succeeded", "charge", "ch"),
    ("payment_intent.succeeded", "payment_intent", "pi"),
    ("charge.updated", "charge", "ch"),
    ("customer.created", "customer", "cus"),
    ("charge.refunded", "charge", "ch"),
    ("refund.created", "refund", "re"),
    ("charge.dispute.created", "dispute", "du"),
    ("payout.paid", "payout", "po"),
];

/// A kind of query: its name, its text for an event, and whether what was found is what it asks for.
struct Question {
    name: &'static str,
    text: fn(&Event) -> String,
    fits: fn(&FoundEvent, &Event) -> bool,
}

const QUESTIONS: [Question; 8] = [
    Question { name: "all", text: |_| String::new(), fits: |_, _| true },
    Question {
        name: "event id",
        text: |one| one.vendor_id.clone(),
        fits: |found, one| event(found).vendor_id == one.vendor_id,
    },
    Question {
        name: "object id",
        text: |one| format!("object:{}", one.subject.vendor_id.as_deref().unwrap()),
        fits: |found, one| event(found).subject.vendor_id == one.subject.vendor_id,
    },
    Question {
        name: "type",
        text: |one| format!("type:{}", one.kind),
        fits: |found, one| event(found).kind == one.kind,
    },
    Question {
        name: "type wildcard + date",
        text: |one| format!("type:charge.* created:..{}", one.created_at.to_datetime().format("%Y-%m-%d")),
        fits: |found, _| event(found).kind.starts_with("charge."),
    },
    Question {
        name: "object of a rare sort",
        text: |one| format!("object:payout created:..{}", one.created_at.to_datetime().format("%Y-%m-%d")),
        fits: |found, _| event(found).subject.object.as_deref() == Some("payout"),
    },
    Question {
        name: "feed without a type",
        text: |one| format!("verdict:feed -type:{}", one.kind),
        fits: |found, one| found.came == Came::Feed && event(found).kind != one.kind,
    },
    Question {
        name: "OR of two",
        text: |one| format!("customer:{} OR type:payout.paid", one.subject.customer_id.as_deref().unwrap()),
        fits: |found, one| {
            let found = event(found);
            found.kind == "payout.paid" || found.subject.customer_id == one.subject.customer_id
        },
    },
];

fn event(found: &FoundEvent) -> &Event {
    match &found.what {
        FoundWhat::Event(event) => event,
        FoundWhat::Request(_) => panic!("a request was found among events alone"),
    }
}

/// The event with a number; the largest is the newest.
fn made_up(number: i64, events: i64) -> Event {
    // Of the types that come later in the list there are ever fewer.
    let rare = usize::try_from(number.trailing_zeros()).unwrap().min(KINDS.len() - 1);
    let (kind, object, prefix) = KINDS[rare];
    let payment = number / 4;
    Event {
        vendor_id: format!("evt_{number:016}"),
        kind: kind.to_owned(),
        created_at: Timestamp::from_seconds(NEWEST - (events - number) * STEP),
        api_version: Some("2026-10-28.endive".to_owned()),
        subject: EventSubject {
            object: Some(object.to_owned()),
            vendor_id: Some(format!("{prefix}_{payment:016}")),
            payment_id: Some(format!("ch_{payment:016}")),
            customer_id: Some(format!("cus_{:012}", payment / 3)),
        },
        request_id: Some(format!("req_{number:014}")),
        idempotency_key: None,
        live: false,
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let events = arguments.next().map_or(1_000_000, |text| text.parse().unwrap());
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/bench"), PathBuf::from);
    let mirror = build(&folder, events).await;
    for question in &QUESTIONS {
        measure(question, &mirror, events).await;
    }
    mirror.close().await.unwrap();
}

fn options(path: &Path) -> OpenOptions {
    // The events are made up, so the key need not be secret; a fixed one opens the file again in the next run.
    let key = Some(Secret::new("5a".repeat(32)));
    OpenOptions { path: path.to_owned(), environment: Environment::Test, key, readers: 2 }
}

/// The kept mirror, or a new one where there is none with so many events.
async fn build(folder: &Path, events: i64) -> Mirror {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join(format!("events-{events}.db"));
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
    let began = Instant::now();
    for first in (1..=events).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let last = (first + AT_ONCE - 1).min(events);
        let page: Vec<Observed> = (first..=last).map(|number| observed(made_up(number, events))).collect();
        mirror.commit_page(row.id, &page, None).await.unwrap();
    }
    println!("events: built {events} events in {} s", began.elapsed().as_secs());
    std::fs::write(whole, "").unwrap();
    mirror
}

fn account() -> AccountRow {
    AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::Stripe,
        environment: Environment::Test,
        label: "shop".parse().unwrap(),
        base_url: "https://api.stripe.com".to_owned(),
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

fn observed(event: Event) -> Observed {
    let json = format!(
        "{{\"id\":\"{}\",\"object\":\"event\",\"type\":\"{}\",\"created\":{}}}",
        event.vendor_id,
        event.kind,
        event.created_at.as_seconds()
    );
    let observed_at = event.created_at;
    Observed { record: Record::Event(event), json: json.into_bytes(), observed_at }
}

async fn measure(question: &Question, mirror: &Mirror, events: i64) {
    let (mut warm, mut wrong) = (Vec::new(), 0);
    for round in 0..2 {
        for number in 0..QUERIES {
            let one = made_up(1 + (number * 2_654_435_761 + 17) % events, events);
            let text = (question.text)(&one);
            let scope = FindScope::all(Timestamp::from_seconds(NEWEST));
            let began = Instant::now();
            let page = mirror.find_events(&text, scope, ROWS, None, Some(LookBudget::PAGE)).await.unwrap();
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
        "events find {:<22} p50 {:>10} (at most 2 ms)  p99 {:>10} (at most 20 ms)  {verdict}",
        question.name,
        ms(at(50)),
        ms(at(99))
    );
}
