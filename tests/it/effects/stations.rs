//! Components, their queues and doors.

use super::measures::{
    MEAN, OCCUPANCY, OTHER_MEAN, OTHER_REJECTED, P50, REFUSED, REJECTED, URGENT_MEAN, UTILIZATION,
    WAIT, WAIT_P50,
};
use super::row::Expected::{Falls, Goes, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] =
    &[SINGLE, TOGETHER, CROWDED, OVERLOADED, OF_TWO_CLASSES, WAITING];

/// ρ = 1/2: M/M/1 takes 20 ms on average, M/M/2 10.67; M/M/1/1 refuses a third.
const SINGLE: &[Row] = rows! { ONE;
    "Component.replicas": "web.replicas: 2" => UTILIZATION, Goes(0.5, 0.25);
    "Component.concurrency": "web.concurrency: 2" => MEAN, Goes(20.0, 10.67);
    "Component.cpu, Cpu as Number" given "web.concurrency: unlimited": "web.cpu: 1"
        => MEAN, Goes(10.0, 20.0);
    "Cpu as Cores, Cores.limit" given "web.concurrency: unlimited; web.cpu: {limit: 1}":
        "web.cpu: {limit: 2}"
        => UTILIZATION, Goes(0.5, 0.25);
    "Component.queue, Queue.capacity": "web.queue: {capacity: 0}" => REFUSED, Goes(0.0, 0.333);
    "Component.rate_limit": "web.rate_limit: 25/s" => REFUSED, Goes(0.0, 0.5);
    "Queue.max_wait": "web.queue.max_wait: 5ms" => REJECTED, Rises(1.0);
    "Component.endpoints": "web.endpoints: {get: {steps: [{work: 5ms}]}}"
        => UTILIZATION, Goes(0.5, 0.25);
    "Endpoint.steps, Step.work": "web.get.steps: [{work: 5ms}]" => UTILIZATION, Goes(0.5, 0.25);
};

/// λ/μ = 1/2: alone 10 ms, in groups that start when one is free 10 + 10/(1 + 2/1.5) = 14.29, one by one
/// 20.
const TOGETHER: &[Row] = rows! { ALONE;
    "Component.batch": "web.batch: {}" => MEAN, Goes(10.0, 14.29);
    "Batch.most" given "web.batch: {}": "web.batch.most: 1" => MEAN, Goes(14.29, 20.0);
    "Batch.each" given "web.batch: {}": "web.batch.each: 10ms" => MEAN, Rises(1.1);
};

/// Who is served next hardly matters until many wait.
const CROWDED: &[Row] = rows! { ONE given "load.web.get.arrivals.poisson.rate: 80/s";
    "Queue.discipline, Discipline=lifo" given "web.queue.discipline: fifo":
        "web.queue.discipline: lifo"
        => P50, Falls(1.5);
    "Queue.target" given "web.queue.discipline: codel": "web.queue.target: 500ms"
        => WAIT, Rises(1.5);
};

/// More than can be served: the queue is full, but who comes last may be served at once.
const OVERLOADED: &[Row] = rows! { ONE
    given "load.web.get.arrivals.poisson.rate: 120/s; web.queue.capacity: 200";
    "Discipline=fifo" given "web.queue.discipline: lifo": "web.queue.discipline: fifo"
        => WAIT_P50, Rises(10.0);
    "Discipline=adaptive_lifo": "web.queue.discipline: adaptive_lifo" => WAIT_P50, Falls(2.0);
    "Discipline=codel": "web.queue.discipline: codel" => WAIT, Falls(2.0);
    "Queue.interval" given "web.queue.discipline: codel": "web.queue.interval: 1s"
        => WAIT, Rises(1.5);
};

/// M/D/1 at ρ = 0.8: all wait 20 ms, with priorities the urgent 4/(1 − 0.4) = 6.7 ms and the others
/// 6.7/(1 − 0.8) = 33 ms; who may interrupt waits 0.4 · 5/(1 − 0.4) = 3.3 ms.
const OF_TWO_CLASSES: &[Row] = rows! { CLASSES;
    "Discipline=priority": "web.queue.discipline: priority" => URGENT_MEAN, Goes(30.0, 16.7);
    "Discipline=preemptive_priority" given "web.queue.discipline: priority":
        "web.queue.discipline: preemptive_priority"
        => URGENT_MEAN, Goes(16.7, 13.3);
    "Endpoint.priority" given "web.queue.discipline: priority": "web.urgent.priority: 2"
        => OTHER_MEAN, Falls(1.2);
    "Component.shed": "web.shed: {at_queue: 5%, priority_from: 2}" => OTHER_REJECTED, Rises(1.0);
    "Shed.at_queue" given "web.shed: {at_queue: 5%, priority_from: 2}": "web.shed.at_queue: 50%"
        => OTHER_REJECTED, Falls(5.0);
    "Shed.priority_from" given "web.shed: {at_queue: 5%, priority_from: 2}":
        "web.shed.priority_from: 3"
        => OTHER_REJECTED, Falls(5.0);
};

/// Five slots that are held for 25 ms each, or for 5.
const WAITING: &[Row] = rows! { CALL;
    "Component.blocking" given "web.concurrency: 5": "web.blocking: false"
        => OCCUPANCY, Falls(3.0);
};
