//! Learning a load: from recordings of requests to a load file.
//!
//! Requests are counted per second and, by operation, per hour and by size, so memory grows with the
//! time that a recording covers, not with its lines; of sessions a bounded number is kept until they have
//! been counted. From that come a curve of rates with what is unusual in it, the mix of operations over
//! the day, bursts, and what one person does after the other.

mod cells;
mod mix;
mod people;
mod read;
mod series;
mod sessions;
mod sizes;
mod templates;
mod unusual;
mod write;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use foreshadow_sim::plan::Waver;
use foreshadow_telemetry::ReadOptions;

use crate::bursts;
use crate::dispersion::index_of_dispersion;
use crate::error::Error;
use crate::forecast::words;
use cells::Cells;
use mix::Mix;
use sessions::Sessions;
use unusual::Stretch;

pub use mix::Entry;
pub use series::forecast_load;
pub use sizes::Sizes;
pub use write::{forecast_section, with_forecast};

/// How to learn.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Name of the load.
    pub name: String,
    /// Width of a bin of the curve; none: by how long the recording is.
    pub bin: Option<Duration>,
    /// The metric that counts requests, in series of Prometheus or OpenTelemetry.
    pub metric: Option<String>,
    /// Which endpoint an operation is, `component.endpoint`; an empty one leaves the operation out.
    pub endpoints: Vec<(String, String)>,
    /// How long a person is silent between two sessions; none: half an hour.
    pub session_gap: Option<Duration>,
    /// How files are read.
    pub read: ReadOptions,
}

/// A load that was learned.
#[derive(Debug, Clone)]
pub struct LearnedFile {
    /// The load file.
    pub yaml: String,
    /// What it rests on, a fact a line.
    pub facts: Vec<String>,
}

/// What was counted in files.
#[derive(Debug)]
struct Recording {
    cells: Cells,
    mix: Mix,
    sessions: Sessions,
    /// The number in the mix of each operation of each file, in the order in which they came.
    operations: Vec<Option<usize>>,
    requests: u64,
    /// Facts about the reading.
    notes: Vec<String>,
}

impl Recording {
    fn new(session_gap: Option<Duration>) -> Self {
        Self {
            cells: Cells::default(),
            mix: Mix::default(),
            sessions: Sessions::new(session_gap.unwrap_or(SESSION_GAP)),
            operations: Vec::new(),
            requests: 0,
            notes: Vec::new(),
        }
    }
}

/// What a load file says, before it is written.
#[derive(Debug)]
struct Findings<'a> {
    name: &'a str,
    files: Vec<String>,
    requests: u64,
    /// \[s\]
    bin: i64,
    /// Beginning of the first bin \[s since 1970\].
    start: i64,
    per_s: Vec<Option<f64>>,
    seasons: Vec<usize>,
    unusual: Vec<Stretch>,
    special_days: Vec<(i64, f64)>,
    mix: Vec<Entry>,
    /// Step of the bursts \[s\] and their parts, where they could be seen.
    bursts: Option<(i64, Vec<Waver>)>,
    /// Windows \[s\], and the index of dispersion in them.
    dispersion: Vec<(i64, f64)>,
    sessions: Option<sessions::Found>,
}

/// Learns the load that the files at `paths` recorded; `on_progress` is told of requests as they
/// are read.
///
/// # Errors
/// See [`Error`]: nothing that counts as a request, a table out of order, times without a zone, a
/// file that cannot be read, or being stopped.
pub fn learn(
    paths: &[PathBuf],
    options: &LoadOptions,
    on_progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<LearnedFile, Error> {
    let recording = read::read(paths, options, on_progress)?;
    let what = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    let Recording { cells, mix, sessions, operations, requests, notes } = recording;
    let Some((from, to)) = cells.span().filter(|_| requests > 0) else {
        return Err(Error::Empty { what: what.join(", ") });
    };
    let bin = bin(options, &cells, to - from)?;
    let outages = cells.outages();
    let (start, per_s) = cells.rates(bin, &outages);
    let rates: Vec<f64> = per_s.iter().map(|rate| rate.unwrap_or(f64::NAN)).collect();
    let seasons = series::seasons(&rates, bin);
    let odd = unusual::find(&rates, &seasons, start, bin);
    let special_days = unusual::days(&rates, start, bin);
    let (windows, usual) = cells.windows(&outages);
    let step = Duration::from_secs(cells.resolution().unsigned_abs());
    let is_fine = cells.resolution() <= MOST_COARSE_S && windows.len() >= LEAST_WINDOWS;
    let bursts = is_fine.then(|| (cells.resolution(), bursts::fit(&windows, &usual, step)));
    let dispersion = if is_fine { dispersion(&windows, cells.resolution()) } else { Vec::new() };
    let mut places = HashMap::new();
    let (entries, left_out) = mix.entries(&options.endpoints, &mut places);
    let mut of_sessions = Vec::new();
    let own_bursts = session_bursts(&sessions, &outages);
    let entry = |operation: u32| places.get(&operations[operation as usize]?).copied();
    let mut sessions = sessions::found(sessions, entry, entries.len(), &mut of_sessions);
    if let Some(sessions) = &mut sessions {
        sessions.bursts = own_bursts.filter(|_| bursts.is_some());
    }
    let findings = Findings {
        name: &options.name,
        files: what,
        requests,
        bin,
        start,
        per_s,
        seasons,
        unusual: odd,
        special_days,
        mix: entries,
        bursts,
        dispersion,
        sessions,
    };
    let mut facts = findings.facts(to - from, &outages);
    facts.extend(left_out);
    facts.extend(of_sessions);
    facts.extend(notes);
    let yaml = write::yaml(&findings);
    Ok(match series::forecast_of(&yaml, options) {
        Ok((yaml, fact)) => {
            facts.push(fact);
            LearnedFile { yaml, facts }
        }
        Err(reason) => {
            facts.push(format!("no forecast yet: {reason}"));
            LearnedFile { yaml, facts }
        }
    })
}

/// Counts in wider cells than this \[s\] show nothing of bursts.
const MOST_COARSE_S: i64 = 10;
/// Windows without gaps that bursts are fitted to, at least.
const LEAST_WINDOWS: usize = 4;
const DAY_S: i64 = 86_400;
/// Usual in web analytics since the first of them.
///
/// Source: L. Catledge, J. Pitkow, "Characterizing browsing strategies in the World-Wide Web", Computer
/// Networks and ISDN Systems 27(6), 1995, who found 25.5 min.
const SESSION_GAP: Duration = Duration::from_mins(30);

/// Step \[s\] and parts of the bursts in which sessions begin, where that can be seen.
fn session_bursts(sessions: &Sessions, outages: &[(i64, i64)]) -> Option<(i64, Vec<Waver>)> {
    let (windows, usual) = sessions.starts.windows(outages);
    let found = || bursts::fit(&windows, &usual, Duration::from_secs(1));
    (windows.len() >= LEAST_WINDOWS).then(|| (1, found()))
}

/// Width of a bin \[s\]: as asked, or fit for how long the recording is.
fn bin(options: &LoadOptions, cells: &Cells, length: i64) -> Result<i64, Error> {
    let resolution = cells.resolution();
    let Some(asked) = options.bin else {
        let fit = match length {
            length if length >= 3 * DAY_S => 3600,
            length if length >= 6 * 3600 => 900,
            length if length >= 3600 => 60,
            _ => 10,
        };
        return Ok(if fit % resolution == 0 { fit } else { resolution });
    };
    let seconds = i64::try_from(asked.as_secs()).unwrap_or(0);
    if seconds < 1 || asked.subsec_nanos() > 0 || seconds % resolution != 0 {
        let bin = words(asked);
        return Err(Error::Bin {
            bin,
            resolution: words(Duration::from_secs(resolution.unsigned_abs())),
        });
    }
    Ok(seconds)
}

/// The index of dispersion in windows of 1 s, 10 s and 60 s.
fn dispersion(windows: &[&[u32]], resolution: i64) -> Vec<(i64, f64)> {
    let fitting = [1, 10, 60].into_iter().filter(|width| width % resolution == 0);
    let of = |width: i64| (width, index_of_dispersion(windows, (width / resolution) as usize));
    fitting.map(of).filter(|(_, index)| index.is_finite()).collect()
}

impl Findings<'_> {
    fn facts(&self, length: i64, outages: &[(i64, i64)]) -> Vec<String> {
        let known = self.per_s.iter().flatten();
        let (sum, count) = known.fold((0.0, 0.0), |(sum, n), rate| (sum + rate, n + 1.0));
        let highest = self.per_s.iter().flatten().copied().fold(0.0, f64::max);
        let length = words(Duration::from_secs(length.unsigned_abs()));
        let mut facts = vec![format!(
            "seen: {} requests in {length}, {} a second in the mean, {} in the highest bin",
            self.requests,
            write::number(sum / count),
            write::number(highest)
        )];
        let width =
            |bins: &usize| words(Duration::from_secs(*bins as u64 * self.bin.unsigned_abs()));
        let seasons: Vec<String> = self.seasons.iter().map(width).collect();
        facts.push(if seasons.is_empty() {
            String::from("no season found")
        } else {
            format!("seasons: {}", seasons.join(", "))
        });
        let stretches = |count: usize| if count == 1 { "stretch" } else { "stretches" };
        if !outages.is_empty() {
            let total: i64 = outages.iter().map(|(from, to)| to - from).sum();
            facts.push(format!(
                "{} {} without any request, {} in all: taken as not recorded",
                outages.len(),
                stretches(outages.len()),
                words(Duration::from_secs(total.unsigned_abs()))
            ));
        }
        if !self.unusual.is_empty() {
            facts.push(format!(
                "{} unusual {}, kept out of forecasts (`unusual` in the file)",
                self.unusual.len(),
                stretches(self.unusual.len())
            ));
        }
        if self.bursts.is_none() {
            facts.push(String::from(
                "bursts not learned: that takes counts by the second over four windows without gaps",
            ));
        } else {
            let of = |(width, index): &(i64, f64)| format!("{index:.2} in {width} s");
            let all: Vec<String> = self.dispersion.iter().map(of).collect();
            facts.push(format!("variance over mean of the counts: {}", all.join(", ")));
        }
        facts
    }
}

#[cfg(test)]
mod tests;
