//! The operating system's keychain, asked with a hard limit on time.
//!
//! A keychain call can block for ever: a hung bus accepts the connection and never answers, and a locked
//! keychain waits for a person. So every call runs on a thread of its own that nobody joins. Unlike a
//! thread of tokio's blocking pool it does not hold up the end of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use domain::Secret;
use tokio::sync::oneshot;
use zeroize::Zeroize;

use crate::entry_name::EntryName;
use crate::error::VaultError;

#[cfg_attr(all(unix, not(target_os = "macos")), path = "keychain/secret_service.rs")]
#[cfg_attr(not(all(unix, not(target_os = "macos"))), path = "keychain/native.rs")]
mod platform;

/// Every entry of Paydesk stands under this service name.
const SERVICE: &str = "paydesk";

/// A little under the promised 3 s, so that the answer is there within them.
const LIMIT: Duration = Duration::from_millis(2_800);

/// How many calls may hang at once. With a dead bus each one keeps a thread until the bus goes away.
const MOST_CALLS_AT_ONCE: usize = 16;

/// The longest secret the keychain is given, in bytes; Windows takes 2,560 and says so by itself.
const LONGEST_SECRET_BYTES: usize = 64 * 1024;

/// A home's part of the keychain.
#[derive(Debug)]
pub(crate) struct Keychain {
    home_id: String,
    calls: Arc<Calls>,
}

/// What all calls of one vault share.
#[derive(Debug, Default)]
struct Calls {
    running: AtomicUsize,
    /// Whether the keychain's own unlock dialog is open for one of our calls.
    dialog_open: AtomicBool,
}

impl Keychain {
    pub(crate) fn new(home_id: String) -> Self {
        Self { home_id, calls: Arc::default() }
    }

    pub(crate) async fn get(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        let place = self.place(&name.to_string());
        self.call(move |call| read(&platform::open(call, &place)?, &place)).await
    }

    pub(crate) async fn set(&self, name: &EntryName, secret: &Secret) -> Result<(), VaultError> {
        let place = self.place(&name.to_string());
        let secret = secret.clone();
        if secret.expose().len() > LONGEST_SECRET_BYTES {
            return Err(VaultError::TooLong { name: place.entry });
        }
        self.call(move |call| write(&platform::open(call, &place)?, &place, &secret)).await
    }

    pub(crate) async fn delete(&self, name: &EntryName) -> Result<(), VaultError> {
        let place = self.place(&name.to_string());
        self.call(move |call| remove(&platform::open(call, &place)?, &place)).await
    }

    /// Stores, reads and removes an entry of a name nobody else uses, so that two probes at once do not
    /// meet. What it stores is random and means nothing.
    pub(crate) async fn probe(&self) -> Result<(), VaultError> {
        let place = self.place(&format!("probe:{}", hex::encode(rand::random::<[u8; 8]>())));
        let secret = Secret::new(hex::encode(rand::random::<[u8; 8]>()));
        self.call(move |call| {
            let entry = platform::open(call, &place)?;
            let found = write(&entry, &place, &secret).and_then(|()| read(&entry, &place));
            // Removed whatever happened: the write may have arrived even when the reading failed.
            let removed = remove(&entry, &place);
            if found?.as_ref() != Some(&secret) {
                return Err(VaultError::DamagedEntry { name: place.entry });
            }
            removed
        })
        .await
    }

    fn place(&self, entry: &str) -> Place {
        Place { user: format!("{}/{entry}", self.home_id), entry: entry.to_owned() }
    }

    /// Runs `work` on a thread of its own and waits for it up to the limit.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Call) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let slot = Slot::take(&self.calls).ok_or(VaultError::TimedOut)?;
        let progress = Arc::new(Progress::default());
        let call = Call { calls: Arc::clone(&self.calls), progress: Arc::clone(&progress) };
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                let _slot = slot;
                // Nobody listens after the limit; the answer is then dropped, and a secret in it wiped.
                let _unheard = sender.send(work(&call));
            })
            .map_err(|error| VaultError::Interrupted(Some(Box::new(error))))?;
        // Dropped when the answer came, when the limit passed and when the caller's future is cancelled.
        let _leaving = Leaving(&progress);
        match tokio::time::timeout(LIMIT, receiver).await {
            Ok(Ok(result)) => result,
            Ok(Err(stopped)) => Err(VaultError::Interrupted(Some(Box::new(stopped)))),
            Err(_elapsed) if progress.waits_for_person.load(Ordering::SeqCst) => {
                Err(VaultError::Locked(None))
            }
            Err(_elapsed) => Err(VaultError::TimedOut),
        }
    }
}

/// Where an entry stands in the keychain.
struct Place {
    /// The user name of the entry: the home's id and the entry's text.
    user: String,
    /// The entry's text alone, for messages and for the label a person sees in the keychain's program.
    entry: String,
}

/// One call, as seen from its own thread.
struct Call {
    calls: Arc<Calls>,
    progress: Arc<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    waits_for_person: AtomicBool,
    caller_left: AtomicBool,
}

#[cfg_attr(
    not(all(unix, not(target_os = "macos"))),
    expect(dead_code, reason = "only the Secret Service tells us that it is locked before it asks")
)]
impl Call {
    /// Asks a person to unlock the keychain, by `ask`, which blocks until they answered.
    ///
    /// One dialog at a time: with twenty accounts to read, twenty would pile up. Once the dialog is
    /// answered a call whose caller has left stops here, so that nothing is stored behind the back of
    /// someone who was told that it failed.
    fn ask_person(&self, ask: impl FnOnce() -> Result<(), VaultError>) -> Result<(), VaultError> {
        if self.calls.dialog_open.swap(true, Ordering::SeqCst) {
            return Err(VaultError::Locked(None));
        }
        self.progress.waits_for_person.store(true, Ordering::SeqCst);
        let answer = ask();
        self.progress.waits_for_person.store(false, Ordering::SeqCst);
        self.calls.dialog_open.store(false, Ordering::SeqCst);
        answer?;
        if self.progress.caller_left.load(Ordering::SeqCst) {
            return Err(VaultError::Locked(None));
        }
        Ok(())
    }
}

/// Marks a call as abandoned when its caller stops waiting.
struct Leaving<'a>(&'a Progress);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.caller_left.store(true, Ordering::SeqCst);
    }
}

/// One of the calls that may run at once; given back when its thread ends.
struct Slot(Arc<Calls>);

impl Slot {
    fn take(calls: &Arc<Calls>) -> Option<Self> {
        let running = calls.running.fetch_add(1, Ordering::SeqCst);
        let slot = Self(Arc::clone(calls));
        (running < MOST_CALLS_AT_ONCE).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn read(entry: &keyring::Entry, place: &Place) -> Result<Option<Secret>, VaultError> {
    match entry.get_password() {
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error, place)),
    }
}

fn write(entry: &keyring::Entry, place: &Place, secret: &Secret) -> Result<(), VaultError> {
    entry.set_password(secret.expose()).map_err(|error| explain(error, place))
}

fn remove(entry: &keyring::Entry, place: &Place) -> Result<(), VaultError> {
    match entry.delete_credential() {
        Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
        Err(error) => Err(explain(error, place)),
    }
}

/// Turns the keychain's error into ours. Those that carry the stored bytes are not kept as a source:
/// their `Debug` would print a secret into the log.
fn explain(error: keyring::Error, place: &Place) -> VaultError {
    match error {
        keyring::Error::BadEncoding(mut bytes) | keyring::Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            VaultError::DamagedEntry { name: place.entry.clone() }
        }
        keyring::Error::Ambiguous(_) => VaultError::Ambiguous { name: place.entry.clone() },
        keyring::Error::TooLong(..) => VaultError::TooLong { name: place.entry.clone() },
        keyring::Error::NoStorageAccess(source) => platform::explain_no_access(source),
        keyring::Error::NoDefaultStore => VaultError::Unavailable(None),
        other => VaultError::KeychainFailed(Some(Box::new(other))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn keychain() -> Keychain {
        Keychain::new("home".to_owned())
    }

    fn place() -> Place {
        keychain().place("account-key:a1")
    }

    #[test]
    fn two_homes_have_two_places() {
        let other = Keychain::new("other".to_owned());
        assert_ne!(place().user, other.place("account-key:a1").user);
    }

    #[test]
    fn an_error_that_carries_the_secret_does_not_pass_it_on() {
        let canary = b"sk_live_canary\xff".to_vec();
        for error in [
            keyring::Error::BadEncoding(canary.clone()),
            keyring::Error::BadDataFormat(canary.clone(), Box::new(std::fmt::Error)),
        ] {
            let told = explain(error, &place());
            assert_eq!(told.code(), "damaged_entry");
            assert!(!format!("{told:?} {told}").contains("canary"));
            assert!(
                !format!("{told:?}").contains("115, 107"),
                "the bytes must not be listed either: {told:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_ends_times_out_and_gives_its_slot_back_when_it_does() {
        let keychain = keychain();
        let (release, released) = mpsc::channel::<()>();
        let error = keychain
            .call(move |_| {
                let _ended = released.recv();
                Ok(())
            })
            .await
            .unwrap_err();
        assert_eq!(error.code(), "timed_out");
        assert_eq!(keychain.calls.running.load(Ordering::SeqCst), 1);
        drop(release);
        while keychain.calls.running.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hung_calls_are_limited() {
        let keychain = keychain();
        let (release, released) = mpsc::channel::<()>();
        let released = Arc::new(std::sync::Mutex::new(released));
        let started = Arc::new(AtomicUsize::new(0));
        for _ in 0..MOST_CALLS_AT_ONCE + 3 {
            let (released, started) = (Arc::clone(&released), Arc::clone(&started));
            let result = keychain.call(move |_| {
                started.fetch_add(1, Ordering::SeqCst);
                let _ended = released.lock().map(|receiver| receiver.recv());
                Ok(())
            });
            assert_eq!(result.await.unwrap_err().code(), "timed_out");
        }
        // A refused call gives back what it counted, so exactly the hung ones are left.
        assert_eq!(keychain.calls.running.load(Ordering::SeqCst), MOST_CALLS_AT_ONCE);
        assert!(started.load(Ordering::SeqCst) <= MOST_CALLS_AT_ONCE);
        drop(release);
    }

    #[tokio::test]
    async fn a_call_that_panics_is_an_error() {
        let error = keychain().call::<()>(|_| panic!("the store's mutex was poisoned")).await.unwrap_err();
        assert_eq!(error.code(), "interrupted");
    }

    #[tokio::test]
    async fn an_open_dialog_says_locked_and_there_is_only_one() {
        let keychain = keychain();
        let (release, released) = mpsc::channel::<()>();
        let (open, opened) = oneshot::channel();
        let (ended, end) = mpsc::channel();
        let asking = keychain.call(move |call| {
            let answer = call.ask_person(|| {
                let _heard = open.send(());
                let _answered = released.recv();
                Ok(())
            });
            // The caller has left by now, so the work behind the dialog must not be done.
            let _heard = ended.send(answer.is_err());
            answer
        });
        let limit_passes = async {
            opened.await.unwrap();
            // From here on the clock jumps to the limit; before, the thread needs real time to start.
            tokio::time::pause();
        };
        let (first, ()) = tokio::join!(asking, limit_passes);
        assert_eq!(first.unwrap_err().code(), "locked");
        tokio::time::resume();
        let second = keychain.call(|call| call.ask_person(|| panic!("a second dialog"))).await;
        assert_eq!(second.unwrap_err().code(), "locked");
        drop(release);
        assert!(end.recv().unwrap(), "work went on after its caller was told that it failed");
        keychain.call(|call| call.ask_person(|| Ok(()))).await.unwrap();
    }
}
