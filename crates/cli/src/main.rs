//! `paydeskctl`: the requests of the contract without a window.
fn main() {}
