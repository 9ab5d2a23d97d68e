//! Single values: durations, rates, shares, whole numbers, and what may be unlimited.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use crate::units;

/// Defines a scalar type that is read from text by a function, and from numbers by others.
macro_rules! scalar {
    (
        $(#[$doc:meta])* $name:ident($inner:ty), $expecting:expr,
        text: $text:expr, int: $int:expr, float: $float:expr, schema: $schema:tt
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(pub $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Scalar;

                impl Visitor<'_> for Scalar {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $text(text).map($name).map_err(E::custom)
                    }

                    fn visit_u64<E: de::Error>(self, value: u64) -> Result<$name, E> {
                        $int(value).map($name).map_err(E::custom)
                    }

                    fn visit_f64<E: de::Error>(self, value: f64) -> Result<$name, E> {
                        $float(value).map($name).map_err(E::custom)
                    }

                    fn visit_i64<E: de::Error>(self, value: i64) -> Result<$name, E> {
                        Err(E::custom(format!("expected {}, found `{value}`", $expecting)))
                    }

                    fn visit_i128<E: de::Error>(self, value: i128) -> Result<$name, E> {
                        // What has too many digits for a whole number may do as another.
                        $float(value as f64).map($name).map_err(|_: String| {
                            E::custom(format!("expected {}, found `{value}`", $expecting))
                        })
                    }
                }

                deserializer.deserialize_any(Scalar)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                false
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// Reads the digits of a number as text, for the complaint that their unit is missing.
fn as_text<N: std::fmt::Display, T>(
    read: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(N) -> Result<T, String> {
    move |number| read(&number.to_string())
}

fn whole(value: u64) -> Result<u32, String> {
    u32::try_from(value).map_err(|_| format!("expected at most {}, found `{value}`", u32::MAX))
}

fn count(text: &str) -> Result<u32, String> {
    whole(units::count(text)?)
}

fn share(value: f64) -> Result<f64, String> {
    units::in_unit(value).map_err(|()| format!("expected {}, found `{value}`", units::SHARE))
}

fn bound(text: &str) -> Result<Option<u32>, String> {
    match text {
        "unlimited" => Ok(None),
        text => count(text).map(Some).map_err(|_| format!("expected {BOUND}, found `{text}`")),
    }
}

fn auto(text: &str) -> Result<Option<Duration>, String> {
    match text {
        "auto" => Ok(None),
        text => units::duration(text).map(Some),
    }
}

fn goal(text: &str) -> Result<(f64, bool), String> {
    if text.contains('/') {
        units::rate(text).map(|rate| (rate, true))
    } else {
        units::share(text).map(|share| (share, false))
    }
}

fn not_negative(value: f64) -> Result<f64, String> {
    if value >= 0.0 { Ok(value) } else { Err(format!("expected {NUMBER}, found `{value}`")) }
}

/// `low`, `medium` and `high` by their upper ends.
fn harm(text: &str) -> Result<f64, String> {
    match text.trim() {
        "low" => Ok(0.01),
        "medium" => Ok(0.1),
        "high" => Ok(1.0),
        text => units::share(text).map_err(|_| format!("expected {HARM}, found `{text}`")),
    }
}

const HARM: &str = "`low` (under 1 % of requests), `medium` (under 10 %), `high`, or a share";
const BOUND: &str = "a whole number or `unlimited`";
const SEED: &str = "a whole number from 0 to 18446744073709551615";
const NUMBER: &str = "a number of at least 0";

scalar! {
    /// A length of time: a number with `ns`, `us`, `ms`, `s`, `m`, `h` or `d`; parts add up
    /// (`1m30s`).
    Time(Duration), units::DURATION,
    text: units::duration, int: as_text(units::duration), float: as_text(units::duration),
    schema: {
        "description": "A length of time with its unit: 250ms, 1.5s, 1m30s, 2h.",
        "type": "string",
        "pattern": "^\\s*([0-9.]+\\s*(ns|us|µs|ms|s|m|min|h|d)\\s*)+$"
    }
}

scalar! {
    /// A length of time that may be longer than any run, up to a thousand years.
    Period(Duration), units::DURATION,
    text: units::period, int: as_text(units::period), float: as_text(units::period),
    schema: {
        "description": "A length of time with its unit: 4m, 12h, 900d.",
        "type": "string",
        "pattern": "^\\s*([0-9.]+\\s*(ns|us|µs|ms|s|m|min|h|d)\\s*)+$"
    }
}

scalar! {
    /// A length of time, or `auto` for one that is found out (`None`).
    AutoTime(Option<Duration>), "a duration such as `1m`, or `auto`",
    text: auto, int: as_text(auto), float: as_text(auto),
    schema: {
        "description": "A length of time with its unit, or auto.",
        "type": "string",
        "pattern": "^\\s*(auto|([0-9.]+\\s*(ns|us|µs|ms|s|m|min|h|d)\\s*)+)$"
    }
}

scalar! {
    /// Events a second, minute, hour or day: `200/s`, `90/m`.
    Rate(f64), units::RATE,
    text: units::rate, int: as_text(units::rate), float: as_text(units::rate),
    schema: {
        "description": "Events per unit of time: 200/s, 90/m, 5/h.",
        "type": "string",
        "pattern": "^\\s*[0-9.]+\\s*[kMG]?\\s*/\\s*(s|m|min|h|d)\\s*$"
    }
}

scalar! {
    /// A part of a whole: `12%` or `0.12`.
    Share(f64), units::SHARE,
    text: units::share, int: (|value: u64| share(value as f64)), float: share,
    schema: {
        "description": "A part of a whole, from 0 to 1: 12% or 0.12.",
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": "^\\s*[0-9.]+\\s*%?\\s*$"}
        ]
    }
}

scalar! {
    /// A share of requests harmed, or how bad that is.
    Harm(f64), HARM,
    text: harm, int: (|value: u64| share(value as f64)), float: share,
    schema: {
        "description": "A share of requests harmed: low (under 1 %), medium (under 10 %), high, 5%.",
        "anyOf": [
            {"type": "string", "enum": ["low", "medium", "high"]},
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": "^\\s*[0-9.]+\\s*%?\\s*$"}
        ]
    }
}

scalar! {
    /// A whole number, `100k` and `1M` allowed.
    Count(u32), units::COUNT,
    text: count, int: whole,
    float: (|value| Err(format!("expected {}, found `{value}`", units::COUNT))),
    schema: {
        "description": "A whole number: 4, 100k, 1M.",
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": "^\\s*[0-9.]+\\s*[kMG]\\s*$"}
        ]
    }
}

scalar! {
    /// A whole number of 64 bits.
    Seed(u64), SEED,
    text: (|text: &str| Err(format!("expected {SEED}, found `{text}`"))), int: Ok::<u64, String>,
    float: (|value| Err(format!("expected {SEED}, found `{value}`"))),
    schema: {
        "description": "A whole number of at least 0.",
        "type": "integer",
        "minimum": 0
    }
}

scalar! {
    /// A whole number, or `unlimited` (`None`).
    Bound(Option<u32>), BOUND,
    text: bound, int: (|value| whole(value).map(Some)),
    float: (|value| Err(format!("expected {BOUND}, found `{value}`"))),
    schema: {
        "description": "A whole number, or unlimited.",
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": "^\\s*(unlimited|[0-9.]+\\s*[kMG])\\s*$"}
        ]
    }
}

scalar! {
    /// A number of at least 0.
    Number(f64), NUMBER,
    text: (|text: &str| Err(format!("expected {NUMBER}, found `{text}`"))),
    int: (|value: u64| Ok::<_, String>(value as f64)), float: not_negative,
    schema: {"description": "A number of at least 0.", "type": "number", "minimum": 0}
}

scalar! {
    /// Relative weight of an alternative: a number, or a share.
    Weight(f64), "a weight such as `3` or `75%`",
    text: units::share, int: (|value: u64| Ok::<_, String>(value as f64)), float: not_negative,
    schema: {
        "description": "Relative weight: 3, 0.5 or 75%.",
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": "^\\s*[0-9.]+\\s*%\\s*$"}
        ]
    }
}

scalar! {
    /// What something is worth: a number and its unit.
    Amount((f64, Option<String>)), "an amount such as `42.0 EUR`",
    text: units::amount, int: (|value: u64| Ok::<_, String>((value as f64, None))),
    float: (|value| not_negative(value).map(|value| (value, None))),
    schema: {
        "description": "An amount with an optional unit: 42.0 EUR.",
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": "^\\s*[0-9.]+\\s*\\D*$"}
        ]
    }
}

scalar! {
    /// What a controller aims at: a share of something, or a rate (`true`).
    Goal((f64, bool)), "a share such as `60%` or a rate such as `200/s`",
    text: goal, int: (|value: u64| share(value as f64).map(|share| (share, false))),
    float: (|value| share(value).map(|share| (share, false))),
    schema: {
        "description": "A share such as 60%, or a rate such as 200/s.",
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1},
            {"type": "string", "pattern": "^\\s*[0-9.]+\\s*(%|[kMG]?\\s*/\\s*(s|m|min|h|d))\\s*$"}
        ]
    }
}

/// A section that is read but whose keys are not fixed yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Anything {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
