//! How reports are written to JSON and read back, byte for byte the same.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::Report;

/// A word of the vocabulary of reports: a measure, a unit, the reason why there is no number. They
/// are few, and an estimate that carries one stays `Copy`.
pub type Word = &'static str;

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is no JSON, or not the JSON of a report.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It says of itself that it is something else.
    #[error("it is `{found}`, not `{VERSION}`, the only version of reports that is known here")]
    Version {
        /// What it says.
        found: String,
    },
    /// It does not say what it is.
    #[error("it has no `foreshadow` at its top, so it is no report; expected `{VERSION}`")]
    Nameless,
    /// It is a list without an entry.
    #[error("it has no report in it")]
    Empty,
}

/// What this program writes and reads.
pub(super) const VERSION: Word = "report/v1";

/// What a JSON file of Foreshadow is, by its own word: `report/v1`. Of a list, the first that is not
/// `report/v1`, so that whatever cannot be read is named.
///
/// # Errors
/// Whatever has no such word.
pub fn kind(json: &str) -> Result<String, ReadError> {
    #[derive(serde::Deserialize)]
    struct Head {
        foreshadow: Option<String>,
    }
    let heads: Vec<Head> = one_or_many(json)?;
    let mut kinds = Vec::with_capacity(heads.len());
    for head in heads {
        kinds.push(head.foreshadow.ok_or(ReadError::Nameless)?);
    }
    let other = kinds.iter().position(|kind| kind != VERSION).unwrap_or(0);
    if kinds.is_empty() { Err(ReadError::Empty) } else { Ok(kinds.swap_remove(other)) }
}

/// Reads what `rehearse --format json` has written: one report, or a list.
///
/// # Errors
/// Whatever is no JSON, no report, or a report of another version.
pub fn read(json: &str) -> Result<Vec<Report>, ReadError> {
    let found = kind(json)?;
    if found != VERSION {
        return Err(ReadError::Version { found });
    }
    Ok(one_or_many(json)?)
}

fn one_or_many<'a, T: Deserialize<'a>>(json: &'a str) -> Result<Vec<T>, serde_json::Error> {
    if json.trim_start().starts_with('[') {
        serde_json::from_str(json)
    } else {
        serde_json::from_str(json).map(|one| vec![one])
    }
}

/// Serialises named things as a map that keeps their order; for `serialize_with`.
///
/// # Errors
/// Those of the serializer.
pub fn as_map<S: Serializer, T: Serialize>(
    entries: &[(String, T)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(name, value)| (name, value)))
}

/// Reads a map in the order in which it was written; for `deserialize_with`.
///
/// # Errors
/// Those of the deserializer.
pub fn from_map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<(String, T)>, D::Error> {
    struct Entries<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a map of names")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_map(Entries(PhantomData))
}

/// Reads a word.
pub(super) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    String::deserialize(deserializer).map(interned)
}

/// Reads a word that may be absent.
pub(super) fn some_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Word>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|word| word.map(interned))
}

/// The one copy of a word, which stays for as long as the program runs.
fn interned(word: String) -> Word {
    static WORDS: Mutex<BTreeSet<Word>> = Mutex::new(BTreeSet::new());
    // A set of words is whole whatever became of another thread.
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = words.get(word.as_str()) {
        return known;
    }
    let new: Word = word.leak();
    words.insert(new);
    new
}
