//! How long a system takes to settle: pilots that start empty, watched until they do.
//!
//! A component has settled where MSER-5 says so of the requests in it, averaged over the pilots, and
//! where five times its correlation time has passed: MSER-5 alone weighs the bias against the noise
//! of a few pilots, but many more replications follow. Pilots are doubled until that is in their
//! first half, and they are forty correlation times long, so that it is well known.

use std::time::Duration;

use foreshadow_sim::plan::{ComponentId, Run};
use foreshadow_sim::stats::{correlation_time, mser_5};
use foreshadow_sim::time::SimTime;
use foreshadow_sim::{Simulation, Tally};

use super::{Error, Progress, Settings, trouble};
use crate::lower::Lowered;
use crate::report::{self, Evidence, Observed, Steadiness, WarmUp, reachable};

/// Pilots of each length.
const PILOTS: u32 = 8;
/// Number of the first pilot: no replication of a run has it.
const FIRST: u32 = 1 << 31;
/// Bins of a pilot: whole batches of MSER-5.
const BINS: u32 = 500;
/// How often pilots are doubled, at most; the first are as long as the horizon.
const DOUBLINGS: u32 = 5;
/// Correlation times after which what remains of the beginning is lost in the noise.
const SETTLES: f64 = 5.0;
/// Correlation times in which a pilot shows a correlation time.
const SHOWS: f64 = 40.0;

/// A warm-up that was found.
#[derive(Debug, Clone)]
pub(super) struct Pilot {
    /// How long this scenario takes to settle.
    needed: Duration,
    slowest: Option<ComponentId>,
    /// Components that did not settle.
    pub(super) unsettled: Vec<ComponentId>,
    length: Duration,
}

impl Pilot {
    /// What the report says of it.
    pub(super) fn report(&self, lowered: &Lowered) -> WarmUp {
        WarmUp {
            slowest: self.slowest.map(|component| lowered.names.components[component].clone()),
            settled: self.unsettled.is_empty(),
            pilot_s: self.length.as_secs_f64(),
        }
    }
}

/// Finds the warm-up of every scenario that asks for it, and sets the longest of them in all of
/// these, so that they can be compared.
pub(super) fn find_all<'a>(
    names: impl Iterator<Item = &'a str>,
    lowered: &mut [Lowered],
    settings: &Settings<'_>,
) -> Result<Vec<Option<Pilot>>, Error> {
    let pilots = names.zip(&mut *lowered).map(|(name, lowered)| find(name, lowered, settings));
    let pilots: Vec<Option<Pilot>> = pilots.collect::<Result<_, _>>()?;
    let longest = pilots.iter().flatten().map(|pilot| pilot.needed).max();
    for lowered in lowered.iter_mut().filter(|lowered| lowered.finds_warm_up) {
        lowered.plan.run.warm_up = longest.unwrap_or_default();
    }
    Ok(pilots)
}

/// Finds and sets the warm-up of one scenario, if it asks for it.
pub(super) fn find(
    name: &str,
    lowered: &mut Lowered,
    settings: &Settings<'_>,
) -> Result<Option<Pilot>, Error> {
    if !lowered.finds_warm_up {
        return Ok(None);
    }
    let mut length = lowered.plan.run.horizon;
    let mut doublings = 0;
    let pilot = loop {
        let (pilot, grows) = fly(name, lowered, length, settings)?;
        // What grows without end does not settle, however long it is watched.
        let fits = 2 * length.as_nanos() <= u128::from(SimTime::MAX.as_nanos());
        if pilot.unsettled.is_empty() || grows || doublings == DOUBLINGS || !fits {
            break pilot;
        }
        length *= 2;
        doublings += 1;
    };
    lowered.plan.run.warm_up = pilot.needed;
    Ok(Some(pilot))
}

/// Runs pilots of one length; also tells whether anything grows without end.
fn fly(
    name: &str,
    lowered: &Lowered,
    length: Duration,
    settings: &Settings<'_>,
) -> Result<(Pilot, bool), Error> {
    let mut lowered = lowered.clone();
    let width = (length / BINS).max(Duration::from_nanos(1));
    lowered.plan.run = Run {
        warm_up: Duration::ZERO,
        horizon: width * BINS,
        drain: Duration::ZERO,
        timeline: width,
        ..lowered.plan.run
    };
    let fail = |error| trouble(name, &lowered, &error);
    let simulation = Simulation::new(lowered.plan.clone()).map_err(fail)?;
    let what = format!("{name}: how long it takes to settle");
    (settings.progress)(Progress::Starts { what: &what, replications: PILOTS });
    let done = || (settings.progress)(Progress::Replication);
    let seen = simulation
        .replications_as(FIRST..FIRST + PILOTS, settings.stop, &done, |tally| see(&lowered, tally))
        .map_err(fail)?;
    if seen.len() < PILOTS as usize {
        return Err(Error::Interrupted);
    }
    let mut series = Vec::new();
    let (mut tallies, mut observed) = (Vec::new(), Vec::new());
    for (one, tally, other) in seen {
        series.push(one);
        tallies.push(tally);
        observed.push(other);
    }
    let grows = Steadiness::of(Evidence {
        lowered: &lowered,
        tallies: &tallies,
        observed: &observed,
        unsettled: &[],
    })
    .grows();
    let settled: Vec<Option<f64>> = (0..lowered.plan.components.len())
        .map(|c| settles(&series.iter().map(|pilot| pilot[c].as_slice()).collect::<Vec<_>>()))
        .collect();
    let unsettled = |c: &ComponentId| settled[*c].is_none() || grows.contains(c);
    let needed = |c: &ComponentId| {
        let bins = settled[*c].filter(|_| !unsettled(c)).unwrap_or(0.0);
        readable(width.mul_f64(bins))
    };
    let components = || 0..lowered.plan.components.len();
    let longest = components().map(|c| needed(&c)).max().unwrap_or_default();
    // What waits for another takes as long as that one.
    let slowest = |c: &ComponentId| needed(c) == longest && !longest.is_zero();
    let waits = |c: ComponentId| reachable(&lowered, c).iter().any(|o| *o != c && slowest(o));
    let slowest = components().filter(slowest).find(|c| !waits(*c));
    let unsettled: Vec<ComponentId> = components().filter(unsettled).collect();
    let pilot = Pilot {
        needed: longest,
        slowest: unsettled.first().copied().or(slowest),
        unsettled,
        length: lowered.plan.run.horizon,
    };
    Ok((pilot, !grows.is_empty()))
}

/// Of one pilot: requests in each component over time, its counts, and what else was seen.
fn see(lowered: &Lowered, tally: Tally) -> (Vec<Vec<f64>>, Tally, Observed) {
    let width_ns = lowered.plan.run.timeline.as_nanos() as f64;
    let component = |c: ComponentId| -> Vec<f64> {
        tally.timeline.iter().map(|bin| bin.in_system[c] as f64 / width_ns).collect()
    };
    let series = (0..lowered.plan.components.len()).map(component).collect();
    let (tally, observed) = report::observe(lowered, tally);
    (series, Tally { timeline: Vec::new(), ..tally }, observed)
}

/// After how many bins a component has settled, one series a pilot; `None` when they are too short
/// to tell.
fn settles(pilots: &[&[f64]]) -> Option<f64> {
    let bins = pilots.iter().map(|pilot| pilot.len()).min().unwrap_or(0);
    let mean =
        |bin: usize| pilots.iter().map(|pilot| pilot[bin]).sum::<f64>() / pilots.len() as f64;
    let truncated = mser_5(&(0..bins).map(mean).collect::<Vec<_>>())?;
    let late: Vec<&[f64]> = pilots.iter().map(|pilot| &pilot[truncated..]).collect();
    let time = correlation_time(&late)?;
    (SHOWS * time <= bins as f64).then(|| (truncated as f64).max(SETTLES * time))
}

/// The next longer time that people would write.
fn readable(time: Duration) -> Duration {
    const SECONDS: [u64; 17] =
        [10, 15, 20, 30, 45, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 21_600, 43_200];
    const DAY: u64 = 86_400;
    if time.is_zero() {
        return time;
    }
    let leading = (0..10).flat_map(|digits| [1, 2, 3, 5].map(|first| first * 10u64.pow(digits)));
    let short = leading.map(Duration::from_nanos).filter(|short| *short < Duration::from_secs(10));
    let long = SECONDS.map(Duration::from_secs);
    let days = Duration::from_secs(time.as_secs().div_ceil(DAY).max(1) * DAY);
    short.chain(long).find(|readable| *readable >= time).unwrap_or(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_ups_are_rounded_up_to_what_people_write() {
        let check = |nanos: u64, expected: u64| {
            let found = readable(Duration::from_nanos(nanos));
            assert_eq!(found, Duration::from_nanos(expected), "{nanos} ns");
        };
        let (ms, s) = (1_000_000, 1_000_000_000);
        check(0, 0);
        check(1, 1);
        check(31 * ms, 50 * ms);
        check(400 * ms, 500 * ms);
        check(5 * s, 5 * s);
        check(5 * s + 1, 10 * s);
        check(31 * s, 45 * s);
        check(61 * s, 120 * s);
        check(4000 * s, 7200 * s);
        check(43_201 * s, 86_400 * s);
        check(100_000 * s, 2 * 86_400 * s);
    }

    #[test]
    fn a_series_that_does_not_vary_has_settled() {
        assert_eq!(settles(&[&[0.0; 500][..]; 8]), Some(0.0));
        assert_eq!(settles(&[&[7.0; 500][..]; 8]), Some(0.0));
    }
}
