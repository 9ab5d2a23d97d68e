//! What one writes who needs this one number: a heap of times, a count for each queue, no
//! statistics.
//!
//! An event is a time \[ns\] and, in the lowest bits, the station where a service ends, so that
//! one integer comparison orders it. The heap has four children a node: on the tandem that is a
//! tenth faster than the standard library's heap of two.

use crate::network::{Network, SERVICE, Times};

/// Bits below the time: the station, or all ones for an arrival from outside.
const STATION_BITS: u32 = 8;
const ARRIVAL: usize = (1 << STATION_BITS) - 1;

/// A heap of four children a node, least first.
#[derive(Debug, Default)]
struct Heap(Vec<u64>);

impl Heap {
    #[inline]
    fn push(&mut self, key: u64) {
        self.0.push(key);
        let heap = &mut self.0[..];
        let mut child = heap.len() - 1;
        while child > 0 {
            let parent = (child - 1) / 4;
            if heap[parent] <= key {
                break;
            }
            heap[child] = heap[parent];
            child = parent;
        }
        heap[child] = key;
    }

    #[inline]
    fn pop(&mut self) -> Option<u64> {
        let key = self.0.pop()?;
        let heap = &mut self.0[..];
        let Some(&top) = heap.first() else { return Some(key) };
        let mut hole = 0;
        while let Some((child, least)) = least_child(heap, hole * 4 + 1)
            && least < key
        {
            heap[hole] = least;
            hole = child;
        }
        heap[hole] = key;
        Some(top)
    }
}

/// The least of up to four entries from `first` on, and where it is.
#[inline]
fn least_child(heap: &[u64], first: usize) -> Option<(usize, u64)> {
    let children = heap.get(first..)?;
    if let Some(&[a, b, c, d]) = children.first_chunk() {
        let left = if b < a { (first + 1, b) } else { (first, a) };
        let right = if d < c { (first + 3, d) } else { (first + 2, c) };
        return Some(if right.1 < left.1 { right } else { left });
    }
    (first..).zip(children.iter().copied()).min_by_key(|&(_, key)| key)
}

#[derive(Debug, Clone, Copy, Default)]
struct Station {
    busy: u32,
    waiting: u32,
}

struct Loop {
    servers: u32,
    stations: Vec<Station>,
    events: Heap,
    times: Times,
}

impl Loop {
    #[inline]
    fn schedule(&mut self, at: u64, what: usize) {
        self.events.push(at << STATION_BITS | what as u64);
    }

    #[inline]
    fn enter(&mut self, now: u64, index: usize) {
        let station = &mut self.stations[index];
        if station.busy == self.servers {
            station.waiting += 1;
            return;
        }
        station.busy += 1;
        let end = now + self.times.next(SERVICE);
        self.schedule(end, index);
    }
}

/// Serves `customers`; returns how many that were.
pub(crate) fn run(network: Network, customers: u64) -> u64 {
    let mut state = Loop {
        servers: network.servers,
        stations: vec![Station::default(); network.stations],
        events: Heap::default(),
        times: Times::new(1),
    };
    let interarrival = network.interarrival();
    let (mut arrived, mut served) = (0, 0);
    let first = state.times.next(interarrival);
    state.schedule(first, ARRIVAL);
    while let Some(event) = state.events.pop() {
        let (now, index) = (event >> STATION_BITS, (event & ARRIVAL as u64) as usize);
        if index == ARRIVAL {
            arrived += 1;
            if arrived < customers {
                let next = now + state.times.next(interarrival);
                state.schedule(next, ARRIVAL);
            }
            state.enter(now, 0);
            continue;
        }
        let station = &mut state.stations[index];
        if station.waiting > 0 {
            station.waiting -= 1;
            let end = now + state.times.next(SERVICE);
            state.schedule(end, index);
        } else {
            station.busy -= 1;
        }
        if index + 1 < state.stations.len() {
            state.enter(now, index + 1);
        } else {
            served += 1;
        }
    }
    served
}
