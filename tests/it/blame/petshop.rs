//! How far an injected delay changes each service's latency: AWS PetShop.
//!
//! The twin is built from the graph and the five-minute metrics of a period without issues
//! (`aggregate.rs`). An issue's command states its delay, not which requests are hit by it: two
//! predictions are made, that all are, and that a share is, learned from the issues under low traffic.
//!
//! Split: rules and the share from the four issues of `low_traffic`; scored on the other six.
//! The issues of the two folders without a quiet period use that of `high_traffic` or `low_traffic`,
//! whichever has more nearly their requests.
//!
//! An issue lasts ten minutes: **during** it are rows that lie in it, up to 15 s, and **before** it rows
//! that have ended. A service is judged with 10 requests or more in each; it is **affected** if its
//! mean latency rises by a tenth or more, and by more than the quiet period's rows do over the next but
//! one in 99 of 100.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::files::unpacked;
use super::rule::{Score, median};
use super::whatif::Calm;

mod aggregate;
mod rows;

use aggregate::Aggregate;
use rows::{Rows, graph};

/// The service that is delayed in all issues.
const DELAYED: &str = "PetSearch_AWS::ECS::Fargate";
const USERS: &str = "PetSite";
/// Seconds that an issue lasts, and by which rows may stand out of it.
const LASTS_S: f64 = 600.0;
const SLACK_S: f64 = 15.0;
const ROW_S: f64 = 300.0;
const LEAST_REQUESTS: f64 = 10.0;
/// Latency over that before, from which on a service is affected; of a twin, too.
const RATIO: f64 = 1.1;
const LEVEL: f64 = 0.99;
const TRAFFIC: [&str; 4] =
    ["low_traffic", "high_traffic", "temporal_traffic1", "temporal_traffic2"];
const QUIET: [&str; 2] = ["low_traffic", "high_traffic"];

/// An injected delay.
#[derive(Debug)]
struct Issue {
    name: String,
    delay_s: f64,
    starts: f64,
    rows: Rows,
}

/// Latency of a service before and during an issue [s].
#[derive(Debug, Clone, Copy)]
struct Measured {
    before: f64,
    during: f64,
}

impl Issue {
    /// The issues of a folder whose command states a delay.
    fn all(folder: &Path) -> Vec<Self> {
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(folder.join("train")).unwrap().map(|e| e.unwrap().path()).collect();
        folders.sort();
        folders.iter().filter_map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Option<Self> {
        let target = std::fs::read_to_string(path.join("target.json")).unwrap();
        let target: serde_json::Value = serde_json::from_str(&target).unwrap();
        let command = target["metadata"]["reproducibility"]["command"].as_str()?;
        // aws ssm put-parameter --name '/petstore/searchdelay' --value '1000' --overwrite
        let mut quoted = command.split('\'').skip(1).step_by(2);
        if quoted.next()? != "/petstore/searchdelay" {
            return None;
        }
        let folder = path.parent()?.parent()?.file_name()?.to_string_lossy();
        Some(Self {
            name: format!("{folder}/{}", path.file_name()?.to_string_lossy()),
            delay_s: quoted.next()?.parse::<f64>().ok()? / 1e3,
            starts: target["target"]["timestamp"].as_f64()?,
            rows: Rows::read(&path.join("metrics.csv")),
        })
    }

    /// What was measured of a service, if it is judged.
    fn measured(&self, service: &str) -> Option<Measured> {
        let mean = |within: &dyn Fn(f64) -> bool| {
            let rows: Vec<usize> = (0..self.rows.times.len())
                .filter(|&row| within(self.rows.times[row] - self.starts))
                .collect();
            assert!(!rows.is_empty(), "{} has such rows", self.name);
            let values = rows.iter().map(|&row| {
                let requests = self.rows.value(service, "requests", "Sum", row)?;
                let latency = self.rows.value(service, "latency", "Average", row)?;
                (requests >= LEAST_REQUESTS).then_some(latency)
            });
            let values: Option<Vec<f64>> = values.collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        Some(Measured {
            before: mean(&|since| since + ROW_S <= SLACK_S)?,
            during: mean(&|since| since >= -SLACK_S && since + ROW_S <= LASTS_S + SLACK_S)?,
        })
    }
}

/// Figures of one prediction.
#[derive(Debug, Default)]
struct Outcome {
    /// Predicted and measured change of each judged service [s].
    changes: Vec<[f64; 2]>,
    /// The same, of those named and affected.
    hits: Vec<[f64; 2]>,
    correlations: Vec<f64>,
    twin: Score,
    reachability: Score,
}

impl Outcome {
    fn merge(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.hits.extend(other.hits);
        self.correlations.extend(other.correlations);
        self.twin.merge(other.twin);
        self.reachability.merge(other.reachability);
    }

    /// Median absolute error of the changes [s], and what it is if nothing is predicted to change.
    fn error(&self) -> [f64; 2] {
        let errors = |of: &dyn Fn(&[f64; 2]) -> f64| {
            middle(&self.changes.iter().map(|change| of(change).abs()).collect::<Vec<_>>())
        };
        [errors(&|[predicted, seen]| predicted - seen), errors(&|[_, seen]| *seen)]
    }

    /// Median error relative to what was measured, of what was named and affected.
    fn of_hits(&self) -> f64 {
        let errors = self.hits.iter().map(|[predicted, seen]| (predicted / seen - 1.0).abs());
        middle(&errors.collect::<Vec<_>>())
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [error, still] = self.error().map(|s| s * 1e3);
        write!(
            f,
            "error {error:.1} ms ({still:.1} ms if nothing changed), of hits {:.0} %, rank \
             correlation {:.2}, twin {}, reachability {}",
            self.of_hits() * 100.0,
            middle(&self.correlations),
            self.twin,
            self.reachability
        )
    }
}

/// Holds one issue against its twin; `share` of the requests is delayed.
fn outcome(issue: &Issue, quiet: &Aggregate, calm: &Calm, share: f64, out: &mut String) -> Outcome {
    let faulty = calm.with(&quiet.delay(DELAYED, issue.delay_s, share));
    let reaching: BTreeSet<String> = calm.reaching(&quiet.component(DELAYED));
    let mut outcome = Outcome::default();
    for service in quiet.services() {
        let operation = format!("{}.serve", quiet.component(service));
        let Some(measured) = issue.measured(service) else { continue };
        let (Some(before), Some(after)) = (calm.times.get(&operation), faulty.get(&operation))
        else {
            continue;
        };
        let change = [(after.mean - before.mean) * 1e-9, measured.during - measured.before];
        let ratio = measured.during / measured.before;
        let affected = ratio >= RATIO && ratio > quiet.usual_ratio(service, LEVEL);
        let named = after.mean / before.mean >= RATIO;
        outcome.twin.add(named, affected);
        outcome.reachability.add(reaching.contains(&operation), affected);
        outcome.changes.push(change);
        if named && affected {
            outcome.hits.push(change);
        }
        if named || affected {
            let word = if affected { "affected" } else { "" };
            let [predicted, seen] = change.map(|s| s * 1e3);
            writeln!(out, "    {service:<52.52} {predicted:>8.1} {seen:>8.1} {word}").unwrap();
        }
    }
    outcome.correlations.push(spearman(&outcome.changes));
    outcome
}

/// Spearman's rank correlation of pairs; ties get their mean rank.
fn spearman(pairs: &[[f64; 2]]) -> f64 {
    let ranks = [0, 1].map(|side| {
        let values: Vec<f64> = pairs.iter().map(|pair| pair[side]).collect();
        let rank = |x: f64| {
            let below = values.iter().filter(|&&y| y < x).count() as f64;
            let tied = values.iter().filter(|&&y| y <= x).count() as f64 - below;
            below + (tied - 1.0) / 2.0
        };
        values.iter().map(|&x| rank(x)).collect::<Vec<f64>>()
    });
    let middle = (pairs.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(x, y)| (x - middle) * (y - middle)).sum()
    };
    let norm = product(&ranks[0], &ranks[0]) * product(&ranks[1], &ranks[1]);
    if norm > 0.0 { product(&ranks[0], &ranks[1]) / norm.sqrt() } else { 0.0 }
}

/// The middle of some numbers.
fn middle(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    median(&values)
}

/// The twin that an issue is held against: of the quiet period whose users ask more nearly as often.
fn nearest(issue: &Issue, quiet: &[Aggregate; 2]) -> usize {
    let off = |quiet: &Aggregate| (quiet.requests(USERS) - issue.rows.mean_requests(USERS)).abs();
    usize::from(off(&quiet[1]) < off(&quiet[0]))
}

#[test]
fn injected_delays_in_petshop() {
    let Some(folder) = unpacked("petshop/petshop_train.tar.xz") else { return };
    let data = folder.path().join("dataset");
    let quiet = QUIET.map(|name| {
        let rows = Rows::read(&data.join(name).join("noissue/metrics.csv"));
        Aggregate::new(graph(&data.join(name).join("graph.csv")), rows)
    });
    let calm = [0, 1].map(|i: usize| Calm::new(&quiet[i].twin(), 600));
    let issues = TRAFFIC.map(|name| Issue::all(&data.join(name)));
    let share = |issue: &Issue| {
        let measured = issue.measured(DELAYED).expect("it has requests");
        (measured.during - measured.before) / issue.delay_s
    };
    let shares: Vec<f64> = issues[0].iter().map(share).collect();
    let mut out = format!("share of the requests delayed, under low traffic: {shares:.3?}\n");
    let total = [1.0, middle(&shares)].map(|share| {
        let mut total = Outcome::default();
        for issue in issues[1..].iter().flatten() {
            let of = nearest(issue, &quiet);
            let mut lines = String::new();
            let found = outcome(issue, &quiet[of], &calm[of], share, &mut lines);
            let (name, ms) = (&issue.name, issue.delay_s * 1e3);
            writeln!(out, "{name}, {ms} ms to {share:.3} of the requests, {}: {found}", QUIET[of])
                .unwrap();
            out += &lines;
            total.merge(found);
        }
        writeln!(out, "{share:.3} of the requests, all issues scored: {total}\n").unwrap();
        total
    });
    println!("{out}");
    let [stated, learned] = total;
    assert_eq!(stated.correlations.len(), 6, "issues are scored");
    assert!(learned.twin.f1() > learned.reachability.f1());
    assert!(stated.twin.f1() > stated.reachability.f1());
    assert!(learned.twin.f1() >= 0.59);
    assert!(learned.of_hits() <= 0.35 && learned.error()[0] <= 0.0025);
    assert!(stated.of_hits() >= 10.0, "the command does not say whom it hits");
}
