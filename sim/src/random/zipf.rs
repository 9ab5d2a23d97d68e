//! Zipf's law over ranks: the i-th of n has weight 1/iˢ.
//!
//! Rejection-inversion: a point under the hat H(x) = ∫ x⁻ˢ dx is inverted and rounded to a rank, and
//! rarely rejected, so a draw takes about one try whatever n and s.
//!
//! Source: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone
//! discrete distributions", ACM Transactions on Modeling and Computer Simulation 6(3), 1996.

use super::{Draws, Key};

/// Zipf's law over `n` ranks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zipf {
    n: u32,
    exponent: f64,
    /// H(3/2) − 1, where the hat begins.
    first: f64,
    /// H(n + 1/2), where it ends.
    last: f64,
    /// What lies so near below its rank is never rejected.
    near: f64,
}

impl Zipf {
    /// The law over `n` ≥ 1 ranks with exponent s ≥ 0; 0 is uniform.
    pub(crate) fn new(n: u32, exponent: f64) -> Self {
        assert!(n > 0 && exponent >= 0.0, "plans are checked");
        let mut law = Self { n, exponent, first: 0.0, last: 0.0, near: 0.0 };
        law.first = law.area(1.5) - 1.0;
        law.last = law.area(f64::from(n) + 0.5);
        law.near = 2.0 - law.inverse_area(law.area(2.5) - law.weight(2.0));
        law
    }

    /// The rank that `key` draws, from 0 on.
    #[inline]
    pub(crate) fn sample(&self, key: Key) -> u32 {
        self.draw(&mut key.draws())
    }

    fn draw(&self, draws: &mut Draws) -> u32 {
        loop {
            let u = self.last + draws.unit() * (self.first - self.last);
            let x = self.inverse_area(u);
            let rank = (x + 0.5).clamp(1.0, f64::from(self.n)).trunc();
            if rank - x <= self.near || u >= self.area(rank + 0.5) - self.weight(rank) {
                return rank as u32 - 1;
            }
        }
    }

    /// x⁻ˢ.
    fn weight(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// H(x) = (x^(1−s) − 1) / (1 − s), which is ln x where s = 1.
    fn area(&self, x: f64) -> f64 {
        let log = libm::log(x);
        let power = (1.0 - self.exponent) * log;
        let ratio = if power.abs() > 1e-8 {
            libm::expm1(power) / power
        } else {
            1.0 + power / 2.0 * (1.0 + power / 3.0)
        };
        log * ratio
    }

    /// The x at which H is `area`.
    fn inverse_area(&self, area: f64) -> f64 {
        // Rounding may take it a little below −1, where H ends.
        let power = (area * (1.0 - self.exponent)).max(-1.0);
        let ratio = if power.abs() > 1e-8 {
            libm::log1p(power) / power
        } else {
            1.0 - power * (0.5 - power / 3.0)
        };
        libm::exp(ratio * area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// χ² of the first ranks, and of all the others together, against the law.
    #[track_caller]
    fn check(n: u32, exponent: f64) {
        const DRAWS: u64 = 400_000;
        let law = Zipf::new(n, exponent);
        let weights: Vec<f64> = (1..=n).map(|i| f64::from(i).powf(-exponent)).collect();
        let total: f64 = weights.iter().sum();
        let cells = (n as usize).min(30);
        let mut counts = vec![0.0; cells];
        for i in 0..DRAWS {
            let rank = law.sample(Key::root(11, 0).with(i)) as usize;
            assert!(rank < n as usize);
            counts[rank.min(cells - 1)] += 1.0;
        }
        let mut chi = 0.0;
        for (cell, count) in counts.iter().enumerate() {
            let rest = if cell + 1 == cells { cell..n as usize } else { cell..cell + 1 };
            let expected = weights[rest].iter().sum::<f64>() / total * DRAWS as f64;
            chi += (count - expected).powi(2) / expected.max(1e-300);
        }
        let freedom = cells as f64 - 1.0;
        let limit = freedom + 5.0 * (2.0 * freedom).sqrt();
        assert!(chi <= limit, "n {n}, s {exponent}: χ² is {chi}, not below {limit}");
    }

    #[test]
    fn ranks_follow_the_law() {
        for n in [1, 2, 10, 1_000, 1_000_000] {
            for exponent in [0.0, 0.5, 0.9, 1.0, 1.000_000_01, 1.5] {
                check(n, exponent);
            }
        }
        check(20, 3.0);
        assert_eq!(Zipf::new(1_000, 60.0).sample(Key::root(1, 0)), 0);
    }

    /// Values that must never change: an old seed keeps its meaning.
    #[test]
    fn first_draws_are_stable() {
        let drawn: Vec<u32> =
            (0..8).map(|i| Zipf::new(1_000_000, 0.9).sample(Key::root(1, 0).with(i))).collect();
        assert_eq!(drawn, [12, 167, 172_075, 9, 359_413, 4_208, 4, 103_203]);
    }
}
