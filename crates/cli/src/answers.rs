//! What responses look like to a person. `--json` prints the responses themselves.

mod accounts;
mod approvals;
mod book;
mod bulk;
mod calls;
mod completion;
mod diagnostics;
pub(crate) mod events;
mod exports;
mod history;
mod home;
mod keeping;
mod mail_lists;
mod mail_runs;
mod messages;
mod notify;
mod overview;
mod payments;
mod proof;
mod refund_notices;
mod refunds;
mod relay;
mod replies;
mod sql;
mod sync;
mod text_templates;
mod webhooks;

pub(crate) use history::FoundEventsAndCount;
pub(crate) use messages::FoundMessagesAndCount;
pub(crate) use payments::FoundAndCounted;
pub(crate) use webhooks::WebhookVerdict;

use contract::Empty;
use serde::Serialize;

use crate::text::Text;

/// A response that can be shown.
pub(crate) trait Answer: Serialize {
    /// Writes it as lines, facts and tables.
    fn write_text(&self, text: &mut Text);

    /// A sentence for stderr about how it ended, where that needs one.
    fn remark(&self) -> Option<String> {
        None
    }

    /// The intent whose end it shows.
    fn ended_intent(&self) -> Option<&str> {
        None
    }
}

impl Answer for Empty {
    fn write_text(&self, text: &mut Text) {
        text.line("Done.");
    }
}

/// What is said of an answer to a wish that was made before and whose end nobody was shown.
fn repeated(created: &str) -> String {
    format!(
        "The same was asked for before{created}, and nobody was shown how it ended; this is how. Nothing new was \
         sent. If you want it once more, ask again."
    )
}

/// Whether an intent in this state will not change any more by itself or by Paydesk.
fn is_ended(state: &str) -> bool {
    matches!(state, "settled" | "refused" | "canceled")
}

/// How a list goes on.
fn write_page_end(text: &mut Text, shown: usize, total: u64, next: Option<&str>) {
    text.line(format!("{shown} of {total}"));
    if let Some(next) = next {
        text.line(format!("Next page: --after {next}"));
    }
}
