//! Whether whoever sits here is who they say they are, asked of the operating system.
//!
//! On Linux that is polkit, by its own program and only where Paydesk's action is installed with it. Touch ID
//! and Windows Hello are not built: there the Paydesk passphrase is asked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::{ErrorBody, ErrorCode};

/// The action, as the installed policy names it.
const ACTION: &str = "app.paydesk.unlock-live";
/// Where the policy is installed; without it polkit knows no such action and refuses all.
const POLICY: &str = "/usr/share/polkit-1/actions/app.paydesk.policy";
/// By its whole path, so that no other program of the name is asked.
const PROGRAM: &str = "/usr/bin/pkcheck";
/// Somebody types a password meanwhile.
const LIMIT: Duration = Duration::from_secs(120);

/// The system's own check.
#[derive(Debug, Clone)]
pub(crate) struct SystemCheck {
    program: PathBuf,
    policy: PathBuf,
}

impl Default for SystemCheck {
    fn default() -> Self {
        Self { program: PROGRAM.into(), policy: POLICY.into() }
    }
}

impl SystemCheck {
    /// Whether there is one.
    pub(crate) fn is_there(&self) -> bool {
        cfg!(target_os = "linux") && self.program.is_file() && self.policy.is_file()
    }

    /// Has the system ask, and waits for what it says. The process that is named is this one: a shell on the
    /// socket was checked to be of the same user.
    pub(crate) async fn ask(&self) -> Result<(), ErrorBody> {
        let refused = |why: String| ErrorBody::new(ErrorCode::UnlockRefused).with("why", why);
        let process = subject(Path::new("/proc/self/stat"), std::process::id())
            .ok_or_else(|| refused("the system does not tell when this process began".to_owned()))?;
        let asked = tokio::process::Command::new(&self.program)
            .args(["--action-id", ACTION, "--process", &process, "--allow-user-interaction"])
            .env_clear()
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .status();
        match tokio::time::timeout(LIMIT, asked).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(refused(match status.code() {
                Some(3) => "the question was dismissed".to_owned(),
                Some(2) => "nothing here could ask for the password".to_owned(),
                _ => "the system did not authorise it".to_owned(),
            })),
            Ok(Err(error)) => Err(refused(error.to_string())),
            Err(_) => Err(refused("nobody answered the system's question".to_owned())),
        }
    }
}

/// Number and start of a process, by which polkit knows it even if its number is used again.
fn subject(stat: &Path, process: u32) -> Option<String> {
    let text = std::fs::read_to_string(stat).ok()?;
    // The name may hold spaces and brackets; what counts stands behind the last of them.
    let (_, fields) = text.rsplit_once(") ")?;
    let began: u64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    Some(format!("{process},{began}"))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::SystemCheck;

    fn saying(folder: &std::path::Path, code: i32) -> SystemCheck {
        let program = folder.join(format!("check-{code}"));
        let script =
            format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\nexit {code}\n", folder.join("asked").display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let policy = folder.join("policy");
        std::fs::write(&policy, "").unwrap();
        SystemCheck { program, policy }
    }

    #[tokio::test]
    async fn only_a_clear_yes_of_the_system_is_a_yes() {
        let folder = tempfile::tempdir().unwrap();
        let yes = saying(folder.path(), 0);
        assert!(yes.is_there());
        yes.ask().await.unwrap();
        let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
        assert!(asked.contains("app.paydesk.unlock-live\n--process\n"), "{asked}");
        assert!(asked.contains(&format!("{},", std::process::id())));
        for (code, why) in [(1, "did not authorise"), (2, "nothing here"), (3, "dismissed"), (127, "did not")]
        {
            let error = saying(folder.path(), code).ask().await.unwrap_err();
            assert!(error.params["why"].contains(why), "{code}: {error:?}");
        }
        let gone = SystemCheck { program: folder.path().join("none"), policy: folder.path().join("none") };
        assert!(!gone.is_there() && gone.ask().await.is_err());
    }
}
