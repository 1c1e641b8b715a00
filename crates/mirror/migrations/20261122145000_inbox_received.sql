-- Only what was decided about is ever purged by its age, so that a request is kept without this index being written.
drop index inbox_received;
create index inbox_received on inbox (received_at) where state <> 'waiting';

pragma user_version = 7;
