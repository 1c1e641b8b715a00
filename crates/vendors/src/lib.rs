//! One module per vendor: wire types, calls, mapping to domain.
