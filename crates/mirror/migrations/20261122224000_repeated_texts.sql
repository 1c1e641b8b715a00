-- Documents of records leave what their own row has to that row, and their frames begin without zstd's sign (src/repeated.rs,
-- src/compression.rs). What stands in the file stays as it is and is read as before; the number keeps programs away
-- that would not understand the new ones.

pragma user_version = 15;
