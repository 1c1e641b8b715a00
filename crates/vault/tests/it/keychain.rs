//! The keychain vault, each case in a private D-Bus session of its own.
//!
//! A bus address is read from the environment of a process, so each case runs as one ignored test of
//! `keychain_session` in a process of its own. Where gnome-keyring is missing these tests fail: `./dev`
//! installs it.
#![cfg(all(unix, not(target_os = "macos")))]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support;

/// Far above what any case takes; only a process that does not end meets it.
const LONGEST_CASE: Duration = Duration::from_secs(90);

/// A bus on which nobody may be started: as on a server without any keychain.
const BUS_WITHOUT_SERVICES: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// The folders a session of the desktop would have, all below one temporary folder.
struct Session {
    folder: TempDir,
}

impl Session {
    fn new() -> Self {
        let session = Self { folder: TempDir::new().unwrap() };
        for name in ["data", "run", "config", "cache"] {
            fs::create_dir(session.path(name)).unwrap();
            fs::set_permissions(session.path(name), Permissions::from_mode(0o700)).unwrap();
        }
        session
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Decides what happens when the keychain wants to show its dialog.
    fn with_prompter(self, command: &str) -> Self {
        let services = self.path("data").join("dbus-1/services");
        fs::create_dir_all(&services).unwrap();
        let name = "org.gnome.keyring.SystemPrompter";
        let content = format!("[D-BUS Service]\nName={name}\nExec={command}\n");
        fs::write(services.join(format!("{name}.service")), content).unwrap();
        self
    }

    /// Runs one test of `keychain_session` under a bus of its own.
    fn run(&self, test: &str) {
        self.run_with(Command::new("dbus-run-session").arg("--"), test);
    }

    fn run_with(&self, launcher: &mut Command, test: &str) {
        launcher.arg(std::env::current_exe().unwrap());
        self.finish(launcher, test, None);
    }

    /// Runs one test of `keychain_session` with the bus at this address.
    fn run_at(&self, address: &str, test: &str) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        self.finish(&mut command, test, Some(address));
    }

    fn finish(&self, command: &mut Command, test: &str, address: Option<&str>) {
        let name = format!("keychain_session::{test}");
        command.args(support::arguments_for(&name));
        for foreign in ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(foreign);
        }
        command
            .envs(address.map(|address| ("DBUS_SESSION_BUS_ADDRESS", address)))
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"));
        support::assert_one_passed(&self.output_of(command));
    }

    /// Output goes to files: a daemon that outlives the case would keep a pipe open.
    fn output_of(&self, command: &mut Command) -> Output {
        let (out, err) = (self.path("stdout"), self.path("stderr"));
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        let mut child = command.spawn().expect("dbus-run-session is needed; ./dev installs it");
        let deadline = Instant::now() + LONGEST_CASE;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("the process did not end: {}", fs::read_to_string(&out).unwrap());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        Output { status, stdout: fs::read(&out).unwrap(), stderr: fs::read(&err).unwrap() }
    }
}

#[test]
fn a_real_secret_service_keeps_reads_and_removes() {
    Session::new().run("inner_keeps_reads_and_removes");
}

#[test]
fn probe_stores_and_leaves_nothing() {
    Session::new().run("inner_probe_leaves_nothing");
}

#[test]
fn d18_keyring_entry_lost() {
    Session::new().run("inner_d18_entry_lost");
}

#[test]
fn a_restarted_keychain_is_found_again() {
    Session::new().run("inner_restarted_keychain");
}

#[test]
fn g38_no_secret_service_on_the_bus() {
    let session = Session::new();
    let config = session.path("bus.conf");
    fs::write(&config, BUS_WITHOUT_SERVICES).unwrap();
    let mut launcher = Command::new("dbus-run-session");
    launcher.arg(format!("--config-file={}", config.display())).arg("--");
    session.run_with(&mut launcher, "inner_unavailable");
}

#[test]
fn g38_no_bus_at_all() {
    let session = Session::new();
    let address = format!("unix:path={}", session.path("nobody-listens").display());
    session.run_at(&address, "inner_unavailable");
}

#[test]
fn g38_a_bus_whose_owner_died() {
    let session = Session::new();
    let socket = session.path("dead");
    // Dropping the listener leaves its file behind: connecting to it is refused.
    drop(UnixListener::bind(&socket).unwrap());
    session.run_at(&format!("unix:path={}", socket.display()), "inner_unavailable");
}

#[test]
fn g38_a_bus_address_that_makes_no_sense() {
    Session::new().run_at("nonsense", "inner_unavailable");
}

#[test]
fn g38_a_bus_that_never_answers() {
    let session = Session::new();
    let socket = session.path("hung");
    // The system completes the connection for a listener; nobody ever reads from it.
    let _listener = UnixListener::bind(&socket).unwrap();
    session.run_at(&format!("unix:path={}", socket.display()), "inner_timed_out");
}

#[test]
fn g38_locked_with_a_dialog_nobody_answers() {
    Session::new().with_prompter("/bin/sleep 30").run("inner_locked");
}

#[test]
fn g38_prompt_dismissed() {
    Session::new().with_prompter("/bin/false").run("inner_dismissed");
}

#[test]
fn g38_a_service_without_any_keychain() {
    Session::new().run("inner_no_default_keychain");
}
