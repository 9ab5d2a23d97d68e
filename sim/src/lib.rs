//! The machine of Foreshadow: a deterministic discrete-event simulator of systems of services.

pub mod error;
pub mod plan;
pub mod random;
pub mod time;

pub use error::Error;
pub use plan::Plan;
