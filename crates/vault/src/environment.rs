//! The environment vault: reads variables of this process and keeps nothing.

use std::ffi::OsString;
use std::fmt;

use domain::Secret;
use zeroize::Zeroize;

use crate::entry_name::EntryName;
use crate::error::VaultError;

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// Reads variables at the moment they are asked for.
pub(crate) struct EnvironmentVault {
    lookup: Box<Lookup>,
}

impl fmt::Debug for EnvironmentVault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EnvironmentVault")
    }
}

impl EnvironmentVault {
    pub(crate) fn new(lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self { lookup: Box::new(lookup) }
    }

    /// A blank variable counts as one that is not set: `NAME=` in a unit file is how people switch it off.
    pub(crate) fn get(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        let Some(variable) = name.variable() else { return Ok(None) };
        let unusable = |problem| VaultError::UnusableVariable { variable: variable.to_owned(), problem };
        let Some(value) = (self.lookup)(variable) else { return Ok(None) };
        let mut value = value.into_string().map_err(|_not_text| unusable("is not UTF-8 text"))?;
        strip_one_line_break(&mut value);
        if value.contains(['\n', '\r']) {
            value.zeroize();
            return Err(unusable("contains a line break; put the key alone on one line"));
        }
        let secret = Secret::new(value);
        Ok(if secret.is_blank() { None } else { Some(secret) })
    }

    pub(crate) fn refuse(&self, name: &EntryName) -> VaultError {
        VaultError::ReadOnly { name: name.to_string() }
    }
}

/// Takes away the one line break that editors and `echo` put at the end.
pub(crate) fn strip_one_line_break(text: &mut String) {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::strip_one_line_break;

    #[test]
    fn only_the_last_line_break_goes() {
        for (before, after) in
            [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n"), ("a\r", "a\r"), ("\n", ""), ("", "")]
        {
            let mut text = before.to_owned();
            strip_one_line_break(&mut text);
            assert_eq!(text, after, "{before:?}");
        }
    }
}
