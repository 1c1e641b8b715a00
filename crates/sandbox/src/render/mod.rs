//! The objects as Stripe prints them in version 2026-10-28.endive (vendor facts; field sets of the published fixtures).

mod account;
mod charge;
mod customer;
mod money;
mod refund;

use crate::expand::Expand;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::{Address, Contact, Metadata, Snapshot};
use crate::world::World;
pub(crate) use account::{write_account, write_balance};
pub(crate) use charge::{write_charge, write_intent};
pub(crate) use customer::{write_customer, write_endpoint, write_method, write_token};
pub(crate) use money::{write_event, write_payout, write_transaction};
pub(crate) use refund::{EVIDENCE, write_dispute, write_refund};

/// The version whose shapes are served.
pub(crate) const API_VERSION: &str = "2026-10-28.endive";

/// What a writer needs besides the row: the account for expanded objects, and the time for what depends on it.
#[derive(Clone, Copy)]
pub(crate) struct View<'w> {
    pub(crate) world: &'w World,
    pub(crate) now: i64,
}

impl<'w> View<'w> {
    /// Writes the object at a place as a value.
    pub(crate) fn object(self, json: &mut Json<'w>, kind: Kind, index: u32, expand: &Expand) {
        let (world, at) = (self.world, index as usize);
        match kind {
            Kind::Charge => write_charge(self, json, index, &world.charges.at(index), expand),
            Kind::PaymentIntent => write_intent(self, json, index, &world.intents.at(index), expand),
            Kind::Refund => write_refund(self, json, index, &world.refunds.at(index), expand),
            Kind::Customer => write_customer(self, json, index, &world.customers.at(index), expand),
            Kind::PaymentMethod => write_method(self, json, index, &world.methods.at(index), expand),
            Kind::Dispute => write_dispute(self, json, index, &world.disputes.at(index), expand),
            Kind::BalanceTransaction => write_transaction(self, json, index, expand),
            Kind::Payout => write_payout(self, json, index, &world.payouts.at(index), expand),
            Kind::Event => write_event(self, json, index),
            Kind::WebhookEndpoint => write_endpoint(json, index, &world.endpoints[at], false),
            Kind::Token => write_token(self, json, index),
            Kind::Request => json.raw("null"),
        }
    }

    /// Writes a member that is an id, or the object if it is expanded, or null.
    pub(crate) fn reference(
        self,
        json: &mut Json<'w>,
        name: &str,
        kind: Kind,
        index: Option<u32>,
        expand: &Expand,
    ) {
        match (index, expand.get(name)) {
            (None, _) => json.field_null(name),
            (Some(index), None) => self.plain_reference(json, name, kind, index),
            (Some(index), Some(inner)) => {
                json.key(name);
                self.object(json, kind, index, inner);
            }
        }
    }

    fn plain_reference(self, json: &mut Json<'w>, name: &str, kind: Kind, index: u32) {
        if kind == Kind::PaymentMethod {
            json.field(name, &method_id(self.world, index));
        } else {
            json.field_id(name, kind, index);
        }
    }

    /// Writes what an event shows.
    pub(crate) fn snapshot(self, json: &mut Json<'w>, snapshot: &Snapshot) {
        let expand = Expand::nothing();
        match snapshot {
            Snapshot::Charge(index, row) => write_charge(self, json, *index, row, expand),
            Snapshot::Refund(index, row) => write_refund(self, json, *index, row, expand),
            Snapshot::Intent(index, row) => write_intent(self, json, *index, row, expand),
            Snapshot::Customer(index, row) => write_customer(self, json, *index, row, expand),
            Snapshot::Method(index, row) => write_method(self, json, *index, row, expand),
            Snapshot::Dispute(index, row) => write_dispute(self, json, *index, row, expand),
            Snapshot::Payout(index, row) => write_payout(self, json, *index, row, expand),
            Snapshot::Balance(sums) => write_balance(sums, json),
        }
    }
}

/// The id of a card: `card_…` if the older calls made it, else `pm_…`.
pub(crate) fn method_id(world: &World, index: u32) -> String {
    let id = world.ids.text(Kind::PaymentMethod, index);
    if world.legacy(index) { id.replacen("pm_", "card_", 1) } else { id }
}

fn write_metadata(json: &mut Json<'_>, metadata: &Metadata) {
    json.field_object("metadata", |json| {
        for (key, value) in metadata {
            json.field(key, value);
        }
    });
}

fn write_address(json: &mut Json<'_>, address: &Address) {
    json.field_object("address", |json| {
        json.field_or_null("city", address.city.as_deref());
        json.field_or_null("country", address.country.as_deref());
        json.field_or_null("line1", address.line1.as_deref());
        json.field_or_null("line2", address.line2.as_deref());
        json.field_or_null("postal_code", address.postal_code.as_deref());
        json.field_or_null("state", address.state.as_deref());
    });
}

fn write_billing(json: &mut Json<'_>, contact: &Contact) {
    json.field_object("billing_details", |json| {
        write_address(json, &contact.address);
        json.field_or_null("email", contact.email.as_deref());
        json.field_or_null("name", contact.name.as_deref());
        json.field_or_null("phone", contact.phone.as_deref());
        json.field_null("tax_id");
    });
}

/// Sixteen letters that belong to one card number at this account.
fn fingerprint(bits: u64) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rest = u128::from(bits) << 32 | u128::from(crate::random::mix(bits) as u32);
    (0..16)
        .map(|_| {
            let letter = LETTERS[(rest % 62) as usize];
            rest /= 62;
            char::from(letter)
        })
        .collect()
}

fn last4(digits: u16) -> String {
    format!("{digits:04}")
}
