//! The writers over real files, read back by other people's readers.

mod files;
mod formats;
mod reading;
mod support;
