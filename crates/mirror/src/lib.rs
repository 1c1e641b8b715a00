//! SQLite: migrations, one file per table, find, sync cursors.
