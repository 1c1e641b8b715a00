//! Makes sure that an approval is one before a refund is issued with it.

use approval::{Answer, Decision, Request, Signed};
use contract::{ErrorBody, ErrorCode};
use domain::{IntentId, Money};
use mirror::{ApprovalRow, ApprovalState, Mirror};

use super::approvals::{of_mirror, of_problem, void};
use super::lookup::Located;
use super::scope::Resolved;

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
    let missing = || ErrorBody::new(ErrorCode::ApprovalNotAskedHere).with("id", id);
    let id: IntentId = id.trim().parse().map_err(|_| missing())?;
    let mirror = &located.open.mirror;
    let row = mirror.approvals().by_id(id).await.map_err(of_mirror)?;
    let row = row.filter(|row| row.own).ok_or_else(missing)?;
    if row.file.is_empty() {
        return Err(void("the person that it was about was erased"));
    }
    check_book_is_whole(scope, mirror).await?;
    let asked = read_again(&row, located.row.vendor_account_id.as_deref())?;
    Ok(Approved { id, note: asked.note, ticket: asked.ticket })
}

fn differs(why: &str) -> ErrorBody {
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
    let as_signed = asked.id == row.id
        && asked.payment == row.payment_id
        && Money::from(asked.amount) == row.amount
        && asked.reason == row.reason
        && asked.expires == row.expires_at;
    if !as_signed {
        return Err(forged());
    }
    if row.state == ApprovalState::Approved {
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
async fn check_book_is_whole(scope: &Resolved, mirror: &Mirror) -> Result<(), ErrorBody> {
    match scope.kept_book_head(mirror.environment()).await? {
        Some(kept) if !mirror.book().holds(kept).await.map_err(of_mirror)? => {
            Err(void("the mirror here is older than what was done since"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use approval::{AccountName, Decision, LIFE_MS, PersonKey, Request, Signed, Signer, WishedAmount};
    use contract::ErrorCode;
    use domain::{AccountId, Environment, IntentId, Money, Timestamp, Vendor};
    use mirror::{ApprovalRow, ApprovalState};

    use super::read_again;

    fn signer(key: &PersonKey) -> Signer {
        Signer { key: key.public(), name: String::new(), system_user: "somebody".to_owned() }
    }

    /// A request of Ada's that Bob agreed to, as the mirror keeps it.
    fn kept(ada: &PersonKey, bob: &PersonKey, decision: Decision) -> ApprovalRow {
        let now = Timestamp::from_ms(1_760_000_000_000);
        let amount = WishedAmount { currency: "usd".parse().unwrap(), minor: 90_000 };
        let request = Request {
            account: AccountName {
                environment: Environment::Live,
                id: "acct_1".to_owned(),
                vendor: Vendor::Stripe,
            },
            amount,
            asked_by: signer(ada),
            created: now,
            expires: now.plus_ms(LIFE_MS),
            id: IntentId::generate(),
            limit: None,
            nonce: Request::new_nonce().unwrap(),
            note: None,
            payment: "ch_1".to_owned(),
            reason: None,
            ticket: None,
        };
        let signed = Signed::sign(request, ada).unwrap();
        let answer = signed.answer(decision, signer(bob), now, bob).unwrap();
        ApprovalRow {
            id: signed.document.id,
            own: true,
            state: ApprovalState::Approved,
            account: Some(AccountId::generate()),
            payment_id: "ch_1".to_owned(),
            amount: amount.into(),
            reason: None,
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
        let dearer = Money::new(90_001, row.amount.currency);
        let mallory = PersonKey::generate().unwrap();
        let (other, own) = (kept(&ada, &bob, Decision::Approved), kept(&ada, &ada, Decision::Approved));
        for changed in [
            ApprovalRow { amount: dearer, ..row.clone() },
            ApprovalRow { payment_id: "ch_2".to_owned(), ..row.clone() },
            ApprovalRow { reason: Some("duplicate".to_owned()), ..row.clone() },
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
}
