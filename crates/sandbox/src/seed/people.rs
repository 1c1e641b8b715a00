//! Who buys: names, addresses, cards.

use std::sync::Arc;

use super::words::{REGIONS, Region};
use crate::cards::{Behaviour, Brand, Card};
use crate::model::{Address, Contact, Text};
use crate::random::Random;
use crate::world::text;

/// A person of the history, with the card they pay with.
pub(crate) struct Person {
    pub(crate) region: &'static Region,
    pub(crate) contact: Arc<Contact>,
    pub(crate) card: Arc<Card>,
}

/// Draws where a person lives, which is the first thing that is drawn of a person.
pub(crate) fn region(random: &mut Random) -> &'static Region {
    let weights: [u32; 9] = std::array::from_fn(|index| REGIONS[index].weight);
    &REGIONS[random.weighted(&weights)]
}

/// Draws a person; `this_year` keeps their card valid.
pub(crate) fn person(random: &mut Random, this_year: u16) -> Person {
    let region = region(random);
    let first = *random.pick(region.first);
    let last = *random.pick(region.last);
    let address = address(random, region);
    let phone =
        random.chance(550_000).then(|| text(&format!("{}{:07}", region.phone, random.below(10_000_000))));
    let contact = Contact {
        name: Some(text(&format!("{first} {last}"))),
        email: Some(email(random, region, first, last)),
        phone,
        address,
    };
    Person { region, contact: Arc::new(contact), card: Arc::new(card(random, region.country, this_year)) }
}

fn address(random: &mut Random, region: &Region) -> Address {
    let (city, state, postal) = random.pick(region.cities);
    let number = random.between(1, 240);
    let street = random.pick(region.streets);
    // Continental addresses put the number last.
    let line1 = if matches!(region.country, "DE" | "NL" | "IS") {
        format!("{street} {number}")
    } else {
        format!("{number} {street}")
    };
    Address {
        line1: Some(text(&line1)),
        line2: random.chance(150_000).then(|| text(&format!("Apt {}", random.between(1, 40)))),
        city: Some(text(city)),
        state: (!state.is_empty()).then(|| text(state)),
        postal_code: Some(text(&postal_code(random, region.country, postal))),
        country: Some(text(region.country)),
    }
}

fn postal_code(random: &mut Random, country: &str, start: &str) -> String {
    match country {
        "GB" => format!("{start} {}{}{}", random.below(10), letter(random), letter(random)),
        "CA" => format!("{start} {}{}{}", random.below(10), letter(random), random.below(10)),
        "NL" => format!("{start}{:02} {}{}", random.below(100), letter(random), letter(random)),
        "JP" => format!("{start}-{:04}", random.below(10_000)),
        "IS" => format!("{start}{}", random.below(9)),
        "US" | "KW" => format!("{start}{:02}", random.below(100)),
        _ => format!("{start}{:03}", random.below(1_000)),
    }
}

fn letter(random: &mut Random) -> char {
    char::from(b'A' + random.below(26) as u8)
}

/// An address made of the name as people make them: dots, initials, years, tags; names in other scripts get a plain one.
fn email(random: &mut Random, region: &Region, first: &str, last: &str) -> Text {
    let host = random.pick(region.mail);
    let (first, last) = (plain(first), plain(last));
    let number = random.below(100_000);
    let user = if first.is_empty() || last.is_empty() {
        format!("user{number:05}")
    } else {
        match random.below(6) {
            0 => format!("{first}.{last}{}", number % 1_000),
            1 => format!("{}{last}{}", &first[..1], number % 10_000),
            2 => format!("{first}{}", 1_955 + number % 55 + (number % 7) * 1_000),
            3 => format!("{last}.{first}.{}", number % 1_000),
            4 => format!("{first}_{last}{}+shop", number % 1_000),
            _ => format!("{first}.{last}.{number}"),
        }
    };
    text(&format!("{user}@{host}"))
}

fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' => out.push(letter),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'é' | 'è' | 'ë' => out.push('e'),
            'á' | 'à' => out.push('a'),
            'ó' => out.push('o'),
            'ú' => out.push('u'),
            'í' | 'ı' => out.push('i'),
            'ş' => out.push('s'),
            'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ý' => out.push('y'),
            _ => {}
        }
    }
    out
}

/// Draws a card of a country.
pub(crate) fn card(random: &mut Random, country: &'static str, this_year: u16) -> Card {
    let brand = match country {
        "JP" if random.chance(400_000) => Brand::Jcb,
        "US" => {
            [Brand::Visa, Brand::Mastercard, Brand::Amex, Brand::Discover][random.weighted(&[52, 27, 15, 6])]
        }
        _ => [Brand::Visa, Brand::Mastercard, Brand::Amex][random.weighted(&[58, 36, 6])],
    };
    let funding = ["credit", "debit", "prepaid"]
        [random.weighted(if country == "US" { &[56, 40, 4] } else { &[34, 62, 4] })];
    Card {
        brand,
        last4: random.below(10_000) as u16,
        exp_month: random.between(1, 12) as u8,
        exp_year: this_year + random.between(1, 5) as u16,
        country,
        funding,
        fingerprint: random.next(),
        behaviour: Behaviour::Works,
        wallet: [None, Some("apple_pay"), Some("google_pay"), Some("link")][random.weighted(&[74, 14, 7, 5])],
    }
}
