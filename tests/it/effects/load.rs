//! Who uses the system, and when.

use super::measures::{ABANDONED, OFFERED, UTILIZATION, WAIT, WORTH};
use super::row::Expected::{Falls, Goes, Rises};
use super::row::{Row, rows};

pub(super) const ROWS: &[&[Row]] = &[ARRIVALS, PHASES, SHORT, USERS, VISITORS];

/// ρ = 1/2: a mean wait of 10 ms of M/M/1, 2.55 ms of D/M/1.
const ARRIVALS: &[Row] = rows! { ONE;
    "Load.arrivals, Arrivals.poisson, Arrivals.poisson.rate"
        given "load.web.get.arrivals: {renewal: {interarrival: 20ms}}":
        "load.web.get.arrivals: {poisson: {rate: 50/s}}"
        => WAIT, Goes(2.55, 10.0);
    "Arrivals.poisson.rate": "load.web.get.arrivals.poisson.rate: 25/s"
        => OFFERED, Goes(50.0, 25.0);
    "Arrivals.rates":
        "load.web.get.arrivals: {rates: [{at: 0s, rate: 50/s}, {at: 100s, rate: 100/s}]}"
        => OFFERED, Goes(50.0, 75.0);
    "RatePoint.at"
        given "load.web.get.arrivals: {rates: [{at: 0s, rate: 0/s}, {at: 100s, rate: 100/s}]}":
        "load.web.get.arrivals.rates[1].at: 50s"
        => OFFERED, Goes(50.0, 75.0);
    "RatePoint.rate"
        given "load.web.get.arrivals: {rates: [{at: 0s, rate: 50/s}, {at: 100s, rate: 50/s}]}":
        "load.web.get.arrivals.rates[1].rate: 0/s"
        => OFFERED, Goes(50.0, 25.0);
    "Arrivals.renewal": "load.web.get.arrivals: {renewal: {interarrival: 20ms}}"
        => WAIT, Goes(10.0, 2.55);
    "Arrivals.renewal.interarrival" given "load.web.get.arrivals: {renewal: {interarrival: 20ms}}":
        "load.web.get.arrivals.renewal.interarrival: 40ms"
        => OFFERED, Goes(50.0, 25.0);
    "Arrivals.mmpp":
        "load.web.get.arrivals: {mmpp: [{rate: 80/s, mean: 500ms}, {rate: 20/s, mean: 500ms}]}"
        => WAIT, Rises(1.3);
    "Arrivals.trace": "load.web.get.arrivals: {trace: {file: trace.csv}}"
        => OFFERED, Goes(50.0, 0.1);
    "Arrivals.trace.file" given "load.web.get.arrivals: {trace: {file: trace.csv}}":
        "load.web.get.arrivals.trace.file: longer.csv"
        => OFFERED, Goes(0.1, 0.2);
    "Arrivals.closed, Arrivals.closed.think":
        "load.web.get.arrivals: {closed: {users: 1, think: 90ms}}"
        => OFFERED, Goes(50.0, 10.0);
    "Arrivals.closed.users" given "load.web.get.arrivals: {closed: {users: 1, think: 190ms}}":
        "load.web.get.arrivals.closed.users: 2"
        => OFFERED, Goes(5.0, 10.0);
    "Arrivals.closed.think" given "load.web.get.arrivals: {closed: {users: 1}}":
        "load.web.get.arrivals.closed.think: 10ms"
        => OFFERED, Goes(100.0, 50.0);
};

/// Phases of 80/s and of 20/s.
const PHASES: &[Row] = rows! { ONE
    given "load.web.get.arrivals: {mmpp: [{rate: 80/s, mean: 100ms}, {rate: 20/s, mean: 100ms}]}";
    "Phase.rate": "load.web.get.arrivals.mmpp[0].rate: 20/s" => OFFERED, Goes(50.0, 20.0);
    "Phase.mean": "load.web.get.arrivals.mmpp[0].mean: 50ms" => OFFERED, Goes(50.0, 40.0);
};

/// Without `arrivals:`.
const SHORT: &[Row] = rows! { ONE;
    "scenario.load": "scenario.load: {web.get: {arrivals: {poisson: {rate: 25/s}}}}"
        => OFFERED, Goes(50.0, 25.0);
    "Load.rates": "scenario.load: {web.get: {rates: [{at: 0s, rate: 25/s}]}}"
        => OFFERED, Goes(50.0, 25.0);
    "Load.renewal": "scenario.load: {web.get: {renewal: {interarrival: 20ms}}}"
        => WAIT, Goes(10.0, 2.55);
    "Renewal.interarrival" given "scenario.load: {web.get: {renewal: {interarrival: 20ms}}}":
        "load.web.get.renewal.interarrival: 40ms"
        => OFFERED, Goes(50.0, 25.0);
    "Load.mmpp":
        "scenario.load: {web.get: {mmpp: [{rate: 80/s, mean: 500ms}, {rate: 20/s, mean: 500ms}]}}"
        => WAIT, Rises(1.3);
    "Load.trace": "scenario.load: {web.get: {trace: {file: trace.csv}}}"
        => OFFERED, Goes(50.0, 0.1);
    "Trace.file" given "scenario.load: {web.get: {trace: {file: trace.csv}}}":
        "load.web.get.trace.file: longer.csv"
        => OFFERED, Goes(0.1, 0.2);
};

/// Of those who take longer than 20 ms in M/M/1, e⁻¹; their work goes on, unless it stops.
const USERS: &[Row] = rows! { ONE;
    "Load.patience": "load.web.get.patience: 20ms" => ABANDONED, Goes(0.0, 0.37);
    "Load.cancels" given "load.web.get.patience: 20ms": "load.web.get.cancels: true"
        => UTILIZATION, Falls(1.2);
    "Load.worth": "load.web.get.worth: 3" => WORTH, Goes(50.0, 150.0);
};

/// People who come, look once, and leave.
const VISITORS: &[Row] = rows! { PEOPLE
    given "scenario.load: {crowd: {open: {poisson: {rate: 10/s}}, session: [{call: web.get}]}}";
    "Load.open"
        given "scenario.load: \
               {crowd: {closed: {users: 10}, session: [{think: 400ms}, {call: web.get}]}}":
        "scenario.load: {crowd: {open: {poisson: {rate: 10/s}}, session: [{call: web.get}]}}"
        => OFFERED, Goes(20.0, 10.0);
    "OpenArrivals.poisson" given "load.crowd.open: {renewal: {interarrival: 100ms}}":
        "load.crowd.open: {poisson: {rate: 5/s}}"
        => OFFERED, Goes(10.0, 5.0);
    "OpenArrivals.poisson.rate": "load.crowd.open.poisson.rate: 5/s" => OFFERED, Goes(10.0, 5.0);
    "OpenArrivals.rates": "load.crowd.open: {rates: [{at: 0s, rate: 5/s}]}"
        => OFFERED, Goes(10.0, 5.0);
    "OpenArrivals.renewal": "load.crowd.open: {renewal: {interarrival: 200ms}}"
        => OFFERED, Goes(10.0, 5.0);
    "OpenArrivals.renewal.interarrival"
        given "load.crowd.open: {renewal: {interarrival: 200ms}}":
        "load.crowd.open.renewal.interarrival: 400ms"
        => OFFERED, Goes(5.0, 2.5);
    "OpenArrivals.mmpp": "load.crowd.open: {mmpp: [{rate: 5/s, mean: 1s}]}"
        => OFFERED, Goes(10.0, 5.0);
    "OpenArrivals.trace": "load.crowd.open: {trace: {file: trace.csv}}" => OFFERED, Goes(10.0, 0.1);
    "OpenArrivals.trace.file" given "load.crowd.open: {trace: {file: trace.csv}}":
        "load.crowd.open.trace.file: longer.csv"
        => OFFERED, Goes(0.1, 0.2);
};
