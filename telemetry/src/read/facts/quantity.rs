//! Quantities as manifests write them: `250m` cores, `1.5Gi` bytes, `1m30s`.
//!
//! Source: Kubernetes, "Quantity" (`k8s.io/apimachinery/pkg/api/resource`); the Compose
//! specification, "Units"; Go, `time.ParseDuration`.

/// Cores: `2`, `0.5`, `250m`.
pub(super) fn cores(text: &str) -> Option<f64> {
    scaled(text, &[("m", 1e-3), ("u", 1e-6), ("n", 1e-9), ("k", 1e3), ("", 1.0)])
}

/// Bytes: `64Mi`, `128M`, `1.5Gi`, `512m` (of Kubernetes: thousandths).
pub(super) fn bytes(text: &str) -> Option<u64> {
    let units = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("m", 1e-3),
        ("", 1.0),
    ];
    whole(scaled(text, &units)?)
}

/// Bytes as Compose writes them: `300M`, `2gb`, `50kib`; all powers of 1024.
pub(super) fn compose_bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_suffix('b').unwrap_or(&text);
    let text = text.strip_suffix('i').unwrap_or(text);
    let units = [
        ("k", 1024.0),
        ("m", 1_048_576.0),
        ("g", 1_073_741_824.0),
        ("t", 1_099_511_627_776.0),
        ("", 1.0),
    ];
    whole(scaled(text, &units)?)
}

/// A length of time in nanoseconds: `1m30s`, `250ms`, or a bare number of seconds.
pub(super) fn duration_ns(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse::<f64>() {
        return whole(seconds * 1e9);
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let units = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 6e10),
            ("h", 3.6e12),
            ("d", 8.64e13),
        ];
        let (unit, scale) = units.into_iter().find(|(unit, _)| rest[end..].starts_with(unit))?;
        total += number * scale;
        rest = &rest[end + unit.len()..];
    }
    if text.trim().is_empty() { None } else { whole(total) }
}

fn scaled(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    units.iter().find_map(|(unit, scale)| {
        let number: f64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number * scale)
    })
}

fn whole(number: f64) -> Option<u64> {
    (0.0..1.8e19).contains(&number).then(|| number.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_in_all_their_units() {
        let of = |text: &str| (cores(text), bytes(text));
        assert_eq!(of("250m"), (Some(0.25), Some(0)));
        assert_eq!(of("2"), (Some(2.0), Some(2)));
        assert_eq!(bytes("1.5Gi"), Some(1_610_612_736));
        assert_eq!(bytes("128M"), Some(128_000_000));
        assert_eq!((cores("-1"), cores("lots"), bytes("")), (None, None, None));
        assert_eq!(compose_bytes("300M"), Some(314_572_800));
        assert_eq!(compose_bytes("2gb"), compose_bytes("2GiB"));
        assert_eq!(duration_ns("1m30s"), Some(90_000_000_000));
        assert_eq!(duration_ns("0.5s"), Some(500_000_000));
        assert_eq!((duration_ns("5"), duration_ns("soon")), (Some(5_000_000_000), None));
    }
}
