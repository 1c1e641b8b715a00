//! For tests only: temporary mirrors, a fixed clock, a proxy that injects faults.
