-- JSON: why the events of a replay could not be looked up to their end (src/replays.rs).
alter table replays add column problem text;

pragma user_version = 6;
