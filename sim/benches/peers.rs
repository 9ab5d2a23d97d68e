//! Customers per CPU-second through M/M/1, M/M/4 and five M/M/2 in series, beside a loop written by
//! hand and two general discrete-event libraries.
//!
//! Foreshadow runs from the text of a scenario, which it reads and lowers within the time measured,
//! with all of its statistics. The others keep none: the loop knows queues only as counts, which
//! is the least that any simulator can do, and the libraries' models are as lean as they allow.
//! All draw exponentials by a ziggurat.
//!
//! `cargo bench --bench peers -- --rounds 9 --customers 1000000`

#![allow(missing_docs, reason = "a bench has no readers but its module docs")]

#[path = "peers/by_hand.rs"]
mod by_hand;
#[path = "peers/with_desque.rs"]
mod with_desque;
#[path = "peers/with_nexosim.rs"]
mod with_nexosim;

mod measure;
mod scenario;

use std::sync::atomic::AtomicBool;

use measure::{Case, Spread, argument, interleave, machine, table};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};

/// Stations in series, each with the same number of servers and exponential service of mean 10 ms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    name: &'static str,
    pub(crate) stations: usize,
    pub(crate) servers: u32,
}

/// Mean service time \[ns\].
pub(crate) const SERVICE: f64 = 1e7;
/// Share of the servers in use.
const UTILIZATION: f64 = 0.8;

impl Network {
    /// Mean time between arrivals \[ns\].
    pub(crate) fn interarrival(self) -> f64 {
        SERVICE / (UTILIZATION * f64::from(self.servers))
    }

    /// The twin: an entry without work of its own that calls the stations one after the other.
    fn twin(self) -> String {
        let calls = (0..self.stations).map(|i| format!("{{call: s{i}.serve}}"));
        let mut text = format!(
            "foreshadow: twin/v1\nname: peers\ncomponents:\n  \
             front: {{endpoints: {{go: {{steps: [{}]}}}}}}\n",
            calls.collect::<Vec<_>>().join(", ")
        );
        for station in 0..self.stations {
            text += &format!(
                "  s{station}: {{concurrency: {}, endpoints: \
                 {{serve: {{steps: [{{work: {{exponential: {{mean: 10ms}}}}}}]}}}}}}\n",
                self.servers
            );
        }
        text
    }

    /// The scenario: as long as it takes `customers` to come. One station needs no entry.
    fn scenario(self, customers: u64) -> String {
        let entry = if self.stations == 1 { "s0.serve" } else { "front.go" };
        format!(
            "foreshadow: scenario/v1\nname: peers\ntwin: twin.yaml\n\
             load: {{{entry}: {{arrivals: {{poisson: {{rate: {}/s}}}}}}}}\n\
             run: {{horizon: {:.0}s}}\n",
            1e9 / self.interarrival(),
            customers as f64 * self.interarrival() * 1e-9
        )
    }
}

/// A stream of exponential times with one seed, for the peers.
#[derive(Debug)]
pub(crate) struct Times(SmallRng);

impl Times {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    /// An exponential time of mean `mean` \[ns\], at least 1.
    #[inline]
    pub(crate) fn next(&mut self, mean: f64) -> u64 {
        let unit: f64 = Exp1.sample(&mut self.0);
        (unit * mean) as u64 + 1
    }
}

/// The whole way from text to counts; returns the customers of the run.
fn foreshadow(network: Network, customers: u64) -> u64 {
    let simulation = scenario::simulation(&network.twin(), &network.scenario(customers));
    let tally = simulation.replication(0, &AtomicBool::new(false)).expect("a sound run");
    // An endpoint that is only called by others has no users.
    let users = tally.users.iter().map(|users| users.offered).sum();
    let served: u64 = tally.services.iter().map(|service| service.completed).sum();
    assert!(served + 1_000 > users, "customers are served");
    users
}

fn main() {
    let rounds = argument("--rounds", 9);
    let customers = argument("--customers", 1_000_000);
    println!("{}; {rounds} rounds of {customers} customers\n", machine());
    let networks = [
        Network { name: "M/M/1", stations: 1, servers: 1 },
        Network { name: "M/M/4", stations: 1, servers: 4 },
        Network { name: "5 × M/M/2", stations: 5, servers: 2 },
    ];
    let mut rows = Vec::new();
    for network in networks {
        let mut cases = [
            Case::new("foreshadow", || foreshadow(network, customers)),
            Case::new("loop by hand", || by_hand::run(network, customers)),
            Case::new("nexosim 1.0", || with_nexosim::run(network, customers)),
            Case::new("desque 0.4", || with_desque::run(network, customers)),
        ];
        let rates = interleave(&mut cases, rounds);
        for (case, rate) in cases.iter().zip(&rates) {
            rows.push(vec![
                format!("{}, {}", network.name, case.name),
                format!("{:.3}", Spread::of(rate.iter().map(|rate| rate * 1e-6))),
                format!("{:.2}", Spread::of_ratios(&rates[0], rate)),
            ]);
        }
    }
    table(&["", "million customers per CPU-second", "foreshadow over this"], &rows);
}
