//! The heads of the books, kept in the vault: whoever cuts a book's end off, or writes all of it anew, cannot
//! do the same there.
//!
//! A vault is slow, so heads are kept behind the answers: at once after money, at most once a second, else
//! once a minute, and when the Desk closes. A crash between leaves a book that is longer than its head, which
//! fits; a book that is shorter, or another one, was tampered with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::{ErrorBody, ErrorCode};
use domain::{Environment, Secret};
use mirror::{Head, Mirror};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use vault::{EntryName, VaultKind};

use crate::desk::Desk;
use crate::errors;

/// How often heads are kept where nothing calls for it.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// How far apart two times are at least.
const PAUSE: Duration = Duration::from_secs(1);

/// What the Desk knows of the heads in the vault.
#[derive(Debug, Default)]
pub(crate) struct BookHeads {
    kept: Mutex<HashMap<Environment, Head>>,
    wanted: Notify,
}

impl BookHeads {
    /// Says that something was written that nobody must be able to cut off.
    pub(crate) fn want(&self) {
        self.wanted.notify_one();
    }

    fn known(&self, environment: Environment) -> Option<Head> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&environment).copied()
    }

    fn remember(&self, environment: Environment, head: Head) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(environment, head);
    }
}

/// Keeps heads until told to stop; closing the Desk keeps them once more.
pub(crate) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.book_heads.wanted.notified() => {}
            () = tokio::time::sleep(KEEP_EVERY) => {}
        }
        desk.keep_book_heads().await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

impl Desk {
    /// Whether the vault can keep a head at all.
    pub(crate) fn keeps_book_heads(&self) -> bool {
        self.vault_kind() != VaultKind::Environment
    }

    /// The head of a book in the vault; none where none was kept yet.
    pub(crate) async fn kept_book_head(&self, environment: Environment) -> Result<Option<Head>, ErrorBody> {
        if !self.keeps_book_heads() {
            return Ok(None);
        }
        let vault = self.vault().await?;
        let text = self.vault_result(vault.get(&EntryName::BookHead(environment)).await)?;
        match text {
            None => Ok(None),
            Some(text) => Head::from_text(text.expose()).map(Some).ok_or_else(|| {
                let lost = ErrorBody::new(ErrorCode::VaultEntryLost);
                lost.with("entry", format!("the head of the {environment} book"))
            }),
        }
    }

    /// Keeps the heads of all open books.
    pub(crate) async fn keep_book_heads(&self) {
        let open: Vec<(Environment, Mirror)> = self
            .mirrors()
            .await
            .iter()
            .map(|(environment, open)| (*environment, open.mirror.clone()))
            .collect();
        for (environment, mirror) in open {
            if let Err(error) = self.keep_book_head(environment, &mirror, false).await {
                tracing::warn!(code = %error.code, %environment, "the head of the book could not be kept");
            }
        }
    }

    /// Keeps the head of a book. One that does not go on from the head that is kept stays unkept, so that the
    /// loss is found, unless somebody accepted it or put a copy back.
    pub(crate) async fn keep_book_head(
        &self,
        environment: Environment,
        mirror: &Mirror,
        whatever_was_kept: bool,
    ) -> Result<(), ErrorBody> {
        if !self.keeps_book_heads() {
            return Ok(());
        }
        let head = mirror.book().head().await.map_err(|error| errors::of_mirror(&error))?;
        let known = self.book_heads.known(environment);
        if known == Some(head) || (known.is_none() && head.count == 0) {
            return Ok(());
        }
        let kept = match known {
            Some(known) => Some(known),
            None => self.kept_book_head(environment).await?,
        };
        if let Some(kept) = kept.filter(|_| !whatever_was_kept) {
            let goes_on = mirror.book().holds(kept).await.map_err(|error| errors::of_mirror(&error))?;
            if !goes_on {
                tracing::warn!(%environment, lines = head.count, kept = kept.count, "the book lost lines");
                return Ok(());
            }
        }
        if kept != Some(head) {
            let vault = self.vault().await?;
            let text = Secret::new(head.to_text());
            self.vault_result(vault.set(&EntryName::BookHead(environment), &text).await)?;
        }
        self.book_heads.remember(environment, head);
        Ok(())
    }
}
