//! Messages to Slack, PagerDuty and mail over real sockets: recorded by the sandbox once, tried again after what goes wrong,
//! held back by rules, and with no secret in any answer.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use contract::book::{BookPart, ListBook};
use contract::channels::{
    AddChannel, ChangeChannel, ChannelKind, ChannelRules, ChannelView, ListChannels, PauseChannel,
    PreviewChannel, QuietHours, RemoveChannel, ResumeChannel, TakeDesktopMessages, TestChannel,
};
use contract::history::TriggerEvent;
use contract::relay::{DeliveryState, EndpointState, ListEndpoints};
use contract::shared::{ListRange, Shell};
use contract::sync::StartSync;
use contract::{ErrorCode, Scope, Timestamp};
use desk::Connection;
use operations::Clock;
use sandbox::{Message, Sandbox};
use serde_json::Value;

use crate::listening::{at_vendor, listed, now, secret};
use crate::relay::{deliveries, until};
use crate::support::{SANDBOX, TestHome, connected, go_wrong, refund, refundable, small_vendor, synced};

const SLACK: &str = "https://hooks.slack.com/services/T000/B000/canaryOfTheTests";
const ROUTING_KEY: &str = "R0canary01234567890123456789abcd";
const API_KEY: &str = "SG.canary.of-the-tests";

#[derive(Debug)]
struct Moving(AtomicI64);

impl Moving {
    fn forward_minutes(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }
}

async fn stage(home: &TestHome) -> (Connection, Sandbox, Arc<Moving>) {
    let clock = Arc::new(Moving(AtomicI64::new(now() * 1_000)));
    let desk = Connection::open_at(home.options(true), Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
    let vendor = small_vendor().await;
    connected(&desk, &vendor, "shop").await;
    (desk, vendor, clock)
}

fn adding(kind: ChannelKind, name: &str, given: Option<&str>, rules: ChannelRules) -> AddChannel {
    AddChannel { kind, name: name.to_owned(), rules, secret: given.and_then(secret) }
}

async fn added(desk: &Connection, kind: ChannelKind, name: &str, rules: ChannelRules) -> ChannelView {
    let given = match kind {
        ChannelKind::Slack => Some(SLACK),
        ChannelKind::Pagerduty => Some(ROUTING_KEY),
        ChannelKind::Email => Some(API_KEY),
        ChannelKind::Desktop => None,
    };
    desk.call(SANDBOX, adding(kind, name, given, rules)).await.unwrap()
}

/// Of refunds alone: the vendor's own disputes and a clock that is moved make messages, too.
fn of_refunds() -> ChannelRules {
    ChannelRules { events: vec!["paydesk.refund.*".to_owned()], ..ChannelRules::default() }
}

fn mail() -> ChannelRules {
    ChannelRules {
        from: Some("desk@example.com".to_owned()),
        to: vec!["ops@example.com".to_owned()],
        ..of_refunds()
    }
}

fn of(vendor: &Sandbox, word: &str) -> Vec<Message> {
    vendor.messages().into_iter().filter(|one| one.vendor == word).collect()
}

/// What the sandbox took in the place of a vendor, once there are so many.
async fn recorded(vendor: &Sandbox, word: &str, count: usize) -> Vec<Value> {
    until(&format!("{count} messages for {word}"), async || {
        let all = of(vendor, word);
        (all.len() >= count).then(|| all.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect())
    })
    .await
}

async fn delivered(desk: &Connection, channel: &str, count: usize) {
    until("the deliveries", async || {
        let all = deliveries(desk, channel).await;
        let done = all.iter().filter(|one| one.state == DeliveryState::Delivered).count();
        (done == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_told_to_each_channel_once_and_to_nobody_twice() {
    let home = TestHome::new();
    let (desk, vendor, _clock) = stage(&home).await;
    let slack = added(&desk, ChannelKind::Slack, "ops", of_refunds()).await;
    let by_mail = added(&desk, ChannelKind::Email, "post", mail()).await;
    let other = ChannelRules { conditions: vec!["currency=eur".to_owned()], ..of_refunds() };
    let euro = added(&desk, ChannelKind::Slack, "euro", other).await;
    let night = added(&desk, ChannelKind::Pagerduty, "night", of_refunds()).await;
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let text = recorded(&vendor, "slack", 1).await.remove(0);
    let text = text["text"].as_str().unwrap();
    assert!(text.starts_with("*[sandbox] Refund of 5.00 USD settled*"), "{text}");
    assert!(text.contains("Account: shop") && text.contains("on its way back"), "{text}");
    let sent = recorded(&vendor, "email", 1).await.remove(0);
    assert_eq!(sent["from"]["email"], "desk@example.com");
    assert_eq!(sent["personalizations"][0]["to"][0]["email"], "ops@example.com");
    delivered(&desk, &slack.id, 1).await;
    delivered(&desk, &by_mail.id, 1).await;
    assert_eq!((of(&vendor, "slack").len(), of(&vendor, "email").len()), (1, 1), "each once");
    assert!(deliveries(&desk, &euro.id).await.is_empty(), "its condition does not hold");
    assert!(deliveries(&desk, &night.id).await.is_empty(), "nothing was opened that a refund could end");
    for message in vendor.messages() {
        assert!(!message.body.contains("canary") && !message.body.contains("@example.org"), "{message:?}");
    }
    let listed = desk.call(SANDBOX, ListChannels {}).await.unwrap();
    assert!(!serde_json::to_string(&listed).unwrap().contains("canary"), "no answer holds a secret");
    assert!(
        desk.call(SANDBOX, ListEndpoints {}).await.unwrap().items.is_empty(),
        "channels are no endpoints"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_on_the_way_is_tried_again_under_one_id() {
    let home = TestHome::new();
    let (desk, vendor, clock) = stage(&home).await;
    let post = added(&desk, ChannelKind::Email, "post", mail()).await;
    go_wrong(&vendor, "POST /v3/mail/send:500:1");
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let tried = async |attempts: u32| {
        until("the try", async || {
            let all = deliveries(&desk, &post.id).await;
            all.into_iter().find(|one| one.attempts == attempts && one.state == DeliveryState::Waiting)
        })
        .await
    };
    assert_eq!(tried(1).await.status, Some(500));
    for (attempts, fault) in [(2, "429"), (3, "html"), (4, "reset-before"), (5, "reset-after")] {
        go_wrong(&vendor, &format!("POST /v3/mail/send:{fault}:1"));
        clock.forward_minutes(24 * 60);
        desk.call(SANDBOX, ResumeChannel { id: "post".to_owned() }).await.unwrap();
        let one = tried(attempts).await;
        assert!(one.problem.is_some(), "{fault}: {one:?}");
        if fault == "html" {
            assert_eq!((one.status, one.problem.as_deref()), (Some(200), Some("bad_answer")));
        }
    }
    clock.forward_minutes(24 * 60);
    desk.call(SANDBOX, ResumeChannel { id: "post".to_owned() }).await.unwrap();
    delivered(&desk, &post.id, 1).await;
    let ids: Vec<Value> = recorded(&vendor, "email", 3)
        .await
        .into_iter()
        .map(|one| one["personalizations"][0]["custom_args"]["paydesk_message"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.as_str().unwrap().starts_with("msg_")), "{ids:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_its_vendor_took_away_stops_and_says_so() {
    let home = TestHome::new();
    let (desk, vendor, _clock) = stage(&home).await;
    added(&desk, ChannelKind::Slack, "ops", of_refunds()).await;
    go_wrong(&vendor, "POST /services/*:401");
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let stopped = until("the stop", async || {
        let one = desk.call(SANDBOX, ListChannels {}).await.unwrap().items.remove(0);
        (one.state == EndpointState::Stopped).then_some(one)
    })
    .await;
    assert_eq!((stopped.reason.as_deref(), stopped.failed), (Some("gone"), 1));
    let tested = desk.call(SANDBOX, TestChannel { id: "ops".to_owned() }).await.unwrap();
    assert_eq!((tested.taken, tested.status, tested.answer.as_str()), (false, Some(404), "no_service"));
    go_wrong(&vendor, "");
    let tested = desk.call(SANDBOX, TestChannel { id: "ops".to_owned() }).await.unwrap();
    assert!(tested.taken && tested.answer == "ok", "{tested:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_opens_an_incident_and_its_end_resolves_the_same() {
    let home = TestHome::new();
    let (desk, vendor, _clock) = stage(&home).await;
    let gaps = ChannelRules { events: vec!["paydesk.mirror.*".to_owned()], ..ChannelRules::default() };
    let night = added(&desk, ChannelKind::Pagerduty, "night", gaps).await;
    go_wrong(&vendor, "GET /v1/*:401");
    for _ in 0..2 {
        desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    }
    let opened = recorded(&vendor, "pagerduty", 1).await.remove(0);
    assert_eq!((&opened["event_action"], &opened["routing_key"]), (&"trigger".into(), &"(hidden)".into()));
    delivered(&desk, &night.id, 1).await;
    go_wrong(&vendor, "");
    desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    let both = recorded(&vendor, "pagerduty", 2).await;
    assert_eq!(both[1]["event_action"], "resolve");
    assert_eq!(both[0]["dedup_key"], both[1]["dedup_key"]);
    delivered(&desk, &night.id, 2).await;
    assert_eq!(of(&vendor, "pagerduty").len(), 2, "each once, however often it was found");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_is_due_opens_an_incident_and_its_end_resolves_the_same() {
    let home = TestHome::new();
    let (desk, vendor, clock) = stage(&home).await;
    synced(&desk).await;
    let trigger = TriggerEvent { event_type: "charge.dispute.created".to_owned(), account: None };
    desk.call(SANDBOX, trigger).await.unwrap();
    // Following holds back the newest seconds of the feed.
    let dispute = until("the dispute", async || {
        synced(&desk).await;
        let found = listed(&desk, "type:charge.dispute.created").await;
        found.into_iter().next().and_then(|one| one.object_id)
    })
    .await;
    let rules = ChannelRules {
        events: vec!["paydesk.dispute.*".to_owned()],
        conditions: vec![format!("dispute={dispute}")],
        ..ChannelRules::default()
    };
    let night = added(&desk, ChannelKind::Pagerduty, "night", rules).await;
    // Its evidence is due in nine days, and within seven that is told.
    clock.forward_minutes(3 * 24 * 60);
    synced(&desk).await;
    let opened = recorded(&vendor, "pagerduty", 1).await.remove(0);
    assert_eq!(opened["event_action"], "trigger");
    delivered(&desk, &night.id, 1).await;
    let closed = at_vendor(&vendor, &format!("/v1/disputes/{dispute}/close"), "").await;
    assert_eq!(closed["status"], "lost", "{closed}");
    let both = until("the end", async || {
        synced(&desk).await;
        let all = of(&vendor, "pagerduty");
        (all.len() >= 2).then(|| all.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect())
    })
    .await;
    let both: Vec<Value> = both;
    assert_eq!(both[1]["event_action"], "resolve");
    assert_eq!(both[0]["dedup_key"], both[1]["dedup_key"]);
    delivered(&desk, &night.id, 2).await;
    synced(&desk).await;
    assert_eq!(deliveries(&desk, &night.id).await.len(), 2, "once, however often it was found");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_beyond_the_hour_become_one_summary_and_quiet_hours_hold_all() {
    let home = TestHome::new();
    let (desk, vendor, clock) = stage(&home).await;
    let few = ChannelRules { per_hour: Some(1), ..of_refunds() };
    let ops = added(&desk, ChannelKind::Slack, "ops", few).await;
    let payment = refundable(&desk).await;
    let give_back = async |amount: &str| {
        let refund = desk.call(SANDBOX, refund(&payment, amount)).await.unwrap();
        assert_eq!(refund.state.as_deref(), Some("settled"), "{refund:?}");
    };
    give_back("1.00").await;
    delivered(&desk, &ops.id, 1).await;
    for amount in ["1.01", "1.02", "1.03"] {
        give_back(amount).await;
    }
    until("the summary", async || {
        let all = deliveries(&desk, &ops.id).await;
        let folded = all.iter().filter(|one| one.problem.as_deref() == Some("summarized")).count();
        (folded == 3).then_some(())
    })
    .await;
    assert_eq!(of(&vendor, "slack").len(), 1, "nothing more within the hour");
    clock.forward_minutes(61);
    desk.call(SANDBOX, ResumeChannel { id: "ops".to_owned() }).await.unwrap();
    let text = recorded(&vendor, "slack", 2).await.remove(1);
    assert!(text["text"].as_str().unwrap().contains("And 3 more: 3 × refunds settled"), "{text}");
    // Quiet for all but a minute of the day, which begins now.
    let wall = clock.now().to_datetime();
    let minute = |after: i64| (wall + chrono::TimeDelta::minutes(after)).format("%H:%M").to_string();
    let quiet = QuietHours { from: minute(-1), to: minute(120), zone: "UTC".to_owned() };
    let rules = ChannelRules { quiet: Some(quiet), ..of_refunds() };
    let change = ChangeChannel { id: "ops".to_owned(), name: None, rules: Some(rules), secret: None };
    let held = desk.call(SANDBOX, change).await.unwrap();
    assert!(held.quiet_until.is_some(), "{held:?}");
    give_back("1.04").await;
    until("the one that waits", async || {
        let one = desk.call(SANDBOX, ListChannels {}).await.unwrap().items.remove(0);
        (one.waiting == 1).then_some(())
    })
    .await;
    assert_eq!(of(&vendor, "slack").len(), 2);
    clock.forward_minutes(121);
    desk.call(SANDBOX, ResumeChannel { id: "ops".to_owned() }).await.unwrap();
    recorded(&vendor, "slack", 3).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_takes_what_is_for_the_desktop_once() {
    let home = TestHome::new();
    let (desk, _vendor, _clock) = stage(&home).await;
    let here = added(&desk, ChannelKind::Desktop, "here", of_refunds()).await;
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    let window = Scope { shell: Shell::Window, ..SANDBOX };
    let shown = until("the notification", async || {
        desk.call(window, TakeDesktopMessages {}).await.unwrap().items.pop()
    })
    .await;
    assert!(shown.title.contains("Refund of 5.00 USD settled"), "{shown:?}");
    assert!(desk.call(window, TakeDesktopMessages {}).await.unwrap().items.is_empty());
    assert!(desk.call(SANDBOX, TakeDesktopMessages {}).await.is_err(), "a command shows none");
    delivered(&desk, &here.id, 1).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_channel_is_refused_and_each_change_is_in_the_book() {
    let home = TestHome::new();
    let (desk, _vendor, _clock) = stage(&home).await;
    let refused = async |kind, given: Option<&str>, rules| {
        desk.call(SANDBOX, adding(kind, "x", given, rules)).await.unwrap_err().code
    };
    let none = ChannelRules::default;
    assert_eq!(
        refused(ChannelKind::Slack, Some("https://evil.example/services/T/B/x"), none()).await,
        ErrorCode::BadChannelSecret
    );
    assert_eq!(refused(ChannelKind::Slack, None, none()).await, ErrorCode::BadChannelSecret);
    assert_eq!(refused(ChannelKind::Pagerduty, Some("short"), none()).await, ErrorCode::BadChannelSecret);
    assert_eq!(refused(ChannelKind::Desktop, Some(SLACK), none()).await, ErrorCode::BadChannelSecret);
    assert_eq!(refused(ChannelKind::Email, Some(API_KEY), none()).await, ErrorCode::BadChannel);
    let vendors = ChannelRules { events: vec!["charge.*".to_owned()], ..none() };
    assert_eq!(refused(ChannelKind::Slack, Some(SLACK), vendors).await, ErrorCode::BadChannel);
    let unreadable = ChannelRules { conditions: vec!["amount>=much".to_owned()], ..none() };
    assert_eq!(refused(ChannelKind::Slack, Some(SLACK), unreadable).await, ErrorCode::BadEndpointFilter);
    added(&desk, ChannelKind::Slack, "ops", none()).await;
    let taken = desk.call(SANDBOX, adding(ChannelKind::Slack, "ops", Some(SLACK), none())).await.unwrap_err();
    assert_eq!(taken.code, ErrorCode::ChannelNameTaken);
    let unknown = desk.call(SANDBOX, PauseChannel { id: "nobody".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::UnknownChannel);
    let preview = PreviewChannel { kind: ChannelKind::Slack, rules: none() };
    let preview = desk.call(SANDBOX, preview).await.unwrap();
    assert!(preview.messages.len() == 8 && preview.messages.iter().all(|one| one.wanted));
    desk.call(SANDBOX, PauseChannel { id: "ops".to_owned() }).await.unwrap();
    desk.call(SANDBOX, ResumeChannel { id: "ops".to_owned() }).await.unwrap();
    desk.call(SANDBOX, RemoveChannel { id: "ops".to_owned() }).await.unwrap();
    let range = ListRange { limit: Some(20), after: None };
    let lines = ListBook { part: Some(BookPart::Keeping), range, ..ListBook::default() };
    let lines = desk.call(SANDBOX, lines).await.unwrap();
    let actions: Vec<_> = lines.items.iter().map(|one| one.action.as_str()).collect();
    let wanted = ["channel_removed", "channel_resumed", "channel_paused", "channel_added"];
    assert_eq!(actions.into_iter().take(4).collect::<Vec<_>>(), wanted);
    assert!(!serde_json::to_string(&lines).unwrap().contains("canary"));
    desk.close().await;
}
