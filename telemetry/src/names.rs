//! Names as small numbers: every service, instance, operation and database is stored once.
//!
//! A file of ten million spans has some hundred distinct names. Memory grows with the distinct
//! names, not with the spans.

use std::{collections::HashMap, fmt, num::NonZeroU32, sync::Arc};

use crate::series::{Part, Series, SeriesId};

/// A name that [`Names`] holds; equal names of one interner are equal symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(NonZeroU32);

impl Symbol {
    /// Position of the name in its interner, from 0, in order of first appearance.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The interner: text to [`Symbol`] and back.
///
/// ```
/// let mut names = foreshadow_telemetry::Names::default();
/// let cart = names.intern("cart");
/// assert_eq!(names.intern("cart"), cart);
/// assert_eq!(names.text(cart), "cart");
/// ```
#[derive(Clone, Default)]
pub struct Names {
    symbols: HashMap<Arc<str>, Symbol, foldhash::fast::RandomState>,
    texts: Vec<Arc<str>>,
    series: Vec<Series>,
    series_ids: HashMap<SeriesKey, SeriesId, foldhash::fast::RandomState>,
    /// Operations so far, and how many are told apart, if not all.
    operations: usize,
    most_operations: Option<usize>,
}

/// What makes a series itself; a part is told by its bits.
type SeriesKey = (Symbol, (u8, u64), Vec<(Symbol, Symbol)>, u64);

impl Names {
    /// The operation that stands for all beyond those that are told apart.
    pub const OTHERS: &'static str = "(others)";

    /// An interner that tells the first `most` operations apart and takes all further ones for
    /// [`Self::OTHERS`], so that memory is bounded whatever paths a recording has.
    #[must_use]
    pub fn of_operations(most: usize) -> Self {
        Self { most_operations: Some(most), ..Self::default() }
    }

    /// The symbol of an operation, new, known, or that of all others.
    pub(crate) fn operation(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.symbols.get(text) {
            return symbol;
        }
        if self.most_operations.is_some_and(|most| self.operations >= most) {
            return self.intern(Self::OTHERS);
        }
        self.operations += 1;
        self.intern(text)
    }

    /// The symbol of `text`, new or known.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.symbols.get(text) {
            return symbol;
        }
        let number = u32::try_from(self.texts.len() + 1)
            .ok()
            .and_then(NonZeroU32::new)
            .expect("memory ends long before four billion distinct names");
        let (symbol, text) = (Symbol(number), Arc::<str>::from(text));
        self.texts.push(Arc::clone(&text));
        self.symbols.insert(text, symbol);
        symbol
    }

    /// The symbol of the name that `bytes` spell; what is not UTF-8 becomes U+FFFD.
    pub fn intern_bytes(&mut self, bytes: &[u8]) -> Symbol {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.intern(text),
            Err(_) => self.intern(&String::from_utf8_lossy(bytes)),
        }
    }

    /// The symbol of `text` if it was interned.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Symbol> {
        self.symbols.get(text).copied()
    }

    /// The name behind `symbol`.
    ///
    /// # Panics
    /// When another interner made the symbol and this one holds fewer names.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.index()]
    }

    /// The series of metrics behind `id`.
    ///
    /// # Panics
    /// When another interner made the id and this one holds fewer series.
    #[must_use]
    pub fn series(&self, id: SeriesId) -> &Series {
        &self.series[id.0 as usize]
    }

    /// All series, in order of first appearance.
    #[must_use]
    pub fn all_series(&self) -> impl ExactSizeIterator<Item = (SeriesId, &Series)> {
        self.series.iter().enumerate().map(|(i, series)| (SeriesId(i as u32), series))
    }

    pub(crate) fn intern_series(&mut self, series: Series) -> SeriesId {
        let part = match series.part {
            Part::Value => (0, 0),
            Part::Bucket(bound) => (1, bound.to_bits()),
            Part::Sum => (2, 0),
            Part::Count => (3, 0),
            Part::Quantile(share) => (4, share.to_bits()),
        };
        let key = (series.name, part, series.labels.clone(), series.withheld);
        let next = SeriesId(u32::try_from(self.series.len()).expect("memory ends long before"));
        let id = *self.series_ids.entry(key).or_insert(next);
        if id == next {
            self.series.push(series);
        }
        id
    }

    /// How many distinct names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether nothing was interned yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.texts).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_count_up_and_are_shared() {
        let mut names = Names::default();
        assert!(names.is_empty());
        let (a, b) = (names.intern("a"), names.intern("b"));
        assert_eq!((a.index(), b.index(), names.len()), (0, 1, 2));
        assert_eq!(names.intern("a"), a);
        assert_eq!(names.get("b"), Some(b));
        assert_eq!(names.get("c"), None);
        assert_eq!(names.text(b), "b");
    }

    #[test]
    fn bytes_that_are_not_text_still_have_a_name() {
        let mut names = Names::default();
        let odd = names.intern_bytes(b"caf\xe9");
        assert_eq!(names.text(odd), "caf\u{fffd}");
        assert_eq!(names.intern_bytes(b"plain"), names.intern("plain"));
    }
}
