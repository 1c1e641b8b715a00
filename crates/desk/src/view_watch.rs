//! Looks after the saved views while the Desk works by itself: counts them again after payments
//! changed, and says what those that notify gained.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::Notice;
use domain::{Environment, Timestamp};
use mirror::{FindScope, LookBudget, SavedView, Touched};
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

/// How many payments a view held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) payments: Option<u64>,
    pub(crate) exact: bool,
    pub(crate) at: Timestamp,
    pub(crate) problem: Option<String>,
}

/// Counts by environment and search; a renamed view keeps its count so.
#[derive(Default)]
pub(crate) struct ViewWatch {
    counts: Mutex<HashMap<(Environment, String), Count>>,
    due: Mutex<HashSet<Environment>>,
    wake: Notify,
}

impl ViewWatch {
    /// What is known of a view.
    pub(crate) fn known(&self, environment: Environment, view: &SavedView) -> Option<Count> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&(environment, view.query.clone())).cloned()
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
    fn put(&self, environment: Environment, counted: HashMap<String, Count>) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let number = |count: &Count| (count.payments, count.exact, count.problem.clone());
        let changed = counted.iter().any(|(query, count)| {
            counts.get(&(environment, query.clone())).map(number) != Some(number(count))
        });
        counts.retain(|(one, _), _| *one != environment);
        counts.extend(counted.into_iter().map(|(query, count)| ((environment, query), count)));
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
        counted.insert(view.query.clone(), count(desk, open, view, Some(COUNT_LIMIT)).await);
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
    match open.mirror.count_found(&view.query, FindScope::all(at), limit).await {
        Ok(counted) => {
            // Words that were let go make another search.
            let payments = if counted.relaxed { 0 } else { counted.payments };
            Count { payments: Some(payments), exact: counted.exact, at, problem: None }
        }
        Err(error) => {
            let problem = errors::of_mirror(&error).code.to_string();
            Count { payments: None, exact: false, at, problem: Some(problem) }
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
