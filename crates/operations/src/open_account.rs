//! What a use case works with: an account, its mirror, its vendor's client and a clock.

use std::sync::Arc;

use domain::intent::{Intent, IntentKind, IntentState, Now, Progress};
use domain::{AccountId, IntentId, Kind, Observed, RequestId};
use mirror::{AccountRow, Inserted, Mirror, MirrorError};
use uuid::Uuid;
use vendors::stripe::{self, CallError, Filter, PageRequest, PreparedWrite, Stripe};

use crate::Clock;
use crate::error::{Guard, OperationError, Result};
use crate::refund::Issued;

/// An account that can be worked with.
#[derive(Clone)]
pub struct OpenAccount {
    /// Its row.
    pub row: AccountRow,
    /// The mirror of its environment.
    pub mirror: Mirror,
    /// The client of its vendor, under its key.
    pub stripe: Stripe,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether what was acted on is read once more when an intent is settled, so that the mirror shows at once
    /// what the vendor now says. Thousands of refunds leave that to following: the vendor's limit on reads of
    /// payments would otherwise halve their pace.
    pub reads_back: bool,
}

impl OpenAccount {
    /// Its id.
    pub fn id(&self) -> AccountId {
        self.row.id
    }

    /// The time, by this machine and by the vendor.
    pub fn now(&self) -> Now {
        Now { here: self.clock.now(), at_vendor: self.stripe.vendor_now() }
    }

    /// Asks the vendor something small where it did not tell its time yet: what is written down without
    /// a read before it would otherwise trust this machine's clock alone. Where it does not answer, that
    /// is told by what comes next.
    pub async fn learn_time(&self, kind: Kind) {
        if self.stripe.vendor_now().is_none() {
            let request = PageRequest { limit: 1, ..PageRequest::default() };
            if let Err(error) = self.stripe.list(kind, &request).await {
                tracing::info!(%error, "the vendor was asked for its time");
            }
        }
    }

    /// Refuses while the circuit breaker is open: nothing may be written down that cannot leave.
    pub fn check_breaker(&self) -> Result<()> {
        if self.stripe.breaker_allows() {
            return Ok(());
        }
        let until = self.stripe.breaker_next_try();
        Err(Guard::BreakerOpen { until }.into())
    }

    /// All disputes of a payment at the vendor; none where the vendor offers no list of them.
    pub(crate) async fn disputes_of(&self, payment_id: &str) -> Result<Vec<Observed>> {
        let filters = vec![Filter::OfPayment(payment_id.to_owned())];
        let request = PageRequest { filters, ..PageRequest::default() };
        match self.stripe.list_whole(Kind::Disputes, request).await {
            Ok(records) => Ok(records),
            Err(CallError::Forbidden { .. } | CallError::NotFound(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// An intent that is prepared for a write, with a key that it keeps for life.
    pub(crate) fn new_intent(
        &self,
        id: IntentId,
        request_id: RequestId,
        kind: IntentKind,
        write: &PreparedWrite,
    ) -> Intent {
        let now = self.now();
        Intent {
            id,
            request_id,
            account_id: self.id(),
            kind,
            state: IntentState::Prepared,
            target_id: None,
            amount: None,
            reason: None,
            note: None,
            approval: None,
            path: write.path.clone(),
            body: write.body.clone(),
            idempotency_key: Uuid::new_v4().as_hyphenated().to_string(),
            api_version: stripe::API_VERSION.to_owned(),
            created_at: now.here,
            updated_at: now.here,
            key_expires_at: now.earliest().plus_ms(stripe::KEY_LIFE_MS),
            release_at: None,
            progress: Progress::default(),
            next_try_at: None,
            object_id: None,
            object_status: None,
            problem_code: None,
            problem_detail: None,
            acknowledged_at: None,
        }
    }

    /// Commits an intent that moves no money back; refunds go through their own guard.
    pub(crate) async fn insert(&self, intent: Intent) -> Result<Issued> {
        match self.mirror.intents().insert(&intent).await {
            Ok(Inserted::New) => Ok(Issued::New(intent)),
            Ok(Inserted::Already(intent)) => Ok(Issued::Again(*intent)),
            Err(MirrorError::OpenIntentExists { intent_id, .. }) => {
                let state = self.mirror.intents().by_id(intent_id).await?.map(|one| one.state);
                Err(Guard::OpenIntent { intent_id, state: state.unwrap_or(IntentState::Prepared) }.into())
            }
            Err(error) => Err(OperationError::from(error)),
        }
    }
}
