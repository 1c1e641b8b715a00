//! Whether what events state ends the same in whatever order they come.
//!
//! `permutations [NUMBER] [SEED]` writes a payment's eight statements in that many random orders, each for an object of
//! its own and some of them twice, many objects mixed in one write, into an encrypted mirror. The state that each object
//! ends in is held against the vendor's, which is its last statement; one that differs ends the program with its order.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints, and ends where it fails"
)]

use std::time::Instant;

use domain::{AccountId, Customer, Environment, Observed, Record, Timestamp, Vendor};
use mirror::{AccountRow, KeyReference, Mirror, OpenOptions};

/// Statements of an object, the last of which is that it was deleted.
const STATEMENTS: usize = 8;
/// Objects whose statements are mixed.
const MIXED: usize = 250;
/// Statements of one write.
const AT_ONCE: usize = 500;
/// When the first was stated.
const FIRST: i64 = 1_772_366_400_000;

/// Numbers that look random and are the same for a seed (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % limit
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let other = self.below(last + 1);
            all.swap(last, other);
        }
    }
}

fn statement(object: usize, place: usize) -> Observed {
    let at = Timestamp::from_ms(FIRST + i64::try_from(place).unwrap() * 1_000);
    let customer = Customer {
        vendor_id: format!("cus_{object}"),
        created_at: Timestamp::from_ms(FIRST),
        email: Some(format!("ada{place}@example.org")),
        name: Some(format!("Ada {place}")),
        phone: None,
        description: None,
        metadata: Vec::new(),
        deleted: place + 1 == STATEMENTS,
    };
    let json = format!(r#"{{"id":"cus_{object}","object":"customer","name":"Ada {place}"}}"#);
    Observed { record: Record::Customer(customer), json: json.into_bytes(), observed_at: at }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let number: usize = arguments.next().map_or(100_000, |text| text.parse().unwrap());
    let seed: u64 = arguments.next().map_or(1, |text| text.parse().unwrap());
    let mut random = Random(seed.max(1));
    let folder = tempfile::tempdir().unwrap();
    let (mirror, account) = mirror_in(folder.path()).await;
    let began = Instant::now();
    let mut written = 0_usize;
    for first in (0..number).step_by(MIXED) {
        let objects = first..(first + MIXED).min(number);
        let mut order: Vec<(usize, usize)> =
            objects.clone().flat_map(|object| (0..STATEMENTS).map(move |place| (object, place))).collect();
        let again: Vec<_> = (0..MIXED).map(|_| order[random.below(order.len())]).collect();
        order.extend(again);
        random.shuffle(&mut order);
        for part in order.chunks(AT_ONCE) {
            let page: Vec<Observed> = part.iter().map(|(object, place)| statement(*object, *place)).collect();
            mirror.commit_page(account, &page, None).await.unwrap();
        }
        written += order.len();
        for object in objects {
            let found = mirror.customers().by_id(account, &format!("cus_{object}")).await.unwrap().unwrap();
            let Record::Customer(last) = statement(object, STATEMENTS - 1).record else { unreachable!() };
            let places: Vec<usize> =
                order.iter().filter(|(of, _)| *of == object).map(|(_, place)| *place).collect();
            assert_eq!(found.value, last, "seed {seed}, object {object}, order {places:?}");
        }
    }
    let took = began.elapsed();
    println!(
        "{number} permutations of {STATEMENTS} statements ({written} written): the same final state, the vendor's; {:.1} s",
        took.as_secs_f64()
    );
    mirror.close().await.unwrap();
}

async fn mirror_in(folder: &std::path::Path) -> (Mirror, AccountId) {
    let options = OpenOptions {
        path: folder.join("mirror-test.db"),
        environment: Environment::Test,
        key: Some(Mirror::generate_key().unwrap()),
        readers: 1,
    };
    let mirror = Mirror::open(options).await.unwrap();
    let row = AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::Stripe,
        environment: Environment::Test,
        label: "shop".parse().unwrap(),
        base_url: "https://api.stripe.com".to_owned(),
        key_reference: KeyReference::Vault,
        write_key_reference: None,
        vendor_account_id: None,
        vendor_name: None,
        rights_json: "[]".to_owned(),
        default_currency: None,
        created_at: Timestamp::from_ms(FIRST),
        removed_at: None,
    };
    mirror.accounts().insert(&row).await.unwrap();
    (mirror, row.id)
}
