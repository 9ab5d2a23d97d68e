//! How far an injected delay changes each service's latency: AWS `PetShop`.
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
use std::path::Path;

use super::files::unpacked;
use super::whatif::Calm;

mod aggregate;
mod issue;
mod outcome;
mod rows;

use aggregate::Aggregate;
use issue::Issue;
use outcome::{Change, Outcome, middle};
use rows::{Rows, graph};

/// The service that is delayed in all issues.
const DELAYED: &str = "PetSearch_AWS::ECS::Fargate";
const USERS: &str = "PetSite";
/// Latency over that before, from which on a service is affected; of a twin, too.
const RATIO: f64 = 1.1;
const LEVEL: f64 = 0.99;
const TRAFFIC: [&str; 4] =
    ["low_traffic", "high_traffic", "temporal_traffic1", "temporal_traffic2"];
/// How long a twin is simulated, in each of four replications: a fortieth of the requests is delayed, and
/// their number is to be within a few percent of its mean.
const HORIZON_S: u32 = 7_200;
const QUIET: [&str; 2] = ["low_traffic", "high_traffic"];

/// A twin of a quiet period.
#[derive(Debug)]
struct Quiet {
    name: &'static str,
    aggregate: Aggregate,
    calm: Calm,
}

impl Quiet {
    fn read(data: &Path, name: &'static str) -> Self {
        let rows = Rows::read(&data.join(name).join("noissue/metrics.csv"));
        let aggregate = Aggregate::new(graph(&data.join(name).join("graph.csv")), rows);
        let calm = Calm::new(&aggregate.twin(), HORIZON_S);
        Self { name, aggregate, calm }
    }

    /// Whose users ask more nearly as often as those of an issue.
    fn nearest<'a>(of: &'a [Self; 2], issue: &Issue) -> &'a Self {
        let off =
            |it: &Self| (it.aggregate.requests(USERS) - issue.rows.mean_requests(USERS)).abs();
        if off(&of[1]) < off(&of[0]) { &of[1] } else { &of[0] }
    }

    /// Holds one issue against its twin; `share` of the requests is delayed.
    fn outcome(&self, issue: &Issue, share: f64, out: &mut String) -> Outcome {
        let Self { aggregate, calm, .. } = self;
        let faulty = calm.with(&aggregate.delay(DELAYED, issue.delay_s, share));
        let reaching: BTreeSet<String> = calm.reaching(&aggregate.component(DELAYED));
        let mut outcome = Outcome::default();
        for service in aggregate.services() {
            let operation = format!("{}.serve", aggregate.component(service));
            let Some(measured) = issue.measured(service) else { continue };
            let pair = calm.times.get(&operation).zip(faulty.get(&operation));
            let Some((before, after)) = pair else { continue };
            let ratio = measured.during / measured.before;
            let affected = ratio >= RATIO && ratio > aggregate.usual_ratio(service, LEVEL);
            let named = after.mean / before.mean >= RATIO;
            outcome.twin.add(named, affected);
            outcome.reachability.add(reaching.contains(&operation), affected);
            let change = Change {
                predicted: (after.mean - before.mean) * 1e-9,
                measured: measured.change(),
                quiet: aggregate.usual_change(service),
                is_hit: named && affected,
            };
            outcome.changes.push(change);
            if named || affected {
                let word = if affected { "affected" } else { "" };
                let [predicted, seen, quiet] =
                    [change.predicted, change.measured, change.quiet].map(|s| s * 1e3);
                writeln!(
                    out,
                    "    {service:<52.52} {predicted:>8.1} {seen:>8.1} {quiet:>6.1} {word}"
                )
                .unwrap();
            }
        }
        outcome.correlate();
        outcome
    }
}

/// All issues that are scored, with `share` of the requests delayed.
fn total(quiet: &[Quiet; 2], scored: &[Issue], share: f64, out: &mut String) -> Outcome {
    let mut total = Outcome::default();
    for issue in scored {
        let (of, mut lines) = (Quiet::nearest(quiet, issue), String::new());
        let found = of.outcome(issue, share, &mut lines);
        let (name, ms) = (&issue.name, issue.delay_s * 1e3);
        writeln!(out, "{name}, {ms} ms to {share:.3} of the requests, {}: {found}", of.name)
            .unwrap();
        *out += &lines;
        total.merge(found);
    }
    writeln!(out, "{share:.3} of the requests, all issues scored: {total}\n").unwrap();
    total
}

/// The noise floor of hits: how far off an issue is that another of the same command, under the same
/// traffic, is predicted to repeat; the median over the delayed service and its users.
fn repeated(issues: &[Issue]) -> f64 {
    let pairs = issues.iter().flat_map(|one| issues.iter().map(move |other| (one, other)));
    let alike = pairs.filter(|(one, other)| {
        one.name != other.name && one.delay_s.to_bits() == other.delay_s.to_bits()
    });
    let errors = alike.flat_map(|pair| {
        [DELAYED, USERS].map(|service| {
            let [one, other] =
                [pair.0, pair.1].map(|it| it.measured(service).expect("it is busy").change());
            (one / other - 1.0).abs()
        })
    });
    middle(&errors.collect::<Vec<_>>())
}

#[test]
fn injected_delays_in_petshop() {
    let Some(folder) = unpacked("petshop/petshop_train.tar.xz") else { return };
    let data = folder.path().join("dataset");
    let quiet = QUIET.map(|name| Quiet::read(&data, name));
    let [low, high, others @ ..] = TRAFFIC.map(|name| Issue::all(&data.join(name)));
    let share = |issue: &Issue| {
        let measured = issue.measured(DELAYED).expect("it has requests");
        measured.change() / issue.delay_s
    };
    let shares: Vec<f64> = low.iter().map(share).collect();
    let noise = repeated(&high);
    let mut out = format!(
        "share of the requests delayed, under low traffic: {shares:.3?}\n\
         the same command again is off by {:.0} %\n",
        noise * 100.0
    );
    let scored: Vec<Issue> = high.into_iter().chain(others.into_iter().flatten()).collect();
    let [stated, learned] =
        [1.0, middle(&shares)].map(|share| total(&quiet, &scored, share, &mut out));
    println!("{out}");
    assert_eq!(scored.len(), 6, "issues are scored");
    for outcome in [&stated, &learned] {
        assert!(outcome.twin.f1() > outcome.reachability.f1(), "{out}");
    }
    assert!(learned.twin.f1() >= 0.59, "{out}");
    // Twelve changes, of the delayed service and of its users, in each of six issues.
    assert_eq!(learned.changes.iter().filter(|change| change.is_hit).count(), 12, "{out}");
    assert!(learned.of_hits() <= 0.25 && noise >= 0.1, "{out}");
    // The command does not say whom it hits.
    assert!(stated.of_hits() >= 10.0, "{out}");
}
