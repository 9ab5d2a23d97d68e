//! Exponential and normal draws by the ziggurat of 256 layers, its tables made by the compiler.
//!
//! They are written out here, not taken from `rand_distr`, because there the tails call the
//! platform's `exp` and `ln` as soon as any crate of the build asks `num-traits` for `std`, and
//! those differ in the last bit between processors.
//!
//! Source: G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random variables",
//! Journal of Statistical Software 5(8), 2000; J. A. Doornik, "An improved ziggurat method to
//! generate normal random samples", 2005, for taking layer and position from separate bits.

use super::exp::exp;
use super::{Draws, tables};

const LAYERS: usize = 256;

struct Ziggurat {
    /// Right edges of the layers, the widest (with the tail) first; the last is 0.
    x: [f64; LAYERS + 1],
    /// Density at each edge.
    f: [f64; LAYERS + 1],
}

/// Which of the two laws a table is for.
#[derive(Clone, Copy)]
enum Shape {
    /// e^−x
    Exponential,
    /// e^(−x²/2)
    Normal,
}

impl Shape {
    const fn density(self, x: f64) -> f64 {
        match self {
            Self::Exponential => tables::exp(-x),
            Self::Normal => tables::exp(-x * x / 2.0),
        }
    }

    const fn inverse(self, y: f64) -> f64 {
        match self {
            Self::Exponential => -tables::ln(y),
            Self::Normal => tables::sqrt(-2.0 * tables::ln(y)),
        }
    }
}

impl Ziggurat {
    /// - `r`: where the tail begins.
    /// - `v`: area of a layer.
    const fn new(r: f64, v: f64, shape: Shape) -> Self {
        let mut x = [0.0; LAYERS + 1];
        (x[0], x[1]) = (v / shape.density(r), r);
        let mut i = 2;
        while i < LAYERS {
            x[i] = shape.inverse(shape.density(x[i - 1]) + v / x[i - 1]);
            i += 1;
        }
        let mut f = [0.0; LAYERS + 1];
        let mut i = 0;
        while i <= LAYERS {
            f[i] = shape.density(x[i]);
            i += 1;
        }
        Self { x, f }
    }
}

static EXPONENTIAL: Ziggurat =
    Ziggurat::new(EXPONENTIAL_TAIL, 0.003_949_659_822_581_572, Shape::Exponential);
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;

static NORMAL: Ziggurat = Ziggurat::new(NORMAL_TAIL, 0.004_928_673_233_974_655, Shape::Normal);
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

/// A draw from the exponential law of mean 1.
#[inline]
pub(crate) fn exponential(draws: &mut Draws) -> f64 {
    let bits = draws.next();
    let layer = bits as usize % LAYERS;
    let x = unit(bits) * EXPONENTIAL.x[layer];
    if x < EXPONENTIAL.x[layer + 1] { x } else { exponential_at_an_edge(layer, x, draws) }
}

/// The rest of a draw that fell on the edge of a layer: one in ninety.
#[cold]
fn exponential_at_an_edge(mut layer: usize, mut x: f64, draws: &mut Draws) -> f64 {
    let table = &EXPONENTIAL;
    let mut shift = 0.0;
    loop {
        if layer == 0 {
            // Beyond the tail the law looks the same again.
            shift += EXPONENTIAL_TAIL;
        } else {
            let height = table.f[layer + 1] - table.f[layer];
            if table.f[layer] + height * draws.unit() < exp(-x) {
                return shift + x;
            }
        }
        let bits = draws.next();
        layer = bits as usize % LAYERS;
        x = unit(bits) * table.x[layer];
        if x < table.x[layer + 1] {
            return shift + x;
        }
    }
}

/// A draw from the normal law of mean 0 and variance 1.
#[inline]
pub(crate) fn normal(draws: &mut Draws) -> f64 {
    let table = &NORMAL;
    loop {
        let bits = draws.next();
        let layer = bits as usize % LAYERS;
        let negative = bits & LAYERS as u64 != 0;
        let sign = |x: f64| if negative { -x } else { x };
        let x = unit(bits) * table.x[layer];
        if x < table.x[layer + 1] {
            return sign(x);
        }
        if layer == 0 {
            return sign(normal_tail(draws));
        }
        let height = table.f[layer + 1] - table.f[layer];
        if table.f[layer] + height * draws.unit() < exp(-x * x / 2.0) {
            return sign(x);
        }
    }
}

/// A draw from the normal law beyond where its tail begins (Marsaglia, 1964).
fn normal_tail(draws: &mut Draws) -> f64 {
    loop {
        let x = exponential(draws) / NORMAL_TAIL;
        if 2.0 * exponential(draws) > x * x {
            return NORMAL_TAIL + x;
        }
    }
}

/// A draw from the gamma law of this shape and scale 1.
///
/// Source: G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM
/// Transactions on Mathematical Software 26(3), 2000.
pub(crate) fn gamma(shape: f64, draws: &mut Draws) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(1.0 - draws.unit(), 1.0 / shape);
        return gamma(shape + 1.0, draws) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = normal(draws);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let u = 1.0 - draws.unit();
        if libm::log(u) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}

/// A uniform number in [0, 1) from the upper bits, apart from those that choose layer and sign.
#[inline]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * f64::EPSILON * 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use statrs::distribution::{ContinuousCDF, Exp, Gamma, Normal};

    /// Kolmogorov–Smirnov distance of 200,000 draws, at one in a thousand by chance.
    #[track_caller]
    fn check(draw: impl Fn(&mut Draws) -> f64, cdf: impl Fn(f64) -> f64) {
        let n = 200_000;
        let mut draws: Vec<f64> =
            (0..n).map(|i| draw(&mut Key::root(11, 0).with(i).draws())).collect();
        draws.sort_unstable_by(f64::total_cmp);
        let distance = draws.iter().enumerate().map(|(i, &x)| {
            let (below, above) = (i as f64 / n as f64, (i + 1) as f64 / n as f64);
            (cdf(x) - below).max(above - cdf(x))
        });
        let distance = distance.fold(0.0, f64::max);
        assert!(distance < 1.95 / (n as f64).sqrt(), "distance {distance}");
    }

    #[test]
    fn draws_follow_their_laws() {
        let normal_law = Normal::standard();
        check(normal, |x| normal_law.cdf(x));
        let exponential_law = Exp::new(1.0).unwrap();
        check(exponential, |x| exponential_law.cdf(x));
        for shape in [0.25, 1.0, 7.5] {
            let law = Gamma::new(shape, 1.0).unwrap();
            check(|draws| gamma(shape, draws), |x| law.cdf(x));
        }
    }

    /// Tails too: beyond the last layer lies e^−7.7 of one law and 2.6 · 10⁻⁴ of the other.
    #[test]
    fn tails_have_their_weight() {
        let n = 4_000_000;
        let (mut exponentials, mut normals) = (0, 0);
        for i in 0..n {
            let mut draws = Key::root(12, 0).with(i).draws();
            exponentials += u32::from(exponential(&mut draws) > 9.0);
            normals += u32::from(normal(&mut draws).abs() > 4.0);
        }
        // e^−9 = 1.234e−4 and P(|Z| > 4) = 6.334e−5, within five standard deviations.
        assert!((f64::from(exponentials) - 493.6).abs() < 5.0 * 22.3, "{exponentials}");
        assert!((f64::from(normals) - 253.4).abs() < 5.0 * 16.0, "{normals}");
    }
}
