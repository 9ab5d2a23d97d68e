//! Streaming through JSON: each object, list or plain value is met once, and none is stored.
//!
//! Serde's visitors, cut down to what the readers need, and lenient: a value of an unexpected type
//! is passed over, since a span with one odd field is still a span.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{
    instant::{TimeUnit, parse_duration},
    quality::Defect,
};

/// A plain value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// Text that is not empty.
    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The value as text; null has none.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Unsigned(value) => Some(value.to_string()),
            Self::Negative(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.to_owned()),
        }
    }

    /// A count of time in `unit`, as a number or as text, in nanoseconds.
    pub(super) fn nanoseconds(self, unit: TimeUnit) -> Result<u64, Defect> {
        match self {
            Self::Unsigned(count) => count.checked_mul(unit.ns()).ok_or(Defect::Duration),
            Self::Text(text) => parse_duration(text.as_bytes(), unit),
            Self::Negative(_) => Err(Defect::Duration),
            Self::Float(count) => {
                let ns = count * unit.ns() as f64;
                // 2⁶⁴ is the first number that does not fit; NaN is in no range.
                let fits = (0.0..18_446_744_073_709_551_616.0).contains(&ns);
                if fits { Ok(ns.round() as u64) } else { Err(Defect::Duration) }
            }
            Self::Null | Self::Bool(_) => Err(Defect::Time),
        }
    }
}

/// Something that a JSON value is read into.
pub(super) trait Node<'de> {
    /// Reads the value of one member of an object; by default passes over it.
    fn member<A: MapAccess<'de>>(&mut self, _key: &str, object: &mut A) -> Result<(), A::Error> {
        object.next_value::<IgnoredAny>().map(drop)
    }

    /// Reads the next element of a list; false at its end. By default passes over it.
    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        list.next_element::<IgnoredAny>().map(|item| item.is_some())
    }

    /// The end of an object whose members were all read.
    fn end_of_object<E: serde::de::Error>(&mut self) -> Result<(), E> {
        Ok(())
    }

    /// Takes a plain value; by default ignores it.
    fn scalar(&mut self, _value: Scalar<'_>) {}
}

/// What kind of value was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    Object,
    List,
    Scalar,
}

/// Reads the value of the current member into `node`.
pub(super) fn visit<'de, A: MapAccess<'de>>(
    object: &mut A,
    node: &mut impl Node<'de>,
) -> Result<Met, A::Error> {
    object.next_value_seed(Visit(node))
}

/// Reads the next element into `node`; none at the end of the list.
pub(super) fn visit_item<'de, A: SeqAccess<'de>>(
    list: &mut A,
    node: &mut impl Node<'de>,
) -> Result<Option<Met>, A::Error> {
    list.next_element_seed(Visit(node))
}

/// Gives the plain value of the current member to `sink`.
pub(super) fn take<'de, A: MapAccess<'de>>(
    object: &mut A,
    sink: impl FnMut(Scalar<'_>),
) -> Result<(), A::Error> {
    visit(object, &mut Take(sink)).map(drop)
}

struct Take<F>(F);

impl<F: FnMut(Scalar<'_>)> Node<'_> for Take<F> {
    fn scalar(&mut self, value: Scalar<'_>) {
        (self.0)(value);
    }
}

/// The bridge to serde.
pub(super) struct Visit<'t, T>(pub(super) &'t mut T);

impl<'de, T: Node<'de>> DeserializeSeed<'de> for Visit<'_, T> {
    type Value = Met;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Met, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Node<'de>> Visitor<'de> for Visit<'_, T> {
    type Value = Met;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Met, A::Error> {
        let mut key = String::new();
        while object
            .next_key_seed(Visit(&mut Take(|text: Scalar<'_>| {
                key.clear();
                key.push_str(text.text().unwrap_or_default());
            })))?
            .is_some()
        {
            self.0.member(&key, &mut object)?;
        }
        self.0.end_of_object()?;
        Ok(Met::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Met, A::Error> {
        while self.0.item(&mut list)? {}
        Ok(Met::List)
    }

    fn visit_unit<E>(self) -> Result<Met, E> {
        self.0.scalar(Scalar::Null);
        Ok(Met::Scalar)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Met, E> {
        self.0.scalar(Scalar::Bool(value));
        Ok(Met::Scalar)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Met, E> {
        self.0.scalar(Scalar::Unsigned(value));
        Ok(Met::Scalar)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Met, E> {
        self.0.scalar(u64::try_from(value).map_or(Scalar::Negative(value), Scalar::Unsigned));
        Ok(Met::Scalar)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Met, E> {
        self.0.scalar(Scalar::Float(value));
        Ok(Met::Scalar)
    }

    fn visit_str<E>(self, value: &str) -> Result<Met, E> {
        self.0.scalar(Scalar::Text(value));
        Ok(Met::Scalar)
    }
}
