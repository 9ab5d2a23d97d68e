//! Which share of all traces was recorded, as far as spans say so.
//!
//! - OpenTelemetry: the rejection threshold of the sampler in the trace state, `ot=th:e6` (the share is
//!   1 − T / 2⁵⁶, with T in hexadecimal and filled up with zeros to fourteen digits), and before that the
//!   exponent `ot=p:3` (2⁻³).
//! - Jaeger: `sampler.type` and `sampler.param` of the first span of a trace. A rate limit is no share.
//!
//! Source: OpenTelemetry, "Probability sampling in the trace state".

/// Spans that say that such a share of the traces was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// The share, in millionths.
    pub share_ppm: u32,
    /// Spans that say so.
    pub spans: u64,
}

impl Sampling {
    /// The share, from 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.share_ppm) * 1e-6
    }
}

/// Different shares that are told apart; more are not counted.
const MOST: usize = 32;

/// Counts one span that states a share; what is no share is passed over.
pub(crate) fn count(all: &mut Vec<Sampling>, share: f64) {
    if !(share > 0.0 && share <= 1.0) {
        return;
    }
    let share_ppm = ((share * 1e6).round() as u32).max(1);
    if let Some(known) = all.iter_mut().find(|known| known.share_ppm == share_ppm) {
        known.spans += 1;
    } else if all.len() < MOST {
        all.push(Sampling { share_ppm, spans: 1 });
    }
}

/// The share that a trace state says; none where it says nothing of sampling.
pub(crate) fn of_trace_state(text: &str) -> Option<f64> {
    let member = text.split(',').find_map(|member| member.trim().strip_prefix("ot="))?;
    let field = |name: &str| {
        member.split(';').find_map(|field| field.strip_prefix(name)?.strip_prefix(':'))
    };
    if let Some(threshold) = field("th") {
        let is_threshold = (1..=14).contains(&threshold.len());
        let number = u64::from_str_radix(threshold, 16).ok().filter(|_| is_threshold)?;
        let rejected = number << (4 * (14 - threshold.len()));
        return Some(1.0 - rejected as f64 / (1_u64 << 56) as f64);
    }
    let exponent = field("p")?.parse::<i32>().ok().filter(|p| (0..=62).contains(p))?;
    Some(0.5_f64.powi(exponent))
}

/// The share that Jaeger's sampler says; none where it is no share.
pub(crate) fn of_sampler(kind: &str, parameter: &str) -> Option<f64> {
    match kind {
        "probabilistic" | "traceidratio" => parameter.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_states_say_the_share() {
        for (text, expected) in [
            ("ot=th:0", Some(1.0)),
            ("ot=th:8", Some(0.5)),
            ("rojo=00f067aa0ba902b7,ot=rv:9b8233f7e3a151;th:e", Some(0.125)),
            ("ot=p:3;r:5", Some(0.125)),
            ("ot=th:", None),
            ("ot=th:e66666666666666", None),
            ("congo=th:8", None),
            ("", None),
        ] {
            assert_eq!(of_trace_state(text), expected, "{text}");
        }
        let tenth = of_trace_state("ot=th:e6666666666668").unwrap();
        assert!((tenth - 0.1).abs() < 1e-9, "{tenth}");
        assert_eq!(of_sampler("probabilistic", "0.001"), Some(0.001));
        assert_eq!(of_sampler("ratelimiting", "2.0"), None);
    }

    #[test]
    fn shares_are_counted() {
        let mut all = Vec::new();
        for share in [0.1, 0.1, 1.0, 0.0, 7.0] {
            count(&mut all, share);
        }
        assert_eq!(
            all.iter().map(|it| (it.share_ppm, it.spans)).collect::<Vec<_>>(),
            [(100_000, 2), (1_000_000, 1)]
        );
    }
}
