//! Simulated Stripe, SendGrid ([`MailSandbox`]) and Twilio ([`SmsSandbox`]), over real HTTP on loopback.
//!
//! A [`Sandbox`] is an account with a history of about eighteen months, made from a seed: customers, payments, refunds, disputes, payouts and events. It speaks
//! Stripe's API in the shapes of version 2026-10-28.endive, takes writes with Stripe's rules (idempotency, refunds, test cards), goes wrong on request (see
//! [`FaultSpec`]), and keeps what was done to it in a state file. It is written from Stripe's documents and shares no type with the rest of Paydesk, so a
//! mistake cannot hide on both sides of the wire.
//!
//! Of a large history only the newest part is held and has events; the older rows are computed when they are asked for.
//!
//! The same seed, number of charges and end of history give the same bytes.

mod api;
mod archive;
mod cards;
mod clock;
mod connection;
mod core;
mod currency;
mod error;
mod expand;
mod faults;
mod form;
mod handler;
mod ids;
mod journal;
mod json;
mod keys;
mod mail;
mod messages;
mod model;
mod random;
mod rate;
mod render;
mod sandbox;
mod seed;
mod shared;
mod sms;
mod webhook;
mod world;

pub use faults::{FaultSpec, FaultSpecError};
pub use journal::JournalError;
pub use mail::{MailSandbox, MailSandboxConfig, PastEvent, PastMail, TakenMail};
pub use messages::Message;
pub use rate::{Limits, LimitsError};
pub use sandbox::{Counters, Sandbox, SandboxConfig, SandboxError};
pub use sms::{SmsSandbox, SmsSandboxConfig, TakenSms};
pub use webhook::Delivery;
