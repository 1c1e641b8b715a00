//! Looks after the saved views while the Desk works by itself: counts them again after payments
//! changed, and says what those that notify gained.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::Notice;
use domain::{Environment, Timestamp};
use mirror::{FindScope, LookBudget, MirrorError, SavedView, Touched, ViewSubject};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::answer::{accounts, saved_views};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// How long counting one view may take; what is counted until then is told as at least so many.
const COUNT_LIMIT: LookBudget = LookBudget { time: Some(Duration::from_secs(1)), ..LookBudget::COUNT };
/// Changes within this time are looked at together.
const GATHER: Duration = Duration::from_millis(300);
/// How often views are counted again though nothing changed: `created:-1d` changes by itself.
const ANEW_EVERY: Duration = Duration::from_secs(600);

/// How many payments or events a view held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) found: Option<u64>,
    pub(crate) exact: bool,
    pub(crate) at: Timestamp,
    pub(crate) problem: Option<String>,
}

/// What a count is of: a renamed view keeps its count so.
type Search = (ViewSubject, String);

fn search_of(view: &SavedView) -> Search {
    (view.subject, view.query.clone())
}

/// Counts by environment and search.
#[derive(Default)]
pub(crate) struct ViewWatch {
    counts: Mutex<HashMap<(Environment, Search), Count>>,
    due: Mutex<HashSet<Environment>>,
    wake: Notify,
}

impl ViewWatch {
    /// What is known of a view.
    pub(crate) fn known(&self, environment: Environment, view: &SavedView) -> Option<Count> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&(environment, search_of(view))).cloned()
    }

    /// Asks for a look where a view of events was counted: events come far more often than payments change.
    pub(crate) fn wake_of_events(&self, environment: Environment) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counted =
            counts.keys().any(|(one, (subject, _))| *one == environment && *subject == ViewSubject::Events);
        drop(counts);
        if counted {
            self.wake(environment);
        }
    }

    /// Asks for a look at an environment's views soon.
    pub(crate) fn wake(&self, environment: Environment) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).insert(environment);
        self.wake.notify_one();
    }

    fn take_due(&self) -> HashSet<Environment> {
        std::mem::take(&mut *self.due.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps the counts of an environment, and tells whether a number is another one now.
    fn put(&self, environment: Environment, counted: HashMap<Search, Count>) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let number = |count: &Count| (count.found, count.exact, count.problem.clone());
        let changed = counted.iter().any(|(search, count)| {
            counts.get(&(environment, search.clone())).map(number) != Some(number(count))
        });
        counts.retain(|(one, _), _| *one != environment);
        counts.extend(counted.into_iter().map(|(search, count)| ((environment, search), count)));
        changed
    }
}

/// Works until told to stop.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut anew = tokio::time::interval(ANEW_EVERY);
    anew.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.view_watch.wake.notified() => {}
            _ = anew.tick() => desk.view_watch.due.lock().unwrap_or_else(PoisonError::into_inner).extend(Environment::ALL),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GATHER) => {}
        }
        for environment in desk.view_watch.take_due() {
            let Ok(Some(open)) = desk.existing_mirror(environment).await else { continue };
            tokio::select! {
                () = stop.cancelled() => return,
                () = look(&desk, &open, environment) => {}
            }
        }
    }
}

/// One look at all views of an environment.
async fn look(desk: &Arc<Desk>, open: &OpenMirror, environment: Environment) {
    let saved = open.mirror.saved_views();
    let (Ok(views), Ok(touched)) = (saved.list().await, saved.touched().await) else { return };
    for view in views.iter().filter(|view| view.notify) {
        if let Err(error) = tell(desk, open, environment, view, &touched).await {
            tracing::warn!(%error, "a view could not be looked at");
        }
    }
    // Also where a view could not be looked at: it is looked through whole once a day anyway.
    if let Err(error) = saved.forget_touched(&touched).await {
        tracing::warn!(%error, "what the views were looked at for could not be forgotten");
    }
    let mut counted = HashMap::new();
    for view in &views {
        counted.insert(search_of(view), count(desk, open, view, Some(COUNT_LIMIT)).await);
    }
    if desk.view_watch.put(environment, counted) {
        desk.say_changed(environment, saved_views::TAGS);
    }
}

/// Counts a view, exactly where there is no limit.
pub(crate) async fn count(
    desk: &Desk,
    open: &OpenMirror,
    view: &SavedView,
    limit: Option<LookBudget>,
) -> Count {
    let at = desk.clock.now();
    let counted = found(open, view, FindScope::all(at), limit).await;
    match counted {
        Ok((found, exact)) => Count { found: Some(found), exact, at, problem: None },
        Err(error) => {
            let problem = errors::of_mirror(&error).code.to_string();
            Count { found: None, exact: false, at, problem: Some(problem) }
        }
    }
}

/// How many there are, and whether that is all of them.
async fn found(
    open: &OpenMirror,
    view: &SavedView,
    scope: FindScope,
    limit: Option<LookBudget>,
) -> Result<(u64, bool), MirrorError> {
    match view.subject {
        ViewSubject::Payments => {
            let counted = open.mirror.count_found(&view.query, scope, limit).await?;
            // Words that were let go make another search.
            Ok((if counted.relaxed { 0 } else { counted.payments }, counted.exact))
        }
        ViewSubject::Events => {
            let counted = open.mirror.count_events(&view.query, scope, limit).await?;
            Ok((counted.events, counted.exact))
        }
    }
}

/// Says what a view gained in the accounts whose first load is over: while one runs, all is new.
async fn tell(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    environment: Environment,
    view: &SavedView,
    touched: &Touched,
) -> mirror::Result<()> {
    let mut gained = Vec::new();
    for row in open.mirror.accounts().list().await? {
        if accounts::as_of(&open.mirror, row.id).await.ok().flatten().is_some() {
            let saved = open.mirror.saved_views();
            gained.extend(saved.gained(&view.name, row.id, touched, desk.clock.now()).await?);
        }
    }
    if gained.is_empty() {
        return Ok(());
    }
    let payment = match gained.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    desk.say(Notice::ViewGained {
        environment,
        view: view.name.clone(),
        query: view.query.clone(),
        gained: u32::try_from(gained.len()).unwrap_or(u32::MAX),
        payment,
    });
    Ok(())
}
