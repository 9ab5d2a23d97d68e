//! Runs a campaign on the threads there are: units that are not there yet, in rounds.
//!
//! A first round tries every case as often as asked. Where a precision is asked for, further rounds
//! go where the interval is widest. What a round tries depends on results only, never on time, so
//! results are the same on any number of threads and after any number of interruptions.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::error::Error;
use crate::merge::Merged;
use crate::record::{self, Row};
use crate::spec::Spec;
use crate::store::Store;
use crate::unit::{self, Bases, Unit};

/// Share of a blast radius below which a precision is about this much instead.
const SMALL: f64 = 0.01;
/// Trials of a case before a precision may end it: the spread of fewer says too little.
const LEAST: u32 = 8;
/// Cases that one further round goes on with.
const WIDEST: usize = 16;

/// What a campaign needs of its surroundings.
pub struct Settings<'a> {
    /// Set to end soon; what is finished stays.
    pub stop: &'a AtomicBool,
    /// Whether there must be something to go on with.
    pub must_resume: bool,
    /// No further round begins after this instant.
    pub until: Option<Instant>,
    /// Told of every unit; called from several threads.
    pub progress: &'a (dyn Fn(&Progress) + Sync),
}

/// How far a campaign is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Units that are there.
    pub done: usize,
    /// Units planned so far.
    pub planned: usize,
    /// What is known by now.
    pub answer: String,
}

/// Results of a campaign.
#[derive(Debug)]
pub struct Results {
    /// What was measured, by case.
    pub merged: Merged,
    /// Replications of one unit.
    pub per_unit: u32,
    /// The folder that the units are in.
    pub hash: String,
    /// Units that were there already.
    pub resumed: usize,
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
    /// Events of a run without faults.
    pub events: u64,
    /// What the user should know beside the report: units that had to be made anew.
    pub notes: Vec<String>,
}

/// Runs what is missing of a campaign, and merges all. Units are in a folder of `folder` that is
/// named by the hash of the specification. `bases` only saves work.
///
/// # Errors
/// The first trouble. What is finished stays, and is not done again.
pub fn run(
    spec: &Spec,
    bases: &Bases,
    folder: &Path,
    settings: &Settings<'_>,
) -> Result<Results, Error> {
    let pilot = bases.get(spec, 0, settings.stop)?;
    let per_unit = unit::size(pilot.events(), spec.campaign.replications);
    let hash = spec.hash(per_unit, &pilot);
    let folder = folder.join(&hash);
    if settings.must_resume && !folder.is_dir() {
        return Err(Error::NothingToResume { folder });
    }
    let store = Store::open(&folder)?;
    let there = store.names()?;
    let mut merged = Merged::new(spec);
    // Where there is time left, it goes where earlier trials say.
    merged.rule.anytime |= settings.until.is_some();
    let mut wanted = vec![spec.campaign.replications; spec.cases.len()];
    let mut known = vec![0; spec.cases.len()];
    let (mut made, mut resumed, mut notes) = (0, 0, Vec::new());
    loop {
        // Blocks go first: one run without faults serves all cases of its replication.
        let mut units: Vec<Unit> = Vec::new();
        for (case, (&wanted, known)) in wanted.iter().zip(&mut known).enumerate() {
            units.extend((*known..wanted / per_unit).map(|block| Unit { case, block }));
            *known = wanted / per_unit;
        }
        units.sort_by_key(|unit| (unit.block, unit.case));
        let (old, mut new): (Vec<Unit>, Vec<Unit>) =
            units.into_iter().partition(|unit| there.binary_search(&unit.name()).is_ok());
        for unit in old {
            match take_up(&store, &unit.name(), &mut merged) {
                Ok(()) => resumed += 1,
                // Units are pure: one that is damaged is made anew.
                Err(Error::Record(why)) => {
                    store.remove(&unit.name())?;
                    let path = store.folder().join(unit.name());
                    notes.push(format!("{} was damaged and is made anew: {why}", path.display()));
                    new.push(unit);
                }
                Err(error) => return Err(error),
            }
        }
        // Within a block the longest go first, as far as is known from blocks before, so that nobody is
        // left with one at the end.
        new.sort_by_key(|unit| {
            (unit.block, std::cmp::Reverse(merged.cases[unit.case].events), unit.case)
        });
        let round =
            Round { spec, store: &store, per_unit, bases, settings, before: resumed + made };
        let finished = round.run(&new, &mut merged)?;
        made += finished;
        merged.settle();
        let is_stopped = finished < new.len();
        let is_late = settings.until.is_some_and(|until| Instant::now() >= until);
        if is_stopped || is_late || !widen(spec, &merged, per_unit, &mut wanted, settings) {
            let events = pilot.events();
            return Ok(Results { merged, per_unit, hash, resumed, is_stopped, events, notes });
        }
    }
}

/// Merges the rows of a unit that is there: all of them or none.
fn take_up(store: &Store, name: &str, merged: &mut Merged) -> Result<(), Error> {
    let mut rows = Vec::new();
    record::read(store.get(name)?, |row| {
        rows.push(row);
        Ok(())
    })?;
    let folder = || store.folder().join(name);
    let add = |row| merged.add(row);
    rows.into_iter().try_for_each(add).map_err(|error| Error::Store {
        folder: folder(),
        message: format!("{error}; remove it to make it anew"),
    })
}

/// Plans more of the cases whose interval is widest; says whether there are any.
fn widen(
    spec: &Spec,
    merged: &Merged,
    per_unit: u32,
    wanted: &mut [u32],
    settings: &Settings<'_>,
) -> bool {
    let precision = match (spec.campaign.precision, settings.until) {
        (Some(precision), _) => precision,
        // With time to spend, it is spent on what is known worst.
        (None, Some(_)) => 0.0,
        (None, None) => return false,
    };
    let most = spec.campaign.max_replications / per_unit * per_unit;
    let mut open: Vec<(f64, usize)> = (0..wanted.len())
        .filter(|&case| wanted[case] < most)
        .filter_map(|case| {
            if wanted[case] < LEAST {
                return Some((f64::INFINITY, case));
            }
            let (value, half) = merged.blast(case)?;
            let excess = half / value.max(SMALL) - precision;
            (excess > 0.0).then_some((excess, case))
        })
        .collect();
    open.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, case) in open.iter().take(WIDEST) {
        let more = wanted[case].div_ceil(2).next_multiple_of(per_unit);
        wanted[case] = (wanted[case] + more).min(most);
    }
    !open.is_empty()
}

/// Units that are run together.
struct Round<'a> {
    spec: &'a Spec,
    store: &'a Store,
    per_unit: u32,
    bases: &'a Bases,
    settings: &'a Settings<'a>,
    /// Units done before.
    before: usize,
}

impl Round<'_> {
    /// Runs units on the current pool and merges their rows; says how many ended before a stop.
    fn run(&self, units: &[Unit], merged: &mut Merged) -> Result<usize, Error> {
        let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let trouble: Mutex<Option<(usize, Error)>> = Mutex::new(None);
        let merging = Mutex::new(merged);
        let tell = |done: usize, answer: String| {
            let (done, planned) = (self.before + done, self.before + units.len());
            (self.settings.progress)(&Progress { done, planned, answer });
        };
        tell(0, String::new());
        let work = || {
            while !self.settings.stop.load(Ordering::Relaxed)
                && lock(&trouble).is_none()
                && let index = next.fetch_add(1, Ordering::Relaxed)
                && let Some(unit) = units.get(index)
            {
                match self.one(unit).and_then(|rows| merge(rows, &mut lock(&merging), self.spec)) {
                    Ok(answer) => tell(finished.fetch_add(1, Ordering::Relaxed) + 1, answer),
                    Err(Error::Interrupted) => return,
                    Err(error) => {
                        let mut first = lock(&trouble);
                        if first.as_ref().is_none_or(|(earlier, _)| index < *earlier) {
                            *first = Some((index, error));
                        }
                        return;
                    }
                }
            }
        };
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(|_| work());
            }
        });
        match trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(finished.into_inner()),
        }
    }

    /// Runs one unit and puts its object where it belongs.
    fn one(&self, unit: &Unit) -> Result<Vec<Row>, Error> {
        let rows = unit::run(self.spec, unit, self.per_unit, self.bases, self.settings.stop)?;
        self.store.create(&unit.name(), record::write(&rows)?)?;
        Ok(rows)
    }
}

/// Adds rows, and says what is known then.
fn merge(rows: Vec<Row>, merged: &mut Merged, spec: &Spec) -> Result<String, Error> {
    rows.into_iter().try_for_each(|row| merged.add(row))?;
    Ok(merged.answer(spec))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
