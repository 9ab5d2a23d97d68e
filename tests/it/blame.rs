//! What a fault slows, in recorded systems: twins against plain reachability.
//!
//! Truth and rules are in `rule.rs`; what was chosen on which data stands beside each choice. The
//! recordings are not part of the repository; without them these tests say so and pass.

mod files;
mod nezha;
mod petshop;
mod rule;
mod times;
mod whatif;
