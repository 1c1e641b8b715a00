//! The home as text.

use contract::home::{EnvironmentView, HomeView, WriteLock};

use super::Answer;
use crate::text::{Text, left, or_dash, right};
use crate::words::moment;

impl Answer for HomeView {
    fn write_text(&self, text: &mut Text) {
        let reachable = if self.vault.available { "it answers" } else { "it does not answer" };
        text.facts(&[
            ("version", Some(self.version.clone())),
            ("home", Some(self.home.clone())),
            ("vault", Some(format!("{} ({reachable})", self.vault.kind))),
            ("desk", Some(format!("process {}", self.desk_process))),
            (
                "you",
                Some(if self.who.name.is_empty() {
                    self.who.system_user.clone()
                } else {
                    format!("{} ({})", self.who.name, self.who.system_user)
                }),
            ),
            ("mail is sent from", self.from_email.clone()),
        ]);
        if !self.environments.is_empty() {
            write_environments(text, &self.environments);
        }
        for environment in self.environments.iter().filter(|one| !one.checks.is_empty()) {
            text.heading(&format!("Checks of the {} mirror", environment.environment));
            let word = |passed| if passed { "ok" } else { "WRONG" };
            let rows: Vec<Vec<String>> = environment
                .checks
                .iter()
                .map(|check| vec![word(check.passed).to_owned(), check.check.clone(), check.found.clone()])
                .collect();
            text.table(&[left(""), left("CHECK"), left("FOUND")], &rows);
        }
        text.heading(if self.problems.is_empty() { "No problems." } else { "Problems" });
        for problem in &self.problems {
            text.line(format!("{}: {}", problem.code, problem.message));
        }
    }
}

fn write_environments(text: &mut Text, environments: &[EnvironmentView]) {
    text.blank();
    let columns = [
        left("ENVIRONMENT"),
        right("ACCOUNTS"),
        left("MIRROR"),
        right("BYTES"),
        right("OPEN INTENTS"),
        left("UNLOCKED UNTIL"),
    ];
    let rows: Vec<Vec<String>> = environments
        .iter()
        .map(|one| {
            let mirror = match one.encrypted {
                Some(true) => "encrypted",
                Some(false) => "NOT ENCRYPTED",
                None => "none yet",
            };
            vec![
                one.environment.to_string(),
                one.accounts.to_string(),
                mirror.to_owned(),
                one.bytes.to_string(),
                one.open_intents.to_string(),
                or_dash(one.lock.unlocked_until.map(moment)),
            ]
        })
        .collect();
    text.table(&columns, &rows);
}

impl Answer for WriteLock {
    fn write_text(&self, text: &mut Text) {
        let (Some(account), Some(until)) = (&self.account, self.unlocked_until) else {
            text.line("Live is locked.");
            return;
        };
        let actions = self.actions_left.map(|left| format!(", for {left} more")).unwrap_or_default();
        text.line(format!("Writing to {account} is unlocked until {}{actions}.", moment(until)));
    }
}
