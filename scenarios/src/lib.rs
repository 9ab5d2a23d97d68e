//! The language of Foreshadow: twin and scenario files, what is wrong with them, and what they mean.
//!
//! A file is read into a tree in which every value knows its place ([`node`]); changes and
//! command-line edits are applied to the tree by [`address`]; the tree is decoded whole into typed
//! values ([`model`]); and those are lowered to a plan of the simulator ([`mod@lower`]). Every problem
//! on the way is a [`Problem`] that points at the offending text.
//!
//! ```
//! use std::path::Path;
//!
//! let files = |path: &Path| match path.to_str() {
//!     Some("shop.twin.yaml") => Ok(String::from(
//!         "{foreshadow: twin/v1, name: shop, components: {web: {endpoints: {home: {steps: [{work: 2ms}]}}}}}",
//!     )),
//!     _ => Ok(String::from(
//!         "{foreshadow: scenario/v1, name: calm, twin: shop.twin.yaml, load: {web.home: {arrivals: {poisson: {rate: 50/s}}}}}",
//!     )),
//! };
//! let scenario = foreshadow_scenarios::load_scenario(Path::new("calm.yaml"), &[], &files)?;
//! let lowered = foreshadow_scenarios::lower(&scenario)?;
//! assert_eq!(lowered.names.endpoints, ["web.home"]);
//! # Ok::<(), foreshadow_scenarios::Problems>(())
//! ```

pub mod address;
mod campaign;
mod change;
mod decode;
mod fingerprint;
pub mod learned;
pub mod lower;
pub mod model;
pub mod node;
pub mod problem;
mod quantity;
pub mod rehearse;
pub mod report;
pub mod scenario;
pub mod schema;
pub mod source;
mod trace;
pub mod tune;
mod units;
mod validate;

pub use campaign::{Campaign, Dimension, Failure, Single, campaign};
pub use change::load_change;
pub use decode::{Named, Spanned};
pub use fingerprint::Fingerprint;
pub use learned::{LearnedLoad, load_learned};
pub use lower::{Lowered, lower};
pub use problem::{Problem, Problems};
pub use quantity::{Quantity, Unit};
pub use scenario::{Alone, Assumption, Scenario, load_alone, load_scenario};
pub use schema::{Kind, schema};
pub use units::{duration, share};
pub use validate::{CheckedTwin, kind_of, load_twin, validate};
