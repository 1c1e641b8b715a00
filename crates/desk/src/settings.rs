//! Preferences of the home, in `settings.toml`. No secret is ever in it.

use std::fs;
use std::io::{self, Write};

use contract::{ErrorBody, ErrorCode};
use domain::Environment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::home::Home;

const FILE: &str = "settings.toml";

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Part of every keychain entry, so that two homes of one user never collide.
    pub(crate) home_id: String,
    /// What the person calls themselves, for the book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The address that mail is sent from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_email: Option<String>,
    /// How many seconds a refund of the window waits and can be undone before it leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) undo_seconds: Option<u32>,
    /// The port that vendors deliver events to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listener_port: Option<u16>,
    /// Names, besides those of this machine, under which a tunnel or proxy delivers events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) listener_hosts: Vec<String>,
    /// How many days what was received is kept; its events stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) received_days: Option<u32>,
    /// How many hours before its evidence is due a dispute is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dispute_due_hours: Option<Vec<u32>>,
    /// Where figures of calls are sent by OTLP; nowhere unless a person chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) telemetry_address: Option<String>,
    /// The environment that was last worked in, for the first window of the next start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_environment: Option<Environment>,
    /// The built-in sandbox, once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox: Option<SandboxSettings>,
}

/// What makes the built-in sandbox the same at every start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SandboxSettings {
    /// Seed of its world.
    pub(crate) seed: u64,
    /// How many charges its history has.
    pub(crate) charges: u32,
}

/// The longest that a refund waits.
pub(crate) const UNDO_SECONDS_MAX: u32 = 60;
/// How many days what was received is kept where nobody chose otherwise.
const RECEIVED_DAYS: u32 = 90;
/// How many hours before its evidence is due a dispute is told of where nobody chose otherwise: a week, two days, a day.
const DISPUTE_DUE_HOURS: [u32; 3] = [168, 48, 24];
/// Most times that a dispute is told of, and the longest before it is due, in hours.
const DISPUTE_TIMES_MOST: usize = 10;
const DISPUTE_HOURS_MOST: u32 = 30 * 24;
/// How long a refund of the window waits where nobody chose otherwise.
const UNDO_SECONDS: u32 = 10;

impl Settings {
    /// How many seconds a refund of the window waits and can be undone; what somebody wrote into the file
    /// counts up to the longest.
    pub(crate) fn undo_seconds(&self) -> u32 {
        self.undo_seconds.unwrap_or(UNDO_SECONDS).min(UNDO_SECONDS_MAX)
    }

    /// How long what was received is kept, in milliseconds.
    pub(crate) fn received_kept_ms(&self) -> i64 {
        i64::from(self.received_days.unwrap_or(RECEIVED_DAYS).max(1)) * 86_400_000
    }

    /// How many hours before its evidence is due a dispute is told of; what somebody wrote into the file counts up to the
    /// longest.
    pub(crate) fn dispute_due_hours(&self) -> Vec<u32> {
        let chosen = self.dispute_due_hours.clone().unwrap_or_else(|| DISPUTE_DUE_HOURS.to_vec());
        chosen
            .into_iter()
            .take(DISPUTE_TIMES_MOST)
            .filter(|hours| (1..=DISPUTE_HOURS_MOST).contains(hours))
            .collect()
    }

    /// Reads the file, or makes one with a new home id.
    pub(crate) fn load(home: &Home) -> Result<Self, ErrorBody> {
        let path = home.file(FILE);
        let unusable = |why: String| {
            ErrorBody::new(ErrorCode::HomeReadOnly).with("path", path.display()).with("why", why)
        };
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| unusable(error.message().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let settings = Self {
                    home_id: Uuid::new_v4().simple().to_string(),
                    name: None,
                    from_email: None,
                    undo_seconds: None,
                    listener_port: None,
                    listener_hosts: Vec::new(),
                    received_days: None,
                    dispute_due_hours: None,
                    telemetry_address: None,
                    last_environment: None,
                    sandbox: None,
                };
                settings.save(home)?;
                Ok(settings)
            }
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    /// Writes the file whole: a new one beside it, synced, then renamed over it, so that a crash
    /// leaves the old or the new and never half of one.
    pub(crate) fn save(&self, home: &Home) -> Result<(), ErrorBody> {
        let path = home.file(FILE);
        let failed = |error: io::Error| {
            let code = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
                _ => ErrorCode::HomeReadOnly,
            };
            ErrorBody::new(code).with("path", path.display()).with("why", error)
        };
        let text = toml::to_string_pretty(self)
            .map_err(|error| ErrorBody::new(ErrorCode::Internal).with("why", error))?;
        let beside = home.file("settings.toml.new");
        let mut file = fs::File::create(&beside).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, &path).map_err(failed)?;
        if let Ok(folder) = fs::File::open(home.root()) {
            // Where the system cannot sync a folder the rename still happens, only later.
            let _ = folder.sync_all();
        }
        Ok(())
    }
}
