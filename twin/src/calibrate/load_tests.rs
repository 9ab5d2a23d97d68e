//! Results as load tests write them: k6, Locust, JMeter, Fortio, tables of requests or of figures.
//!
//! A file is a run, unless it names several tests. Of formats with a line per request the figures are
//! computed here: times of those that ended well, as the twin's are, and how many ended a second.
//! Formats of figures count the failed requests in their times; where more than one in a hundred
//! failed, only the rate is taken.
//!
//! A name in a file is the endpoint whose address it is, or that has it in `binds`; a method before it
//! may be missing there. Another is refused, until it is said what it is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foreshadow_scenarios::Scenario;
use foreshadow_telemetry::{
    Measurement, Names, ReadOptions, Record, Request, Symbol, read_records,
};

use super::CalibrateError;
use super::figures::{Measure, called};
use super::results::{Results, ResultsError, Run};

/// Share of failed requests up to which times of all requests stand for those that ended well.
const FEW: f64 = 0.01;

/// How files of load tests are read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadTests {
    /// What names in files stand for, `NAME=ADDRESS`; without an address the name is left out.
    pub names: Vec<(String, Option<String>)>,
    /// Left out at the beginning and at the end of every run: ramps. Of files with a line per request.
    pub skip: Duration,
}

impl LoadTests {
    /// Adds what a name stands for, `NAME=ADDRESS`.
    ///
    /// # Errors
    /// [`ResultsError::Name`], [`ResultsError::NameTwice`]
    pub fn add(&mut self, text: &str) -> Result<(), ResultsError> {
        let parts = text.rsplit_once('=').filter(|(name, _)| !name.trim().is_empty());
        let (name, address) = parts.ok_or_else(|| ResultsError::Name(text.to_owned()))?;
        let address = Some(address.trim()).filter(|address| !address.is_empty());
        if self.names.iter().any(|(known, _)| known == name.trim()) {
            return Err(ResultsError::NameTwice(name.trim().to_owned()));
        }
        self.names.push((name.trim().to_owned(), address.map(str::to_owned)));
        Ok(())
    }

    /// Reads files of results of any kind, in the order of time; also what a person should know.
    ///
    /// # Errors
    /// [`CalibrateError`]
    pub fn read(
        &self,
        paths: &[PathBuf],
        scenario: &Scenario,
    ) -> Result<(Results, Vec<String>), CalibrateError> {
        let endpoints = Endpoints::of(scenario, &self.names)?;
        let (mut results, mut notes) = (Results::default(), Vec::new());
        for path in paths {
            let of_file = |error: ResultsError| error.of(path);
            let runs = if is_table(path).map_err(|error| of_file(error.into()))? {
                if self.skip > Duration::ZERO {
                    return Err(of_file(ResultsError::Skip("a table of figures".into())).into());
                }
                let file = std::fs::File::open(path).map_err(|error| of_file(error.into()))?;
                Results::read(file).map_err(of_file)?.runs
            } else {
                self.runs(path, &endpoints, &mut notes)?
            };
            for run in runs {
                if results.runs.iter().any(|known| known.name == run.name) {
                    return Err(of_file(ResultsError::SameRun(run.name)).into());
                }
                results.runs.push(run);
            }
        }
        if results.runs.is_empty() {
            return Err(ResultsError::Empty.into());
        }
        let used = endpoints.used.into_inner();
        match self.names.iter().find(|(name, _)| !used.contains(name)) {
            Some((name, _)) => Err(ResultsError::UnusedName(name.clone()).into()),
            None => Ok((results, notes)),
        }
    }

    /// The runs of one file.
    fn runs(
        &self,
        path: &Path,
        endpoints: &Endpoints,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Run>, CalibrateError> {
        let mut names = Names::default();
        let (mut requests, mut measured) = (BTreeMap::new(), Vec::<Measurement>::new());
        let mut others = 0_u64;
        let options = ReadOptions::default();
        let summary = read_records(path, &options, &mut names, &mut |record| {
            match record {
                Record::Request(request) => {
                    let Request { operation, start_ns, duration_ns, ok, .. } = request;
                    let all: &mut Vec<Sample> = requests.entry(operation).or_default();
                    all.extend(duration_ns.map(|nanos| Sample { start_ns, nanos, ok }));
                }
                Record::Measurement(found) => measured.push(*found),
                _ => others += 1,
            }
            Ok(())
        })?;
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        if summary.skipped() > 0 {
            notes.push(format!("{file}: {} records unusable and left out", summary.skipped()));
        }
        let stem = file.split('.').next().unwrap_or(&file).to_owned();
        let runs = if !requests.is_empty() {
            let named = |symbol: Symbol| names.text(symbol).to_owned();
            let requests = requests.into_iter().map(|(name, all)| (named(name), all)).collect();
            from_requests(&stem, &requests, self.skip, endpoints)
        } else if measured.is_empty() {
            Err(ResultsError::NoResults { format: summary.format.to_string(), records: others })
        } else if self.skip > Duration::ZERO {
            Err(ResultsError::Skip(summary.format.to_string()))
        } else {
            from_measurements(&stem, &measured, &names, endpoints, notes)
        };
        runs.map_err(|error| error.of(path).into())
    }
}

/// One request of a load test.
#[derive(Debug, Clone, Copy)]
struct Sample {
    start_ns: u64,
    nanos: u64,
    ok: bool,
}

/// What can be measured, and what it is called.
struct Endpoints {
    /// By name, all of the same address where several are; none: left out.
    by_name: BTreeMap<String, Option<String>>,
    /// The endpoints that users call.
    addresses: BTreeSet<String>,
    /// Names by which an endpoint was found.
    used: RefCell<BTreeSet<String>>,
}

impl Endpoints {
    fn of(scenario: &Scenario, names: &[(String, Option<String>)]) -> Result<Self, CalibrateError> {
        let addresses = called(scenario)?;
        let mut candidates: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (component, body) in scenario.twin.components.iter() {
            for (endpoint, body) in body.endpoints.iter() {
                let address = format!("{}.{}", component.value, endpoint.value);
                let Some(address) = addresses.get(&address) else { continue };
                let binds = body.binds.iter().map(|(_, name)| name.clone());
                for name in binds.chain([address.clone(), endpoint.value.clone()]) {
                    candidates.entry(name).or_default().insert(address);
                }
            }
        }
        let only = |(name, found): (String, BTreeSet<&str>)| {
            let address = (found.len() == 1).then(|| found.first().map(|it| (*it).to_owned()));
            Some((name, Some(address.flatten()?)))
        };
        let mut by_name: BTreeMap<String, Option<String>> =
            candidates.into_iter().filter_map(only).collect();
        for (name, address) in names {
            if let Some(address) = address.as_ref().filter(|it| !addresses.contains(*it)) {
                return Err(ResultsError::Endpoint(address.clone()).into());
            }
            by_name.insert(name.clone(), address.clone());
        }
        Ok(Self { by_name, addresses, used: RefCell::default() })
    }

    /// The endpoint of this name; none if it is to be left out.
    fn find(&self, name: &str) -> Result<Option<&str>, ResultsError> {
        let without_method = name.split_once(' ').map_or(name, |(_, rest)| rest);
        let known = |name: &str| self.by_name.get_key_value(name);
        let found = known(name).or_else(|| known(without_method));
        if let Some((known, _)) = found {
            self.used.borrow_mut().insert(known.clone());
        }
        found.map(|(_, address)| address.as_deref()).ok_or_else(|| ResultsError::Unknown {
            name: name.to_owned(),
            known: self.addresses.iter().cloned().collect::<Vec<_>>().join(", "),
        })
    }
}

/// Bytes in which the header of a table ends.
const HEAD: u64 = 64 << 10;

/// Whether a file is the table of this crate: with columns `run` and `endpoint`.
fn is_table(path: &Path) -> std::io::Result<bool> {
    let head = std::fs::File::open(path)?.take(HEAD);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(head);
    // What is no table at all is for the readers of telemetry to name.
    let Ok(headers) = reader.byte_headers() else { return Ok(false) };
    Ok([&b"run"[..], b"endpoint"].iter().all(|name| headers.iter().any(|header| header == *name)))
}

/// A run from its requests: figures of those that are due between the ramps.
fn from_requests(
    name: &str,
    requests: &BTreeMap<String, Vec<Sample>>,
    skip: Duration,
    endpoints: &Endpoints,
) -> Result<Vec<Run>, ResultsError> {
    let skip = u64::try_from(skip.as_nanos()).unwrap_or(u64::MAX);
    let all = || requests.values().flatten();
    let first = all().map(|it| it.start_ns).min().unwrap_or(0).saturating_add(skip);
    let end = all().map(|it| it.start_ns.saturating_add(it.nanos)).max().unwrap_or(0);
    let end = end.saturating_sub(skip);
    if end <= first {
        return Err(ResultsError::TooShort);
    }
    let seconds = (end - first) as f64 * 1e-9;
    let mut by_endpoint: BTreeMap<&str, Vec<Sample>> = BTreeMap::new();
    for (operation, samples) in requests {
        if let Some(endpoint) = endpoints.find(operation)? {
            by_endpoint.entry(endpoint).or_default().extend(samples);
        }
    }
    let mut run = Run { name: name.to_owned(), ..Run::default() };
    for (endpoint, samples) in by_endpoint {
        let is_in = |at: u64| (first..=end).contains(&at);
        let ended =
            samples.iter().filter(|it| it.ok && is_in(it.start_ns.saturating_add(it.nanos)));
        let mut figures = BTreeMap::from([(Measure::PerS, ended.count() as f64 / seconds)]);
        let due = samples.iter().filter(|it| it.ok && is_in(it.start_ns));
        let mut times: Vec<f64> = due.map(|it| it.nanos as f64 * 1e-6).collect();
        times.sort_by(f64::total_cmp);
        if !times.is_empty() {
            let count = times.len() as f64;
            figures.insert(Measure::Mean, times.iter().sum::<f64>() / count);
            for (measure, share) in QUANTILES {
                let at = (share * count).ceil().max(1.0) as usize - 1;
                figures.insert(measure, times[at.min(times.len() - 1)]);
            }
            run.counts.insert(endpoint.to_owned(), count);
        }
        run.endpoints.insert(endpoint.to_owned(), figures);
    }
    Ok(vec![run])
}

const QUANTILES: [(Measure, f64); 4] =
    [(Measure::P50, 0.5), (Measure::P90, 0.9), (Measure::P95, 0.95), (Measure::P99, 0.99)];

/// Runs from figures over many requests: one per test that the file names.
fn from_measurements(
    stem: &str,
    measured: &[Measurement],
    names: &Names,
    endpoints: &Endpoints,
    notes: &mut Vec<String>,
) -> Result<Vec<Run>, ResultsError> {
    let mut runs: Vec<Run> = Vec::new();
    let has_operations = measured.iter().any(|it| it.operation.is_some());
    for it in measured {
        let endpoint = match it.operation {
            Some(operation) => endpoints.find(names.text(operation))?,
            // All operations together say something of one endpoint only where there is one.
            None if has_operations => None,
            None if endpoints.addresses.len() == 1 => {
                endpoints.addresses.first().map(String::as_str)
            }
            None => return Err(ResultsError::Together),
        };
        let Some(endpoint) = endpoint else { continue };
        let name = it.test.map_or(stem, |test| names.text(test)).to_owned();
        let at = runs.iter().position(|run| run.name == name).unwrap_or_else(|| {
            runs.push(Run { name: name.clone(), ..Run::default() });
            runs.len() - 1
        });
        let figures = figures(it, &name, endpoint, notes);
        if let Some(count) = it.requests {
            runs[at].counts.insert(endpoint.to_owned(), count as f64);
        }
        if runs[at].endpoints.insert(endpoint.to_owned(), figures).is_some() {
            let endpoint = endpoint.to_owned();
            return Err(ResultsError::Again { run: name, endpoint });
        }
    }
    Ok(runs)
}

/// What one row of figures says.
fn figures(
    it: &Measurement,
    run: &str,
    endpoint: &str,
    notes: &mut Vec<String>,
) -> BTreeMap<Measure, f64> {
    let failed = it.failures.zip(it.requests.filter(|all| *all > 0));
    let failed = failed.map_or(0.0, |(failed, all)| failed as f64 / all as f64).min(1.0);
    let mut figures = BTreeMap::new();
    figures.extend(it.rate_per_s.map(|rate| (Measure::PerS, rate * (1.0 - failed))));
    if failed > FEW {
        notes.push(format!(
            "{run}: {:.1} % of the requests of {endpoint} failed, and its times count them; only its \
             rate is used",
            failed * 100.0
        ));
        return figures;
    }
    figures.extend(it.mean_ns.map(|ns| (Measure::Mean, ns as f64 * 1e-6)));
    for (measure, share) in QUANTILES {
        let found = it.quantiles.iter().find(|(known, _)| (known - share).abs() < 1e-9);
        figures.extend(found.map(|(_, ns)| (measure, *ns as f64 * 1e-6)));
    }
    figures
}

#[cfg(test)]
mod tests;
