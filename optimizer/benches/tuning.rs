//! How good tuning is: problems whose truth is cheap, many seeds, what was chosen checked on fresh
//! replications.
//!
//! `cargo bench -p foreshadow-optimizer --bench tuning -- run PROBLEM FROM TO BUDGET` prints a line for each seed
//! from one to another: what was chosen, and what the proof said. `… -- check PROBLEM REPLICATIONS` reads points
//! on standard input, and says by how much of its limit the worst mean of so many fresh replications is over
//! it. `… -- serve PROBLEM SEED` answers to another optimizer, and `… -- prove PROBLEM SEED NAME` puts what it
//! looked at to the same proof: see `peers.py`.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use foreshadow_optimizer::tune::{self, Problem, Settings, System};
use foreshadow_scenarios::load_scenario;
use foreshadow_sim::stats::Decision;
use rayon::prelude::*;

/// Where fresh replications of checks begin, beyond those of any search or proof.
const CHECK: u32 = 1 << 28;

fn problem(name: &str) -> System {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "benches", "problems", &format!("{name}.yaml")]
            .iter()
            .collect();
    let read = |path: &Path| std::fs::read_to_string(path);
    match load_scenario(&path, &[], &read).and_then(|scenario| System::new(scenario, Vec::new())) {
        Ok(system) => system,
        Err(problems) => {
            for problem in problems.iter() {
                eprintln!("{name}: {} {:?}", problem.message, problem.help);
            }
            std::process::exit(2);
        }
    }
}

fn settings(seed: u64, budget: u32, stop: &AtomicBool) -> Settings<'_> {
    Settings {
        seed,
        budget,
        replications: 4,
        proof: tune::PROOF * budget,
        stop,
        is_late: &|_| false,
        progress: &|_| {},
    }
}

/// Moves a search to replications of its own: seeds differ in all their luck.
struct Seeded<'a> {
    system: &'a System,
    seed: u32,
}

impl Problem for Seeded<'_> {
    type Candidate = tune::Candidate;

    fn axes(&self) -> &[tune::Axis] {
        self.system.axes()
    }
    fn tidy(&self, point: &mut [u16]) {
        self.system.tidy(point);
    }
    fn cost(&self, point: &[u16]) -> f64 {
        self.system.cost(point)
    }
    fn constraints(&self) -> &[foreshadow_scenarios::report::Constraint] {
        self.system.constraints()
    }
    fn goals(&self) -> &[tune::Wanted] {
        self.system.goals()
    }
    fn starts(&self, stop: &AtomicBool) -> Result<Vec<tune::Point>, foreshadow_optimizer::Stop> {
        self.system.starts(stop)
    }
    fn plain(&self) -> Option<tune::Point> {
        self.system.plain()
    }
    fn candidate(&self, point: &[u16]) -> Result<tune::Candidate, String> {
        self.system.candidate(point)
    }
    fn replicate(
        &self,
        candidate: &tune::Candidate,
        replication: u32,
        stop: &AtomicBool,
    ) -> Result<tune::Outcome, foreshadow_optimizer::Stop> {
        // Fewer than 2¹⁴ numbers are used from each of its beginnings, which are whole multiples of 2²⁰.
        let number =
            (replication & 0x3fff) | (((replication >> 20) & 0x1f) << 14) | (self.seed << 19);
        self.system.replicate(candidate, number, stop)
    }
}

fn run(name: &str, seeds: std::ops::RangeInclusive<u32>, budget: u32) {
    let system = problem(name);
    let stop = AtomicBool::new(false);
    for seed in seeds {
        let begun = std::time::Instant::now();
        let settings = settings(u64::from(seed), budget, &stop);
        let seeded = Seeded { system: &system, seed };
        let tuned = tune::tune(&seeded, &settings, None).expect("nothing stops it");
        let (proof, answer) = (&tuned.proof, answer(&tuned));
        let finalists: Vec<String> = proof
            .finalists
            .iter()
            .map(|f| {
                let word = match f.decision {
                    Decision::Held => "A",
                    Decision::Missed => "B",
                    Decision::Undecided => "?",
                };
                format!("{}{word}{}", f.cost, f.sums.replications)
            })
            .collect();
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{name} {budget} {seed} {answer} {seconds:.1}s [{}] tried {}",
            finalists.join(" "),
            tuned.archive.entries().len()
        );
    }
}

/// Puts what another optimizer looked at to the same proof: lines `POINT FROM COUNT`.
fn prove(name: &str, seed: u32, word: &str) {
    let (system, stop) = (problem(name), AtomicBool::new(false));
    let looked_at: Vec<(tune::Point, std::ops::Range<u32>)> = std::io::stdin()
        .lock()
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [point, from, count] = words[..] else { return None };
            let (from, count): (u32, u32) = (from.parse().ok()?, count.parse().ok()?);
            Some((points(point), from..from + count))
        })
        .collect();
    let settings = settings(u64::from(seed), looked_at.len() as u32, &stop);
    let seeded = Seeded { system: &system, seed };
    let tuned = tune::prove(&seeded, &settings, &looked_at).expect("nothing stops it");
    println!("{name} {word} {seed} {}", answer(&tuned));
}

/// `holds COST POINT`, `misses` or `undecided`.
fn answer(tuned: &tune::Tuned) -> String {
    let proof = &tuned.proof;
    let text = |point: &[u16]| point.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    match proof.chosen {
        Some(at) => {
            format!("holds {} {}", proof.finalists[at].cost, text(&proof.finalists[at].point))
        }
        None if proof.is_closed() => String::from("misses"),
        None => String::from("undecided"),
    }
}

fn points(line: &str) -> Vec<u16> {
    line.split(',').filter_map(|text| text.trim().parse().ok()).collect()
}

fn check(name: &str, replications: u32) {
    let (system, stop) = (problem(name), AtomicBool::new(false));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let point = points(&line);
        let candidate = system.candidate(&point).expect("a candidate");
        let outcomes: Vec<tune::Outcome> = (0..replications)
            .into_par_iter()
            .map(|n| system.replicate(&candidate, CHECK + n, &stop).expect("runs"))
            .collect();
        let mut excess = f64::NEG_INFINITY;
        for (index, constraint) in system.constraints().iter().enumerate() {
            let all: foreshadow_scenarios::report::Samples =
                outcomes.iter().filter_map(|outcome| outcome.samples[index]).collect();
            excess = excess.max(all.mean / constraint.limit - 1.0);
        }
        println!("{name} {line} {} {excess:+.4}", system.cost(&point));
    }
}

/// Lines `POINT FROM COUNT` in; the cost and, for each constraint, mean over limit less one, out.
fn serve(name: &str, seed: u32) {
    let (system, stop) = (problem(name), AtomicBool::new(false));
    let seeded = Seeded { system: &system, seed };
    let levels: Vec<String> = system
        .axes()
        .iter()
        .map(|axis| format!("{}{}", axis.levels, if axis.is_ordered { "" } else { "c" }))
        .collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", levels.join(" ")).expect("a reader");
    let nearest: Vec<String> = system.nearest().iter().map(u16::to_string).collect();
    writeln!(out, "{}", nearest.join(",")).expect("a reader");
    out.flush().expect("a reader");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [point, from, count] = words[..] else { break };
        let (mut point, from, count): (_, u32, u32) =
            (points(point), from.parse().expect("a number"), count.parse().expect("a number"));
        system.tidy(&mut point);
        let candidate = system.candidate(&point).expect("a candidate");
        let outcomes: Vec<tune::Outcome> = (from..from + count)
            .into_par_iter()
            .map(|n| seeded.replicate(&candidate, n, &stop).expect("runs"))
            .collect();
        let mut answer = format!("{}", system.cost(&point));
        for (index, constraint) in system.constraints().iter().enumerate() {
            let all: foreshadow_scenarios::report::Samples =
                outcomes.iter().filter_map(|outcome| outcome.samples[index]).collect();
            answer += &format!(" {}", all.mean / constraint.limit - 1.0);
        }
        writeln!(out, "{answer}").expect("a reader");
        out.flush().expect("a reader");
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, otherwise: u32| {
        words.get(at).and_then(|word| word.parse().ok()).unwrap_or(otherwise)
    };
    match words.first().map(String::as_str) {
        Some("run") => run(&words[1], number(2, 1)..=number(3, 3), number(4, 300)),
        Some("check") => check(&words[1], number(2, 10_000)),
        Some("serve") => serve(&words[1], number(2, 1)),
        Some("prove") => prove(&words[1], number(2, 1), words.get(3).map_or("", String::as_str)),
        _ => println!(
            "run PROBLEM FROM TO BUDGET | check PROBLEM REPLICATIONS | serve PROBLEM SEED | prove PROBLEM SEED NAME"
        ),
    }
}
