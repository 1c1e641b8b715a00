use contract::IntentState;
use contract::home::{HomeView, ProblemView, VaultView};
use contract::messages::MessageView;
use contract::payments::WriteOutcome;
use contract::refunds::RefundView;
use contract::shared::Shell;
use contract::sync::{ReadsView, SyncKindView, SyncView};
use contract::{ExitCode, Page};
use contract::{Money, Timestamp};

use super::{
    of_canceled_refund, of_closed_intent, of_closed_message, of_home, of_message, of_refund, of_refunds,
    of_sync, of_write,
};

fn refund(state: Option<&str>, status: Option<&str>) -> RefundView {
    let now = Timestamp::from_seconds(0);
    RefundView {
        kind: "refund".to_owned(),
        payment: Some("ch_1".to_owned()),
        state: state.map(str::to_owned),
        refund_status: status.map(str::to_owned),
        refund_id: None,
        intent_id: None,
        amount: Some(Money::new(500, "usd".parse().unwrap())),
        account: "shop".to_owned(),
        reason: None,
        note: None,
        created: now,
        updated: now,
        next_try: None,
        pending_reason: None,
        failure_reason: None,
        trace_reference: None,
        problem: None,
        problem_detail: None,
        release_at: None,
        can_withdraw: false,
        can_send: false,
        stoppable: "no".to_owned(),
        vendor_url: None,
        can_close: false,
        approved_by: None,
        approval: None,
        repeated: false,
    }
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { total: items.len() as u64, items, next: None }
}

#[test]
fn every_state_and_status_of_a_refund_has_its_exit_code() {
    use ExitCode::{DeclinedByVendor, Done, Unsettled};
    let statuses = [
        (Some("succeeded"), Done),
        (Some("pending"), Done),
        (Some("failed"), DeclinedByVendor),
        (Some("canceled"), DeclinedByVendor),
        (Some("requires_action"), Unsettled),
        (Some("requires_review"), Unsettled),
        (Some("a_newer_word"), Unsettled),
        (None, Unsettled),
    ];
    for state in IntentState::ALL {
        for (status, of_settled) in statuses {
            let expected = match state {
                IntentState::Settled => of_settled,
                IntentState::Refused | IntentState::Canceled => DeclinedByVendor,
                _ => Unsettled,
            };
            assert_eq!(of_refund(&refund(Some(state.as_str()), status)), expected, "{state} {status:?}");
        }
    }
    assert_eq!(of_refund(&refund(None, Some("succeeded"))), Done);
    assert_eq!(of_refund(&refund(Some("a_newer_word"), Some("succeeded"))), Unsettled);
}

#[test]
fn settling_exits_with_the_worst_of_all() {
    let settled = || refund(Some("settled"), Some("succeeded"));
    let refused = || refund(Some("refused"), None);
    let open = || refund(Some("unsettled"), None);
    assert_eq!(of_refunds(&page(vec![])), ExitCode::Done);
    assert_eq!(of_refunds(&page(vec![settled()])), ExitCode::Done);
    assert_eq!(of_refunds(&page(vec![settled(), refused()])), ExitCode::DeclinedByVendor);
    assert_eq!(of_refunds(&page(vec![refused(), open(), settled()])), ExitCode::Unsettled);
}

#[test]
fn settling_judges_each_intent_by_what_it_was_for() {
    let intent = |kind: &str, state: &str, status: Option<&str>| RefundView {
        kind: kind.to_owned(),
        ..refund(Some(state), status)
    };
    let stopped = intent("cancel_refund", "settled", Some("canceled"));
    assert_eq!(of_refunds(&page(vec![stopped])), ExitCode::Done);
    let overtaken = intent("cancel_refund", "settled", Some("succeeded"));
    assert_eq!(of_refunds(&page(vec![overtaken])), ExitCode::DeclinedByVendor);
    for (kind, status) in [
        ("cancel_payment", Some("canceled")),
        ("capture", Some("succeeded")),
        ("create_payment", Some("requires_payment_method")),
        ("create_customer", None),
        ("attach_payment_method", Some("attached")),
    ] {
        assert_eq!(of_refunds(&page(vec![intent(kind, "settled", status)])), ExitCode::Done, "{kind}");
        let refused = intent(kind, "refused", None);
        assert_eq!(of_refunds(&page(vec![refused])), ExitCode::DeclinedByVendor, "{kind}");
        assert_eq!(of_refunds(&page(vec![intent(kind, "sent", None)])), ExitCode::Unsettled, "{kind}");
        assert_eq!(of_closed_intent(&intent(kind, "settled", status)), ExitCode::Done, "{kind}");
    }
}

#[test]
fn stopping_and_closing_count_canceled_as_done() {
    assert_eq!(of_canceled_refund(&refund(Some("settled"), Some("canceled"))), ExitCode::Done);
    assert_eq!(of_canceled_refund(&refund(None, Some("canceled"))), ExitCode::Done);
    assert_eq!(of_canceled_refund(&refund(Some("settled"), Some("succeeded"))), ExitCode::DeclinedByVendor);
    assert_eq!(
        of_canceled_refund(&refund(Some("refused"), Some("requires_action"))),
        ExitCode::DeclinedByVendor
    );
    assert_eq!(of_canceled_refund(&refund(Some("unsettled"), Some("requires_action"))), ExitCode::Unsettled);
    assert_eq!(of_closed_intent(&refund(Some("canceled"), None)), ExitCode::Done);
    assert_eq!(of_closed_intent(&refund(Some("settled"), Some("succeeded"))), ExitCode::Done);
    assert_eq!(of_closed_intent(&refund(Some("needs_person"), None)), ExitCode::Unsettled);
}

#[test]
fn other_writes_go_by_their_state() {
    let write = |state: &str| {
        of_write(&WriteOutcome {
            intent_id: "i".to_owned(),
            state: state.to_owned(),
            id: None,
            status: None,
            amount: None,
            problem: None,
            problem_detail: None,
            repeated: false,
        })
    };
    assert_eq!(write("settled"), ExitCode::Done);
    assert_eq!(write("refused"), ExitCode::DeclinedByVendor);
    for open in ["waiting", "prepared", "sent", "unsettled", "needs_person", "a_newer_word"] {
        assert_eq!(write(open), ExitCode::Unsettled, "{open}");
    }
}

fn sync(state: &str, problem: Option<&str>, kinds: &[&str]) -> SyncView {
    SyncView {
        account: "shop".to_owned(),
        running: false,
        state: state.to_owned(),
        problem: problem.map(str::to_owned),
        problem_detail: None,
        as_of: None,
        rows_this_run: 0,
        requests_this_run: 0,
        too_many_this_run: 0,
        duration_ms: 0,
        caught_up: Vec::new(),
        reads: ReadsView {
            counted: true,
            today: 0,
            proof_today: 0,
            this_month: 0,
            allowance: 10_000,
            poll_every_ms: 480_000,
        },
        kinds: kinds
            .iter()
            .map(|state| SyncKindView {
                kind: "payments".to_owned(),
                state: (*state).to_owned(),
                rows: 0,
                skipped: 0,
                left: None,
                rows_per_second: None,
                remaining_ms: None,
                as_of: None,
            })
            .collect(),
    }
}

#[test]
fn a_sync_is_done_when_every_kind_is_there_or_cannot_be() {
    let complete = || sync("complete", None, &["complete", "not_offered", "not_allowed"]);
    assert_eq!(of_sync(&page(vec![complete()])), ExitCode::Done);
    assert_eq!(of_sync(&page(vec![complete(), sync("loading", None, &["loading"])])), ExitCode::Failed);
    assert_eq!(of_sync(&page(vec![sync("canceled", None, &["complete"])])), ExitCode::Failed);
    let unauthorized = sync("failed", Some("vendor_unauthorized"), &["waiting"]);
    assert_eq!(of_sync(&page(vec![complete(), unauthorized])), ExitCode::DeclinedByVendor);
    let no_vault = sync("failed", Some("vault_locked"), &[]);
    assert_eq!(of_sync(&page(vec![no_vault])), ExitCode::VaultUnavailable);
    assert_eq!(of_sync(&page(vec![sync("failed", Some("a_newer_code"), &[])])), ExitCode::Failed);
}

#[test]
fn the_first_problem_of_a_home_counts() {
    let home = |codes: &[&str]| HomeView {
        version: "0".to_owned(),
        home: "/home".to_owned(),
        environment: None,
        desk_shell: Shell::Command,
        desk_process: 1,
        vault: VaultView { kind: "keychain".to_owned(), available: true },
        environments: vec![],
        problems: codes
            .iter()
            .map(|code| ProblemView { code: (*code).to_owned(), message: String::new() })
            .collect(),
        unlock_by: contract::home::UnlockBy::NotSetUp,
        who: contract::book::WhoView { system_user: "ada".to_owned(), name: String::new() },
        undo_seconds: 10,
        from_email: None,
        exponents: vec![],
    };
    assert_eq!(of_home(&home(&[])), ExitCode::Done);
    assert_eq!(of_home(&home(&["vault_missing", "disk_full"])), ExitCode::VaultUnavailable);
    assert_eq!(of_home(&home(&["a_newer_code"])), ExitCode::Failed);
}

#[test]
fn a_message_in_doubt_is_never_done_and_never_declined() {
    let message = |state: &str| MessageView {
        id: "1".to_owned(),
        account: "letters".to_owned(),
        channel: "email".to_owned(),
        direction: "outbound".to_owned(),
        purpose: "receipt".to_owned(),
        state: state.to_owned(),
        send_at: None,
        reason: None,
        from: None,
        to: "ada@example.com".to_owned(),
        segments: None,
        price: None,
        price_currency: None,
        subject: None,
        template: None,
        sandbox_mode: false,
        card_masked: false,
        payment: None,
        customer: None,
        link: None,
        created: Timestamp::from_seconds(0),
        delivered: None,
        opened: None,
        clicked: None,
        complained: None,
        vendor: "sendgrid".to_owned(),
        no_body: None,
        repeated: false,
    };
    for (state, exit) in [
        ("queued", ExitCode::Done),
        ("delivered", ExitCode::Done),
        ("refused", ExitCode::DeclinedByVendor),
        ("bounced", ExitCode::DeclinedByVendor),
        ("prepared", ExitCode::Unsettled),
        ("unsettled", ExitCode::Unsettled),
        ("needs_person", ExitCode::Unsettled),
        ("a_newer_word", ExitCode::Unsettled),
    ] {
        assert_eq!(of_message(&message(state)), exit, "{state}");
    }
    assert_eq!(of_closed_message(&message("canceled")), ExitCode::Done);
    assert_eq!(of_closed_message(&message("unsettled")), ExitCode::Unsettled);
}
