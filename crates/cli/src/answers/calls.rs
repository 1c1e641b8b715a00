//! API calls as text.

use contract::Page;
use contract::calls::{AttemptView, CallView};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

impl Answer for Page<CallView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("STARTED"),
            left("ACCOUNT"),
            left("CALL"),
            right("TRY"),
            left("ANSWER"),
            right("MS"),
            left("DECISION"),
            left("REQUEST ID"),
        ];
        let rows: Vec<Vec<String>> = self.items.iter().flat_map(rows_of).collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

/// One row per try; what they share stands in the first.
fn rows_of(call: &CallView) -> Vec<Vec<String>> {
    let shared = [moment(call.started), call.account.clone(), format!("{} {}", call.method, call.path)];
    call.attempts
        .iter()
        .enumerate()
        .map(|(place, attempt)| {
            let head = if place == 0 { shared.clone() } else { Default::default() };
            head.into_iter().chain(cells_of(attempt)).collect()
        })
        .collect()
}

fn cells_of(attempt: &AttemptView) -> [String; 5] {
    let answer = attempt.status.map(|status| status.to_string()).or_else(|| attempt.error.clone());
    let wait = attempt.wait_ms.map(|wait| format!(" after {wait} ms")).unwrap_or_default();
    [
        attempt.attempt.to_string(),
        or_dash(answer),
        attempt.duration_ms.to_string(),
        format!("{}{wait}", code(&attempt.decision)),
        or_dash(attempt.request_id.as_deref()),
    ]
}
