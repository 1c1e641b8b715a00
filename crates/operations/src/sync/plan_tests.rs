//! The plan against lists of many shapes: everything is read, once, and with few requests.

use domain::{AccountId, Kind, Timestamp};
use mirror::LoadSlice;
use proptest::prelude::*;

use super::{Next, Plan, Seen};

const PAGE: usize = 100;
const NOW: i64 = 1_790_000_000;

/// Seconds of creation, newest first, and how often each object was read.
struct Vendor {
    created: Vec<i64>,
    read: Vec<u32>,
    requests: usize,
    empty: usize,
}

impl Vendor {
    fn new(mut created: Vec<i64>) -> Self {
        created.sort_by(|a, b| b.cmp(a));
        let read = vec![0; created.len()];
        Self { created, read, requests: 0, empty: 0 }
    }

    fn page(&mut self, slice: &LoadSlice) -> Seen {
        self.requests += 1;
        let after = slice.cursor.as_ref().map_or(0, |cursor| cursor.parse::<usize>().unwrap() + 1);
        let within = |at: i64| slice.from.is_none_or(|from| at >= from.as_seconds());
        let first =
            slice.until.map_or(0, |until| self.created.partition_point(|at| *at >= until.as_seconds()));
        let places: Vec<usize> = (after.max(first)..self.created.len())
            .take_while(|place| within(self.created[*place]))
            .take(PAGE + 1)
            .collect();
        self.empty += usize::from(places.is_empty());
        let page = &places[..places.len().min(PAGE)];
        for place in page {
            self.read[*place] += 1;
        }
        let at = |place: Option<&usize>| place.map(|place| Timestamp::from_seconds(self.created[*place]));
        let cursor = if places.len() > PAGE { page.last().map(ToString::to_string) } else { None };
        Seen { rows: page.len() as u64, newest: at(page.first()), oldest: at(page.last()), cursor }
    }
}

/// Reads a list with so many readers; each round every reader gets one page. Answers with the rounds.
fn load(vendor: &mut Vendor, readers: usize) -> usize {
    let whole = LoadSlice::whole(AccountId::generate(), Kind::Payments, 0);
    let mut plan = Plan::new(vec![whole], None);
    let mut rounds = 0;
    loop {
        let mut asked = Vec::new();
        while asked.len() < readers {
            match plan.next() {
                Some(Next::GoOn(slice) | Next::Split { older: slice, .. }) => asked.push(slice),
                None => break,
            }
        }
        if asked.is_empty() {
            assert_eq!(plan.left(), Some(0));
            return rounds;
        }
        rounds += 1;
        for slice in asked {
            let page = vendor.page(&slice);
            plan.advance(slice.number, &page).unwrap();
            plan.release(slice.number);
        }
        assert!(plan.slices.len() <= 64);
    }
}

fn even(count: i64, apart: i64) -> Vec<i64> {
    (0..count).map(|place| NOW - place * apart).collect()
}

#[test]
fn a_list_of_one_page_costs_one_request_and_a_short_one_few() {
    for (count, most) in [(0, 1), (1, 1), (100, 1), (150, 5), (1_000, 18)] {
        let mut vendor = Vendor::new(even(count, 3_000));
        load(&mut vendor, 10);
        assert!(vendor.requests <= most, "{count} objects took {} requests", vendor.requests);
        assert!(vendor.read.iter().all(|read| *read >= 1));
    }
}

#[test]
fn a_long_list_is_read_from_many_places_with_hardly_more_requests_than_pages() {
    for apart in [1, 60, 600, 3_000] {
        let mut vendor = Vendor::new(even(100_000, apart));
        let rounds = load(&mut vendor, 10);
        assert!(vendor.read.iter().all(|read| *read >= 1));
        assert!(
            vendor.requests <= 1_060,
            "{} requests, {} empty, {apart} s apart",
            vendor.requests,
            vendor.empty
        );
        assert!(rounds <= 125, "{rounds} rounds for 1000 pages and 10 readers, {apart} s apart");
    }
}

#[test]
fn bursts_and_quiet_years_are_read_whole() {
    let mut created = even(20_000, 1);
    created.extend((0..20_000).map(|place| NOW - 200_000_000 - place * 7));
    created.extend(std::iter::repeat_n(NOW - 90_000_000, 1_500));
    created.push(86_400);
    let mut vendor = Vendor::new(created);
    let rounds = load(&mut vendor, 10);
    assert!(vendor.read.iter().all(|read| *read >= 1));
    assert!(vendor.requests <= 520, "{} requests, {} empty", vendor.requests, vendor.empty);
    assert!(rounds <= 90, "{rounds} rounds");
}

#[test]
fn the_newest_come_first_of_all() {
    let mut vendor = Vendor::new(even(50_000, 60));
    let whole = LoadSlice::whole(AccountId::generate(), Kind::Payments, 0);
    let mut plan = Plan::new(vec![whole.clone()], None);
    let Some(Next::GoOn(first)) = plan.next() else { panic!() };
    assert_eq!(first, whole);
    assert_eq!(plan.next(), None, "nothing is guessed before anything was seen");
    let page = vendor.page(&first);
    plan.advance(0, &page);
    assert_eq!(plan.left(), None, "how far it goes back is not known");
    plan.release(0);
    assert!(matches!(plan.next(), Some(Next::GoOn(slice)) if slice.number == 0));
    let Some(Next::Split { newer, older }) = plan.next() else { panic!() };
    assert_eq!((newer.from, older.until), (older.until, newer.from));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_object_of_any_list_is_read(
        created in proptest::collection::vec(
            prop_oneof![NOW - 40_000_000..NOW, NOW - 3_000..NOW, 0..NOW], 0..3_000),
        readers in 1_usize..12,
    ) {
        let mut vendor = Vendor::new(created);
        load(&mut vendor, readers);
        prop_assert!(vendor.read.iter().all(|read| *read >= 1));
    }
}
