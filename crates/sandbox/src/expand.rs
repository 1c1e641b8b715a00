//! The `expand[]` parameter: which ids are answered as whole objects.

use crate::error::ApiError;
use crate::form::Table;
use crate::ids::Kind;

/// The levels below which nothing is expanded.
const MOST_LEVELS: usize = 4;

/// A tree of names to expand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expand {
    children: Vec<(String, Expand)>,
}

static NOTHING: Expand = Expand { children: Vec::new() };

impl Expand {
    /// Expands nothing.
    pub(crate) fn nothing() -> &'static Expand {
        &NOTHING
    }

    /// The subtree of a name, if it is to be expanded.
    pub(crate) fn get(&self, name: &str) -> Option<&Expand> {
        self.children.iter().find(|(known, _)| known == name).map(|(_, child)| child)
    }

    fn add(&mut self, path: &str) {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let at = self.children.iter().position(|(known, _)| known == first).unwrap_or_else(|| {
            self.children.push((first.to_owned(), Expand::default()));
            self.children.len() - 1
        });
        if !rest.is_empty() {
            self.children[at].1.add(rest);
        }
    }

    /// Reads the parameter for an object of this kind, or for a list of them.
    pub(crate) fn read(params: &Table, kind: Option<Kind>, list: bool) -> Result<Expand, ApiError> {
        let mut tree = Expand::default();
        for path in params.list("expand")? {
            let levels: Vec<&str> = path.split('.').collect();
            if levels.len() > MOST_LEVELS {
                let message = format!(
                    "You cannot expand more than {MOST_LEVELS} levels of a property. Property: {path}"
                );
                return Err(ApiError::invalid(message).param("expand"));
            }
            let inner = if list {
                levels.strip_prefix(&["data"]).ok_or_else(|| {
                    cannot(path, " You may want to try expanding 'data.".to_owned() + path + "' instead.")
                })?
            } else {
                &levels[..]
            };
            check(kind, inner, path)?;
            tree.add(&inner.join("."));
        }
        Ok(tree)
    }
}

fn cannot(path: &str, hint: String) -> ApiError {
    ApiError::invalid(format!("This property cannot be expanded ({path}).{hint}")).param("expand")
}

fn check(kind: Option<Kind>, levels: &[&str], path: &str) -> Result<(), ApiError> {
    let Some((first, rest)) = levels.split_first() else { return Ok(()) };
    match target(kind, first) {
        None => Err(cannot(path, String::new())),
        Some(_) if rest.is_empty() => Ok(()),
        // A list inside an object is walked through its `data`.
        Some(next) if *first == "refunds" => match rest.split_first() {
            Some((&"data", deeper)) => check(next, deeper, path),
            _ => Err(cannot(path, String::new())),
        },
        Some(next) => check(next, rest, path),
    }
}

/// What a name of an object expands to: nothing known, or an object of a kind (or of a kind that only the row tells).
fn target(kind: Option<Kind>, name: &str) -> Option<Option<Kind>> {
    let Some(kind) = kind else {
        // The source of a balance line can be a charge, a refund, a dispute or a payout.
        return [Kind::Charge, Kind::Refund, Kind::Dispute, Kind::Payout]
            .iter()
            .find_map(|kind| target(Some(*kind), name));
    };
    Some(match (kind, name) {
        (Kind::Charge, "refunds") => Some(Kind::Refund),
        (Kind::Charge | Kind::PaymentIntent | Kind::PaymentMethod | Kind::Refund, "customer") => {
            Some(Kind::Customer)
        }
        (Kind::Charge | Kind::Refund | Kind::Dispute, "payment_intent") => Some(Kind::PaymentIntent),
        (
            Kind::Charge | Kind::Refund | Kind::Payout,
            "balance_transaction" | "failure_balance_transaction",
        ) => Some(Kind::BalanceTransaction),
        (Kind::Refund | Kind::Dispute, "charge") | (Kind::PaymentIntent, "latest_charge") => {
            Some(Kind::Charge)
        }
        (Kind::PaymentIntent, "payment_method") => Some(Kind::PaymentMethod),
        (Kind::Customer, "default_source") => Some(Kind::PaymentMethod),
        (Kind::BalanceTransaction, "source") => None,
        // Fields that can be expanded at Stripe and are always null here.
        (
            Kind::Charge,
            "application" | "application_fee" | "on_behalf_of" | "review" | "source_transfer" | "transfer",
        )
        | (Kind::PaymentIntent, "application" | "on_behalf_of" | "review")
        | (Kind::Refund, "source_transfer_reversal" | "transfer_reversal")
        | (Kind::Payout, "destination" | "original_payout" | "reversed_by")
        | (Kind::Customer, "test_clock" | "subscriptions" | "sources" | "tax_ids") => Some(Kind::Request),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::parse;

    fn read(query: &str, kind: Kind, list: bool) -> Result<Expand, ApiError> {
        Expand::read(&parse(query).unwrap(), Some(kind), list)
    }

    #[test]
    fn paths_are_checked() {
        let tree =
            read("expand[]=data.customer&expand[]=data.balance_transaction.source", Kind::Charge, true)
                .unwrap();
        assert!(tree.get("customer").is_some());
        assert!(tree.get("balance_transaction").unwrap().get("source").is_some());
        assert!(read("expand[]=refunds.data.balance_transaction", Kind::Charge, false).is_ok());
        assert!(read("expand[]=customer", Kind::Charge, true).unwrap_err().message.contains("data.customer"));
        assert!(read("expand[]=amount", Kind::Charge, false).is_err());
        let deep = "expand[]=data.payment_intent.latest_charge.customer.default_source";
        assert!(read(deep, Kind::Charge, true).unwrap_err().message.contains("more than 4 levels"));
    }
}
