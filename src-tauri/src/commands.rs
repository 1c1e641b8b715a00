//! The endpoints of the contract as Tauri commands. Each builds one request and calls the Desk.

// The table names the types of every subject, also of those to come.
use contract::accounts::*;
use contract::approvals::*;
use contract::book::{
    AcceptBookLoss, BookExported, BookLineView, BookVerified, EvidenceView, ExportBook, ListBook, NoteLookUp,
    SetMyName, VerifyBook, WhoView, WriteEvidence,
};
use contract::bulk::*;
use contract::calls::*;
use contract::channels::*;
use contract::completion::{CompleteQuery, QueryCompletion};
use contract::diagnostics::*;
use contract::events::{
    EventDetail, HoldLan, HookView, ListHooks, ListReceived, OpenHook, ReceivedEventView, RecordReceived,
    RecordedLine, RemoveHook, ResendEvent, ResentEvent, ShowEvent,
};
use contract::exports::*;
use contract::history::*;
use contract::home::*;
use contract::keeping::*;
use contract::mail_lists::*;
use contract::mail_runs::*;
use contract::message_sources::*;
use contract::messages::*;
use contract::overview::*;
use contract::payments::*;
use contract::proof::*;
use contract::refund_notices::*;
use contract::refunds::*;
use contract::relay::*;
use contract::replies::{PrepareReplies, Replies};
use contract::saved_views::*;
use contract::shared::Shell;
use contract::sql::*;
use contract::sync::*;
use contract::text_templates::*;
use contract::{Empty, Environment, ErrorBody, ErrorCode, Page, Scope};
use desk::Connection;
use serde::de::DeserializeOwned;
use tauri::ipc::{CommandArg, CommandItem, InvokeBody, InvokeError};
use tauri::{AppHandle, Runtime, State, WebviewWindow};

use crate::windows;

/// An argument that answers with our own error when the page sent something else.
pub(crate) struct Given<T>(T);

impl<'de, T: DeserializeOwned, R: Runtime> CommandArg<'de, R> for Given<T> {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let InvokeBody::Json(body) = command.message.payload() else {
            return Err(bad_request("it is not JSON").into());
        };
        let Some(argument) = body.get(command.key) else {
            return Err(bad_request(format_args!("`{}` is missing", command.key)).into());
        };
        T::deserialize(argument).map(Self).map_err(|error| bad_request(error).into())
    }
}

fn bad_request(why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadRequest).with("why", why)
}

/// The environment comes from the window that asks, never from what its page says.
fn scope(window: &WebviewWindow) -> Scope {
    Scope { environment: windows::environment(window.label()), shell: Shell::Window }
}

macro_rules! commands {
    ($($name:ident: $request:ty => $response:ty, provides $provides:tt, invalidates $invalidates:tt, writes $writes:literal;)*) => {
        $(
            #[tauri::command]
            async fn $name(
                window: WebviewWindow,
                desk: State<'_, Connection>,
                request: Given<$request>,
            ) -> Result<$response, ErrorBody> {
                desk.call(scope(&window), request.0).await
            }
        )*

        /// Everything that a page can ask for.
        pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name,)* open_environment]
        }
    };
}

/// Opens the window of another environment, or brings it to the front.
#[tauri::command]
async fn open_environment(app: AppHandle, environment: Given<Environment>) -> Result<(), ErrorBody> {
    windows::open(&app, environment.0).map_err(|error| ErrorBody::new(ErrorCode::Internal).with("why", error))
}

contract::for_each_endpoint!(commands);
