//! The parameters of each kind of fault. Those of all kinds are in [`super::courses`].

use super::measures::{DB_HITS, FAILED, MEAN, OFFERED, OK, P50, P90, TIMEOUT};
use super::row::Expected::{Falls, Goes, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] = &[DRAWN, MAGNITUDES, CHANGES, FOR_EVER];

/// What fails of itself needs no fault.
const FOR_EVER: &[Row] = rows! { ALONE;
    "Endpoint.errors" given "web.get.errors: 10%": "web.get.errors: 50%"
        => FAILED, Goes(0.1, 0.5);
};

/// 8 s up and 2 s down, again and again.
const DRAWN: &[Row] = rows! { ALONE;
    "Fault.crash.up" given "scenario.faults: [{crash: {at: web, up: 8s, down: 2s}}]":
        "faults[0].crash.up: 2s"
        => FAILED, Goes(0.2, 0.5);
    "Fault.crash.down" given "scenario.faults: [{crash: {at: web, up: 8s, down: 2s}}]":
        "faults[0].crash.down: 8s"
        => FAILED, Goes(0.2, 0.5);
    "Fault.pause.up" given "scenario.faults: [{pause: {at: web, up: 8s, down: 2s}}]":
        "faults[0].pause.up: 2s"
        => MEAN, Goes(210.0, 510.0);
    "Fault.pause.down" given "scenario.faults: [{pause: {at: web, up: 8s, down: 2s}}]":
        "faults[0].pause.down: 8s"
        => MEAN, Goes(210.0, 2010.0);
};

const MAGNITUDES: &[Row] = rows! { TARGETS;
    "Fault.slow.factor" given "scenario.faults: [{slow: {at: db, factor: 1}}]":
        "faults[0].slow.factor: 2"
        => P50, Rises(1.8);
    "Fault.latency.add" given "scenario.faults: [{latency: {at: db, add: 0s}}]":
        "faults[0].latency.add: 100ms"
        => MEAN, Rises(5.0);
    "Fault.latency.jitter" given "scenario.faults: [{latency: {at: db, add: 100ms}}]":
        "faults[0].latency.jitter: 100ms"
        => P90, Rises(1.4);
    "Fault.errors.share" given "scenario.faults: [{errors: {at: db, share: 10%}}]":
        "faults[0].errors.share: 50%"
        => FAILED, Goes(0.1, 0.5);
    "Fault.loss.share" given "scenario.faults: [{loss: {at: db, share: 10%}}]":
        "faults[0].loss.share: 50%"
        => TIMEOUT, Goes(0.19, 0.75);
    "Fault.partition.from" given "scenario.faults: [{partition: {at: db, from: web}}]":
        "faults[0].partition.from: spare"
        => OK, Goes(0.0, 1.0);
    "Fault.reset.share" given "scenario.faults: [{reset: {at: db, share: 10%}}]":
        "faults[0].reset.share: 50%"
        => FAILED, Goes(0.1, 0.5);
    "Fault.bandwidth.rate" given "scenario.faults: [{bandwidth: {at: db, rate: 1k/s}}]":
        "faults[0].bandwidth.rate: 30/s"
        => OK, Falls(1.5);
    "Fault.cpu_throttle.share" given "scenario.faults: [{cpu_throttle: {at: db, share: 100%}}]":
        "faults[0].cpu_throttle.share: 50%"
        => MEAN, Rises(1.5);
    "Fault.cpu_throttle.cores" given "scenario.faults: [{cpu_throttle: {at: db, cores: 1}}]":
        "faults[0].cpu_throttle.cores: 0.5"
        => MEAN, Rises(1.5);
    "Fault.memory_pressure.pause"
        given "scenario.faults: [{memory_pressure: {at: db, pause: 100ms, between: 1s}}]":
        "faults[0].memory_pressure.pause: 400ms"
        => MEAN, Rises(1.5);
    "Fault.memory_pressure.between"
        given "scenario.faults: [{memory_pressure: {at: db, pause: 400ms, between: 4s}}]":
        "faults[0].memory_pressure.between: 1s"
        => MEAN, Rises(1.5);
    "Fault.memory_pressure.kill_after"
        given "scenario.faults: [{memory_pressure: {at: db, kill_after: 10s}}]":
        "faults[0].memory_pressure.kill_after: 5s"
        => FAILED, Goes(0.5, 0.75);
    "Fault.disk.factor" given "scenario.faults: [{disk: {at: db, factor: 1}}]":
        "faults[0].disk.factor: 2"
        => P50, Rises(1.8);
    "Fault.disk.share" given "scenario.faults: [{disk: {at: db, share: 10%}}]":
        "faults[0].disk.share: 50%"
        => FAILED, Goes(0.1, 0.5);
    "Fault.disk.full" given "scenario.faults: [{disk: {at: db, factor: 1}}]":
        "faults[0].disk.full: true"
        => FAILED, Goes(0.0, 1.0);
    "Fault.pool_exhaustion.share" given "scenario.faults: [{pool_exhaustion: {at: db, share: 0%}}]":
        "faults[0].pool_exhaustion.share: 100%"
        => TIMEOUT, Goes(0.0, 1.0);
    "Fault.dns_failure.share" given "scenario.faults: [{dns_failure: {at: db, share: 10%}}]":
        "faults[0].dns_failure.share: 50%"
        => FAILED, Goes(0.1, 0.5);
    "Fault.load_surge.factor" given "scenario.faults: [{load_surge: {factor: 1}}]":
        "faults[0].load_surge.factor: 0.5"
        => OFFERED, Goes(60.0, 30.0);
    "Fault.reconnect_herd.share"
        given "scenario.faults: [{reconnect_herd: {start: 10s, duration: 10s, share: 0%}}]":
        "faults[0].reconnect_herd.share: 50%"
        => OFFERED, Goes(60.0, 45.0);
    "Fault.reconnect_herd.over"
        given "scenario.faults: [{reconnect_herd: {start: 10s, duration: 6s, over: 0s}}]":
        "faults[0].reconnect_herd.over: 1h"
        => OFFERED, Goes(60.0, 42.0);
    "Fault.skewed_mix.share"
        given "scenario.faults: [{skewed_mix: {at: web.get, share: 0%}}]":
        "faults[0].skewed_mix.share: 50%"
        => OFFERED, Goes(60.0, 90.0);
    "Fault.skewed_mix.share"
        given "scenario.faults: [{skewed_mix: {at: web.spare, share: 0%}}]":
        "faults[0].skewed_mix.share: 50%"
        => OFFERED, Goes(60.0, 30.0);
    "Fault.slow_clients.takes" given "scenario.faults: [{slow_clients: {takes: 1s}}]":
        "faults[0].slow_clients.takes: 3s"
        => MEAN, Rises(2.8);
    "Fault.slow_clients.share"
        given "scenario.faults: [{slow_clients: {takes: {exponential: {mean: 10s}}, share: 0%}}]":
        "faults[0].slow_clients.share: 50%"
        => MEAN, Rises(10.0);
    "Fault.hot_key.share" given "scenario.faults: [{hot_key: {at: db, share: 0%}}]":
        "faults[0].hot_key.share: 100%"
        => DB_HITS, Rises(1.2);
};

const CHANGES: &[Row] = rows! { TARGETS;
    "Fault.change.set" given "scenario.faults: [{change: {set: {'db.read.steps[0].work': 10ms}}}]":
        "scenario.faults: [{change: {set: {'db.read.steps[0].work': 40ms}}}]"
        => P50, Rises(2.0);
    "Fault.bad_deploy.set"
        given "scenario.faults: [{bad_deploy: {set: {'db.read.steps[0].work': 10ms}}}]":
        "scenario.faults: [{bad_deploy: {set: {'db.read.steps[0].work': 40ms}}}]"
        => P50, Rises(2.0);
    "Fault.bad_deploy.steps"
        given "scenario.faults: \
               [{bad_deploy: {ramp: 20s, steps: 1, set: {'db.read.steps[0].work': 40ms}}}]":
        "faults[0].bad_deploy.steps: 4"
        => MEAN, Falls(1.1);
};
