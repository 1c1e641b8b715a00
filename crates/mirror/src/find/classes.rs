//! Amounts in the decimals of each currency.

use domain::{Currency, ExponentTable};

use super::term::Bounds;

/// Currencies of one number of decimals, as Stripe counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    exponent: u32,
}

pub(super) const CLASSES: [Class; 3] = [Class { exponent: 2 }, Class { exponent: 0 }, Class { exponent: 3 }];

impl Class {
    /// The class of a currency.
    pub(super) fn of(currency: Currency) -> Self {
        Self { exponent: ExponentTable::Stripe.exponent(currency) }
    }

    /// Least and most minor units within the bounds; none where there are none.
    pub(super) fn minor(self, bounds: Bounds) -> Option<(i64, i64)> {
        // The bounds are in thousandths, so a minor unit is a whole number of them.
        let unit = 10_i64.pow(3 - self.exponent);
        let open = i64::from(bounds.open);
        let least = bounds.least.map_or(Some(i64::MIN), |least| {
            let up = least.checked_add(open)?.checked_add(unit - 1)?;
            Some(up.div_euclid(unit))
        })?;
        let most =
            bounds.most.map_or(Some(i64::MAX), |most| Some(most.checked_sub(open)?.div_euclid(unit)))?;
        if least <= most { Some((least, most)) } else { None }
    }

    /// The condition that holds for the currencies of this class.
    pub(super) fn currencies(self, column: &str) -> String {
        let exceptions = ExponentTable::Stripe.exceptions();
        let of = |wanted: Option<u32>| {
            let codes =
                exceptions.iter().filter(|(_, exponent)| wanted.is_none_or(|wanted| wanted == *exponent));
            codes.map(|(code, _)| format!("'{code}'")).collect::<Vec<_>>().join(", ")
        };
        match self.exponent {
            2 => format!("{column} not in ({})", of(None)),
            other => format!("{column} in ({})", of(Some(other))),
        }
    }
}

/// The minor units of exactly this amount in a currency; none where it has no such decimals.
pub(super) fn exact_minor(currency: Currency, bounds: Bounds) -> Option<i64> {
    Class::of(currency).minor(bounds).filter(|(least, most)| least == most).map(|(minor, _)| minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::number::bounds;

    fn minor(exponent: u32, text: &str) -> Option<(i64, i64)> {
        Class { exponent }.minor(bounds(text).unwrap())
    }

    #[test]
    fn amounts_take_the_decimals_of_their_currency() {
        assert_eq!(minor(2, "19.99"), Some((1999, 1999)));
        assert_eq!(minor(3, "19.99"), Some((19_990, 19_990)));
        assert_eq!(minor(0, "19.99"), None);
        assert_eq!(minor(0, "500"), Some((500, 500)));
        assert_eq!(minor(2, "500"), Some((50_000, 50_000)));
        assert_eq!(minor(0, "10.5..20.5"), Some((11, 20)));
        assert_eq!(minor(2, ">10"), Some((1001, i64::MAX)));
        assert_eq!(minor(0, ">10"), Some((11, i64::MAX)));
        assert_eq!(minor(0, ">10.5"), Some((11, i64::MAX)));
        assert_eq!(minor(2, "<10"), Some((i64::MIN, 999)));
        assert_eq!(minor(2, "20..10"), None);
    }

    #[test]
    fn an_exact_amount_is_one_number_of_minor_units() {
        let exact = |code: &str, text: &str| exact_minor(code.parse().unwrap(), bounds(text).unwrap());
        assert_eq!(exact("usd", "19.99"), Some(1999));
        assert_eq!(exact("kwd", "19.99"), Some(19_990));
        assert_eq!(exact("jpy", "19.99"), None);
        assert_eq!(exact("usd", "1.005"), None);
    }
}
