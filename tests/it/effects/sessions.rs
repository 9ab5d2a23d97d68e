//! What each key of the sessions of a load file does, seen in the plan of a scenario with them.

use foreshadow_sim::Plan;
use foreshadow_sim::plan::{Arrivals, Load, Walk};

use super::learned::{Effect::Goes, Effect::Refused, Effect::Stays, Files, Row, row};

pub(super) const FILES: Files = Files {
    scenario: "\
foreshadow: scenario/v1
name: b
twin: t.yaml
load: {learned: {file: l.yaml, at: '2026-11-01T01:00:00Z', as: sessions}}
run: {horizon: 30m}
",
    load: "\
foreshadow: load/v1
name: shop
bin: 1h
history: {start: 2026-11-01T00:00:00Z, per_s: [30, 30, 30, 30]}
mix:
  - endpoint: web.home
    operation: GET /
    share: 60%
    request_bytes: {mean: 9, p50: 8, p95: 10, p99: 11}
  - {endpoint: web.cart, share: 40%}
sessions:
  seen: 100
  requests: {mean: 2.1, low: 2, high: 2.2}
  gap: 30m
  from: answer
  held_out: {lengths: 7%, pairs: 35%, noise: {lengths: 3%, pairs: 20%}, reliable: false}
  start: [{to: GET /, share: 75%}, {to: web.cart, share: 25%}]
  think: 10s
  after:
    - {endpoint: web.home, leaves: 50%, next: [{to: web.cart, share: 50%}]}
    - {endpoint: web.cart, think: 3s, leaves: 100%}
  bursts:
    step: 1s
    wavers: [{over: 7s, shared: 0.1}]
",
};

fn walk(plan: &Plan) -> Option<&Walk> {
    match &plan.loads[0] {
        Load::Sessions { walk, .. } => walk.as_deref(),
        _ => None,
    }
}

fn at_home(plan: &Plan) -> f64 {
    walk(plan).map_or(0.0, |walk| walk.start[0])
}

fn thinks_at_home(plan: &Plan) -> f64 {
    walk(plan).map_or(0.0, |walk| walk.think[0].mean() * 1e-9)
}

fn home_again(plan: &Plan) -> f64 {
    walk(plan).map_or(0.0, |walk| walk.next[0][0])
}

fn remembers(plan: &Plan) -> f64 {
    match &plan.loads[0] {
        Load::Sessions { arrivals: Arrivals::Bursty(_, bursts), .. } => {
            bursts.wavers[0].over.as_secs_f64()
        }
        _ => 0.0,
    }
}

pub(super) const ROWS: &[Row] = &[
    row(
        "Load.as, LearnedForm=requests, LearnedForm=sessions",
        "as: sessions",
        "as: requests",
        Goes(|p| p.loads.len() as f64, 1.0, 2.0),
    ),
    row("Load.as", "as: sessions", "as: people", Refused("unknown name `people`")),
    row("MixEntry.request_bytes, Sizes.mean", "mean: 9", "mean: 8", Stays),
    row("Sizes.p50", "p50: 8", "p50: 7", Stays),
    row("Sizes.p95", "p95: 10", "p95: 9", Stays),
    row("Sizes.p99", "p99: 11", "p99: 12", Stays),
    row("load.sessions, LoadSessions.seen", "seen: 100", "seen: 200", Stays),
    row("LoadSessions.requests, MeanRequests.mean", "mean: 2.1", "mean: 2.15", Stays),
    row("MeanRequests.low", "low: 2,", "low: 1,", Stays),
    row("MeanRequests.high", "high: 2.2", "high: 3", Stays),
    row("LoadSessions.gap", "gap: 30m", "gap: 1h", Stays),
    row(
        "LoadSessions.from, PauseFrom=answer, PauseFrom=request",
        "from: answer",
        "from: request",
        Stays,
    ),
    row("LoadSessions.held_out, HeldOut.lengths", "lengths: 7%", "lengths: 8%", Stays),
    row("HeldOut.pairs", "pairs: 35%", "pairs: 36%", Stays),
    row("HeldOut.noise, Noise.lengths", "lengths: 3%", "lengths: 4%", Stays),
    row("Noise.pairs", "pairs: 20%", "pairs: 21%", Stays),
    row("HeldOut.reliable", "reliable: false", "reliable: true", Stays),
    row(
        "LoadSessions.start, NextRequest.to",
        "{to: GET /, share: 75%}, {to: web.cart, share: 25%}",
        "{to: web.cart, share: 75%}, {to: GET /, share: 25%}",
        Goes(at_home, 0.75, 0.25),
    ),
    row("NextRequest.to", "to: GET /,", "to: GET /x,", Refused("`GET /x` is no entry of the mix")),
    row("NextRequest.share", "share: 25%}]", "share: 35%}]", Refused("add up to 110.0000 %")),
    row("LoadSessions.think", "think: 10s", "think: 20s", Goes(thinks_at_home, 10.0, 20.0)),
    row(
        "LoadSessions.after, AfterRequest.next",
        "next: [{to: web.cart, share: 50%}]",
        "next: [{to: web.home, share: 50%}]",
        Goes(home_again, 0.0, 0.5),
    ),
    row(
        "AfterRequest.endpoint",
        "endpoint: web.home, leaves",
        "endpoint: web.cart, leaves",
        Refused("what follows `web.cart` is said twice"),
    ),
    row(
        "AfterRequest.think",
        "endpoint: web.home, leaves",
        "endpoint: web.home, think: 5s, leaves",
        Goes(thinks_at_home, 10.0, 5.0),
    ),
    row("AfterRequest.leaves", "leaves: 50%", "leaves: 40%", Refused("add up to 90.0000 %")),
    row("LoadSessions.bursts", "over: 7s", "over: 9s", Goes(remembers, 7.0, 9.0)),
];
