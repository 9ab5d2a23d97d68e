//! The event calendar beside a binary heap, a ladder queue and a calendar queue, in the hold model:
//! take the next event, schedule another some time later, so that as many are always pending.
//!
//! One sample is a thousand events. Delays are exponential, or a tenth of them a hundred times as
//! long, as where timeouts wait beside work. All four must take the same events in the same order.
//!
//! `cargo bench --bench calendar`

#![allow(missing_docs, reason = "a bench has no readers but its module docs")]

#[path = "calendar/ladder.rs"]
mod ladder;
#[path = "calendar/year.rs"]
mod year;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use divan::Bencher;
use divan::counter::ItemsCount;
use foreshadow_sim::calendar::{Calendar, Class};
use foreshadow_sim::time::SimTime;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};

use ladder::Ladder;
use year::Year;

/// A set of packed events; the peers of the calendar.
pub(crate) trait Events: Default {
    fn push(&mut self, key: u128);
    /// The least.
    fn pop(&mut self) -> Option<u128>;
}

const TIME_SHIFT: u32 = 73;

/// The instant of a packed event \[ns\].
pub(crate) const fn time_of(key: u128) -> u64 {
    (key >> TIME_SHIFT) as u64
}

#[derive(Default)]
struct Binary(BinaryHeap<Reverse<u128>>);

impl Events for Binary {
    fn push(&mut self, key: u128) {
        self.0.push(Reverse(key));
    }

    fn pop(&mut self) -> Option<u128> {
        self.0.pop().map(|Reverse(key)| key)
    }
}

/// What is measured: at an instant, schedule a payload; take the next payload.
trait Schedule: Default {
    fn schedule(&mut self, delay: u64, payload: u32);
    fn next(&mut self) -> Option<u32>;
}

#[derive(Default)]
struct Ours(Calendar);

impl Schedule for Ours {
    fn schedule(&mut self, delay: u64, payload: u32) {
        let at: SimTime = self.0.now().after(delay);
        self.0.schedule(at, Class::WorkEnd, payload);
    }

    fn next(&mut self) -> Option<u32> {
        self.0.pop().map(|(_, payload)| payload)
    }
}

/// A peer with what it needs to order equal times as the calendar does.
#[derive(Default)]
struct Peer<E> {
    events: E,
    now: u64,
    sequence: u64,
}

impl<E: Events> Schedule for Peer<E> {
    fn schedule(&mut self, delay: u64, payload: u32) {
        self.sequence += 1;
        let at = u128::from(self.now + delay) << TIME_SHIFT;
        self.events.push(at | u128::from(self.sequence) << 32 | u128::from(payload));
    }

    fn next(&mut self) -> Option<u32> {
        let key = self.events.pop()?;
        self.now = time_of(key);
        Some(key as u32)
    }
}

/// Events of one sample.
const SAMPLE: usize = 1_000;
const DELAYS: usize = 1 << 16;
/// Mean delay \[ns\].
const MEAN: f64 = 1e9;

/// Exponential delays \[ns\]; a share of them `stretch` times as long.
fn delays(stretched: f64, stretch: f64) -> Vec<u64> {
    let mut rng = SmallRng::seed_from_u64(1);
    let delay = |i: usize| {
        let unit: f64 = Exp1.sample(&mut rng);
        let long = (i as f64 * stretched).fract() < stretched;
        (unit * MEAN * if long { stretch } else { 1.0 }) as u64 + 1
    };
    (0..DELAYS).map(delay).collect()
}

/// A calendar in the steady state of the hold model.
struct Hold<S> {
    calendar: S,
    delays: Vec<u64>,
    step: usize,
}

impl<S: Schedule> Hold<S> {
    fn new(pending: usize, delays: Vec<u64>) -> Self {
        let mut calendar = S::default();
        for payload in 0..pending {
            calendar.schedule(delays[payload % DELAYS], payload as u32);
        }
        let mut hold = Self { calendar, delays, step: 0 };
        // Until most of the first events have gone.
        hold.run(3 * pending.max(SAMPLE));
        hold
    }

    /// Takes and schedules `count` events; returns a number that depends on their order.
    fn run(&mut self, count: usize) -> u64 {
        let mut order = 0u64;
        for _ in 0..count {
            let payload = self.calendar.next().expect("as many are always pending");
            order = order.wrapping_mul(31).wrapping_add(u64::from(payload));
            self.step = (self.step + 1) % DELAYS;
            self.calendar.schedule(self.delays[self.step], payload);
        }
        order
    }
}

const PENDING: [usize; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

fn hold<S: Schedule>(bencher: Bencher<'_, '_>, pending: usize, delays: Vec<u64>) {
    let mut hold: Hold<S> = Hold::new(pending, delays);
    bencher.counter(ItemsCount::new(SAMPLE)).bench_local(|| hold.run(SAMPLE));
}

#[divan::bench(types = [Ours, Peer<Binary>, Peer<Ladder>, Peer<Year>], args = PENDING, sample_count = 500)]
fn exponential<S: Schedule>(bencher: Bencher<'_, '_>, pending: usize) {
    hold::<S>(bencher, pending, delays(0.0, 1.0));
}

#[divan::bench(types = [Ours, Peer<Binary>, Peer<Ladder>, Peer<Year>], args = PENDING, sample_count = 500)]
fn with_timeouts<S: Schedule>(bencher: Bencher<'_, '_>, pending: usize) {
    hold::<S>(bencher, pending, delays(0.1, 100.0));
}

fn order<S: Schedule>(pending: usize) -> u64 {
    Hold::<S>::new(pending, delays(0.1, 100.0)).run(100_000)
}

fn main() {
    let ours = order::<Ours>(1_000);
    assert_eq!(ours, order::<Peer<Binary>>(1_000), "a binary heap takes another order");
    assert_eq!(ours, order::<Peer<Ladder>>(1_000), "a ladder queue takes another order");
    assert_eq!(ours, order::<Peer<Year>>(1_000), "a calendar queue takes another order");
    divan::main();
}
