//! The files as typed values: every key of the language, whether or not the simulator has it yet.
//!
//! The documentation of these types is the reference of the language: it is what the JSON Schema
//! shows in editors. Meaning and defaults of each key are in the semantics of the project.

pub mod campaign;
pub mod change;
pub mod fault;
pub mod law;
pub mod load;
pub mod load_file;
pub mod magnitude;
pub mod objective;
pub mod policy;
pub mod profile;
pub mod scalar;
pub mod scenario;
pub mod step;
pub mod tune;
pub mod twin;
