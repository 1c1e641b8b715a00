//! Mail that is sent later, and taking it back until then.

use serde_json::{Value, json};
use transport::{Body, Endpoint, Method, Request};

use super::answer::usable_id;
use super::{CallError, SendGrid};

/// What is to become of mail that waits for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleStatus {
    /// It is not sent; for good once its time is over.
    Cancel,
    /// It waits until somebody lets it go, for 72 hours after its time at most.
    Pause,
}

impl ScheduleStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
        }
    }
}

impl SendGrid {
    /// A new id under which mail that is sent later can be taken back.
    ///
    /// # Errors
    /// When the key may not make one, or nothing answers.
    pub async fn new_batch_id(&self) -> Result<String, CallError> {
        let endpoint = Endpoint { method: Method::POST, path_template: "/v3/mail/batch" };
        let response = self.client.send(Request::new(endpoint, "/v3/mail/batch")).await?;
        if response.status != 201 {
            return Err(CallError::of(&response));
        }
        let tree: Value = serde_json::from_slice(&response.body).map_err(|_| CallError::Unreadable)?;
        tree["batch_id"].as_str().and_then(usable_id).ok_or(CallError::Unreadable)
    }

    /// Cancels or pauses what waits under an id. Asked twice, it is as it was asked.
    ///
    /// # Errors
    /// When SendGrid says no, such as where it is too late, or nothing answers.
    pub async fn set_schedule(&self, batch_id: &str, status: ScheduleStatus) -> Result<(), CallError> {
        let first = Endpoint { method: Method::POST, path_template: "/v3/user/scheduled_sends" };
        let body = json!({ "batch_id": batch_id, "status": status.as_str() });
        let mut request = Request::new(first, "/v3/user/scheduled_sends");
        request.body = Some(Body::Json(body.to_string().into_bytes().into()));
        match self.done(request).await {
            // One that was paused is there already; then it is changed.
            Err(CallError::Refused(problem)) if problem.status == 400 => {}
            other => return other,
        }
        let again = Endpoint { method: Method::PATCH, path_template: "/v3/user/scheduled_sends/{batch_id}" };
        let path = again.path(&[batch_id]).map_err(|_| CallError::Unreadable)?;
        let mut request = Request::new(again, path);
        request.body = Some(Body::Json(json!({ "status": status.as_str() }).to_string().into_bytes().into()));
        self.done(request).await
    }

    /// Lets what was paused go at its time.
    ///
    /// # Errors
    /// When SendGrid says no, or nothing answers.
    pub async fn resume_schedule(&self, batch_id: &str) -> Result<(), CallError> {
        let endpoint =
            Endpoint { method: Method::DELETE, path_template: "/v3/user/scheduled_sends/{batch_id}" };
        let path = endpoint.path(&[batch_id]).map_err(|_| CallError::Unreadable)?;
        self.done(Request::new(endpoint, path)).await
    }

    async fn done(&self, request: Request) -> Result<(), CallError> {
        let response = self.client.send(request).await?;
        if (200..300).contains(&response.status) { Ok(()) } else { Err(CallError::of(&response)) }
    }
}
