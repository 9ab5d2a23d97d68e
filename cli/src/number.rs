//! Numbers for people: three significant digits, a unit, an interval.

use std::fmt::Display;

use foreshadow_scenarios::report::Number;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// A share of one.
    Share,
    /// Per second.
    PerSecond,
    /// Just a number.
    Plain,
}

impl Unit {
    /// The unit that a report names.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "ms" => Self::Milliseconds,
            "share" => Self::Share,
            "1/s" => Self::PerSecond,
            _ => Self::Plain,
        }
    }
}

/// Three significant digits, no exponent.
pub(crate) fn significant(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { 2 - value.abs().log10().floor() as i32 };
    signed(value, digits.clamp(0, 6) as usize)
}

/// With so many decimals, and a minus that is as wide as a plus; what is rounded to nothing has no sign.
fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|b| matches!(b, b'0' | b'.')) => zero.to_owned(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

/// A share of one in percent, with as many digits as its distance from 0 or 100 % needs.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let distance = percent.abs().min((100.0 - percent).abs());
    if distance == 0.0 {
        return signed(percent, 0);
    }
    signed(percent, (1 - distance.log10().floor() as i32).clamp(0, 4) as usize)
}

/// A limit, as somebody would have written it.
pub(crate) fn limit(number: f64, unit: Unit) -> String {
    let (factor, name) = scale(number, unit);
    let shown = if unit == Unit::Share { number * 100.0 } else { number * factor };
    // Six decimals are more than a limit has; what they round to is what was written.
    let text = format!("{shown:.6}");
    format!("{}{name}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A share of one in whole percent, for sentences.
pub(crate) fn rough(share: f64) -> String {
    format!("{} %", signed(share * 100.0, 0))
}

/// So many of a thing: `1 finalist`, `4 finalists`.
pub(crate) fn counted(count: impl Display, thing: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// Scale and name of the unit in which a value is shown.
fn scale(value: f64, unit: Unit) -> (f64, &'static str) {
    match unit {
        Unit::Milliseconds if value.abs() >= 1000.0 => (1e-3, " s"),
        Unit::Milliseconds if value.abs() < 0.1 && value != 0.0 => (1e3, " µs"),
        Unit::Milliseconds => (1.0, " ms"),
        Unit::Share => (1.0, " %"),
        Unit::PerSecond => (1.0, "/s"),
        Unit::Plain => (1.0, ""),
    }
}

fn bare(value: f64, factor: f64, unit: Unit) -> String {
    if unit == Unit::Share { percent(value) } else { significant(value * factor) }
}

/// A value with its unit.
pub(crate) fn value(value: f64, unit: Unit) -> String {
    let (factor, name) = scale(value, unit);
    format!("{}{name}", bare(value, factor, unit))
}

/// An estimate without its interval.
pub(crate) fn short(number: &Number, unit: Unit) -> String {
    number.value.map_or_else(|| String::from("–"), |v| value(v, unit))
}

/// An estimate with its interval, or why there is none.
pub(crate) fn full(number: &Number, unit: Unit) -> String {
    let Some(middle) = number.value else {
        return format!("– ({})", number.reason.unwrap_or("unknown"));
    };
    let (factor, _) = scale(middle, unit);
    match (number.low, number.high) {
        (Some(low), Some(high)) => {
            let (low, high) = (bare(low, factor, unit), bare(high, factor, unit));
            if low == high {
                value(middle, unit)
            } else if low.starts_with('−') || high.starts_with('−') {
                // Beside a sign, a dash would be read as another.
                format!("{} ({low} to {high})", value(middle, unit))
            } else {
                format!("{} ({low}–{high})", value(middle, unit))
            }
        }
        _ => format!("{} (no interval)", value(middle, unit)),
    }
}

/// Seconds as minutes and seconds.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) if (seconds - whole as f64).abs() > 1e-9 => format!("{} s", significant(seconds)),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_carry_their_unit_and_three_digits() {
        let cases = [
            (0.0, Unit::Milliseconds, "0 ms"),
            (0.0123, Unit::Milliseconds, "12.3 µs"),
            (4.1267, Unit::Milliseconds, "4.13 ms"),
            (412.4, Unit::Milliseconds, "412 ms"),
            (1324.0, Unit::Milliseconds, "1.32 s"),
            (0.9995, Unit::Share, "99.950 %"),
            (1.0, Unit::Share, "100 %"),
            (0.42, Unit::Share, "42 %"),
            (0.0012, Unit::Share, "0.12 %"),
            (-0.0, Unit::Share, "0 %"),
            (-1e-9, Unit::PerSecond, "0.000000/s"),
            (-0.042, Unit::Share, "−4.2 %"),
            (902.3, Unit::PerSecond, "902/s"),
        ];
        for (number, unit, expected) in cases {
            assert_eq!(value(number, unit), expected);
        }
    }

    #[test]
    fn one_is_singular() {
        let all = [0, 1, 2].map(|count| counted(count, "run"));
        assert_eq!(all, ["0 runs", "1 run", "2 runs"]);
    }

    #[test]
    fn intervals_below_nothing_can_be_read() {
        let of = |value: f64, low: f64, high: f64| {
            let number = Number {
                value: Some(value),
                low: Some(low),
                high: Some(high),
                ..Number::default()
            };
            full(&number, Unit::Milliseconds)
        };
        assert_eq!(of(12.0, 10.0, 14.0), "12.0 ms (10.0–14.0)");
        assert_eq!(of(-12.0, -14.0, -10.0), "−12.0 ms (−14.0 to −10.0)");
        assert_eq!(of(1.0, -2.0, 4.0), "1.00 ms (−2.00 to 4.00)");
    }

    #[test]
    fn limits_are_as_they_were_written() {
        let cases = [(1500.0, Unit::Milliseconds, "1.5 s"), (0.999, Unit::Share, "99.9 %")];
        for (number, unit, expected) in cases {
            assert_eq!(limit(number, unit), expected);
        }
    }

    #[test]
    fn clocks_are_read_at_a_glance() {
        let cases = [
            (10.0, "10 s"),
            (2.5, "2.50 s"),
            (90.0, "1 min 30 s"),
            (300.0, "5 min"),
            (5400.0, "1 h 30 min"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(clock(seconds), expected);
        }
    }
}
