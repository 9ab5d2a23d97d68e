//! Single numbers of files, with their units: to be computed with and written back.

use std::fmt;

use crate::node::{Node, Value};
use crate::source::Span;
use crate::units;

/// What a number counts or measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Count,
    /// A number without a unit.
    Number,
    /// Milliseconds.
    Milliseconds,
    /// Things a second.
    PerSecond,
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// How many of the unit.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
}

impl Quantity {
    /// The number that `node` is; `None` when it is none.
    #[must_use]
    pub fn of(node: &Node) -> Option<Self> {
        let (value, unit) = match &node.value {
            Value::Int(value) => (*value as f64, Unit::Count),
            Value::Float(value) => (*value, Unit::Number),
            Value::Str(text) => Self::of_text(text)?,
            Value::Null | Value::Bool(_) | Value::Seq(_) | Value::Map(_) => return None,
        };
        Some(Self { value, unit })
    }

    fn of_text(text: &str) -> Option<(f64, Unit)> {
        let duration =
            || units::duration(text).ok().map(|d| (d.as_secs_f64() * 1e3, Unit::Milliseconds));
        let rate = || units::rate(text).ok().map(|rate| (rate, Unit::PerSecond));
        let share = || units::share(text).ok().map(|share| (share, Unit::Number));
        let count = || units::count(text).ok().map(|count| (count as f64, Unit::Count));
        duration().or_else(rate).or_else(share).or_else(count)
    }

    /// The number that `text` is, as it would be written in a file.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(value) = text.parse::<i64>() {
            return Some(Self { value: value as f64, unit: Unit::Count });
        }
        if let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) {
            return Some(Self { value, unit: Unit::Number });
        }
        Self::of_text(text).map(|(value, unit)| Self { value, unit })
    }

    /// The node that it would be read from, to a nanosecond or nine digits.
    #[must_use]
    pub fn node(self, span: Span) -> Node {
        let value = match self.unit {
            Unit::Count => Value::Int(self.value.round() as i128),
            Unit::Number => Value::Float(self.value),
            Unit::Milliseconds | Unit::PerSecond => Value::Str(self.to_string()),
        };
        Node::new(span, value)
    }

    /// The same with four digits, for people.
    #[must_use]
    pub fn rounded(self) -> Self {
        if self.unit == Unit::Count || self.value == 0.0 || !self.value.is_finite() {
            return Self { value: self.value.round(), ..self };
        }
        let scale = 10_f64.powi(3 - self.value.abs().log10().floor() as i32);
        Self { value: (self.value * scale).round() / scale, ..self }
    }
}

impl fmt::Display for Quantity {
    /// As it is written in files.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let decimals = |digits: usize| {
            let text = format!("{:.digits$}", self.value);
            let text = text.trim_end_matches('0').trim_end_matches('.');
            if text.is_empty() { String::from("0") } else { text.to_owned() }
        };
        match self.unit {
            Unit::Count => write!(f, "{:.0}", self.value),
            Unit::Number => f.write_str(&decimals(9)),
            Unit::Milliseconds => write!(f, "{}ms", decimals(6)),
            Unit::PerSecond => write!(f, "{}/s", decimals(9)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: f64, unit: Unit, written: &str) {
        let quantity = Quantity::parse(text).unwrap();
        assert_eq!((quantity.value, quantity.unit), (value, unit), "{text}");
        assert_eq!(quantity.to_string(), written);
        assert_eq!(Quantity::of(&quantity.node(Span::default())), Some(quantity));
    }

    #[test]
    fn numbers_are_read_and_written_with_their_units() {
        check("5", 5.0, Unit::Count, "5");
        check("0.25", 0.25, Unit::Number, "0.25");
        check("12.5ms", 12.5, Unit::Milliseconds, "12.5ms");
        check("2s", 2000.0, Unit::Milliseconds, "2000ms");
        check("200/s", 200.0, Unit::PerSecond, "200/s");
        assert_eq!(Quantity::parse("soon"), None);
    }

    #[test]
    fn people_read_four_digits() {
        let rounded = |text: &str| Quantity::parse(text).unwrap().rounded().to_string();
        assert_eq!(rounded("214.3567ms"), "214.4ms");
        assert_eq!(rounded("0.0123456"), "0.01235");
        assert_eq!(rounded("0ms"), "0ms");
    }
}
