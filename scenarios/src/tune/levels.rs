//! The values that a knob between two ends may have.

use crate::model::magnitude::{Size, SizeUnit};

/// Preferred numbers: 24 in each power of ten, each some 10 % above the one before (IEC 60063).
const PREFERRED: [f64; 24] = [
    1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6,
    6.2, 6.8, 7.5, 8.2, 9.1,
];
/// Values of one knob at most.
pub(super) const MOST: usize = 10_000;

/// The values from one end to the other, both included; what is wrong, and what to do, where there are
/// none.
pub(super) fn between(
    from: Size,
    to: Size,
    step: Option<Size>,
) -> Result<Vec<Size>, (String, String)> {
    let wrong = |message: &str, help: &str| Err((message.to_owned(), help.to_owned()));
    if from.unit != to.unit || step.is_some_and(|step| step.unit != from.unit) {
        return wrong("expected ends and step in one unit", "such as `{from: 100ms, to: 2s}`");
    }
    if from.value >= to.value {
        return wrong("expected more in `to` than in `from`", "such as `{from: 2, to: 12}`");
    }
    let whole = |size: Size| size.unit == SizeUnit::Plain && size.value.fract() == 0.0;
    let step = match step {
        Some(step) => Some(step.value),
        None if whole(from) && whole(to) => Some(1.0),
        None => None,
    };
    let values = match step {
        Some(step) if step <= 0.0 => return wrong("expected a step above 0", "such as `step: 2`"),
        Some(step) if (to.value - from.value) / step > MOST as f64 => {
            let message = format!("these are more than {MOST} values");
            return wrong(&message, "make the steps wider");
        }
        Some(step) => {
            let count = ((to.value - from.value) / step * (1.0 + 1e-9)).floor() as usize;
            (0..=count).map(|n| from.value + n as f64 * step).collect()
        }
        None if from.value <= 0.0 => {
            let help = "add `step:`, or begin above 0";
            return wrong("nothing is a few percent above 0", help);
        }
        None => preferred(from, to.value),
    };
    let mut sizes: Vec<Size> = values.into_iter().map(|value| from.with(value)).collect();
    // Both ends are what was asked for.
    if sizes.last().is_some_and(|last| last.value < to.value * (1.0 - 1e-9)) {
        sizes.push(to);
    }
    Ok(sizes)
}

/// Preferred numbers between two ends.
fn preferred(from: Size, to: f64) -> Vec<f64> {
    // Shares are written in percent.
    let scale = if from.unit == SizeUnit::Percent { 100.0 } else { 1.0 };
    let (low, high) = (from.value * scale, to * scale);
    let mut values = vec![from.value];
    let mut power = low.log10().floor() as i32;
    loop {
        for number in PREFERRED {
            // Dividing by a power that is exact gives the nearest to what is meant.
            let value =
                if power < 0 { number / 10f64.powi(-power) } else { number * 10f64.powi(power) };
            if value >= high * (1.0 - 1e-9) {
                return values;
            }
            if value > low * (1.0 + 1e-9) {
                values.push(value / scale);
            }
        }
        power += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, step: Option<&str>, expected: &[&str]) {
        let size = |text: &str| Size::read(text).unwrap();
        let found = between(size(from), size(to), step.map(size)).unwrap();
        let found: Vec<String> = found.iter().map(Size::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_what_people_write() {
        check("2", "5", None, &["2", "3", "4", "5"]);
        check("2", "9", Some("3"), &["2", "5", "8", "9"]);
        check("0", "4", Some("2"), &["0", "2", "4"]);
        check(
            "700ms",
            "1.3s",
            None,
            &["700ms", "750ms", "820ms", "910ms", "1s", "1100ms", "1200ms", "1300ms"],
        );
        check("8%", "12%", None, &["8%", "8.2%", "9.1%", "10%", "11%", "12%"]);
        check("10%", "20%", Some("5%"), &["10%", "15%", "20%"]);
        check("90/s", "120/s", None, &["90/s", "91/s", "100/s", "110/s", "120/s"]);
    }

    #[test]
    fn impossible_ends_are_refused() {
        let size = |text: &str| Size::read(text).unwrap();
        for (from, to, step) in [
            ("2", "2", None),
            ("2", "5s", None),
            ("0s", "5s", None),
            ("0s", "5s", Some("0s")),
            ("0s", "5s", Some("10%")),
            ("0", "10M", None),
        ] {
            assert!(between(size(from), size(to), step.map(size)).is_err(), "{from} {to}");
        }
    }
}
