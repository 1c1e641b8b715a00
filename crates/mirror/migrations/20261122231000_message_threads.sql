-- The id that an email of ours has in its own headers, by which answers and later ones of the same conversation name it.
alter table messages add column header_id text;
create index messages_thread on messages (account, to_folded, place) where header_id is not null;

pragma user_version = 17;
