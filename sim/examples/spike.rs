//! spike
use foreshadow_sim::plan::*;
use foreshadow_sim::random::Law;
use foreshadow_sim::*;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
fn tandem(n: usize, servers: u32, rate: f64, horizon: u64) -> Plan {
    let mut p = Plan::default();
    for i in 0..n {
        p.components.push(Component {
            replicas: vec![0],
            concurrency: Some(servers),
            queue_capacity: None,
        });
        p.endpoints.push(Endpoint {
            component: i,
            steps: vec![Step::Work(Law::exponential(1e7).unwrap())],
        });
    }
    let mut entry = 0;
    if n > 1 {
        p.components.push(Component { replicas: vec![0], concurrency: None, queue_capacity: None });
        entry = n;
        for i in 0..n {
            p.edges.push(Edge {
                caller: n,
                callee: i,
                timeout: None,
                retries: None,
                balance: Balance::RoundRobin,
                round_trip: None,
            });
        }
        p.endpoints.push(Endpoint {
            component: n,
            steps: (0..n)
                .map(|i| {
                    Step::Call(Call {
                        endpoint: i,
                        edge: Some(i),
                        probability: 1.0,
                        count: 1,
                        on_failure: OnFailure::Fail,
                    })
                })
                .collect(),
        });
    }
    p.loads.push(Load::Open {
        endpoint: entry,
        arrivals: Arrivals::Poisson(Curve::constant(rate)),
        patience: None,
    });
    p.run.warm_up = Duration::from_secs(100);
    p.run.horizon = Duration::from_secs(horizon);
    p.run.timeline = Duration::from_secs(100);
    p
}
// the bare loop: heap of (time, server) with exponential draws, no statistics
fn bare(stations: usize, c: u32, rate: f64, n: u64) -> f64 {
    use rand_distr::{Distribution, Exp1};
    use std::cmp::Reverse;
    use std::collections::{BinaryHeap, VecDeque};
    let mut d = random::Key::root(1, 0).draws();
    let mut heap: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let mut q: Vec<VecDeque<u64>> = vec![VecDeque::new(); stations];
    let mut busy = vec![0u32; stations];
    let mut serving: Vec<VecDeque<u64>> = vec![VecDeque::new(); stations];
    let mut arrived = 0;
    let mut done = 0;
    let mut total = 0u64;
    let e = |m: f64, d: &mut random::Draws| {
        let x: f64 = Exp1.sample(d);
        (x * m) as u64
    };
    heap.push(Reverse((e(1e9 / rate, &mut d), u32::MAX)));
    while done < n {
        let Reverse((t, k)) = heap.pop().unwrap();
        let mut to = k as usize;
        let mut who = t;
        if k == u32::MAX {
            arrived += 1;
            if arrived < n {
                heap.push(Reverse((t + e(1e9 / rate, &mut d), u32::MAX)));
            }
            to = 0;
        } else {
            let s = k as usize;
            busy[s] -= 1;
            who = serving[s].pop_front().unwrap();
            if let Some(w) = q[s].pop_front() {
                busy[s] += 1;
                serving[s].push_back(w);
                heap.push(Reverse((t + e(1e7, &mut d), s as u32)));
            }
            to += 1;
            if to == stations {
                done += 1;
                total += t - who;
                continue;
            }
        }
        if busy[to] < c {
            busy[to] += 1;
            serving[to].push_back(who);
            heap.push(Reverse((t + e(1e7, &mut d), to as u32)));
        } else {
            q[to].push_back(who);
        }
    }
    total as f64 / n as f64
}
fn main() {
    let cpu = || {
        let s = std::fs::read_to_string("/proc/self/stat").unwrap();
        let f: Vec<&str> = s.split(' ').collect();
        f[13].parse::<f64>().unwrap() / 100.0
    };
    for (n, c, rate) in [(1, 1, 80.0), (5, 2, 160.0)] {
        let customers = 2_000_000u64;
        let t0 = cpu();
        let m = bare(n, c, rate, customers);
        let tb = cpu() - t0;
        let sim = Simulation::new(tandem(n, c, rate, (customers as f64 / rate) as u64)).unwrap();
        let t0 = cpu();
        let t = sim.replication(0, &AtomicBool::new(false)).unwrap();
        let te = cpu() - t0;
        let entry = if n > 1 { n } else { 0 };
        println!(
            "{n}x{c}: bare {:.2} M/s mean {:.3}; engine {:.2} M/s mean {:.3} events {} ratio {:.2}",
            2.0 / tb,
            m / 1e7,
            2.0 / te,
            t.users[entry].latency.mean().unwrap() / 1e7,
            t.events,
            tb / te
        );
    }
}
