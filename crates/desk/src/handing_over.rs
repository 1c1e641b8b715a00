//! Messages that this process is handing to a vendor at this moment. One that stands as being on its way and is not among them was
//! abandoned: its answer could not be written down, or what waited for it is gone.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use contract::ErrorBody;
use contract::endpoint::Tag;
use domain::{Environment, MessageId};

use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// The messages.
#[derive(Debug, Default)]
pub(crate) struct HandingOver(Mutex<HashSet<MessageId>>);

/// One of them, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    all: &'a HandingOver,
    id: MessageId,
}

impl HandingOver {
    /// Notes one before its row is written.
    pub(crate) fn begin(&self, id: MessageId) -> UnderWay<'_> {
        self.with(|all| all.insert(id));
        UnderWay { all: self, id }
    }

    pub(crate) fn ids(&self) -> Vec<MessageId> {
        self.with(|all| all.iter().copied().collect())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashSet<MessageId>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.all.with(|all| all.remove(&self.id));
    }
}

/// Lets what was abandoned stand as unsettled, and what nothing was told of for long wait for a person.
pub(crate) async fn recover(
    desk: &Desk,
    environment: Environment,
    open: &OpenMirror,
) -> Result<(), ErrorBody> {
    let under_way = desk.handing_over.ids();
    let changed = open.mirror.messages().recover(desk.clock.now(), &under_way).await;
    if changed.map_err(|error| errors::of_mirror(&error))? > 0 {
        desk.say_changed(environment, &[Tag::Messages]);
    }
    Ok(())
}
