//! Search over what may be chosen or is not known.
//!
//! A [`Space`] of ranges maps points of the unit cube to values; a [`Fit`] says how far a point is
//! from what was measured, as residuals in units of their noise; [`minimise`] searches, and keeps an
//! archive of all that it tried: solvers keep the luckiest of noisy values, so what is reported is
//! chosen from the archive and looked at again. [`Curvature`] says what the data can tell apart.
//!
//! ```
//! use foreshadow_optimizer::{Fit, Range, Space, Stop, minimise};
//!
//! struct Line;
//! impl Fit for Line {
//!     fn residuals(&mut self, values: &[f64]) -> Result<Vec<f64>, Stop> {
//!         Ok(vec![(values[0] - 3.0) / 0.1, (values[1] - 20.0) / 5.0])
//!     }
//! }
//! let space = Space::new(vec![Range::linear(0.0, 10.0)?, Range::logarithmic(1.0, 100.0)?]);
//! let archive = minimise(&mut Line, &space, &[5.0, 5.0], 200)?;
//! assert!((archive.best().values[0] - 3.0).abs() < 0.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod curvature;
mod search;
mod space;
pub mod tune;

pub use curvature::{Curvature, Direction};
pub use search::{Archive, Fit, SearchError, Stop, Trial, cost, minimise};
pub use space::{Range, RangeError, Scale, Space};
