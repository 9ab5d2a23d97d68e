//! The same network with nexosim: a model for the source and for each station, messages without
//! content between them, the executor of one thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::network::{Network, SERVICE, Times};

/// Times that need not be kept with a saved model.
#[derive(Debug)]
struct Source(Times);

impl Default for Source {
    fn default() -> Self {
        Self(Times::new(1))
    }
}

impl Source {
    fn next(&mut self, mean: f64) -> Duration {
        Duration::from_nanos(self.0.next(mean))
    }
}

/// Users from outside.
#[derive(Serialize, Deserialize)]
struct Users {
    /// Customers -- output port.
    customers: Output<()>,
    interarrival: f64,
    left: u64,
    #[serde(skip)]
    times: Source,
}

#[Model]
impl Users {
    #[nexosim(init)]
    #[expect(clippy::unused_async, reason = "the attribute asks for it")]
    async fn init(&mut self, cx: &Context<Self>) {
        self.schedule_next(cx);
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, (): (), cx: &Context<Self>) {
        self.left -= 1;
        if self.left > 0 {
            self.schedule_next(cx);
        }
        self.customers.send(()).await;
    }

    fn schedule_next(&mut self, cx: &Context<Self>) {
        let delay = self.times.next(self.interarrival);
        cx.schedule_event(delay, schedulable!(Self::arrive), ()).expect("a delay is positive");
    }
}

/// A queue and its servers.
#[derive(Serialize, Deserialize)]
struct Station {
    /// Customers served -- output port.
    customers: Output<()>,
    servers: u32,
    busy: u32,
    waiting: u32,
    #[serde(skip)]
    times: Source,
}

#[Model]
impl Station {
    /// A customer comes -- input port.
    fn enter(&mut self, (): (), cx: &Context<Self>) {
        if self.busy == self.servers {
            self.waiting += 1;
        } else {
            self.busy += 1;
            self.serve(cx);
        }
    }

    #[nexosim(schedulable)]
    async fn service_ends(&mut self, (): (), cx: &Context<Self>) {
        if self.waiting > 0 {
            self.waiting -= 1;
            self.serve(cx);
        } else {
            self.busy -= 1;
        }
        self.customers.send(()).await;
    }

    fn serve(&mut self, cx: &Context<Self>) {
        let delay = self.times.next(SERVICE);
        let ends = schedulable!(Self::service_ends);
        cx.schedule_event(delay, ends, ()).expect("a delay is positive");
    }
}

/// Counts those who leave.
#[derive(Serialize, Deserialize)]
struct Exit {
    #[serde(skip)]
    served: Arc<AtomicU64>,
}

#[Model]
impl Exit {
    /// A customer leaves -- input port.
    fn leave(&mut self, (): ()) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }
}

/// Serves `customers`; returns how many that were.
pub(crate) fn run(network: Network, customers: u64) -> u64 {
    let served = Arc::new(AtomicU64::new(0));
    let exit_box = Mailbox::new();
    let boxes: Vec<Mailbox<Station>> = (0..network.stations).map(|_| Mailbox::new()).collect();
    let mut users = Users {
        customers: Output::default(),
        interarrival: network.interarrival(),
        left: customers,
        times: Source(Times::new(0)),
    };
    users.customers.connect(Station::enter, &boxes[0]);
    let mut stations = Vec::new();
    for index in 0..network.stations {
        let mut station = Station {
            customers: Output::default(),
            servers: network.servers,
            busy: 0,
            waiting: 0,
            times: Source(Times::new(index as u64 + 1)),
        };
        match boxes.get(index + 1) {
            Some(next) => station.customers.connect(Station::enter, next),
            None => station.customers.connect(Exit::leave, &exit_box),
        }
        stations.push(station);
    }
    let exit = Exit { served: Arc::clone(&served) };
    let mut bench = SimInit::with_num_threads(1)
        .add_model(users, Mailbox::new(), "users")
        .add_model(exit, exit_box, "exit");
    for (index, (station, mailbox)) in stations.into_iter().zip(boxes).enumerate() {
        bench = bench.add_model(station, mailbox, &format!("station {index}"));
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH).expect("a sound bench");
    simulation.run().expect("no model fails");
    served.load(Ordering::Relaxed)
}
