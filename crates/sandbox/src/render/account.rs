//! The account itself and its balance.

use std::collections::BTreeMap;

use super::View;
use crate::currency::Currency;
use crate::json::Json;

const NAME: &str = "Nordwind Goods";

/// Writes the account.
pub(crate) fn write_account<'w>(view: View<'w>, json: &mut Json<'w>) {
    json.object(|json| {
        json.field("id", &view.world.ids.account());
        json.field("object", "account");
        json.field_object("business_profile", |json| {
            json.field_nulls(&["annual_revenue", "estimated_worker_count"]);
            json.field("mcc", "5734");
            json.field_null("minority_owned_business_designation");
            json.field("name", NAME);
            json.field("product_description", "Outdoor clothing and gear");
            json.field_null("support_address");
            json.field("support_email", "support@nordwind.example");
            json.field_nulls(&["support_phone", "support_url"]);
            json.field("url", "https://nordwind.example");
        });
        json.field("business_type", "company");
        json.field_object("capabilities", |json| {
            json.field("card_payments", "active");
            json.field("transfers", "active");
        });
        json.field_bool("charges_enabled", true);
        json.field_object("controller", |json| json.field("type", "account"));
        json.field("country", "US");
        json.field_number("created", view.world.history_end - 600 * super::super::world::DAY);
        json.field("default_currency", "usd");
        json.field_bool("details_submitted", true);
        json.field("email", "owner@nordwind.example");
        json.field_object("metadata", |_| {});
        json.field_bool("payouts_enabled", true);
        json.field_object("settings", write_settings);
        json.field("type", "standard");
    });
}

fn write_settings(json: &mut Json<'_>) {
    json.field_object("card_payments", |json| {
        json.field_object("decline_on", |json| {
            json.field_bool("avs_failure", false);
            json.field_bool("cvc_failure", true);
        });
        json.field_null("statement_descriptor_prefix");
    });
    json.field_object("dashboard", |json| {
        json.field("display_name", NAME);
        json.field("timezone", "Etc/UTC");
    });
    json.field_object("payments", |json| json.field("statement_descriptor", "NORDWIND GOODS"));
    json.field_object("payouts", |json| {
        json.field_bool("debit_negative_balances", true);
        json.field_object("schedule", |json| {
            json.field_number("delay_days", 2);
            json.field("interval", "daily");
        });
        json.field_null("statement_descriptor");
    });
}

/// Writes the balance.
pub(crate) fn write_balance(sums: &BTreeMap<Currency, (i64, i64)>, json: &mut Json<'_>) {
    json.object(|json| {
        json.field("object", "balance");
        write_side(json, "available", sums.iter().map(|(currency, (available, _))| (*currency, *available)));
        json.field_bool("livemode", false);
        write_side(json, "pending", sums.iter().map(|(currency, (_, pending))| (*currency, *pending)));
    });
}

fn write_side(json: &mut Json<'_>, name: &str, sums: impl Iterator<Item = (Currency, i64)>) {
    json.key(name);
    json.list(|json| {
        for (currency, amount) in sums {
            json.item();
            json.object(|json| {
                json.field_number("amount", amount);
                json.field("currency", currency.code());
                json.field_object("source_types", |json| json.field_number("card", amount));
            });
        }
    });
}
