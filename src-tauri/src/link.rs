//! Links of the form `paydesk://payment/ch_…`. Anybody can write one into a mail or a page, so a link opens a page to read and
//! nothing else: no word of it can begin, fill in or confirm anything.
//!
//! The form is one: `paydesk://payment/ID` or `paydesk://customer/ID`, with `?environment=sandbox|test|live` behind it or nothing.
//! There is no percent-encoding, no other parameter and no other spelling.

use contract::Environment;

const SCHEME: &str = "paydesk://";
const ENVIRONMENT: &str = "environment=";
/// Ids of vendors are at most so long.
const ID_MOST: usize = 255;
const ID_LEAST: usize = 3;

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// In which environment; the one that is open where it names none.
    pub(crate) environment: Option<Environment>,
    kind: Kind,
    id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Payment,
    Customer,
}

impl Link {
    /// Reads a link; none for everything that is not exactly one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(SCHEME)?;
        let (place, environment) = match rest.split_once('?') {
            None => (rest, None),
            Some((place, query)) => (place, Some(query.strip_prefix(ENVIRONMENT)?.parse().ok()?)),
        };
        let (kind, id) = place.split_once('/')?;
        let kind = match kind {
            "payment" => Kind::Payment,
            "customer" => Kind::Customer,
            _ => return None,
        };
        let is_id = (ID_LEAST..=ID_MOST).contains(&id.len())
            && id.bytes().all(|one| one.is_ascii_alphanumeric() || one == b'_');
        is_id.then(|| Self { environment, kind, id: id.to_owned() })
    }

    /// Where in the page it leads. An id is letters, digits and underscores, so it is one part of a path.
    pub(crate) fn route(&self) -> String {
        match self.kind {
            Kind::Payment => format!("/payments/{}", self.id),
            Kind::Customer => format!("/customers/{}", self.id),
        }
    }

    /// What it opens, in words for the question.
    pub(crate) fn words(&self) -> String {
        match self.kind {
            Kind::Payment => format!("the payment {}", self.id),
            Kind::Customer => format!("the customer {}", self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::Environment;

    use super::Link;

    #[test]
    fn a_link_leads_to_a_page_that_is_only_read() {
        let link = Link::read("paydesk://payment/ch_3Abc").unwrap();
        assert_eq!((link.environment, link.route().as_str()), (None, "/payments/ch_3Abc"));
        let link = Link::read("paydesk://customer/cus_9?environment=live").unwrap();
        assert_eq!((link.environment, link.route().as_str()), (Some(Environment::Live), "/customers/cus_9"));
    }

    /// A link leads to exactly these two sorts of pages, whatever it is.
    #[test]
    fn u09_hostile_links_are_none() {
        let long = format!("paydesk://payment/{}", "a".repeat(256));
        for hostile in [
            "paydesk://refund/ch_1?amount=500",
            "paydesk://payment/ch_1?amount=500",
            "paydesk://payment/ch_1?environment=live&refund=all",
            "paydesk://payment/ch_1?environment=live?environment=test",
            "paydesk://payment/ch_1?environment=LIVE",
            "paydesk://payment/ch_1?environment=",
            "paydesk://payment/ch_1?",
            "paydesk://payment/ch_1#/refunds",
            "paydesk://payment/ch_1/refund",
            "paydesk://payment/ch_1/",
            "paydesk://payment/",
            "paydesk://payment",
            "paydesk://payment//ch_1",
            "paydesk://payment/..",
            "paydesk://payment/../accounts",
            "paydesk://payment/%2e%2e%2faccounts",
            "paydesk://payment/ch_1%00",
            "paydesk://payment/ch_1\0",
            "paydesk://payment/ch_1\n--sandbox",
            "paydesk://payment/ch_1 --sandbox",
            "paydesk://payment/c\u{4bb}_1",
            "paydesk://payment/ch_1\u{202e}",
            "paydesk://payment/<script>",
            "paydesk://payment/javascript:alert(1)",
            "paydesk://payment\\ch_1",
            "paydesk://user@payment/ch_1",
            "paydesk://payment:443/ch_1",
            "paydesk://accounts/ch_1",
            "paydesk://bulk/ch_1",
            "paydesk:payment/ch_1",
            "paydesk:/payment/ch_1",
            "PAYDESK://payment/ch_1",
            " paydesk://payment/ch_1",
            "http://payment/ch_1",
            "javascript:paydesk://payment/ch_1",
            "file:///etc/passwd",
            "--sandbox",
            "",
            long.as_str(),
        ] {
            assert_eq!(Link::read(hostile), None, "{hostile:?}");
        }
    }
}
