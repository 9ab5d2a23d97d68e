//! Who asked, without saying who it was.
//!
//! What tells people apart in a recording (an address and an agent, a thread of a load test) becomes
//! a number as it is read. The key of the hash is drawn at random in each process and written nowhere:
//! the number tells whether two requests of one run are of one person, and nothing else. It cannot be
//! shown, ordered or stored.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

/// Who sent a request, as far as this process can tell.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Who(u64);

impl Who {
    /// Who the parts tell: the same for the same parts, in this process. None where all of them are
    /// empty or `-`.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        static KEY: OnceLock<RandomState> = OnceLock::new();
        let mut hasher = KEY.get_or_init(RandomState::new).build_hasher();
        let mut is_known = false;
        for part in parts {
            let part = if part == "-" { "" } else { part };
            is_known |= !part.is_empty();
            hasher.write(part.as_bytes());
            // No text has this byte, so that parts do not run into each other.
            hasher.write_u8(0xff);
        }
        is_known.then(|| Self(hasher.finish()))
    }
}

/// Not even the number is shown.
impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Who(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_apart_and_not_told() {
        let anna = Who::of(["10.0.0.1", "-", "Firefox"]);
        assert_eq!(anna, Who::of(["10.0.0.1", "", "Firefox"]));
        assert_ne!(anna, Who::of(["10.0.0.1", "-", "Safari"]));
        assert_ne!(Who::of(["ab", "c"]), Who::of(["a", "bc"]));
        assert_eq!(Who::of(["-", ""]), None);
        assert_eq!(format!("{anna:?}"), "Some(Who(…))");
    }
}
