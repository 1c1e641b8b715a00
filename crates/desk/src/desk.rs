//! What the Desk owns, and how a request finds its way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError};

use contract::endpoint::Tag;
use contract::shared::Shell;
use contract::{ErrorBody, ErrorCode, Notice, Request, Response, Scope};
use domain::{AccountId, Environment, IntentId};
use mirror::{Acting, Mirror};
use operations::Clock;
use tokio::sync::{Mutex, OnceCell, RwLock, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vault::{PassphraseSource, Vault, VaultConfig, VaultKind};

use crate::activity_turns::Turns;
use crate::airlock::Airlock;
use crate::answer;
use crate::book_heads::BookHeads;
use crate::call_log::CallLog;
use crate::clients::Clients;
use crate::connection::DeskOptions;
use crate::credential::SystemCheck;
use crate::errors;
use crate::handing_over::HandingOver;
use crate::home::Home;
use crate::listening::Listening;
use crate::look_ups::LookUps;
use crate::put_off::PutOffs;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::telemetry::Telemetry;
use crate::telling::Telling;
use crate::undo_windows::{self, UndoWindows};
use crate::view_watch::ViewWatch;

/// An environment's mirror with the log of its calls.
#[derive(Clone)]
pub(crate) struct OpenMirror {
    pub(crate) mirror: Mirror,
    pub(crate) calls: CallLog,
}

impl OpenMirror {
    /// The same mirror, for somebody.
    pub(crate) fn acting(&self, acting: Acting) -> Self {
        Self { mirror: self.mirror.acting(acting), calls: self.calls.clone() }
    }

    /// The same mirror, for what Paydesk does by itself.
    pub(crate) fn by_itself(&self) -> Self {
        let system_user = self.mirror.who().system_user.clone();
        self.acting(Acting { system_user, ..Acting::default() })
    }
}

/// The one Desk of a home.
pub(crate) struct Desk {
    home: Home,
    pub(crate) shell: Shell,
    pub(crate) clock: Arc<dyn Clock>,
    vault_config: VaultConfig,
    vault: OnceCell<Vault>,
    vault_failed: AtomicBool,
    pub(crate) settings: Mutex<Settings>,
    mirrors: Mutex<HashMap<Environment, OpenMirror>>,
    pub(crate) clients: Clients,
    notices: broadcast::Sender<Notice>,
    /// What of live is unlocked. It lives only here, so a restart locks it.
    pub(crate) airlock: Airlock,
    /// The system's own check of the person.
    pub(crate) system_check: SystemCheck,
    /// One passphrase is tried at a time.
    pub(crate) unlocking: Mutex<()>,
    /// The person's key is made once.
    pub(crate) making_key: Mutex<()>,
    /// What is left unlocked is written into the vault, or read from it, by one at a time.
    pub(crate) keeping_unlocked: Mutex<()>,
    /// Held by each write, and alone by whoever changes the key that writes go by.
    pub(crate) changing_keys: RwLock<()>,
    /// Whether the Desk goes on without being asked: a window's, or that of `serve`.
    pub(crate) background: bool,
    /// One driver per intent at a time.
    pub(crate) driving: BlockingMutex<HashMap<IntentId, Arc<Mutex<()>>>>,
    /// Intents that are tried later because of an error of our own.
    pub(crate) put_offs: PutOffs,
    /// Undo windows that are counted down here.
    pub(crate) undo_windows: UndoWindows,
    /// One at a time of what closes or copies whole files.
    pub(crate) keeping: Mutex<()>,
    /// Keys that files were given while this Desk runs, where the vault keeps nothing.
    keys: BlockingMutex<HashMap<Environment, domain::Secret>>,
    /// Environments whose last write the disk refused, with what it said.
    blocked: BlockingMutex<HashMap<Environment, ErrorCode>>,
    pub(crate) syncs: answer::sync::Syncs,
    pub(crate) proofs: answer::proof::Proofs,
    pub(crate) exports: answer::exports::Exports,
    pub(crate) bulks: answer::bulk_sending::Bulks,
    /// The runs of email that are being sent.
    pub(crate) mail_runs: answer::bulk_sending::Bulks,
    pub(crate) view_watch: ViewWatch,
    /// The listener for what vendors deliver.
    pub(crate) listening: Listening,
    /// What sends events on to endpoints.
    pub(crate) relay: Relay,
    /// Who the operating system says the user is.
    pub(crate) system_user: String,
    /// What was shown, until it is in the book.
    pub(crate) look_ups: LookUps,
    pub(crate) handing_over: HandingOver,
    /// What refunds tell their payers.
    pub(crate) telling: Telling,
    /// Turns at the vendor's activity.
    pub(crate) activity_turns: Turns,
    /// The heads of the books in the vault.
    pub(crate) book_heads: BookHeads,
    /// Figures of calls, and where they are sent.
    pub(crate) telemetry: Telemetry,
    /// The text for support that was shown last, until it is saved.
    pub(crate) shown_diagnostics: BlockingMutex<Option<String>>,
    /// Ends everything that the Desk does by itself.
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    log_writers: TaskTracker,
}

impl Desk {
    /// Opens what is always needed; mirrors and the vault are opened when something asks for them, but a vault
    /// whose passphrase was typed for a window at once.
    pub(crate) async fn open(
        home: Home,
        options: &DeskOptions,
        notices: broadcast::Sender<Notice>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, ErrorBody> {
        let settings = Settings::load(&home)?;
        let lookup = |name: &str| match &options.vault {
            Some(vault) if name == vault::VAULT_VARIABLE => Some(vault.clone()),
            _ => std::env::var(name).ok(),
        };
        let mut vault_config =
            VaultConfig::from_environment(home.root().to_owned(), settings.home_id.clone(), lookup)
                .map_err(|error| errors::of_vault(&error))?;
        if options.shell == Shell::Window && vault_config.kind == VaultKind::Environment {
            return Err(ErrorBody::new(ErrorCode::WindowNeedsVault));
        }
        if let Some(passphrase) = &options.passphrase {
            vault_config.passphrase = Some(PassphraseSource::Given(passphrase.clone()));
        }
        let desk = Arc::new(Self {
            home,
            shell: options.shell,
            clock,
            vault_config,
            vault: OnceCell::new(),
            vault_failed: AtomicBool::new(false),
            settings: Mutex::new(settings),
            mirrors: Mutex::default(),
            clients: Clients::default(),
            notices,
            airlock: Airlock::default(),
            system_check: SystemCheck::default(),
            unlocking: Mutex::default(),
            making_key: Mutex::default(),
            keeping_unlocked: Mutex::default(),
            changing_keys: RwLock::default(),
            background: options.background,
            driving: BlockingMutex::default(),
            put_offs: PutOffs::default(),
            undo_windows: UndoWindows::default(),
            keeping: Mutex::default(),
            keys: BlockingMutex::default(),
            blocked: BlockingMutex::default(),
            syncs: answer::sync::Syncs::default(),
            proofs: answer::proof::Proofs::default(),
            exports: answer::exports::Exports::default(),
            bulks: answer::bulk_sending::Bulks::default(),
            mail_runs: answer::bulk_sending::Bulks::default(),
            view_watch: ViewWatch::default(),
            listening: Listening::default(),
            relay: Relay::default(),
            system_user: whoami::username().unwrap_or_default(),
            look_ups: LookUps::default(),
            handing_over: HandingOver::default(),
            telling: Telling::default(),
            activity_turns: Turns::default(),
            book_heads: BookHeads::default(),
            telemetry: Telemetry::default(),
            shown_diagnostics: BlockingMutex::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            log_writers: TaskTracker::new(),
        });
        if options.passphrase.is_some() && options.shell == Shell::Window {
            // Somebody typed it and waits for a window: that it is wrong is said now. A command such as
            // `doctor` must open a home whose vault stays closed.
            desk.vault().await?;
        }
        Ok(desk)
    }

    /// Answers a request. A write is carried out to its end even if the shell goes away meanwhile.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        scope: Scope,
        request: Request,
    ) -> Result<Response, ErrorBody> {
        let endpoint = request.endpoint();
        let scope = answer::scope::Resolved::of(Arc::clone(self), scope);
        if endpoint.writes {
            answer::airlock::check(&scope).await?;
        }
        let environment = scope.scope.environment;
        let answer = self.tasks.spawn(answer::dispatch(scope, request)).await.map_err(errors::defect)?;
        if let (Err(error), Some(environment)) = (&answer, environment) {
            self.note_refused_write(environment, error);
        }
        if endpoint.writes {
            self.book_heads.want();
        }
        if answer.is_ok() && !endpoint.invalidates.is_empty() {
            for environment in environment.map_or_else(|| Environment::ALL.to_vec(), |one| vec![one]) {
                self.say(Notice::Changed { environment, tags: endpoint.invalidates.to_vec() });
            }
        }
        answer
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Tells every shell.
    pub(crate) fn say(&self, notice: Notice) {
        if let Notice::Changed { environment, tags } = &notice
            && tags.contains(&Tag::Payments)
        {
            self.view_watch.wake(*environment);
            // What changed payments may have brought events.
            self.relay.wake(*environment);
        }
        match &notice {
            Notice::Event { environment, .. } => self.view_watch.wake_of_events(*environment),
            Notice::Changed { environment, tags } if tags.contains(&Tag::Events) => {
                self.view_watch.wake_of_events(*environment);
            }
            _ => {}
        }
        // Nobody has to listen.
        let _ = self.notices.send(notice);
    }

    /// Tells every shell that something may have changed.
    pub(crate) fn say_changed(&self, environment: Environment, tags: &[Tag]) {
        self.say(Notice::Changed { environment, tags: tags.to_vec() });
    }

    /// The kind of vault that was chosen, known without opening it.
    pub(crate) fn vault_kind(&self) -> VaultKind {
        self.vault_config.kind
    }

    /// Whether the vault answered when it was last needed.
    pub(crate) fn vault_available(&self) -> bool {
        !self.vault_failed.load(Ordering::Relaxed)
    }

    /// The vault, opened at its first use.
    pub(crate) async fn vault(&self) -> Result<&Vault, ErrorBody> {
        let opened = self.vault.get_or_try_init(|| Vault::open(self.vault_config.clone())).await;
        self.vault_failed.store(opened.is_err(), Ordering::Relaxed);
        opened.map_err(|error| errors::of_vault(&error))
    }

    /// Notes how a use of the vault went, for the status bar, and turns its error into words.
    pub(crate) fn vault_result<T>(&self, result: Result<T, vault::VaultError>) -> Result<T, ErrorBody> {
        self.vault_failed.store(result.is_err(), Ordering::Relaxed);
        result.map_err(|error| errors::of_vault(&error))
    }

    /// The mirror of an environment, where its file exists.
    pub(crate) async fn existing_mirror(
        &self,
        environment: Environment,
    ) -> Result<Option<OpenMirror>, ErrorBody> {
        let mut mirrors = self.mirrors.lock().await;
        if let Some(open) = mirrors.get(&environment) {
            return Ok(Some(open.clone()));
        }
        if !self.home.mirror_file(environment).exists() {
            return Ok(None);
        }
        let open = self.open_mirror(environment).await?;
        mirrors.insert(environment, open.clone());
        Ok(Some(open))
    }

    /// The mirror of an environment, made where there is none.
    pub(crate) async fn mirror(&self, environment: Environment) -> Result<OpenMirror, ErrorBody> {
        let mut mirrors = self.mirrors.lock().await;
        if let Some(open) = mirrors.get(&environment) {
            return Ok(open.clone());
        }
        let open = self.open_mirror(environment).await?;
        mirrors.insert(environment, open.clone());
        Ok(open)
    }

    /// All open mirrors. Whoever holds this keeps others from opening one.
    pub(crate) async fn mirrors(&self) -> tokio::sync::MutexGuard<'_, HashMap<Environment, OpenMirror>> {
        self.mirrors.lock().await
    }

    async fn open_mirror(&self, environment: Environment) -> Result<OpenMirror, ErrorBody> {
        let path = self.home.mirror_file(environment);
        let key = match path.exists() {
            true => self.existing_mirror_key(environment).await?,
            false => self.new_mirror_key(environment).await?,
        };
        let options = mirror::OpenOptions { path, environment, key, readers: READERS };
        let mirror = Mirror::open(options).await.map_err(|error| errors::of_mirror(&error))?;
        // What the Desk does by itself is in the book as the doing of this user's Paydesk.
        let mirror = mirror.acting(Acting { system_user: self.system_user.clone(), ..Acting::default() });
        let now = self.clock.now();
        let held =
            mirror.work_on(&self.home.device(), now).await.map_err(|error| errors::of_mirror(&error))?;
        if held > 0 {
            tracing::warn!(
                held,
                "the home came from another device, so its open intents are only looked for"
            );
        }
        undo_windows::find_ended(&self.undo_windows, &mirror, now).await;
        // What stands as on its way and is not was cut off.
        let under_way = self.handing_over.ids();
        mirror.messages().recover(now, &under_way).await.map_err(|error| errors::of_mirror(&error))?;
        let calls = CallLog::start(
            mirror.clone(),
            &self.log_writers,
            environment,
            Arc::clone(&self.telemetry.figures),
        );
        Ok(OpenMirror { mirror, calls })
    }

    /// The key that opens an environment's file; none for a plain file under the environment vault.
    pub(crate) async fn existing_mirror_key(
        &self,
        environment: Environment,
    ) -> Result<Option<domain::Secret>, ErrorBody> {
        let given = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&environment).cloned();
        if given.is_some() {
            return Ok(given);
        }
        let vault = self.vault().await?;
        let (name, next) =
            (vault::EntryName::MirrorKey(environment), vault::EntryName::NextMirrorKey(environment));
        let key = self.vault_result(vault.get(&name).await)?;
        if vault.kind() == VaultKind::Environment {
            return Ok(key);
        }
        let path = self.home.mirror_file(environment);
        if let Some(key) = &key
            && !matches!(mirror::opens(&path, key).await, Ok(false))
        {
            return Ok(Some(key.clone()));
        }
        // A change of the key was broken off after the file had the new one.
        let Some(next_key) = self.vault_result(vault.get(&next).await)? else {
            let lost = ErrorBody::new(ErrorCode::VaultEntryLost);
            let lost = lost.with("entry", format!("the key of the {environment} mirror"));
            return if key.is_some() { Ok(key) } else { Err(lost) };
        };
        if matches!(mirror::opens(&path, &next_key).await, Ok(true)) {
            self.vault_result(vault.set(&name, &next_key).await)?;
            self.vault_result(vault.delete(&next).await)?;
            return Ok(Some(next_key));
        }
        Ok(key)
    }

    /// The key of a new file, stored before the file is made, so that there is never a file whose key
    /// was lost on the way.
    async fn new_mirror_key(&self, environment: Environment) -> Result<Option<domain::Secret>, ErrorBody> {
        let name = vault::EntryName::MirrorKey(environment);
        let vault = self.vault().await?;
        if let Some(key) = self.vault_result(vault.get(&name).await)? {
            return Ok(Some(key));
        }
        if vault.kind() == VaultKind::Environment {
            return Ok(None);
        }
        let key = Mirror::generate_key().map_err(|error| errors::of_mirror(&error))?;
        self.vault_result(vault.set(&name, &key).await)?;
        Ok(Some(key))
    }

    /// Goes on with a key that the vault cannot be given.
    pub(crate) fn remember_key(&self, environment: Environment, key: domain::Secret) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(environment, key);
    }

    /// Takes down that the disk refused a write, so that shells show it and it is tried again.
    pub(crate) fn note_refused_write(&self, environment: Environment, error: &ErrorBody) {
        if matches!(error.code, ErrorCode::DiskFull | ErrorCode::DiskFails) {
            let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
            if blocked.insert(environment, error.code).is_none() {
                drop(blocked);
                self.say_changed(environment, &[Tag::Home]);
            }
        }
    }

    /// What the disk said to the last write of an environment, where it refused it.
    pub(crate) fn blocked(&self, environment: Environment) -> Option<ErrorCode> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner).get(&environment).copied()
    }

    /// Environments whose last write the disk refused.
    pub(crate) fn blocked_environments(&self) -> Vec<Environment> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// The disk takes writes again.
    pub(crate) fn unblock(&self, environment: Environment) {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner).remove(&environment);
    }

    /// The locks of intents that somebody drives now.
    pub(crate) fn drivers(&self) -> Vec<Arc<Mutex<()>>> {
        self.driving.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The home's folder for copies, made where it is missing.
    pub(crate) fn backups(&self) -> Result<std::path::PathBuf, ErrorBody> {
        let folder = self.home.file("backups");
        let made = std::fs::create_dir_all(&folder).and_then(|()| crate::home::keep_private(&folder));
        made.map_err(|error| errors::of_mirror(&error.into()))?;
        Ok(folder)
    }

    /// Whether this Desk was taken by a command, and ends with it.
    pub(crate) fn ends_with_its_command(&self) -> bool {
        self.shell == Shell::Command && !self.background
    }

    /// The lock that keeps one intent from being driven twice at once.
    pub(crate) fn intent_lock(&self, id: IntentId) -> Arc<Mutex<()>> {
        let mut driving = self.driving.lock().unwrap_or_else(PoisonError::into_inner);
        driving.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(driving.entry(id).or_default())
    }

    /// Whether somebody drives the intent now.
    pub(crate) fn is_driven(&self, id: IntentId) -> bool {
        let driving = self.driving.lock().unwrap_or_else(PoisonError::into_inner);
        driving.get(&id).is_some_and(|lock| Arc::strong_count(lock) > 1)
    }

    /// Forgets what is kept open for an account, after its key or row changed.
    pub(crate) fn forget_account(&self, account: AccountId) {
        self.clients.forget(account);
    }

    /// Stops what the Desk does by itself; requests under way are still answered.
    pub(crate) fn stop_work(&self) {
        self.stop.cancel();
    }

    /// Waits for everything under way, then closes the files.
    pub(crate) async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.clients.close().await;
        self.look_ups.write_waiting().await;
        self.keep_book_heads().await;
        let open: Vec<OpenMirror> = self.mirrors.lock().await.drain().map(|(_, open)| open).collect();
        let mirrors: Vec<Mirror> = open.into_iter().map(|open| open.mirror).collect();
        // The last sender of each call log is gone by now, so its writer ends after its last row.
        self.log_writers.close();
        self.log_writers.wait().await;
        for mirror in mirrors {
            if let Err(error) = mirror.close().await {
                tracing::warn!(%error, "a mirror was not closed cleanly");
            }
        }
    }
}

/// Connections that read a mirror at once.
const READERS: u32 = 4;
