use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use foreshadow_scenarios::report::{Constraint, Sample, Sampled};
use foreshadow_sim::random::Key;
use foreshadow_sim::stats::Decision;
use rand_distr::{Distribution, StandardNormal};

use super::*;

/// Servers that must be fast enough, each by itself: the k-th needs `needs[k]` units of speed, and the last
/// axis is a choice of which one third does nothing, one harms, and one is free of cost and helps.
pub(super) struct Servers {
    axes: Vec<Axis>,
    needs: Vec<f64>,
    noise: f64,
    constraints: Vec<Constraint>,
    /// How a point that is no candidate begins.
    impossible: Option<[u16; 2]>,
    /// The system as it is.
    pub(super) plain: Option<Point>,
}

impl Servers {
    pub(super) fn new(needs: &[f64], noise: f64) -> Self {
        let mut axes = vec![Axis { levels: 20, is_ordered: true }; needs.len()];
        axes.push(Axis { levels: 3, is_ordered: false });
        let constraints = vec![Constraint { limit: 1.0, kind: Sampled::Mean }; needs.len()];
        Self { axes, needs: needs.to_vec(), noise, constraints, impossible: None, plain: None }
    }

    /// What server `k` takes, on average.
    fn mean(&self, point: &[u16], k: usize) -> f64 {
        let choice = [1.0, 1.4, 0.75][usize::from(point[self.needs.len()])];
        choice * self.needs[k] / (f64::from(point[k]) + 1.0)
    }

    fn holds(&self, point: &[u16]) -> bool {
        (0..self.needs.len()).all(|k| self.mean(point, k) <= 1.0)
    }

    /// The cheapest cost at which all hold.
    fn best(&self) -> f64 {
        self.needs.iter().map(|need| (0.75 * need - 1e-9).ceil()).sum()
    }
}

impl Problem for Servers {
    type Candidate = Point;

    fn axes(&self) -> &[Axis] {
        &self.axes
    }

    fn cost(&self, point: &[u16]) -> f64 {
        point[..self.needs.len()].iter().map(|level| f64::from(*level) + 1.0).sum()
    }

    fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    fn goals(&self) -> &[Wanted] {
        &[Wanted::Cost]
    }

    fn starts(&self, _: &AtomicBool) -> Result<Vec<Point>, Stop> {
        let middle = |level| self.axes.iter().map(|axis| axis.levels.min(level) / 2).collect();
        let mut dearest: Point = vec![19; self.needs.len()];
        dearest.push(0);
        Ok(vec![middle(20), middle(8), dearest])
    }

    fn plain(&self) -> Option<Point> {
        self.plain.clone()
    }

    fn candidate(&self, point: &[u16]) -> Result<Point, String> {
        if self.impossible.is_some_and(|both| point.starts_with(&both)) {
            return Err(String::from("the first two cannot be so together"));
        }
        Ok(point.to_vec())
    }

    fn replicate(&self, point: &Point, replication: u32, _: &AtomicBool) -> Result<Outcome, Stop> {
        let sample = |k: usize| {
            let mut draws = Key::root(5, replication).with(k as u64).draws();
            let normal: f64 = StandardNormal.sample(&mut draws);
            let value = self.mean(point, k) * self.noise.mul_add(normal, 1.0);
            Some(Sample { value, requests: 0.0 })
        };
        Ok(Outcome { samples: (0..self.needs.len()).map(sample).collect(), goals: vec![0.0] })
    }
}

pub(super) fn settings(seed: u64) -> Settings<'static> {
    static STOP: AtomicBool = AtomicBool::new(false);
    Settings {
        seed,
        budget: 200,
        replications: 4,
        proof: 200,
        stop: &STOP,
        is_late: &|_| false,
        progress: &|_| {},
    }
}

fn tuned(problem: &Servers, seed: u64, journal: Option<&mut dyn Journal>) -> Tuned {
    match journal {
        Some(journal) => tune(problem, &settings(seed), Some(journal)).unwrap(),
        None => tune(problem, &settings(seed), None).unwrap(),
    }
}

#[test]
fn no_more_is_run_than_was_allowed() {
    let problem = Servers::new(&[4.7, 11.3, 2.0, 7.3, 9.4, 6.6], 0.4);
    for (budget, proof) in [(1, 2), (7, 3), (20, 40), (50, 20), (60, 120)] {
        let settings = Settings { budget, proof, ..settings(1) };
        let most = Mutex::new(0.0f64);
        let progress = |told: &Told| {
            let mut most = most.lock().unwrap();
            assert!(told.what == "proving" || told.done <= told.of, "{told:?}");
            *most = most.max(if told.what == "proving" { told.done } else { 0.0 });
        };
        let settings = Settings { progress: &progress, ..settings };
        let tuned = tune(&problem, &settings, None).unwrap();
        assert!(!tuned.proof.finalists.is_empty(), "{budget}");
        let entries = tuned.archive.entries();
        let all: u32 = entries.iter().map(|entry| entry.sums.replications).sum();
        let fresh: u32 = tuned.proof.finalists.iter().map(|one| one.sums.replications).sum();
        assert_eq!(u64::from(all + fresh), tuned.searched + tuned.proven, "{budget}");
        assert!(tuned.searched <= 4 * u64::from(budget), "{} of {budget}", tuned.searched);
        assert!(tuned.proven <= 4 * u64::from(proof), "{} of {proof}", tuned.proven);
        assert!(*most.lock().unwrap() <= f64::from(proof), "{budget}");
    }
}

#[test]
fn the_cheapest_that_holds_is_found() {
    // Half a step off a whole number, so that no candidate lies at a limit.
    let problem = Servers::new(&[4.7, 11.3, 2.0, 7.3, 9.4], 0.1);
    for seed in 1..=5 {
        let proof = tuned(&problem, seed, None).proof;
        let chosen = &proof.finalists[proof.chosen.unwrap()];
        assert!(problem.holds(&chosen.point), "{:?}", chosen.point);
        assert!(chosen.cost <= problem.best() + 1.0, "{} for {}", chosen.cost, problem.best());
    }
}

#[test]
fn what_cannot_be_is_no_finalist() {
    let mut problem = Servers::new(&[4.7, 11.3, 2.0], 0.1);
    // The best would begin so.
    problem.impossible = Some([3, 8]);
    for seed in 1..=5 {
        let proof = tuned(&problem, seed, None).proof;
        let chosen = &proof.finalists[proof.chosen.unwrap()];
        assert!(problem.holds(&chosen.point), "{:?}", chosen.point);
        assert!(proof.finalists.iter().all(|finalist| !finalist.point.starts_with(&[3, 8])));
    }
}

#[test]
fn what_is_believed_to_hold_does() {
    // Limits lie right on a step: half of what looks best misses by nothing, or by a hair.
    let problem = Servers::new(&[4.001, 8.001, 12.001], 0.3);
    let (mut held, mut wrong) = (0, 0);
    for seed in 1..=40 {
        let proof = tuned(&problem, seed, None).proof;
        for finalist in &proof.finalists {
            let holds = problem.holds(&finalist.point);
            held += u32::from(finalist.decision == Decision::Held);
            wrong += u32::from(match finalist.decision {
                Decision::Held => !holds,
                Decision::Missed => holds,
                Decision::Undecided => false,
            });
        }
    }
    // At 5 % for all claims of a run together, two runs of forty would be wrong; confidence sequences
    // are on the safe side of that.
    assert!(held > 40 && wrong <= 2, "{wrong} claims are wrong, {held} held");
}

#[test]
fn what_cannot_hold_is_said() {
    let problem = Servers::new(&[4.0, 40.0], 0.1);
    let proof = tuned(&problem, 1, None).proof;
    assert_eq!(proof.chosen, None);
    assert!(proof.is_closed() && !proof.finalists.is_empty());
    assert!(proof.finalists.iter().all(|finalist| finalist.critical == Some(1)));
}

/// Everything that was run, in memory.
#[derive(Default)]
struct Memory {
    known: std::collections::HashMap<(Point, u32), Outcome>,
    found: usize,
    kept: usize,
    /// Nothing is kept beyond so many: as if stopped there.
    most: usize,
}

impl Journal for Memory {
    fn find(&mut self, point: &[u16], replication: u32) -> Option<Outcome> {
        let found = self.known.get(&(point.to_vec(), replication)).cloned();
        self.found += usize::from(found.is_some());
        found
    }

    fn keep(&mut self, point: &[u16], replication: u32, outcome: &Outcome) -> Result<(), Stop> {
        if self.kept == self.most {
            return Err(Stop(String::from("stopped")));
        }
        self.kept += 1;
        self.known.insert((point.to_vec(), replication), outcome.clone());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Stop> {
        Ok(())
    }
}

fn shown(tuned: &Tuned) -> String {
    format!("{:?} {:?}", tuned.archive.entries(), tuned.proof)
}

#[test]
fn a_search_that_was_stopped_goes_on_where_it_was() {
    let problem = Servers::new(&[4.7, 11.3, 7.3], 0.1);
    let whole = shown(&tuned(&problem, 3, None));
    let mut memory = Memory { most: 500, ..Memory::default() };
    assert!(tune(&problem, &settings(3), Some(&mut memory)).is_err());
    memory.most = usize::MAX;
    let again = shown(&tuned(&problem, 3, Some(&mut memory)));
    assert_eq!(again, whole);
    assert!(memory.found >= 500);
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let problem = Servers::new(&[4.7, 11.3, 7.3], 0.1);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| shown(&tuned(&problem, 2, None)))
    };
    assert_eq!(on(1), on(3));
}

/// A front of two goals: the more it costs, the faster its first server is.
struct Trade(Servers);

impl Problem for Trade {
    type Candidate = Point;

    fn axes(&self) -> &[Axis] {
        self.0.axes()
    }
    fn cost(&self, point: &[u16]) -> f64 {
        self.0.cost(point)
    }
    fn constraints(&self) -> &[Constraint] {
        self.0.constraints()
    }
    fn goals(&self) -> &[Wanted] {
        &[Wanted::Cost, Wanted::Measured]
    }
    fn starts(&self, stop: &AtomicBool) -> Result<Vec<Point>, Stop> {
        self.0.starts(stop)
    }
    fn candidate(&self, point: &[u16]) -> Result<Point, String> {
        self.0.candidate(point)
    }
    fn replicate(&self, point: &Point, number: u32, stop: &AtomicBool) -> Result<Outcome, Stop> {
        let mut outcome = self.0.replicate(point, number, stop)?;
        let first = outcome.samples.iter().flatten().map(|sample| sample.value).next();
        outcome.goals = vec![0.0, first.unwrap_or(f64::INFINITY)];
        Ok(outcome)
    }
}

#[test]
fn two_goals_give_a_front() {
    let problem = Trade(Servers::new(&[4.7, 7.3], 0.02));
    let tuned = tune(&problem, &settings(1), None).unwrap();
    let whole: Vec<usize> = (0..tuned.archive.entries().len())
        .filter(|&index| tuned.archive.entries()[index].sums.replications >= 4)
        .collect();
    let front = tuned.archive.front(&whole, problem.constraints(), problem.goals());
    let values: Vec<[f64; 2]> = front
        .iter()
        .map(|&index| [0, 1].map(|goal| tuned.archive.entries()[index].goal(problem.goals(), goal)))
        .collect();
    assert!(values.len() >= 6, "{values:?}");
    assert!(
        values.windows(2).all(|two| two[0][0] < two[1][0] && two[0][1] > two[1][1]),
        "{values:?}"
    );
    // Its cheap end is the cheapest that holds, its dear end near the fastest there is.
    assert!(values[0][0] <= problem.0.best() + 1.0, "{values:?}");
    assert!(values.last().unwrap()[1] < 0.35, "{values:?}");
    // The proof is of points along it, its dear end among them.
    let of_front: Vec<&Point> =
        front.iter().map(|&index| &tuned.archive.entries()[index].point).collect();
    let finalists: Vec<&Point> = tuned.proof.finalists.iter().map(|one| &one.point).collect();
    assert!(finalists.len() >= 5 && finalists.contains(&of_front[of_front.len() - 1]));
    assert!(finalists.iter().all(|point| of_front.contains(point)), "{finalists:?} {of_front:?}");
}
