//! Scales on which a series of counts is modelled.

/// How counts are transformed before a model sees them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// As they are: seasons add to the level.
    Plain,
    /// Square roots: between the two.
    Root,
    /// Logarithms of the count and an offset: seasons multiply the level.
    Log {
        /// What keeps the logarithm of zero finite.
        offset: f64,
    },
}

impl Scale {
    /// The logarithm that is fit for `values`: without an offset where all are above zero, else
    /// with half of the least that is.
    pub(super) fn log_for(values: &[f64]) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        if least > 0.0 {
            return Self::Log { offset: 0.0 };
        }
        let least = values.iter().copied().filter(|value| *value > 0.0).fold(1.0, f64::min);
        Self::Log { offset: least / 2.0 }
    }

    pub(super) fn apply(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Root => value.max(0.0).sqrt(),
            Self::Log { offset } => (value.max(0.0) + offset).max(f64::MIN_POSITIVE).ln(),
        }
    }

    /// The count, never below zero.
    pub(super) fn undo(self, value: f64) -> f64 {
        let count = match self {
            Self::Plain => value,
            Self::Root => value.max(0.0).powi(2),
            Self::Log { offset } => value.exp() - offset,
        };
        count.max(0.0)
    }

    pub(super) fn all(self, values: &[f64]) -> Vec<f64> {
        values.iter().map(|value| self.apply(*value)).collect()
    }
}
