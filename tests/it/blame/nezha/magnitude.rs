//! How large a fault was, from metrics of the pod that was hit.
//!
//! Levels are medians of the five minutes before the fault and of the three after.
//!
//! - `cpu_contention`, `cpu_consumed`: a pod at its limit on cores gets them in periods of 100 ms
//!   (Linux `cpu.cfs_period_us`); when the quota is used up, all its threads stand still until the
//!   next. So it is a `pause` that comes and goes. Metrics say whether the pod is at its limit, not
//!   how many threads use it up; what is left of each period, [`RUNS_MS`], was chosen on Online
//!   Boutique. Below the limit, work is `slow` by what was free before over what is free now.
//! - `network_delay`: there is no column `NetworkP90(ms)`. What the mesh measures of calls into the
//!   pod, at the source less at the destination, is the time on the network: `latency`.
//! - `return`, `exception`: `errors`. The injected line returns or throws every time; no column says
//!   how often it is reached (the success rate is always 0), so all requests fail.

use std::path::PathBuf;

use super::super::files::Table;
use super::{Labelled, median};

/// Of each period of 100 ms, what a pod at its limit runs. Any of 2 to 10 gives the same F1 on Online
/// Boutique; 20 and more miss one operation more.
const RUNS_MS: u32 = 5;
const PERIOD_MS: u32 = 100;
/// Share of its limit on cores from which on a pod is at it.
const AT_LIMIT: f64 = 0.7;
/// Minutes before and after the injection that levels are taken from.
const MINUTES: [i64; 2] = [5, 3];

/// Metrics by pod and of the mesh, one row a minute.
#[derive(Debug)]
pub(super) struct Metrics {
    folder: PathBuf,
}

impl Metrics {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Medians before and after `fault` of what `value` makes of rows of a table; rows without it
    /// do not count.
    fn levels(
        table: &Table,
        fault: &Labelled,
        value: &dyn Fn(&[String]) -> Option<f64>,
    ) -> Option<[f64; 2]> {
        // Rows begin with the time, `2022-08-23 11:59:28.196 +0000 UTC …`.
        let day = |row: &[String]| row[0][..10] == fault.at[..10];
        let since = |row: &[String]| seconds(&row[0]) - seconds(&fault.at);
        let level = |from: i64, to: i64| {
            let rows = table.rows.iter().filter(|row| day(row));
            let rows = rows.filter(|row| (from..to).contains(&since(row)));
            let mut values: Vec<f64> = rows.filter_map(|row| value(row)).collect();
            values.sort_by(f64::total_cmp);
            (!values.is_empty()).then(|| median(&values))
        };
        Some([level(-60 * MINUTES[0], 0)?, level(0, 60 * MINUTES[1])?])
    }

    fn table(&self, name: &str) -> Table {
        Table::read(&self.folder.join(name))
    }

    /// Used of the limit on cores.
    fn usage(&self, fault: &Labelled) -> [f64; 2] {
        let table = self.table(&format!("{}_metric.csv", fault.pod));
        let column = table.column("CpuUsageRate(%)");
        let levels = Self::levels(&table, fault, &|row| row[column].parse().ok());
        levels.expect("a pod has its minutes").map(|percent| percent / 100.0)
    }

    /// What calls into the pod take on the network [s], the mean of the edges' medians.
    fn network(&self, fault: &Labelled) -> Option<[f64; 2]> {
        let [source, destination] = ["source_50.csv", "destination_50.csv"].map(|f| self.table(f));
        let into = format!("_{}", fault.component());
        let edges: Vec<&String> =
            source.columns.iter().filter(|column| column.ends_with(&into)).collect();
        let time = source.column("time");
        let mut sums = [0.0; 2];
        for edge in &edges {
            let at = [source.column(edge), destination.column(edge)];
            let value = |row: &[String]| {
                // Rows of the two files are of the same minutes, within a second.
                let same = |other: &&Vec<String>| other[time][..16] == row[time][..16];
                let other = destination.rows.iter().find(same)?;
                let value = row[at[0]].parse::<f64>().ok()? - other[at[1]].parse::<f64>().ok()?;
                value.is_finite().then_some(value)
            };
            let levels = Self::levels(&source, fault, &value)?;
            sums = [sums[0] + levels[0], sums[1] + levels[1]];
        }
        (!edges.is_empty()).then(|| sums.map(|sum| sum / edges.len() as f64))
    }
}

/// Seconds of the day of `2022-08-23 12:01:25…`.
fn seconds(time: &str) -> i64 {
    let part = |from: usize| time[from..from + 2].parse::<i64>().unwrap();
    (part(11) * 60 + part(14)) * 60 + part(17)
}

/// The lines of a scenario file for `fault`; empty if nothing shows in the metrics.
pub(super) fn faults_of(fault: &Labelled, metrics: &Metrics) -> String {
    let at = fault.component();
    let line = match fault.kind.as_str() {
        "network_delay" => {
            let [before, after] = metrics.network(fault).expect("the mesh saw calls");
            let add = (after - before) * 1e3;
            if add < 1.0 {
                return String::new();
            }
            format!("latency: {{at: {at}, add: {add:.0}ms}}")
        }
        "cpu_contention" | "cpu_consumed" => {
            let [before, after] = metrics.usage(fault);
            if after >= AT_LIMIT {
                let rest = PERIOD_MS - RUNS_MS;
                format!("pause: {{at: {at}, up: {RUNS_MS}ms, down: {rest}ms}}")
            } else {
                let factor = ((1.0 - before) / (1.0 - after)).max(1.0);
                format!("slow: {{at: {at}, factor: {factor:.2}}}")
            }
        }
        "return" | "exception" => format!("errors: {{at: {at}, share: 100%}}"),
        kind => panic!("no fault for {kind}"),
    };
    format!("faults:\n  - {line}\n")
}
