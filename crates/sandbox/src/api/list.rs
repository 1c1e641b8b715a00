//! Pages of lists: newest first, both directions, `created` ranges (vendor facts: "Lists").

use super::Call;
use crate::error::ApiError;
use crate::expand::Expand;
use crate::form::{Table, Value};
use crate::ids::Kind;
use crate::json::Json;
use crate::render::View;
use crate::world::World;

const DEFAULT_LIMIT: i64 = 10;
const MOST_LIMIT: i64 = 100;

/// The rows a list draws from, in the order of their places, which is the order of `created`.
pub(crate) enum Rows {
    /// All rows of the kind.
    All(u32),
    /// These places.
    These(Vec<u32>),
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Rows::All(end) => *end as usize,
            Rows::These(places) => places.len(),
        }
    }

    fn at(&self, position: usize) -> u32 {
        match self {
            Rows::All(_) => position as u32,
            Rows::These(places) => places[position],
        }
    }

    /// The first position whose row is not `before`; rows are ordered, so this halves instead of walking.
    fn first_not(&self, before: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.at(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// An inclusive range of seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Range {
    pub(crate) fn contains(self, at: i64) -> bool {
        at >= self.from && at <= self.to
    }
}

/// Reads `created=5` or `created[gte]=5&created[lt]=9`.
pub(crate) fn range(params: &Table, name: &str) -> Result<Range, ApiError> {
    let mut range = Range { from: i64::MIN, to: i64::MAX };
    match params.get(name) {
        None => {}
        Some(Value::Text(_)) => {
            if let Some(exact) = params.integer(name)? {
                range = Range { from: exact, to: exact };
            }
        }
        Some(Value::Table(bounds)) => {
            bounds.allow(&["gt", "gte", "lt", "lte"])?;
            let gt = bounds.integer("gt")?.map(|at| at.saturating_add(1));
            let lt = bounds.integer("lt")?.map(|at| at.saturating_sub(1));
            range.from = bounds.integer("gte")?.into_iter().chain(gt).max().unwrap_or(i64::MIN);
            range.to = bounds.integer("lte")?.into_iter().chain(lt).min().unwrap_or(i64::MAX);
        }
    }
    Ok(range)
}

enum Cursor {
    Newest,
    After(u32),
    Before(u32),
}

struct Paging {
    limit: usize,
    cursor: Cursor,
}

fn paging(world: &World, params: &Table, kind: Kind) -> Result<Paging, ApiError> {
    let limit = params.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        let bound = if limit < 1 { "greater than or equal to 1" } else { "less than or equal to 100" };
        return Err(ApiError::invalid(format!("This value must be {bound}."))
            .code("parameter_invalid_integer")
            .param("limit"));
    }
    let after = params.filled("starting_after")?;
    let before = params.filled("ending_before")?;
    let place = |id: &str, param: &str| {
        place(world, kind, id).ok_or_else(|| ApiError {
            status: 400,
            began: false,
            ..ApiError::no_such(kind, id, param)
        })
    };
    let cursor = match (after, before) {
        (Some(_), Some(_)) => {
            let message =
                "Received both starting_after and ending_before parameters. Please pass in only one.";
            return Err(ApiError::invalid(message).code("parameters_exclusive").param("starting_after"));
        }
        (Some(id), None) => Cursor::After(place(id, "starting_after")?),
        (None, Some(id)) => Cursor::Before(place(id, "ending_before")?),
        (None, None) => Cursor::Newest,
    };
    Ok(Paging { limit: limit as usize, cursor })
}

fn place(world: &World, kind: Kind, id: &str) -> Option<u32> {
    if kind == Kind::PaymentMethod { super::methods::index(world, id) } else { world.place(kind, id) }
}

/// A list to be answered.
pub(crate) struct List<Created: Fn(u32) -> i64, Keep: Fn(u32) -> bool> {
    pub(crate) kind: Kind,
    pub(crate) rows: Rows,
    pub(crate) created: Created,
    pub(crate) keep: Keep,
}

impl<Created: Fn(u32) -> i64, Keep: Fn(u32) -> bool> List<Created, Keep> {
    /// Answers with the page that the request asks for.
    pub(crate) fn answer(self, world: &World, call: &Call<'_>) -> super::Answer {
        let expand = Expand::read(call.params, (self.kind != Kind::Request).then_some(self.kind), true)?;
        let paging = paging(world, call.params, self.kind)?;
        let range = range(call.params, "created")?;
        let (page, has_more) = self.page(&paging, range);
        let mut json = Json::new(&world.ids);
        let view = View { world, now: call.now };
        json.object(|json| {
            json.field("object", "list");
            json.key("data");
            json.list(|json| {
                for index in page {
                    json.item();
                    view.object(json, self.kind, index, &expand);
                }
            });
            json.field_bool("has_more", has_more);
            json.field("url", call.path);
        });
        Ok(json.finish())
    }

    fn page(&self, paging: &Paging, range: Range) -> (Vec<u32>, bool) {
        // An open end needs no search, which in an archive would compute days only to find out that they are not past it.
        let mut from = match range.from {
            i64::MIN => 0,
            from => self.rows.first_not(|index| (self.created)(index) < from),
        };
        let mut to = match range.to {
            i64::MAX => self.rows.len(),
            to => self.rows.first_not(|index| (self.created)(index) <= to),
        };
        match paging.cursor {
            Cursor::Newest => {}
            Cursor::After(cursor) => to = to.min(self.rows.first_not(|index| index < cursor)),
            Cursor::Before(cursor) => from = from.max(self.rows.first_not(|index| index <= cursor)),
        }
        let positions = from..to.max(from);
        let wanted = |position: &usize| (self.keep)(self.rows.at(*position));
        let most = paging.limit + 1;
        let mut found: Vec<u32> = match paging.cursor {
            Cursor::Before(_) => {
                positions.filter(wanted).take(most).map(|position| self.rows.at(position)).collect()
            }
            _ => positions.rev().filter(wanted).take(most).map(|position| self.rows.at(position)).collect(),
        };
        let has_more = found.len() > paging.limit;
        found.truncate(paging.limit);
        // Towards newer rows the page next to the cursor is taken, and still shown newest first.
        if matches!(paging.cursor, Cursor::Before(_)) {
            found.reverse();
        }
        (found, has_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::parse;

    #[test]
    fn ranges_are_inclusive_inside() {
        let read = |query: &str| range(&parse(query).unwrap(), "created");
        assert_eq!(read("created[gt]=5&created[lte]=9").unwrap(), Range { from: 6, to: 9 });
        assert_eq!(read("created[gte]=5&created[lt]=9&created[gt]=7").unwrap(), Range { from: 8, to: 8 });
        assert_eq!(read("created=7").unwrap(), Range { from: 7, to: 7 });
        assert!(read("created=x").is_err());
        assert!(read("created[around]=1").is_err());
    }

    #[test]
    fn pages_meet_without_gap_or_overlap() {
        let list = List {
            kind: Kind::Charge,
            rows: Rows::All(10),
            created: |index| i64::from(index / 3),
            keep: |index| index != 4,
        };
        let all = Range { from: i64::MIN, to: i64::MAX };
        let page = |cursor, limit| list.page(&Paging { limit, cursor }, all);
        assert_eq!(page(Cursor::Newest, 4), (vec![9, 8, 7, 6], true));
        assert_eq!(page(Cursor::After(6), 4), (vec![5, 3, 2, 1], true));
        assert_eq!(page(Cursor::After(1), 4), (vec![0], false));
        assert_eq!(page(Cursor::Before(0), 4), (vec![5, 3, 2, 1], true));
        assert_eq!(page(Cursor::Before(8), 4), (vec![9], false));
        assert_eq!(
            list.page(&Paging { limit: 9, cursor: Cursor::Newest }, Range { from: 1, to: 1 }).0,
            [5, 3]
        );
    }
}
