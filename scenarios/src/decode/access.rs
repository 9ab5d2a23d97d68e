//! The parts of a node, as serde asks for them: items, entries, keys, the variant of an enum.

use serde::de::value::U32Deserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer};

use super::{At, Error, SPANNED};
use crate::node::{Key, Node, Value};
use crate::source::Span;

/// The five numbers of a span, then what stands there.
pub(super) struct Parts<D> {
    pub(super) span: Span,
    pub(super) at: usize,
    pub(super) content: D,
}

impl<'de, D: Deserializer<'de, Error = Error> + Copy> de::SeqAccess<'de> for Parts<D> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Span { file, offset, len, line, column } = self.span;
        self.at += 1;
        match [file, offset, len, line, column].get(self.at - 1) {
            Some(&number) => {
                let number: U32Deserializer<Error> = number.into_deserializer();
                seed.deserialize(number).map(Some)
            }
            None => seed.deserialize(self.content).map(Some),
        }
    }
}

/// The items of a list.
pub(super) struct Items<'a> {
    pub(super) items: std::slice::Iter<'a, Node>,
    pub(super) index: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        self.index += 1;
        let read = seed.deserialize(At(item));
        read.map(Some).map_err(|error| error.or_at(item.span).within_item(self.index - 1))
    }
}

/// The entries of a map.
pub(super) struct Entries<'a> {
    pub(super) entries: std::slice::Iter<'a, (Key, Node)>,
    pub(super) entry: Option<&'a (Key, Node)>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        self.entry = self.entries.next();
        let Some((key, _)) = self.entry else {
            return Ok(None);
        };
        seed.deserialize(AtKey(key)).map(Some).map_err(|error| error.or_at(key.span))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let Some((key, node)) = self.entry else {
            return Err(de::Error::custom("expected a key before its value"));
        };
        // What a map or a list lacks shows best at its name.
        let place = match node.value {
            Value::Map(_) | Value::Seq(_) | Value::Null => key.span,
            _ => node.span,
        };
        let read = seed.deserialize(At(node));
        read.map_err(|error| error.or_at(place).within(&key.name))
    }
}

/// The deserializer of a key.
#[derive(Clone, Copy)]
struct AtKey<'a>(&'a Key);

impl<'de> Deserializer<'de> for AtKey<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.0.name)
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

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// One of several alternatives: its name, and what stands under it.
pub(super) struct Variant<'a> {
    pub(super) key: &'a Key,
    pub(super) content: Option<&'a Node>,
    /// Whether the name stands in the text, and so belongs to the path of what is under it.
    pub(super) named: bool,
}

impl<'de> de::EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let name = seed.deserialize(AtKey(self.key));
        Ok((name.map_err(|error| error.or_at(self.key.span))?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.content {
            None => Ok(()),
            Some(node) => <()>::deserialize(At(node)).map_err(|_| {
                let message =
                    format!("`{}` takes nothing, found {}", self.key.name, node.describe());
                Error::from_message(message).or_at(node.span)
            }),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let Some(node) = self.content else {
            let message = format!("`{}` needs its parameters: write `{0}: …`", self.key.name);
            return Err(Error::from_message(message).or_at(self.key.span));
        };
        let read = seed.deserialize(At(node));
        if !self.named {
            return read;
        }
        let place = match node.value {
            Value::Map(_) | Value::Seq(_) | Value::Null => self.key.span,
            _ => node.span,
        };
        read.map_err(|error| error.or_at(place).within(&self.key.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("expected a name with parameters"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        Err(de::Error::custom("expected a name with parameters"))
    }
}
