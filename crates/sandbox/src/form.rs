//! Form-encoded parameters, with Stripe's brackets (vendor facts: "Encoding").

use crate::error::ApiError;

/// A parameter's value: text, or a table of named values (a list is a table whose names are 0, 1, 2 …).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Table(Table),
}

/// Named values in the order they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    entries: Vec<(String, Value)>,
    /// Where this table stands, for error messages: empty at the top, else such as `card[networks]`.
    path: String,
}

/// Decodes one part of a form: `+` is a space, `%xx` a byte; bytes that are no UTF-8 become replacement marks.
pub(crate) fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Reads `a[b][]=c&d=e` into a table.
pub(crate) fn parse(encoded: &str) -> Result<Table, ApiError> {
    let mut top = Table::default();
    for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name);
        let (head, mut rest) = match name.find('[') {
            Some(at) if at > 0 => (&name[..at], &name[at..]),
            _ => (name.as_str(), ""),
        };
        let mut keys = vec![head];
        while let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').ok_or_else(|| {
                ApiError::invalid(format!("Invalid parameter name: {name}")).param(name.clone())
            })?;
            keys.push(&inner[..end]);
            rest = &inner[end + 1..];
            // A limit on depth keeps a hostile request from nesting without end.
            if keys.len() > 8 {
                return Err(ApiError::invalid(format!("Parameter nested too deeply: {}", keys[0])));
            }
        }
        top.insert(&keys, decode(value))?;
    }
    Ok(top)
}

impl Table {
    fn insert(&mut self, keys: &[&str], value: String) -> Result<(), ApiError> {
        let Some((first, rest)) = keys.split_first() else { return Ok(()) };
        let name = if first.is_empty() && !self.path.is_empty() {
            self.entries.len().to_string()
        } else {
            (*first).to_owned()
        };
        let path = self.place(&name);
        let at = self.entries.iter().position(|(known, _)| *known == name);
        if rest.is_empty() {
            match at {
                Some(at) => self.entries[at].1 = Value::Text(value),
                None => self.entries.push((name, Value::Text(value))),
            }
            return Ok(());
        }
        let at = at.unwrap_or_else(|| {
            self.entries.push((name, Value::Table(Table { entries: Vec::new(), path: path.clone() })));
            self.entries.len() - 1
        });
        match &mut self.entries[at].1 {
            Value::Table(table) => table.insert(rest, value),
            Value::Text(_) => Err(ApiError::invalid(format!(
                "Invalid object: {path} was given both as a value and as a table"
            ))
            .param(path)),
        }
    }

    fn place(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}[{name}]", self.path) }
    }

    /// The names and values.
    pub(crate) fn entries(&self) -> &[(String, Value)] {
        &self.entries
    }

    /// Refuses names that are not on the list; `expand` is known everywhere.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<(), ApiError> {
        let unknown: Vec<String> = self
            .entries
            .iter()
            .filter(|(name, _)| name != "expand" && !names.contains(&name.as_str()))
            .map(|(name, _)| self.place(name))
            .collect();
        match unknown.as_slice() {
            [] => Ok(()),
            [one] => Err(ApiError::invalid(format!("Received unknown parameter: {one}"))
                .code("parameter_unknown")
                .param(one.clone())),
            [first, ..] => {
                Err(ApiError::invalid(format!("Received unknown parameters: {}", unknown.join(", ")))
                    .code("parameter_unknown")
                    .param(first.clone()))
            }
        }
    }

    /// The value of a name, if it came.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A text, which may be empty (Stripe reads an empty text as "unset").
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Table(_)) => Err(ApiError::invalid("Invalid string: {}").param(self.place(name))),
        }
    }

    /// A text that is not empty, or nothing.
    pub(crate) fn filled(&self, name: &str) -> Result<Option<&str>, ApiError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A text that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        match self.text(name)? {
            None => Err(ApiError::invalid(format!("Missing required param: {}.", self.place(name))).code("parameter_missing").param(self.place(name))),
            Some("") => Err(ApiError::invalid(format!("You passed an empty string for '{0}'. We assume empty values are an attempt to unset a parameter; however '{0}' cannot be unset. You should remove '{0}' from your request or supply a non-empty value.", self.place(name)))
                .code("parameter_invalid_empty")
                .param(self.place(name))),
            Some(text) => Ok(text),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.filled(name)? {
            None => Ok(None),
            // A leading plus sign is Rust's idea of a number, not Stripe's.
            Some(text) if !text.starts_with('+') && text.parse::<i64>().is_ok() => Ok(text.parse().ok()),
            Some(text) => Err(ApiError::invalid(format!("Invalid integer: {text}"))
                .code("parameter_invalid_integer")
                .param(self.place(name))),
        }
    }

    /// A truth value.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.filled(name)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(text) => Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(self.place(name))),
        }
    }

    /// One word of a fixed list.
    pub(crate) fn word<'t>(&'t self, name: &str, words: &[&str]) -> Result<Option<&'t str>, ApiError> {
        match self.filled(name)? {
            None => Ok(None),
            Some(text) if words.contains(&text) => Ok(Some(text)),
            Some(text) => {
                let (last, first) = words.split_last().unwrap_or((&"", &[]));
                let list = if first.is_empty() {
                    (*last).to_owned()
                } else {
                    format!("{}, or {last}", first.join(", "))
                };
                Err(ApiError::invalid(format!("Invalid {name}: must be one of {list}. You passed {text}"))
                    .param(self.place(name)))
            }
        }
    }

    /// A nested table.
    pub(crate) fn table(&self, name: &str) -> Result<Option<&Table>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Table(table)) => Ok(Some(table)),
            Some(Value::Text(text)) if text.is_empty() => Ok(None),
            Some(Value::Text(_)) => Err(ApiError::invalid("Invalid object").param(self.place(name))),
        }
    }

    /// A list of texts: `name[]=…`, or `name[0]=…&name[1]=…` with numbers that follow each other from 0.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<&str>, ApiError> {
        let table = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Value::Table(table)) => table,
            Some(Value::Text(text)) if text.is_empty() => return Ok(Vec::new()),
            Some(Value::Text(_)) => return Err(ApiError::invalid("Invalid array").param(self.place(name))),
        };
        let mut numbered: Vec<(usize, &str)> = Vec::with_capacity(table.entries.len());
        for (key, value) in &table.entries {
            let Value::Text(text) = value else {
                return Err(ApiError::invalid(format!("Invalid string: {key}")).param(table.place(key)));
            };
            numbered.push((key.parse().unwrap_or(usize::MAX), text));
        }
        numbered.sort_unstable_by_key(|(number, _)| *number);
        if numbered.iter().enumerate().any(|(expected, (number, _))| expected != *number) {
            let keys: Vec<String> = table.entries.iter().map(|(key, _)| format!("`{key}`")).collect();
            return Err(ApiError::invalid(format!("Invalid array: the keys must be numeric and sequential starting from 0. You passed the keys {}.", keys.join(", "))).param(self.place(name)));
        }
        Ok(numbered.into_iter().map(|(_, text)| text).collect())
    }

    /// One text for the same parameters in whatever order they came; what the idempotency layer compares.
    pub(crate) fn canonical(&self) -> String {
        let mut pairs = Vec::new();
        self.flatten(&mut pairs);
        pairs.sort_unstable();
        pairs.join("\u{1}")
    }

    fn flatten(&self, pairs: &mut Vec<String>) {
        for (name, value) in &self.entries {
            match value {
                Value::Text(text) => pairs.push(format!("{}\u{2}{text}", self.place(name))),
                Value::Table(table) => table.flatten(pairs),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_raw_and_encoded_mean_the_same() {
        let raw = parse("shipping[address][line1]=1+Main&expand[]=a&expand[]=b").unwrap();
        let encoded =
            parse("shipping%5Baddress%5D%5Bline1%5D=1%20Main&expand%5B0%5D=a&expand%5B1%5D=b").unwrap();
        assert_eq!(raw.canonical(), encoded.canonical());
        assert_eq!(raw.list("expand").unwrap(), ["a", "b"]);
        let address = raw.table("shipping").unwrap().unwrap().table("address").unwrap().unwrap();
        assert_eq!(address.text("line1").unwrap(), Some("1 Main"));
    }

    #[test]
    fn array_keys_must_follow_each_other() {
        let table = parse("expand[1]=a&expand[2]=b").unwrap();
        let error = table.list("expand").unwrap_err();
        assert!(
            error.message.contains("numeric and sequential starting from 0. You passed the keys `1`, `2`"),
            "{}",
            error.message
        );
    }

    #[test]
    fn unknown_names_are_told() {
        let table = parse("amount=1&colour=red").unwrap();
        assert_eq!(table.allow(&["amount"]).unwrap_err().code, Some("parameter_unknown"));
        assert!(table.allow(&["amount", "colour"]).is_ok());
        let nested = parse("created[near]=5").unwrap();
        let error = nested.table("created").unwrap().unwrap().allow(&["gte"]).unwrap_err();
        assert_eq!(&*error.message, "Received unknown parameter: created[near]");
    }

    #[test]
    fn numbers_are_plain() {
        for bad in ["12.99", "+5", "1e3", "abc", "99999999999999999999", " 5"] {
            let table = parse(&format!("amount={}", bad.replace('+', "%2B").replace(' ', "%20"))).unwrap();
            assert_eq!(table.integer("amount").unwrap_err().code, Some("parameter_invalid_integer"), "{bad}");
        }
        assert_eq!(parse("amount=-5").unwrap().integer("amount").unwrap(), Some(-5));
        assert_eq!(parse("amount=").unwrap().integer("amount").unwrap(), None);
    }

    #[test]
    fn hostile_names_are_refused_or_harmless() {
        assert!(parse("a[b=1").is_err());
        assert!(parse(&format!("a{}=1", "[x]".repeat(100))).is_err());
        assert!(parse("a=1&a[b]=2").is_err());
        assert!(parse("&&=&[]=1").is_ok());
    }
}
