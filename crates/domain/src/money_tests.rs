//! Tests of `money`: the tables, what is refused, and round trips.

use proptest::prelude::*;

use super::{Currency, ExponentTable, Money, MoneyError};

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn stripe(text: &str, code: &str) -> Result<i64, MoneyError> {
    Money::parse(text, currency(code), ExponentTable::Stripe).map(|money| money.minor)
}

#[test]
fn reads_digits_never_floats() {
    assert_eq!(stripe("19.99", "usd"), Ok(1999));
    assert_eq!(stripe("0.1", "usd"), Ok(10));
    assert_eq!(stripe("7", "usd"), Ok(700));
    assert_eq!(stripe("1.1", "usd"), Ok(110));
}

#[test]
fn m01_amount_0_is_read_as_zero_for_the_guard_to_refuse() {
    assert_eq!(stripe("0", "usd"), Ok(0));
    assert_eq!(stripe("0.00", "usd"), Ok(0));
}

#[test]
fn m02_minus_1_is_not_an_amount() {
    assert!(matches!(stripe("-1", "usd"), Err(MoneyError::NotAnAmount(_))));
    assert!(matches!(stripe("\u{2212}1", "usd"), Err(MoneyError::NotAnAmount(_))));
}

#[test]
fn m03_i64_max_and_beyond() {
    assert_eq!(stripe("92233720368547758.07", "usd"), Ok(i64::MAX));
    assert_eq!(stripe("92233720368547758.08", "usd"), Err(MoneyError::TooLarge));
    assert_eq!(stripe(&"9".repeat(400), "usd"), Err(MoneyError::TooLarge));
    let most = Money::new(i64::MAX, currency("usd"));
    assert_eq!(most.checked_add(Money::new(1, currency("usd"))), Err(MoneyError::TooLarge));
}

#[test]
fn m07_jpy_12_99_typed() {
    assert_eq!(
        stripe("12.99", "jpy"),
        Err(MoneyError::TooManyDecimals { currency: currency("jpy"), allowed: 0 })
    );
    assert_eq!(stripe("500", "jpy"), Ok(500));
}

#[test]
fn m08_kwd_last_digit_not_0() {
    assert_eq!(stripe("1.234", "kwd"), Err(MoneyError::NotAMultiple { currency: currency("kwd"), step: 10 }));
    assert_eq!(stripe("1.23", "kwd"), Ok(1230));
    assert_eq!(stripe("1.230", "kwd"), Ok(1230));
}

#[test]
fn m09_isk_fraction() {
    assert_eq!(stripe("5", "isk"), Ok(500));
    assert!(matches!(stripe("5.50", "isk"), Err(MoneyError::NotAMultiple { step: 100, .. })));
}

#[test]
fn m10_huf_twd_ugx_special() {
    let parse = |text, code, table| Money::parse(text, currency(code), table).map(|money| money.minor);
    assert_eq!(parse("10.45", "huf", ExponentTable::Stripe), Ok(1045));
    assert!(parse("10.45", "huf", ExponentTable::StripePayout).is_err());
    assert!(parse("10.45", "twd", ExponentTable::StripePayout).is_err());
    assert!(parse("10.45", "huf", ExponentTable::PayPal).is_err());
    assert_eq!(parse("10", "huf", ExponentTable::PayPal), Ok(10));
    assert_eq!(parse("10", "ugx", ExponentTable::Stripe), Ok(1000));
    assert!(parse("10.5", "ugx", ExponentTable::Stripe).is_err());
    assert_eq!(parse("10", "ugx", ExponentTable::Iso4217), Ok(10));
}

#[test]
fn m11_unknown_currency_xxx() {
    for text in ["XXX", "xts", "US", "USDX", "U$D", "", "ÄÖÜ"] {
        assert!(matches!(text.parse::<Currency>(), Err(MoneyError::UnknownCurrency(_))), "{text}");
    }
}

#[test]
fn m12_currencies_never_mix() {
    let dollars = Money::new(1, currency("usd"));
    assert!(matches!(
        dollars.checked_add(Money::new(1, currency("eur"))),
        Err(MoneyError::CurrencyMismatch { .. })
    ));
}

#[test]
fn m13_comma_amounts_are_refused_not_guessed() {
    for text in ["12,99", "1.299,00", "1,299.00", "1 299"] {
        assert!(matches!(stripe(text, "eur"), Err(MoneyError::NotAnAmount(_))), "{text}");
    }
    assert!(stripe("1.299", "eur").is_err());
}

#[test]
fn m14_1e3() {
    for text in ["1e3", "0x10", "NaN", "inf", "1_000", "+5", ".5", "5.", "5..0", ""] {
        assert!(matches!(stripe(text, "usd"), Err(MoneyError::NotAnAmount(_))), "{text}");
    }
}

#[test]
fn m15_arabic_indic_digits() {
    assert!(matches!(stripe("\u{661}\u{662}", "usd"), Err(MoneyError::NotAnAmount(_))));
    assert!(matches!(stripe("\u{ff11}", "usd"), Err(MoneyError::NotAnAmount(_))));
}

#[test]
fn m16_trailing_spaces_or_nbsp() {
    assert_eq!(stripe(" 12.99\u{a0}", "usd"), Ok(1299));
    assert_eq!(stripe("\t12.99 \u{202f}", "usd"), Ok(1299));
    assert!(stripe("12. 99", "usd").is_err());
}

#[test]
fn json_carries_minor_units_as_text() {
    let money = Money::new(9_007_199_254_740_993, currency("usd"));
    let json = serde_json::to_string(&money).unwrap();
    assert_eq!(json, r#"{"minor":"9007199254740993","currency":"USD"}"#);
    assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(minor in 0i64..=i64::MAX, code in "[A-Z]{3}") {
        prop_assume!(code != "XXX" && code != "XTS");
        for table in [ExponentTable::Iso4217, ExponentTable::Stripe, ExponentTable::StripePayout, ExponentTable::PayPal] {
            let step = table.step(currency(&code));
            let money = Money::new(minor / step * step, currency(&code));
            prop_assert_eq!(Money::parse(&money.to_decimal(table), money.currency, table), Ok(money));
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in ".{0,40}", code in ".{0,5}") {
        if let Ok(currency) = code.parse::<Currency>() {
            let _ = Money::parse(&text, currency, ExponentTable::Stripe);
        }
        let _ = Money::parse(&text, currency("kwd"), ExponentTable::Stripe);
    }
}
