//! What theory says of each case: μ = 1 unless stated, λ the arrival rate, T the time in system,
//! Wq the wait. Users call endpoint 0; where one station serves them, it is component 0.
//!
//! Sources: L. Kleinrock, *Queueing Systems*, vol. 1 (Wiley, 1975), ch. 3 and 5; for the quantiles
//! of M/D/1, C. D. Crommelin, "Delay Probability Formulae When the Holding Times Are Constant",
//! Post Office Electrical Engineers Journal 25, 1932.

use foreshadow_sim::Tally;
use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::Outcome;

use super::rule::{Measure, Truth};

fn users(tally: &Tally) -> &Summary {
    &tally.users[0].latency
}

fn station(tally: &Tally) -> &Summary {
    &tally.components[0].wait
}

/// T.
pub(super) const fn sojourn(expected: f64) -> Truth {
    Truth::new("T", Measure::Mean(users), expected)
}

/// A quantile of T.
pub(super) const fn sojourn_quantile(name: &'static str, q: f64, expected: f64) -> Truth {
    Truth::new(name, Measure::Quantile(q, users), expected)
}

/// Wq.
pub(super) const fn wait(expected: f64) -> Truth {
    Truth::new("Wq", Measure::Mean(station), expected)
}

const fn wait_quantile(name: &'static str, q: f64, expected: f64) -> Truth {
    Truth::new(name, Measure::Quantile(q, station), expected)
}

/// The chance of any wait: Erlang C where the queue is unlimited.
const fn waits(expected: f64) -> Truth {
    let share = |t: &Tally| station(t).above(0.0) / station(t).count() as f64;
    Truth::new("P(wait)", Measure::Share(share), expected)
}

/// The chance to be refused: Erlang B where nobody can wait.
pub(super) const fn blocked(expected: f64) -> Truth {
    let share = |tally: &Tally| {
        let users = &tally.users[0];
        users.outcomes[Outcome::Rejected as usize] as f64 / users.offered as f64
    };
    Truth::new("P(block)", Measure::Share(share), expected)
}

/// T of the users of endpoint 1.
const fn sojourn_of_second(expected: f64) -> Truth {
    Truth::new("T of the second", Measure::Mean(|tally| &tally.users[1].latency), expected)
}

/// The chance that a longest wait ends before it is over.
const fn leaves(expected: f64) -> Truth {
    blocked(expected).named("P(leaves)")
}

/// The chance of any wait, whether it ends in service or not.
const fn has_to_wait(expected: f64) -> Truth {
    let share = |tally: &Tally| {
        let station = &tally.components[0];
        let waited = station.wait.above(0.0) + station.rejected as f64;
        waited / (station.wait.count() + station.rejected) as f64
    };
    Truth::new("P(wait)", Measure::Share(share), expected)
}

/// M/M/10, λ = 9.
pub(super) const M_M_10: [Truth; 2] = [sojourn(1.668_732), waits(0.668_731_5)];

/// M/M/100, λ = 95.
pub(super) const M_M_100: [Truth; 2] = [sojourn(1.101_291), waits(0.506_456_9)];

/// M/G/1 processor sharing at ρ = 0.8, whatever the law: requests of mean 1, and some of always 2.
/// Source: L. Kleinrock, *Queueing Systems*, vol. 2 (Wiley, 1976), section 4.4.
pub(super) const M_G_1_PS: [Truth; 2] = [sojourn(5.0), sojourn_of_second(10.0)];

/// M/M/4 + M, λ = 5, patience of mean 2 in queue. Source: C. Palm, *Research on Telephone Traffic
/// Carried by Full Availability Groups*, Tele 1, 1957.
pub(super) const ERLANG_A_SMALL: [Truth; 2] =
    [leaves(0.259_025_5).within_five_percent(), has_to_wait(0.820_950_9).within_five_percent()];

/// M/M/100 + M, λ = 105, patience of mean 1.
pub(super) const ERLANG_A_LARGE: [Truth; 2] =
    [leaves(0.066_981_95).within_five_percent(), has_to_wait(0.700_245_3).within_five_percent()];

/// Two classes at one server, λ = 0.3 and 0.5. Source: A. Cobham, "Priority Assignment in Waiting
/// Line Problems", Operations Research 2(1), 1954; preemptive: L. Kleinrock, vol. 2, section 3.4.
pub(super) const PRIORITY: [Truth; 2] = [sojourn(2.142_857), sojourn_of_second(6.714_286)];
pub(super) const PREEMPTIVE_PRIORITY: [Truth; 2] =
    [sojourn(1.428_571), sojourn_of_second(7.142_857)];

/// M/M/1, λ = 0.8.
pub(super) const M_M_1: [Truth; 4] = [
    sojourn(5.0),
    sojourn_quantile("p50", 0.5, 3.465_736),
    sojourn_quantile("p95", 0.95, 14.978_66),
    sojourn_quantile("p99", 0.99, 23.025_85),
];

/// M/M/2, λ = 1.6.
pub(super) const M_M_2: [Truth; 4] = [
    wait(1.777_778),
    waits(0.711_111_1),
    sojourn_quantile("p95", 0.95, 7.910_684),
    sojourn_quantile("p99", 0.99, 11.937_37),
];

/// M/M/4, λ = 3.2.
pub(super) const M_M_4: [Truth; 5] = [
    wait(0.745_540_6),
    sojourn(1.745_541),
    sojourn_quantile("p95", 0.95, 4.738_019),
    sojourn_quantile("p99", 0.99, 6.893_204),
    waits(0.596_432_5),
];

/// M/M/4/20, λ = 3.2.
pub(super) const M_M_4_20_LIGHT: [Truth; 2] = [blocked(0.003_403_325), sojourn(1.668_628)];

/// M/M/4/20, λ = 5.
pub(super) const M_M_4_20_HEAVY: [Truth; 2] = [blocked(0.202_842_9), sojourn(4.082_144)];

/// M/D/1, λ = 0.8.
pub(super) const M_D_1: [Truth; 3] =
    [wait(2.0), wait_quantile("Wq p95", 0.95, 6.620_325), wait_quantile("Wq p99", 0.99, 10.355_89)];

/// D/M/1, ρ = 0.8.
pub(super) const D_M_1: [Truth; 2] = [sojourn(2.692_731), sojourn_quantile("p99", 0.99, 12.400_48)];

/// Five M/M/2 in series, λ = 1.6.
pub(super) const FIVE_M_M_2: [Truth; 1] = [sojourn(13.888_89)];

/// Closed: think 5, demands 1, 0.5, 0.25, by the number of users; from mean value analysis.
pub(super) const CLOSED: [(u32, [Truth; 2]); 3] = [
    (5, [throughput(0.641_945_7), sojourn(2.788_821)]),
    (10, [throughput(0.945_275_7), sojourn(5.578_924)]),
    (20, [throughput(0.999_894_6), sojourn(15.002_11)]),
];

const fn throughput(expected: f64) -> Truth {
    Truth::new("X", Measure::Rate(|tally| tally.users[0].goodput as f64), expected)
}

/// Jackson's network of row 13: two servers, one and one; the rates of visits, by component behind
/// the router.
pub(super) const JACKSON: [Truth; 4] = [
    sojourn(5.136_755),
    visits("λ1", |tally| tally.components[1].arrivals as f64, 1.136_364),
    visits("λ2", |tally| tally.components[2].arrivals as f64, 0.681_818_2),
    visits("λ3", |tally| tally.components[3].arrivals as f64, 0.454_545_5),
];

const fn visits(name: &'static str, of: fn(&Tally) -> f64, expected: f64) -> Truth {
    Truth::new(name, Measure::Rate(of), expected)
}

/// The shorter of two sampled queues, by ρ, as the number of servers grows beyond all bounds: T is
/// the sum of ρ^(2^i − 2) over i from 1 on. Source: N. D. Vvedenskaya, R. L. Dobrushin, F. I.
/// Karpelevich, "Queueing System with Selection of the Shortest of Two Queues: An Asymptotic
/// Approach", Problems of Information Transmission 32(1), 1996.
pub(super) const SHORTER_OF_TWO: [(&str, Truth); 3] = [
    ("80k/s", sojourn(1.947_363).in_the_limit()),
    ("90k/s", sojourn(2.614_057).in_the_limit()),
    ("95k/s", sojourn(3.383_046).in_the_limit()),
];
