//! Beginning, pausing and canceling runs of refunds.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use contract::bulk::{BulkRunState, BulkRunView, CancelBulk, PauseBulk, RunBulk};
use contract::{ErrorBody, ErrorCode};
use domain::bulk::{BulkRun, BulkState};
use domain::{IntentId, Kind};
use mirror::{AccountRow, Acting, BegunRun, MirrorError};
use operations::OpenAccount;
use serde_json::json;

use super::bulk_cover::{Agreement, Cover, agreement};
use super::bulk_job::Job;
use super::bulk_sending::Sending;
use super::bulk_view::{in_words, note, run_of, same_total, state_now, total_words, view, wrong_state};
use super::refunds::read_ticket;
use super::scope::Resolved;
use super::{airlock, approved};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Answers `run_bulk`, as soon as its rows are being sent.
pub(crate) async fn run(scope: &Resolved, request: RunBulk) -> Result<BulkRunView, ErrorBody> {
    let (open, accounts) = scope.accounts().await?;
    let ticket = read_ticket(request.ticket)?;
    let open = open.acting(Acting { ticket, ..open.mirror.who().clone() });
    let run = run_of(&open, &request.id).await?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownAccount).with("label", run.account_id);
    let row = accounts.into_iter().find(|row| row.id == run.account_id).ok_or_else(unknown)?;
    airlock::check_account(&scope.desk, &row).await?;
    let account = OpenAccount { reads_back: false, ..scope.worked(&open, &row).await? };
    let approval = request.approval.as_deref().map(approved::id_of).transpose()?;
    let wished = Wished { row, account, total: request.total, resume: request.resume, approval };
    begin(&scope.desk, &open, &run, wished).await?;
    view(&scope.desk, &open, &run).await
}

/// What a run is begun with.
pub(super) struct Wished {
    pub(super) row: AccountRow,
    pub(super) account: OpenAccount,
    /// What is to be sent, as it was shown.
    pub(super) total: String,
    pub(super) resume: bool,
    /// What a second person agreed to, where it begins under that.
    pub(super) approval: Option<IntentId>,
}

/// Begins a run, or leaves one alone that is being sent already.
pub(super) async fn begin(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    run: &BulkRun,
    wished: Wished,
) -> Result<(), ErrorBody> {
    let Wished { row, account, total, resume, approval } = wished;
    // While it is decided what is sent, nobody ticks.
    let _alone = desk.bulks.deciding.lock().await;
    let run = run_of(open, &run.id.to_string()).await?;
    match state_now(desk, &run) {
        state @ BulkRunState::Canceled => return Err(wrong_state(state)),
        // Asked twice, it is sent once.
        BulkRunState::Running => return Ok(()),
        _ if run.started_at.is_some() && !resume => return Err(ErrorBody::new(ErrorCode::BulkBegun)),
        _ => {}
    }
    let agreement = match approval {
        Some(id) => Some(agreement(desk, open, &row, id).await?),
        None => None,
    };
    check_total(open, &run, &total, agreement.as_ref()).await?;
    let sending = Arc::new(Sending::new(desk, &row));
    desk.bulks.add(run.id, Arc::clone(&sending))?;
    let begun = match agreement {
        Some(agreement) => begin_under(desk, open, &run, &account, agreement).await,
        None => begin_alone(desk, open, &run, &row).await,
    };
    let cover = match begun {
        Ok(cover) => cover,
        Err(error) => {
            desk.bulks.all().remove(&run.id);
            return Err(error);
        }
    };
    let facts = json!({ "total": total, "resumed": resume, "approval": approval.map(|id| id.to_string()) });
    note(desk, open, "bulk_begun", &run, facts).await;
    let job = Job { desk: Arc::clone(desk), open: open.clone(), row, account, run, sending, cover };
    desk.tasks.clone().spawn(job.go());
    Ok(())
}

/// Lets a run stand as running. Rows that it was begun with under an approval before keep that.
async fn begin_alone(
    desk: &Desk,
    open: &OpenMirror,
    run: &BulkRun,
    row: &AccountRow,
) -> Result<Cover, ErrorBody> {
    let runs = open.mirror.bulk_runs();
    let to_send = runs.to_send(run.id).await.map_err(of_mirror)?;
    let cover = Cover::of_rows(desk, open, row, &to_send).await?;
    let from = [BulkState::Ready, BulkState::Running, BulkState::Paused, BulkState::Done];
    let begun = runs.set_state(run.id, &from, BulkState::Running, None, desk.clock.now()).await;
    match begun.map_err(of_mirror)? {
        true => Ok(cover),
        false => Err(wrong_state(BulkRunState::Canceled)),
    }
}

/// Lets a run stand as running under an approval, which that spends.
async fn begin_under(
    desk: &Desk,
    open: &OpenMirror,
    run: &BulkRun,
    account: &OpenAccount,
    agreement: Agreement,
) -> Result<Cover, ErrorBody> {
    // Whether it is still in its time is not left to this machine's clock alone.
    account.learn_time(Kind::Payments).await;
    let begun = BegunRun {
        run: run.id,
        approval: agreement.id,
        rows: &agreement.rows,
        now: desk.clock.now(),
        latest: account.now().latest(),
    };
    open.mirror.approvals().begin_run(&begun).await.map_err(of_mirror)?;
    desk.book_heads.want();
    Ok(Cover::of(agreement))
}

/// Refuses where what is to be sent is not what was shown, or nothing.
async fn check_total(
    open: &OpenMirror,
    run: &BulkRun,
    wished: &str,
    agreement: Option<&Agreement>,
) -> Result<(), ErrorBody> {
    let runs = open.mirror.bulk_runs();
    let total = match agreement {
        Some(agreement) => in_words(agreement.totals.iter().copied()),
        None => total_words(&runs.counts(run.id).await.map_err(of_mirror)?),
    };
    if !same_total(&total, wished) {
        return Err(ErrorBody::new(ErrorCode::BulkTotalChanged).with("total", total));
    }
    if total == "0" && runs.pending(run.id).await.map_err(of_mirror)?.is_empty() {
        return Err(ErrorBody::new(ErrorCode::BulkNothingToSend));
    }
    Ok(())
}

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `pause_bulk`, once what was on its way came to rest.
pub(crate) async fn pause(scope: &Resolved, request: PauseBulk) -> Result<BulkRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    let Some(sending) = scope.bulks.get(run.id) else {
        return Err(wrong_state(state_now(&scope.desk, &run)));
    };
    sending.pause("by_person", None);
    sending.wait().await;
    view(&scope.desk, &open, &run).await
}

/// Answers `cancel_bulk`, once what was on its way came to rest.
pub(crate) async fn cancel(scope: &Resolved, request: CancelBulk) -> Result<BulkRunView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let run = run_of(&open, &request.id).await?;
    if let Some(sending) = scope.bulks.get(run.id) {
        sending.canceled.store(true, Ordering::Relaxed);
        sending.pause("by_person", None);
        sending.wait().await;
    }
    let from = [BulkState::Ready, BulkState::Running, BulkState::Paused];
    let now = scope.clock.now();
    let runs = open.mirror.bulk_runs();
    let canceled = runs.set_state(run.id, &from, BulkState::Canceled, None, now).await.map_err(of_mirror)?;
    let run = run_of(&open, &request.id).await?;
    if !canceled && run.state != BulkState::Canceled {
        return Err(wrong_state(state_now(&scope.desk, &run)));
    }
    note(scope, &open, "bulk_canceled", &run, json!({})).await;
    view(&scope.desk, &open, &run).await
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use contract::accounts::{ConnectAccount, KeySource};
    use contract::book::ListBook;
    use contract::bulk::{BulkOrigin, ImportBulk};
    use contract::home::LockWrites;
    use contract::shared::Shell;
    use contract::sync::StartSync;
    use contract::{Request, Response, Scope, SecretText};
    use domain::{Environment, RequestId, Secret};
    use tokio::sync::broadcast;

    use super::*;
    use crate::airlock::Unlocked;
    use crate::connection::DeskOptions;
    use crate::home::Home;

    const SANDBOX: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Command };
    const ROWS: usize = 12;

    async fn desk(folder: &Path) -> Arc<Desk> {
        let options = DeskOptions {
            home: folder.join("home"),
            shell: Shell::Command,
            passphrase: Some(Secret::new("correct horse battery staple")),
            background: false,
            vault: Some("passphrase".to_owned()),
        };
        let home = Home::open(&options.home).unwrap();
        Desk::open(home, &options, broadcast::channel(64).0, Arc::new(operations::SystemClock)).await.unwrap()
    }

    async fn asked(desk: &Arc<Desk>, request: impl Into<Request>) -> Response {
        desk.answer(SANDBOX, request.into()).await.unwrap()
    }

    /// A run of refunds of one dollar each, whose payments are at a vendor on this machine.
    async fn imported(desk: &Arc<Desk>, vendor: &sandbox::Sandbox) -> BulkRunView {
        let key = KeySource::Text { key: SecretText(Secret::new(vendor.secret_key())) };
        let (label, base_url) = ("shop".to_owned(), Some(vendor.base_url()));
        asked(desk, ConnectAccount { vendor: domain::Vendor::Stripe, label, base_url, key }).await;
        asked(desk, StartSync { account: None, wait: true }).await;
        let scope = Resolved::of(Arc::clone(desk), SANDBOX);
        let (open, row) = scope.one_account(None).await.unwrap();
        let found = mirror::FindScope { account: Some(row.id), now: desk.clock.now() };
        let found =
            open.mirror.find("status:succeeded currency:usd amount:>6", found, 100, None).await.unwrap();
        let whole = found.items.iter().map(|one| &one.payment);
        let whole = whole.filter(|one| one.refunded_minor == 0 && !one.disputed).take(ROWS);
        let text: String = whole.map(|one| format!("{},1.00\n", one.vendor_id)).collect();
        assert_eq!(text.lines().count(), ROWS);
        let request = ImportBulk {
            request_id: RequestId::generate(),
            origin: BulkOrigin::Text { text },
            sheet: None,
            mapping: None,
            decimals: None,
            account: None,
            reason: None,
            note: None,
        };
        match asked(desk, request).await {
            Response::import_bulk(run) => run,
            other => panic!("{other:?}"),
        }
    }

    /// Opens live for so many actions, or for somebody at a window, and begins, as if the account were live: keys
    /// of live accounts go to the vendor alone, so no test can have one. Everything but the row's own environment
    /// is as it is.
    async fn begun(desk: &Arc<Desk>, id: &str, actions: Option<u32>, at_window: bool) -> AccountRow {
        let scope = Resolved::of(Arc::clone(desk), SANDBOX);
        let (open, row) = scope.one_account(None).await.unwrap();
        let account = scope.worked(&open, &row).await.unwrap();
        let row = AccountRow { environment: Environment::Live, ..row };
        let unlocked = Unlocked {
            account: row.id,
            label: row.label.to_string(),
            until: desk.clock.now().plus_ms(600_000),
            actions_left: actions,
            seen: at_window.then(|| desk.clock.now()),
            system_user: desk.system_user.clone(),
        };
        assert_eq!(
            airlock::check_account(desk, &row).await.err().map(|error| error.code),
            Some(ErrorCode::LiveLocked)
        );
        desk.airlock.open(unlocked, desk.clock.now(), true);
        desk.keep_unlocked().await;
        airlock::check_account(desk, &row).await.unwrap();
        let run = run_of(&open, id).await.unwrap();
        let total = view(desk, &open, &run).await.unwrap().total;
        let wished = Wished { row: row.clone(), account, total, resume: true, approval: None };
        begin(desk, &open, &run, wished).await.unwrap();
        row
    }

    /// The run as it came to rest.
    async fn rested(desk: &Arc<Desk>, id: &str) -> BulkRunView {
        let scope = Resolved::of(Arc::clone(desk), SANDBOX);
        let (open, _) = scope.one_account(None).await.unwrap();
        let run = run_of(&open, id).await.unwrap();
        if let Some(sending) = desk.bulks.get(run.id) {
            sending.wait().await;
        }
        view(desk, &open, &run).await.unwrap()
    }

    async fn sent(desk: &Arc<Desk>, id: &str, actions: Option<u32>) -> BulkRunView {
        begun(desk, id, actions, false).await;
        rested(desk, id).await
    }

    async fn lock(desk: &Arc<Desk>, idle: bool) {
        let live = Scope { environment: Some(Environment::Live), shell: Shell::Window };
        desk.answer(live, LockWrites { idle }.into()).await.unwrap();
    }

    fn rows_in(run: &BulkRunView, state: &str) -> u64 {
        run.totals.iter().filter(|one| one.state == state).map(|one| one.rows).sum()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_lock_that_closes_half_way_pauses_the_run_and_costs_no_row() {
        let config = sandbox::SandboxConfig { charges: 120, ..sandbox::SandboxConfig::default() };
        let vendor = sandbox::Sandbox::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path()).await;
        let run = imported(&desk, &vendor).await;
        for wanted in [5, 8] {
            let paused = sent(&desk, &run.id, Some(if wanted == 5 { 5 } else { 3 })).await;
            assert_eq!(
                (paused.state, paused.problem.as_deref()),
                (BulkRunState::Paused, Some("live_locked")),
                "{paused:?}"
            );
            let counted = (rows_in(&paused, "settled"), rows_in(&paused, "ready"), paused.totals.len());
            assert_eq!(counted, (wanted, ROWS as u64 - wanted, 2), "each row was one action: {paused:?}");
        }
        let done = sent(&desk, &run.id, None).await;
        assert_eq!((done.state, rows_in(&done, "settled")), (BulkRunState::Done, ROWS as u64), "{done:?}");
        assert!(vendor.counters().refunds_by_charge.values().all(|refunds| *refunds == 1));
        let Response::list_book(book) = asked(&desk, ListBook::default()).await else { panic!("a book") };
        let count = |action: &str| book.items.iter().filter(|line| line.action == action).count();
        assert_eq!(
            (count("bulk_imported"), count("bulk_begun"), count("bulk_paused"), count("refund_decided")),
            (1, 3, 2, ROWS)
        );
        desk.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_run_that_was_begun_goes_on_when_nobody_is_at_the_window_and_stops_when_somebody_locks() {
        let config = sandbox::SandboxConfig { charges: 120, ..sandbox::SandboxConfig::default() };
        let vendor = sandbox::Sandbox::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path()).await;
        let run = imported(&desk, &vendor).await;
        // The first row goes alone, so most have not passed when it is locked.
        vendor.set_faults("POST /v1/refunds:latency=300".parse().unwrap());
        begun(&desk, &run.id, None, true).await;
        lock(&desk, false).await;
        let paused = rested(&desk, &run.id).await;
        assert_eq!((paused.state, paused.problem.as_deref()), (BulkRunState::Paused, Some("live_locked")));
        assert!(rows_in(&paused, "ready") >= ROWS as u64 - 1, "{paused:?}");
        let row = begun(&desk, &run.id, None, true).await;
        lock(&desk, true).await;
        let refused = airlock::check_account(&desk, &row).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::LiveLocked, "nobody can begin anything");
        assert!(airlock::pass(&desk, &row).await.is_err(), "nor refund one payment");
        let done = rested(&desk, &run.id).await;
        assert_eq!((done.state, rows_in(&done, "settled")), (BulkRunState::Done, ROWS as u64), "{done:?}");
        assert!(vendor.counters().refunds_by_charge.values().all(|refunds| *refunds == 1));
        assert!(airlock::check_account(&desk, &row).await.is_err(), "and it stays locked");
        desk.close().await;
    }
}
