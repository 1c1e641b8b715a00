//! The helpers that SendGrid's templates have, as its documents describe them.

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use handlebars::{
    BlockContext, Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, Output, PathAndJson,
    RenderContext, RenderError, RenderErrorReason, Renderable, ScopedJson,
};
use serde_json::Value;

use super::rendering::{Notes, TOO_MANY_ROUNDS};

/// Helpers of the library that SendGrid does not have.
const NOT_OF_SENDGRID: [&str; 13] =
    ["with", "lookup", "raw", "log", "eq", "ne", "gt", "gte", "lt", "lte", "not", "len", "each"];
/// Longest form of a date, in characters.
const FORM_MAX: usize = 100;

/// Gives a registry the helpers of SendGrid, and no other.
pub(super) fn register(registry: &mut Handlebars<'_>, notes: &Notes) {
    for name in NOT_OF_SENDGRID {
        registry.unregister_helper(name);
    }
    registry.register_helper("each", Box::new(Each(notes.clone())));
    for (name, test) in [
        ("equals", Test::Equals),
        ("notEquals", Test::NotEquals),
        ("and", Test::And),
        ("or", Test::Or),
        ("greaterThan", Test::Greater),
        ("lessThan", Test::Less),
    ] {
        registry.register_helper(name, Box::new(test));
    }
    registry.register_helper("length", Box::new(Length));
    registry.register_helper("insert", Box::new(Insert));
    registry.register_helper("formatDate", Box::new(FormatDate(notes.clone())));
    registry.register_helper("helperMissing", Box::new(Missing(notes.clone())));
    registry.register_helper("blockHelperMissing", Box::new(Missing(notes.clone())));
}

/// A name that is neither data nor a helper.
struct Missing(Notes);

impl HelperDef for Missing {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        _: &mut dyn Output,
    ) -> HelperResult {
        if helper.params().is_empty() && !helper.is_block() {
            self.0.missing(helper.name());
        } else {
            self.0.unknown(helper.name());
        }
        Ok(())
    }
}

/// Goes through a list or an object, within the rounds that a whole template has.
struct Each(Notes);

impl HelperDef for Each {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rendering: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let list = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("each", 0))?;
        if list.is_value_missing() {
            self.0.missing(list.relative_path().map_or("each", String::as_str));
        }
        let items: Vec<(Option<String>, &Value)> = match list.value() {
            Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (Some(name.clone()), value)).collect(),
            _ => Vec::new(),
        };
        let Some(body) = helper.template().filter(|_| !items.is_empty()) else {
            return helper.inverse().map_or(Ok(()), |other| other.render(registry, context, rendering, out));
        };
        let last = items.len() - 1;
        for (place, (name, item)) in items.into_iter().enumerate() {
            if !self.0.round() {
                return Err(RenderErrorReason::Other(TOO_MANY_ROUNDS.to_owned()).into());
            }
            let mut block = BlockContext::new();
            block.set_base_value(item.clone());
            block.set_local_var("index", Value::from(place));
            block.set_local_var("first", Value::from(place == 0));
            block.set_local_var("last", Value::from(place == last));
            block.set_local_var("key", name.map_or_else(|| Value::from(place), Value::from));
            rendering.push_block(block);
            let rendered = body.render(registry, context, rendering, out);
            rendering.pop_block();
            rendered?;
        }
        Ok(())
    }
}

/// A question with two answers.
#[derive(Clone, Copy)]
enum Test {
    Equals,
    NotEquals,
    And,
    Or,
    Greater,
    Less,
}

impl Test {
    fn holds(self, helper: &Helper<'_>) -> Result<bool, RenderError> {
        let value = |place: usize| {
            let found = helper.param(place).map(PathAndJson::value);
            found.ok_or_else(|| {
                RenderError::from(RenderErrorReason::ParamNotFoundForIndex("comparison", place))
            })
        };
        let (one, other) = (value(0)?, value(1)?);
        let truthy = |value: &Value| value.is_truthy(false);
        Ok(match self {
            Self::Equals => same(one, other),
            Self::NotEquals => !same(one, other),
            Self::And => helper.params().iter().all(|one| truthy(one.value())),
            Self::Or => helper.params().iter().any(|one| truthy(one.value())),
            Self::Greater => compared(one, other) == Some(Ordering::Greater),
            Self::Less => compared(one, other) == Some(Ordering::Less),
        })
    }
}

/// Numbers are the same whatever they are written as; text is no number.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other) == Ordering::Equal,
        _ => one == other,
    }
}

fn compared(one: &Value, other: &Value) -> Option<Ordering> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse::<f64>().ok());
    number(one)?.partial_cmp(&number(other)?)
}

impl HelperDef for Test {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rendering: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let holds = self.holds(helper)?;
        if !helper.is_block() {
            return Ok(out.write(if holds { "true" } else { "false" })?);
        }
        match if holds { helper.template() } else { helper.inverse() } {
            Some(part) => part.render(registry, context, rendering, out),
            None => Ok(()),
        }
    }

    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(ScopedJson::Derived(Value::from(self.holds(helper)?)))
    }
}

/// The characters of a text, or the items of a list.
struct Length;

impl HelperDef for Length {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let length = match helper.param(0).map(PathAndJson::value) {
            Some(Value::Array(items)) => items.len(),
            Some(Value::String(text)) => text.chars().count(),
            _ => 0,
        };
        Ok(ScopedJson::Derived(Value::from(length)))
    }
}

/// A value, or what stands in for it.
struct Insert;

impl HelperDef for Insert {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("insert", 0))?;
        let is_there = !value.is_value_missing() && !value.value().is_null() && value.value() != "";
        if is_there {
            return Ok(ScopedJson::Derived(value.value().clone()));
        }
        let other = helper.param(1).and_then(|one| one.value().as_str()).unwrap_or_default();
        Ok(ScopedJson::Derived(Value::from(other.strip_prefix("default=").unwrap_or(other))))
    }
}

/// A date in another form.
struct FormatDate(Notes);

impl HelperDef for FormatDate {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("formatDate", 0))?;
        if value.is_value_missing() {
            self.0.missing(value.relative_path().map_or("formatDate", String::as_str));
            return Ok(ScopedJson::Derived(Value::from("")));
        }
        let text = |place: usize| helper.param(place).and_then(|one| one.value().as_str());
        let form: String = text(1).unwrap_or("MM/DD/YYYY").chars().take(FORM_MAX).collect();
        let formatted = moment(value.value(), text(2))
            .map_or_else(|| "Invalid date".to_owned(), |at| formatted(at, &form));
        Ok(ScopedJson::Derived(Value::from(formatted)))
    }
}

fn moment(value: &Value, offset: Option<&str>) -> Option<DateTime<FixedOffset>> {
    let utc = match value {
        Value::Number(ms) => DateTime::from_timestamp_millis(ms.as_i64()?)?.fixed_offset(),
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok().or_else(|| {
            let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
            let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok().or_else(day)?;
            Some(at.and_utc().fixed_offset())
        })?,
        _ => return None,
    };
    // Without an offset SendGrid shows UTC.
    let offset =
        offset.and_then(|text| text.parse::<FixedOffset>().ok()).or_else(|| FixedOffset::east_opt(0))?;
    Some(utc.with_timezone(&offset))
}

/// The pieces of a form, the longest first, with what `chrono` calls them.
const PIECES: [(&str, &str); 19] = [
    ("YYYY", "%Y"),
    ("MMMM", "%B"),
    ("dddd", "%A"),
    ("MMM", "%b"),
    ("ddd", "%a"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("M", "%-m"),
    ("D", "%-d"),
    ("H", "%-H"),
    ("h", "%-I"),
    ("A", "%p"),
    ("a", "%P"),
    ("Z", "%:z"),
];

fn formatted(at: DateTime<FixedOffset>, form: &str) -> String {
    let (mut out, mut rest) = (String::new(), form);
    while let Some(first) = rest.chars().next() {
        match PIECES.into_iter().find(|(piece, _)| rest.starts_with(piece)) {
            Some((piece, strftime)) => {
                out.push_str(&at.format(strftime).to_string());
                rest = &rest[piece.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}
