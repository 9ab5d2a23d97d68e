//! Keyed draws and the laws they follow.
//!
//! A draw is a function of what it is for, never of when it happens: a [`Key`] is derived from
//! (seed, replication, load, arrival, call path, attempt) and a purpose, and turned into random
//! bits by a mixer. So changing a policy never shifts another's draws, and two variants of a
//! system meet the same arrivals with the same demands: common random numbers are exact.
//!
//! The mixer is Stafford's thirteenth variant of the `MurmurHash3` finaliser, the output function
//! of `SplitMix64` (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators",
//! OOPSLA 2014); a test below checks its bits over consecutive keys. All mathematics is IEEE arithmetic or
//! `libm`, so the same key gives the same bits on every machine.

mod exp;
mod law;
mod tables;
mod ziggurat;
mod zipf;

use std::convert::Infallible;

pub(crate) use exp::exp;
pub use law::Law;
pub(crate) use ziggurat::{exponential as exp1, normal};
pub(crate) use zipf::Zipf;

/// Weyl increment of `SplitMix64`: 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The identity of a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

impl Key {
    /// The root of one replication.
    #[must_use]
    pub const fn root(seed: u64, replication: u32) -> Self {
        Self(mix(seed.wrapping_add(GOLDEN))).with(replication as u64)
    }

    /// The key of a part of what this key names: the `word`-th arrival, step, attempt, purpose.
    #[inline]
    #[must_use]
    pub const fn with(self, word: u64) -> Self {
        Self(mix(self.0.wrapping_add(GOLDEN) ^ word.wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    /// The key as a number, by which what it names can be found again.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The random numbers of this key.
    #[inline]
    #[must_use]
    pub const fn draws(self) -> Draws {
        Draws(self.0)
    }

    /// A uniform number in [0, 1).
    #[inline]
    #[must_use]
    pub fn unit(self) -> f64 {
        self.draws().unit()
    }

    /// A uniform integer in [0, n); `n` must be positive.
    #[inline]
    #[must_use]
    pub const fn below(self, n: u32) -> u32 {
        ((mix(self.0.wrapping_add(GOLDEN)) as u128 * n as u128) >> 64) as u32
    }
}

/// A stream of random bits of one key (`SplitMix64`); most draws take one or two words of it.
#[derive(Debug, Clone)]
pub struct Draws(u64);

impl Draws {
    #[inline]
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * f64::EPSILON * 0.5
    }
}

impl rand::TryRng for Draws {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every output bit of consecutive keys is fair, and independent of its neighbour's.
    #[test]
    fn keyed_bits_are_fair_over_consecutive_keys() {
        let n = 1 << 16;
        for words in [1, 1 << 20, 1 << 40] {
            let (mut ones, mut flips) = ([0.0; 64], [0.0; 64]);
            let mut before = Key::root(1, 0).draws().next();
            for i in 1..=n {
                let bits = Key::root(1, 0).with(i * words).draws().next();
                for bit in 0..64 {
                    ones[bit] += (bits >> bit & 1) as f64;
                    flips[bit] += ((bits ^ before) >> bit & 1) as f64;
                }
                before = bits;
            }
            // Five standard deviations of a fair coin thrown n times.
            let limit = 5.0 * (n as f64).sqrt() / 2.0;
            for count in ones.iter().chain(&flips) {
                assert!((count - n as f64 / 2.0).abs() <= limit, "{ones:?} {flips:?}");
            }
        }
    }

    /// χ² of 256 cells over pairs (draw i, draw i + 1): no serial structure in two dimensions.
    #[test]
    fn keyed_pairs_fill_the_square_evenly() {
        let n = 1 << 18;
        let mut cells = [0u32; 256];
        let key = Key::root(9, 3).with(5);
        for i in 0..n {
            let (a, b) = (key.with(i).unit(), key.with(i + 1).unit());
            cells[(a * 16.0) as usize * 16 + (b * 16.0) as usize] += 1;
        }
        let expected = n as f64 / 256.0;
        let chi: f64 = cells.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: mean 255, standard deviation 22.6.
        assert!(chi < 255.0 + 5.0 * 22.6, "χ² is {chi}");
    }
}
