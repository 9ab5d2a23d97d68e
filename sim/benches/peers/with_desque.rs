//! The same network with desque: state of one's own, events as boxed values with a method.

use desque::SimState;
use desque::serial::{OkEvent, Simulation};

use crate::network::{Network, SERVICE, Times};

#[derive(Debug)]
struct State {
    network: Network,
    /// Servers in use and customers waiting, by station.
    stations: Vec<(u32, u32)>,
    times: Times,
    arrivals_left: u64,
    served: u64,
}

impl SimState<u64> for State {}

type Sim = Simulation<State, u64>;

/// A customer comes from outside.
#[derive(Debug)]
struct Arrival;

impl OkEvent<State, u64> for Arrival {
    fn execute(&mut self, simulation: &mut Sim) {
        let state = simulation.state_mut();
        state.arrivals_left -= 1;
        if state.arrivals_left > 0 {
            let delay = state.times.next(state.network.interarrival());
            schedule(simulation, Self, delay);
        }
        enter(simulation, 0);
    }
}

/// A service ends at a station.
#[derive(Debug)]
struct ServiceEnds(usize);

impl OkEvent<State, u64> for ServiceEnds {
    fn execute(&mut self, simulation: &mut Sim) {
        let state = simulation.state_mut();
        let (busy, waiting) = &mut state.stations[self.0];
        if *waiting > 0 {
            *waiting -= 1;
            let delay = state.times.next(SERVICE);
            schedule(simulation, Self(self.0), delay);
        } else {
            *busy -= 1;
        }
        if self.0 + 1 < simulation.state().stations.len() {
            enter(simulation, self.0 + 1);
        } else {
            simulation.state_mut().served += 1;
        }
    }
}

fn schedule(simulation: &mut Sim, event: impl OkEvent<State, u64> + 'static, delay: u64) {
    simulation.schedule_with_delay(event, delay).expect("a delay is not negative");
}

fn enter(simulation: &mut Sim, index: usize) {
    let state = simulation.state_mut();
    let (busy, waiting) = &mut state.stations[index];
    if *busy == state.network.servers {
        *waiting += 1;
        return;
    }
    *busy += 1;
    let delay = state.times.next(SERVICE);
    schedule(simulation, ServiceEnds(index), delay);
}

/// Serves `customers`; returns how many that were.
pub(crate) fn run(network: Network, customers: u64) -> u64 {
    let state = State {
        network,
        stations: vec![(0, 0); network.stations],
        times: Times::new(1),
        arrivals_left: customers,
        served: 0,
    };
    let mut simulation = Simulation::new(state, 0);
    let first = simulation.state_mut().times.next(network.interarrival());
    schedule(&mut simulation, Arrival, first);
    simulation.run().expect("no event fails");
    simulation.state().served
}
