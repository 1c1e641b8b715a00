//! Money as whole minor units of a currency, and the tables that say how many a major unit has.
//!
//! There is no floating point here: `19.99` is read digit by digit to `1999`. The number of
//! decimals is not a property of the currency alone. ISO 4217 gives ISK none, yet Stripe takes it
//! with two; PayPal takes no decimals in HUF although ISO gives it two. So each vendor has a table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A currency by its three-letter ISO 4217 code, kept in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Accepts either case. `XXX` (no currency) and `XTS` (testing) are refused: no vendor settles
    /// in them, so meeting one means that something was misread.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || MoneyError::UnknownCurrency(text.chars().take(12).collect());
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        if !bytes.iter().all(u8::is_ascii_alphabetic) {
            return Err(unknown());
        }
        let code = Self(bytes.map(|byte| byte.to_ascii_uppercase()));
        if matches!(code.code(), "XXX" | "XTS") { Err(unknown()) } else { Ok(code) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why an amount was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three letters, or a code that names no money.
    #[error("`{0}` is not a currency code")]
    UnknownCurrency(String),
    /// Anything but ASCII digits with at most one point.
    #[error("`{0}` is not an amount; write digits with a point before the decimals, such as 12.99")]
    NotAnAmount(String),
    /// More decimals than the vendor takes in this currency.
    #[error("{currency} takes {allowed} decimals here")]
    TooManyDecimals {
        /// The currency of the amount.
        currency: Currency,
        /// How many decimals the table gives it.
        allowed: u32,
    },
    /// The vendor takes only multiples of a larger unit.
    #[error("an amount in {currency} must be a multiple of {step} minor units")]
    NotAMultiple {
        /// The currency of the amount.
        currency: Currency,
        /// The smallest step in minor units.
        step: i64,
    },
    /// Beyond what 64 bits hold.
    #[error("the amount is too large")]
    TooLarge,
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be added")]
    CurrencyMismatch {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
}

/// How many decimals a currency has, by who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExponentTable {
    /// ISO 4217, for display where no vendor is involved.
    Iso4217,
    /// Stripe charges and refunds: ISK and UGX have two decimals that must be zero, three-decimal
    /// currencies end in 0 (vendor facts: docs.stripe.com/currencies).
    Stripe,
    /// Stripe payouts: as charges, but HUF and TWD must be whole (divisible by 100).
    StripePayout,
    /// PayPal decimal strings: HUF, JPY and TWD take no decimals (PayPal currency table).
    PayPal,
}

/// ISO 4217 currencies with no decimals.
const ISO_ZERO: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF",
];
/// ISO 4217 currencies with three decimals.
const ISO_THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Currencies that Stripe takes in whole units.
const STRIPE_ZERO: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies that Stripe takes in thousandths.
const STRIPE_THREE: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

impl ExponentTable {
    /// Decimals of a currency under this table.
    pub fn exponent(self, currency: Currency) -> u32 {
        let code = currency.code();
        match self {
            Self::Iso4217 if code == "XPF" => 0,
            Self::Iso4217 if matches!(code, "CLF" | "UYW") => 4,
            Self::Iso4217 => exponent_from(code, &ISO_ZERO, &ISO_THREE),
            Self::Stripe | Self::StripePayout => exponent_from(code, &STRIPE_ZERO, &STRIPE_THREE),
            Self::PayPal if matches!(code, "HUF" | "JPY" | "TWD") => 0,
            Self::PayPal => exponent_from(code, &[], &["TND"]),
        }
    }

    /// The smallest step in minor units that the vendor takes.
    pub fn step(self, currency: Currency) -> i64 {
        let code = currency.code();
        match self {
            Self::Stripe | Self::StripePayout if matches!(code, "ISK" | "UGX") => 100,
            Self::StripePayout if matches!(code, "HUF" | "TWD") => 100,
            Self::Stripe | Self::StripePayout if STRIPE_THREE.contains(&code) => 10,
            _ => 1,
        }
    }

    /// The currencies of this table whose exponent is not two, for shells that must print amounts.
    pub fn exceptions(self) -> Vec<(&'static str, u32)> {
        let (zero, three): (&[&'static str], &[&'static str]) = match self {
            Self::Iso4217 => (&ISO_ZERO, &ISO_THREE),
            Self::Stripe | Self::StripePayout => (&STRIPE_ZERO, &STRIPE_THREE),
            Self::PayPal => (&["HUF", "JPY", "TWD"], &["TND"]),
        };
        zero.iter().map(|code| (*code, 0)).chain(three.iter().map(|code| (*code, 3))).collect()
    }
}

fn exponent_from(code: &str, zero: &[&str], three: &[&str]) -> u32 {
    if zero.contains(&code) {
        0
    } else if three.contains(&code) {
        3
    } else {
        2
    }
}

/// An amount of one currency in minor units of the vendor that reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Whole minor units; negative where money left.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// So many minor units of a currency.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum, where both have one currency and 64 bits hold it.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference, under the same conditions.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, with: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        with(self.minor, other.minor)
            .map(|minor| Self { minor, currency: self.currency })
            .ok_or(MoneyError::TooLarge)
    }

    /// Reads an amount in major units: ASCII digits, then at most one point and as many decimals
    /// as the table allows. White space at the ends, the no-break kind too, is dropped. Commas,
    /// exponents, signs and digits of other scripts are refused rather than guessed at: `1,299`
    /// means two different sums in two countries. Trailing zeros beyond the exponent are refused
    /// as well, so that what is typed is what is shown back.
    pub fn parse(text: &str, currency: Currency, table: ExponentTable) -> Result<Self, MoneyError> {
        let trimmed =
            text.trim_matches(|one: char| one.is_whitespace() || one == '\u{a0}' || one == '\u{202f}');
        let not_an_amount = || MoneyError::NotAnAmount(text.chars().take(40).collect());
        let (whole, decimals) = trimmed.split_once('.').unwrap_or((trimmed, ""));
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let ends_in_point = trimmed.ends_with('.');
        if whole.is_empty() || ends_in_point || !digits_only(whole) || !digits_only(decimals) {
            return Err(not_an_amount());
        }
        let exponent = table.exponent(currency);
        let decimals_given = u32::try_from(decimals.len()).map_err(|_| not_an_amount())?;
        if decimals_given > exponent {
            return Err(MoneyError::TooManyDecimals { currency, allowed: exponent });
        }
        let mut minor: i64 = 0;
        for byte in whole.bytes().chain(decimals.bytes()) {
            minor = minor
                .checked_mul(10)
                .and_then(|value| value.checked_add(i64::from(byte - b'0')))
                .ok_or(MoneyError::TooLarge)?;
        }
        for _ in decimals_given..exponent {
            minor = minor.checked_mul(10).ok_or(MoneyError::TooLarge)?;
        }
        Self::new(minor, currency).on_step(table)
    }

    /// Itself, where the vendor takes such an amount; the reason where it does not.
    pub fn on_step(self, table: ExponentTable) -> Result<Self, MoneyError> {
        let step = table.step(self.currency);
        if self.minor % step == 0 {
            Ok(self)
        } else {
            Err(MoneyError::NotAMultiple { currency: self.currency, step })
        }
    }

    /// The amount in major units with a point, such as `-12.99`, without the currency and without
    /// grouping: the same text in every locale.
    pub fn to_decimal(self, table: ExponentTable) -> String {
        let exponent = table.exponent(self.currency) as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, decimals) = digits.split_at(digits.len() - exponent);
        if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }
}

/// Minor units are a string over JSON: JavaScript numbers are exact only to 2^53.
#[derive(Serialize, Deserialize)]
struct MoneyText {
    minor: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        MoneyText { minor: self.minor.to_string(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = MoneyText::deserialize(deserializer)?;
        let minor = text.minor.parse().map_err(serde::de::Error::custom)?;
        Ok(Self { minor, currency: text.currency })
    }
}

#[cfg(test)]
#[path = "money_tests.rs"]
mod tests;
