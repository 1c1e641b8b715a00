//! Two people on two homes, with the same account: one asks, the other answers, and each thing that must not work
//! has its own reason.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;

use contract::accounts::SetRefundLimits;
use contract::approvals::{
    ApprovalFile, ApprovalView, AskApproval, DecideApproval, DistrustApprover, ListApprovals, ListApprovers,
    OpenApproval, ShowMyKey, TakeApproval, TrustApprover,
};
use contract::book::{ListBook, SetMyName, VerifyBook};
use contract::endpoint::Call;
use contract::refunds::{
    AcknowledgeIntent, IssueRefund, ListRefunds, PreflightRefund, RefundAmount, RefundView, WithdrawIntent,
};
use contract::{ErrorCode, MoneyMoved, SecretText};
use desk::Connection;
use domain::{RequestId, Secret, Timestamp};

use crate::support::{SANDBOX, TestHome, connected, find, go_wrong, refund, small_vendor, synced};

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// A clock that stands still.
pub(crate) struct At(pub(crate) Timestamp);

impl operations::Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Somebody with a home of their own.
pub(crate) struct Person {
    pub(crate) home: TestHome,
    pub(crate) desk: Connection,
    pub(crate) key: String,
}

impl Person {
    pub(crate) async fn named(name: &str) -> Self {
        let home = TestHome::new();
        let desk = home.open().await;
        desk.call(SANDBOX, SetMyName { name: name.to_owned() }).await.unwrap();
        let key = desk.call(SANDBOX, ShowMyKey::default()).await.unwrap().key;
        Self { home, desk, key }
    }

    pub(crate) async fn with_shop(name: &str, vendor: &sandbox::Sandbox) -> Self {
        let person = Self::named(name).await;
        connected(&person.desk, vendor, "shop").await;
        person
    }

    pub(crate) async fn trusts(&self, other: &Self, name: &str) {
        self.ok(trust(&other.key, name, Some(PASSPHRASE))).await;
    }

    pub(crate) async fn ok<C: Call>(&self, request: C) -> C::Response {
        self.desk.call(SANDBOX, request).await.unwrap()
    }

    pub(crate) async fn refused<C: Call>(&self, request: C) -> ErrorCode
    where
        C::Response: std::fmt::Debug,
    {
        let error = self.desk.call(SANDBOX, request).await.unwrap_err();
        assert_eq!(error.money_moved, MoneyMoved::No, "{error:?}");
        error.code
    }

    pub(crate) async fn row(&self, id: &str) -> ApprovalView {
        let request = ListApprovals { id: Some(id.to_owned()), ..ListApprovals::default() };
        self.ok(request).await.items.into_iter().next().unwrap()
    }

    pub(crate) async fn actions(&self) -> Vec<String> {
        let lines = self.ok(ListBook::default()).await.items;
        lines.into_iter().rev().map(|line| line.action).filter(|one| one.starts_with("appro")).collect()
    }
}

pub(crate) fn trust(key: &str, name: &str, passphrase: Option<&str>) -> TrustApprover {
    let passphrase = passphrase.map(|text| SecretText(Secret::new(text)));
    TrustApprover { key: key.to_owned(), name: name.to_owned(), passphrase }
}

pub(crate) fn text(file: &str) -> ApprovalFile {
    ApprovalFile::Text { text: file.to_owned() }
}

pub(crate) fn ask(payment: &str, amount: &str) -> AskApproval {
    AskApproval {
        request_id: RequestId::generate(),
        payment: payment.to_owned(),
        amount: RefundAmount::Exactly { amount: amount.to_owned() },
        reason: Some("requested_by_customer".to_owned()),
        note: Some("the ring was broken".to_owned()),
        ticket: Some("T-1".to_owned()),
        seconds: None,
        to: None,
    }
}

pub(crate) fn decide(file: &str, approve: bool) -> DecideApproval {
    let passphrase = Some(SecretText(Secret::new(PASSPHRASE)));
    DecideApproval { file: text(file), approve, to: None, passphrase }
}

pub(crate) fn take(file: &str) -> TakeApproval {
    TakeApproval { file: text(file) }
}

/// The refund of a request, as it was asked.
fn use_up(asked: &ApprovalView) -> IssueRefund {
    let amount = asked.amount.unwrap().to_decimal(domain::ExponentTable::Stripe);
    IssueRefund {
        reason: asked.reason.clone(),
        approval: Some(asked.id.clone()),
        ..refund(asked.payment.as_deref().unwrap(), &amount)
    }
}

/// Ada, who may give back 5.00 alone, and Bob, who trust each other; and a payment of more.
pub(crate) struct Pair {
    pub(crate) vendor: sandbox::Sandbox,
    pub(crate) ada: Person,
    pub(crate) bob: Person,
    pub(crate) payment: String,
}

impl Pair {
    pub(crate) async fn new() -> Self {
        let vendor = small_vendor().await;
        let ada = Person::with_shop("Ada", &vendor).await;
        let bob = Person::with_shop("Bob", &vendor).await;
        ada.trusts(&bob, "Bob").await;
        bob.trusts(&ada, "Ada").await;
        ada.ok(SetRefundLimits {
            label: "shop".to_owned(),
            currency: "usd".to_owned(),
            per_refund: Some("5.00".to_owned()),
            per_day: None,
            per_person: None,
        })
        .await;
        let payment = payments(&ada.desk).await.remove(0);
        Self { vendor, ada, bob, payment }
    }

    /// A request of Ada's with the file to hand on.
    async fn asked(&self) -> (ApprovalView, String) {
        let asked = self.ada.ok(ask(&self.payment, "9.00")).await;
        let file = asked.file.clone().unwrap();
        (asked, file)
    }

    /// One that Bob agreed to, with his answer.
    async fn approved(&self) -> (ApprovalView, String) {
        let (asked, file) = self.asked().await;
        let answer = self.bob.ok(decide(&file, true)).await.file.unwrap();
        (asked, answer)
    }

    async fn issue(&self, wish: IssueRefund) -> RefundView {
        let made = self.ada.ok(wish).await;
        self.ada.ok(AcknowledgeIntent { intent_id: made.intent_id.clone().unwrap() }).await;
        made
    }

    pub(crate) async fn close(self) {
        self.ada.desk.close().await;
        self.bob.desk.close().await;
    }
}

/// Whole payments of more than twenty units, all of one currency.
pub(crate) async fn payments(desk: &Connection) -> Vec<String> {
    let found = find(desk, "status:succeeded currency:usd amount:>20").await;
    let whole =
        |one: &contract::payments::PaymentView| one.captured.minor > 2_000 && one.state == "succeeded";
    found.items.into_iter().filter(whole).map(|one| one.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_above_a_limit_is_asked_approved_and_issued_once() {
    let pair = Pair::new().await;
    let (ada, bob) = (&pair.ada, &pair.bob);
    let shown = ada.ok(PreflightRefund { payment: pair.payment.clone() }).await;
    assert_eq!(
        shown.alone.map(|alone| (alone.limit, alone.left.minor)),
        Some(("per_refund".to_owned(), 500))
    );
    assert_eq!(ada.refused(refund(&pair.payment, "9.00")).await, ErrorCode::OverLimit);
    let (asked, file) = pair.asked().await;
    assert_eq!(
        (asked.state.as_str(), asked.limit.as_deref(), asked.mine),
        ("asked", Some("per_refund"), true)
    );
    assert_eq!(ada.refused(use_up(&asked)).await, ErrorCode::ApprovalNotGiven);
    // Bob sees what would be paid, and the payment as his own mirror has it.
    let seen = bob.ok(OpenApproval { file: text(&file) }).await;
    assert_eq!((seen.state.as_str(), seen.can_decide, seen.warnings.len()), ("to_decide", true, 0));
    assert_eq!(seen.payment_here.unwrap().id, pair.payment);
    assert_eq!((seen.amount.unwrap().minor, seen.note.as_deref()), (900, Some("the ring was broken")));
    let answer = bob.ok(decide(&file, true)).await;
    assert_eq!((answer.state.as_str(), answer.can_issue), ("approved", false));
    let answer = answer.file.unwrap();
    // Back at Ada's, reading it decides nothing; taking it does, and taking it twice is the same.
    let read = ada.ok(OpenApproval { file: text(&answer) }).await;
    assert_eq!((read.state.as_str(), read.decided_by.unwrap().name), ("asked", "Bob".to_owned()));
    for _ in 0..2 {
        let taken = ada.ok(take(&answer)).await;
        assert_eq!((taken.state.as_str(), taken.can_issue), ("approved", true));
    }
    let made = pair.issue(use_up(&asked)).await;
    assert_eq!((made.state.as_deref(), made.refund_status.as_deref()), (Some("settled"), Some("succeeded")));
    assert_eq!(
        (made.intent_id.as_deref(), made.approved_by.as_deref()),
        (Some(asked.id.as_str()), Some("Bob"))
    );
    assert_eq!(made.note.as_deref(), Some("the ring was broken"));
    let row = ada.row(&asked.id).await;
    assert_eq!((row.state.as_str(), row.refund_status.as_deref()), ("used", Some("succeeded")));
    assert_eq!(pair.vendor.counters().refunds_by_charge.get(&pair.payment), Some(&1));
    assert_eq!(ada.actions().await, ["approver_trusted", "approval_asked", "approval_taken"]);
    assert_eq!(bob.actions().await, ["approver_trusted", "approval_given"]);
    for person in [ada, bob] {
        assert!(person.ok(VerifyBook::default()).await.whole);
    }
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_not_used_twice_whoever_asks_and_whatever_became_of_the_first() {
    let pair = Pair::new().await;
    let (asked, answer) = pair.approved().await;
    pair.ada.ok(take(&answer)).await;
    // It is taken back before it left, so no money moved; the approval is spent all the same.
    let made = pair.ada.ok(IssueRefund { undo_seconds: Some(60), ..use_up(&asked) }).await;
    assert_eq!(made.state.as_deref(), Some("waiting"), "{made:?}");
    let intent_id = made.intent_id.unwrap();
    let taken_back = pair.ada.ok(WithdrawIntent { intent_id: intent_id.clone() }).await;
    assert_eq!(taken_back.state.as_deref(), Some("canceled"));
    pair.ada.ok(AcknowledgeIntent { intent_id }).await;
    assert_eq!(pair.ada.refused(use_up(&asked)).await, ErrorCode::ApprovalUsed);
    assert_eq!(pair.ada.refused(take(&answer)).await, ErrorCode::ApprovalUsed);
    // Bob has the same account, and the answer in his hands, and asked for nothing.
    assert_eq!(pair.bob.refused(take(&answer)).await, ErrorCode::ApprovalNotAskedHere);
    assert_eq!(pair.bob.refused(use_up(&asked)).await, ErrorCode::ApprovalNotAskedHere);
    assert_eq!(pair.vendor.counters().refunds_by_charge.get(&pair.payment), None);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_fits_no_other_payment_amount_or_reason() {
    let pair = Pair::new().await;
    let (asked, answer) = pair.approved().await;
    pair.ada.ok(take(&answer)).await;
    let other = payments(&pair.ada.desk).await.remove(1);
    let exactly = |amount: &str| RefundAmount::Exactly { amount: amount.to_owned() };
    for wish in [
        IssueRefund { payment: other, ..use_up(&asked) },
        IssueRefund { amount: exactly("9.01"), ..use_up(&asked) },
        IssueRefund { amount: RefundAmount::All, ..use_up(&asked) },
        IssueRefund { reason: Some("duplicate".to_owned()), ..use_up(&asked) },
    ] {
        assert_eq!(pair.ada.refused(wish).await, ErrorCode::ApprovalDiffers);
    }
    assert_eq!(pair.ada.row(&asked.id).await.state, "approved", "nothing of it was spent");
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_fits_no_other_account() {
    let pair = Pair::new().await;
    let (asked, answer) = pair.approved().await;
    pair.ada.ok(take(&answer)).await;
    // A second shop whose vendor happens to use the same ids would be another account all the same.
    let config = sandbox::SandboxConfig { charges: 120, seed: 77, ..sandbox::SandboxConfig::default() };
    let second = sandbox::Sandbox::start(config).await.unwrap();
    connected(&pair.ada.desk, &second, "second").await;
    let found = find(&pair.ada.desk, "account:second status:succeeded currency:usd amount:>20").await;
    let wish = IssueRefund { payment: found.items[0].own_id.clone(), ..use_up(&asked) };
    assert_eq!(pair.ada.refused(wish).await, ErrorCode::ApprovalDiffers);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_on_its_way_is_refused() {
    let pair = Pair::new().await;
    let (_, file) = pair.asked().await;
    let (_, answer) = pair.approved().await;
    let dearer = file.replace("\"minor\":\"900\"", "\"minor\":\"1900\"");
    assert_ne!(dearer, file);
    assert_eq!(pair.bob.refused(decide(&dearer, true)).await, ErrorCode::ApprovalForged);
    assert_eq!(pair.bob.refused(OpenApproval { file: text(&dearer) }).await, ErrorCode::ApprovalForged);
    let spaced = file.replace("\":", "\": ");
    assert_eq!(pair.bob.refused(decide(&spaced, true)).await, ErrorCode::ApprovalUnreadable);
    assert_eq!(pair.bob.refused(decide("hello", true)).await, ErrorCode::ApprovalUnreadable);
    assert_eq!(pair.bob.refused(decide(&file[..file.len() - 1], true)).await, ErrorCode::ApprovalUnreadable);
    let newer = file.replace("\"version\":1", "\"version\":2");
    assert_eq!(pair.bob.refused(decide(&newer, true)).await, ErrorCode::ApprovalNewer);
    let turned = answer.replace("\"approved\"", "\"declined\"");
    assert_eq!(pair.ada.refused(take(&turned)).await, ErrorCode::ApprovalForged);
    // Each of the two in the place of the other.
    assert_eq!(pair.bob.refused(decide(&answer, true)).await, ErrorCode::BadRequest);
    assert_eq!(pair.ada.refused(take(&file)).await, ErrorCode::BadRequest);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_what_they_ask_for_themselves() {
    let pair = Pair::new().await;
    let (_, file) = pair.asked().await;
    assert_eq!(pair.ada.refused(decide(&file, true)).await, ErrorCode::ApprovalOwn);
    assert_eq!(pair.ada.refused(trust(&pair.ada.key, "Me", Some(PASSPHRASE))).await, ErrorCode::ApprovalOwn);
    assert!(!pair.ada.ok(OpenApproval { file: text(&file) }).await.can_decide);
    // One person with two profiles under the same names is let through, and shown on both sides.
    pair.bob.ok(SetMyName { name: "Ada".to_owned() }).await;
    let seen = pair.bob.ok(OpenApproval { file: text(&file) }).await;
    assert_eq!(seen.warnings, ["same_person"]);
    let answer = pair.bob.ok(decide(&file, true)).await.file.unwrap();
    assert_eq!(pair.ada.ok(take(&answer)).await.warnings, ["same_person"]);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_persons_answer_and_request_are_refused() {
    let pair = Pair::new().await;
    let (asked, file) = pair.asked().await;
    let carol = Person::named("Carol").await;
    // Carol does not know Ada, nor the account; she sees the request and cannot decide it.
    let seen = carol.ok(OpenApproval { file: text(&file) }).await;
    assert_eq!(seen.warnings, ["unknown_asker", "account_not_here"]);
    assert!(!seen.can_decide);
    assert_eq!(carol.refused(decide(&file, true)).await, ErrorCode::ApprovalUnknownPerson);
    carol.trusts(&pair.ada, "Ada").await;
    let answer = carol.ok(decide(&file, true)).await.file.unwrap();
    // Ada does not know Carol.
    assert_eq!(pair.ada.refused(take(&answer)).await, ErrorCode::ApprovalUnknownPerson);
    assert_eq!(pair.ada.row(&asked.id).await.state, "asked");
    // Whom Ada trusts no more approves no more, also what they approved before.
    let by_bob = pair.bob.ok(decide(&file, true)).await.file.unwrap();
    pair.ada.ok(take(&by_bob)).await;
    pair.ada.ok(DistrustApprover { who: "bob".to_owned() }).await;
    assert_eq!(pair.ada.refused(use_up(&asked)).await, ErrorCode::ApprovalUnknownPerson);
    assert_eq!(
        pair.ada.refused(DistrustApprover { who: "bob".to_owned() }).await,
        ErrorCode::UnknownApprover
    );
    let people = pair.ada.ok(ListApprovers {}).await.items;
    assert!(people.len() == 1 && people[0].removed.is_some());
    carol.desk.close().await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_request_is_none() {
    let pair = Pair::new().await;
    let (first, _) = pair.asked().await;
    let (second, answer) = pair.approved().await;
    assert_eq!(pair.ada.ok(take(&answer)).await.id, second.id);
    assert_eq!(pair.ada.refused(use_up(&first)).await, ErrorCode::ApprovalNotGiven);
    // Somebody else's request under the id of Ada's: Bob answers that one, which is not hers.
    let mallory = Person::with_shop("Mallory", &pair.vendor).await;
    pair.bob.trusts(&mallory, "Mallory").await;
    let cheap = AskApproval { request_id: first.id.parse().unwrap(), ..ask(&pair.payment, "1.00") };
    let theirs = mallory.ok(cheap).await.file.unwrap();
    let to_theirs = pair.bob.ok(decide(&theirs, true)).await.file.unwrap();
    assert_eq!(pair.ada.refused(take(&to_theirs)).await, ErrorCode::ApprovalOtherRequest);
    assert_eq!(
        pair.ada.refused(OpenApproval { file: text(&to_theirs) }).await,
        ErrorCode::ApprovalOtherRequest
    );
    mallory.desk.close().await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn past_its_time_a_request_is_neither_answered_nor_used_by_any_clock() {
    let pair = Pair::new().await;
    let asked = pair.ada.ok(AskApproval { seconds: Some(60), ..ask(&pair.payment, "9.00") }).await;
    let file = asked.file.clone().unwrap();
    let answer = pair.bob.ok(decide(&file, true)).await.file.unwrap();
    pair.ada.ok(take(&answer)).await;
    let Pair { vendor, ada, bob, payment } = pair;
    // Two minutes later, by Bob's clock; and by one of his that is an hour behind.
    let other = ada.ok(AskApproval { seconds: Some(60), ..ask(&payment, "8.00") }).await;
    bob.desk.close().await;
    for (clock, code) in [(120_000, ErrorCode::ApprovalExpired), (-3_600_000, ErrorCode::ApprovalClock)] {
        let at = Arc::new(At(asked.created.plus_ms(clock)));
        let late = Connection::open_at(bob.home.options(false), at).await.unwrap();
        let error = late.call(SANDBOX, decide(other.file.as_deref().unwrap(), true)).await.unwrap_err();
        assert_eq!(error.code, code);
        late.close().await;
    }
    // Two minutes later at Ada's; then her clock jumps back into the request's time, and the book remembers.
    ada.desk.close().await;
    let at = Arc::new(At(asked.created.plus_ms(120_000)));
    let late = Connection::open_at(ada.home.options(false), at).await.unwrap();
    assert_eq!(late.call(SANDBOX, use_up(&asked)).await.unwrap_err().code, ErrorCode::ApprovalExpired);
    late.call(SANDBOX, DistrustApprover { who: "Bob".to_owned() }).await.unwrap();
    late.call(SANDBOX, trust(&bob.key, "Bob", Some(PASSPHRASE))).await.unwrap();
    late.close().await;
    let at = Arc::new(At(asked.created.plus_ms(1_000)));
    let back = Connection::open_at(ada.home.options(false), at).await.unwrap();
    assert_eq!(back.call(SANDBOX, use_up(&asked)).await.unwrap_err().code, ErrorCode::ApprovalExpired);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), None);
    back.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_home_cannot_use_an_approval_that_was_asked_elsewhere() {
    let pair = Pair::new().await;
    let (asked, answer) = pair.approved().await;
    pair.ada.ok(take(&answer)).await;
    let Pair { vendor, ada, bob, payment } = pair;
    ada.desk.close().await;
    let copy = TestHome::new();
    copy_folder(&ada.home.folder.path().join("home"), &copy.folder.path().join("home"));
    let there = copy.open().await;
    assert_eq!(there.call(SANDBOX, use_up(&asked)).await.unwrap_err().code, ErrorCode::ApprovalOtherDevice);
    there.close().await;
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), None);
    bob.desk.close().await;
}

pub(crate) fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_was_put_back_behind_paydesk_cannot_use_an_approval_again() {
    let pair = Pair::new().await;
    let (asked, answer) = pair.approved().await;
    pair.ada.ok(take(&answer)).await;
    let Pair { vendor, ada, bob, payment } = pair;
    // The files of the mirror as they were before the refund, put back by hand; the vault stays as it is.
    ada.desk.close().await;
    let folder = ada.home.folder.path().join("home");
    let before = std::fs::read(folder.join("mirror-sandbox.db")).unwrap();
    let desk = ada.home.open().await;
    let made = desk.call(SANDBOX, use_up(&asked)).await.unwrap();
    assert_eq!(made.refund_status.as_deref(), Some("succeeded"));
    desk.close().await;
    std::fs::write(folder.join("mirror-sandbox.db"), &before).unwrap();
    for leftover in ["mirror-sandbox.db-wal", "mirror-sandbox.db-shm"] {
        let _ = std::fs::remove_file(folder.join(leftover));
    }
    let desk = ada.home.open().await;
    assert_eq!(desk.call(SANDBOX, use_up(&asked)).await.unwrap_err().code, ErrorCode::ApprovalVoid);
    // Somebody accepts that the book lost its end: then the vendor still has the refund with the approval's id.
    let found = desk.call(SANDBOX, VerifyBook::default()).await.unwrap();
    desk.call(SANDBOX, contract::book::AcceptBookLoss { lines: found.lines }).await.unwrap();
    assert_eq!(desk.call(SANDBOX, use_up(&asked)).await.unwrap_err().code, ErrorCode::ApprovalUsed);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
    bob.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trusting_and_deciding_take_the_passphrase_and_a_wrong_one_is_in_the_book() {
    let pair = Pair::new().await;
    let (_, file) = pair.asked().await;
    let with = |passphrase: Option<&str>| DecideApproval {
        passphrase: passphrase.map(|text| SecretText(Secret::new(text))),
        ..decide(&file, true)
    };
    assert_eq!(pair.bob.refused(with(None)).await, ErrorCode::UnlockPassphraseNeeded);
    assert_eq!(pair.bob.refused(with(Some("a guess"))).await, ErrorCode::UnlockWrongPassphrase);
    let carol = Person::named("Carol").await;
    assert_eq!(pair.bob.refused(trust(&carol.key, "Carol", None)).await, ErrorCode::UnlockPassphraseNeeded);
    assert_eq!(pair.bob.refused(trust(&carol.key, "ada", Some(PASSPHRASE))).await, ErrorCode::BadRequest);
    assert_eq!(pair.bob.refused(trust("ed25519:12", "X", Some(PASSPHRASE))).await, ErrorCode::BadApproverKey);
    assert_eq!(pair.bob.actions().await, ["approver_trusted", "approver_check_refused"]);
    carol.desk.close().await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_request_cannot_be_used_and_what_was_decided_stays_so() {
    let pair = Pair::new().await;
    let (asked, file) = pair.asked().await;
    let no = pair.bob.ok(decide(&file, false)).await;
    assert_eq!(no.state, "declined");
    assert_eq!(pair.bob.refused(decide(&file, true)).await, ErrorCode::BadRequest);
    assert_eq!(pair.bob.ok(decide(&file, false)).await.file, no.file, "the same answer, to be sent again");
    assert_eq!(pair.ada.ok(take(no.file.as_deref().unwrap())).await.state, "declined");
    assert_eq!(pair.ada.refused(use_up(&asked)).await, ErrorCode::ApprovalDeclined);
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_written_for_their_owner_alone_and_replace_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let pair = Pair::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let wish = AskApproval { to: Some(path("request.json")), ..ask(&pair.payment, "9.00") };
    let asked = pair.ada.ok(wish.clone()).await;
    assert_eq!(asked.path.as_deref(), Some(path("request.json").as_str()));
    let mode = std::fs::metadata(path("request.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(pair.ada.refused(wish.clone()).await, ErrorCode::FileExists);
    // The same request of the shell again is the same request.
    let again = pair.ada.ok(AskApproval { to: None, ..wish }).await;
    assert_eq!(again.id, asked.id);
    assert_eq!(pair.ada.ok(ListApprovals::default()).await.total, 1);
    let file = |name: &str| ApprovalFile::Path { path: path(name) };
    let answer =
        DecideApproval { file: file("request.json"), to: Some(path("answer.json")), ..decide("", true) };
    pair.bob.ok(answer).await;
    assert_eq!(pair.ada.ok(TakeApproval { file: file("answer.json") }).await.state, "approved");
    assert_eq!(pair.ada.refused(OpenApproval { file: file("none.json") }).await, ErrorCode::FileMissing);
    let key = pair.ada.ok(ShowMyKey { to: Some(path("key.txt")) }).await;
    assert_eq!(std::fs::read_to_string(path("key.txt")).unwrap().trim(), key.key);
    let carol = Person::named("Carol").await;
    carol.ok(trust(&path("key.txt"), "Ada", Some(PASSPHRASE))).await;
    carol.desk.close().await;
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_an_approved_refund_is_settled_under_the_same_key_and_not_doubled() {
    let pair = Pair::new().await;
    let (asked, answer) = pair.approved().await;
    pair.ada.ok(take(&answer)).await;
    go_wrong(&pair.vendor, "POST /v1/refunds:reset-after:1");
    let wish = use_up(&asked);
    let made = pair.ada.ok(wish.clone()).await;
    assert_eq!(pair.ada.ok(wish).await.intent_id, made.intent_id, "the same request is the same intent");
    synced(&pair.ada.desk).await;
    let listed = pair.ada.ok(ListRefunds::default()).await.items;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].refund_status.as_deref(), Some("succeeded"));
    assert_eq!(pair.vendor.counters().refunds_by_charge.get(&pair.payment), Some(&1));
    pair.close().await;
}
