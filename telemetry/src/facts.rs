//! Facts of topology.

/// Placeholder.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {}

impl Facts {
    pub(crate) fn is_empty(&self) -> bool {
        true
    }
}
