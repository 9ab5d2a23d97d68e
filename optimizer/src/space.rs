//! Ranges of parameters, and the unit cube that they span.

/// How a parameter is spread over its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far.
    Linear,
    /// Equal ratios are equally far.
    Logarithmic,
}

/// Where a parameter may be, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    low: f64,
    high: f64,
    scale: Scale,
}

/// Why there is no such range.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The ends are not finite, or the low one is not below the high one.
    #[error("expected a range from less to more, found {low}..{high}")]
    Empty {
        /// The low end.
        low: f64,
        /// The high end.
        high: f64,
    },
    /// Ratios need numbers above 0.
    #[error("a logarithmic range begins above 0, not at {0}")]
    NotPositive(f64),
}

impl Range {
    /// A range of equal differences.
    ///
    /// # Errors
    /// [`RangeError::Empty`].
    pub fn linear(low: f64, high: f64) -> Result<Self, RangeError> {
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(RangeError::Empty { low, high });
        }
        Ok(Self { low, high, scale: Scale::Linear })
    }

    /// A range of equal ratios.
    ///
    /// # Errors
    /// [`RangeError`]
    pub fn logarithmic(low: f64, high: f64) -> Result<Self, RangeError> {
        let range = Self::linear(low, high)?;
        if low <= 0.0 {
            return Err(RangeError::NotPositive(low));
        }
        Ok(Self { scale: Scale::Logarithmic, ..range })
    }

    /// How it is spread.
    #[must_use]
    pub const fn scale(&self) -> Scale {
        self.scale
    }

    /// The value at `unit`, from 0 at the low end to 1 at the high end; what is outside is mirrored
    /// back in.
    #[must_use]
    pub fn value(&self, unit: f64) -> f64 {
        let unit = mirrored(unit);
        match self.scale {
            Scale::Linear => self.low + unit * (self.high - self.low),
            Scale::Logarithmic => (self.low.ln() + unit * (self.high / self.low).ln()).exp(),
        }
        .clamp(self.low, self.high)
    }

    /// Where `value` is, from 0 to 1; beyond an end is at that end.
    #[must_use]
    pub fn unit(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Logarithmic => (value / self.low).ln() / (self.high / self.low).ln(),
        }
    }
}

/// A number folded into \[0, 1\], as by mirrors at both ends.
fn mirrored(unit: f64) -> f64 {
    if !unit.is_finite() {
        return 0.5;
    }
    let folded = unit.rem_euclid(2.0);
    if folded > 1.0 { 2.0 - folded } else { folded }
}

/// The ranges of all parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Space {
    ranges: Vec<Range>,
}

impl Space {
    /// The cube of these ranges.
    #[must_use]
    pub const fn new(ranges: Vec<Range>) -> Self {
        Self { ranges }
    }

    /// The ranges.
    #[must_use]
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// The values at a point of the cube, one per range.
    #[must_use]
    pub fn values(&self, units: &[f64]) -> Vec<f64> {
        self.ranges.iter().zip(units).map(|(range, unit)| range.value(*unit)).collect()
    }

    /// The point of the cube at which these values are.
    #[must_use]
    pub fn units(&self, values: &[f64]) -> Vec<f64> {
        self.ranges.iter().zip(values).map(|(range, value)| range.unit(*value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(range: Range, unit: f64, value: f64) {
        assert!((range.value(unit) - value).abs() < 1e-9, "{}", range.value(unit));
        assert!((range.unit(value) - mirrored(unit)).abs() < 1e-9, "{}", range.unit(value));
    }

    #[test]
    fn ranges_map_to_the_unit_interval() {
        check(Range::linear(2.0, 6.0).unwrap(), 0.25, 3.0);
        check(Range::logarithmic(1.0, 100.0).unwrap(), 0.5, 10.0);
        check(Range::linear(2.0, 6.0).unwrap(), -0.25, 3.0);
        check(Range::linear(2.0, 6.0).unwrap(), 1.25, 5.0);
    }

    #[test]
    fn impossible_ranges_are_refused() {
        assert_eq!(Range::linear(1.0, 1.0), Err(RangeError::Empty { low: 1.0, high: 1.0 }));
        assert_eq!(Range::logarithmic(0.0, 1.0), Err(RangeError::NotPositive(0.0)));
        assert!(Range::linear(f64::NAN, 1.0).is_err());
    }
}
