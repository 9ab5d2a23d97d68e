//! Levels: the five shades in which parts of a graph and cells of a heat map say how much.

use maud::{Markup, html};

/// How much, from nothing to worry about to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(u8);

/// The bounds between levels and what each level is called.
#[derive(Debug)]
pub(super) struct Scale {
    pub(super) bounds: [f64; 4],
    pub(super) names: [&'static str; 5],
    /// What has no level.
    pub(super) none: &'static str,
}

/// Levels of utilization: queues grow with 1/(1 − ρ), so shades stand closer towards 1.
pub(super) const UTILIZATION: Scale = Scale {
    bounds: [0.5, 0.7, 0.85, 0.95],
    names: ["under 50 %", "50–70 %", "70–85 %", "85–95 %", "95 % and more"],
    none: "no limit",
};

/// Levels of requests harmed, around the bounds of severities.
pub(super) const HARM: Scale = Scale {
    bounds: [0.001, 0.01, 0.1, 0.5],
    names: ["under 0.1 %", "0.1–1 %", "1–10 %", "10–50 %", "50 % and more"],
    none: "none, or not tried",
};

/// Levels of how often something is degraded.
pub(super) const SPREAD: Scale = Scale {
    bounds: [0.05, 0.25, 0.5, 0.95],
    names: ["under 5 %", "5–25 %", "25–50 %", "50–95 %", "95 % and more"],
    none: "not degraded",
};

impl Scale {
    /// The level of a value.
    pub(super) fn level(&self, value: f64) -> Level {
        Level(self.bounds.iter().filter(|bound| value >= **bound).count() as u8)
    }

    /// What the shades mean, as items of a list.
    pub(super) fn legend(&self) -> Markup {
        let key = |class: &str| {
            html! { svg width="16" height="12" aria-hidden="true" { rect class=(class) x="0.5" y="0.5" width="15" height="11" rx="2" {} } }
        };
        html! {
            @for (index, name) in self.names.iter().enumerate() {
                li { (key(class(Some(Level(index as u8))))) (name) }
            }
            li { (key(class(None))) (self.none) }
        }
    }
}

/// The class of what has this level, or none.
pub(super) const fn class(level: Option<Level>) -> &'static str {
    match level {
        None => "none",
        Some(Level(0)) => "l0",
        Some(Level(1)) => "l1",
        Some(Level(2)) => "l2",
        Some(Level(3)) => "l3",
        Some(Level(_)) => "l4",
    }
}
