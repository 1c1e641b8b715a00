//! Webhooks: whether a request that claims to come from a vendor does, and signatures of our own.
//!
//! The schemes are pure: they are given the request, the keys and the moment, and say what they found. They are strict
//! where official libraries are lax: what is signed has one spelling, and any other is refused even when a library
//! would read it as the same. A signature is compared in constant time, and nothing of a key or body is ever logged.

mod events;
mod hubspot;
mod listener;
mod mac;
pub mod notify;
mod paypal;
pub mod relay;
mod request;
mod scheme;
mod sendgrid;
pub mod session;
mod sign;
mod standard;
mod stripe;
mod text;
mod twilio;
mod verdict;

pub use events::{MOST_EVENTS, NoEvents, VendorEvent, VendorEvents, read_events};
pub use listener::{Listener, ListenerConfig, ListenerLimits, Outcome, PATH, Receiver};
pub use paypal::{CERTIFICATE_DOMAIN, certificate_url};
pub use request::{RecordedRequest, UnreadableRequest};
pub use scheme::{Scheme, UnknownScheme};
pub use sign::{Unsignable, sign};
pub use verdict::{Invalid, Keys, Rules, Valid};

/// Whether a vendor signed the request with one of the keys, within the rules.
///
/// # Errors
/// Says why the request is not believed. The signature is judged before the time, so that
/// [`Invalid::TooOld`] is only said of what was genuine once.
pub fn verify(
    scheme: Scheme,
    request: &RecordedRequest,
    keys: &Keys,
    rules: &Rules,
) -> Result<Valid, Invalid> {
    match scheme {
        Scheme::Stripe => stripe::verify(request, keys, rules),
        Scheme::Standard => standard::verify(standard::Names::STANDARD, request, keys, rules),
        Scheme::Svix => standard::verify(standard::Names::of_svix(&request.headers), request, keys, rules),
        Scheme::SendGrid => sendgrid::verify(request, keys, rules),
        Scheme::Twilio => twilio::verify(request, keys),
        Scheme::PayPal => paypal::verify(request, keys, rules),
        Scheme::HubSpot => hubspot::verify(request, keys, rules),
    }
}
