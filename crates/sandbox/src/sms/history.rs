//! Messages from before, and how one is made.

use super::{Kept, NUMBER, TakenSms, hex32};
use crate::random::Random;

/// The number that sent what stands in the history.
const OLDER_NUMBER: &str = "+15005550016";
/// Seconds between two messages of the history.
const APART: i64 = 3_600;
/// What fits into one message by itself, and into each of several, in characters.
const ALONE: usize = 160;
const PART: usize = 153;
const WIDE_ALONE: usize = 70;
const WIDE_PART: usize = 67;

/// So many messages, oldest first, the newest an hour before now.
pub(super) fn of(seed: u64, count: u32, now: i64) -> Vec<Kept> {
    let mut messages = Vec::new();
    for place in 0..count {
        let mut random = Random::of_row(seed, 91, place);
        let created = now - i64::from(count - place) * APART;
        let number = format!("+4915{:09}", random.below(1_000_000_000));
        let place_of_all = place as usize;
        if place % 5 == 4 {
            messages.push(inbound(seed, place_of_all, (&number, "Where is my parcel?"), created));
            continue;
        }
        let body = format!("Your order {} is on its way.", 1_000 + place);
        let mut kept = outbound(seed, place_of_all, (&number, OLDER_NUMBER, &body, None), created);
        kept.updated = created + 4;
        let fails = random.chance(50_000);
        kept.status = if fails { "undelivered" } else { "delivered" };
        kept.error_code = fails.then_some(30_003);
        messages.push(kept);
    }
    messages
}

/// A message that came in.
pub(super) fn inbound(seed: u64, place: usize, (from, body): (&str, &str), created: i64) -> Kept {
    let mut kept = outbound(seed, place, (NUMBER, from, body, None), created);
    kept.inbound = true;
    kept.status = "received";
    kept
}

/// A message that was taken.
pub(super) fn outbound(
    seed: u64,
    place: usize,
    (to, from, body, callback): (&str, &str, &str, Option<&str>),
    created: i64,
) -> Kept {
    Kept {
        taken: TakenSms {
            // The moment is in it, so that a sandbox that was started anew names nothing as before.
            sid: format!("SM{}", hex32(seed ^ created.unsigned_abs(), 10_000 + place as u64 * 2)),
            to: to.to_owned(),
            from: from.to_owned(),
            body: body.to_owned(),
            callback: callback.map(str::to_owned),
        },
        status: "queued",
        error_code: None,
        inbound: false,
        created,
        updated: created,
        segments: segments(body),
        test: false,
    }
}

/// How many messages a text is on the air, for texts without characters that take two places.
fn segments(body: &str) -> usize {
    let is_narrow = body.is_ascii()
        || body.chars().all(|one| one.is_ascii() || "£¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§äöñüà€".contains(one));
    let (length, alone, part) = if is_narrow {
        let twice = body.chars().filter(|one| "^{}\\[~]|€".contains(*one)).count();
        (body.chars().count() + twice, ALONE, PART)
    } else {
        (body.encode_utf16().count(), WIDE_ALONE, WIDE_PART)
    };
    if length <= alone { 1 } else { length.div_ceil(part) }
}
