//! What holds for the whole workspace and needs no window to be checked.

mod imports;
