//! Channels for messages of our own: which of them one wants and when, and what each kind of channel is sent. All of it is
//! pure: what is rendered depends on the message, the channel and nothing else.

mod body;
mod channel;
mod message;
mod quiet;
mod verdict;

pub use body::{Mail, Notice, Render, Sent, render};
pub use channel::{Channel, ChannelMistake, Form, HOSTS, Region, conditions, own_types};
pub use message::{Message, OpenedBy, Payer, TEST, TYPES, opened_by, sample};
pub use quiet::QuietHours;
pub use verdict::{RESOLVING, judge};
