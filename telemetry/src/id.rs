//! Ids of traces and spans: OpenTelemetry's 16 and 8 bytes, or a stable hash of anything else.
//!
//! Hexadecimal of up to 32 (16) digits is taken as it stands, with leading zeros or without, in
//! either case. Anything else (decimals of 20 digits, dotted ids) is hashed by FNV-1a, which is
//! the same on every machine and in every run.
//!
//! Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV Non-Cryptographic Hash
//! Algorithm", IETF draft-eastlake-fnv.

use std::{fmt, num::NonZeroU64};

/// The id of a trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(u128);

/// The id of a span, unique within its trace. Zero is no id, as in OpenTelemetry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

impl TraceId {
    /// The id with this number; zero is no id.
    #[must_use]
    pub const fn new(number: u128) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The id as a number.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }

    /// Reads an id as it stands in a file; none when it is empty or zero.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return None;
        }
        Self::new(hexadecimal(text, 32).unwrap_or_else(|| fnv_1a_128(text)))
    }

    /// Reads an id as OTLP's JSON writes it: hexadecimal, or base64 of 16 bytes.
    #[must_use]
    pub fn parse_otlp(text: &[u8]) -> Option<Self> {
        match base64::<16>(text.trim_ascii(), 32) {
            Some(bytes) => Self::new(u128::from_be_bytes(bytes)),
            None => Self::parse(text),
        }
    }
}

impl SpanId {
    /// The id with this number; zero is no id.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The id as a number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0.get()
    }

    /// An id for the client where client and server share this one; the same in every run.
    #[must_use]
    pub(crate) fn of_client(self) -> Self {
        let hash = fnv_1a_64(&[&self.number().to_be_bytes()[..], b"client"].concat());
        Self::new(hash).unwrap_or(self)
    }

    /// Reads an id as it stands in a file; none when it is empty or zero.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return None;
        }
        Self::new(hexadecimal(text, 16).map_or_else(|| fnv_1a_64(text), |number| number as u64))
    }

    /// Reads an id as OTLP's JSON writes it: hexadecimal, or base64 of 8 bytes.
    #[must_use]
    pub fn parse_otlp(text: &[u8]) -> Option<Self> {
        match base64::<8>(text.trim_ascii(), 16) {
            Some(bytes) => Self::new(u64::from_be_bytes(bytes)),
            None => Self::parse(text),
        }
    }

    /// Reads a parent's id: the words that exporters write for "none" are none too.
    #[must_use]
    pub fn parse_parent(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        let absent = ["root", "none", "null", "nil", "nan", "-", "-1"];
        if text.len() <= 4 && absent.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes())) {
            return None;
        }
        Self::parse(text)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The value of each byte as a hexadecimal digit; 0xff where it is none.
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

fn hexadecimal(text: &[u8], most_digits: usize) -> Option<u128> {
    if text.len() > most_digits {
        return None;
    }
    let mut number = 0_u128;
    // Two halves, because 64-bit shifts cost a fraction of 128-bit ones.
    for half in text.rchunks(16).rev() {
        let (mut low, mut wrong) = (0_u64, 0_u8);
        for &byte in half {
            let digit = DIGITS[byte as usize];
            wrong |= digit;
            low = low << 4 | u64::from(digit & 0xf);
        }
        if wrong > 0xf {
            return None;
        }
        number = number << 64 | u128::from(low);
    }
    Some(number)
}

/// Decodes base64 (standard or URL-safe, padded or not) of exactly `N` bytes.
///
/// Text of `hexadecimal_length` is left to the hexadecimal rule.
fn base64<const N: usize>(text: &[u8], hexadecimal_length: usize) -> Option<[u8; N]> {
    if text.len() == hexadecimal_length {
        return None;
    }
    let digits = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    if digits.len() != (N * 4).div_ceil(3) {
        return None;
    }
    let (mut bytes, mut filled) = ([0; N], 0);
    let (mut bits, mut held) = (0_u32, 0);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 && filled < N {
            held -= 8;
            bytes[filled] = (bits >> held) as u8;
            filled += 1;
        }
    }
    Some(bytes)
}

fn fnv_1a_128(text: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.iter().fold(OFFSET, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

fn fnv_1a_64(text: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    text.iter().fold(OFFSET, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_trace(text: &str, expected: Option<u128>) {
        assert_eq!(TraceId::parse(text.as_bytes()).map(TraceId::number), expected, "{text:?}");
    }

    #[track_caller]
    fn check_span(text: &str, expected: Option<u64>) {
        assert_eq!(SpanId::parse(text.as_bytes()).map(SpanId::number), expected, "{text:?}");
    }

    #[test]
    fn hexadecimal_is_taken_as_it_stands() {
        check_trace(
            "01db723f5de73f1e8954a6d76d02e140",
            Some(0x01db_723f_5de7_3f1e_8954_a6d7_6d02_e140),
        );
        check_trace("8954A6D76D02E140", Some(0x8954_a6d7_6d02_e140));
        check_trace("1c0ffee", Some(0x1c0_ffee));
        check_trace("0000000000000000000000000000000f", Some(15));
        check_span("ab872b6a0755789d", Some(0xab87_2b6a_0755_789d));
        check_span(" 0f ", Some(15));
    }

    #[test]
    fn empty_and_zero_are_no_ids() {
        for text in ["", "  ", "0", "00000000000000000000000000000000"] {
            check_trace(text, None);
        }
        check_span("0000000000000000", None);
    }

    /// The two published test vectors of FNV-1a for "foobar".
    #[test]
    fn other_ids_are_hashed_by_fnv_1a() {
        check_trace("foobar", Some(0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18));
        check_span("foobar", Some(0x8594_4171_f739_67e8));
        // Seventeen digits do not fit eight bytes, so they are hashed, not cut.
        check_span("12345678901234567", Some(fnv_1a_64(b"12345678901234567")));
    }

    #[track_caller]
    fn check_otlp(trace: &str, span: &str) {
        let (trace, span) =
            (TraceId::parse_otlp(trace.as_bytes()), SpanId::parse_otlp(span.as_bytes()));
        assert_eq!(trace.unwrap().to_string(), "3ba55609c3cde49649cd77d1f9dcd936");
        assert_eq!(span.unwrap().to_string(), "49cd77d1f9dcd936");
    }

    #[test]
    fn otlp_ids_are_hexadecimal_or_base64() {
        check_otlp("O6VWCcPN5JZJzXfR+dzZNg==", "Sc130fnc2TY=");
        check_otlp("O6VWCcPN5JZJzXfR-dzZNg", "Sc130fnc2TY");
        check_otlp("3BA55609C3CDE49649CD77D1F9DCD936", "49cd77d1f9dcd936");
    }

    #[test]
    fn words_for_no_parent_are_none() {
        for text in ["", "root", "ROOT", "0", "null", "None", "-1"] {
            assert_eq!(SpanId::parse_parent(text.as_bytes()), None, "{text:?}");
        }
        assert!(SpanId::parse_parent(b"a").is_some());
    }
}
