//! What the tests play on: a sandbox in a process of its own, and homes that are thrown away.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The longest that anything here may take on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);
/// The passphrase of all passphrase vaults here.
pub(crate) const PASSPHRASE: &str = "canary passphrase of the tests";
/// The variable that the environment vault reads the key from.
pub(crate) const KEY_VARIABLE: &str = "PAYDESK_TEST_KEY";

/// Looks again and again until there is something, or fails.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not happen within {LIMIT:?}");
        std::thread::yield_now();
    }
}

/// A process that does not outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// The JSON document on its first line.
    pub(crate) fn first_line(&mut self) -> Value {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
    }

    /// Ends it as a service manager does, and says what it exits with.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
        until("the end of the process", || self.0.try_wait().unwrap()).code()
    }
}

/// `paydeskctl` with nothing of this machine's environment but where programs are.
pub(crate) fn paydeskctl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paydeskctl"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A simulated vendor.
pub(crate) struct Sandbox {
    _process: Running,
    pub(crate) base_url: String,
    pub(crate) key: String,
    pub(crate) read_key: String,
    pub(crate) write_key: String,
}

impl Sandbox {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::with_charges(60, arguments)
    }

    pub(crate) fn with_charges(charges: u32, arguments: &[&str]) -> Self {
        let child = paydeskctl()
            .args(["sandbox", "--charges", &charges.to_string()])
            .args(arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut process = Running(child);
        let line = process.first_line();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        assert!(text("webhook_secret").starts_with("whsec_"));
        let (read_key, write_key) = (text("read_key"), text("write_key"));
        Self { base_url: text("base_url"), key: text("secret_key"), read_key, write_key, _process: process }
    }

    /// Asks it directly, past everything that is tested.
    pub(crate) fn get(&self, path: &str) -> Value {
        self.request("GET", path, "")
    }

    /// Writes to it directly.
    pub(crate) fn post(&self, path: &str, form: &str) -> Value {
        self.request("POST", path, form)
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Value {
        let address = self.base_url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, json) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {answer}"))
    }

    /// Charges a card and returns the charge's id.
    pub(crate) fn charge(&self, minor: u32, currency: &str, email: &str) -> String {
        let form = format!("amount={minor}&currency={currency}&source=tok_visa&receipt_email={email}");
        let charge = self.post("/v1/charges", &form);
        charge["id"].as_str().unwrap_or_else(|| panic!("{charge}")).to_owned()
    }

    /// The refunds of a charge as the vendor has them.
    pub(crate) fn refunds(&self, charge: &str) -> Vec<Value> {
        self.get(&format!("/v1/refunds?charge={charge}&limit=100"))["data"].as_array().unwrap().clone()
    }
}

/// Where a home keeps its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vault {
    Passphrase,
    Environment,
}

/// A home with its vault.
pub(crate) struct Home {
    folder: TempDir,
    vault: Vault,
    key: String,
}

/// What a command did.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        // A program that died of a signal has no code of its own.
        let done = Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!done.err.contains("panicked"), "{}", done.err);
        done
    }
}

impl Done {
    /// The one JSON document on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in {:?}, {}", self.out, self.err))
    }
}

impl Home {
    /// A new home whose vault is to keep the sandbox's key.
    pub(crate) fn new(vault: Vault, key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("runtime")).unwrap();
        let file = folder.path().join("passphrase");
        std::fs::write(&file, format!("{PASSPHRASE}\n")).unwrap();
        private(&file);
        private_folder(&folder.path().join("runtime"));
        Self { folder, vault, key: key.to_owned() }
    }

    /// A home with the sandbox connected as `shop` and mirrored.
    pub(crate) fn connected(vault: Vault, sandbox: &Sandbox) -> Self {
        let home = Self::new(vault, &sandbox.key);
        home.connect(sandbox);
        home.sync();
        home
    }

    pub(crate) fn connect(&self, sandbox: &Sandbox) {
        let add = ["accounts", "add", "stripe", "--label", "shop", "--base-url", &sandbox.base_url];
        let done = match self.vault {
            Vault::Passphrase => {
                self.piped(&[&add[..], &["--key-stdin"]].concat(), &format!("{}\n", self.key))
            }
            Vault::Environment => self.run(&[&add[..], &["--key-env", KEY_VARIABLE]].concat()),
        };
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let account = &done.json()["account"];
        assert_eq!(account["environment"], "sandbox");
        assert_eq!(account["label"], "shop");
    }

    pub(crate) fn sync(&self) {
        let done = self.run(&["sync"]);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    }

    /// The home's folder.
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("home")
    }

    /// The folder around the home.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the local socket.
    pub(crate) fn runtime(&self) -> std::path::PathBuf {
        self.folder.path().join("runtime")
    }

    /// `paydeskctl` on this home.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_at(&self.path(), arguments)
    }

    /// `paydeskctl` on another folder with the same vault.
    pub(crate) fn command_at(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = paydeskctl();
        command.arg("--home").arg(folder).args(arguments);
        command.env("XDG_RUNTIME_DIR", self.runtime());
        match self.vault {
            Vault::Passphrase => command
                .env("PAYDESK_VAULT", "passphrase")
                .env("PAYDESK_PASSPHRASE_FILE", self.folder.path().join("passphrase")),
            Vault::Environment => command.env("PAYDESK_VAULT", "environment").env(KEY_VARIABLE, &self.key),
        };
        command
    }

    /// Runs a command with `--json`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.command(arguments).arg("--json").output().unwrap().into()
    }

    /// Runs a command with `--json` that must exit with `code`, and returns its document.
    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        let done = self.run(arguments);
        assert_eq!(done.code, code, "{arguments:?}: {}{}", done.out, done.err);
        done.json()
    }

    /// Runs a command that must fail with an error document, and returns the error's code.
    pub(crate) fn error(&self, arguments: &[&str], code: i32) -> String {
        let document = self.json(arguments, code);
        assert_eq!(document.as_object().unwrap().len(), 1, "{document}");
        let error = document["error"].as_object().unwrap_or_else(|| panic!("{arguments:?}: {document}"));
        for part in ["code", "what", "money", "next", "detail", "money_moved", "params"] {
            assert!(error.contains_key(part), "{part} is missing in {document}");
        }
        error["code"].as_str().unwrap().to_owned()
    }

    /// Runs a command with `--json` and text on its stdin.
    pub(crate) fn piped(&self, arguments: &[&str], text: &str) -> Done {
        let mut child = self.command(arguments).arg("--json").stdin(Stdio::piped()).spawn().unwrap();
        // It may refuse before it read all.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// Starts the Desk without a window and waits until it answers.
    pub(crate) fn serve(&self) -> Running {
        let mut serve = Running(self.command(&["serve"]).stderr(Stdio::null()).spawn().unwrap());
        let ready = serve.first_line();
        assert_eq!(ready["process"], serve.0.id());
        assert_eq!(Path::new(ready["home"].as_str().unwrap()), self.path());
        serve
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn private(file: &Path) {
    set_mode(file, 0o600);
}

fn private_folder(folder: &Path) {
    set_mode(folder, 0o700);
}
