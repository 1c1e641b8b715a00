//! Ids under which mail that waits can be taken back, and what was said of them.

use serde_json::{Value, json};

use super::Shared;
use super::requests::Answer;
use crate::random::mix;
use crate::shared::locked;

/// What is to become of mail that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Go,
    Pause,
    Cancel,
}

/// An id, and what was said of it.
pub(super) type Batches = std::collections::HashMap<String, Status>;

/// Whether the account made such an id.
pub(super) fn is_known(shared: &Shared, id: &str) -> bool {
    locked(&shared.batches).contains_key(id)
}

/// What was said of mail under an id.
pub(super) fn status(shared: &Shared, id: &str) -> Status {
    locked(&shared.batches).get(id).copied().unwrap_or(Status::Go)
}

/// Answers `/v3/mail/batch` and `/v3/user/scheduled_sends` with what stands below them.
pub(super) fn answer(shared: &Shared, method: &str, path: &str, body: &[u8]) -> Answer {
    let parts: Vec<&str> = path.trim_start_matches("/v3/").split('/').collect();
    match (method, parts.as_slice()) {
        ("POST", ["mail", "batch"]) => {
            let mut batches = locked(&shared.batches);
            let id = format!("batch{:016x}", mix(shared.seed ^ mix(batches.len() as u64 + 7)));
            batches.insert(id.clone(), Status::Go);
            created(json!({ "batch_id": id }))
        }
        ("GET", ["mail", "batch", id]) if is_known(shared, id) => Answer::ok(json!({ "batch_id": id })),
        ("POST", ["user", "scheduled_sends"]) => {
            let given: Value = serde_json::from_slice(body).unwrap_or_default();
            let id = given["batch_id"].as_str().unwrap_or_default();
            match (read(&given), status(shared, id)) {
                (_, Status::Pause | Status::Cancel) => Answer::error(
                    400,
                    "a status for this batch id exists, try PATCH to update the status",
                    Some("batch_id"),
                ),
                (Some(status), Status::Go) if is_known(shared, id) => {
                    locked(&shared.batches).insert(id.to_owned(), status);
                    created(json!({ "batch_id": id, "status": given["status"] }))
                }
                _ => Answer::error(400, "invalid batch id or status", Some("batch_id")),
            }
        }
        ("PATCH", ["user", "scheduled_sends", id]) => {
            let given: Value = serde_json::from_slice(body).unwrap_or_default();
            match read(&given) {
                Some(status) if self::status(shared, id) != Status::Go => {
                    locked(&shared.batches).insert((*id).to_owned(), status);
                    Answer::empty(204)
                }
                _ => Answer::error(404, "batch id not found", None),
            }
        }
        ("DELETE", ["user", "scheduled_sends", id]) if status(shared, id) != Status::Go => {
            locked(&shared.batches).insert((*id).to_owned(), Status::Go);
            Answer::empty(204)
        }
        _ => Answer::error(404, "not found", None),
    }
}

fn created(body: Value) -> Answer {
    let mut answer = Answer::ok(body);
    answer.status = 201;
    answer
}

fn read(given: &Value) -> Option<Status> {
    match given["status"].as_str()? {
        "cancel" => Some(Status::Cancel),
        "pause" => Some(Status::Pause),
        _ => None,
    }
}
