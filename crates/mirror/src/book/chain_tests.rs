use domain::Environment;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Break, Chain, Flaw, Head, RawLine};

const LIVE: Environment = Environment::Live;

/// A book of so many lines that fits.
fn book(lines: u64) -> Vec<RawLine> {
    let mut head = Head::beginning(LIVE);
    let mut made = Vec::new();
    for number in 1..=lines {
        let mut line = RawLine {
            number,
            at: 1_760_000_000_000 + i64::try_from(number).unwrap() * 977,
            system_user: b"ada".to_vec(),
            name: if number % 3 == 0 { b"Ada Lovelace".to_vec() } else { Vec::new() },
            shell: b"window".to_vec(),
            action: b"payment_shown".to_vec(),
            account: (number % 2 == 0).then(|| b"0192".to_vec()),
            subject: format!("ch_{number}").into_bytes(),
            facts: format!("{{\"shown\":{number}}}").into_bytes(),
            sealed: (number % 4 == 0).then(|| vec![7; 60]),
            previous: head.hash.to_vec(),
            hash: Vec::new(),
        };
        line.hash = line.hashed().to_vec();
        head = Head { count: number, hash: line.hashed() };
        made.push(line);
    }
    made
}

fn verify(lines: &[RawLine], kept: &[Head]) -> Result<Head, Break> {
    let mut chain = Chain::begin(LIVE, kept)?;
    for line in lines {
        chain.follow(line)?;
    }
    chain.end()?;
    Ok(chain.head())
}

fn head_of(lines: &[RawLine]) -> Head {
    verify(lines, &[]).unwrap()
}

/// Turns one bit of a line round, wherever it stands in it.
fn flip(line: &mut RawLine, random: &mut StdRng) {
    let mut number = line.number.to_be_bytes().to_vec();
    let mut at = line.at.to_be_bytes().to_vec();
    let mut fields: Vec<&mut Vec<u8>> = vec![
        &mut number,
        &mut at,
        &mut line.system_user,
        &mut line.name,
        &mut line.shell,
        &mut line.action,
        &mut line.subject,
        &mut line.facts,
        &mut line.previous,
        &mut line.hash,
    ];
    fields.extend(line.account.as_mut());
    fields.extend(line.sealed.as_mut());
    fields.retain(|field| !field.is_empty());
    let bits: usize = fields.iter().map(|field| field.len() * 8).sum();
    let mut bit = random.random_range(0..bits);
    for field in fields {
        if bit < field.len() * 8 {
            field[bit / 8] ^= 1 << (bit % 8);
            break;
        }
        bit -= field.len() * 8;
    }
    line.number = u64::from_be_bytes(number.try_into().unwrap());
    line.at = i64::from_be_bytes(at.try_into().unwrap());
}

#[test]
fn g12_ten_thousand_bits_deletions_and_swaps_are_all_noticed_and_named() {
    let seed = 0x9a7d_e5c0;
    let mut random = StdRng::seed_from_u64(seed);
    let whole = book(40);
    let kept = head_of(&whole);
    for round in 0..10_000 {
        let mut lines = whole.clone();
        let place = random.random_range(0..lines.len());
        let number = place as u64 + 1;
        let (what, named) = match round % 5 {
            0 | 1 => {
                flip(&mut lines[place], &mut random);
                ("a bit", number)
            }
            2 => {
                lines.remove(place);
                ("a line taken out", number)
            }
            3 => {
                lines.remove(place);
                // As somebody would who closes the gap in the numbers.
                for line in &mut lines[place..] {
                    line.number -= 1;
                }
                ("a line taken out, the others numbered anew", number)
            }
            _ => {
                let other = (place + 1 + random.random_range(0..lines.len() - 1)) % lines.len();
                lines.swap(place, other);
                let (low, high) = (place.min(other), place.max(other));
                if round % 2 == 0 {
                    for place in [low, high] {
                        lines[place].number = place as u64 + 1;
                    }
                }
                ("two lines that changed places", low as u64 + 1)
            }
        };
        let found = verify(&lines, &[kept]);
        let Err(found) = found else {
            panic!("seed {seed}, round {round}: {what} in {number} went unnoticed")
        };
        assert_eq!(found.line, named, "seed {seed}, round {round}: {what}: {found:?}");
    }
}

#[test]
fn a_cut_tail_is_noticed_by_any_head_that_was_kept_before() {
    let whole = book(30);
    let kept = head_of(&whole);
    for left in 0..30 {
        let found = verify(&whole[..left], &[kept]).unwrap_err();
        assert_eq!(found, Break { line: left as u64 + 1, flaw: Flaw::CutOff });
    }
    // Lines that came after the head was kept are no flaw.
    assert_eq!(verify(&book(33), &[kept]).unwrap().count, 33);
}

#[test]
fn a_line_that_was_put_in_and_a_book_that_was_written_anew_are_named() {
    let whole = book(20);
    let kept = head_of(&whole);
    let mut put_in = whole.clone();
    let mut forged = RawLine { subject: b"ch_forged".to_vec(), ..whole[9].clone() };
    forged.hash = forged.hashed().to_vec();
    put_in.insert(9, forged.clone());
    for line in &mut put_in[10..] {
        line.number += 1;
    }
    assert_eq!(verify(&put_in, &[kept]).unwrap_err(), Break { line: 11, flaw: Flaw::Changed });
    let mut swapped = whole.clone();
    swapped[9] = forged;
    assert_eq!(verify(&swapped, &[kept]).unwrap_err(), Break { line: 11, flaw: Flaw::OutOfPlace });
    // Whoever writes all hashes anew is given away by the head alone.
    let mut anew = swapped;
    for place in 10..anew.len() {
        anew[place].previous = anew[place - 1].hash.clone();
        anew[place].hash = anew[place].hashed().to_vec();
    }
    assert!(verify(&anew, &[]).is_ok());
    assert_eq!(verify(&anew, &[kept]).unwrap_err(), Break { line: 20, flaw: Flaw::Rewritten });
}

#[test]
fn a_head_is_read_as_it_was_written_and_books_of_two_environments_differ() {
    let head = head_of(&book(3));
    assert_eq!(Head::from_text(&head.to_text()), Some(head));
    for wrong in ["", "3", "3:", "x:00", "3:00", "-1:00"] {
        assert_eq!(Head::from_text(wrong), None, "{wrong}");
    }
    assert_ne!(Head::beginning(Environment::Live), Head::beginning(Environment::Test));
    assert!(verify(&[], &[Head::beginning(Environment::Test)]).is_err());
}
