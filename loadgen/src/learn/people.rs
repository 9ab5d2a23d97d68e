//! Whether one person asked, or several.

use foreshadow_telemetry::Who;

/// From so many people on, what one of them alone asks for may be about him; fewer are a test, or one
/// proxy for all.
pub(super) const LEAST_PEOPLE: usize = 20;

/// Who asked for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum People {
    /// The recording does not tell.
    #[default]
    Unknown,
    /// One, as far as is known.
    One(Who),
    Several,
}

impl People {
    pub(super) fn add(&mut self, who: Who) {
        self.merge(Self::One(who));
    }

    pub(super) fn merge(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Unknown, known) | (known, Self::Unknown) => known,
            (Self::One(a), Self::One(b)) if a == b => Self::One(a),
            _ => Self::Several,
        };
    }

    pub(super) const fn is_one(self) -> bool {
        matches!(self, Self::One(_))
    }
}
