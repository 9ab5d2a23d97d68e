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
mod network;
mod scenario;

use std::sync::atomic::AtomicBool;

use measure::{Case, Spread, argument, interleave, machine, table};
use network::Network;

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
        ("M/M/1", Network { stations: 1, servers: 1 }),
        ("M/M/4", Network { stations: 1, servers: 4 }),
        ("5 × M/M/2", Network::TANDEM),
    ];
    let mut rows = Vec::new();
    for (name, network) in networks {
        let mut cases = [
            Case::new("foreshadow", || foreshadow(network, customers)),
            Case::new("loop by hand", || by_hand::run(network, customers)),
            Case::new("nexosim 1.0", || with_nexosim::run(network, customers)),
            Case::new("desque 0.4", || with_desque::run(network, customers)),
        ];
        let rates = interleave(&mut cases, rounds);
        for (case, rate) in cases.iter().zip(&rates) {
            rows.push(vec![
                format!("{name}, {}", case.name),
                format!("{:.3}", Spread::of(rate.iter().map(|rate| rate * 1e-6))),
                format!("{:.3}", Spread::of_ratios(&rates[0], rate)),
            ]);
        }
    }
    table(&["", "million customers per CPU-second", "foreshadow over this"], &rows);
}
