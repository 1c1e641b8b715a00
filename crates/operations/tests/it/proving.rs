//! Proof: a row that was skipped, lost or altered is flagged within one cycle and healed.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Mutex;

use domain::{Kind, Timestamp};
use mirror::proof::{Found, day_of};
use mirror::{DaySpan, ProofDay, ProofState};
use operations::proof::{ProofReport, ProofSummary, Prover, Scope};
use operations::{OpenAccount, OperationError};
use tokio_util::sync::CancellationToken;

use crate::hiding::Hiding;
use crate::support::{World, account_at, call_vendor, connected_anew, sync, world};

/// A cycle as the Desk runs it, with what it flagged.
async fn cycle(
    account: &OpenAccount,
    scope: Scope,
) -> (Result<ProofSummary, OperationError>, Vec<(Kind, i64, Found)>) {
    cycle_of(account, scope, 10_000).await
}

/// A cycle of so many requests.
async fn cycle_of(
    account: &OpenAccount,
    scope: Scope,
    requests_max: u64,
) -> (Result<ProofSummary, OperationError>, Vec<(Kind, i64, Found)>) {
    let gaps = Mutex::new(Vec::new());
    let report = |report| {
        if let ProofReport::Gap { kind, day, found } = report {
            gaps.lock().unwrap().push((kind, day, found));
        }
    };
    let follow =
        || -> futures::future::BoxFuture<'_, _> { Box::pin(async { sync(account).await.map(|_| ()) }) };
    let prover = Prover {
        account,
        cancel: CancellationToken::new(),
        report: &report,
        follow: &follow,
        scope,
        requests_max,
        resume: None,
    };
    let summary = prover.run().await;
    let gaps = gaps.lock().unwrap().clone();
    (summary, gaps)
}

async fn proven(account: &OpenAccount) -> ProofSummary {
    let (summary, _) = cycle(account, Scope::default()).await;
    let summary = summary.unwrap();
    assert!(summary.failed.is_none(), "{:?}", summary.failed);
    summary
}

async fn days(account: &OpenAccount, kind: Kind) -> Vec<ProofDay> {
    let span = DaySpan { account: account.id(), kind, from: None, until: None };
    account.mirror.proof_days().list(span).await.unwrap()
}

async fn day(account: &OpenAccount, kind: Kind, day: i64) -> ProofDay {
    days(account, kind).await.into_iter().find(|one| one.day == day).unwrap()
}

/// A payment that is some days old.
async fn an_old_payment(account: &OpenAccount) -> (String, Timestamp, i64) {
    let page = account
        .mirror
        .find("status:succeeded", mirror::FindScope::all(domain::Timestamp::const_from_ms(0)), 100, None)
        .await
        .unwrap();
    let payment = &page.items.last().unwrap().payment;
    (payment.vendor_id.clone(), payment.created_at, payment.amount.minor)
}

async fn amount_of(account: &OpenAccount, vendor_id: &str) -> Option<i64> {
    let found = account.mirror.payments().by_id(account.id(), vendor_id).await.unwrap();
    found.map(|found| found.payment.amount.minor)
}

async fn mirrored(charges: u32) -> World {
    let world = world(charges).await;
    sync(&world.account).await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_mirror_is_green_on_every_day_and_the_next_cycle_asks_for_nothing_old() {
    let world = mirrored(150).await;
    let before: u64 = world.vendor.counters().requests.values().sum();
    let summary = proven(&world.account).await;
    let asked = world.vendor.counters().requests.values().sum::<u64>() - before;
    assert!(summary.recorded.green > 0 && summary.recorded.red == 0 && summary.gaps == 0, "{summary:?}");
    assert_eq!(summary.recorded.amber, 0, "{summary:?}");
    assert!(asked <= 60, "{asked} requests for {} days", summary.recorded.green);
    for kind in Kind::ALL {
        let days = days(&world.account, kind).await;
        assert!(!days.is_empty(), "{kind}");
        assert!(days.iter().all(|day| day.state == ProofState::Green), "{kind}");
        let listed: u64 = days.iter().filter_map(|day| day.vendor.as_ref()).map(|tally| tally.count).sum();
        if kind != Kind::Events && kind != Kind::Customers {
            assert_eq!(listed, world.account.mirror.count(kind, None).await.unwrap(), "{kind}");
        }
    }
    assert_eq!(proven(&world.account).await.requests, 0);
    let now = world.account.clock.now();
    let counts = world.account.mirror.request_days().between(world.account.id(), now, now).await.unwrap();
    assert_eq!(counts.proof_reads, summary.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_first_load_skipped_is_flagged_and_healed_in_one_cycle() {
    let world = world(150).await;
    let proxy = Hiding::before(&world.vendor.base_url()).await;
    let (account, _clock, _folder) = account_at(&proxy.base_url(), world.vendor.secret_key()).await;
    sync(&world.account).await.unwrap();
    let (hidden, created, amount) = an_old_payment(&world.account).await;
    proxy.rules.lock().unwrap().hidden.insert(hidden.clone());
    sync(&account).await.unwrap();
    assert_eq!(amount_of(&account, &hidden).await, None);
    proxy.rules.lock().unwrap().hidden.clear();
    let (summary, gaps) = cycle(&account, Scope::default()).await;
    assert!(summary.unwrap().failed.is_none());
    let found = Found { missing: 1, ..Found::default() };
    assert!(gaps.contains(&(Kind::Payments, day_of(created), found)), "{gaps:?}");
    assert_eq!(amount_of(&account, &hidden).await, Some(amount));
    let day = day(&account, Kind::Payments, day_of(created)).await;
    assert_eq!((day.state, day.found), (ProofState::Green, found));
    assert!(day.healed_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_row_of_all_is_missed_too() {
    let world = mirrored(60).await;
    let oldest = world
        .account
        .mirror
        .find("", mirror::FindScope::all(domain::Timestamp::const_from_ms(0)), 100, None)
        .await
        .unwrap();
    let oldest = oldest.items.last().unwrap().payment.vendor_id.clone();
    world.account.mirror.tamper(&format!("delete from payments where vendor_id = '{oldest}'")).await.unwrap();
    // The slice no longer knows of that time either.
    world
        .account
        .mirror
        .tamper("update sync_slices set earliest_seen = earliest_seen + 86400000 * 9")
        .await
        .unwrap();
    let (_, gaps) = cycle(&world.account, Scope::default()).await;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(amount_of(&world.account, &oldest).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_deleted_behind_its_back_is_flagged_and_healed_in_one_cycle() {
    let world = mirrored(150).await;
    proven(&world.account).await;
    let (id, created, amount) = an_old_payment(&world.account).await;
    let sql = format!("delete from payments where vendor_id = '{id}'");
    assert_eq!(world.account.mirror.tamper(&sql).await.unwrap(), 1);
    let (summary, gaps) = cycle(&world.account, Scope::default()).await;
    let summary = summary.unwrap();
    assert!(gaps.iter().any(|(kind, day, _)| (*kind, *day) == (Kind::Payments, day_of(created))), "{gaps:?}");
    assert_eq!(amount_of(&world.account, &id).await, Some(amount));
    let day = day(&world.account, Kind::Payments, day_of(created)).await;
    assert_eq!((day.state, day.found.missing), (ProofState::Green, 1), "{day:?}");
    assert!(summary.requests <= 3, "only the day in question is listed: {}", summary.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_altered_behind_its_back_is_flagged_and_healed_in_one_cycle_whatever_else_the_row_says() {
    let world = mirrored(150).await;
    proven(&world.account).await;
    let scope = mirror::OverviewScope {
        account: None,
        from: Timestamp::from_ms(0),
        until: world.account.clock.now(),
        reasons: 5,
    };
    let overview = world.account.mirror.overview(scope).await.unwrap();
    let (id, created, amount) = an_old_payment(&world.account).await;
    // Whoever alters money would also say that it was stated in a far future.
    let sql = format!(
        "update payments set amount_minor = 1, captured_minor = 1, observed_at = 9999999999999 where vendor_id = '{id}'"
    );
    assert_eq!(world.account.mirror.tamper(&sql).await.unwrap(), 1);
    let (_, gaps) = cycle(&world.account, Scope::default()).await;
    assert!(gaps.iter().any(|(kind, day, _)| (*kind, *day) == (Kind::Payments, day_of(created))), "{gaps:?}");
    assert_eq!(amount_of(&world.account, &id).await, Some(amount));
    let day = day(&world.account, Kind::Payments, day_of(created)).await;
    assert_eq!((day.state, day.found.altered), (ProofState::Green, 1), "{day:?}");
    let again = world.account.mirror.overview(scope).await.unwrap();
    assert!(
        again.totals == overview.totals && again.days == overview.days,
        "the figures are those of before"
    );
    assert_eq!(
        world
            .account
            .mirror
            .find(&id, mirror::FindScope::all(domain::Timestamp::const_from_ms(0)), 9, None)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_every_kind_that_was_altered_deleted_or_holds_no_sense_is_healed() {
    let world = mirrored(150).await;
    proven(&world.account).await;
    let mirror = &world.account.mirror;
    for sql in [
        "update payments set currency = 'no money' where key = (select min(key) from payments)",
        "update refunds set status = 'failed' where key = (select min(key) from refunds where status = 'succeeded')",
        "update customers set deleted = 1 where key = (select min(key) from customers)",
        "update payment_intents set received_minor = received_minor + 1 where key = (select min(key) from payment_intents)",
        "delete from balance_entries where key = (select min(key) from balance_entries)",
        "update payouts set key = key + 86400 * 67108864 where key = (select min(key) from payouts)",
        "update events set subject_id = 'ch_x' where key = (select key from events order by key desc limit 1 offset 8)",
    ] {
        assert_eq!(mirror.tamper(sql).await.unwrap(), 1, "{sql}");
    }
    let (summary, gaps) = cycle(&world.account, Scope::default()).await;
    assert!(summary.as_ref().unwrap().failed.is_none(), "{summary:?}");
    let flagged: std::collections::BTreeSet<Kind> = gaps.iter().map(|(kind, ..)| *kind).collect();
    let disputes_alone = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Disputes).collect();
    assert_eq!(flagged, disputes_alone);
    for kind in Kind::ALL {
        let mut days = days(&world.account, kind).await;
        days.retain(|day| day.state != ProofState::Green);
        assert!(days.is_empty(), "{kind}: {days:?}");
    }
    assert_eq!(cycle(&world.account, Scope::default()).await.1, Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_made_up_is_taken_out_and_kept_in_the_log() {
    let world = mirrored(100).await;
    proven(&world.account).await;
    let (id, created, _) = an_old_payment(&world.account).await;
    let columns: Vec<&str> = "account, created_at, observed_at, digest, amount_minor, currency, captured_minor, refunded_minor, status, disputed, metadata".split(", ").collect();
    let sql = format!(
        "insert into payments (key, vendor_id, {0}) select key + 16, 'ch_made_up', {0} from payments where vendor_id = '{id}'",
        columns.join(", ")
    );
    assert_eq!(world.account.mirror.tamper(&sql).await.unwrap(), 1);
    let (summary, _) = cycle(&world.account, Scope::default()).await;
    assert!(summary.unwrap().failed.is_none());
    assert_eq!(amount_of(&world.account, "ch_made_up").await, None);
    let day = day(&world.account, Kind::Payments, day_of(created)).await;
    assert_eq!((day.state, day.found.unknown), (ProofState::Green, 1), "{day:?}");
    let filter = mirror::BookFilter { subject: Some("ch_made_up".to_owned()), ..Default::default() };
    let book = world.account.mirror.book().list(&filter, 10, None).await.unwrap();
    assert!(book.items.iter().any(|line| line.action == "record_not_at_vendor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_half_way_leaves_amber_and_never_green() {
    let world = world(400).await;
    let proxy = Hiding::before(&world.vendor.base_url()).await;
    let (account, _clock, _folder) = account_at(&proxy.base_url(), world.vendor.secret_key()).await;
    sync(&account).await.unwrap();
    proxy.rules.lock().unwrap().failing = Some(("/v1/charges".to_owned(), 2));
    let (summary, _) = cycle(&account, Scope::default()).await;
    let summary = summary.unwrap();
    assert!(matches!(summary.failed, Some(OperationError::Vendor(_))), "{summary:?}");
    let payments = days(&account, Kind::Payments).await;
    assert!(payments.iter().any(|day| day.state == ProofState::Amber && day.problem.is_some()));
    let first_page = payments.iter().filter(|day| day.state == ProofState::Green).count();
    assert!(first_page < payments.len(), "the list that failed was not proven");
    proxy.rules.lock().unwrap().failing = None;
    let account = connected_anew(&account, world.vendor.secret_key());
    let healed = proven(&account).await;
    assert_eq!(healed.left, 0);
    assert!(days(&account, Kind::Payments).await.iter().all(|day| day.state == ProofState::Green));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_stays_red_while_the_vendor_cannot_be_reached() {
    let world = world(120).await;
    let proxy = Hiding::before(&world.vendor.base_url()).await;
    let (account, _clock, _folder) = account_at(&proxy.base_url(), world.vendor.secret_key()).await;
    sync(&account).await.unwrap();
    proven(&account).await;
    let (id, created, _) = an_old_payment(&account).await;
    account
        .mirror
        .tamper(&format!("update payments set amount_minor = 5 where vendor_id = '{id}'"))
        .await
        .unwrap();
    proxy.rules.lock().unwrap().failing = Some(("/v1/".to_owned(), 1));
    let (summary, gaps) = cycle(&account, Scope::default()).await;
    assert!(summary.unwrap().failed.is_some());
    assert_eq!(gaps.len(), 1);
    let red = day(&account, Kind::Payments, day_of(created)).await;
    assert_eq!((red.state, red.problem.as_deref()), (ProofState::Red, Some("vendor_failed")));
    proxy.rules.lock().unwrap().failing = None;
    let account = connected_anew(&account, world.vendor.secret_key());
    proven(&account).await;
    assert_eq!(day(&account, Kind::Payments, day_of(created)).await.state, ProofState::Green);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_the_vendor_is_no_gap_and_its_day_is_compared_again() {
    let world = mirrored(150).await;
    proven(&world.account).await;
    let page = world
        .account
        .mirror
        .find(
            "status:succeeded currency:usd",
            mirror::FindScope::all(domain::Timestamp::const_from_ms(0)),
            100,
            None,
        )
        .await;
    let page = page.unwrap();
    let whole =
        page.items.iter().map(|one| &one.payment).find(|one| one.refunded_minor == 0 && !one.disputed);
    let payment = whole.unwrap();
    let amount = domain::Money::new(100, payment.amount.currency);
    let elsewhere = domain::IntentId::generate();
    let write = vendors::stripe::Stripe::build_refund(elsewhere, &payment.vendor_id, amount, None).unwrap();
    world.account.stripe.send_write(&write, "made-elsewhere", uuid::Uuid::new_v4()).await;
    // Compared before anything followed: the payment is other than in the mirror, and no gap.
    let scope = Scope { every_day: true, ..Scope::default() };
    let (summary, gaps) = cycle(&world.account, scope).await;
    assert!(summary.unwrap().failed.is_none());
    assert_eq!(gaps, Vec::new());
    let found =
        world.account.mirror.payments().by_id(world.account.id(), &payment.vendor_id).await.unwrap().unwrap();
    assert_eq!(found.payment.refunded_minor, 100);
    proven(&world.account).await;
    let day = day(&world.account, Kind::Payments, day_of(payment.created_at)).await;
    assert_eq!((day.state, day.found), (ProofState::Green, Found::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_too_large_for_a_cycle_is_proven_over_several_and_holds_up_no_other() {
    let world = world(150).await;
    // One day of many payments among days of few.
    let now = world.vendor.now().timestamp();
    let large = now / 86_400 + 1;
    let pass = |seconds: i64| {
        world.vendor.advance(std::time::Duration::from_secs(u64::try_from(seconds).unwrap()));
        world.clock.move_seconds(seconds);
    };
    pass(large * 86_400 + 3_600 - now);
    let mut first = None;
    for _ in 0..650 {
        pass(60);
        let form = "amount=1500&currency=usd&source=tok_visa";
        let charge = call_vendor(&world.vendor, "POST", "/v1/charges", form).await;
        first.get_or_insert(charge["id"].as_str().unwrap().to_owned());
    }
    pass(3 * 86_400);
    let account = world.account.clone();
    sync(&account).await.unwrap();
    // A row of its oldest part is altered before anything was compared.
    let altered =
        format!("update payments set amount_minor = amount_minor + 1 where vendor_id = '{}'", first.unwrap());
    account.mirror.tamper(&altered).await.unwrap();
    let mut flagged = 0;
    let mut cycles = 0;
    let mut left = u64::MAX;
    while left > 0 {
        let (summary, gaps) = cycle_of(&account, Scope::default(), 8).await;
        let summary = summary.unwrap();
        assert!(summary.failed.is_none() && summary.requests <= 8 + 1, "{summary:?}");
        flagged += gaps.iter().filter(|(kind, day, _)| (*kind, *day) == (Kind::Payments, large)).count();
        left = summary.left;
        cycles += 1;
        let of_large = days(&account, Kind::Payments).await.into_iter().find(|one| one.day == large);
        let is_green = of_large.is_some_and(|one| one.state == ProofState::Green);
        assert!(cycles >= 2 || !is_green, "it fitted into one cycle");
        assert!(cycles < 60, "some day never has its turn");
    }
    assert_eq!(flagged, 1);
    for kind in Kind::ALL {
        let days = days(&account, kind).await;
        assert!(days.iter().any(|one| one.day < large), "{kind}");
        assert!(days.iter().all(|one| one.state == ProofState::Green), "{kind}: {days:?}");
    }
    let count = account.mirror.count(Kind::Payments, None).await.unwrap();
    assert_eq!(count, 150 + 650);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_may_not_be_listed_any_more_keeps_no_other_from_its_turn() {
    let world = world(300).await;
    let proxy = Hiding::before(&world.vendor.base_url()).await;
    let (account, _clock, _folder) = account_at(&proxy.base_url(), world.vendor.secret_key()).await;
    sync(&account).await.unwrap();
    proxy.rules.lock().unwrap().forbidden = Some("/v1/charges".to_owned());
    let (summary, _) = cycle(&account, Scope::default()).await;
    let summary = summary.unwrap();
    assert!(summary.failed.is_some() && summary.left > 0);
    assert!(days(&account, Kind::Payments).await.iter().all(|one| one.state != ProofState::Green));
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Payments) {
        assert!(days(&account, kind).await.iter().all(|one| one.state == ProofState::Green), "{kind}");
    }
    let asked = &proxy.rules.lock().unwrap().asked.iter().filter(|path| path.contains("charges")).count();
    assert!(*asked < 30, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_always_fail_come_behind_the_others() {
    let world = world(300).await;
    let proxy = Hiding::before(&world.vendor.base_url()).await;
    let (account, _clock, _folder) = account_at(&proxy.base_url(), world.vendor.secret_key()).await;
    sync(&account).await.unwrap();
    proxy.rules.lock().unwrap().unreadable = Some("/v1/charges".to_owned());
    for _ in 0..4 {
        let (summary, _) = cycle(&account, Scope::default()).await;
        assert!(summary.unwrap().failed.is_some());
    }
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Payments) {
        assert!(days(&account, kind).await.iter().all(|one| one.state == ProofState::Green), "{kind}");
    }
    proxy.rules.lock().unwrap().unreadable = None;
    proven(&account).await;
    assert!(days(&account, Kind::Payments).await.iter().all(|one| one.state == ProofState::Green));
}
