-- Templates of SMS, which are ours: Twilio has none for texts that a person writes (src/text_templates.rs).
create table text_templates (
    name text not null,
    -- The same in small letters.
    name_folded text primary key,
    text text not null,
    updated_at integer not null
) strict;

pragma user_version = 18;
