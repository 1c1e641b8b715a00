//! Names to addresses, with a time limit, and on this machine only where it has to be.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Asks for the addresses of a name. The system's resolver outside of tests.
pub trait NameLookup: Send + Sync {
    /// All addresses of `name`; ports are ignored.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver.
#[derive(Debug)]
pub(crate) struct SystemLookup;

impl NameLookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// What reqwest asks instead of the system.
pub(crate) struct LimitedResolver {
    pub(crate) lookup: Arc<dyn NameLookup>,
    pub(crate) limit: Duration,
    /// `localhost` is a name like any other to a hostile resolver: only loopback addresses count.
    pub(crate) loopback_only: bool,
}

impl fmt::Debug for LimitedResolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LimitedResolver").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Resolve for LimitedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let asked = self.lookup.lookup(name.as_str().to_owned());
        let (limit, loopback_only) = (self.limit, self.loopback_only);
        Box::pin(async move {
            let found = tokio::time::timeout(limit, asked).await.map_err(|_| {
                io::Error::new(io::ErrorKind::TimedOut, "the name was not resolved in time")
            })??;
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            if loopback_only && !found.iter().all(|address| address.ip().is_loopback()) {
                return Err(io::Error::other("the name leads to another machine").into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
