//! The table of requests: name, types, what a response provides and what a write invalidates.
//!
//! The page's cache is driven by the two tag lists, never by guesses: an answer is cached under
//! what it provides, and a write drops what it invalidates. A test fails on a tag that is
//! invalidated but never provided.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::accounts::{
    AccountView, CheckAccount, ConnectAccount, Connected, ListAccounts, OpenSandbox, RemoveAccount,
    RenameAccount, SetRefundLimits, SetReportingZone, SetWriteKey,
};
use crate::approvals::{
    ApprovalRowView, ApprovalView, ApproverView, AskApproval, AskRunApproval, DecideApproval,
    DistrustApprover, ListApprovalRows, ListApprovals, ListApprovers, MyKey, OpenApproval, ShowMyKey,
    TakeApproval, TrustApprover,
};
use crate::book::{
    AcceptBookLoss, BookExported, BookLineView, BookVerified, EvidenceView, ExportBook, ListBook, NoteLookUp,
    SetMyName, VerifyBook, WhoView, WriteEvidence,
};
use crate::bulk::{
    BulkFile, BulkReceiptsFile, BulkRowView, BulkRunView, CancelBulk, ImportBulk, ListBulkRows, ListBulkRuns,
    PauseBulk, ReadBulk, RunBulk, ShowBulkRun, TickBulkRows, WriteBulkReceipts,
};
use crate::calls::{CallView, ListCalls, Quotas, ShowQuota};
use crate::channels::{
    AddChannel, ChangeChannel, ChannelPreview, ChannelTested, ChannelView, DesktopMessage, ListChannels,
    ListSandboxMessages, PauseChannel, PreviewChannel, RemoveChannel, ResumeChannel, SandboxMessage,
    TakeDesktopMessages, TestChannel,
};
use crate::completion::{CompleteQuery, QueryCompletion};
use crate::diagnostics::{
    Destinations, Diagnostics, DiagnosticsSaved, ListDestinations, LogPage, PrepareDiagnostics, ReadLog,
    SaveDiagnostics, SetTelemetry, ShowTelemetry, TelemetryView,
};
use crate::events::{
    EventDetail, HoldLan, HookView, ListHooks, ListReceived, OpenHook, ReceivedEventView, RecordReceived,
    RecordedLine, RemoveHook, ResendEvent, ResentEvent, ShowEvent,
};
use crate::exports::{CancelExport, ExportList, ExportView, ListExports, StartExport};
use crate::history::{
    CountEvents, DiffEvents, EventCount, EventDiff, EventsExported, ExportEvents, FoundEvents, ListEvents,
    MissedEvents, ShowMissed, TriggerEvent, Triggered,
};
use crate::home::{
    HomeView, LockWrites, SetUnlockPassphrase, ShowHome, TouchUnlock, UnlockWrites, WriteLock,
};
use crate::keeping::{
    BackupMirror, BackupView, CheckMirrorFile, CustomerCopyView, EraseCustomer, ErasedView, ExportCustomer,
    MirrorFileView, RekeyMirror, RekeyedView, RestoreMirror, RestoredView,
};
use crate::mail_lists::{
    GroupList, ListGroups, ListSuppressions, ListTemplates, ShowTemplate, SuppressionList, TemplateDetail,
    TemplateList,
};
use crate::mail_runs::{
    CancelMailRun, HoldMailRun, ImportMailRun, ListMailRunRows, ListMailRuns, MailListFile, MailRunRowView,
    MailRunView, MailSamples, PauseMailRun, PreviewMailRun, ReadMailList, RunMail, ShowMailRun,
};
use crate::message_sources::{ActivityChecked, CheckActivity, ImportMessages, MessagesImported};
use crate::messages::{
    CloseMessage, ConnectMail, CountMessages, FoundMessages, LinkMessage, ListMessages, MailSettingsView,
    MessageCount, MessageDetail, MessagePreview, MessageView, MessagesSynced, PreviewMessage, SendMessage,
    SetMailSettings, ShowMailSettings, ShowMessage, ShowThread, SyncMessages, TakeBackMessage, ThreadView,
    UnlinkMessage,
};
use crate::overview::{Overview, ShowOverview};
use crate::payments::{
    CancelPayment, CapturePayment, ConfirmPayment, CountPayments, CreateCustomer, CreatePayment,
    CustomerDetail, FindPayments, FoundPayments, PaymentCount, Show, ShowCustomer, Shown, WriteOutcome,
};
use crate::proof::{CancelProof, ProofCalendar, ProofDayDetail, ProofRun, RunProof, ShowProof, ShowProofDay};
use crate::refund_notices::{RefundNoticesView, SetRefundNotices, ShowRefundNotices};
use crate::refunds::{
    AcknowledgeIntent, CancelRefund, CloseIntent, CountRefunds, IssueRefund, ListRefunds, Preflight,
    PreflightRefund, RefundCounts, RefundView, ReleaseIntent, SetUndoWindow, SettleRefunds, UndoWindow,
    WithdrawIntent,
};
use crate::relay::{
    AddEndpoint, CancelReplay, ChangeEndpoint, DeliveryDetail, DeliveryView, EndpointDetail, EndpointView,
    ListDeliveries, ListEndpoints, ListReplays, PauseEndpoint, RemoveEndpoint, ReplayView, ResumeEndpoint,
    ResumeReplay, ShowDelivery, ShowEndpoint, ShowReplay, StartReplay, TouchEndpoint,
};
use crate::replies::{PrepareReplies, Replies};
use crate::saved_views::{
    ExportViews, GainedView, ImportViews, ImportedViews, ListViews, RemoveView, RenameView, SaveView,
    SavedViewView, TakeGainedViews, ViewsFile,
};
use crate::shared::{Empty, Page};
use crate::sql::{ListSqlViews, RunSql, SqlAnswer, SqlViews};
use crate::sync::{CancelSync, ShowSync, StartSync, SyncView};
use crate::text_templates::{ListTextTemplates, RemoveTextTemplate, SaveTextTemplate, TextTemplateView};

/// Something that shells show and that a write may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// The home, its vault and locks.
    Home,
    /// Accounts.
    Accounts,
    /// How far mirrors are.
    Sync,
    /// Payments and what belongs to them.
    Payments,
    /// Customers.
    Customers,
    /// Refunds and intents.
    Refunds,
    /// API calls and rates.
    Calls,
    /// What is proven of each day.
    Proof,
    /// Saved views and their counts.
    Views,
    /// Exports.
    Exports,
    /// The book.
    Book,
    /// Requests for approval, and whose approvals count.
    Approvals,
    /// Refunds by the thousand.
    Bulk,
    /// Events, and the paths that they are delivered to.
    Events,
    /// Endpoints that events are sent on to.
    Endpoints,
    /// What was sent to endpoints, and replays.
    Deliveries,
    /// Messages to customers.
    Messages,
    /// Email by the thousand.
    MailRuns,
    /// Templates, groups and suppressions of accounts that send mail.
    MailLists,
    /// Channels for messages of Paydesk's own.
    Channels,
    /// The log, what leaves the machine, telemetry.
    Diagnostics,
}

/// What the table says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name: the Tauri command, and the tag over the local socket.
    pub name: &'static str,
    /// What its response shows.
    pub provides: &'static [Tag],
    /// What may have changed once it was answered.
    pub invalidates: &'static [Tag],
    /// Whether it does something at a vendor that moves money or makes an object. Live must be unlocked.
    pub writes: bool,
}

/// Hands the whole table to a macro of the caller: `$callback!{ name: Request => Response, … }`.
/// The window makes its commands from it, the page's bindings their types.
#[macro_export]
macro_rules! for_each_endpoint {
    ($callback:ident) => {
        $callback! {
            show_home: ShowHome => HomeView, provides [Home], invalidates [], writes false;
            unlock_writes: UnlockWrites => WriteLock, provides [], invalidates [Home], writes false;
            lock_writes: LockWrites => WriteLock, provides [], invalidates [Home], writes false;
            touch_unlock: TouchUnlock => WriteLock, provides [], invalidates [], writes false;
            set_unlock_passphrase: SetUnlockPassphrase => Empty, provides [], invalidates [Home], writes false;
            list_accounts: ListAccounts => Page<AccountView>, provides [Accounts], invalidates [], writes false;
            connect_account: ConnectAccount => Connected, provides [], invalidates [Home, Accounts, Sync, Payments], writes false;
            open_sandbox: OpenSandbox => Connected, provides [], invalidates [Home, Accounts, Sync, Payments], writes false;
            check_account: CheckAccount => AccountView, provides [], invalidates [Accounts, Calls], writes false;
            rename_account: RenameAccount => AccountView, provides [], invalidates [Home, Accounts, Sync, Payments, Customers, Refunds, Calls], writes false;
            set_reporting_zone: SetReportingZone => AccountView, provides [], invalidates [Accounts, Payments, Refunds], writes false;
            set_refund_limits: SetRefundLimits => AccountView, provides [], invalidates [Accounts, Bulk, Book], writes false;
            set_write_key: SetWriteKey => AccountView, provides [], invalidates [Accounts, Calls, Book], writes false;
            remove_account: RemoveAccount => Empty, provides [], invalidates [Home, Accounts, Sync, Payments, Customers, Refunds, Calls], writes false;
            start_sync: StartSync => Page<SyncView>, provides [], invalidates [Accounts, Sync, Payments, Customers, Refunds, Calls], writes false;
            cancel_sync: CancelSync => Page<SyncView>, provides [], invalidates [Sync], writes false;
            show_sync: ShowSync => Page<SyncView>, provides [Sync], invalidates [], writes false;
            find_payments: FindPayments => FoundPayments, provides [Payments], invalidates [], writes false;
            count_payments: CountPayments => PaymentCount, provides [Payments], invalidates [], writes false;
            complete_query: CompleteQuery => QueryCompletion, provides [Payments, Accounts, Events, Messages], invalidates [], writes false;
            run_sql: RunSql => SqlAnswer, provides [], invalidates [], writes false;
            list_sql_views: ListSqlViews => SqlViews, provides [Home], invalidates [], writes false;
            show: Show => Shown, provides [Payments, Refunds, Customers, Messages], invalidates [], writes false;
            show_customer: ShowCustomer => CustomerDetail, provides [Customers, Payments], invalidates [], writes false;
            show_overview: ShowOverview => Overview, provides [Payments, Refunds], invalidates [], writes false;
            preflight_refund: PreflightRefund => Preflight, provides [Refunds], invalidates [Payments, Calls], writes false;
            issue_refund: IssueRefund => RefundView, provides [], invalidates [Payments, Refunds, Calls, Approvals], writes true;
            cancel_refund: CancelRefund => RefundView, provides [], invalidates [Payments, Refunds, Calls], writes true;
            list_refunds: ListRefunds => Page<RefundView>, provides [Refunds], invalidates [], writes false;
            settle_refunds: SettleRefunds => Page<RefundView>, provides [], invalidates [Payments, Refunds, Calls], writes false;
            acknowledge_intent: AcknowledgeIntent => Empty, provides [], invalidates [], writes false;
            close_intent: CloseIntent => RefundView, provides [], invalidates [Payments, Refunds], writes false;
            withdraw_intent: WithdrawIntent => RefundView, provides [], invalidates [Home, Payments, Refunds], writes false;
            release_intent: ReleaseIntent => RefundView, provides [], invalidates [Home, Payments, Refunds, Calls], writes true;
            count_refunds: CountRefunds => RefundCounts, provides [Refunds], invalidates [], writes false;
            set_undo_window: SetUndoWindow => UndoWindow, provides [], invalidates [Home], writes false;
            show_my_key: ShowMyKey => MyKey, provides [Approvals], invalidates [], writes false;
            list_approvers: ListApprovers => Page<ApproverView>, provides [Approvals], invalidates [], writes false;
            trust_approver: TrustApprover => ApproverView, provides [], invalidates [Approvals, Book], writes false;
            distrust_approver: DistrustApprover => ApproverView, provides [], invalidates [Approvals, Book], writes false;
            ask_approval: AskApproval => ApprovalView, provides [], invalidates [Approvals, Payments, Calls, Book], writes false;
            ask_run_approval: AskRunApproval => ApprovalView, provides [], invalidates [Approvals, Bulk, Book], writes false;
            list_approvals: ListApprovals => Page<ApprovalView>, provides [Approvals, Refunds], invalidates [], writes false;
            open_approval: OpenApproval => ApprovalView, provides [Approvals, Payments], invalidates [], writes false;
            list_approval_rows: ListApprovalRows => Page<ApprovalRowView>, provides [Approvals, Payments], invalidates [], writes false;
            decide_approval: DecideApproval => ApprovalView, provides [], invalidates [Approvals, Book], writes false;
            take_approval: TakeApproval => ApprovalView, provides [], invalidates [Approvals, Bulk, Book], writes false;
            read_bulk: ReadBulk => BulkFile, provides [], invalidates [], writes false;
            import_bulk: ImportBulk => BulkRunView, provides [], invalidates [Bulk], writes false;
            list_bulk_runs: ListBulkRuns => Page<BulkRunView>, provides [Bulk], invalidates [], writes false;
            show_bulk_run: ShowBulkRun => BulkRunView, provides [Bulk], invalidates [], writes false;
            list_bulk_rows: ListBulkRows => Page<BulkRowView>, provides [Bulk], invalidates [], writes false;
            tick_bulk_rows: TickBulkRows => BulkRunView, provides [], invalidates [Bulk], writes false;
            run_bulk: RunBulk => BulkRunView, provides [], invalidates [Bulk, Refunds, Calls, Approvals], writes true;
            pause_bulk: PauseBulk => BulkRunView, provides [], invalidates [Bulk, Refunds], writes false;
            cancel_bulk: CancelBulk => BulkRunView, provides [], invalidates [Bulk, Refunds], writes false;
            write_bulk_receipts: WriteBulkReceipts => BulkReceiptsFile, provides [], invalidates [], writes false;
            create_payment: CreatePayment => WriteOutcome, provides [], invalidates [Payments, Calls], writes true;
            confirm_payment: ConfirmPayment => WriteOutcome, provides [], invalidates [Payments, Calls], writes true;
            capture_payment: CapturePayment => WriteOutcome, provides [], invalidates [Payments, Refunds, Calls], writes true;
            cancel_payment: CancelPayment => WriteOutcome, provides [], invalidates [Payments, Refunds, Calls], writes true;
            create_customer: CreateCustomer => WriteOutcome, provides [], invalidates [Customers, Calls], writes true;
            show_proof: ShowProof => ProofCalendar, provides [Proof], invalidates [], writes false;
            show_proof_day: ShowProofDay => ProofDayDetail, provides [Proof], invalidates [], writes false;
            run_proof: RunProof => Page<ProofRun>, provides [], invalidates [Proof], writes false;
            cancel_proof: CancelProof => Page<ProofRun>, provides [], invalidates [Proof], writes false;
            check_mirror_file: CheckMirrorFile => MirrorFileView, provides [Home], invalidates [], writes false;
            backup_mirror: BackupMirror => BackupView, provides [], invalidates [], writes false;
            restore_mirror: RestoreMirror => RestoredView, provides [], invalidates [Home, Accounts, Sync, Payments, Customers, Refunds, Calls, Views], writes false;
            rekey_mirror: RekeyMirror => RekeyedView, provides [], invalidates [Home], writes false;
            erase_customer: EraseCustomer => ErasedView, provides [], invalidates [Payments, Customers, Refunds, Views], writes false;
            export_customer: ExportCustomer => CustomerCopyView, provides [], invalidates [], writes false;
            list_calls: ListCalls => Page<CallView>, provides [Calls], invalidates [], writes false;
            show_quota: ShowQuota => Quotas, provides [Calls], invalidates [], writes false;
            read_log: ReadLog => LogPage, provides [Diagnostics], invalidates [], writes false;
            list_destinations: ListDestinations => Destinations, provides [Diagnostics, Accounts, Endpoints, Channels], invalidates [], writes false;
            show_telemetry: ShowTelemetry => TelemetryView, provides [Diagnostics], invalidates [], writes false;
            set_telemetry: SetTelemetry => TelemetryView, provides [], invalidates [Diagnostics], writes false;
            prepare_diagnostics: PrepareDiagnostics => Diagnostics, provides [], invalidates [], writes false;
            save_diagnostics: SaveDiagnostics => DiagnosticsSaved, provides [], invalidates [], writes false;
            start_export: StartExport => ExportView, provides [], invalidates [Exports], writes false;
            cancel_export: CancelExport => ExportView, provides [], invalidates [Exports], writes false;
            list_exports: ListExports => ExportList, provides [Exports], invalidates [], writes false;
            list_views: ListViews => Page<SavedViewView>, provides [Views], invalidates [], writes false;
            save_view: SaveView => SavedViewView, provides [], invalidates [Views], writes false;
            rename_view: RenameView => SavedViewView, provides [], invalidates [Views], writes false;
            remove_view: RemoveView => Empty, provides [], invalidates [Views], writes false;
            take_gained_views: TakeGainedViews => Page<GainedView>, provides [], invalidates [], writes false;
            export_views: ExportViews => ViewsFile, provides [Views], invalidates [], writes false;
            import_views: ImportViews => ImportedViews, provides [], invalidates [Views], writes false;
            note_look_up: NoteLookUp => Empty, provides [], invalidates [Book], writes false;
            list_book: ListBook => Page<BookLineView>, provides [Book], invalidates [], writes false;
            verify_book: VerifyBook => BookVerified, provides [], invalidates [], writes false;
            export_book: ExportBook => BookExported, provides [], invalidates [Book], writes false;
            accept_book_loss: AcceptBookLoss => BookVerified, provides [], invalidates [Book], writes false;
            set_my_name: SetMyName => WhoView, provides [], invalidates [Home], writes false;
            write_evidence: WriteEvidence => EvidenceView, provides [], invalidates [Book], writes false;
            open_hook: OpenHook => HookView, provides [], invalidates [Events], writes false;
            hold_lan: HoldLan => Empty, provides [], invalidates [], writes false;
            remove_hook: RemoveHook => Empty, provides [], invalidates [Events, Endpoints, Deliveries], writes false;
            list_hooks: ListHooks => Page<HookView>, provides [Events, Accounts], invalidates [], writes false;
            list_events: ListEvents => FoundEvents, provides [Events, Deliveries, Accounts], invalidates [], writes false;
            count_events: CountEvents => EventCount, provides [Events], invalidates [], writes false;
            diff_events: DiffEvents => EventDiff, provides [Events, Payments], invalidates [], writes false;
            export_events: ExportEvents => EventsExported, provides [], invalidates [Book], writes false;
            show_missed: ShowMissed => MissedEvents, provides [Events, Sync], invalidates [], writes false;
            trigger_event: TriggerEvent => Triggered, provides [], invalidates [Calls], writes false;
            resend_event: ResendEvent => ResentEvent, provides [], invalidates [Calls], writes false;
            record_received: RecordReceived => RecordedLine, provides [], invalidates [], writes false;
            list_received: ListReceived => Page<ReceivedEventView>, provides [Events, Accounts], invalidates [], writes false;
            show_event: ShowEvent => EventDetail, provides [Events, Accounts], invalidates [], writes false;
            add_endpoint: AddEndpoint => EndpointView, provides [], invalidates [Endpoints, Book], writes false;
            change_endpoint: ChangeEndpoint => EndpointView, provides [], invalidates [Endpoints, Book], writes false;
            list_endpoints: ListEndpoints => Page<EndpointView>, provides [Endpoints, Deliveries, Accounts], invalidates [], writes false;
            show_endpoint: ShowEndpoint => EndpointDetail, provides [Endpoints, Deliveries, Accounts], invalidates [], writes false;
            pause_endpoint: PauseEndpoint => EndpointView, provides [], invalidates [Endpoints, Book], writes false;
            resume_endpoint: ResumeEndpoint => EndpointView, provides [], invalidates [Endpoints, Deliveries, Book], writes false;
            remove_endpoint: RemoveEndpoint => Empty, provides [], invalidates [Endpoints, Deliveries, Book], writes false;
            touch_endpoint: TouchEndpoint => Empty, provides [], invalidates [], writes false;
            list_deliveries: ListDeliveries => Page<DeliveryView>, provides [Deliveries, Endpoints, Accounts], invalidates [], writes false;
            show_delivery: ShowDelivery => DeliveryDetail, provides [Deliveries, Endpoints, Accounts], invalidates [], writes false;
            start_replay: StartReplay => ReplayView, provides [], invalidates [Deliveries, Book], writes false;
            show_replay: ShowReplay => ReplayView, provides [Deliveries, Endpoints], invalidates [], writes false;
            list_replays: ListReplays => Page<ReplayView>, provides [Deliveries, Endpoints], invalidates [], writes false;
            resume_replay: ResumeReplay => ReplayView, provides [], invalidates [Deliveries, Book], writes false;
            cancel_replay: CancelReplay => ReplayView, provides [], invalidates [Deliveries, Book], writes false;
            connect_mail: ConnectMail => Connected, provides [], invalidates [Home, Accounts, Messages], writes false;
            preview_message: PreviewMessage => MessagePreview, provides [Messages, Payments, Refunds], invalidates [], writes false;
            send_message: SendMessage => MessageView, provides [], invalidates [Messages, Calls, Book], writes true;
            list_messages: ListMessages => FoundMessages, provides [Messages, Accounts], invalidates [], writes false;
            count_messages: CountMessages => MessageCount, provides [Messages], invalidates [], writes false;
            show_message: ShowMessage => MessageDetail, provides [Messages, Accounts], invalidates [], writes false;
            close_message: CloseMessage => MessageView, provides [], invalidates [Messages, Book], writes false;
            take_back_message: TakeBackMessage => MessageView, provides [], invalidates [Messages, Calls, Book], writes false;
            show_thread: ShowThread => ThreadView, provides [Messages, Accounts], invalidates [], writes false;
            link_message: LinkMessage => MessageView, provides [], invalidates [Messages, Book], writes false;
            unlink_message: UnlinkMessage => MessageView, provides [], invalidates [Messages, Book], writes false;
            import_messages: ImportMessages => MessagesImported, provides [], invalidates [Messages], writes false;
            check_activity: CheckActivity => ActivityChecked, provides [], invalidates [Messages, Calls], writes false;
            sync_messages: SyncMessages => MessagesSynced, provides [], invalidates [Messages, Calls], writes false;
            show_mail_settings: ShowMailSettings => MailSettingsView, provides [Accounts, Messages], invalidates [], writes false;
            set_mail_settings: SetMailSettings => MailSettingsView, provides [], invalidates [Accounts, Messages, Book], writes false;
            show_refund_notices: ShowRefundNotices => RefundNoticesView, provides [Accounts, Messages, Refunds], invalidates [], writes false;
            set_refund_notices: SetRefundNotices => RefundNoticesView, provides [], invalidates [Accounts, Messages, Book], writes false;
            list_templates: ListTemplates => TemplateList, provides [MailLists, Accounts], invalidates [], writes false;
            show_template: ShowTemplate => TemplateDetail, provides [MailLists, Payments], invalidates [], writes false;
            list_text_templates: ListTextTemplates => Page<TextTemplateView>, provides [MailLists], invalidates [], writes false;
            save_text_template: SaveTextTemplate => TextTemplateView, provides [], invalidates [MailLists, Book], writes false;
            remove_text_template: RemoveTextTemplate => Empty, provides [], invalidates [MailLists, Book], writes false;
            list_suppressions: ListSuppressions => SuppressionList, provides [MailLists, Accounts], invalidates [], writes false;
            list_groups: ListGroups => GroupList, provides [MailLists, Accounts], invalidates [], writes false;
            read_mail_list: ReadMailList => MailListFile, provides [], invalidates [], writes false;
            import_mail_run: ImportMailRun => MailRunView, provides [], invalidates [MailRuns, MailLists, Calls], writes false;
            list_mail_runs: ListMailRuns => Page<MailRunView>, provides [MailRuns], invalidates [], writes false;
            show_mail_run: ShowMailRun => MailRunView, provides [MailRuns, Messages], invalidates [], writes false;
            preview_mail_run: PreviewMailRun => MailSamples, provides [MailRuns, MailLists], invalidates [], writes false;
            list_mail_run_rows: ListMailRunRows => Page<MailRunRowView>, provides [MailRuns, Messages], invalidates [], writes false;
            run_mail: RunMail => MailRunView, provides [], invalidates [MailRuns, Messages, Calls, Book], writes true;
            pause_mail_run: PauseMailRun => MailRunView, provides [], invalidates [MailRuns, Messages, Book], writes false;
            cancel_mail_run: CancelMailRun => MailRunView, provides [], invalidates [MailRuns, Messages, Calls, Book], writes false;
            hold_mail_run: HoldMailRun => MailRunView, provides [], invalidates [MailRuns, Messages, Calls, Book], writes false;
            add_channel: AddChannel => ChannelView, provides [], invalidates [Channels, Book], writes false;
            change_channel: ChangeChannel => ChannelView, provides [], invalidates [Channels, Book], writes false;
            list_channels: ListChannels => Page<ChannelView>, provides [Channels, Deliveries], invalidates [], writes false;
            preview_channel: PreviewChannel => ChannelPreview, provides [], invalidates [], writes false;
            test_channel: TestChannel => ChannelTested, provides [], invalidates [Channels, Book], writes false;
            pause_channel: PauseChannel => ChannelView, provides [], invalidates [Channels, Book], writes false;
            resume_channel: ResumeChannel => ChannelView, provides [], invalidates [Channels, Deliveries, Book], writes false;
            remove_channel: RemoveChannel => Empty, provides [], invalidates [Channels, Deliveries, Book], writes false;
            take_desktop_messages: TakeDesktopMessages => Page<DesktopMessage>, provides [], invalidates [], writes false;
            list_sandbox_messages: ListSandboxMessages => Page<SandboxMessage>, provides [Deliveries], invalidates [], writes false;
            prepare_replies: PrepareReplies => Replies, provides [Payments, Refunds], invalidates [], writes false;
        }
    };
}

/// A request and the response type that answers it.
pub trait Call: Serialize + Into<Request> {
    /// What answers it.
    type Response: Serialize + serde::de::DeserializeOwned + TryFrom<Response, Error = Box<Response>>;
    /// Its line in the table.
    const ENDPOINT: Endpoint;
}

macro_rules! declare {
    ($($name:ident: $request:ty => $response:ty, provides [$($provided:ident),*], invalidates [$($invalidated:ident),*], writes $writes:literal;)*) => {
        /// Any request.
        #[expect(non_camel_case_types, reason = "a variant is named like its endpoint, which is also its tag over JSON")]
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "endpoint", content = "request")]
        pub enum Request {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                $name($request),
            )*
        }

        /// Any response, tagged by the endpoint that it answers.
        #[expect(non_camel_case_types, reason = "a variant is named like its endpoint, which is also its tag over JSON")]
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "endpoint", content = "response")]
        pub enum Response {
            $(
                #[doc = concat!("Answers `", stringify!($name), "`")]
                $name($response),
            )*
        }

        impl Request {
            /// The line of the table for it.
            pub fn endpoint(&self) -> Endpoint {
                match self {
                    $(Self::$name(_) => <$request as Call>::ENDPOINT,)*
                }
            }
        }

        /// The whole table, in order.
        pub const ENDPOINTS: &[Endpoint] = &[$(<$request as Call>::ENDPOINT),*];

        $(
            impl From<$request> for Request {
                fn from(request: $request) -> Self {
                    Self::$name(request)
                }
            }

            impl Call for $request {
                type Response = $response;
                const ENDPOINT: Endpoint = Endpoint {
                    name: stringify!($name),
                    provides: &[$(Tag::$provided),*],
                    invalidates: &[$(Tag::$invalidated),*],
                    writes: $writes,
                };
            }
        )*

        /// Visits the request and response type of each endpoint, for the generated bindings.
        pub(crate) fn visit_types(visitor: &mut impl EndpointVisitor) {
            $(visitor.endpoint::<$request, $response>(&<$request as Call>::ENDPOINT);)*
        }
    };
}

for_each_endpoint!(declare);

/// Sees the types of each endpoint.
pub(crate) trait EndpointVisitor {
    /// Called once per endpoint.
    fn endpoint<Req: TS + 'static, Res: TS + 'static>(&mut self, endpoint: &Endpoint);
}

/// Takes a response apart when its type is answered by several endpoints.
macro_rules! unwrap_response {
    ($($response:ty: $($name:ident)|+;)*) => {
        $(
            impl TryFrom<Response> for $response {
                type Error = Box<Response>;

                fn try_from(response: Response) -> Result<Self, Self::Error> {
                    match response {
                        $(Response::$name(inner) => Ok(inner),)+
                        other => Err(Box::new(other)),
                    }
                }
            }
        )*
    };
}

unwrap_response! {
    HomeView: show_home;
    WriteLock: unlock_writes | lock_writes | touch_unlock;
    Page<AccountView>: list_accounts;
    Connected: connect_account | open_sandbox | connect_mail;
    AccountView: check_account | rename_account | set_reporting_zone | set_refund_limits | set_write_key;
    Empty: set_unlock_passphrase | remove_account | acknowledge_intent | remove_view | note_look_up | remove_endpoint | touch_endpoint | remove_hook | hold_lan | remove_channel | remove_text_template;
    Page<SyncView>: start_sync | cancel_sync | show_sync;
    FoundPayments: find_payments;
    PaymentCount: count_payments;
    QueryCompletion: complete_query;
    SqlAnswer: run_sql;
    SqlViews: list_sql_views;
    Shown: show;
    CustomerDetail: show_customer;
    Overview: show_overview;
    Preflight: preflight_refund;
    RefundView: issue_refund | cancel_refund | close_intent | withdraw_intent | release_intent;
    RefundCounts: count_refunds;
    UndoWindow: set_undo_window;
    Page<RefundView>: list_refunds | settle_refunds;
    WriteOutcome: create_payment | confirm_payment | capture_payment | cancel_payment | create_customer;
    BulkFile: read_bulk;
    BulkRunView: import_bulk | show_bulk_run | tick_bulk_rows | run_bulk | pause_bulk | cancel_bulk;
    Page<BulkRunView>: list_bulk_runs;
    Page<BulkRowView>: list_bulk_rows;
    BulkReceiptsFile: write_bulk_receipts;
    Page<CallView>: list_calls;
    HookView: open_hook;
    Page<HookView>: list_hooks;
    FoundEvents: list_events;
    EventCount: count_events;
    EventDiff: diff_events;
    EventsExported: export_events;
    MissedEvents: show_missed;
    Triggered: trigger_event;
    Page<ReceivedEventView>: list_received;
    EventDetail: show_event;
    ResentEvent: resend_event;
    RecordedLine: record_received;
    EndpointView: add_endpoint | change_endpoint | pause_endpoint | resume_endpoint;
    Page<EndpointView>: list_endpoints;
    EndpointDetail: show_endpoint;
    Page<DeliveryView>: list_deliveries;
    DeliveryDetail: show_delivery;
    ChannelView: add_channel | change_channel | pause_channel | resume_channel;
    Page<ChannelView>: list_channels;
    ChannelPreview: preview_channel;
    ChannelTested: test_channel;
    Page<DesktopMessage>: take_desktop_messages;
    Page<SandboxMessage>: list_sandbox_messages;
    ReplayView: start_replay | show_replay | resume_replay | cancel_replay;
    Page<ReplayView>: list_replays;
    ProofCalendar: show_proof;
    ProofDayDetail: show_proof_day;
    Page<ProofRun>: run_proof | cancel_proof;
    Quotas: show_quota;
    LogPage: read_log;
    Destinations: list_destinations;
    TelemetryView: show_telemetry | set_telemetry;
    Diagnostics: prepare_diagnostics;
    DiagnosticsSaved: save_diagnostics;
    MirrorFileView: check_mirror_file;
    BackupView: backup_mirror;
    RestoredView: restore_mirror;
    RekeyedView: rekey_mirror;
    ErasedView: erase_customer;
    CustomerCopyView: export_customer;
    ExportView: start_export | cancel_export;
    ExportList: list_exports;
    Page<SavedViewView>: list_views;
    SavedViewView: save_view | rename_view;
    Page<GainedView>: take_gained_views;
    ViewsFile: export_views;
    ImportedViews: import_views;
    Page<BookLineView>: list_book;
    BookVerified: verify_book | accept_book_loss;
    BookExported: export_book;
    WhoView: set_my_name;
    EvidenceView: write_evidence;
    MyKey: show_my_key;
    Page<ApproverView>: list_approvers;
    ApproverView: trust_approver | distrust_approver;
    ApprovalView: ask_approval | ask_run_approval | open_approval | decide_approval | take_approval;
    Page<ApprovalRowView>: list_approval_rows;
    Page<ApprovalView>: list_approvals;
    Replies: prepare_replies;
    MessagePreview: preview_message;
    MessageView: send_message | close_message | take_back_message | link_message | unlink_message;
    ThreadView: show_thread;
    FoundMessages: list_messages;
    MessagesImported: import_messages;
    ActivityChecked: check_activity;
    MessageCount: count_messages;
    MessageDetail: show_message;
    MailSettingsView: show_mail_settings | set_mail_settings;
    RefundNoticesView: show_refund_notices | set_refund_notices;
    Page<TextTemplateView>: list_text_templates;
    TextTemplateView: save_text_template;
    TemplateList: list_templates;
    TemplateDetail: show_template;
    SuppressionList: list_suppressions;
    GroupList: list_groups;
    MailListFile: read_mail_list;
    MailRunView: import_mail_run | show_mail_run | run_mail | pause_mail_run | cancel_mail_run | hold_mail_run;
    Page<MailRunView>: list_mail_runs;
    MailSamples: preview_mail_run;
    Page<MailRunRowView>: list_mail_run_rows;
    MessagesSynced: sync_messages;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::ENDPOINTS;

    #[test]
    fn every_tag_that_is_invalidated_is_provided_somewhere() {
        let provided: HashSet<_> = ENDPOINTS.iter().flat_map(|one| one.provides).collect();
        for endpoint in ENDPOINTS {
            for tag in endpoint.invalidates {
                assert!(provided.contains(tag), "{} invalidates {tag:?}, which nothing shows", endpoint.name);
            }
        }
    }

    #[test]
    fn a_write_invalidates_something_and_shows_nothing_from_the_cache() {
        for endpoint in ENDPOINTS.iter().filter(|one| one.writes) {
            assert!(!endpoint.invalidates.is_empty(), "{}", endpoint.name);
            assert!(endpoint.provides.is_empty(), "{}", endpoint.name);
        }
    }
}
