//! What a run takes of memory, counted by the allocator.
//!
//! A binary of its own, because the counting allocator is the whole program's: it would slow every
//! other test, and count what they allocate.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, wherever the line stands")]

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dhat::{HeapStats, Profiler};
use foreshadow_campaigns::Spec;
use foreshadow_campaigns::merge::Merged;
use foreshadow_campaigns::record::{self, Row};
use foreshadow_campaigns::unit::{self, Bases, Unit};
use foreshadow_scenarios::load_scenario;
use foreshadow_sim::{Error, Simulation, Tally};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Held by a test from its first line on: what other threads allocate would be counted too.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two levels of calls with timeouts and retries; the queue of the last is full now and then.
const CHAIN: &str = "
foreshadow: twin/v1
name: chain
network: {same_zone: {exponential: {mean: 0.2ms}}}
components:
  front:
    replicas: 3
    endpoints:
      go: {steps: [{work: 1ms}, {parallel: [{call: middle.serve}, {call: middle.serve}]}]}
    calls:
      middle: {timeout: 200ms, retries: {max: 2, on: [timeout, rejected], backoff: {base: 5ms, jitter: full}}}
  middle:
    replicas: 2
    concurrency: 32
    endpoints: {serve: {steps: [{work: {exponential: {mean: 2ms}}}, {call: back.serve}]}}
    calls:
      back: {timeout: 50ms, retries: {max: 1, on: [timeout, rejected], backoff: {base: 5ms, jitter: full}}}
  back:
    concurrency: 2
    queue: {capacity: 30}
    endpoints: {serve: {steps: [{work: {exponential: {mean: 5ms}}}]}}
";

/// Three levels; the last works for ever.
const DEEP: &str = "
foreshadow: twin/v1
name: deep
components:
  front: {endpoints: {go: {steps: [{call: middle.serve}]}}, calls: {middle: {timeout: 10h}}}
  middle: {endpoints: {serve: {steps: [{call: back.serve}]}}, calls: {back: {timeout: 10h}}}
  back: {endpoints: {serve: {steps: [{work: {uniform: {min: 1h, max: 2h}}}]}}}
";

/// A scenario of `front.go` at `rate` for `horizon`, in one bin of the timeline.
fn simulation(twin: &str, rate: u32, horizon: &str) -> Simulation {
    let scenario = format!(
        "foreshadow: scenario/v1\nname: memory\ntwin: twin.yaml\n\
         load: {{front.go: {{arrivals: {{poisson: {{rate: {rate}/s}}}}}}}}\n\
         run: {{horizon: {horizon}, drain: 0s, timeline: {horizon}}}\n"
    );
    let files = |path: &Path| match path.to_str() {
        Some("twin.yaml") => Ok(twin.to_owned()),
        Some("scenario.yaml") => Ok(scenario.clone()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let loaded = foreshadow_scenarios::load_scenario(Path::new("scenario.yaml"), &[], &files);
    Simulation::new(foreshadow_scenarios::lower(&loaded.unwrap()).unwrap().plan).unwrap()
}

/// What one replication allocates, from the start of the run to the counts in hand.
fn count(simulation: &Simulation) -> (Tally, HeapStats) {
    let _profiler = Profiler::builder().testing().build();
    let tally = simulation.replication(0, &AtomicBool::new(false)).unwrap();
    (tally, HeapStats::get())
}

/// Four times as many events, and not one allocation more but for what a rare crowd or a rare long
/// time needs: vectors double, and histograms grow an octave at a time.
#[test]
fn events_allocate_nothing_in_the_steady_state() {
    let _alone = alone();
    let (short, before) = count(&simulation(CHAIN, 170, "60s"));
    let (long, after) = count(&simulation(CHAIN, 170, "240s"));
    let more = after.total_blocks.cast_signed() - before.total_blocks.cast_signed();
    println!("{} events, {} blocks", short.events, before.total_blocks);
    println!("{} events, {more} blocks more", long.events);
    assert!(short.events > 100_000 && long.events > 3 * short.events, "a run of some length");
    assert!(long.edges.iter().any(|edge| edge.retries > 100), "with retries");
    assert!(more <= 16, "{more} allocations more in {} events more", long.events - short.events);
}

/// From a minute to an hour: what grows are the tails of histograms, which have 256 buckets an
/// octave at most. Two bytes kept for each request would be found.
#[test]
fn the_peak_does_not_grow_with_the_horizon() {
    let _alone = alone();
    let (_, minute) = count(&simulation(CHAIN, 60, "1m"));
    let (long, hour) = count(&simulation(CHAIN, 60, "1h"));
    println!("peak {} and {} bytes", minute.max_bytes, hour.max_bytes);
    assert!(long.users[0].offered > 200_000, "an hour of some load");
    assert!(hour.max_bytes < 2 * minute.max_bytes, "{} bytes", hour.max_bytes);
}

/// Work that piles up ends the run before it has taken a gigabyte.
#[test]
fn a_crowd_that_is_too_large_is_an_error() {
    let _alone = alone();
    let simulation = simulation(DEEP, 1_000_000, "2s");
    let _profiler = Profiler::builder().testing().build();
    let ended = simulation.replication(0, &AtomicBool::new(false));
    let bytes = HeapStats::get().max_bytes;
    println!("{bytes} bytes");
    // A third of them at each level.
    assert!(matches!(ended, Err(Error::TooMany { limit: 4_194_304, component: 0..3 })));
    assert!(bytes < 1_000_000_000, "{bytes} bytes");
}

/// Bytes at the peak for each request in flight and each level of its calls, frames, calendar and
/// timers together.
///
/// The vectors of a run double when they are full, which takes addresses but no memory until it
/// is used; so the number of requests is chosen such that they are nearly full.
#[test]
fn a_request_in_flight_takes_under_200_bytes_a_level() {
    let _alone = alone();
    let levels = 3;
    let (few, start) = count(&simulation(DEEP, 1_000, "1s"));
    let (many, end) = count(&simulation(DEEP, 1_000, "86s"));
    let in_flight = |tally: &Tally| tally.users[0].outcomes.iter().sum::<u64>();
    let requests = in_flight(&many) - in_flight(&few);
    assert!(many.users[0].outcomes[5] == many.users[0].offered, "all are in flight");
    let bytes = (end.max_bytes - start.max_bytes) as f64 / (requests * levels) as f64;
    println!("{} frames, {bytes:.0} bytes a request and level", many.peak_frames);
    let fullness = many.peak_frames as f64 / many.peak_frames.next_power_of_two() as f64;
    assert!(fullness > 0.9, "the vector of frames is nearly full: {fullness}");
    assert!(bytes < 200.0, "{bytes} bytes");
}

/// A million rows of a real campaign's kind, read from objects of a thousand and merged.
#[test]
#[ignore = "takes a minute: a million histograms are read and added"]
fn a_million_trials_are_merged_in_under_500_megabytes() {
    const PER_OBJECT: u32 = 1_000;
    let _alone = alone();
    let scenario = "
foreshadow: scenario/v1
name: a
twin: twin.yaml
load: {front.go: {arrivals: {poisson: {rate: 50/s}}}}
objectives: [{endpoint: front.go, p99: 500ms}, {endpoint: front.go, success_rate: 99%}]
run: {horizon: 20s, replications: 10}
campaign: {faults: [{crash: {at: '*[0]'}}]}
";
    let read = |path: &Path| {
        let text = if path.ends_with("twin.yaml") { CHAIN } else { scenario };
        Ok::<_, io::Error>(text.to_owned())
    };
    let scenario = load_scenario(Path::new("a.yaml"), &[], &read).unwrap();
    let spec = Spec::new(scenario).unwrap();
    let (bases, stop) = (Bases::default(), AtomicBool::new(false));
    let rows = unit::run(&spec, &Unit { case: 0, block: 0 }, 10, &bases, &stop).unwrap();
    let object: Vec<Row> = rows.iter().cycle().take(PER_OBJECT as usize).cloned().collect();
    let object = Bytes::from(record::write(&object).unwrap());
    let _profiler = Profiler::builder().testing().build();
    let mut merged = Merged::new(&spec);
    let mut number = 0;
    while number < 1_000_000 {
        record::read(object.clone(), |mut row| {
            row.replication = number;
            number += 1;
            merged.add(row)
        })
        .unwrap();
    }
    merged.settle();
    let bytes = HeapStats::get().max_bytes;
    println!("{number} rows, {bytes} bytes at the peak");
    assert_eq!(merged.cases[0].trials.len(), 1_000_000);
    assert!(merged.cases[0].latency.as_ref().is_some_and(|all| all.len() > 1_000_000 * 100));
    assert!(bytes < 500_000_000, "{bytes} bytes");
}
