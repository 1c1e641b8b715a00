//! What the Desk tells every shell without being asked.

use domain::Environment;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bulk::{BulkImporting, BulkRunView};
use crate::endpoint::Tag;
use crate::events::ReceivedEventView;
use crate::exports::ExportView;
use crate::mail_runs::MailRunView;
use crate::proof::ProofRun;
use crate::relay::{DeliveryView, ReplayView};
use crate::sync::SyncView;

/// A message from the Desk to all its shells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// A sync went on.
    Sync {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        sync: SyncView,
    },
    /// A proof went on.
    Proof {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        run: ProofRun,
    },
    /// Something that was shown may have changed.
    Changed {
        /// Where.
        #[ts(type = "Environment")]
        environment: Environment,
        /// What.
        tags: Vec<Tag>,
    },
    /// An export went on.
    Export {
        /// Whose rows.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        export: ExportView,
    },
    /// A run of refunds went on.
    Bulk {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        run: Box<BulkRunView>,
    },
    /// A run of email went on.
    MailRun {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        run: Box<MailRunView>,
    },
    /// A file is being matched with payments.
    BulkImport {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        import: BulkImporting,
    },
    /// A saved view that notifies gained payments.
    ViewGained {
        /// Where.
        #[ts(type = "Environment")]
        environment: Environment,
        /// Name of the view.
        view: String,
        /// Its search, for a link to it.
        query: String,
        /// How many payments came in.
        gained: u32,
        /// Our own id of the one, where it is only one.
        payment: Option<String>,
    },
    /// The listener received an event, and what follows from it is written.
    Event {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// What came.
        event: ReceivedEventView,
    },
    /// Something was tried at an endpoint, or a delivery came to its end.
    Delivery {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        delivery: Box<DeliveryView>,
    },
    /// A replay went on.
    Replay {
        /// Whose.
        #[ts(type = "Environment")]
        environment: Environment,
        /// How far it is.
        replay: Box<ReplayView>,
    },
    /// The shell fell behind and missed notices: show everything anew.
    Missed {},
}
