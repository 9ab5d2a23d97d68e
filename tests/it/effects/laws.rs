//! Distributions, and the forms in which single values are written.
//!
//! Where nobody waits, a request takes as long as its work: its mean and quantiles are the law's.

use super::measures::{
    ASSUMPTION, GOODPUT, MEAN, OFFERED, P50, P90, REPLICAS, UTILIZATION, VERDICT, WORTH,
};
use super::row::Expected::{Becomes, Goes};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] = &[DISTRIBUTIONS, MIXTURES, FORMS, ORIGINS, DOUBTS];

const DISTRIBUTIONS: &[Row] = rows! { ALONE;
    "Distribution.constant": "web.get.steps[0].work: {constant: 10ms}"
        => P50, Goes(6.93, 10.0);
    "Distribution.exponential, Law as Distribution" given "web.get.steps[0].work: 10ms":
        "web.get.steps[0].work: {exponential: {mean: 10ms}}"
        => P50, Goes(10.0, 6.93);
    "Distribution.exponential.mean": "web.get.steps[0].work: {exponential: {mean: 30ms}}"
        => MEAN, Goes(10.0, 30.0);
    "Distribution.lognormal": "web.get.steps[0].work: {lognormal: {mean: 10ms, scv: 3}}"
        => P50, Goes(6.93, 5.0);
    "Distribution.lognormal.mean" given "web.get.steps[0].work: {lognormal: {mean: 10ms, scv: 1}}":
        "web.get.steps[0].work.lognormal.mean: 30ms"
        => MEAN, Goes(10.0, 30.0);
    "Distribution.lognormal.scv" given "web.get.steps[0].work: {lognormal: {mean: 10ms, scv: 1}}":
        "web.get.steps[0].work.lognormal.scv: 3"
        => P50, Goes(7.07, 5.0);
    "Distribution.lognormal.p50" given "web.get.steps[0].work: {lognormal: {p50: 10ms, p99: 40ms}}":
        "web.get.steps[0].work.lognormal.p50: 20ms"
        => P50, Goes(10.0, 20.0);
    "Distribution.lognormal.p99" given "web.get.steps[0].work: {lognormal: {p50: 10ms, p99: 40ms}}":
        "web.get.steps[0].work.lognormal.p99: 160ms"
        => P90, Goes(21.5, 46.1);
    "Distribution.gamma": "web.get.steps[0].work: {gamma: {mean: 10ms, scv: 2}}"
        => P50, Goes(6.93, 4.55);
    "Distribution.gamma.mean" given "web.get.steps[0].work: {gamma: {mean: 10ms, scv: 1}}":
        "web.get.steps[0].work.gamma.mean: 30ms"
        => MEAN, Goes(10.0, 30.0);
    "Distribution.gamma.scv" given "web.get.steps[0].work: {gamma: {mean: 10ms, scv: 1}}":
        "web.get.steps[0].work.gamma.scv: 2"
        => P50, Goes(6.93, 4.55);
    "Distribution.erlang": "web.get.steps[0].work: {erlang: {mean: 10ms, k: 4}}"
        => P50, Goes(6.93, 9.18);
    "Distribution.erlang.mean" given "web.get.steps[0].work: {erlang: {mean: 10ms, k: 4}}":
        "web.get.steps[0].work.erlang.mean: 30ms"
        => MEAN, Goes(10.0, 30.0);
    "Distribution.erlang.k" given "web.get.steps[0].work: {erlang: {mean: 10ms, k: 1}}":
        "web.get.steps[0].work.erlang.k: 4"
        => P50, Goes(6.93, 9.18);
    "Distribution.hyperexponential":
        "web.get.steps[0].work: {hyperexponential: {mean: 10ms, scv: 4}}"
        => P50, Goes(6.93, 4.51);
    "Distribution.hyperexponential.mean"
        given "web.get.steps[0].work: {hyperexponential: {mean: 10ms, scv: 4}}":
        "web.get.steps[0].work.hyperexponential.mean: 30ms"
        => P50, Goes(4.51, 13.54);
    "Distribution.hyperexponential.scv"
        given "web.get.steps[0].work: {hyperexponential: {mean: 10ms, scv: 1}}":
        "web.get.steps[0].work.hyperexponential.scv: 4"
        => P50, Goes(6.93, 4.51);
    "Distribution.pareto" given "web.get.steps[0].work: 10ms":
        "web.get.steps[0].work: {pareto: {mean: 10ms, alpha: 2}}"
        => P50, Goes(10.0, 7.07);
    "Distribution.pareto.mean" given "web.get.steps[0].work: {pareto: {mean: 10ms, alpha: 2}}":
        "web.get.steps[0].work.pareto.mean: 30ms"
        => P50, Goes(7.07, 21.2);
    "Distribution.pareto.alpha" given "web.get.steps[0].work: {pareto: {mean: 10ms, alpha: 1.5}}":
        "web.get.steps[0].work.pareto.alpha: 3"
        => P50, Goes(5.29, 8.40);
    "Distribution.weibull": "web.get.steps[0].work: {weibull: {mean: 10ms, shape: 2}}"
        => P50, Goes(6.93, 9.39);
    "Distribution.weibull.mean" given "web.get.steps[0].work: {weibull: {mean: 10ms, shape: 2}}":
        "web.get.steps[0].work.weibull.mean: 30ms"
        => MEAN, Goes(10.0, 30.0);
    "Distribution.weibull.shape" given "web.get.steps[0].work: {weibull: {mean: 10ms, shape: 1}}":
        "web.get.steps[0].work.weibull.shape: 2"
        => P50, Goes(6.93, 9.39);
    "Distribution.uniform": "web.get.steps[0].work: {uniform: {min: 0s, max: 20ms}}"
        => P50, Goes(6.93, 10.0);
    "Distribution.uniform.min" given "web.get.steps[0].work: {uniform: {min: 0s, max: 20ms}}":
        "web.get.steps[0].work.uniform.min: 10ms"
        => MEAN, Goes(10.0, 15.0);
    "Distribution.uniform.max" given "web.get.steps[0].work: {uniform: {min: 0s, max: 20ms}}":
        "web.get.steps[0].work.uniform.max: 40ms"
        => MEAN, Goes(10.0, 20.0);
    "Distribution.empirical": "web.get.steps[0].work: {empirical: {quantiles: [0s, 10ms, 30ms]}}"
        => P50, Goes(6.93, 10.0);
    "Distribution.empirical.quantiles"
        given "web.get.steps[0].work: {empirical: {quantiles: [0s, 10ms, 30ms]}}":
        "web.get.steps[0].work.empirical.quantiles: [0s, 20ms, 30ms]"
        => P50, Goes(10.0, 20.0);
    "Distribution.empirical.scale"
        given "web.get.steps[0].work: {empirical: {quantiles: [0s, 10ms, 30ms]}}":
        "web.get.steps[0].work: {empirical: {quantiles: [0s, 10ms, 30ms], scale: 2}}"
        => P50, Goes(10.0, 20.0);
    "Distribution.mixture":
        "web.get.steps[0].work: {mixture: [{weight: 1, of: 10ms}, {weight: 1, of: 30ms}]}"
        => MEAN, Goes(10.0, 20.0);
};

/// Half of the requests take 10 ms, the others 30.
const MIXTURES: &[Row] = rows! { ALONE
    given "web.get.steps[0].work: {mixture: [{weight: 1, of: 10ms}, {weight: 1, of: 30ms}]}";
    "Part.weight": "web.get.steps[0].work.mixture[1].weight: 3" => MEAN, Goes(20.0, 25.0);
    "Part.of": "web.get.steps[0].work.mixture[1].of: 70ms" => MEAN, Goes(20.0, 40.0);
    "Weight as number": "web.get.steps[0].work.mixture[1].weight: 0.25" => MEAN, Goes(20.0, 14.0);
    "Weight as string": "web.get.steps[0].work.mixture[1].weight: 25%" => MEAN, Goes(20.0, 14.0);
    "Weight with origin":
        "web.get.steps[0].work.mixture[1].weight: {value: 3, source: declared}"
        => MEAN, Goes(20.0, 25.0);
};

const FORMS: &[Row] = rows! { ALONE;
    "Law as Time": "web.get.steps[0].work: 30ms" => P50, Goes(6.93, 30.0);
    "Share as number" given "scenario.faults: [{errors: {at: web, share: 0}}]":
        "faults[0].errors.share: 0.5"
        => GOODPUT, Goes(50.0, 25.0);
    "Share as string" given "scenario.faults: [{errors: {at: web, share: 0}}]":
        "faults[0].errors.share: 50%"
        => GOODPUT, Goes(50.0, 25.0);
    "Count as integer": "web.replicas: 2" => REPLICAS, Goes(1.0, 2.0);
    "Bound as integer" given "web.concurrency: 1": "web.concurrency: 2"
        => UTILIZATION, Goes(0.5, 0.25);
    "Bound as string" given "web.concurrency: 1": "web.concurrency: unlimited"
        => MEAN, Goes(20.0, 10.0);
    "Amount as number": "load.web.get.worth: 2" => WORTH, Goes(50.0, 100.0);
    "Amount as string": "load.web.get.worth: 2 EUR"
        => "endpoints/web.get/worth_unit", Becomes("null", "EUR");
};

/// A value with its origin counts as it is.
const ORIGINS: &[Row] = rows! { ALONE;
    "Time with origin": "run.horizon: {value: 50s, source: declared}"
        => "horizon_s", Goes(100.0, 50.0);
    "AutoTime with origin": "run.warm_up: {value: 10s, source: declared}"
        => "warm_up_s", Goes(5.0, 10.0);
    "Rate with origin": "load.web.get.arrivals.poisson.rate: {value: 25/s, source: declared}"
        => OFFERED, Goes(50.0, 25.0);
    "Share with origin":
        "scenario.faults: [{errors: {at: web, share: {value: 50%, source: declared}}}]"
        => GOODPUT, Goes(50.0, 25.0);
    "Count with origin": "web.replicas: {value: 2, source: declared}" => REPLICAS, Goes(1.0, 2.0);
    "Bound with origin, Origin.value" given "web.concurrency: 1":
        "web.concurrency: {value: 2, source: declared}"
        => UTILIZATION, Goes(0.5, 0.25);
    "Number with origin":
        "scenario.faults: [{slow: {at: web, factor: {value: 3, source: declared}}}]"
        => MEAN, Goes(10.0, 30.0);
    "Amount with origin": "load.web.get.worth: {value: 2 EUR, source: declared}"
        => WORTH, Goes(50.0, 100.0);
    "Law with origin": "web.get.steps[0].work: {value: 30ms, source: declared}"
        => P50, Goes(6.93, 30.0);
};

/// What is assumed, or known only within wide bounds, is tried at both ends.
const DOUBTS: &[Row] = rows! { ALONE
    given "run.max_replications: 40; scenario.objectives: [{endpoint: web.get, mean: 20ms}]";
    "Origin.source, Origin.source=pinned"
        given "web.get.steps[0].work: {value: 10ms, source: observed, low: 8ms, high: 40ms}":
        "web.get.steps[0].work: {value: 10ms, source: pinned, low: 8ms, high: 40ms}"
        => ASSUMPTION, Becomes("web.endpoints.get.steps[0].work", "null");
    "Origin.source=observed"
        given "web.get.steps[0].work: {value: 10ms, source: pinned, low: 8ms, high: 40ms}":
        "web.get.steps[0].work: {value: 10ms, source: observed, low: 8ms, high: 40ms}"
        => ASSUMPTION, Becomes("null", "web.endpoints.get.steps[0].work");
    "Origin.source=declared"
        given "web.get.steps[0].work: {value: 10ms, source: pinned, low: 8ms, high: 40ms}":
        "web.get.steps[0].work: {value: 10ms, source: declared, low: 8ms, high: 40ms}"
        => ASSUMPTION, Becomes("null", "web.endpoints.get.steps[0].work");
    "Origin.source=inferred"
        given "web.get.steps[0].work: {value: 10ms, source: pinned, low: 8ms, high: 40ms}":
        "web.get.steps[0].work: {value: 10ms, source: inferred, low: 8ms, high: 40ms}"
        => ASSUMPTION, Becomes("null", "web.endpoints.get.steps[0].work");
    "Origin.source=assumed"
        given "web.get.steps[0].work: {value: 10ms, source: observed, low: 9ms, high: 11ms}":
        "web.get.steps[0].work: {value: 10ms, source: assumed, low: 9ms, high: 11ms}"
        => ASSUMPTION, Becomes("null", "web.endpoints.get.steps[0].work");
    "Origin.high"
        given "web.get.steps[0].work: {value: 10ms, source: assumed, low: 9ms, high: 11ms}":
        "web.get.steps[0].work: {value: 10ms, source: assumed, low: 9ms, high: 40ms}"
        => VERDICT, Becomes("held", "undecided");
    "Origin.low"
        given "web.get.steps[0].work: {value: 40ms, source: assumed, low: 39ms, high: 41ms}":
        "web.get.steps[0].work: {value: 40ms, source: assumed, low: 10ms, high: 41ms}"
        => VERDICT, Becomes("missed", "undecided");
    "Origin.from" given "web.get.steps[0].work: {value: 10ms, source: assumed, high: 40ms}":
        "web.get.steps[0].work: {value: 10ms, source: assumed, high: 40ms, from: its pool}"
        => "assumptions/0/settle", Becomes("null", "its pool");
};
