//! Simulated vendors over real HTTP, deterministic from a seed.
