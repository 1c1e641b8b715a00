//! Parameters that several endpoints share: amounts, metadata, addresses, cards.

use std::sync::Arc;

use crate::cards::{self, Card};
use crate::currency::Currency;
use crate::error::ApiError;
use crate::form::{Table, Value};
use crate::model::{Address, Contact, Metadata, Text};
use crate::world::text;

const MOST_METADATA: usize = 50;
const METADATA_KEY: usize = 40;
const METADATA_VALUE: usize = 500;
/// The most that fits Stripe's eight digits.
const MOST_AMOUNT: i64 = 99_999_999;

/// A text that may be unset by an empty value: `None` leaves the field alone.
pub(crate) fn optional(params: &Table, name: &str) -> Result<Option<Option<Text>>, ApiError> {
    Ok(params.text(name)?.map(|value| (!value.is_empty()).then(|| text(value))))
}

/// Sets a field if the parameter came.
pub(crate) fn set(field: &mut Option<Text>, value: Option<Option<Text>>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Applies the `metadata` parameter: keys are merged, empty values remove their key, an empty parameter removes all.
pub(crate) fn metadata(params: &Table, existing: &Metadata) -> Result<Metadata, ApiError> {
    let mut merged = existing.clone();
    match params.get("metadata") {
        None => return Ok(merged),
        Some(Value::Text(value)) if value.is_empty() => return Ok(Vec::new()),
        Some(Value::Text(_)) => return Err(ApiError::invalid("Invalid hash").param("metadata")),
        Some(Value::Table(table)) => {
            for (key, value) in table.entries() {
                let Value::Text(value) = value else {
                    return Err(ApiError::invalid(
                        "Metadata values must be strings, but for key: `".to_owned()
                            + key
                            + "` you passed in a value of type object",
                    )
                    .param("metadata"));
                };
                check_metadata(key, value)?;
                merged.retain(|(known, _)| **known != **key);
                if !value.is_empty() {
                    merged.push((text(key), text(value)));
                }
            }
        }
    }
    if merged.len() > MOST_METADATA {
        let message = format!(
            "You can only have up to {MOST_METADATA} metadata keys on this object. You passed {}.",
            merged.len()
        );
        return Err(ApiError::invalid(message).param("metadata"));
    }
    Ok(merged)
}

fn check_metadata(key: &str, value: &str) -> Result<(), ApiError> {
    if key.is_empty() {
        return Err(ApiError::invalid("Metadata keys may not be empty.").param("metadata"));
    }
    if key.chars().count() > METADATA_KEY {
        return Err(ApiError::invalid(format!("Metadata keys can have up to {METADATA_KEY} characters, but you passed in a key that is {} characters: {key}", key.chars().count())).param("metadata"));
    }
    if value.chars().count() > METADATA_VALUE {
        let message = format!(
            "Metadata values can have up to {METADATA_VALUE} characters, but you passed in a value that is {} characters. Invalid value: {value}",
            value.chars().count()
        );
        return Err(ApiError::invalid(message).param(format!("metadata[{key}]")));
    }
    Ok(())
}

/// The `currency` parameter.
pub(crate) fn currency(params: &Table) -> Result<Currency, ApiError> {
    let code = params.required("currency")?;
    Currency::parse(code).ok_or_else(|| {
        let message = format!(
            "Invalid currency: {}. Stripe currently supports these currencies: {}",
            code.to_ascii_lowercase(),
            Currency::known()
        );
        ApiError::invalid(message).param("currency")
    })
}

/// A positive whole amount.
pub(crate) fn positive(params: &Table, name: &str) -> Result<Option<i64>, ApiError> {
    match params.integer(name)? {
        Some(amount) if amount < 1 => {
            Err(ApiError::invalid("This value must be greater than or equal to 1.")
                .code("parameter_invalid_integer")
                .param(name))
        }
        amount => Ok(amount),
    }
}

/// Refuses amounts with digits the currency does not have.
pub(crate) fn check_step(amount: i64, currency: Currency, param: &str) -> Result<(), ApiError> {
    if amount % currency.step() == 0 {
        return Ok(());
    }
    let message = format!(
        "Invalid amount: {amount}. Amounts in {} must be a multiple of {}.",
        currency.code(),
        currency.step()
    );
    Err(ApiError::invalid(message).param(param))
}

/// The amount of a new payment.
pub(crate) fn charge_amount(params: &Table, currency: Currency) -> Result<i64, ApiError> {
    params.required("amount")?;
    let amount = positive(params, "amount")?.unwrap_or_default();
    check_step(amount, currency, "amount")?;
    if amount < currency.least_charge() {
        let message = format!(
            "Amount must be at least {} {}",
            currency.display(currency.least_charge()),
            currency.code()
        );
        return Err(ApiError::invalid(message).code("amount_too_small").param("amount"));
    }
    if amount > MOST_AMOUNT {
        let message =
            format!("Amount must be no more than {} {}", currency.display(MOST_AMOUNT), currency.code());
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    Ok(amount)
}

/// An e-mail address, as roughly as Stripe looks at it.
pub(crate) fn email(params: &Table, name: &str) -> Result<Option<Option<Text>>, ApiError> {
    let value = optional(params, name)?;
    if let Some(Some(address)) = &value {
        let good = address
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
            && !address.contains(char::is_whitespace);
        if !good {
            return Err(ApiError::invalid(format!("Invalid email address: {address}"))
                .code("email_invalid")
                .param(name));
        }
    }
    Ok(value)
}

/// An `address` table.
pub(crate) fn address(table: &Table) -> Result<Address, ApiError> {
    table.allow(&["line1", "line2", "city", "state", "postal_code", "country"])?;
    let part = |name: &str| Ok::<_, ApiError>(table.filled(name)?.map(text));
    Ok(Address {
        line1: part("line1")?,
        line2: part("line2")?,
        city: part("city")?,
        state: part("state")?,
        postal_code: part("postal_code")?,
        country: part("country")?,
    })
}

/// A `billing_details` table.
pub(crate) fn contact(table: &Table) -> Result<Contact, ApiError> {
    table.allow(&["name", "email", "phone", "address", "tax_id"])?;
    let part = |name: &str| Ok::<_, ApiError>(table.filled(name)?.map(text));
    let address = table.table("address")?.map(address).transpose()?.unwrap_or_default();
    Ok(Contact {
        name: part("name")?,
        email: email(table, "email")?.flatten(),
        phone: part("phone")?,
        address,
    })
}

/// A card given by its number: only the published test numbers, so that no real card is ever taken by mistake.
pub(crate) fn raw_card(table: &Table) -> Result<(Card, Arc<Contact>), ApiError> {
    table.allow(&["object", "number", "exp_month", "exp_year", "cvc", "name", "token", "networks"])?;
    let number: String =
        table.required("number")?.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    let month = table.integer("exp_month")?.unwrap_or(0);
    let year = table.integer("exp_year")?.map_or(0, |year| if year < 100 { year + 2_000 } else { year });
    let refuse =
        |decline: &'static cards::Decline| ApiError { began: false, ..ApiError::card(decline, None, None) };
    if !(1..=12).contains(&month) {
        return Err(refuse(&cards::INVALID_MONTH));
    }
    if !(2_000..=2_100).contains(&year) {
        return Err(refuse(&cards::INVALID_YEAR));
    }
    let card = cards::by_number(&number, month as u8, year as u16).ok_or_else(|| {
        refuse(if passes_luhn(&number) { &cards::LIVE_CARD } else { &cards::INCORRECT_NUMBER })
    })?;
    let contact = Contact { name: table.filled("name")?.map(text), ..Contact::default() };
    Ok((card, Arc::new(contact)))
}

fn passes_luhn(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().rev().map(|letter| letter.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() >= 12) else { return false };
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { (digit * 2) / 10 + (digit * 2) % 10 } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::parse;

    #[test]
    fn metadata_merges_and_unsets() {
        let existing = vec![(text("a"), text("1")), (text("b"), text("2"))];
        let apply = |query: &str| metadata(&parse(query).unwrap(), &existing);
        assert_eq!(
            apply("metadata[a]=&metadata[c]=3").unwrap(),
            [(text("b"), text("2")), (text("c"), text("3"))]
        );
        assert_eq!(apply("metadata=").unwrap(), []);
        assert_eq!(apply("x=1").unwrap(), existing);
        assert!(apply(&format!("metadata[{}]=1", "k".repeat(41))).is_err());
        assert!(apply(&format!("metadata[k]={}", "v".repeat(501))).is_err());
        let many: Vec<String> = (0..49).map(|number| format!("metadata[k{number}]=1")).collect();
        assert!(apply(&many.join("&")).unwrap_err().message.contains("50 metadata keys"));
    }

    #[test]
    fn amounts_keep_the_rules_of_their_currency() {
        let check = |query: &str| {
            let params = parse(query).unwrap();
            currency(&params).and_then(|currency| charge_amount(&params, currency))
        };
        assert_eq!(check("amount=2000&currency=usd").unwrap(), 2_000);
        assert_eq!(check("amount=49&currency=usd").unwrap_err().code, Some("amount_too_small"));
        assert_eq!(check("amount=0&currency=usd").unwrap_err().code, Some("parameter_invalid_integer"));
        assert!(check("amount=1005&currency=kwd").is_err());
        assert!(check("amount=50050&currency=isk").is_err());
        assert!(check("amount=50000&currency=isk").is_ok());
        assert!(check("amount=2000&currency=zzz").is_err());
        assert_eq!(check("currency=usd").unwrap_err().code, Some("parameter_missing"));
        assert_eq!(check("amount=100000000&currency=usd").unwrap_err().code, Some("amount_too_large"));
    }

    #[test]
    fn real_card_numbers_are_not_taken() {
        let card =
            |number: &str| raw_card(&parse(&format!("number={number}&exp_month=12&exp_year=2040")).unwrap());
        assert!(card("4242+4242+4242+4242").is_ok());
        assert_eq!(card("4539578763621486").unwrap_err().decline, Some(&cards::LIVE_CARD));
        assert_eq!(card("4242424242424241").unwrap_err().code, Some("incorrect_number"));
    }
}
