//! The sessions of a load file: a Markov chain over entries of the mix, checked.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use foreshadow_sim::plan::Walk;
use foreshadow_sim::random::{Key, Law};

use super::check::{ROUNDING, bursts};
use crate::Spanned;
use crate::model::load_file::{AfterRequest, LoadFile, LoadSessions, NextRequest};
use crate::problem::{Problem, suggest};
use crate::source::Span;

/// Draws by which the spread of pauses is estimated.
const DRAWS: u64 = 2000;
/// People come so many mean times before a run, as who is there at its beginning has been there.
const LEADS: f64 = 8.0;
/// Requests of a session in the mean, at most: beyond that it is a machine, or a file that is wrong.
const MOST_REQUESTS: f64 = 10_000.0;
/// The longest that they do \[ns\]: a day.
const LONGEST_LEAD_NS: f64 = 86_400e9;

/// Sessions as a scenario uses them.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The entry of the mix that each state is, shape (n).
    pub entries: Vec<usize>,
    /// Where sessions begin, what follows, and the pauses.
    pub walk: Walk,
    /// Requests of a session in the mean.
    pub requests: f64,
    /// How old a session is in the mean when a request of it comes, by its pauses alone \[ns\].
    pub age_ns: f64,
}

type Row<'f> = &'f Spanned<AfterRequest>;

/// The chain of a file; none where it has no sessions, or what is wrong was added to `problems`.
pub(super) fn checked(file: &LoadFile, problems: &mut Vec<Problem>) -> Option<Chain> {
    let sessions = file.sessions.as_ref()?;
    let before = problems.len();
    if let Some(own) = &sessions.bursts {
        bursts(own, problems);
    }
    let mut reader = Reader { file, states: BTreeMap::new(), problems };
    for row in sessions.after.iter() {
        reader.state(row);
    }
    let states = reader.states.len();
    let start = reader.shares(sessions.start.span, &sessions.start, None);
    let next: Vec<Vec<f64>> = sessions.after.iter().map(|row| reader.row(row)).collect();
    let think: Vec<Law> =
        sessions.after.iter().filter_map(|row| reader.think(row, sessions)).collect();
    if problems.len() > before {
        return None;
    }
    let entries = sessions.after.iter().filter_map(|row| position(file, &row.endpoint)).collect();
    assert!(states == next.len() && states == think.len(), "every row is a state");
    let walk = Walk { start, next, think, lead: std::time::Duration::ZERO };
    if let Some(stuck) = never_leaves(&walk) {
        let row = &sessions.after[stuck];
        let message = format!("who comes to `{}` never leaves", row.endpoint.value);
        problems.push(Problem::at(row.span, message).help("give a share to its `leaves`"));
        return None;
    }
    let chain = Chain::of(entries, walk);
    if chain.is_none() {
        let message = "these sessions hardly ever end";
        problems.push(Problem::at(sessions.after.span, message).help("give more to `leaves`"));
    }
    chain
}

/// The entry of the mix with this operation or endpoint.
fn position(file: &LoadFile, name: &str) -> Option<usize> {
    let is = |text: &Option<Spanned<String>>| text.as_ref().is_some_and(|text| text.value == name);
    file.mix.iter().position(|entry| is(&entry.operation) || is(&entry.endpoint))
}

struct Reader<'r> {
    file: &'r LoadFile,
    /// States by the entry that they are.
    states: BTreeMap<usize, usize>,
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_> {
    fn entry(&mut self, name: &Spanned<String>) -> Option<usize> {
        let found = position(self.file, name);
        if found.is_none() {
            let known = self.file.mix.iter().flat_map(|entry| [&entry.operation, &entry.endpoint]);
            let known = known.flatten().map(|name| name.value.as_str());
            let help = format!(
                "{}; what is taken out of the mix is passed over where it is learned so, with \
                 `--entry 'OPERATION='`",
                suggest(name, "entries", known)
            );
            let message = format!("`{}` is no entry of the mix", name.value);
            self.problems.push(Problem::at(name.span, message).help(help));
        }
        found
    }

    fn state(&mut self, row: Row<'_>) {
        let Some(entry) = self.entry(&row.endpoint) else { return };
        let number = self.states.len();
        if let Entry::Vacant(free) = self.states.entry(entry) {
            free.insert(number);
        } else {
            let message = format!("what follows `{}` is said twice", row.endpoint.value);
            self.problems.push(Problem::at(row.endpoint.span, message).help("remove one of them"));
        }
    }

    /// Shares of the states that come next; with those who leave, if any do, they add up to one.
    fn shares(
        &mut self,
        place: Span,
        next: &[Spanned<NextRequest>],
        leaves: Option<f64>,
    ) -> Vec<f64> {
        let mut shares = vec![0.0; self.states.len()];
        for way in next {
            let Some(entry) = self.entry(&way.to) else { continue };
            match self.states.get(&entry) {
                Some(&state) if shares[state] > 0.0 => {
                    let message = format!("`{}` is named twice here", way.to.value);
                    self.problems.push(Problem::at(way.span, message).help("add up the shares"));
                }
                Some(&state) => shares[state] = way.share.0,
                None => {
                    let message = format!("nothing says what follows `{}`", way.to.value);
                    let help =
                        format!("add to `after:`  {{endpoint: {}, leaves: 100%}}", way.to.value);
                    self.problems.push(Problem::at(way.to.span, message).help(help));
                }
            }
        }
        let total: f64 = next.iter().map(|way| way.share.0).sum::<f64>() + leaves.unwrap_or(0.0);
        if (total - 1.0).abs() > ROUNDING {
            let message = format!("these shares add up to {:.4} %", 100.0 * total);
            let help = match leaves {
                Some(_) => "with `leaves`, expected 100 %",
                None => "expected 100 %",
            };
            self.problems.push(Problem::at(place, message).help(help));
        }
        // Files round.
        shares.iter().map(|share| share / total.max(f64::MIN_POSITIVE)).collect()
    }

    fn row(&mut self, row: Row<'_>) -> Vec<f64> {
        self.shares(row.span, &row.next, Some(row.leaves.0))
    }

    fn think(&mut self, row: Row<'_>, sessions: &LoadSessions) -> Option<Law> {
        let law = row.think.as_ref().or(sessions.think.as_ref());
        match law.map(Spanned::lower_here) {
            Some(Ok(law)) => Some(law),
            Some(Err(problem)) => {
                self.problems.push(problem);
                None
            }
            None if row.next.is_empty() => Some(Law::constant(0)),
            None => {
                let message =
                    format!("nothing says how long a person pauses after `{}`", row.endpoint.value);
                let help = "add `think: 10s` to it, or to `sessions` for all requests";
                self.problems.push(Problem::at(row.span, message).help(help));
                None
            }
        }
    }
}

/// The first state from which nobody can leave.
fn never_leaves(walk: &Walk) -> Option<usize> {
    let n = walk.next.len();
    let mut leaves: Vec<bool> = (0..n).map(|state| walk.stays(state) < 1.0 - 1e-12).collect();
    for _ in 0..n {
        for state in 0..n {
            let leads =
                walk.next[state].iter().zip(&leaves).any(|(share, out)| *share > 0.0 && *out);
            leaves[state] |= leads;
        }
    }
    leaves.iter().position(|leaves| !leaves)
}

impl Chain {
    /// What is expected of a walk; none where it hardly ever ends.
    fn of(entries: Vec<usize>, mut walk: Walk) -> Option<Self> {
        let n = walk.next.len();
        let visits = walk.visits()?;
        let requests: f64 = visits.iter().sum();
        if requests > MOST_REQUESTS {
            return None;
        }
        let stays: Vec<f64> = (0..n).map(|state| walk.stays(state)).collect();
        let (pause, square): (Vec<f64>, Vec<f64>) = walk.think.iter().map(moments).unzip();
        let per = |of: &dyn Fn(usize) -> f64| (0..n).map(of).collect::<Vec<f64>>();
        // From the answer of a state on: requests to come with the present one, and D, the time in
        // pauses: E[D] = s τ + P E[D], E[D²] = s E[T²] + 2 τ P E[D] + P E[D²].
        let to_come = walk.expected(&vec![1.0; n])?;
        let time = walk.expected(&per(&|state| stays[state] * pause[state]))?;
        let after = |state: usize, of: &[f64]| -> f64 {
            walk.next[state].iter().zip(of).map(|(share, of)| share * of).sum()
        };
        let gain =
            |state: usize| stays[state] * square[state] + 2.0 * pause[state] * after(state, &time);
        let squared = walk.expected(&per(&gain))?;
        let begin = |of: &[f64]| -> f64 { walk.start.iter().zip(of).map(|(s, of)| s * of).sum() };
        // A pause makes all that comes after it older.
        let age = |state: usize| visits[state] * pause[state] * after(state, &to_come);
        let age_ns = (0..n).map(age).sum::<f64>() / requests;
        let been_there = begin(&squared) / (2.0 * begin(&time)).max(f64::MIN_POSITIVE);
        let lead = (LEADS * been_there).clamp(0.0, LONGEST_LEAD_NS);
        walk.lead = std::time::Duration::from_nanos(lead as u64);
        Some(Self { entries, walk, requests, age_ns })
    }
}

/// Mean and mean square of a law \[ns, ns²\].
fn moments(law: &Law) -> (f64, f64) {
    let draw = |number: u64| law.sample(Key::root(0, 0).with(number)) as f64;
    let square = (0..DRAWS).map(|number| draw(number).powi(2)).sum::<f64>() / DRAWS as f64;
    (law.mean(), square)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One endpoint, left with probability 1/4 after each request, exponential pauses of 100 s: four
    /// requests, three pauses; at the n-th request n − 1 pauses lie behind.
    #[test]
    fn a_geometric_session_is_as_long_and_as_old_as_theory_says() {
        let walk = Walk {
            start: vec![1.0],
            next: vec![vec![0.75]],
            think: vec![Law::exponential(100e9).unwrap()],
            lead: std::time::Duration::ZERO,
        };
        let chain = Chain::of(vec![0], walk).unwrap();
        assert!((chain.requests - 4.0).abs() < 1e-9);
        // E[N (N − 1) / 2] / E[N] pauses: 12 / 4.
        assert!((chain.age_ns / 300e9 - 1.0).abs() < 1e-9, "{}", chain.age_ns);
        // D given that there is a pause is exponential of mean 400 s.
        let lead = chain.walk.lead.as_secs_f64();
        assert!((lead / (LEADS * 400.0) - 1.0).abs() < 0.05, "{lead}");
    }
}
