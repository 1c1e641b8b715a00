//! Opening and closing the airlock before live money.
//!
//! A command whose Desk ends with it could never pass an airlock that lives in a Desk. For those the opened one
//! is kept in the vault, with its end, its actions and the user, and each such command reads it there, takes its
//! action and writes back what is left. A window, and `serve`, never read it.

use std::time::Duration;

use contract::home::{LockWrites, SetUnlockPassphrase, TouchUnlock, UnlockBy, UnlockWrites, WriteLock};
use contract::shared::Shell;
use contract::{Empty, ErrorBody, ErrorCode};
use domain::{AccountId, Environment, Secret, Timestamp};
use mirror::{AccountRow, NewLine};
use operations::OperationError;
use operations::refund::Issued;
use serde_json::json;
use vault::{EntryName, VaultKind};

use super::scope::Resolved;
use crate::airlock::{Airlock, Counted, Unlocked, view};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// How long it is open where no time is given.
const SECONDS: u32 = 10 * 60;
/// The longest time.
const SECONDS_MAX: u32 = 60 * 60;
/// The most actions.
const ACTIONS_MAX: u32 = 1_000;
/// How long it is open for one command, which takes one action.
const ONE_COMMAND_SECONDS: u32 = 10 * 60;
/// The shortest Paydesk passphrase.
const PASSPHRASE_MIN: usize = 10;
/// What a wrong passphrase costs.
const AFTER_WRONG: Duration = Duration::from_secs(2);

/// An action that was let through, until it is known whether it came to anything.
#[must_use]
pub(crate) struct Pass(Option<(AccountId, Counted)>);

impl Pass {
    /// Keeps the action where something new was written down, and gives it back otherwise.
    pub(crate) async fn settle(self, desk: &Desk, issued: &Result<Issued, OperationError>) {
        self.settle_if(desk, matches!(issued, Ok(Issued::New(_)))).await;
    }

    /// Keeps the action where something new was written down, which whoever calls says, and gives it back otherwise.
    pub(crate) async fn settle_if(self, desk: &Desk, is_new: bool) {
        if let (Some((account, Counted(true))), false) = (self.0, is_new) {
            desk.airlock.give_back(account);
            desk.keep_unlocked().await;
        }
    }
}

/// Lets one action on an account through, or refuses it.
pub(crate) async fn pass(desk: &Desk, row: &AccountRow) -> Result<Pass, ErrorBody> {
    pass_by(desk, row, Airlock::pass).await
}

/// Lets a row of a run through that was begun while the account was open, or refuses it.
pub(super) async fn pass_of_run(desk: &Desk, row: &AccountRow) -> Result<Pass, ErrorBody> {
    pass_by(desk, row, Airlock::pass_of_run).await
}

async fn pass_by(
    desk: &Desk,
    row: &AccountRow,
    take: fn(&Airlock, AccountId, Timestamp) -> Option<Counted>,
) -> Result<Pass, ErrorBody> {
    if row.environment != Environment::Live {
        return Ok(Pass(None));
    }
    desk.recall_unlocked().await?;
    let Some(counted) = take(&desk.airlock, row.id, desk.clock.now()) else { return Err(locked(row)) };
    // Without a number nothing changed by passing, and thousands pass in a run of refunds.
    if counted.0 {
        desk.keep_unlocked().await;
    }
    Ok(Pass(Some((row.id, counted))))
}

fn locked(row: &AccountRow) -> ErrorBody {
    ErrorBody::new(ErrorCode::LiveLocked).with("label", &row.label)
}

/// Refuses what will act on an account while that is not open, without taking an action.
pub(crate) async fn check_account(desk: &Desk, row: &AccountRow) -> Result<(), ErrorBody> {
    if row.environment != Environment::Live {
        return Ok(());
    }
    desk.recall_unlocked().await?;
    let open = desk.airlock.now(desk.clock.now()).filter(|open| open.account == row.id);
    open.map(|_| ()).ok_or_else(|| locked(row))
}

/// Refuses a write in live while nothing is open; which account it is for is found out later.
pub(crate) async fn check(scope: &Resolved) -> Result<(), ErrorBody> {
    if scope.environment().await? != Environment::Live {
        return Ok(());
    }
    scope.recall_unlocked().await?;
    match scope.airlock.now(scope.clock.now()) {
        Some(_) => Ok(()),
        None => Err(ErrorBody::new(ErrorCode::LiveLocked).with("label", "LABEL")),
    }
}

/// What is open, for shells. That it cannot be read is told by whatever needs it.
pub(crate) async fn how(scope: &Resolved) -> WriteLock {
    if scope.home().mirror_file(Environment::Live).exists() {
        let _ = scope.recall_unlocked().await;
    }
    scope.airlock.view(scope.clock.now())
}

/// By what unlocking is checked here.
pub(crate) async fn unlock_by(scope: &Resolved) -> UnlockBy {
    match scope.vault_kind() {
        VaultKind::Environment => UnlockBy::Label,
        VaultKind::Passphrase => UnlockBy::Passphrase,
        VaultKind::Keychain if scope.system_check.is_there() => UnlockBy::System,
        // The keychain is slow, and asked only where there is something to unlock.
        VaultKind::Keychain if !scope.home().mirror_file(Environment::Live).exists() => UnlockBy::NotSetUp,
        VaultKind::Keychain => match verifier(scope).await {
            Ok(Some(_)) => UnlockBy::Passphrase,
            _ => UnlockBy::NotSetUp,
        },
    }
}

async fn verifier(scope: &Resolved) -> Result<Option<Secret>, ErrorBody> {
    let vault = scope.vault().await?;
    scope.vault_result(vault.get(&EntryName::UnlockVerifier).await)
}

/// Answers `unlock_writes`.
pub(crate) async fn unlock(scope: &Resolved, request: UnlockWrites) -> Result<WriteLock, ErrorBody> {
    let unknown = || ErrorBody::new(ErrorCode::UnknownAccount).with("label", &request.label);
    let open = scope.existing_mirror(Environment::Live).await?.ok_or_else(unknown)?;
    let found = open.mirror.accounts().by_label(&request.label).await;
    let row = found.map_err(|error| errors::of_mirror(&error))?.ok_or_else(unknown)?;
    let (seconds, actions_left) = match request.one_command {
        true => (ONE_COMMAND_SECONDS, Some(1)),
        false => (request.seconds.unwrap_or(SECONDS), request.actions),
    };
    if !(1..=SECONDS_MAX).contains(&seconds) {
        return Err(errors::bad_request("it is unlocked for 1 second to 60 minutes"));
    }
    if actions_left.is_some_and(|actions| !(1..=ACTIONS_MAX).contains(&actions)) {
        return Err(errors::bad_request(format_args!("it is unlocked for 1 to {ACTIONS_MAX} actions")));
    }
    let ends_with_its_command = scope.desk.ends_with_its_command();
    if ends_with_its_command && !request.one_command && scope.vault_kind() == VaultKind::Environment {
        return Err(ErrorBody::new(ErrorCode::UnlockNotKept));
    }
    let passphrase = request.passphrase.map(|text| text.0);
    let by = authenticate(scope, &open, (Some(row.id), "live_unlock_refused"), passphrase).await?;
    let now = scope.clock.now();
    let line = NewLine {
        account: Some(row.id),
        facts: json!({ "seconds": seconds, "actions": actions_left, "checked_by": by }),
        ..NewLine::new(now, "live_unlocked", "")
    };
    open.mirror.book().append(&line).await.map_err(|error| errors::of_mirror(&error))?;
    scope.book_heads.want();
    let unlocked = Unlocked {
        account: row.id,
        label: row.label.to_string(),
        until: now.plus_ms(i64::from(seconds) * 1_000),
        actions_left,
        seen: (scope.scope.shell == Shell::Window).then_some(now),
        system_user: scope.system_user.clone(),
    };
    scope.airlock.open(unlocked, now, !request.one_command);
    scope.keep_unlocked().await;
    Ok(scope.airlock.view(now))
}

/// Makes sure that it is the person who trusts a key or answers a request; tells by what. Where nothing could
/// check it, only money that is none goes on, and the book says so.
pub(crate) async fn check_person(
    scope: &Resolved,
    open: &OpenMirror,
    passphrase: Option<Secret>,
) -> Result<&'static str, ErrorBody> {
    match (unlock_by(scope).await, open.mirror.environment()) {
        (UnlockBy::NotSetUp, Environment::Test | Environment::Sandbox) => Ok("nothing"),
        _ => authenticate(scope, open, (None, "approver_check_refused"), passphrase).await,
    }
}

/// Makes sure that it is the person; tells by what. A wrong passphrase is a line of the book.
async fn authenticate(
    scope: &Resolved,
    open: &OpenMirror,
    (account, refused): (Option<AccountId>, &str),
    passphrase: Option<Secret>,
) -> Result<&'static str, ErrorBody> {
    let right = match (unlock_by(scope).await, passphrase) {
        // Whoever sets the variables of this process has the keys themselves, and nothing is kept here that
        // anybody could be asked for.
        (UnlockBy::Label, _) => return Ok("label"),
        (UnlockBy::NotSetUp, _) => return Err(ErrorBody::new(ErrorCode::UnlockNotSetUp)),
        (UnlockBy::System, None) => {
            scope.system_check.ask().await?;
            return Ok("system");
        }
        (UnlockBy::Passphrase, None) => return Err(ErrorBody::new(ErrorCode::UnlockPassphraseNeeded)),
        (UnlockBy::Passphrase | UnlockBy::System, Some(passphrase)) => is_right(scope, passphrase).await?,
    };
    if right {
        return Ok("passphrase");
    }
    let line = NewLine { account, ..NewLine::new(scope.clock.now(), refused, "") };
    open.mirror.book().append(&line).await.map_err(|error| errors::of_mirror(&error))?;
    scope.book_heads.want();
    // One try at a time, and each costs so long, however many shells ask.
    tokio::time::sleep(AFTER_WRONG).await;
    Err(ErrorBody::new(ErrorCode::UnlockWrongPassphrase))
}

async fn is_right(scope: &Resolved, passphrase: Secret) -> Result<bool, ErrorBody> {
    let _alone = scope.unlocking.lock().await;
    let vault = scope.vault().await?;
    if let Some(right) = vault.is_passphrase(&passphrase) {
        return Ok(right);
    }
    let kept = verifier(scope).await?.ok_or_else(|| ErrorBody::new(ErrorCode::UnlockNotSetUp))?;
    let found = scope.vault_result(vault::verifies(&kept, passphrase).await)?;
    found.ok_or_else(|| {
        let lost = ErrorBody::new(ErrorCode::VaultEntryLost);
        lost.with("entry", "what the Paydesk passphrase is checked by")
    })
}

/// Answers `set_unlock_passphrase`.
pub(crate) async fn set_passphrase(
    scope: &Resolved,
    request: SetUnlockPassphrase,
) -> Result<Empty, ErrorBody> {
    if scope.vault_kind() != VaultKind::Keychain {
        return Err(errors::bad_request(
            "only a home whose vault is the keychain has a passphrase of its own",
        ));
    }
    let new = request.new.0;
    if new.expose().chars().count() < PASSPHRASE_MIN {
        return Err(errors::bad_request(format_args!(
            "a passphrase has at least {PASSPHRASE_MIN} characters"
        )));
    }
    if verifier(scope).await?.is_some() {
        let current = request.current.ok_or_else(|| ErrorBody::new(ErrorCode::UnlockPassphraseNeeded))?;
        if !is_right(scope, current.0).await? {
            tokio::time::sleep(AFTER_WRONG).await;
            return Err(ErrorBody::new(ErrorCode::UnlockWrongPassphrase));
        }
    }
    let kept = scope.vault_result(vault::make_verifier(new).await)?;
    let vault = scope.vault().await?;
    scope.vault_result(vault.set(&EntryName::UnlockVerifier, &kept).await)?;
    lock(scope, LockWrites { idle: false }).await?;
    Ok(Empty {})
}

/// Answers `lock_writes`.
pub(crate) async fn lock(scope: &Resolved, request: LockWrites) -> Result<WriteLock, ErrorBody> {
    scope.recall_unlocked().await?;
    let now = scope.clock.now();
    let closed = {
        let _alone = scope.keeping_unlocked.lock().await;
        let closed = match request.idle {
            // The runs that were begun go on; nobody can begin another.
            true => scope.airlock.leave(now),
            false => scope.airlock.close(),
        };
        scope.forget_unlocked().await?;
        closed
    };
    if let (Some(closed), Some(open)) = (closed, scope.existing_mirror(Environment::Live).await?) {
        let facts = if request.idle { json!({ "because": "idle" }) } else { json!({}) };
        let line = NewLine { account: Some(closed.account), facts, ..NewLine::new(now, "live_locked", "") };
        open.mirror.book().append(&line).await.map_err(|error| errors::of_mirror(&error))?;
    }
    Ok(view(None))
}

/// Answers `touch_unlock`.
pub(crate) fn touch(scope: &Resolved, _: TouchUnlock) -> WriteLock {
    let now = scope.clock.now();
    scope.airlock.touch(now);
    scope.airlock.view(now)
}

impl Desk {
    /// Takes an opened airlock over from the vault, for a Desk that ends with its command.
    pub(crate) async fn recall_unlocked(&self) -> Result<(), ErrorBody> {
        if !self.ends_with_its_command() || self.vault_kind() == VaultKind::Environment {
            return Ok(());
        }
        // What is open here, or was until its actions were spent, is newer than what the vault may still say.
        let _alone = self.keeping_unlocked.lock().await;
        if self.airlock.was_opened(self.clock.now()) {
            return Ok(());
        }
        let vault = self.vault().await?;
        let kept = self.vault_result(vault.get(&EntryName::Unlocked).await)?;
        let kept: Option<Unlocked> = kept.and_then(|text| serde_json::from_str(text.expose()).ok());
        if let Some(kept) = kept.filter(|kept| kept.system_user == self.system_user) {
            self.airlock.open(kept, self.clock.now(), true);
        }
        Ok(())
    }

    /// Writes back what is left, where the vault knows of it.
    pub(crate) async fn keep_unlocked(&self) {
        let keeps = self.ends_with_its_command() && self.vault_kind() != VaultKind::Environment;
        if !keeps || !self.airlock.outlives_its_command() {
            return;
        }
        // Of many who pass at once, whoever writes last must write what is left last.
        let _alone = self.keeping_unlocked.lock().await;
        let kept = match self.airlock.now(self.clock.now()) {
            None => self.forget_unlocked().await,
            Some(open) => self.write_unlocked(&open).await,
        };
        if let Err(error) = kept {
            // Nothing is left open that could not be counted.
            tracing::warn!(code = %error.code, "the airlock could not be kept, and is closed");
            self.airlock.close();
        }
    }

    async fn write_unlocked(&self, open: &Unlocked) -> Result<(), ErrorBody> {
        let text = serde_json::to_string(open).map_err(errors::defect)?;
        let vault = self.vault().await?;
        self.vault_result(vault.set(&EntryName::Unlocked, &Secret::new(text)).await)
    }

    async fn forget_unlocked(&self) -> Result<(), ErrorBody> {
        if self.vault_kind() == VaultKind::Environment {
            return Ok(());
        }
        let vault = self.vault().await?;
        self.vault_result(vault.delete(&EntryName::Unlocked).await)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use contract::book::ListBook;
    use contract::home::{LockWrites, ShowHome, UnlockWrites};
    use contract::refunds::{IssueRefund, RefundAmount};
    use contract::shared::Shell;
    use contract::{ErrorBody, ErrorCode, Request, Response, Scope, SecretText};
    use domain::{AccountId, Environment, RequestId, Secret};
    use mirror::{AccountRow, KeyReference};
    use tokio::sync::broadcast;

    use super::pass;
    use crate::connection::DeskOptions;
    use crate::desk::Desk;
    use crate::home::Home;

    const PASSPHRASE: &str = "correct horse battery staple";
    const LIVE: Scope = Scope { environment: Some(Environment::Live), shell: Shell::Command };
    const WINDOW: Scope = Scope { environment: Some(Environment::Live), shell: Shell::Window };

    /// A Desk as a command takes it, or one that goes on.
    async fn desk(folder: &Path, background: bool) -> Arc<Desk> {
        let options = DeskOptions {
            home: folder.join("home"),
            shell: Shell::Command,
            passphrase: Some(Secret::new(PASSPHRASE)),
            background,
            vault: Some("passphrase".to_owned()),
        };
        let home = Home::open(&options.home).unwrap();
        Desk::open(home, &options, broadcast::channel(8).0, Arc::new(operations::SystemClock)).await.unwrap()
    }

    /// A live account. Its key goes to the vendor alone, so no test may make it call.
    async fn live_account(desk: &Desk, label: &str) -> AccountRow {
        let row = AccountRow {
            id: AccountId::generate(),
            vendor: domain::Vendor::Stripe,
            environment: Environment::Live,
            label: label.parse().unwrap(),
            base_url: "https://api.stripe.com".to_owned(),
            key_reference: KeyReference::Vault,
            write_key_reference: None,
            vendor_account_id: None,
            vendor_name: None,
            rights_json: "[]".to_owned(),
            default_currency: None,
            created_at: desk.clock.now(),
            removed_at: None,
        };
        desk.mirror(Environment::Live).await.unwrap().mirror.accounts().insert(&row).await.unwrap();
        row
    }

    fn unlock(label: &str, passphrase: Option<&str>, actions: Option<u32>) -> Request {
        let passphrase = passphrase.map(|text| SecretText(Secret::new(text)));
        UnlockWrites { label: label.to_owned(), seconds: Some(600), actions, passphrase, one_command: false }
            .into()
    }

    /// A refund of nothing that could be asked for at a vendor: what is refused later than by the lock is that.
    async fn refund(desk: &Arc<Desk>) -> ErrorBody {
        let request = IssueRefund {
            request_id: RequestId::generate(),
            payment: "no payment at all".to_owned(),
            amount: RefundAmount::All,
            reason: None,
            note: None,
            ticket: None,
            wait_ms: None,
            undo_seconds: None,
            approval: None,
        };
        desk.answer(LIVE, request.into()).await.unwrap_err()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn having_an_event_of_a_live_account_delivered_again_waits_for_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path(), true).await;
        let account = live_account(&desk, "acme").await;
        let created = desk.clock.now().as_ms() / 1_000;
        let event = serde_json::json!({
            "id": "evt_live", "object": "event", "created": created, "livemode": true, "type": "payout.paid",
            "pending_webhooks": 0, "data": { "object": { "id": "po_1", "object": "payout", "created": created } },
        });
        let seen = vendors::stripe::read_event(event.to_string().as_bytes(), true).unwrap();
        let open = desk.mirror(Environment::Live).await.unwrap();
        open.mirror.commit_page(account.id, &[seen.observed], None).await.unwrap();
        drop(open);
        let resend = || contract::events::ResendEvent { id: "evt_live".to_owned(), endpoint: None };
        let refused = desk.answer(LIVE, resend().into()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::LiveLocked);
        desk.answer(LIVE, unlock("acme", Some(PASSPHRASE), None)).await.unwrap();
        // Past the lock it wants the key, which the vault does not have, so that nobody is called here.
        let refused = desk.answer(LIVE, resend().into()).await.unwrap_err();
        assert_ne!(refused.code, ErrorCode::LiveLocked, "{refused:?}");
        desk.close().await;
    }

    async fn actions(desk: &Arc<Desk>) -> Vec<String> {
        match desk.answer(LIVE, ListBook::default().into()).await.unwrap() {
            Response::list_book(page) => page.items.into_iter().rev().map(|line| line.action).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn live_is_locked_until_the_passphrase_opens_one_account_and_after_lock_again() {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path(), true).await;
        let (shop, other) = (live_account(&desk, "shop").await, live_account(&desk, "other").await);
        assert_eq!(refund(&desk).await.code, ErrorCode::LiveLocked);
        for (passphrase, code) in
            [(None, ErrorCode::UnlockPassphraseNeeded), (Some("a guess"), ErrorCode::UnlockWrongPassphrase)]
        {
            assert_eq!(desk.answer(LIVE, unlock("shop", passphrase, None)).await.unwrap_err().code, code);
            assert_eq!(refund(&desk).await.code, ErrorCode::LiveLocked);
        }
        desk.answer(WINDOW, unlock("shop", Some(PASSPHRASE), Some(1))).await.unwrap();
        assert_eq!(refund(&desk).await.code, ErrorCode::UnknownId, "the lock lets it through");
        assert_eq!(pass(&desk, &other).await.err().unwrap().code, ErrorCode::LiveLocked);
        let used = pass(&desk, &shop).await.unwrap();
        assert_eq!(
            pass(&desk, &shop).await.err().unwrap().code,
            ErrorCode::LiveLocked,
            "one action was open"
        );
        // It came to nothing, so it may be tried again.
        used.settle(&desk, &Err(operations::OperationError::OutOfTime)).await;
        let Response::show_home(home) = desk.answer(WINDOW, ShowHome::default().into()).await.unwrap() else {
            panic!("the home is shown")
        };
        let lock =
            home.environments.iter().find(|one| one.environment == Environment::Live).unwrap().lock.clone();
        assert_eq!((lock.account.as_deref(), lock.actions_left), (Some("shop"), Some(1)));
        desk.answer(LIVE, LockWrites { idle: false }.into()).await.unwrap();
        assert_eq!(refund(&desk).await.code, ErrorCode::LiveLocked);
        let wanted =
            ["account_added", "account_added", "live_unlock_refused", "live_unlocked", "live_locked"];
        assert_eq!(actions(&desk).await, wanted);
        desk.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn commands_that_follow_share_what_was_unlocked_and_nobody_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let first = desk(folder.path(), false).await;
        let shop = live_account(&first, "shop").await;
        first.answer(LIVE, unlock("shop", Some(PASSPHRASE), Some(2))).await.unwrap();
        first.close().await;
        // A Desk that goes on was not unlocked by anybody.
        let window = desk(folder.path(), true).await;
        assert_eq!(refund(&window).await.code, ErrorCode::LiveLocked);
        window.close().await;
        for _ in 0..2 {
            let command = desk(folder.path(), false).await;
            assert_eq!(refund(&command).await.code, ErrorCode::UnknownId);
            let _spent = pass(&command, &shop).await.unwrap();
            command.close().await;
        }
        let command = desk(folder.path(), false).await;
        assert_eq!(refund(&command).await.code, ErrorCode::LiveLocked, "both actions are spent");
        command.answer(LIVE, unlock("shop", Some(PASSPHRASE), None)).await.unwrap();
        command.answer(LIVE, LockWrites { idle: false }.into()).await.unwrap();
        command.close().await;
        let command = desk(folder.path(), false).await;
        assert_eq!(refund(&command).await.code, ErrorCode::LiveLocked, "locking is for all of them");
        // For one command alone nothing is left behind.
        let once = UnlockWrites {
            label: "shop".to_owned(),
            seconds: None,
            actions: None,
            passphrase: Some(SecretText(Secret::new(PASSPHRASE))),
            one_command: true,
        };
        command.answer(LIVE, once.into()).await.unwrap();
        assert_eq!(refund(&command).await.code, ErrorCode::UnknownId);
        command.close().await;
        let command = desk(folder.path(), false).await;
        assert_eq!(refund(&command).await.code, ErrorCode::LiveLocked);
        command.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_restart_locks_what_a_window_unlocked() {
        let folder = tempfile::tempdir().unwrap();
        let window = desk(folder.path(), true).await;
        live_account(&window, "shop").await;
        window.answer(WINDOW, unlock("shop", Some(PASSPHRASE), None)).await.unwrap();
        assert_eq!(refund(&window).await.code, ErrorCode::UnknownId);
        window.close().await;
        for background in [true, false] {
            let again = desk(folder.path(), background).await;
            assert_eq!(refund(&again).await.code, ErrorCode::LiveLocked);
            again.close().await;
        }
    }
}
