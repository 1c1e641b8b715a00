//! Customers and their saved payment methods.

use domain::{Customer, SavedPaymentMethod, Timestamp};

use super::payment::card_facts;
use crate::stripe::json::{Json, Unread};

/// A customer. The stub of a deleted one (`{id, object, deleted}`) says nothing about the person and
/// is not a record; `stripe::CustomerFound` tells of it.
pub(crate) fn customer(tree: &Json<'_>) -> Result<Customer, Unread> {
    Ok(Customer {
        vendor_id: tree.need_id()?,
        created_at: tree.need_created()?,
        email: tree.text("email"),
        name: tree.text("name"),
        phone: tree.text("phone"),
        description: tree.text("description"),
        deleted: tree.flag("deleted").unwrap_or(false),
        metadata: tree.metadata(),
    })
}

/// A saved payment method. Cards kept in the old way (`card_…`) carry their facts at the top and no
/// `created`.
pub(crate) fn saved_payment_method(tree: &Json<'_>) -> Result<SavedPaymentMethod, Unread> {
    let is_old_card = tree.get("object").as_text() == Some("card");
    if !is_old_card && tree.get("object").as_text() != Some("payment_method") {
        return Err(Unread::OtherObject);
    }
    let card = if is_old_card { tree } else { tree.get("card") };
    let method = if is_old_card { Some("card".to_owned()) } else { tree.text("type") };
    Ok(SavedPaymentMethod {
        vendor_id: tree.need_id()?,
        method: method.ok_or(Unread::Field("type"))?,
        card: card_facts(card),
        created_at: tree.time("created").unwrap_or(Timestamp::from_ms(0)),
    })
}
