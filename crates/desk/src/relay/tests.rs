//! The relay's turns one by one, by a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use contract::relay::{ReplaySource, ReplayState as StateView};
use contract::shared::Shell;
use contract::{ErrorCode, Timestamp};
use domain::{AccountId, Environment, Event, EventSubject, Observed, Record, Secret};
use mirror::{
    AccountRow, DeliveryFilter, DeliveryState, EndpointFacts, EndpointForm, EndpointPurpose, EndpointRow,
    KeyReference, Lane, NewEndpoint, ReplayState,
};
use operations::Clock;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::time::Instant;
use vault::EntryName;

use super::{Work, routing, secret_of, turn};
use crate::answer::replays;
use crate::connection::DeskOptions;
use crate::desk::{Desk, OpenMirror};
use crate::home::Home;

const TEST: Environment = Environment::Test;
/// The longest that anything here may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// 2026-11-22T12:00:00Z
const NOON_MS: i64 = 1_795_348_800_000;

#[derive(Debug)]
struct Moving(AtomicI64);

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A Desk that does nothing by itself, with one account.
struct Quiet {
    _folder: TempDir,
    desk: Arc<Desk>,
    open: OpenMirror,
    account: AccountId,
    clock: Arc<Moving>,
}

impl Quiet {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = DeskOptions {
            home: folder.path().join("home"),
            shell: Shell::Command,
            passphrase: Some(Secret::new("correct horse battery staple")),
            background: false,
            vault: Some("passphrase".to_owned()),
        };
        let home = Home::open(&options.home).unwrap();
        let clock = Arc::new(Moving(AtomicI64::new(NOON_MS)));
        let given = Arc::clone(&clock) as Arc<dyn Clock>;
        let desk = Desk::open(home, &options, broadcast::channel(64).0, given).await.unwrap();
        let row = AccountRow {
            id: AccountId::generate(),
            vendor: domain::Vendor::Stripe,
            environment: TEST,
            label: "shop".parse().unwrap(),
            base_url: "https://api.stripe.com".to_owned(),
            key_reference: KeyReference::Variable("SHOP_KEY".to_owned()),
            write_key_reference: None,
            vendor_account_id: None,
            vendor_name: None,
            rights_json: "[]".to_owned(),
            default_currency: None,
            created_at: clock.now(),
            removed_at: None,
        };
        let open = desk.mirror(TEST).await.unwrap();
        open.mirror.accounts().insert(&row).await.unwrap();
        Self { _folder: folder, desk, open, account: row.id, clock }
    }

    fn forward(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    async fn turn(&self) {
        turn(&self.desk, TEST, &self.open, Work::Everything).await.unwrap();
    }

    /// Without a secret nothing leaves for it, so that what waits can be looked at.
    async fn endpoint(&self, purpose: EndpointPurpose, lease_until: Option<Timestamp>) -> EndpointRow {
        self.endpoint_at("https://example.com/", purpose, lease_until).await
    }

    async fn endpoint_at(
        &self,
        url: &str,
        purpose: EndpointPurpose,
        lease_until: Option<Timestamp>,
    ) -> EndpointRow {
        let new = NewEndpoint {
            id: format!("ep_{}", uuid::Uuid::now_v7().simple()),
            account_id: None,
            purpose,
            form: EndpointForm::Events,
            scheme: "stripe".to_owned(),
            secret_entry: "none".to_owned(),
            events_from: self.clock.now(),
            lease_until,
            facts: EndpointFacts {
                url: url.to_owned(),
                types: Vec::new(),
                conditions: Vec::new(),
                secret_reference: KeyReference::Vault,
                allow_local: url.starts_with("http://127.0.0.1"),
                rate_per_second: 20,
                concurrency: 1,
                ordered: false,
                name: None,
                channel: None,
            },
        };
        self.open.mirror.endpoints().insert(&new, self.clock.now()).await.unwrap()
    }

    /// So many events of one type that happened one second after the other, the last one now.
    async fn events(&self, count: i64) {
        for first in (0..count).step_by(100) {
            let page: Vec<Observed> =
                (first..count.min(first + 100)).map(|number| self.event(number, count)).collect();
            self.open.mirror.commit_page(self.account, &page, None).await.unwrap();
        }
    }

    fn event(&self, number: i64, count: i64) -> Observed {
        let id = format!("evt_{number:04}");
        let event = Event {
            vendor_id: id.clone(),
            kind: "charge.updated".to_owned(),
            created_at: self.clock.now().plus_ms((number + 1 - count) * 1_000),
            api_version: None,
            subject: EventSubject {
                object: Some("charge".to_owned()),
                vendor_id: Some(format!("ch_{number}")),
                payment_id: None,
                customer_id: None,
            },
            request_id: None,
            idempotency_key: None,
            live: false,
        };
        let json = format!("{{\"id\":\"{id}\"}}").into_bytes();
        Observed { record: Record::Event(event), json, observed_at: self.clock.now() }
    }

    async fn replay(&self, id: &str, endpoint: i64, query: &str) -> i64 {
        let source = serde_json::to_string(&ReplaySource::Query { query: query.to_owned() }).unwrap();
        let replays = self.open.mirror.replays();
        replays.insert(id, endpoint, &source, 1_000, self.clock.now()).await.unwrap().number
    }

    async fn state_of(&self, id: &str) -> ReplayState {
        self.open.mirror.replays().by_id(id).await.unwrap().unwrap().state
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_whose_search_no_longer_reads_ends_with_the_reason_and_is_in_nobody_s_way() {
    let home = Quiet::new().await;
    home.events(3).await;
    let own = home.endpoint(EndpointPurpose::Replay, None).await;
    let standing = home.endpoint(EndpointPurpose::Standing, None).await;
    home.replay("rp_bad", own.number, "account:\"renamed since\"").await;
    let good = home.replay("rp_good", standing.number, "type:charge.updated").await;
    home.turn().await;
    let bad = home.open.mirror.replays().by_id("rp_bad").await.unwrap().unwrap();
    assert_eq!(bad.state, ReplayState::Canceled);
    let shown = replays::view(&home.desk, TEST, &home.open, bad).await.unwrap();
    assert_eq!(shown.state, StateView::Canceled);
    assert_eq!(shown.problem.map(|problem| problem.code), Some(ErrorCode::BadQuery));
    assert!(home.open.mirror.endpoints().by_id(&own.id).await.unwrap().is_none(), "it was its alone");
    assert_eq!(home.state_of("rp_good").await, ReplayState::Running);
    assert_eq!(home.open.mirror.replays().counts(good).await.unwrap().waiting, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_replay_is_looked_up_some_pages_a_turn_and_one_that_is_canceled_no_further() {
    let home = Quiet::new().await;
    home.events(2_450).await;
    let standing = home.endpoint(EndpointPurpose::Standing, None).await;
    let large = home.replay("rp_large", standing.number, "type:charge.updated").await;
    home.turn().await;
    assert_eq!(home.state_of("rp_large").await, ReplayState::Preparing);
    let found = home.open.mirror.replays().counts(large).await.unwrap().waiting;
    assert!((200..2_450).contains(&found), "{found}");
    home.replay("rp_small", standing.number, "id:evt_0001").await;
    home.turn().await;
    assert_ne!(home.state_of("rp_small").await, ReplayState::Preparing, "it had its turn");
    home.open.mirror.replays().cancel(large, home.clock.now()).await.unwrap();
    home.turn().await;
    assert_eq!(home.state_of("rp_large").await, ReplayState::Canceled);
    assert_eq!(home.open.mirror.replays().counts(large).await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_several_pages_sends_the_older_first() {
    const EVENTS: usize = 450;
    let home = Quiet::new().await;
    home.events(450).await;
    let standing = home.endpoint(EndpointPurpose::Standing, None).await;
    let number = home.replay("rp_1", standing.number, "type:charge.updated").await;
    while routing::prepare_replays(&home.desk, TEST, &home.open, Work::Everything).await.unwrap() {
        // The pages after the first are looked up later.
        home.forward(5_000);
    }
    let lane = Lane { endpoint: standing.number, replay: Some(number) };
    home.forward(60_000);
    let deliveries = home.open.mirror.deliveries();
    let claimed = deliveries.claim(lane, false, home.clock.now(), 1_000).await.unwrap();
    let mut order = Vec::new();
    for one in claimed {
        order.push(deliveries.by_number(one.number).await.unwrap().unwrap().event_id);
    }
    assert_eq!(order.len(), EVENTS);
    assert!(order.is_sorted(), "{order:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_endpoint_survives_a_sleep_and_goes_a_lease_after_it_was_last_touched() {
    let home = Quiet::new().await;
    let until = home.clock.now().plus_ms(60_000);
    let temporary = home.endpoint(EndpointPurpose::Temporary, Some(until)).await;
    let is_there = async || home.open.mirror.endpoints().by_id(&temporary.id).await.unwrap().is_some();
    home.events(1).await;
    home.turn().await;
    // The lid was shut for a night; whoever made it could not say that they are there.
    home.forward(8 * 3_600_000);
    home.turn().await;
    assert!(is_there().await);
    for _ in 0..3 {
        home.forward(19_000);
        home.turn().await;
        assert!(is_there().await);
    }
    home.forward(19_000);
    home.turn().await;
    assert!(!is_there().await, "nobody touched it for a lease");
    let of = DeliveryFilter { endpoint: Some(temporary.number), ..DeliveryFilter::default() };
    let left = home.open.mirror.deliveries().list(&of, 10, None).await.unwrap().items;
    assert_eq!(left.iter().map(|one| one.state).collect::<Vec<_>>(), [DeliveryState::Canceled]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clock_of_the_future_put_off_is_due_once_the_clock_is_right() {
    let home = Quiet::new().await;
    home.turn().await;
    home.forward(400 * 86_400_000);
    let standing = home.endpoint(EndpointPurpose::Standing, None).await;
    home.events(1).await;
    home.turn().await;
    home.forward(-400 * 86_400_000);
    home.turn().await;
    let lane = Lane { endpoint: standing.number, replay: None };
    let deliveries = home.open.mirror.deliveries();
    assert_eq!(deliveries.next_due(lane, None).await.unwrap(), Some(home.clock.now()));
    let kept = home.open.mirror.endpoints().by_id(&standing.id).await.unwrap().unwrap();
    assert_eq!(kept.events_from, home.clock.now(), "what happens from now on is wanted");
    let rows = deliveries.list(&DeliveryFilter::default(), 10, None).await.unwrap().items;
    assert_eq!((rows.len(), rows[0].state), (1, DeliveryState::Waiting));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_looked_up_anew_where_it_is_kept_elsewhere_and_once_it_was_forgotten() {
    let home = Quiet::new().await;
    let mut endpoint = home.endpoint(EndpointPurpose::Standing, None).await;
    let vault = home.desk.vault().await.unwrap();
    let entry = EntryName::WebhookSecret("none".to_owned());
    vault.set(&entry, &Secret::new("whsec_first")).await.unwrap();
    let signs_by = async |endpoint: &EndpointRow| {
        secret_of(&home.desk, &home.open, endpoint).await.map(|secret| secret.expose().to_owned())
    };
    assert_eq!(signs_by(&endpoint).await.as_deref(), Some("whsec_first"));
    vault.set(&entry, &Secret::new("whsec_second")).await.unwrap();
    assert_eq!(signs_by(&endpoint).await.as_deref(), Some("whsec_first"), "it is held");
    home.desk.relay.forget_secret(&endpoint, TEST);
    assert_eq!(signs_by(&endpoint).await.as_deref(), Some("whsec_second"));
    endpoint.facts.secret_reference = KeyReference::Variable("PAYDESK_TEST_UNSET".to_owned());
    assert_eq!(signs_by(&endpoint).await, None, "what was held is kept elsewhere");
    endpoint.facts.secret_reference = KeyReference::Vault;
    assert_eq!(
        signs_by(&endpoint).await.as_deref(),
        Some("whsec_second"),
        "only the other place is left alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_vault_gives_nothing_out_deliveries_wait_and_that_is_said_and_after_it_they_go_on() {
    let home = Quiet::new().await;
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", receiver.local_addr().unwrap());
    let endpoint = home.endpoint_at(&url, EndpointPurpose::Standing, None).await;
    let vault = home.desk.vault().await.unwrap();
    vault.set(&EntryName::WebhookSecret("none".to_owned()), &Secret::new("whsec_kept")).await.unwrap();
    let file = home.desk.home().root().join("vault.bin");
    let away = file.with_extension("away");
    std::fs::rename(&file, &away).unwrap();
    home.events(1).await;
    home.turn().await;
    let of = DeliveryFilter { endpoint: Some(endpoint.number), ..DeliveryFilter::default() };
    let delivery = async || {
        let mut rows = home.open.mirror.deliveries().list(&of, 10, None).await.unwrap().items;
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    };
    assert!(home.desk.relay.is_without_secret(TEST, endpoint.number), "nobody is told");
    assert_eq!((delivery().await.state, delivery().await.attempts), (DeliveryState::Waiting, 0));
    std::fs::rename(&away, &file).unwrap();
    home.turn().await;
    assert_eq!(delivery().await.state, DeliveryState::Waiting, "the vault is not asked all the time");
    // As if the pause were over.
    home.desk.relay.held().without_secret.values_mut().for_each(|(until, _)| *until = Instant::now());
    home.turn().await;
    let (mut stream, _) = tokio::time::timeout(LIMIT, receiver.accept()).await.unwrap().unwrap();
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("evt_0000") {
        heard.push(stream.read_u8().await.unwrap());
    }
    assert!(String::from_utf8_lossy(&heard).to_lowercase().contains("stripe-signature: t="));
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
    let began = Instant::now();
    while delivery().await.state != DeliveryState::Delivered {
        assert!(began.elapsed() < LIMIT, "its end was not written down");
        tokio::task::yield_now().await;
    }
    assert!(!home.desk.relay.is_without_secret(TEST, endpoint.number));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_of_a_replay_that_is_not_there_is_taken_away_and_one_whose_replay_waits_is_not() {
    let home = Quiet::new().await;
    let left = home.endpoint(EndpointPurpose::Replay, None).await;
    let used = home.endpoint(EndpointPurpose::Replay, None).await;
    home.events(3).await;
    home.replay("rp_1", used.number, "type:charge.updated").await;
    let is_there =
        async |one: &EndpointRow| home.open.mirror.endpoints().by_id(&one.id).await.unwrap().is_some();
    home.turn().await;
    assert!(is_there(&left).await && is_there(&used).await, "its replay may be about to be made");
    home.forward(61_000);
    home.turn().await;
    assert!(!is_there(&left).await && is_there(&used).await);
}
