//! Vendors whose lists are not as Stripe describes them.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::Kind;
use operations::{OpenAccount, OperationError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use vendors::stripe::CallError;

use crate::support::{account_at, sync};

const NEWEST: i64 = 1_772_366_400;

/// How a vendor lists its charges; it has nothing else, and no feed.
#[derive(Clone, Copy, Default)]
struct Manner {
    ignores_created: bool,
    oldest_first: bool,
    /// Each page begins with the last object of the one before.
    repeats: bool,
    /// Every so many pages the object that the next cursor names is deleted.
    deletes_every: Option<usize>,
    refuses_created: bool,
    /// So many requests are refused for their rate at first.
    busy_for: usize,
}

struct Vendor {
    manner: Manner,
    /// Number and second of creation, newest first.
    charges: Mutex<Vec<(u32, i64)>>,
    requests: Mutex<Vec<String>>,
}

impl Vendor {
    async fn start(charges: Vec<i64>, manner: Manner) -> (Arc<Self>, String) {
        let mut charges: Vec<(u32, i64)> = (0..).zip(charges).collect();
        charges.sort_by_key(|(number, created)| (std::cmp::Reverse(*created), *number));
        let vendor = Arc::new(Self { manner, charges: Mutex::new(charges), requests: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = Arc::clone(&vendor);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(stream));
            }
        });
        (vendor, address)
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let mut header = String::new();
            while header.trim_end() != "" || header.is_empty() {
                header.clear();
                if stream.read_line(&mut header).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body) = self.answer(&target);
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            if stream.get_mut().write_all(format!("{head}{body}").as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, target: &str) -> (u16, String) {
        self.requests.lock().unwrap().push(target.to_owned());
        let url = url::Url::parse(&format!("http://x{target}")).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let busy = self.requests.lock().unwrap().len() <= self.manner.busy_for;
        match url.path() {
            "/v1/charges" if busy => (
                429,
                r#"{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many"}}"#
                    .to_owned(),
            ),
            "/v1/charges" => self.page(&query),
            _ => (
                404,
                r#"{"error":{"type":"invalid_request_error","message":"Unrecognized request URL"}}"#
                    .to_owned(),
            ),
        }
    }

    fn page(&self, query: &HashMap<String, String>) -> (u16, String) {
        let second = |name: &str| query.get(name).map(|text| text.parse::<i64>().unwrap());
        let (from, until) = (second("created[gte]"), second("created[lt]"));
        let refused = r#"{"error":{"type":"invalid_request_error","message":"Received unknown parameter"}}"#;
        if self.manner.refuses_created && (from.is_some() || until.is_some()) {
            return (400, refused.to_owned());
        }
        let mut charges = self.charges.lock().unwrap();
        let mut listed = charges.clone();
        if self.manner.oldest_first {
            listed.reverse();
        }
        let after = match query.get("starting_after") {
            None => 0,
            Some(id) => match listed.iter().position(|(number, _)| format!("ch_{number}") == *id) {
                Some(place) => place + usize::from(!self.manner.repeats),
                None => {
                    let gone = format!(
                        r#"{{"error":{{"type":"invalid_request_error","code":"resource_missing","param":"starting_after","message":"No such charge: '{id}'"}}}}"#
                    );
                    return (400, gone);
                }
            },
        };
        let in_span = |created: i64| {
            self.manner.ignores_created
                || (from.is_none_or(|from| created >= from) && until.is_none_or(|until| created < until))
        };
        let rest: Vec<(u32, i64)> = listed[after..].iter().copied().filter(|(_, at)| in_span(*at)).collect();
        let page = &rest[..rest.len().min(100)];
        let data: Vec<String> = page
            .iter()
            .map(|(number, created)| {
                format!(
                    r#"{{"id":"ch_{number}","object":"charge","amount":1999,"amount_captured":1999,"amount_refunded":0,"created":{created},"currency":"usd","status":"succeeded","livemode":false}}"#
                )
            })
            .collect();
        let body = format!(
            r#"{{"object":"list","url":"/v1/charges","has_more":{},"data":[{}]}}"#,
            rest.len() > page.len(),
            data.join(",")
        );
        let pages = self.requests.lock().unwrap().len();
        if self.manner.deletes_every.is_some_and(|every| pages.is_multiple_of(every))
            && let Some((last, _)) = page.last()
        {
            charges.retain(|(number, _)| number != last);
        }
        (200, body)
    }
}

fn even(count: i64) -> Vec<i64> {
    (0..count).map(|place| NEWEST - place * 700).collect()
}

async fn loaded(charges: Vec<i64>, manner: Manner) -> (Arc<Vendor>, OpenAccount, tempfile::TempDir) {
    let (vendor, address) = Vendor::start(charges, manner).await;
    let (account, _, folder) = account_at(&address, "sk_test_51abcdefghijklmnop").await;
    sync(&account).await.unwrap();
    (vendor, account, folder)
}

async fn payments(account: &OpenAccount) -> u64 {
    account.mirror.count(Kind::Payments, None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_ignores_created_is_noticed_and_read_in_a_row() {
    let manner = Manner { ignores_created: true, ..Manner::default() };
    let (vendor, account, _folder) = loaded(even(1_250), manner).await;
    assert_eq!(payments(&account).await, 1_250);
    let requests = vendor.requests.lock().unwrap().iter().filter(|one| one.contains("charges")).count();
    assert!(requests <= 13 + 12, "{requests} requests for 13 pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_created_is_read_in_a_row() {
    let manner = Manner { refuses_created: true, ..Manner::default() };
    let (_, account, _folder) = loaded(even(640), manner).await;
    assert_eq!(payments(&account).await, 640);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_lists_the_oldest_first_is_read_in_a_row() {
    for ignores_created in [false, true] {
        let manner = Manner { oldest_first: true, ignores_created, ..Manner::default() };
        let (_, account, _folder) = loaded(even(730), manner).await;
        assert_eq!(payments(&account).await, 730);
    }
    // The first page shows no order, because all of it was created in one second.
    let mut charges = even(500);
    charges.extend(std::iter::repeat_n(NEWEST - 90_000_000, 250));
    let manner = Manner { oldest_first: true, ..Manner::default() };
    let (_, account, _folder) = loaded(charges, manner).await;
    assert_eq!(payments(&account).await, 750);
}

#[tokio::test(flavor = "multi_thread")]
async fn p38_pages_that_repeat_items_bring_each_once() {
    let manner = Manner { repeats: true, ..Manner::default() };
    let (_, account, _folder) = loaded(even(900), manner).await;
    assert_eq!(payments(&account).await, 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn p39_objects_deleted_between_two_pages_lose_nothing_else() {
    let manner = Manner { deletes_every: Some(3), ..Manner::default() };
    let (vendor, account, _folder) = loaded(even(1_500), manner).await;
    let charges = vendor.charges.lock().unwrap().clone();
    for (number, _) in charges {
        let id = format!("ch_{number}");
        assert!(account.mirror.payments().by_id(account.id(), &id).await.unwrap().is_some(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_objects_of_one_second_and_very_old_ones_are_all_read() {
    let mut charges: Vec<i64> = std::iter::repeat_n(NEWEST, 450).collect();
    charges.extend(std::iter::repeat_n(NEWEST - 86_400 * 900, 450));
    charges.extend([1, 2, 86_400]);
    let (_, account, _folder) = loaded(charges, Manner::default()).await;
    assert_eq!(payments(&account).await, 903);
}

#[tokio::test(flavor = "multi_thread")]
async fn p37_a_cursor_that_loops_in_the_middle_of_a_list_ends_it_with_an_error() {
    let page = |has_more: bool, ids: std::ops::Range<u32>| {
        let data: Vec<String> = ids
            .map(|number| {
                format!(
                    r#"{{"id":"ch_{number}","object":"charge","amount":1,"amount_captured":1,"amount_refunded":0,"created":{NEWEST},"currency":"usd","status":"succeeded"}}"#
                )
            })
            .collect();
        format!(r#"{{"object":"list","url":"/v1/x","has_more":{has_more},"data":[{}]}}"#, data.join(","))
    };
    let server = testkit::ScriptedServer::start([]).await.then_always(testkit::Script::answer(
        200,
        &["content-type: application/json"],
        &page(true, 0..100),
    ));
    let (account, _, _folder) = account_at(&server.base_url(), "sk_test_51abcdefghijklmnop").await;
    let error = sync(&account).await.unwrap_err();
    assert!(matches!(error, OperationError::Vendor(CallError::ListDoesNotEnd)), "{error:?}");
    assert!(server.requests().len() < 100);
}

#[tokio::test]
async fn a_load_outlasts_a_vendor_that_is_busy_for_longer_than_a_call_is_tried() {
    // Eight other lists are asked for as well, and a page of charges is tried five times.
    let manner = Manner { busy_for: 8 + 2 * 5, ..Manner::default() };
    let (_vendor, account, _folder) = loaded(even(120), manner).await;
    assert_eq!(account.mirror.count(Kind::Payments, None).await.unwrap(), 120);
}
