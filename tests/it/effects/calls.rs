//! One component as a client of another.

use super::measures::{DB_ARRIVALS, DB_UTILIZATION, DB_WAIT, MEAN, OK, P95, RETRIES, TIMEOUT};
use super::row::Expected::{Falls, Goes, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] =
    &[POLICIES, RETRYING, LATE, REFUSING, BACKOFFS, BREAKERS, BALANCING, EJECTING, PLACED];

const POLICIES: &[Row] = rows! { CALL;
    "Component.calls, Policy.timeout" given "db.concurrency: unlimited":
        "web.calls.db: {timeout: 10ms}" => TIMEOUT, Goes(0.0, 0.607);
    "Policy.cancels" given "web.calls.db.timeout: 10ms": "web.calls.db.cancels: true"
        => DB_UTILIZATION, Falls(1.5);
    "Policy.pool": "web.calls.db.pool: 1" => DB_WAIT, Falls(10.0);
    "Policy.hedge, Hedge.after" given "db.concurrency: unlimited":
        "web.calls.db.hedge: {after: 20ms}"
        => P95, Goes(64.9, 45.0);
    "Hedge.after" given "db.concurrency: unlimited; web.calls.db.hedge: {after: 80ms}":
        "web.calls.db.hedge.after: 20ms"
        => DB_ARRIVALS, Goes(50.9, 68.4);
    "Policy.deadline, Deadline=propagated"
        given "web.calls.db.timeout: 30ms; db.concurrency: 1": "web.calls.db.deadline: propagated"
        => DB_UTILIZATION, Falls(1.05);
    "Policy.network": "web.calls.db.network: 30ms" => MEAN, Rises(1.8);
};

/// A store that fails half of what it is asked.
const RETRYING: &[Row] = rows! { CALL given "scenario.faults: [{errors: {at: db, share: 50%}}]";
    "Policy.retries": "web.calls.db.retries: {max: 1}" => OK, Goes(0.5, 0.75);
    "Retries.max" given "web.calls.db.retries: {max: 1}": "web.calls.db.retries.max: 3"
        => OK, Goes(0.75, 0.9375);
    "Retries.on, RetryOn=failed" given "web.calls.db.retries: {max: 1, on: [timeout]}":
        "web.calls.db.retries.on: [failed]"
        => OK, Goes(0.5, 0.75);
    "Retries.budget" given "web.calls.db.retries: {max: 1}": "web.calls.db.retries.budget: 10%"
        => RETRIES, Goes(25.0, 5.0);
    "Retries.backoff, Backoff.base" given "web.calls.db.retries: {max: 1}":
        "web.calls.db.retries.backoff: {base: 90ms}"
        => MEAN, Rises(1.8);
};

/// Half of the attempts take longer than 14 ms.
const LATE: &[Row] = rows! { CALL given "db.concurrency: unlimited";
    "RetryOn=timeout" given "web.calls.db: {timeout: 14ms, retries: {max: 1, on: [failed]}}":
        "web.calls.db.retries.on: [timeout]"
        => OK, Goes(0.5, 0.75);
};

/// One slot and no queue, offered one erlang: half of the attempts are refused.
const REFUSING: &[Row] = rows! { CALL
    given "db.concurrency: 1; db.queue: {capacity: 0}; \
           web.calls.db.retries: {max: 1, backoff: {base: 99ms}}";
    "RetryOn=rejected" given "web.calls.db.retries.on: [failed]":
        "web.calls.db.retries.on: [rejected]"
        => OK, Rises(1.1);
};

/// Nobody works: all of the time is waits between up to four attempts, of which few go well.
const BACKOFFS: &[Row] = rows! { CALL
    given "scenario.faults: [{errors: {at: db, share: 80%}}]; \
           db.read.steps: []; web.calls.db.retries.max: 3";
    "Backoff.factor" given "web.calls.db.retries.backoff: {base: 10ms, factor: 1}":
        "web.calls.db.retries.backoff.factor: 3"
        => MEAN, Rises(1.5);
    "Backoff.cap" given "web.calls.db.retries.backoff: {base: 10ms, factor: 3}":
        "web.calls.db.retries.backoff.cap: 10ms"
        => MEAN, Falls(1.5);
    "Backoff.jitter, Jitter=full" given "web.calls.db.retries.backoff: {base: 100ms}":
        "web.calls.db.retries.backoff.jitter: full"
        => MEAN, Falls(1.8);
    "Jitter=none" given "web.calls.db.retries.backoff: {base: 100ms, jitter: full}":
        "web.calls.db.retries.backoff.jitter: none"
        => MEAN, Rises(1.8);
    "Backoff.law" given "web.calls.db.retries.backoff: {law: 10ms}":
        "web.calls.db.retries.backoff.law: 100ms"
        => MEAN, Rises(5.0);
};

/// A store that fails most of what it is asked; while the breaker is open, it is not asked.
const BREAKERS: &[Row] = rows! { CALL given "scenario.faults: [{errors: {at: db, share: 60%}}]";
    "Policy.breaker":
        "web.calls.db.breaker: {error_rate: 50%, window: 1s, min_requests: 10, open: 5s}"
        => DB_ARRIVALS, Falls(5.0);
    "Breaker.error_rate"
        given "web.calls.db.breaker: {error_rate: 30%, window: 10s, min_requests: 50, open: 5s}":
        "web.calls.db.breaker.error_rate: 90%"
        => DB_ARRIVALS, Rises(2.0);
    "Breaker.window"
        given "web.calls.db.breaker: {error_rate: 50%, window: 10s, min_requests: 50, open: 5s}":
        "web.calls.db.breaker.window: 500ms"
        => DB_ARRIVALS, Rises(2.0);
    "Breaker.min_requests"
        given "web.calls.db.breaker: {error_rate: 30%, window: 10s, min_requests: 10, open: 5s}":
        "web.calls.db.breaker.min_requests: 200"
        => DB_ARRIVALS, Rises(1.5);
    "Breaker.open"
        given "web.calls.db.breaker: {error_rate: 30%, window: 10s, min_requests: 10, open: 5s}":
        "web.calls.db.breaker.open: 500ms"
        => DB_ARRIVALS, Rises(1.5);
    "Breaker.half_open"
        given "web.calls.db.breaker: {error_rate: 30%, window: 10s, min_requests: 10, open: 2s}":
        "web.calls.db.breaker.half_open: 10"
        => DB_ARRIVALS, Falls(1.2);
    "Policy.backup"
        given "web.calls.db.breaker: {error_rate: 30%, window: 10s, min_requests: 10, open: 9s}":
        "web.calls.db.backup: mirror"
        => OK, Rises(5.0);
};

/// Two replicas of one slot each, ρ = 0.8; who chooses well waits less.
const BALANCING: &[Row] = rows! { CALL
    given "db.replicas: 2; db.concurrency: 1; load.web.get.arrivals.poisson.rate: 80/s";
    "Policy.balance, Balance=random": "web.calls.db.balance: random" => DB_WAIT, Rises(1.2);
    "Balance=round_robin" given "web.calls.db.balance: random":
        "web.calls.db.balance: round_robin"
        => DB_WAIT, Falls(1.2);
    "Balance=least_outstanding" given "web.calls.db.balance: random":
        "web.calls.db.balance: least_outstanding"
        => DB_WAIT, Falls(1.4);
    "Balance=power_of_two"
        given "db.replicas: 4; load.web.get.arrivals.poisson.rate: 160/s; \
               web.calls.db.balance: random":
        "web.calls.db.balance: power_of_two"
        => DB_WAIT, Falls(2.0);
};

/// One of two replicas fails all that it is asked.
const EJECTING: &[Row] = rows! { CALL
    given "db.replicas: 2; scenario.faults: [{errors: {at: 'db[0]', share: 100%}}]";
    "Policy.outlier_ejection":
        "web.calls.db.outlier_ejection: {consecutive_failures: 3, base: 30s}"
        => OK, Rises(1.7);
    "OutlierEjection.consecutive_failures"
        given "web.calls.db.outlier_ejection: {consecutive_failures: 3, base: 30s}":
        "web.calls.db.outlier_ejection.consecutive_failures: 500"
        => OK, Falls(1.1);
    "OutlierEjection.base"
        given "web.calls.db.outlier_ejection: {consecutive_failures: 10, base: 30s}":
        "web.calls.db.outlier_ejection.base: 100ms"
        => OK, Falls(1.1);
    "OutlierEjection.max_ejected"
        given "web.calls.db.outlier_ejection: {consecutive_failures: 3, base: 30s}":
        "web.calls.db.outlier_ejection.max_ejected: 0%"
        => OK, Falls(1.7);
};

/// A request and its answer take 1 ms each in the zone, 10 ms each across.
const PLACED: &[Row] = rows! { ZONES;
    "Balance=zone_local": "web.calls.db.balance: zone_local" => MEAN, Goes(31.0, 22.0);
    "Balance.weighted": "web.calls.db.balance: {weighted: {a: 10%, b: 90%}}"
        => MEAN, Goes(31.0, 38.2);
};
