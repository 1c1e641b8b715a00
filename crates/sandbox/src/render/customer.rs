//! Customers, their cards, tokens and webhook endpoints.

use super::{View, fingerprint, last4, method_id, write_address, write_billing, write_metadata};
use crate::cards::Card;
use crate::expand::Expand;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::{Customer, Endpoint, PaymentMethod};
use crate::random::mix;

/// Writes a customer; a deleted one keeps only its id.
pub(crate) fn write_customer<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    customer: &Customer,
    expand: &Expand,
) {
    json.object(|json| {
        json.field_id("id", Kind::Customer, index);
        json.field("object", "customer");
        if customer.deleted {
            json.field_bool("deleted", true);
            return;
        }
        match &customer.address {
            Some(address) => write_address(json, address),
            None => json.field_null("address"),
        }
        json.field_number("balance", 0);
        json.field_null("business_name");
        json.field_number("created", customer.created);
        json.field_nulls(&["currency", "customer_account"]);
        view.reference(json, "default_source", Kind::PaymentMethod, customer.default_source, expand);
        json.field_bool("delinquent", false);
        json.field_or_null("description", customer.description.as_deref());
        json.field_null("discount");
        json.field_or_null("email", customer.email.as_deref());
        json.field_null("individual_name");
        json.field("invoice_prefix", &format!("{:08X}", mix(view.world.seed ^ u64::from(index)) as u32));
        json.field_object("invoice_settings", |json| {
            json.field_null("custom_fields");
            match customer.default_method {
                Some(method) => json.field("default_payment_method", &method_id(view.world, method)),
                None => json.field_null("default_payment_method"),
            }
            json.field_nulls(&["footer", "rendering_options"]);
        });
        json.field_bool("livemode", false);
        write_metadata(json, &customer.metadata);
        json.field_or_null("name", customer.name.as_deref());
        json.field_number("next_invoice_sequence", 1);
        json.field_or_null("phone", customer.phone.as_deref());
        json.field_texts("preferred_locales", customer.locale);
        json.field_null("shipping");
        json.field("tax_exempt", "none");
        json.field_null("test_clock");
    });
}

/// Writes a payment method.
pub(crate) fn write_method<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    method: &PaymentMethod,
    expand: &Expand,
) {
    let card: &Card = &method.card;
    json.object(|json| {
        json.field("id", &method_id(view.world, index));
        json.field("object", "payment_method");
        json.field("allow_redisplay", "unspecified");
        write_billing(json, &method.contact);
        json.field_object("card", |json| {
            json.field("brand", card.brand.word());
            json.field_object("checks", |json| {
                json.field_null("address_line1_check");
                json.field_or_null(
                    "address_postal_code_check",
                    method.contact.address.postal_code.as_ref().map(|_| "pass"),
                );
                json.field("cvc_check", "pass");
            });
            json.field("country", card.country);
            json.field("display_brand", card.brand.word());
            json.field_number("exp_month", i64::from(card.exp_month));
            json.field_number("exp_year", i64::from(card.exp_year));
            json.field("fingerprint", &fingerprint(card.fingerprint));
            json.field("funding", card.funding);
            json.field_null("generated_from");
            json.field("last4", &last4(card.last4));
            json.field_object("networks", |json| {
                json.field_texts("available", [card.brand.word()]);
                json.field_null("preferred");
            });
            json.field("regulated_status", "unregulated");
            json.field_object("three_d_secure_usage", |json| json.field_bool("supported", true));
            json.field_null("wallet");
        });
        json.field_number("created", method.created);
        view.reference(json, "customer", Kind::Customer, method.customer, expand);
        json.field_null("customer_account");
        json.field_bool("livemode", false);
        write_metadata(json, &method.metadata);
        json.field("type", "card");
    });
}

/// Writes a token.
pub(crate) fn write_token<'w>(view: View<'w>, json: &mut Json<'w>, index: u32) {
    let token = &view.world.tokens[index as usize];
    let card: &Card = &token.card;
    json.object(|json| {
        let id = view.world.ids.text(Kind::Token, index);
        json.field("id", &id);
        json.field("object", "token");
        json.field_object("card", |json| {
            json.field("id", &id.replacen("tok_", "card_", 1));
            json.field("object", "card");
            json.field_nulls(&[
                "address_city",
                "address_country",
                "address_line1",
                "address_line1_check",
                "address_line2",
                "address_state",
                "address_zip",
                "address_zip_check",
            ]);
            json.field("brand", card.brand.title());
            json.field("country", card.country);
            json.field("cvc_check", "unchecked");
            json.field_null("dynamic_last4");
            json.field_number("exp_month", i64::from(card.exp_month));
            json.field_number("exp_year", i64::from(card.exp_year));
            json.field("fingerprint", &fingerprint(card.fingerprint));
            json.field("funding", card.funding);
            json.field("last4", &last4(card.last4));
            json.field_object("metadata", |_| {});
            json.field_or_null("name", token.contact.name.as_deref());
            json.field_object("networks", |json| json.field_null("preferred"));
            json.field("regulated_status", "unregulated");
            json.field_null("tokenization_method");
        });
        json.field("client_ip", "127.0.0.1");
        json.field_number("created", token.created);
        json.field_bool("livemode", false);
        json.field("type", "card");
        json.field_bool("used", token.used);
    });
}

/// Writes a webhook endpoint; its secret only in the answer that made it.
pub(crate) fn write_endpoint(json: &mut Json<'_>, index: u32, endpoint: &Endpoint, with_secret: bool) {
    json.object(|json| {
        json.field_id("id", Kind::WebhookEndpoint, index);
        json.field("object", "webhook_endpoint");
        json.field_or_null("api_version", endpoint.api_version.as_deref());
        json.field_null("application");
        json.field_number("created", endpoint.created);
        json.field_or_null("description", endpoint.description.as_deref());
        json.field_texts("enabled_events", endpoint.events.iter().map(String::as_str));
        json.field_bool("livemode", false);
        write_metadata(json, &endpoint.metadata);
        if with_secret {
            json.field("secret", &endpoint.secret);
        }
        json.field("status", if endpoint.enabled { "enabled" } else { "disabled" });
        json.field("url", &endpoint.url);
    });
}
