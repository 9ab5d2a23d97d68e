//! Whole files and their sections; what is only for people, and what the simulator lacks.

use super::measures::{ALL, OK, UTILIZATION, WARNING};
use super::row::Expected::{Becomes, Goes, Refused, Stays};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] =
    &[SECTIONS, ORIGIN, LABELS, FOR_CAMPAIGNS, FOR_CAMPAIGNS_OF_CALLS, REAL_TARGETS, NOT_YET];

const SECTIONS: &[Row] = rows! { ONE;
    "twin.foreshadow": "twin.foreshadow: twin/v2" => ALL, Refused("twin/v2", "twin/v2");
    "scenario.foreshadow": "scenario.foreshadow: scenario/v2"
        => ALL, Refused("scenario/v2", "scenario/v2");
    "twin.components":
        "twin.components: {web: {concurrency: 2, endpoints: {get: {steps: [{work: 10ms}]}}}}"
        => UTILIZATION, Goes(0.5, 0.25);
    "scenario.name": "scenario.name: another" => "scenario", Becomes("alone", "another");
    "scenario.twin": "scenario.twin: other.yaml" => UTILIZATION, Goes(0.5, 0.25);
    "scenario.extends": "scenario.extends: under.yaml" => OK, Goes(1.0, 0.5);
    "scenario.changes": "scenario.changes: {web.concurrency: 2}" => UTILIZATION, Goes(0.5, 0.25);
    "scenario.faults": "scenario.faults: [{errors: {at: web, share: 50%}}]" => OK, Goes(1.0, 0.5);
};

/// Warnings of a twin that was learned from something else.
const ORIGIN: &[Row] = rows! { ONE;
    "twin.learned, Learned.backtest, Backtest=failed"
        given "twin.learned: {from: a, to: b, backtest: passed}":
        "twin.learned: {from: a, to: b, backtest: failed}"
        => WARNING, Becomes("null", "the twin failed its last backtest");
    "Backtest=passed" given "twin.learned: {from: a, to: b, backtest: failed}":
        "twin.learned: {from: a, to: b, backtest: passed}"
        => WARNING, Becomes("the twin failed its last backtest", "null");
    "Learned.observed" given "twin.learned: {from: a, to: b, observed: {web.get: 50/s}}":
        "twin.learned: {from: a, to: b, observed: {web.get: 10/s}}"
        => WARNING,
        Becomes("null", "web.get is driven at up to 5.0 times the load that was observed");
};

/// For people and for other programs.
const LABELS: &[Row] = rows! { ONE;
    "twin.name": "twin.name: another" => ALL, Stays;
    "scenario.about": "scenario.about: a question" => ALL, Stays;
    "Learned.from": "twin.learned: {from: a, to: b}" => ALL, Stays;
    "Learned.to": "twin.learned: {from: a, to: b}" => ALL, Stays;
    "Component.kind, Kind=service": "web.kind: service" => ALL, Stays;
    "Kind=database": "web.kind: database" => ALL, Stays;
    "Kind=cache": "web.kind: cache" => ALL, Stays;
    "Kind=balancer": "web.kind: balancer" => ALL, Stays;
    "Kind=external": "web.kind: external" => ALL, Stays;
    "Component.about, About.title": "web.about: {title: Shop}" => ALL, Stays;
    "About.owner": "web.about: {owner: team}" => ALL, Stays;
    "About.criticality": "web.about: {criticality: 1}" => ALL, Stays;
    "About.runbook": "web.about: {runbook: a page}" => ALL, Stays;
    "Component.binds": "web.binds: {spans: gateway}" => ALL, Stays;
    "Endpoint.binds": "web.get.binds: {spans: GET /}" => ALL, Stays;
    "Component.depends_on": "web.depends_on: {web: [a file]}" => ALL, Stays;
    "Zone.region" given "twin.zones: {a: {}}": "zones.a.region: north" => ALL, Stays;
};

/// A rehearsal fails only what its faults say; campaigns draw at these rates.
const FOR_CAMPAIGNS: &[Row] = rows! { ONE;
    "Component.reliability": "web.reliability: {mtbf: 30d, mttr: 4m}" => ALL, Stays;
    "Reliability.mtbf": "web.reliability: {mtbf: 0s, mttr: 4m}"
        => ALL, Refused("web.reliability", "expected more than 0 for `mtbf`");
    "Period with origin": "web.reliability: \
         {mtbf: {value: 900d, source: inferred, low: 400d, high: 9000d, from: a list}, mttr: 4m}"
        => ALL, Stays;
    "Reliability.mttr": "web.reliability: {mtbf: 30d, mttr: 0s}"
        => ALL, Refused("web.reliability", "expected more than 0 for `mttr`");
    "Zone.reliability": "twin.zones: {a: {reliability: {mtbf: 365d, mttr: 1h}}}" => ALL, Stays;
    "Host.reliability": "twin.hosts: {n: {reliability: {mtbf: 90d, mttr: 10m}}}" => ALL, Stays;
};

const FOR_CAMPAIGNS_OF_CALLS: &[Row] = rows! { CALL;
    "Policy.reliability": "web.calls.db.reliability: {mtbf: 7d, mttr: 30s}" => ALL, Stays;
};

/// How real targets are called is not simulated.
const REAL_TARGETS: &[Row] = rows! { ONE;
    "scenario.requests, Request.path": "scenario.requests: {web.get: {path: /}}" => ALL, Stays;
    "Request.method": "scenario.requests: {web.get: {path: /, method: POST}}" => ALL, Stays;
    "Request.headers": "scenario.requests: {web.get: {path: /, headers: {a: b}}}" => ALL, Stays;
    "Request.body_file": "scenario.requests: {web.get: {path: /, body_file: a.json}}" => ALL, Stays;
    "Request.expect": "scenario.requests: {web.get: {path: /, expect: 201}}" => ALL, Stays;
};

/// What cannot be simulated yet is refused at its place, whatever is in it.
const NOT_YET: &[Row] = rows! { ONE;
    "Load.file": "load.web.get.file: a.yaml"
        => ALL, Refused("load.web.get.file", "`file` belongs to");
    "Load.at": "load.web.get.at: peak" => ALL, Refused("load.web.get.at", "`at` belongs to");
    "Load.quantile": "load.web.get.quantile: 95%"
        => ALL, Refused("load.web.get.quantile", "`quantile` belongs to");
    "Load.scale": "load.web.get.scale: 3.2"
        => ALL, Refused("load.web.get.scale", "`scale` belongs to");
    "Load.events": "load.web.get.events: a.yaml"
        => ALL, Refused("load.web.get.events", "`events` belongs to");
    // What is tuned is for `foreshadow tune`.
    "scenario.tune": "scenario.tune: {knobs: {web.replicas: {from: 1, to: 2}}}" => ALL, Stays;
};
