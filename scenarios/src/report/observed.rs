//! What of a replication is only seen in bins finer than those that are reported.

use std::time::Duration;

use foreshadow_sim::histogram::Summary;
use foreshadow_sim::plan::{MAX_BINS, Plan};
use foreshadow_sim::tally::{Bin, Tally};

use super::recovery;
use crate::lower::{Lowered, Measure};

/// Bins that a window must have for its quarters to be compared.
const QUARTERED: u128 = 16;
/// Bins in which a recovery is seen.
const FINE: Duration = Duration::from_secs(1);

/// What was seen of one replication beside its counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// Per component: requests in queue on average over each quarter of the window, or, where slots
    /// are unlimited, requests in service. Empty where nothing is steady anyway.
    pub(super) quarters: Vec<[f64; 4]>,
    /// Per objective of recovery, in their order: the time that it took \[s\], if it came to an end.
    pub(super) recoveries: Vec<Option<f64>>,
}

impl Observed {
    /// The time that the `index`-th recovery took \[s\], if it came to an end.
    #[must_use]
    pub fn recovery(&self, index: usize) -> Option<f64> {
        self.recoveries.get(index).copied().flatten()
    }
}

/// The plan to run for a report: its bins are parts of those that are reported.
#[must_use]
pub fn observable(lowered: &Lowered) -> Plan {
    let mut plan = lowered.plan.clone();
    plan.run.timeline = width(lowered);
    plan
}

/// What a replication of [`observable`] shows, and its counts in bins of the reported width.
#[must_use]
pub fn observe(lowered: &Lowered, mut tally: Tally) -> (Tally, Observed) {
    let width = width(lowered);
    let recovers = lowered.objectives.iter().filter(|o| o.measure == Measure::Recovery);
    let recoveries = recovers.map(|asked| recovery::time(lowered, &tally.timeline, width, asked));
    let observed = Observed {
        recoveries: recoveries.collect(),
        quarters: if lowered.steady {
            quarters(lowered, &tally.timeline, width)
        } else {
            Vec::new()
        },
    };
    let per_bin = division(lowered) as usize;
    if per_bin > 1 {
        tally.timeline = tally.timeline.chunks(per_bin).map(merged).collect();
    }
    (tally, observed)
}

/// The width of a bin of [`observable`].
fn width(lowered: &Lowered) -> Duration {
    whole(lowered) / division(lowered)
}

/// The width of a reported bin, as far as it lies in the window.
fn whole(lowered: &Lowered) -> Duration {
    lowered.plan.run.timeline.min(lowered.plan.run.horizon)
}

/// Into how many bins each reported one is divided.
fn division(lowered: &Lowered) -> u32 {
    let (timeline, horizon) = (whole(lowered).as_nanos(), lowered.plan.run.horizon.as_nanos());
    let recovers = lowered.objectives.iter().any(|o| o.measure == Measure::Recovery);
    let for_quarters = if lowered.steady { (QUARTERED * timeline).div_ceil(horizon) } else { 1 };
    let for_recovery = if recovers { timeline.div_ceil(FINE.as_nanos()) } else { 1 };
    let wanted = for_quarters.max(for_recovery);
    let most = (MAX_BINS * timeline / horizon).max(1);
    // Bins of equal width, in whole nanoseconds, fill the reported one; any usual width has these.
    let fits = |parts: &u128| timeline % parts == 0;
    let parts = (wanted..=(4 * wanted).min(most).min(timeline)).find(fits);
    parts.and_then(|parts| u32::try_from(parts).ok()).unwrap_or(1)
}

/// Per component, what waits on average over each quarter of the window; empty where there are too
/// few bins.
fn quarters(lowered: &Lowered, bins: &[Bin], width: Duration) -> Vec<[f64; 4]> {
    let horizon = lowered.plan.run.horizon;
    if horizon.as_nanos() / width.as_nanos() < QUARTERED / 2 {
        return Vec::new();
    }
    let (width, window) = (width.as_secs_f64(), horizon.as_secs_f64());
    let component = |(index, component): (usize, &foreshadow_sim::plan::Component)| {
        let (mut areas, mut seconds) = ([0.0; 4], [0.0; 4]);
        for (number, bin) in bins.iter().enumerate() {
            let begin = number as f64 * width;
            let length = width.min(window - begin);
            let quarter = (4.0 * (begin + length / 2.0) / window) as usize;
            let in_service = component.concurrency.map_or(0, |_| bin.busy[index]);
            areas[quarter.min(3)] += (bin.in_system[index] - in_service) as f64 / 1e9;
            seconds[quarter.min(3)] += length;
        }
        std::array::from_fn(|quarter| areas[quarter] / seconds[quarter])
    };
    lowered.plan.components.iter().enumerate().map(component).collect()
}

/// Several bins as one.
fn merged(bins: &[Bin]) -> Bin {
    let sum = |of: fn(&Bin) -> &Vec<u128>| -> Vec<u128> {
        (0..of(&bins[0]).len()).map(|index| bins.iter().map(|bin| of(bin)[index]).sum()).collect()
    };
    let latency = |endpoint| {
        let parts: Vec<&Summary> = bins.iter().map(|bin| &bin.latency[endpoint]).collect();
        Summary::merged(&parts)
    };
    let offered = |endpoint: usize| bins.iter().map(|bin| bin.offered[endpoint]).sum();
    let completed = |component: usize| bins.iter().map(|bin| bin.completed[component]).sum();
    Bin {
        latency: (0..bins[0].latency.len()).map(latency).collect(),
        offered: (0..bins[0].offered.len()).map(offered).collect(),
        completed: (0..bins[0].completed.len()).map(completed).collect(),
        in_system: sum(|bin| &bin.in_system),
        busy: sum(|bin| &bin.busy),
        available: sum(|bin| &bin.available),
        busy_cores: sum(|bin| &bin.busy_cores),
        available_cores: sum(|bin| &bin.available_cores),
    }
}
