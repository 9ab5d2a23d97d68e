//! How much of its limit an objective uses: a bar against a line, drawn without a script.

use foreshadow_scenarios::report::ObjectiveReport;
use maud::{Markup, html};

use super::super::page::{Tone, tone};

/// Width and height of the picture; the limit stands at two thirds \[px\].
const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 16.0;
const LIMIT: f64 = 100.0;

/// The gauge of an objective. What must be at least its limit, a share of successes, is turned into the
/// share of failures that is allowed.
pub(super) fn gauge(objective: &ObjectiveReport) -> Markup {
    let used = |value: Option<f64>| value.map(|value| share_used(objective, value));
    let estimate = &objective.estimate;
    let (value, ends) = (used(estimate.value), [used(estimate.low), used(estimate.high)]);
    // No such latency, because so many are not ok: beyond any limit.
    let is_beyond =
        estimate.value.is_none() && objective.share_over.is_some_and(|s| s.value > Some(0.0));
    let Some(value) = value.or(is_beyond.then_some(f64::INFINITY)) else {
        return html! { span .interval { "–" } };
    };
    let at = |share: f64| (share * LIMIT).clamp(0.0, WIDTH);
    let px = |value: f64| format!("{value:.1}");
    let label = if value.is_finite() {
        format!("{:.0} % of what is allowed", value * 100.0)
    } else {
        String::from("beyond what is allowed")
    };
    let (_, tone) = tone(objective.verdict);
    html! {
        svg .gauge viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            rect .room x="0.5" y="3.5" width=(WIDTH - 1.0) height="9" {}
            rect class=(shade(tone)) x="0.5" y="3.5" width=(px(at(value))) height="9" {}
            @if let [Some(a), Some(b)] = ends {
                path .span d=(format!("M{} 8H{}", px(at(a.min(b))), px(at(a.max(b))))) {}
            }
            path .limit d=(format!("M{LIMIT} 0V{HEIGHT}")) {}
        }
    }
}

/// What holds is nothing to look at; only what does not has a colour.
const fn shade(tone: Tone) -> &'static str {
    match tone {
        Tone::Good | Tone::Plain => "used",
        Tone::Bad => "used bad",
        Tone::Doubtful => "used doubtful",
    }
}

fn share_used(objective: &ObjectiveReport, value: f64) -> f64 {
    if objective.measure == "success_rate" {
        (1.0 - value) / (1.0 - objective.limit)
    } else {
        value / objective.limit
    }
}
