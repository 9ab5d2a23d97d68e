//! The networks of queues that Foreshadow and its peers are compared on.

// Every bench includes this file and uses a part of it.
#![allow(dead_code)]

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};

/// Stations in series, each with the same number of servers and exponential service of mean 10 ms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    pub(crate) stations: usize,
    pub(crate) servers: u32,
}

/// Mean service time \[ns\].
pub(crate) const SERVICE: f64 = 1e7;
/// Share of the servers in use.
const UTILIZATION: f64 = 0.8;

impl Network {
    /// Five M/M/2 in series.
    pub(crate) const TANDEM: Self = Self { stations: 5, servers: 2 };

    /// Mean time between arrivals \[ns\].
    pub(crate) fn interarrival(self) -> f64 {
        SERVICE / (UTILIZATION * f64::from(self.servers))
    }

    /// The twin: an entry without work of its own that calls the stations one after the other.
    pub(crate) fn twin(self) -> String {
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
    pub(crate) fn scenario(self, customers: u64) -> String {
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
