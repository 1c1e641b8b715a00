//! How the home is.

use contract::home::{
    CheckView, EnvironmentView, ExponentView, HomeView, ProblemView, ShowHome, VaultView, WriteLock,
};
use contract::{ErrorBody, ErrorCode};
use domain::intent::IntentState;
use domain::{Environment, ExponentTable, Timestamp};
use mirror::{EndpointPurpose, EndpointRow, EndpointState, Mirror};

use super::scope::Resolved;
use crate::errors;

/// Answers `show_home`. It never fails for a part of the home that is broken: that part is named
/// among the problems, so that `doctor` works when nothing else does.
pub(crate) async fn show(scope: &Resolved, request: ShowHome) -> Result<HomeView, ErrorBody> {
    let mut problems = Vec::new();
    if request.thorough {
        match scope.vault().await {
            Ok(vault) => {
                if let Err(error) = scope.vault_result(vault.probe().await) {
                    problems.push(problem(&error));
                }
            }
            Err(error) => problems.push(problem(&error)),
        }
    }
    let mut environments = Vec::with_capacity(Environment::ALL.len());
    for environment in Environment::ALL {
        environments.push(environment_view(scope, environment, request.thorough, &mut problems).await);
    }
    problems.extend(crate::places::synced_folder(scope.home().root()).map(|kind| {
        let path = scope.home().root().display().to_string();
        problem(&ErrorBody::new(ErrorCode::HomeSynced).with("path", path).with("kind", kind))
    }));
    let settings = scope.settings.lock().await.clone();
    Ok(HomeView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        home: scope.home().root().display().to_string(),
        environment: scope.scope.environment.or(settings.last_environment),
        desk_shell: scope.desk.shell,
        desk_process: std::process::id(),
        vault: VaultView { kind: scope.vault_kind().to_string(), available: scope.vault_available() },
        environments,
        problems,
        unlock_by: super::airlock::unlock_by(scope).await,
        who: super::book::who(scope).await,
        undo_seconds: settings.undo_seconds(),
        from_email: settings.from_email,
        exponents: vec![ExponentView {
            vendor: "stripe".to_owned(),
            exceptions: ExponentTable::Stripe
                .exceptions()
                .into_iter()
                .map(|(code, exponent)| (code.to_owned(), exponent))
                .collect(),
        }],
    })
}

fn problem(error: &ErrorBody) -> ProblemView {
    let words = error.words();
    let mut message = format!("{} {}", words.what, words.next);
    if let Some(detail) = &error.detail {
        message = format!("{message} ({detail})");
    }
    ProblemView { code: error.code.to_string(), message }
}

async fn environment_view(
    scope: &Resolved,
    environment: Environment,
    thorough: bool,
    problems: &mut Vec<ProblemView>,
) -> EnvironmentView {
    let path = scope.home().mirror_file(environment);
    let bytes = std::fs::metadata(&path).map(|found| found.len());
    let mut view = EnvironmentView {
        environment,
        accounts: 0,
        mirror_exists: bytes.is_ok(),
        encrypted: None,
        bytes: bytes.unwrap_or(0),
        open_intents: 0,
        sent_to: 0,
        evidence_due: None,
        lock: match environment {
            Environment::Live => super::airlock::how(scope).await,
            _ => WriteLock::default(),
        },
        checks: Vec::new(),
        writable: true,
    };
    if scope.desk.blocked(environment).is_some() {
        // It may be over already: a shell that asks is told how it is now.
        super::keeping::try_blocked(&scope.desk).await;
    }
    if let Some(code) = scope.desk.blocked(environment) {
        view.writable = false;
        problems.push(problem(&ErrorBody::new(code).with("why", environment)));
    }
    match scope.existing_mirror(environment).await {
        Ok(None) => {}
        Ok(Some(open)) => {
            if let Err(error) = fill(&open.mirror, &mut view, thorough, scope.desk.clock.now()).await {
                problems.push(problem(&errors::of_mirror(&error)));
            }
        }
        Err(error) => problems.push(problem(&error)),
    }
    if let Some(failed) = view.checks.iter().find(|check| !check.passed) {
        let message = format!("{environment}: {} is {}", failed.check, failed.found);
        problems.push(ProblemView { code: ErrorCode::MirrorDamaged.to_string(), message });
    }
    view
}

async fn fill(
    mirror: &Mirror,
    view: &mut EnvironmentView,
    thorough: bool,
    now: Timestamp,
) -> mirror::Result<()> {
    view.encrypted = Some(mirror.encrypted());
    view.accounts = u32::try_from(mirror.accounts().list().await?.len()).unwrap_or(u32::MAX);
    view.open_intents = open_intents(mirror).await?;
    let endpoints = mirror.endpoints().list().await?;
    let is_on =
        |one: &&EndpointRow| one.purpose == EndpointPurpose::Standing && one.state == EndpointState::On;
    view.sent_to = u32::try_from(endpoints.iter().filter(is_on).count()).unwrap_or(u32::MAX);
    view.evidence_due = mirror.disputes().next_due(now).await?;
    if thorough {
        let test = mirror.self_test().await?;
        view.checks = test
            .checks
            .iter()
            .map(|check| CheckView {
                check: check.name.clone(),
                passed: check.passed(),
                found: check.found.clone(),
            })
            .collect();
    }
    Ok(())
}

/// Intents that are not settled, refused or canceled.
pub(crate) async fn open_intents(mirror: &Mirror) -> mirror::Result<u64> {
    let counts = mirror.intents().count_by_state(None).await?;
    Ok(counts.iter().filter(|(state, _)| state.is_open()).map(|(_, count)| count).sum())
}

/// Intents that need a person.
pub(crate) async fn needs_person(mirror: &Mirror) -> mirror::Result<u64> {
    let counts = mirror.intents().count_by_state(None).await?;
    Ok(counts.iter().filter(|(state, _)| *state == IntentState::NeedsPerson).map(|(_, count)| count).sum())
}
