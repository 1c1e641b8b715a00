//! The transport against real sockets that misbehave.
//!
//! Bad inputs of the provider-answers group and where each is tested:
//!
//! - here: P01 to P03 (an empty, HTML or cut body arrives as it is, and a body cut by the network is
//!   no answer), P07 to P11, P13 to P36, P45;
//! - in `vendors`: P01 to P08 and P40 to P44 as decoding, P11, P12 and P14 to P16 as meanings of
//!   error bodies, P37 to P39 as paging;
//! - in `operations`: P04, P05 and P23 as settling of intents, P24 as a long outage.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod broken_answers;
#[cfg(test)]
mod call_log;
#[cfg(test)]
mod construction;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod retry_after;
#[cfg(test)]
mod retry_table;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod waits;
