//! Executing requests on the account: idempotency, errors, and what must be written down.

use std::collections::HashMap;
use std::sync::Arc;

use crate::api::{Call, Route, Run};
use crate::error::ApiError;
use crate::expand::Expand;
use crate::form::Table;
use crate::ids::Kind;
use crate::model::Cause;
use crate::render::View;
use crate::world::{DAY, World};

/// How long an idempotency key is remembered (vendor facts: keys may be pruned once 24 hours old).
const KEY_SECONDS: i64 = DAY;

/// One request as the executor needs it, live or from the journal.
pub(crate) struct Request<'r> {
    pub(crate) request_id: &'r str,
    pub(crate) path: &'r str,
    pub(crate) params: &'r Table,
    pub(crate) key: Option<&'r str>,
    pub(crate) at: i64,
    pub(crate) failure: Failure,
}

/// A server failure that leaves its mark on what is kept under the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Failure {
    /// The endpoint runs and its answer is kept.
    #[default]
    None,
    /// The endpoint runs, and a 500 is kept in place of its answer.
    After,
    /// The endpoint begins and fails without effect; the 500 is kept.
    Instead,
}

/// An answer with what its headers say.
#[derive(Clone, Debug)]
pub(crate) struct Executed {
    pub(crate) status: u16,
    pub(crate) body: Arc<Vec<u8>>,
    /// The request that first got this answer, when a key was sent.
    pub(crate) original: Option<String>,
    pub(crate) replayed: bool,
    pub(crate) should_retry: Option<bool>,
    pub(crate) limited: Option<&'static str>,
    /// Whether the execution must be in the journal before it is answered.
    pub(crate) lasting: bool,
}

struct Kept {
    route: String,
    params: String,
    at: i64,
    request_id: String,
    running: bool,
    status: u16,
    body: Arc<Vec<u8>>,
}

/// The account and the answers kept under keys.
pub(crate) struct Core {
    pub(crate) world: World,
    kept: HashMap<String, Kept>,
    /// When keys were last pruned.
    pruned: i64,
}

impl Core {
    pub(crate) fn new(world: World) -> Core {
        Core { world, kept: HashMap::new(), pruned: 0 }
    }

    /// Turns an error into an answer.
    pub(crate) fn failed(&self, error: &ApiError, request_id: &str, at: i64) -> Executed {
        let body = match error.payment_intent {
            None => error.body(&self.world.ids, request_id, at),
            Some(intent) => {
                let view = View { world: &self.world, now: at };
                error.body_with_intent(view, request_id, intent)
            }
        };
        Executed {
            status: error.status,
            body: Arc::new(body),
            original: None,
            replayed: false,
            should_retry: error.should_retry,
            limited: error.limited,
            lasting: false,
        }
    }

    fn call<'c>(request: &'c Request<'c>, captures: Vec<&'c str>) -> Call<'c> {
        Call { params: request.params, captures, path: request.path, now: request.at }
    }

    /// Runs a read.
    pub(crate) fn read(
        &self,
        run: fn(&World, &Call<'_>) -> crate::api::Answer,
        route: &Route,
        captures: Vec<&str>,
        request: &Request<'_>,
    ) -> Executed {
        let answer =
            route.check(request.params).and_then(|()| run(&self.world, &Self::call(request, captures)));
        match answer {
            Ok(body) => Executed {
                status: 200,
                body: Arc::new(body),
                original: None,
                replayed: false,
                should_retry: None,
                limited: None,
                lasting: false,
            },
            Err(error) => self.failed(&error, request.request_id, request.at),
        }
    }

    /// Runs a write under the rules of idempotency. Its key stays "in use" until [`Core::finish`].
    pub(crate) fn write(&mut self, route: &Route, captures: Vec<&str>, request: &Request<'_>) -> Executed {
        self.world.catch_up(request.at);
        self.prune(request.at);
        // Keys have no effect on DELETE, which is idempotent anyway.
        let key = request.key.filter(|_| route.method == "POST");
        let place = format!("{} {}", route.method, request.path);
        let params = key.map(|_| request.params.canonical()).unwrap_or_default();
        if let Some(key) = key
            && let Some(kept) = self.kept.get(key)
        {
            return self.replay(key, kept, &place, &params, request);
        }
        let executed = self.run(route, captures, request);
        if let Some(key) = key.filter(|_| executed.original.is_some()) {
            let kept = Kept {
                route: place,
                params,
                at: request.at,
                request_id: request.request_id.to_owned(),
                running: true,
                status: executed.status,
                body: Arc::clone(&executed.body),
            };
            self.kept.insert(key.to_owned(), kept);
        }
        executed
    }

    fn replay(&self, key: &str, kept: &Kept, place: &str, params: &str, request: &Request<'_>) -> Executed {
        if kept.route != place || kept.params != params {
            return self.failed(&ApiError::key_reused(key), request.request_id, request.at);
        }
        if kept.running {
            return self.failed(&ApiError::key_in_use(key), request.request_id, request.at);
        }
        Executed {
            status: kept.status,
            body: Arc::clone(&kept.body),
            original: Some(kept.request_id.clone()),
            replayed: true,
            should_retry: Some(false),
            limited: None,
            lasting: false,
        }
    }

    fn run(&mut self, route: &Route, captures: Vec<&str>, request: &Request<'_>) -> Executed {
        let cards = self.world.methods.end();
        self.world.cause = Some(Arc::new(Cause {
            request_id: request.request_id.to_owned(),
            key: request.key.map(str::to_owned),
        }));
        let answer = match (request.failure, route.run) {
            (Failure::Instead, _) => Err(ApiError { began: true, ..ApiError::server(500) }),
            (_, Run::Write(run)) => route
                .check(request.params)
                .and_then(|()| run(&mut self.world, &Self::call(request, captures))),
            (_, Run::Read(run)) => run(&self.world, &Self::call(request, captures)),
        };
        self.world.cause = None;
        let (began, changed) = match &answer {
            Ok(_) => (true, true),
            Err(error) => (error.began, error.status == 402 && error.began),
        };
        if !changed {
            // A refused request may have read its card first; the row must go, or a restart that leaves the request out would number later rows differently.
            self.world.methods.truncate(cards);
        }
        let mut executed = match answer {
            Ok(body) => Executed {
                status: 200,
                body: Arc::new(body),
                original: None,
                replayed: false,
                should_retry: None,
                limited: None,
                lasting: true,
            },
            Err(error) => self.failed(&error, request.request_id, request.at),
        };
        if began && request.failure == Failure::After {
            executed = self.failed(&ApiError::server(500), request.request_id, request.at);
        }
        executed.lasting = changed || (began && request.key.is_some());
        executed.should_retry = executed.should_retry.or(Some(false)).filter(|_| route.method == "POST");
        executed.original = (began && request.key.is_some()).then(|| request.request_id.to_owned());
        executed
    }

    /// The answer is on its way: from now on the key replays it.
    pub(crate) fn finish(&mut self, key: &str) {
        if let Some(kept) = self.kept.get_mut(key) {
            kept.running = false;
        }
    }

    fn prune(&mut self, now: i64) {
        // Once a minute of the clock is enough, and keeps a busy sandbox from walking all keys for each write.
        if now - self.pruned >= 60 || now < self.pruned {
            self.kept.retain(|_, kept| kept.running || now - kept.at < KEY_SECONDS);
            self.pruned = now;
        }
    }
}

impl ApiError {
    fn body_with_intent(&self, view: View<'_>, request_id: &str, intent: u32) -> Vec<u8> {
        self.write_body(&view.world.ids, request_id, view.now, |json| {
            json.key("payment_intent");
            view.object(json, Kind::PaymentIntent, intent, Expand::nothing());
        })
    }
}
