//! Currencies and amounts as Stripe counts them (vendor facts: "Currencies" and "Refunds").

use std::fmt;

/// A three-letter code in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Currency([u8; 3]);

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// What the sandbox takes: a good part of Stripe's list, with every currency that has a rule of its own.
const KNOWN: &[&str] = &[
    "usd", "aed", "ars", "aud", "bgn", "bhd", "bif", "brl", "cad", "chf", "clp", "cny", "cop", "czk", "djf",
    "dkk", "egp", "eur", "gbp", "gnf", "hkd", "huf", "idr", "ils", "inr", "isk", "jod", "jpy", "kes", "kmf",
    "krw", "kwd", "mad", "mga", "mxn", "myr", "ngn", "nok", "nzd", "omr", "pen", "php", "pkr", "pln", "pyg",
    "ron", "rsd", "rwf", "sar", "sek", "sgd", "thb", "tnd", "try", "twd", "uah", "ugx", "uyu", "vnd", "vuv",
    "xaf", "xof", "xpf", "zar",
];
const ZERO_DECIMAL: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
];
const THREE_DECIMAL: &[&str] = &["bhd", "jod", "kwd", "omr", "tnd"];
const WHOLE_UNITS_ONLY: &[&str] = &["isk", "ugx"];

pub(crate) const USD: Currency = Currency(*b"usd");
pub(crate) const EUR: Currency = Currency(*b"eur");
pub(crate) const GBP: Currency = Currency(*b"gbp");
pub(crate) const JPY: Currency = Currency(*b"jpy");
pub(crate) const KWD: Currency = Currency(*b"kwd");
pub(crate) const ISK: Currency = Currency(*b"isk");

impl Currency {
    /// Reads a code in either case; `None` for one that the sandbox does not take.
    pub(crate) fn parse(text: &str) -> Option<Currency> {
        let lower = text.to_ascii_lowercase();
        if !KNOWN.contains(&lower.as_str()) {
            return None;
        }
        let bytes: [u8; 3] = lower.as_bytes().try_into().ok()?;
        Some(Currency(bytes))
    }

    /// All codes, for the message about an unknown one.
    pub(crate) fn known() -> String {
        KNOWN.join(", ")
    }

    /// The code in lower case, as Stripe sends it.
    pub(crate) fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("usd")
    }

    /// How many digits stand after the point in the amounts that Stripe sends.
    pub(crate) fn decimals(&self) -> u32 {
        if ZERO_DECIMAL.contains(&self.code()) {
            0
        } else if THREE_DECIMAL.contains(&self.code()) {
            3
        } else {
            2
        }
    }

    /// The step amounts must keep: tens in three-decimal currencies, hundreds where Stripe sends two decimals that do not exist.
    pub(crate) fn step(&self) -> i64 {
        if THREE_DECIMAL.contains(&self.code()) {
            10
        } else if WHOLE_UNITS_ONLY.contains(&self.code()) {
            100
        } else {
            1
        }
    }

    /// The least amount of a charge.
    pub(crate) fn least_charge(&self) -> i64 {
        match self.code() {
            "gbp" => 30,
            "jpy" => 50,
            "krw" => 100,
            "isk" | "ugx" => 10_000,
            "kwd" | "bhd" | "omr" | "jod" | "tnd" => 500,
            _ => 50,
        }
    }

    /// The currency that the sandbox's account is paid in when it charges in this one.
    pub(crate) fn settlement(&self) -> Currency {
        if [EUR, GBP].contains(self) { *self } else { USD }
    }

    /// Units of the settlement currency's minor unit for a million of this one's, as a whole number, so that no rate is ever a float.
    pub(crate) fn rate_per_million(&self) -> i64 {
        match self.code() {
            // One yen is about 0.66 cent; one fils of a Kuwaiti dinar about 0.325 cent; one hundredth of a króna about 0.0073 cent.
            "jpy" => 660_000,
            "kwd" => 325_000,
            "isk" => 7_300,
            "usd" | "eur" | "gbp" => 1_000_000,
            _ => 500_000,
        }
    }

    /// An amount in the currency's main unit, as it stands in Stripe's messages.
    pub(crate) fn display(&self, amount: i64) -> String {
        let symbol = match self.code() {
            "usd" => "$",
            "eur" => "€",
            "gbp" => "£",
            "jpy" => "¥",
            _ => "",
        };
        let number = decimal(amount, self.decimals());
        if symbol.is_empty() {
            format!("{number} {}", self.code().to_ascii_uppercase())
        } else {
            format!("{symbol}{number}")
        }
    }
}

/// A whole number of minor units printed with its decimal point.
pub(crate) fn decimal(amount: i64, decimals: u32) -> String {
    if decimals == 0 {
        return amount.to_string();
    }
    let scale = 10_u64.pow(decimals);
    let size = amount.unsigned_abs();
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{:0width$}", size / scale, size % scale, width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripe_counts_isk_in_hundreds_and_kwd_in_tens() {
        assert_eq!((ISK.decimals(), ISK.step()), (2, 100));
        assert_eq!((KWD.decimals(), KWD.step()), (3, 10));
        assert_eq!((JPY.decimals(), JPY.step()), (0, 1));
        assert_eq!(Currency::parse("HUF").unwrap().decimals(), 2);
        assert!(Currency::parse("xxx").is_none());
        assert!(Currency::parse("us").is_none());
    }

    #[test]
    fn amounts_in_messages() {
        assert_eq!(USD.display(5_000), "$50.00");
        assert_eq!(USD.display(5), "$0.05");
        assert_eq!(JPY.display(500), "¥500");
        assert_eq!(KWD.display(1_230), "1.230 KWD");
        assert_eq!(decimal(-105, 2), "-1.05");
    }
}
