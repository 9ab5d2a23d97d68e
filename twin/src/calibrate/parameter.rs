//! Parameters: which values of a twin are fitted, and where they may be.

use foreshadow_optimizer::{Range, RangeError, Scale, Space};
use foreshadow_scenarios::{Problems, Quantity, Scenario, Unit, address};

/// Ratio of the ends from which a range is searched by ratios.
const WIDE: f64 = 3.0;

/// One number that stands at one or more addresses of a twin.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Where it stands.
    pub addresses: Vec<String>,
    /// Where it may be.
    pub low: Quantity,
    /// Where it may be.
    pub high: Quantity,
    range: Range,
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// It does not say what and where.
    #[error(
        "expected ADDRESS=LOW..HIGH, as in db.query.steps[0].work.lognormal.mean=5ms..50ms, found `{0}`"
    )]
    Form(String),
    /// An end is no number.
    #[error("`{0}` is no number with its unit, such as 5, 0.5, 20ms or 100/s")]
    Quantity(String),
    /// The ends have different units.
    #[error("the ends of `{0}` have different units")]
    Units(String),
    /// The ends are no range.
    #[error("{0}: {1}")]
    Range(String, RangeError),
    /// Nothing stands there.
    #[error("nothing stands at `{0}`: write the value that you know best there first")]
    Nothing(String),
    /// What stands there is something else.
    #[error("at `{address}` stands `{found}`, which is not in the unit of {low}..{high}")]
    Mismatch {
        /// Where.
        address: String,
        /// What stands there.
        found: String,
        /// The low end.
        low: String,
        /// The high end.
        high: String,
    },
    /// An address is fitted twice.
    #[error("`{0}` is fitted twice")]
    Twice(String),
    /// Nothing is fitted.
    #[error("nothing to fit: name parameters with --fit ADDRESS=LOW..HIGH")]
    None,
}

impl Parameter {
    /// Reads `ADDRESS[,ADDRESS]=LOW..HIGH`.
    ///
    /// Both ends whole numbers: only whole numbers are tried. Ends of which one is three times the other
    /// or more: searched by ratios.
    ///
    /// # Errors
    /// [`ParameterError`]
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let form = || ParameterError::Form(text.to_owned());
        let (addresses, range) = text.split_once('=').ok_or_else(form)?;
        let (low, high) = range.split_once("..").ok_or_else(form)?;
        let addresses: Vec<String> =
            addresses.split(',').map(|address| address.trim().to_owned()).collect();
        if addresses.iter().any(String::is_empty) {
            return Err(form());
        }
        let end = |text: &str| {
            Quantity::parse(text).ok_or_else(|| ParameterError::Quantity(text.trim().to_owned()))
        };
        let (mut low, mut high) = (end(low)?, end(high)?);
        if let (Unit::Count | Unit::Number, Unit::Count | Unit::Number) = (low.unit, high.unit)
            && low.unit != high.unit
        {
            (low.unit, high.unit) = (Unit::Number, Unit::Number);
        }
        if low.unit != high.unit {
            return Err(ParameterError::Units(text.to_owned()));
        }
        let by_ratio = low.value > 0.0 && high.value >= WIDE * low.value;
        let range = if by_ratio && low.unit != Unit::Count {
            Range::logarithmic(low.value, high.value)
        } else {
            Range::linear(low.value, high.value)
        };
        let range = range.map_err(|error| ParameterError::Range(text.to_owned(), error))?;
        Ok(Self { addresses, low, high, range })
    }

    /// Whether only whole numbers are tried.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.low.unit == Unit::Count
    }

    /// Whether it is searched by ratios.
    #[must_use]
    pub fn is_by_ratio(&self) -> bool {
        self.range.scale() == Scale::Logarithmic
    }

    /// A value with its unit.
    pub(super) fn quantity(&self, value: f64) -> Quantity {
        Quantity { value, unit: self.low.unit }
    }

    /// What stands at its first address.
    fn present(&self, scenario: &Scenario) -> Result<Quantity, ParameterError> {
        let mut first = None;
        for address in &self.addresses {
            let node = address::get(&scenario.twin_tree, address)
                .ok_or_else(|| ParameterError::Nothing(address.clone()))?;
            let found = Quantity::of(node).filter(|found| {
                let plain = |unit| matches!(unit, Unit::Count | Unit::Number);
                found.unit == self.low.unit || plain(found.unit) && self.low.unit == Unit::Number
            });
            let found = found.ok_or_else(|| ParameterError::Mismatch {
                address: address.clone(),
                found: node.to_string(),
                low: self.low.to_string(),
                high: self.high.to_string(),
            })?;
            first.get_or_insert(found);
        }
        first.ok_or(ParameterError::None)
    }
}

/// Makes sure that all parameters are values of the twin.
pub(super) fn check(scenario: &Scenario, parameters: &[Parameter]) -> Result<(), ParameterError> {
    let mut known = Vec::new();
    for parameter in parameters {
        parameter.present(scenario)?;
        for address in &parameter.addresses {
            if known.contains(&address) {
                return Err(ParameterError::Twice(address.clone()));
            }
            known.push(address);
        }
    }
    if parameters.is_empty() { Err(ParameterError::None) } else { Ok(()) }
}

/// What is searched: parameters that are not whole.
pub(super) fn space(parameters: &[Parameter]) -> Space {
    let searched = parameters.iter().filter(|parameter| !parameter.is_whole());
    Space::new(searched.map(|parameter| parameter.range).collect())
}

/// Where the search starts: what the twin says.
pub(super) fn start(scenario: &Scenario, parameters: &[Parameter]) -> Vec<f64> {
    let searched = parameters.iter().filter(|parameter| !parameter.is_whole());
    searched
        .map(|parameter| {
            let middle = parameter.range.value(0.5);
            parameter.present(scenario).map_or(middle, |present| present.value)
        })
        .collect()
}

/// All combinations of the whole numbers, as (index of the parameter, number).
pub(super) fn combinations(parameters: &[Parameter]) -> Vec<Vec<(usize, f64)>> {
    let mut all = vec![Vec::new()];
    for (index, parameter) in parameters.iter().enumerate().filter(|(_, p)| p.is_whole()) {
        let (low, high) = (parameter.low.value as i64, parameter.high.value as i64);
        let with = |number: i64| {
            let extend = move |mut fixed: Vec<(usize, f64)>| {
                fixed.push((index, number as f64));
                fixed
            };
            all.clone().into_iter().map(extend).collect::<Vec<_>>()
        };
        // A range too wide to be combined is refused by its size.
        all = (low..=high.min(low + 1_000)).flat_map(with).collect();
    }
    all
}

/// The values with their units.
pub(super) fn quantities(parameters: &[Parameter], values: &[f64]) -> Vec<Quantity> {
    parameters.iter().zip(values).map(|(p, value)| p.quantity(*value).rounded()).collect()
}

/// The scenario with these values in its twin.
pub(super) fn apply(
    scenario: &Scenario,
    parameters: &[Parameter],
    values: &[f64],
) -> Result<Scenario, Problems> {
    let mut scenario = scenario.clone();
    for (parameter, value) in parameters.iter().zip(values) {
        for address in &parameter.addresses {
            let span = address::get(&scenario.twin_tree, address)
                .map_or_else(Default::default, |node| node.span);
            scenario = scenario.with(address, &parameter.quantity(*value).node(span))?;
        }
    }
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_says_what_where_and_how() {
        let pool = Parameter::parse("a.calls.db.pool, b.calls.db.pool=4..6").unwrap();
        assert_eq!(pool.addresses.len(), 2);
        assert!(pool.is_whole());
        assert_eq!(combinations(&[pool]).len(), 3);
        let work = Parameter::parse("db.q.steps[0].work.lognormal.mean=5ms..50ms").unwrap();
        assert!(!work.is_whole() && work.is_by_ratio());
        let scv = Parameter::parse("db.q.steps[0].work.lognormal.scv=0.1..2").unwrap();
        assert!(!scv.is_whole() && scv.is_by_ratio());
        assert!(!Parameter::parse("db.q.steps[0].work=5ms..7ms").unwrap().is_by_ratio());
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        assert_eq!(Parameter::parse(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn wrong_parameters_are_refused() {
        check_error(
            "db.pool=5ms..soon",
            "`soon` is no number with its unit, such as 5, 0.5, 20ms or 100/s",
        );
        check_error("db.pool=5ms..7", "the ends of `db.pool=5ms..7` have different units");
        check_error("db.pool=7..5", "db.pool=7..5: expected a range from less to more, found 7..5");
        assert!(matches!(Parameter::parse("db.pool"), Err(ParameterError::Form(_))));
        assert!(matches!(Parameter::parse(",=1..2"), Err(ParameterError::Form(_))));
    }
}
