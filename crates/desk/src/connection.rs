//! What a shell holds: the Desk itself, or a line to the one that runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::endpoint::Call;
use contract::shared::Shell;
use contract::{ErrorBody, ErrorCode, Notice, Request, Response, Scope};
use domain::{Environment, Secret};
use operations::{Clock, SystemClock};
use tokio::sync::{Mutex, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::desk::Desk;
use crate::home::Home;
use crate::remote::RemoteDesk;
use crate::seat::{self, Owner, Seat};
use crate::{
    applying, book_heads, listening, log_file, message_logs, relay, scheduler, server, socket, telemetry,
    telling, view_watch,
};

/// How long a shell tries to take or reach the Desk while another one starts or ends.
const SEATING_LIMIT: Duration = Duration::from_secs(40);
/// How often it tries.
const SEATING_PAUSE: Duration = Duration::from_millis(20);
/// How often a request is repeated when the Desk goes away under it. A write is carried out once
/// all the same, because its request id is the same each time.
const REPEATS_MAX: u32 = 3;
/// Notices that a slow shell may fall behind before it is told to show everything anew.
const NOTICES_WAITING_MAX: usize = 512;

/// How a shell opens its home.
#[derive(Debug, Clone)]
pub struct DeskOptions {
    /// The home's folder.
    pub home: PathBuf,
    /// The sort of shell.
    pub shell: Shell,
    /// The vault's passphrase, where the shell asked for it.
    pub passphrase: Option<Secret>,
    /// Whether the Desk also works by itself: following, settling. The window and `paydeskctl serve`
    /// say yes; a command's Desk does its own request only.
    pub background: bool,
    /// The vault, in place of what `PAYDESK_VAULT` says.
    pub vault: Option<String>,
}

/// A shell's way to the Desk of its home.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
}

struct Inner {
    options: DeskOptions,
    clock: Arc<dyn Clock>,
    home: Home,
    place: Mutex<Option<Place>>,
    notices: broadcast::Sender<Notice>,
    closing: CancellationToken,
}

/// Where the Desk is.
#[derive(Clone)]
enum Place {
    Here(Arc<Running>),
    There(RemoteDesk),
}

/// The Desk in this process.
struct Running {
    desk: Arc<Desk>,
    stop: CancellationToken,
    tasks: TaskTracker,
    seat: Mutex<Option<Seat>>,
    address: String,
}

impl Connection {
    /// Takes the home's Desk, or connects to the one that runs.
    ///
    /// # Errors
    /// When the home cannot be used, or the running Desk is of another version.
    pub async fn open(options: DeskOptions) -> Result<Self, ErrorBody> {
        Self::open_at(options, Arc::new(SystemClock)).await
    }

    /// As [`Connection::open`], with the time passed in.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub async fn open_at(options: DeskOptions, clock: Arc<dyn Clock>) -> Result<Self, ErrorBody> {
        let home = Home::open(&options.home)?;
        let (notices, _) = broadcast::channel(NOTICES_WAITING_MAX);
        let (place, closing) = (Mutex::new(None), CancellationToken::new());
        let inner = Inner { options, clock, home, place, notices, closing };
        let connection = Self { inner: Arc::new(inner) };
        connection.place().await?;
        Ok(connection)
    }

    /// Calls the Desk.
    ///
    /// # Errors
    /// Whatever the Desk answers; `internal` if it answers another request than the one asked.
    pub async fn call<C: Call>(&self, scope: Scope, request: C) -> Result<C::Response, ErrorBody> {
        let response = self.request(scope, request.into()).await?;
        C::Response::try_from(response).map_err(|_| {
            ErrorBody::new(ErrorCode::Internal).with("why", "the answer belongs to another request")
        })
    }

    /// Calls the Desk with any request.
    ///
    /// # Errors
    /// Whatever the Desk answers; `desk_gone` when it went away again and again.
    pub async fn request(&self, scope: Scope, request: Request) -> Result<Response, ErrorBody> {
        let mut repeats = 0;
        loop {
            let answer = match self.place().await? {
                Place::Here(running) => return running.desk.answer(scope, request).await,
                Place::There(remote) => remote.request(scope, request.clone()).await,
            };
            match answer {
                Err(error) if error.code == ErrorCode::DeskGone && repeats < REPEATS_MAX => {
                    repeats += 1;
                    self.leave_gone_desk().await;
                }
                other => return other,
            }
        }
    }

    /// What the Desk says without being asked.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.inner.notices.subscribe()
    }

    /// Whether the Desk runs in this process.
    pub async fn owns_desk(&self) -> bool {
        matches!(&*self.inner.place.lock().await, Some(Place::Here(_)))
    }

    /// Leaves. Where the Desk is here, everything under way is answered first, the files are closed
    /// and the lock is given up.
    pub async fn close(self) {
        self.inner.closing.cancel();
        let place = self.inner.place.lock().await.take();
        if let Some(Place::Here(running)) = place {
            running.close().await;
        }
    }

    async fn place(&self) -> Result<Place, ErrorBody> {
        let mut place = self.inner.place.lock().await;
        if let Some(found) = &*place {
            return Ok(found.clone());
        }
        let found = self.find_place().await?;
        *place = Some(found.clone());
        if let Place::There(remote) = &found {
            self.watch(remote.clone());
        }
        Ok(found)
    }

    /// Takes the lock or reaches its owner, again and again while one starts or ends.
    async fn find_place(&self) -> Result<Place, ErrorBody> {
        let inner = &self.inner;
        let started = Instant::now();
        loop {
            if let Some(seat) = Seat::try_take(&inner.home)? {
                return Ok(Place::Here(Arc::new(self.run(seat).await?)));
            }
            if let Some(owner) = seat::owner(&inner.home) {
                let remote =
                    RemoteDesk::connect(&owner.address, inner.options.shell, inner.notices.clone()).await?;
                if let Some(remote) = remote {
                    return Ok(Place::There(remote));
                }
            }
            if started.elapsed() > SEATING_LIMIT {
                return Err(ErrorBody::new(ErrorCode::DeskGone));
            }
            tokio::time::sleep(SEATING_PAUSE).await;
        }
    }

    /// Runs the Desk in this process.
    async fn run(&self, mut seat: Seat) -> Result<Running, ErrorBody> {
        let inner = &self.inner;
        let no_socket = |error: std::io::Error| {
            ErrorBody::new(ErrorCode::HomeReadOnly).with("path", "the runtime folder").with("why", error)
        };
        // There is one writer of a home's log: whoever holds its seat.
        log_file::open(inner.home.root());
        let desk =
            Desk::open(inner.home.clone(), &inner.options, inner.notices.clone(), Arc::clone(&inner.clock))
                .await?;
        let address = socket::address(&inner.home, socket::Listens::Desk).map_err(no_socket)?;
        let listener = socket::listen(&address).map_err(no_socket)?;
        seat.announce(&inner.home, &Owner { process: std::process::id(), address: address.clone() })?;
        // Commands come by the thousand; what works by itself is worth a line.
        if inner.options.background {
            tracing::info!(
                version = env!("CARGO_PKG_VERSION"),
                shell = ?inner.options.shell,
                process = std::process::id(),
                "the Desk of this home runs here"
            );
        }
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(server::serve(listener, Arc::clone(&desk), stop.clone(), tasks.clone()));
        tasks.spawn(book_heads::run(Arc::clone(&desk), stop.clone()));
        if inner.options.background {
            tasks.spawn(telemetry::run(Arc::clone(&desk), stop.clone()));
            tasks.spawn(scheduler::run(Arc::clone(&desk), stop.clone()));
            tasks.spawn(view_watch::run(Arc::clone(&desk), stop.clone()));
            tasks.spawn(listening::run(Arc::clone(&desk), stop.clone()));
            tasks.spawn(applying::run(Arc::clone(&desk), stop.clone()));
            tasks.spawn(telling::run(Arc::clone(&desk), stop.clone()));
            tasks.spawn(message_logs::run(Arc::clone(&desk), stop.clone()));
            for environment in Environment::ALL {
                tasks.spawn(relay::run(Arc::clone(&desk), environment, stop.clone()));
            }
        }
        Ok(Running { desk, stop, tasks, seat: Mutex::new(Some(seat)), address })
    }

    /// When the Desk elsewhere ends, a shell that works in the background becomes the Desk.
    fn watch(&self, remote: RemoteDesk) {
        let connection = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = connection.inner.closing.cancelled() => return,
                () = remote.gone() => {}
            }
            connection.leave_gone_desk().await;
            if connection.inner.options.background {
                if let Err(error) = connection.place().await {
                    tracing::warn!(code = %error.code, "the Desk could not be taken over");
                }
                // Whatever was said while nobody listened must be shown anew.
                let _ = connection.inner.notices.send(Notice::Missed {});
            }
        });
    }

    /// Forgets a Desk elsewhere that is gone; the next request takes its place or finds another.
    async fn leave_gone_desk(&self) {
        let mut place = self.inner.place.lock().await;
        let gone = match &*place {
            Some(Place::There(remote)) => remote.is_gone(),
            _ => false,
        };
        if gone {
            *place = None;
        }
    }
}

impl Running {
    async fn close(&self) {
        self.stop.cancel();
        self.desk.stop_work();
        self.tasks.close();
        self.tasks.wait().await;
        self.desk.close().await;
        log_file::close();
        #[cfg(unix)]
        let _ = std::fs::remove_file(&self.address);
        // Last of all: only now may another process open the files.
        drop(self.seat.lock().await.take());
    }
}
