//! What follows for messages from what came of money and of mail: those that somebody else sent find the payments that they are about.

use contract::{ErrorBody, Tag};

use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Messages that are looked at in one transaction.
const AT_ONCE: u32 = 500;
/// Messages that are looked at in one go beside other work; the rest waits for the next.
pub(crate) const SOME: u64 = 2_000;
/// All of them, where somebody waits for just that.
pub(crate) const ALL: u64 = u64::MAX;
/// How long a message rests that found nothing.
const REST_MS: i64 = 15 * 60_000;
/// How long a new message does not rest: its payment may come a little after it.
const NEW_MS: i64 = 3_600_000;

/// Looks for the payments of messages that have none for sure.
pub(crate) async fn follow(desk: &Desk, open: &OpenMirror, most: u64) -> Result<(), ErrorBody> {
    let now = desk.clock.now();
    let wanted = (now.plus_ms(-REST_MS), now.plus_ms(-NEW_MS));
    let (mut looked_at, mut changed) = (0, 0);
    while looked_at < most {
        let joined = open.mirror.messages().join(wanted, now, AT_ONCE).await;
        let joined = joined.map_err(|error| errors::of_mirror(&error))?;
        looked_at += joined.looked_at;
        changed += joined.changed;
        if joined.looked_at < u64::from(AT_ONCE) {
            break;
        }
    }
    if changed > 0 {
        desk.say_changed(open.mirror.environment(), &[Tag::Messages]);
    }
    Ok(())
}
