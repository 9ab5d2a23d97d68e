//! How large a fault is: numbers of any unit, and laws of them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::decode::Spanned;
use crate::units;

/// What a size is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeUnit {
    /// Nothing: a factor, a count, or a share written as a number.
    Plain,
    /// Of a hundred.
    Percent,
    /// A length of time.
    Seconds,
    /// Events a second.
    PerSecond,
}

/// A magnitude as written: `10`, `5%`, `250ms`, `200/s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// In the unit; a share from 0 to 1.
    pub value: f64,
    /// The unit.
    pub unit: SizeUnit,
}

impl Size {
    /// The same unit, another value.
    #[must_use]
    pub const fn with(self, value: f64) -> Self {
        Self { value, unit: self.unit }
    }

    /// Reads a size with its unit, or a whole number such as `100k`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let size = |value, unit| Self { value, unit };
        let text = text.trim();
        if text.ends_with('%') {
            return units::share(text).ok().map(|value| size(value, SizeUnit::Percent));
        }
        if text.contains('/') {
            return units::rate(text).ok().map(|value| size(value, SizeUnit::PerSecond));
        }
        let time = units::duration(text).map(|time| size(time.as_secs_f64(), SizeUnit::Seconds));
        let count = || units::count(text).map(|count| size(count as f64, SizeUnit::Plain));
        time.or_else(|_| count()).ok()
    }
}

impl std::fmt::Display for Size {
    /// As it can be written in a file: to the nanosecond, and to twelve digits behind the point.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.unit {
            SizeUnit::Plain => write!(f, "{}", (self.value * 1e12).round() / 1e12),
            SizeUnit::Percent => write!(f, "{}%", (self.value * 1e12).round() / 1e10),
            SizeUnit::Seconds => {
                f.write_str(&units::show(std::time::Duration::from_secs_f64(self.value.max(0.0))))
            }
            SizeUnit::PerSecond => write!(f, "{}/s", (self.value * 1e9).round() / 1e9),
        }
    }
}

const SIZE: &str = "a size such as `10`, `5%`, `250ms` or `200/s`";

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl Visitor<'_> for Scalar {
            type Value = Size;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str(SIZE)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
                let wrong = || E::custom(format!("expected {SIZE}, found `{text}`"));
                Size::read(text).ok_or_else(wrong)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Size, E> {
                Ok(Size { value: value as f64, unit: SizeUnit::Plain })
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Size, E> {
                if value < 0.0 {
                    return Err(E::custom(format!("expected {SIZE}, found `{value}`")));
                }
                Ok(Size { value, unit: SizeUnit::Plain })
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        false
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A size in the unit of its parameter: 10, 5%, 250ms, 200/s.",
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": "^\\s*[0-9.]+\\s*\\S+\\s*$"}
            ]
        })
    }
}

/// A law of magnitudes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Magnitude {
    /// Equally likely between two ends.
    Uniform(Between),
    /// Equally likely in every octave between two ends.
    LogUniform(Between),
    /// Right-skewed, by two quantiles.
    Lognormal(Quantiles),
    /// One of these, all equally likely.
    OneOf(Vec<Spanned<Size>>),
}

/// Parameters: two ends.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// The least.
    pub min: Spanned<Size>,
    /// The most.
    pub max: Spanned<Size>,
}

/// Parameters: two quantiles.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantiles {
    /// The median.
    pub p50: Spanned<Size>,
    /// What one in a hundred is over.
    pub p99: Spanned<Size>,
}
