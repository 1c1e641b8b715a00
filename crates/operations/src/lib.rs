//! The use cases: connect, sync, find, refund, settle; clock and stores passed in.
