//! One module per vendor: wire types, calls, mapping to the words of `domain`.
//!
//! A vendor is a set of small explicit functions, not an implementation of a connector trait: what
//! Stripe can do and how it fails is not what the next vendor can do. Vendor words (`charge`,
//! `livemode`, `decline_code` …) stop at this crate's edge; what leaves it are the records of
//! `domain`, the vendor's own JSON without what must not be kept, and errors with a code.
//! `docs/VENDORS.md` says how to add a vendor.

mod email_address;
pub mod sendgrid;
pub mod stripe;
pub mod twilio;

/// Every machine that a key of the vendor may be sent to: its adapter refuses all others, and what people are told follows it.
pub fn hosts(vendor: domain::Vendor) -> &'static [&'static str] {
    match vendor {
        domain::Vendor::Stripe => stripe::HOSTS,
        domain::Vendor::SendGrid => sendgrid::HOSTS,
        domain::Vendor::Twilio => twilio::HOSTS,
    }
}

pub use email_address::{AddressProblem, EmailAddress};
