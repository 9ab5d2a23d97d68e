//! Tables made by the compiler, with arithmetic of its own.
//!
//! Constant evaluation has no `exp`; it follows IEEE exactly, so what is written out here from its
//! series gives the same tables wherever it is compiled.

/// ln 2.
const LN_2: f64 = std::f64::consts::LN_2;

/// e^x for |x| < 700, within a unit or two in the last place.
pub(super) const fn exp(x: f64) -> f64 {
    let k = (x / LN_2) as i64;
    power_of_two(k) * series(x - k as f64 * LN_2)
}

/// 2^(j / 64), for j from 0 to 63, within a unit in the last place.
pub(super) const fn exp2_of_64ths(j: usize) -> f64 {
    // 2^(j/64) = 2 · 2^((j − 64)/64) where j is above half, so that the series stays short.
    if j <= 32 {
        series(j as f64 / 64.0 * LN_2)
    } else {
        2.0 * series((j as f64 - 64.0) / 64.0 * LN_2)
    }
}

const fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// e^r for |r| < 1: 1 + r(1 + r/2(1 + r/3(1 + …))), smallest terms first.
const fn series(r: f64) -> f64 {
    let mut sum = 1.0;
    let mut n = 24.0;
    while n > 0.0 {
        sum = 1.0 + r / n * sum;
        n -= 1.0;
    }
    sum
}

/// The natural logarithm of a positive number, by Halley's method.
pub(super) const fn ln(y: f64) -> f64 {
    let exponent = (y.to_bits() >> 52).cast_signed() - 1023;
    let mut x = exponent as f64 * LN_2;
    let mut n = 0;
    while n < 6 {
        let e = exp(x);
        x += 2.0 * (y - e) / (y + e);
        n += 1;
    }
    x
}

/// The square root of a positive number, by Newton's method.
pub(super) const fn sqrt(y: f64) -> f64 {
    let mut x = exp(ln(y) / 2.0);
    let mut n = 0;
    while n < 3 {
        x = 0.5 * x + 0.5 * (y / x);
        n += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_libm() {
        for i in 1..4000 {
            let x = f64::from(i) * 0.01;
            for (mine, libm) in [
                (exp(-x), libm::exp(-x)),
                (ln(x) + 9.0, libm::log(x) + 9.0),
                (sqrt(x), libm::sqrt(x)),
            ] {
                assert!((mine / libm - 1.0).abs() < 1e-14, "at {x}: {mine}, not {libm}");
            }
        }
    }
}
