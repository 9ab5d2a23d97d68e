//! JSON as one object after the other: lists, lists within wrapping objects, and JSON lines.

use std::io::Read;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};
use serde_json::{Map, Value, error::Category};

use crate::{
    error::Error,
    quality::Place,
    read::{
        intake::Intake,
        node::{Node, Visit, visit},
    },
    redact,
    source::Guarded,
};

/// What reads documents one after the other.
pub(super) trait Documents<'a> {
    /// Where the records go.
    fn intake(&mut self) -> &mut Intake<'a>;
    /// Why reading was stopped from within, if it was.
    fn take_failure(&mut self) -> Option<Error>;
    /// A document begins.
    fn begin(&mut self) {}
}

/// Reads all documents of `content` into `node`.
pub(super) fn documents<'a, R: Read, N>(
    mut content: Guarded<'_, R>,
    node: &mut N,
) -> Result<(), Error>
where
    N: for<'de> Node<'de> + Documents<'a>,
{
    while let Some(byte) =
        content.next_non_blank().map_err(|error| node.intake().io_error(error))?
    {
        let line = node.intake().progress.line();
        if !matches!(byte, b'{' | b'[') {
            let reason = "expected another JSON document, or the end".to_owned();
            let file = node.intake().file.to_owned();
            return Err(Error::Syntax { file, line, column: 1, reason });
        }
        node.begin();
        let mut deserializer = serde_json::Deserializer::from_reader(&mut content);
        let read = Visit(node).deserialize(&mut deserializer);
        if let Err(error) = read {
            return Err(node
                .take_failure()
                .unwrap_or_else(|| json_error(node.intake(), error, line, 0)));
        }
    }
    Ok(())
}

/// The error of JSON whose document begins on `first_line`, with `pending` records held.
pub(super) fn json_error(
    intake: &Intake<'_>,
    error: serde_json::Error,
    first_line: u64,
    pending: u64,
) -> Error {
    let file = intake.file.to_owned();
    match error.classify() {
        Category::Io => intake.io_error(error.into()),
        Category::Eof => {
            let mut place = intake.place();
            place.record += pending;
            Error::Cut { file, place, reason: "its brackets are never closed".to_owned() }
        }
        Category::Syntax | Category::Data => {
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            let line = first_line + (error.line() as u64).saturating_sub(1);
            let reason = redact::operation(reason).into_owned();
            Error::Syntax { file, line, column: error.column() as u64, reason }
        }
    }
}

/// Takes one object.
type Each<'e, 'a> = &'e mut dyn FnMut(Value, Place, &mut Intake<'a>) -> Result<(), Error>;

/// Gives each object to `each`: every element of the lists under the keys `wrappers`, however they
/// are wrapped in each other, or, in a document without them, the document or its elements.
pub(super) fn read<'a, R: Read>(
    content: Guarded<'_, R>,
    wrappers: &[&str],
    intake: &mut Intake<'a>,
    each: Each<'_, 'a>,
) -> Result<(), Error> {
    let mut items = Items { intake, wrappers, each, failure: None, loose: None };
    documents(content, &mut items)
}

struct Items<'i, 'a> {
    intake: &'i mut Intake<'a>,
    wrappers: &'i [&'i str],
    each: Each<'i, 'a>,
    failure: Option<Error>,
    /// The members of a document, as long as no wrapper was among them.
    loose: Option<Map<String, Value>>,
}

impl<'a> Documents<'a> for Items<'_, 'a> {
    fn intake(&mut self) -> &mut Intake<'a> {
        self.intake
    }

    fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    fn begin(&mut self) {
        self.loose = Some(Map::new());
    }
}

impl Items<'_, '_> {
    fn give<E: serde::de::Error>(&mut self, item: Value) -> Result<(), E> {
        let place = self.intake.place();
        (self.each)(item, place, self.intake).map_err(|failure| {
            self.failure = Some(failure);
            E::custom("stopped")
        })
    }
}

impl<'de> Node<'de> for Items<'_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        if self.wrappers.contains(&key) {
            self.loose = None;
            return visit(object, self).map(drop);
        }
        match &mut self.loose {
            Some(loose) => {
                loose.insert(key.to_owned(), object.next_value()?);
                Ok(())
            }
            None => object.next_value::<IgnoredAny>().map(drop),
        }
    }

    fn item<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        match list.next_element::<Value>()? {
            Some(Value::Array(inner)) => {
                inner.into_iter().try_for_each(|item| self.give(item))?;
                Ok(true)
            }
            Some(item) => self.give(item).map(|()| true),
            None => Ok(false),
        }
    }

    fn end_of_object<E: serde::de::Error>(&mut self) -> Result<(), E> {
        match self.loose.take() {
            Some(object) if !object.is_empty() => self.give(Value::Object(object)),
            _ => Ok(()),
        }
    }
}

/// The first of `keys` that the object has, as text.
pub(super) fn text<'v>(object: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| object.get(key)?.as_str()).filter(|text| !text.is_empty())
}

/// The first of `keys` that holds a number, or text that is one.
pub(super) fn number(object: &Value, keys: &[&str]) -> Option<f64> {
    keys.iter().find_map(|key| as_number(object.get(key)?))
}

/// A number, or text that is one.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The member at a path of keys.
pub(super) fn at<'v>(object: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(object, |value, key| value.get(key))
}
