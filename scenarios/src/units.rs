//! Numbers with units, as people write them: `250ms`, `200/s`, `12%`, `100k`, `42.0 EUR`.

use std::time::Duration;

use foreshadow_sim::time::SimTime;

/// Nanoseconds of each unit of time, longest name first where one begins with another.
const UNITS: [(&str, u128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// What a duration looks like, for messages.
pub(crate) const DURATION: &str = "a duration such as `250ms`, `1.5s`, `10m` or `2h`";
/// What a rate looks like.
pub(crate) const RATE: &str = "a rate such as `200/s`, `90/m` or `5/h`";
/// What a share looks like.
pub(crate) const SHARE: &str = "a share from 0 to 1, such as `12%` or `0.12`";
/// What a whole number looks like.
pub(crate) const COUNT: &str = "a whole number such as `4`, `100k` or `1M`";

/// Reads a duration, exactly; several parts add up (`1m30s`).
///
/// # Errors
/// In words, what was expected and what was found.
pub fn duration(text: &str) -> Result<Duration, String> {
    let nanos = u64::try_from(nanoseconds(text)?).ok();
    let nanos = nanos.filter(|&nanos| nanos <= SimTime::MAX.as_nanos());
    let text = text.trim();
    let nanos = nanos.ok_or_else(|| format!("expected at most 416 days, found `{text}`"))?;
    Ok(Duration::from_nanos(nanos))
}

/// Reads a time that is longer than any run: up to a thousand years.
pub(crate) fn period(text: &str) -> Result<Duration, String> {
    const MOST_S: u128 = 365_250 * 86_400;
    let nanos = nanoseconds(text)?;
    let seconds = u64::try_from(nanos / 1_000_000_000).ok();
    let seconds = seconds.filter(|&seconds| u128::from(seconds) <= MOST_S);
    let text = text.trim();
    let seconds = seconds.ok_or_else(|| format!("expected at most 365250 days, found `{text}`"))?;
    Ok(Duration::new(seconds, (nanos % 1_000_000_000) as u32))
}

/// Reads a duration of whatever length \[ns\].
fn nanoseconds(text: &str) -> Result<u128, String> {
    let text = text.trim();
    let wrong = || format!("expected {DURATION}, found `{text}`");
    if text.starts_with('-') {
        return Err(format!("expected a duration of at least 0, found `{text}`"));
    }
    if text.parse::<f64>().is_ok() {
        return Err(format!(
            "expected a duration with its unit, found `{text}`: write `{text}ms`, `{text}s` or `{text}m`"
        ));
    }
    let mut nanos: u128 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let tail = tail.trim_start();
        let length = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(length);
        let unit = unit.trim();
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        nanos = scaled(number, *scale).and_then(|n| nanos.checked_add(n)).ok_or_else(wrong)?;
        rest = next;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(nanos) }
}

/// Writes a duration in the largest unit that divides it.
pub(crate) fn show(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let units: [(&str, u128); 6] = [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let whole = units.iter().find(|(_, scale)| nanos > 0 && nanos.is_multiple_of(*scale));
    whole.map_or_else(|| String::from("0s"), |(unit, scale)| format!("{}{unit}", nanos / scale))
}

/// `number` · `scale`, rounded to a whole number; `None` when it is no plain decimal.
fn scaled(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() > 18 || fraction.len() > 18 || whole.len() + fraction.len() == 0 {
        return None;
    }
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let unit = 10u128.pow(fraction.len() as u32);
    // At most 36 digits of number times 14 of scale could overflow.
    Some(digits.checked_mul(scale)?.checked_add(unit / 2)? / unit)
}

/// Reads a rate as a number a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let wrong = || format!("expected {RATE}, found `{text}`");
    if text.parse::<f64>().is_ok() {
        return Err(format!(
            "expected a rate with its unit, found `{text}`: write `{text}/s`, `{text}/m` or `{text}/h`"
        ));
    }
    let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
    let number = number.trim();
    if number.starts_with('-') {
        return Err(format!("expected a rate of at least 0, found `{text}`"));
    }
    let number = match count(number) {
        Ok(count) => count as f64,
        Err(_) => plain(number).ok_or_else(wrong)?,
    };
    let per_s = match unit.trim() {
        "s" => number,
        "m" | "min" => number / 60.0,
        "h" => number / 3_600.0,
        "d" => number / 86_400.0,
        _ => return Err(wrong()),
    };
    // Time is whole nanoseconds; what comes every few of them has no order any more.
    if per_s > MAX_RATE_PER_S {
        return Err(format!("expected a rate of at most 10M/s, found `{text}`"));
    }
    Ok(per_s)
}

/// The highest rate that can be written.
pub(crate) const MAX_RATE_PER_S: f64 = 1e7;

/// Reads a share of one, `12%` or `0.12`.
///
/// # Errors
/// What was expected instead.
pub fn share(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let wrong = || format!("expected {SHARE}, found `{text}`");
    let value = match text.strip_suffix('%') {
        Some(percent) => percentage(percent.trim()).ok_or_else(wrong)?,
        None => text.parse::<f64>().map_err(|_| wrong())?,
    };
    in_unit(value).map_err(|()| wrong())
}

/// A hundredth of a decimal, correctly rounded: 99.9 % and 0.999 are the same number.
fn percentage(text: &str) -> Option<f64> {
    plain(text)?;
    format!("{text}e-2").parse().ok()
}

/// A share that was written as a number.
pub(crate) fn in_unit(value: f64) -> Result<f64, ()> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(()) }
}

/// Reads a whole number with an optional `k`, `M` or `G`.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let wrong = || format!("expected {COUNT}, found `{text}`");
    let scales: [(char, u128); 3] = [('k', 1_000), ('M', 1_000_000), ('G', 1_000_000_000)];
    let scale = scales.iter().find(|(suffix, _)| text.ends_with(*suffix));
    let (number, scale) = match scale {
        Some((suffix, scale)) => (text.strip_suffix(*suffix).unwrap_or(text).trim_end(), *scale),
        None => (text, 1),
    };
    let decimal = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let exact = scaled(number, scale * 1_000).filter(|n| decimal && n % 1_000 == 0);
    u64::try_from(exact.ok_or_else(wrong)? / 1_000).map_err(|_| wrong())
}

/// An unsigned decimal without exponent.
fn plain(text: &str) -> Option<f64> {
    let decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.parse().ok().filter(|_| decimal)
}

/// Reads an amount with an optional unit behind it: `42.0 EUR`.
pub(crate) fn amount(text: &str) -> Result<(f64, Option<String>), String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim();
    match plain(number) {
        Some(value) => Ok((value, (!unit.is_empty()).then(|| unit.to_owned()))),
        None => Err(format!("expected an amount such as `42.0 EUR` or `1`, found `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T, E>(read: Result<T, String>, expected: E)
    where
        T: PartialEq + std::fmt::Debug,
        E: Into<Option<T>>,
    {
        assert_eq!(read.ok(), expected.into());
    }

    #[test]
    fn durations_are_exact_and_need_a_unit() {
        check(duration("250ms"), Some(Duration::from_millis(250)));
        check(duration("0.2ms"), Some(Duration::from_micros(200)));
        check(duration("1m30s"), Some(Duration::from_secs(90)));
        check(duration("5us"), Some(Duration::from_micros(5)));
        check(duration("1.5 s"), Some(Duration::from_millis(1500)));
        check(duration("2h"), Some(Duration::from_hours(2)));
        check(duration("0s"), Some(Duration::ZERO));
        for wrong in ["", "5", "-5s", "5 parsecs", "s", "1..5s", "inf", "NaN", "500d", "1e3s"] {
            check(duration(wrong), None);
        }
    }

    #[test]
    fn durations_are_shown_as_they_are_written() {
        for text in ["90s", "10m", "2h", "1500us", "0s"] {
            assert_eq!(show(duration(text).unwrap()), text);
        }
    }

    #[test]
    fn rates_shares_counts_and_amounts() {
        check(rate("200/s"), Some(200.0));
        check(rate("90/m"), Some(1.5));
        check(rate("1.5k/s"), Some(1500.0));
        for wrong in ["200", "-1/s", "x/s", "1/parsec", "inf/s", "/s"] {
            check(rate(wrong), None);
        }
        check(share("12%"), Some(0.12));
        check(share("99.9%"), Some(0.999));
        check(share("0.5"), Some(0.5));
        for wrong in ["101%", "-1%", "1.5", "NaN", "x"] {
            check(share(wrong), None);
        }
        check(count("100k"), Some(100_000));
        check(count("1.5M"), Some(1_500_000));
        for wrong in ["1.5", "-1", "k", "", "1kk", "99999999999999999999"] {
            check(count(wrong), None);
        }
        check(amount("42.0 EUR"), Some((42.0, Some(String::from("EUR")))));
        check(amount("EUR"), None);
    }
}
