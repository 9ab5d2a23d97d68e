//! Policies of a mesh, from its words to lines of `calls:`.
//!
//! Where the mesh fills in a default that the file does not state, its documented one is taken.
//!
//! Source: Istio, `VirtualService` and `DestinationRule`; Envoy, "Router", `x-envoy-retry-on`.

use std::collections::BTreeSet;

use foreshadow_telemetry::{OutlierEjection, Policy, Retries};

use super::{Note, stated};
use crate::write::{duration, percent};

/// Retries that the language takes.
const MOST_RETRIES: u32 = 1000;
/// Envoy's wait before a retry.
const BACKOFF: &str = "{base: 25ms, factor: 2, cap: 250ms, jitter: full}";
/// Istio's defaults of outlier detection.
const EJECTION_NS: u64 = 30_000_000_000;
const MAX_EJECTED: f64 = 0.1;

/// The lines under a callee's name.
pub(super) fn lines(policy: &Policy) -> Vec<String> {
    let mut lines = Vec::new();
    let per_try = policy.retries.as_ref().and_then(|retries| {
        let of_try = retries.value.per_try_ns.filter(|_| retries.value.attempts > 0);
        Some((of_try?, &retries.origin))
    });
    let whole = policy.timeout_ns.as_ref().map(|it| (it.value, &it.origin));
    // In the language it is of one attempt; without its own, one may take as long as all.
    if let Some((ns, origin)) = per_try.or(whole).filter(|(ns, _)| *ns > 0) {
        lines.push(format!("timeout: {}", stated(&duration(ns as f64), origin)));
    }
    if let Some(retries) = policy.retries.as_ref().filter(|it| is_sound(&it.value)) {
        let on: Vec<&str> = outcomes(&retries.value).into_iter().collect();
        let words = format!(
            "{{max: {}, on: [{}], backoff: {BACKOFF}}}",
            retries.value.attempts,
            on.join(", ")
        );
        lines.push(format!("retries: {}", stated(&words, &retries.origin)));
    }
    if let Some(pool) = policy.max_connections.as_ref().filter(|it| it.value > 0) {
        lines.push(format!("pool: {}", stated(&pool.value.to_string(), &pool.origin)));
    }
    if let Some(outliers) = policy.outliers.as_ref().filter(|it| it.value.consecutive_failures > 0)
    {
        lines.push(format!(
            "outlier_ejection: {}",
            stated(&ejection(&outliers.value), &outliers.origin)
        ));
    }
    if let Some(balance) = &policy.balance
        && let Some(word) = balancing(&balance.value)
    {
        lines.push(format!("balance: {}", stated(word, &balance.origin)));
    }
    lines
}

fn is_sound(retries: &Retries) -> bool {
    (1..=MOST_RETRIES).contains(&retries.attempts) && !outcomes(retries).is_empty()
}

fn ejection(rules: &OutlierEjection) -> String {
    let base = rules.base_ns.filter(|ns| *ns > 0).unwrap_or(EJECTION_NS);
    let share = rules.max_ejected_share.filter(|share| (0.0..=1.0).contains(share));
    format!(
        "{{consecutive_failures: {}, base: {}, max_ejected: {}}}",
        rules.consecutive_failures,
        duration(base as f64),
        percent(share.unwrap_or(MAX_EJECTED), 4)
    )
}

/// Outcomes of the language that the mesh's words stand for; Istio's own where there are none.
fn outcomes(retries: &Retries) -> BTreeSet<&'static str> {
    const DEFAULT: [&str; 4] = ["connect-failure", "refused-stream", "unavailable", "cancelled"];
    let words: Vec<&str> = match retries.on.as_slice() {
        [] => DEFAULT.to_vec(),
        words => words.iter().map(String::as_str).collect(),
    };
    let of = |word: &str| -> &'static [&'static str] {
        match word {
            "5xx" | "internal" | "gateway-error" | "reset" | "503" => {
                &["timeout", "failed", "rejected"]
            }
            "connect-failure" | "reset-before-request" => &["failed"],
            "refused-stream" | "resource-exhausted" | "envoy-ratelimited" => &["rejected"],
            "unavailable" => &["failed", "rejected"],
            "deadline-exceeded" => &["timeout"],
            _ => &[],
        }
    };
    words.into_iter().flat_map(of).copied().collect()
}

/// Envoy's least-request picks the better of two.
fn balancing(word: &str) -> Option<&'static str> {
    match word {
        "ROUND_ROBIN" => Some("round_robin"),
        "RANDOM" => Some("random"),
        "LEAST_REQUEST" | "LEAST_CONN" => Some("power_of_two"),
        _ => None,
    }
}

/// What the language cannot say of `policy`, one line each.
pub(super) fn left_out(name: &str, policy: &Policy) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |what: String, origin: &foreshadow_telemetry::Origin| {
        notes.push(Note::new(name, format!("{what} ({origin})")));
    };
    if let (Some(whole), Some(retries)) = (&policy.timeout_ns, &policy.retries) {
        let limit = duration(whole.value as f64);
        note(format!("limit of {limit} over all attempts is not simulated"), &whole.origin);
        if !is_sound(&retries.value) && retries.value.attempts > 0 {
            note(String::from("retries on outcomes that the language lacks"), &retries.origin);
        }
    }
    for (what, fact) in [
        ("limit of waiting requests", &policy.max_pending),
        ("limit of requests at once", &policy.max_requests),
        ("requests per connection", &policy.requests_per_connection),
    ] {
        if let Some(fact) = fact {
            note(format!("{what} ({}) is not simulated", fact.value), &fact.origin);
        }
    }
    if let Some(limit) = &policy.connect_timeout_ns {
        let time = duration(limit.value as f64);
        note(format!("limit of {time} on connecting is not simulated"), &limit.origin);
    }
    if let Some(balance) = policy.balance.as_ref().filter(|it| balancing(&it.value).is_none()) {
        note(format!("balancing by {} is not simulated", balance.value), &balance.origin);
    }
    notes
}
