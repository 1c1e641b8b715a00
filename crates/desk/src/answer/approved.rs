//! Makes sure that an approval is one before a refund is issued with it.

use std::fmt::Display;

use approval::{Answer, Decision, Request, Signed};
use contract::{ErrorBody, ErrorCode};
use domain::IntentId;
use mirror::{AccountRow, ApprovalRow, ApprovalState, ApprovalWish, Mirror};

use super::approvals::{of_mirror, of_problem, void, wish_of};
use super::lookup::Located;
use super::scope::Resolved;
use crate::desk::Desk;

/// What was approved, for a refund that is to be issued with it.
pub(super) struct Approved {
    pub(super) id: IntentId,
    pub(super) note: Option<String>,
    pub(super) ticket: Option<String>,
}

/// Makes sure that an approval is one, by its signed files and not by what the mirror says of them: whoever can write
/// rows cannot sign. Whether it fits the refund, is in its time and was not used is decided in the transaction that
/// spends it.
pub(super) async fn check(scope: &Resolved, located: &Located, id: &str) -> Result<Approved, ErrorBody> {
    let id = id_of(id)?;
    let asked = signed(&scope.desk, &located.open.mirror, &located.row, id).await?;
    Ok(Approved { id, note: asked.note, ticket: asked.ticket })
}

fn missing(id: impl Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::ApprovalNotAskedHere).with("id", id)
}

/// The id of a request.
pub(super) fn id_of(text: &str) -> Result<IntentId, ErrorBody> {
    text.trim().parse().map_err(|_| missing(text.chars().take(80).collect::<String>()))
}

/// What was asked here under an id, and agreed to where somebody answered, by the signed files alone.
pub(super) async fn signed(
    desk: &Desk,
    mirror: &Mirror,
    account: &AccountRow,
    id: IntentId,
) -> Result<Request, ErrorBody> {
    let row = mirror.approvals().by_id(id).await.map_err(of_mirror)?;
    let row = row.filter(|row| row.own).ok_or_else(|| missing(id))?;
    if row.file.is_empty() {
        return Err(void("the person that it was about was erased"));
    }
    check_book_is_whole(desk, mirror).await?;
    read_again(&row, account.vendor_account_id.as_deref())
}

pub(super) fn differs(why: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::ApprovalDiffers).with("why", why)
}

/// The request of an approval, by its signed files alone.
fn read_again(row: &ApprovalRow, account_id: Option<&str>) -> Result<Request, ErrorBody> {
    let forged = || ErrorBody::new(ErrorCode::ApprovalForged);
    let signed = Signed::<Request>::read(&row.file).map_err(of_problem)?;
    let asked = &signed.document;
    if Some(asked.account.id.as_str()) != account_id {
        return Err(differs("it is for another account"));
    }
    let as_signed = asked.id == row.id && wish_of(&asked.wish) == row.wish && asked.expires == row.expires_at;
    if !as_signed {
        return Err(forged());
    }
    // A run goes on under one that it used when it began.
    let is_agreed = matches!(row.state, ApprovalState::Approved)
        || (row.state == ApprovalState::Used && matches!(row.wish, ApprovalWish::Run { .. }));
    if is_agreed {
        let answer = Signed::<Answer>::read(row.answer.as_deref().unwrap_or_default()).map_err(of_problem)?;
        let said = &answer.document;
        let is_yes = signed.is_answered_by(said)
            && said.decision == Decision::Approved
            && row.approver.as_deref() == Some(said.decided_by.key.to_string().as_str())
            && said.decided_by.key != asked.asked_by.key;
        if !is_yes {
            return Err(forged());
        }
    }
    Ok(signed.document)
}

/// A mirror whose book is shorter than the vault remembers came back from an older file, by a way around restoring:
/// what it says of approvals may be from before they were used.
async fn check_book_is_whole(desk: &Desk, mirror: &Mirror) -> Result<(), ErrorBody> {
    match desk.kept_book_head(mirror.environment()).await? {
        Some(kept) if !mirror.book().holds(kept).await.map_err(of_mirror)? => {
            Err(void("the mirror here is older than what was done since"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use approval::{
        AccountName, Decision, LIFE_MS, PersonKey, RefundWish, Request, RunWish, Signed, Signer, Wish,
        WishedRow,
    };
    use contract::ErrorCode;
    use domain::{AccountId, BulkRunId, Environment, IntentId, Money, Timestamp, Vendor};
    use mirror::{ApprovalRow, ApprovalState, ApprovalWish};

    use super::{read_again, wish_of};

    fn signer(key: &PersonKey) -> Signer {
        Signer { key: key.public(), name: String::new(), system_user: "somebody".to_owned() }
    }

    /// A request of Ada's that Bob agreed to, as the mirror keeps it.
    fn kept(ada: &PersonKey, bob: &PersonKey, decision: Decision) -> ApprovalRow {
        let amount = Money::new(90_000, "usd".parse().unwrap()).into();
        kept_of(
            ada,
            bob,
            decision,
            Wish::Refund(RefundWish { amount, payment: "ch_1".to_owned(), reason: None }),
        )
    }

    fn kept_of(ada: &PersonKey, bob: &PersonKey, decision: Decision, wish: Wish) -> ApprovalRow {
        let now = Timestamp::from_ms(1_760_000_000_000);
        let request = Request {
            account: AccountName {
                environment: Environment::Live,
                id: "acct_1".to_owned(),
                vendor: Vendor::Stripe,
            },
            asked_by: signer(ada),
            created: now,
            expires: now.plus_ms(LIFE_MS),
            id: IntentId::generate(),
            limit: None,
            nonce: Request::new_nonce().unwrap(),
            note: None,
            ticket: None,
            wish,
        };
        let signed = Signed::sign(request, ada).unwrap();
        let answer = signed.answer(decision, signer(bob), now, bob).unwrap();
        ApprovalRow {
            id: signed.document.id,
            own: true,
            state: ApprovalState::Approved,
            account: Some(AccountId::generate()),
            wish: wish_of(&signed.document.wish),
            file: signed.file,
            answer: Some(answer.file),
            approver: Some(bob.public().to_string()),
            created_at: now,
            expires_at: now.plus_ms(LIFE_MS),
            updated_at: now,
        }
    }

    #[test]
    fn a_row_that_somebody_changed_is_no_approval() {
        let (ada, bob) = (PersonKey::generate().unwrap(), PersonKey::generate().unwrap());
        let row = kept(&ada, &bob, Decision::Approved);
        assert!(read_again(&row, Some("acct_1")).is_ok());
        let to = |payment: &str, minor: i64, reason: Option<&str>| ApprovalWish::Refund {
            payment_id: payment.to_owned(),
            amount: Money::new(minor, "usd".parse().unwrap()),
            reason: reason.map(str::to_owned),
        };
        let mallory = PersonKey::generate().unwrap();
        let (other, own) = (kept(&ada, &bob, Decision::Approved), kept(&ada, &ada, Decision::Approved));
        for changed in [
            ApprovalRow { wish: to("ch_1", 90_001, None), ..row.clone() },
            ApprovalRow { wish: to("ch_2", 90_000, None), ..row.clone() },
            ApprovalRow { wish: to("ch_1", 90_000, Some("duplicate")), ..row.clone() },
            ApprovalRow { expires_at: row.expires_at.plus_ms(1), ..row.clone() },
            ApprovalRow { id: IntentId::generate(), ..row.clone() },
            ApprovalRow { approver: Some(mallory.public().to_string()), ..row.clone() },
            ApprovalRow { answer: other.answer, ..row.clone() },
            // A no that became a yes, and one who answered themselves.
            kept(&ada, &bob, Decision::Declined),
            own,
        ] {
            assert_eq!(read_again(&changed, Some("acct_1")).unwrap_err().code, ErrorCode::ApprovalForged);
        }
        let gone = ApprovalRow { answer: None, ..row.clone() };
        assert_eq!(read_again(&gone, Some("acct_1")).unwrap_err().code, ErrorCode::ApprovalUnreadable);
        for account in [Some("acct_2"), None] {
            assert_eq!(read_again(&row, account).unwrap_err().code, ErrorCode::ApprovalDiffers);
        }
    }

    #[test]
    fn a_row_about_a_run_that_somebody_changed_is_no_approval_also_once_it_was_used() {
        let (ada, bob) = (PersonKey::generate().unwrap(), PersonKey::generate().unwrap());
        let line = |line| WishedRow {
            line,
            payment: "ch_1".to_owned(),
            amount: Money::new(500, "usd".parse().unwrap()),
            reason: None,
        };
        let wish = RunWish::of(BulkRunId::generate(), vec![line(2), line(3)]).unwrap();
        let row = kept_of(&ada, &bob, Decision::Approved, Wish::Run(wish.clone()));
        let run = |run, digest: &str, rows| ApprovalWish::Run { run, digest: digest.to_owned(), rows };
        for state in [ApprovalState::Approved, ApprovalState::Used] {
            let row = ApprovalRow { state, ..row.clone() };
            assert!(read_again(&row, Some("acct_1")).is_ok());
            for changed in [
                ApprovalRow { wish: run(BulkRunId::generate(), &wish.digest, 2), ..row.clone() },
                ApprovalRow { wish: run(wish.id, &"0".repeat(64), 2), ..row.clone() },
                ApprovalRow { wish: run(wish.id, &wish.digest, 3), ..row.clone() },
                ApprovalRow { state, ..kept_of(&ada, &bob, Decision::Declined, Wish::Run(wish.clone())) },
                ApprovalRow { state, ..kept_of(&ada, &ada, Decision::Approved, Wish::Run(wish.clone())) },
            ] {
                let refused = read_again(&changed, Some("acct_1")).unwrap_err();
                assert_eq!(refused.code, ErrorCode::ApprovalForged, "{changed:?}");
            }
        }
    }
}
