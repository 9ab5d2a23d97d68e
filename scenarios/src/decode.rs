//! From a tree of nodes to typed values: a [`serde::Deserializer`] over [`Node`].
//!
//! Beyond plain serde it offers two tricks, both by a type's serde name: [`Spanned`] receives the
//! place of a node beside its value, and an enum named [`EITHER`] is chosen by the node's shape
//! (`scalar`, `list` or `map`), with the node itself as content.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use crate::node::{Key, Node, Value};
use crate::problem::Problem;
use crate::source::Span;

mod access;
mod error;
mod named;

use access::{Entries, Items, Parts, Variant};

pub(crate) use error::Error;
pub use named::Named;

/// The serde name of an enum whose variants are the shapes that a node may have.
pub(crate) const EITHER: &str = "$either";
/// The serde name of the newtype that receives places.
const SPANNED: &str = "$spanned";

/// Reads a `T` from a tree.
///
/// # Errors
/// The first thing in the tree that no `T` has, with its place.
pub(crate) fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, Problem> {
    T::deserialize(At(node)).map_err(|error| error.or_at(node.span).into_problem())
}

/// A value with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut parts: A,
            ) -> Result<Self::Value, A::Error> {
                let mut number = || parts.next_element::<u32>().map(Option::unwrap_or_default);
                let span = Span {
                    file: number()?,
                    offset: number()?,
                    len: number()?,
                    line: number()?,
                    column: number()?,
                };
                let value = parts.next_element()?;
                let value = value.ok_or_else(|| de::Error::custom("expected a value"))?;
                Ok(Spanned { value, span })
            }
        }

        deserializer.deserialize_newtype_struct(SPANNED, Parts(std::marker::PhantomData))
    }
}

/// The deserializer of one node.
#[derive(Clone, Copy)]
struct At<'a>(&'a Node);

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let node = self.0;
        match &node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(*value),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Str(value) => visitor.visit_str(value),
            Value::Seq(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Value::Map(entries) => {
                visitor.visit_map(Entries { entries: entries.iter(), entry: None })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            return visitor.visit_seq(Parts { span: self.0.span, at: 0, content: self });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let node = self.0;
        if name == EITHER {
            let shape = match node.value {
                Value::Seq(_) => "list",
                Value::Map(_) => "map",
                _ => "scalar",
            };
            if !variants.contains(&shape) {
                return Err(Error::shape(variants, node));
            }
            let key = Key { span: node.span, name: shape.to_owned() };
            return visitor.visit_enum(Variant { key: &key, content: Some(node), named: false });
        }
        match &node.value {
            Value::Str(name) => {
                let key = Key { span: node.span, name: name.clone() };
                visitor.visit_enum(Variant { key: &key, content: None, named: true })
            }
            Value::Map(entries) => match entries.as_slice() {
                [(key, content)] => {
                    visitor.visit_enum(Variant { key, content: Some(content), named: true })
                }
                _ => Err(Error::choice(variants, entries)),
            },
            _ => Err(Error::not_a_choice(variants, node)),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
