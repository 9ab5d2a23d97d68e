//! A heap of four children a node, whose root may be missing for a while.
//!
//! Taking the least entry leaves a hole at the root, and the next entry to come sinks into it: one
//! walk through the heap where taking and adding would be two. Only when the next entry is taken
//! before one has come is the hole filled from the end.
//!
//! The four children of an entry share a cache line, and places without an entry hold [`NONE`], so
//! the least of four is found without a branch and without a case for the last line.

use super::next::NONE;

const ARITY: usize = 4;

/// Four siblings.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Siblings([u128; ARITY]);

impl Siblings {
    /// The least, and which it is.
    #[inline]
    fn least(&self) -> (usize, u128) {
        let [a, b, c, d] = self.0;
        let left = if b < a { (1, b) } else { (0, a) };
        let right = if d < c { (3, d) } else { (2, c) };
        if right.1 < left.1 { right } else { left }
    }
}

/// Entries, least first.
///
/// The root's children are the first line; the children of the i-th entry of the lines are line
/// i + 1.
#[derive(Debug, Clone)]
pub(super) struct Heap {
    /// The least entry, or [`NONE`] where it has been taken.
    root: u128,
    lines: Vec<Siblings>,
    /// Entries in `lines`; they come first.
    below: usize,
}

impl Default for Heap {
    fn default() -> Self {
        Self { root: NONE, lines: Vec::new(), below: 0 }
    }
}

impl Heap {
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.below + (self.root != NONE) as usize
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.below == 0 && self.root == NONE
    }

    /// All entries, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = u128> {
        let below = self.lines.iter().flat_map(|siblings| siblings.0).take(self.below);
        below.chain((self.root != NONE).then_some(self.root))
    }

    /// Takes all entries, in no order.
    pub(super) fn empty(&mut self, take: impl FnMut(u128)) {
        self.entries().for_each(take);
        self.root = NONE;
        self.lines.clear();
        self.below = 0;
    }

    /// The least entry, or [`NONE`].
    #[inline]
    pub(super) fn least(&self) -> u128 {
        if self.root == NONE { self.below_root().1 } else { self.root }
    }

    /// Adds an entry, which is not [`NONE`].
    #[inline]
    pub(super) fn push(&mut self, key: u128) {
        if self.root == NONE {
            self.sink(key);
        } else {
            self.append(key);
        }
    }

    /// Takes the least entry; [`NONE`] when there is none.
    #[inline]
    pub(super) fn pop(&mut self) -> u128 {
        if self.root == NONE && self.below > 0 {
            self.below -= 1;
            let last = std::mem::replace(self.at(self.below), NONE);
            self.sink(last);
        }
        std::mem::replace(&mut self.root, NONE)
    }

    #[inline]
    fn at(&mut self, index: usize) -> &mut u128 {
        &mut self.lines[index / ARITY].0[index % ARITY]
    }

    /// The least child of the root, and where it is.
    #[inline]
    fn below_root(&self) -> (usize, u128) {
        self.lines.first().map_or((0, NONE), Siblings::least)
    }

    /// Puts `key` where the root was, or where it belongs below.
    #[inline]
    fn sink(&mut self, key: u128) {
        let (mut hole, least) = self.below_root();
        if key <= least {
            self.root = key;
            return;
        }
        self.root = least;
        while let Some(children) = self.lines.get(hole + 1) {
            let (child, least) = children.least();
            if key <= least {
                break;
            }
            *self.at(hole) = least;
            hole = (hole + 1) * ARITY + child;
        }
        *self.at(hole) = key;
    }

    /// Puts `key` behind the last entry, or where it belongs above.
    #[inline]
    fn append(&mut self, key: u128) {
        let mut hole = self.below;
        if hole == self.lines.len() * ARITY {
            self.lines.push(Siblings([NONE; ARITY]));
        }
        self.below += 1;
        while hole >= ARITY {
            let parent = hole / ARITY - 1;
            let above = *self.at(parent);
            if above <= key {
                *self.at(hole) = key;
                return;
            }
            *self.at(hole) = above;
            hole = parent;
        }
        *self.at(hole) = key.max(self.root);
        self.root = key.min(self.root);
    }
}
