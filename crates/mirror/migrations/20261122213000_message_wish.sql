-- The hash of what was asked for under the request, so that something else under the same request is not taken for it.
alter table messages add column wish text;

pragma user_version = 11;
