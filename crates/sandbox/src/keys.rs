//! The account's keys and what each may do.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::api::{Route, Run};
use crate::error::ApiError;
use crate::random::Random;

/// The keys of one sandbox.
pub(crate) struct Keys {
    pub(crate) secret: String,
    pub(crate) read_only: String,
    pub(crate) without_refunds: String,
    pub(crate) writes_alone: String,
    pub(crate) webhook: String,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    All,
    ReadOnly,
    WithoutRefunds,
    /// Refunds, and what takes or lets go authorised money; no other call.
    WritesAlone,
}

fn letters(random: &mut Random, count: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..count).map(|_| char::from(*random.pick(LETTERS))).collect()
}

impl Keys {
    /// The keys of a seed, except those given.
    pub(crate) fn new(seed: u64, secret: Option<String>, webhook: Option<String>) -> Keys {
        let mut random = Random::new(seed, 5);
        let derived = [
            letters(&mut random, 24),
            letters(&mut random, 24),
            letters(&mut random, 24),
            letters(&mut random, 32),
            letters(&mut random, 24),
        ];
        let [own, read_only, without_refunds, hook, writes_alone] = derived;
        Keys {
            secret: secret.unwrap_or_else(|| format!("sk_test_sandbox{own}")),
            read_only: format!("rk_test_sandboxRead{read_only}"),
            without_refunds: format!("rk_test_sandboxNoRefunds{without_refunds}"),
            writes_alone: format!("rk_test_sandboxWrites{writes_alone}"),
            webhook: webhook.unwrap_or_else(|| format!("whsec_{hook}")),
        }
    }

    /// Finds out who asks: `Authorization: Bearer <key>`, or Basic with the key as the user.
    pub(crate) fn authenticate(&self, header: Option<&str>) -> Result<(String, Rights), ApiError> {
        let header = header.ok_or_else(ApiError::no_key)?;
        let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
        let key = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => value.trim().to_owned(),
            "basic" => {
                let decoded = STANDARD
                    .decode(value.trim())
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok())
                    .unwrap_or_default();
                decoded.split(':').next().unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        if key.is_empty() {
            return Err(ApiError::no_key());
        }
        let rights = if key == self.secret {
            Rights::All
        } else if key == self.read_only {
            Rights::ReadOnly
        } else if key == self.without_refunds {
            Rights::WithoutRefunds
        } else if key == self.writes_alone {
            Rights::WritesAlone
        } else {
            return Err(ApiError::wrong_key(&key));
        };
        Ok((key, rights))
    }
}

/// Giving back, taking and letting go: nothing that starts a payment or tells of anybody.
fn is_narrow(template: &str) -> bool {
    template.starts_with("/v1/refunds") || template.ends_with("/capture") || template.ends_with("/cancel")
}

impl Rights {
    /// Whether a key with these rights may use the endpoint.
    pub(crate) fn check(self, route: &Route, key: &str, account: &str) -> Result<(), ApiError> {
        let writes = matches!(route.run, Run::Write(_));
        let allowed = match self {
            Rights::All => true,
            Rights::ReadOnly => !writes,
            Rights::WithoutRefunds => !(writes && route.template.starts_with("/v1/refunds")),
            Rights::WritesAlone => writes && is_narrow(route.template),
        };
        let action = if writes { "write" } else { "read" };
        if allowed {
            Ok(())
        } else {
            Err(ApiError::no_permission(key, account, &format!("rak_{}_{action}", route.resource)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_and_basic_name_the_same_key() {
        let keys = Keys::new(1, None, None);
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:", keys.secret)));
        assert_eq!(keys.authenticate(Some(&format!("Bearer {}", keys.secret))).unwrap().1, Rights::All);
        assert_eq!(keys.authenticate(Some(&basic)).unwrap().1, Rights::All);
        assert_eq!(
            keys.authenticate(Some(&format!("bearer {}", keys.read_only))).unwrap().1,
            Rights::ReadOnly
        );
        for bad in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Basic !!!"),
            Some("Bearer sk_live_abcdefghijkl"),
            Some("Digest x"),
        ] {
            assert_eq!(keys.authenticate(bad).unwrap_err().status, 401, "{bad:?}");
        }
        assert_ne!(keys.secret, Keys::new(2, None, None).secret);
    }
}
