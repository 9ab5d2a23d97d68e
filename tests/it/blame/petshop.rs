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

/// Figures of one issue under one prediction.
#[derive(Debug, Default)]
struct Outcome {
    /// Absolute errors of the change, of the judged [s].
    errors: Vec<f64>,
    /// The same, of those affected or named.
    of_affected: Vec<f64>,
    correlation: f64,
    twin: Score,
    reachability: Score,
}

/// Holds one issue against its twin; `share` of the requests is delayed.
fn outcome(issue: &Issue, quiet: &Aggregate, calm: &Calm, share: f64, out: &mut String) -> Outcome {
    let faulty = calm.with(&quiet.delay(DELAYED, issue.delay_s, share));
    let reaching: BTreeSet<String> = calm.reaching(&quiet.component(DELAYED));
    let mut outcome = Outcome::default();
    let mut changes: Vec<[f64; 2]> = Vec::new();
    for service in quiet.services() {
        let operation = format!("{}.serve", quiet.component(service));
        let Some(measured) = issue.measured(service) else { continue };
        let (Some(before), Some(after)) = (calm.times.get(&operation), faulty.get(&operation))
        else {
            continue;
        };
        let seen = measured.during - measured.before;
        let predicted = (after.mean - before.mean) * 1e-9;
        let ratio = measured.during / measured.before;
        let affected = ratio >= RATIO && ratio > quiet.usual_ratio(service, LEVEL);
        let named = after.mean / before.mean >= RATIO;
        outcome.twin.add(named, affected);
        outcome.reachability.add(reaching.contains(&operation), affected);
        outcome.errors.push((predicted - seen).abs());
        changes.push([predicted, seen]);
        if named || affected {
            outcome.of_affected.push((predicted - seen).abs());
            let word = if affected { "affected" } else { "" };
            let [predicted, seen] = [predicted, seen].map(|s| s * 1e3);
            writeln!(out, "    {service:<52} {predicted:>8.1} {seen:>8.1} {word}").unwrap();
        }
    }
    outcome.correlation = spearman(&changes);
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
    let nearest = |issue: &Issue| {
        let off =
            |quiet: &Aggregate| (quiet.requests(USERS) - issue.rows.mean_requests(USERS)).abs();
        usize::from(off(&quiet[1]) < off(&quiet[0]))
    };
    let shares: Vec<f64> = issues[0]
        .iter()
        .map(|issue| {
            let measured = issue.measured(DELAYED).unwrap();
            (measured.during - measured.before) / issue.delay_s
        })
        .collect();
    let share = middle(&shares);
    let mut out = format!("share of the requests delayed, under low traffic: {shares:.3?}\n");
    for (what, share) in [("all requests", 1.0), ("a learned share", share)] {
        let mut total = Outcome::default();
        let mut correlations = Vec::new();
        for issue in issues[1..].iter().flatten() {
            let of = nearest(issue);
            let mut lines = String::new();
            let found = outcome(issue, &quiet[of], &calm[of], share, &mut lines);
            writeln!(
                out,
                "{} +{:.0} ms to {what}, twin of {}: error {:.1} ms, of affected {:.1} ms, rank \
                 correlation {:.2}, twin {}, reachability {}\n{lines}",
                issue.name,
                issue.delay_s * 1e3,
                QUIET[of],
                middle(&found.errors) * 1e3,
                middle(&found.of_affected) * 1e3,
                found.correlation,
                found.twin,
                found.reachability
            )
            .unwrap();
            total.errors.extend(found.errors);
            total.of_affected.extend(found.of_affected);
            total.twin.merge(found.twin);
            total.reachability.merge(found.reachability);
            correlations.push(found.correlation);
        }
        writeln!(
            out,
            "{what}, all issues scored: error {:.1} ms, of affected {:.1} ms, rank correlation \
             {:.2}, twin {}, reachability {}\n",
            middle(&total.errors) * 1e3,
            middle(&total.of_affected) * 1e3,
            middle(&correlations),
            total.twin,
            total.reachability
        )
        .unwrap();
    }
    println!("{out}");
}
