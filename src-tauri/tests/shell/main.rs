//! What can be said of the window without opening one: its privileges and its refusals.

mod privileges;
mod refusals;
