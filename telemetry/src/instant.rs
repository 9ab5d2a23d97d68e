//! Times as files write them: ISO 8601, or a count of seconds, milli-, micro- or nanoseconds.

use crate::quality::Defect;

/// The unit of a count of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// 10⁻⁹ s.
    Nanoseconds,
    /// 10⁻⁶ s.
    Microseconds,
    /// 10⁻³ s.
    Milliseconds,
    /// 1 s.
    Seconds,
}

impl TimeUnit {
    /// All units, shortest first.
    pub const ALL: [Self; 4] =
        [Self::Nanoseconds, Self::Microseconds, Self::Milliseconds, Self::Seconds];

    /// Nanoseconds in one of this unit.
    #[must_use]
    pub const fn ns(self) -> u64 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }

    /// The unit of a count since the Unix epoch, by its magnitude.
    ///
    /// Right for every instant from 1973 to 5138, whose counts in different units never meet.
    #[must_use]
    pub const fn of_epoch_count(count: u64) -> Self {
        match count {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Milliseconds,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }
}

/// An instant, and how finely it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Nanoseconds since the Unix epoch.
    pub(crate) ns: u64,
    /// The value of its last digit, in nanoseconds.
    pub(crate) grain_ns: u64,
}

/// Reads an instant; `unit` is that of plain numbers, deduced by magnitude if not given.
pub(crate) fn parse_instant(text: &[u8], unit: Option<TimeUnit>) -> Result<Instant, Defect> {
    let text = text.trim_ascii();
    if let Some(count) = digits(text) {
        let unit = unit.unwrap_or_else(|| TimeUnit::of_epoch_count(count));
        let ns = count.checked_mul(unit.ns()).ok_or(Defect::Time)?;
        return Ok(Instant { ns, grain_ns: unit.ns() });
    }
    if let Some((whole, fraction)) = decimal(text) {
        let unit = unit.unwrap_or_else(|| TimeUnit::of_epoch_count(whole));
        let ns = scale(whole, fraction, unit).ok_or(Defect::Time)?;
        return Ok(Instant { ns, grain_ns: grain(unit, fraction.len()) });
    }
    parse_iso(text).ok_or(Defect::Time)
}

/// Reads a length of time in `unit`, or in the unit that the text itself ends in (`12.5ms`).
pub(crate) fn parse_duration(text: &[u8], unit: TimeUnit) -> Result<u64, Defect> {
    let text = text.trim_ascii();
    if let Some(count) = digits(text) {
        return count.checked_mul(unit.ns()).ok_or(Defect::Duration);
    }
    if text.starts_with(b"-") {
        return Err(Defect::Duration);
    }
    let (text, unit) = split_unit(text).unwrap_or((text, unit));
    let (whole, fraction) = digits(text)
        .map(|whole| (whole, &b""[..]))
        .or_else(|| decimal(text))
        .ok_or(Defect::Time)?;
    scale(whole, fraction, unit).ok_or(Defect::Duration)
}

/// A whole number of up to 19 digits.
pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut number = 0_u64;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// The whole part and the digits after the point.
fn decimal(text: &[u8]) -> Option<(u64, &[u8])> {
    let point = text.iter().position(|&byte| byte == b'.')?;
    let (whole, fraction) = (digits(&text[..point])?, &text[point + 1..]);
    fraction.iter().all(u8::is_ascii_digit).then_some((whole, fraction))
}

fn scale(whole: u64, fraction: &[u8], unit: TimeUnit) -> Option<u64> {
    let mut ns = u128::from(whole) * u128::from(unit.ns());
    let mut place = unit.ns() / 10;
    for digit in fraction {
        if place == 0 {
            break;
        }
        ns += u128::from(place) * u128::from(digit - b'0');
        place /= 10;
    }
    u64::try_from(ns).ok()
}

fn grain(unit: TimeUnit, fraction_digits: usize) -> u64 {
    let shrink = u32::try_from(fraction_digits).ok().and_then(|digits| 10_u64.checked_pow(digits));
    (unit.ns() / shrink.unwrap_or(u64::MAX)).max(1)
}

fn split_unit(text: &[u8]) -> Option<(&[u8], TimeUnit)> {
    let suffixes: [(&[u8], TimeUnit); 5] = [
        (b"ns", TimeUnit::Nanoseconds),
        (b"us", TimeUnit::Microseconds),
        ("µs".as_bytes(), TimeUnit::Microseconds),
        (b"ms", TimeUnit::Milliseconds),
        (b"s", TimeUnit::Seconds),
    ];
    suffixes
        .iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(*suffix)?.trim_ascii_end(), *unit)))
}

/// ISO 8601 with an offset, or without one: then it is UTC.
fn parse_iso(text: &[u8]) -> Option<Instant> {
    let text = std::str::from_utf8(text).ok()?;
    // An instant has a date; jiff's parsers need not see what is certainly none.
    if text.len() < 10 || !text.as_bytes()[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    let fraction = text.split_once(['.', ',']).map_or("", |(_, rest)| rest);
    let places = fraction.bytes().take_while(u8::is_ascii_digit).count();
    Some(Instant {
        ns: u64::try_from(timestamp.as_nanosecond()).ok()?,
        grain_ns: grain(TimeUnit::Seconds, places),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, unit: Option<TimeUnit>, expected: Result<(u64, u64), Defect>) {
        let read = parse_instant(text.as_bytes(), unit);
        assert_eq!(read.map(|instant| (instant.ns, instant.grain_ns)), expected, "{text:?}");
    }

    #[test]
    fn counts_are_told_apart_by_magnitude() {
        check("1661273974", None, Ok((1_661_273_974_000_000_000, 1_000_000_000)));
        check("1661273974730", None, Ok((1_661_273_974_730_000_000, 1_000_000)));
        check("1661273974730641", None, Ok((1_661_273_974_730_641_000, 1_000)));
        check("1661273974730641486", None, Ok((1_661_273_974_730_641_486, 1)));
        check("1661273974.730641", None, Ok((1_661_273_974_730_641_000, 1_000)));
        check("1661273974730.5", None, Ok((1_661_273_974_730_500_000, 100_000)));
        check("1661273974730641486.25", None, Ok((1_661_273_974_730_641_486, 1)));
    }

    #[test]
    fn a_given_unit_wins_over_magnitude() {
        check("1500", Some(TimeUnit::Microseconds), Ok((1_500_000, 1_000)));
        check("0.25", Some(TimeUnit::Seconds), Ok((250_000_000, 10_000_000)));
    }

    #[test]
    fn iso_8601_is_read_with_and_without_an_offset() {
        let ns = 1_661_273_974_730_000_000;
        check("2022-08-23T16:59:34.730Z", None, Ok((ns, 1_000_000)));
        check("2022-08-23T18:59:34.730000+02:00", None, Ok((ns, 1_000)));
        check("2022-08-23 16:59:34.730", None, Ok((ns, 1_000_000)));
        check("2022-08-23 16:59:34", None, Ok((ns - 730_000_000, 1_000_000_000)));
    }

    #[test]
    fn what_is_no_instant_is_a_defect() {
        let texts = [
            "",
            "abc",
            "-5",
            "1.6E18",
            "2022-13-01T00:00:00Z",
            "1901-01-01T00:00:00Z",
            "99999999999999999999",
        ];
        for text in texts {
            check(text, None, Err(Defect::Time));
        }
        check("9999999999999", Some(TimeUnit::Seconds), Err(Defect::Time));
    }

    #[track_caller]
    fn check_duration(text: &str, expected: Result<u64, Defect>) {
        assert_eq!(parse_duration(text.as_bytes(), TimeUnit::Microseconds), expected, "{text:?}");
    }

    #[test]
    fn durations_are_in_their_column_s_unit_or_their_own() {
        check_duration("684553", Ok(684_553_000));
        check_duration("0.5", Ok(500));
        check_duration("12.5ms", Ok(12_500_000));
        check_duration("3 s", Ok(3_000_000_000));
        check_duration("7µs", Ok(7_000));
        check_duration("-1", Err(Defect::Duration));
        check_duration("fast", Err(Defect::Time));
        check_duration("9999999999999999999", Err(Defect::Duration));
    }
}
