//! Availability of a measured system while containers are killed: the prediction of
//! `docs/predictions/blastradius.md` comes out of the structure function of its twin, and is scored.

use std::path::Path;

use foreshadow_campaigns::structure::{Parts, Structure, Values};
use foreshadow_scenarios::{Lowered, load_scenario};
use foreshadow_sim::plan::{ComponentId, EndpointId};

use crate::scenarios::{here, lower};

const SCENARIO: &str = "\
foreshadow: scenario/v1
name: social-network
twin: social-network.twin.yaml
load:
  nginx-thrift.home: {arrivals: {poisson: {rate: 180/s}}}
  nginx-thrift.user: {arrivals: {poisson: {rate: 90/s}}}
  nginx-thrift.compose: {arrivals: {poisson: {rate: 30/s}}}
run: {horizon: 30s}
";

/// Entry and share of the requests.
const MIX: [(&str, f64); 3] =
    [("nginx-thrift.home", 0.6), ("nginx-thrift.user", 0.3), ("nginx-thrift.compose", 0.1)];
/// What fills Memcached.
const READ_PATH: [&str; 6] = [
    "nginx-thrift",
    "home-timeline-service",
    "home-timeline-redis",
    "post-storage-service",
    "post-storage-memcached",
    "post-storage-mongodb",
];

/// The twin with so many replicas of five services, and Memcached warm with probability `hit`.
fn network(replicas: usize, hit: f64) -> Lowered {
    let path = here("blastradius/social-network.yaml");
    let read = |path: &Path| {
        if path.ends_with("social-network.yaml") {
            return Ok(SCENARIO.to_owned());
        }
        let text = std::fs::read_to_string(path)?.replace("REPLICAS", &replicas.to_string());
        Ok(text.replace("HIT", &format!("{hit:.12}")))
    };
    let scenario = load_scenario(&path, &[], &read).unwrap_or_else(|wrong| panic!("{wrong}"));
    lower(&scenario)
}

/// C(n, k); 0 where there is no such set.
fn choose(n: usize, k: usize) -> f64 {
    if k > n { 0.0 } else { (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product() }
}

/// What a request is served with, in the mean over all sets of k dead containers.
struct Killed<'a> {
    structure: Structure<'a>,
    endpoint: EndpointId,
    /// Components that the request may need, and the replicas of each.
    needed: Vec<(ComponentId, usize)>,
    containers: usize,
    dead: usize,
    values: Values,
}

impl Killed<'_> {
    /// The sum over what may yet happen to the components from the `at`-th on.
    ///
    /// - `ways`: by number of dead containers, the ways in which those before came about.
    fn sum(&mut self, at: usize, away: &Parts, ways: &[f64]) -> f64 {
        let served = self.structure.evaluate(away, &mut self.values)[self.endpoint];
        // Less is never served when more is there.
        if served == 0.0 {
            return 0.0;
        }
        let Some(&(component, replicas)) = self.needed.get(at) else {
            let others = self.containers - self.needed.iter().map(|(_, n)| n).sum::<usize>();
            let rest = |(dead, ways): (usize, &f64)| {
                self.dead.checked_sub(dead).map_or(0.0, |left| ways * choose(others, left))
            };
            return served * ways.iter().enumerate().map(rest).sum::<f64>();
        };
        let mut alive = vec![0.0; ways.len() + replicas];
        let mut dead = alive.clone();
        for (killed, ways) in ways.iter().enumerate() {
            for more in 0..replicas {
                alive[killed + more] += ways * choose(replicas, more);
            }
            dead[killed + replicas] += ways;
        }
        let mut without = away.clone();
        without.join(&self.structure.component(component));
        self.sum(at + 1, away, &alive) + self.sum(at + 1, &without, &dead)
    }
}

/// The availability with a share of all containers dead: its total, and that of each entry.
fn predict(replicas: usize, share: f64) -> (f64, Vec<f64>) {
    let containers = network(1, 0.0).plan.components.len() + 5 * (replicas - 1);
    let killed = (share * containers as f64 - 1e-9).ceil() as usize;
    let all = choose(containers, killed);
    let served = |lowered: &Lowered, entry: &str| {
        let structure = Structure::new(&lowered.plan).unwrap();
        let endpoint = lowered.names.endpoints.iter().position(|name| name == entry).unwrap();
        let mut values = Values::default();
        // What cannot change the answer, whatever else is away, is left out: here, what alone or
        // behind an optional call does not.
        let needed = |&component: &ComponentId| {
            let away = structure.component(component);
            structure.evaluate(&away, &mut values)[endpoint] < 1.0 - 1e-12
        };
        let needed = (0..lowered.plan.components.len()).filter(needed);
        let needed = needed.map(|id| (id, lowered.plan.components[id].replicas.len())).collect();
        let away = structure.none();
        let values = Values::default();
        let mut sets = Killed { structure, endpoint, needed, containers, dead: killed, values };
        sets.sum(0, &away, &[1.0]) / all
    };
    let cold = network(replicas, 0.0);
    let path = path_lives(&cold, containers, killed) / all;
    let dies = killed as f64 / containers as f64;
    let cold = dies / (dies + path);
    let lowered = network(replicas, 1.0 - cold);
    let entries: Vec<f64> = MIX.iter().map(|(entry, _)| served(&lowered, entry)).collect();
    let total = MIX.iter().zip(&entries).map(|((_, share), served)| share * served).sum();
    (total, entries)
}

/// In how many ways everything that fills Memcached is there.
fn path_lives(lowered: &Lowered, containers: usize, killed: usize) -> f64 {
    let mut ways = vec![1.0];
    let mut others = containers;
    for name in READ_PATH {
        let id = lowered.names.components.iter().position(|other| other == name).unwrap();
        let replicas = lowered.plan.components[id].replicas.len();
        others -= replicas;
        let mut next = vec![0.0; ways.len() + replicas];
        for (dead, ways) in ways.iter().enumerate() {
            for more in 0..replicas {
                next[dead + more] += ways * choose(replicas, more);
            }
        }
        ways = next;
    }
    let rest = |(dead, ways): (usize, &f64)| {
        killed.checked_sub(dead).map_or(0.0, |left| ways * choose(others, left))
    };
    ways.iter().enumerate().map(rest).sum()
}

/// Lines of a table without its head, split at commas.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

fn committed() -> String {
    let file = here("../../docs/predictions/blastradius.csv");
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn the_committed_prediction_comes_out_of_the_twin() {
    assert_eq!(network(1, 0.5).plan.components.len(), 27);
    for row in rows(&committed()) {
        let replicas = if row[0] == "one replica" { 1 } else { 3 };
        let (total, entries) = predict(replicas, row[1].parse().unwrap());
        let expected: f64 = row[4].parse().unwrap();
        println!("{row:?}: {total:.5}, {entries:.4?}");
        assert!((total - expected).abs() < 5.1e-5, "{row:?}: {total}");
    }
}

/// The goal (0.01 in the mean, no point off by more than 0.03) was missed; this keeps the figures of
/// `docs/validation.md` true.
#[test]
fn the_prediction_is_scored() {
    let file = here("../../../shared/data/blastradius/measured_norepl.csv");
    let Ok(measured) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: there is no blastradius/measured_norepl.csv in ../shared/data");
        return;
    };
    let (mut errors, mut peers) = (Vec::new(), Vec::new());
    for row in rows(&measured) {
        let [share, live, authors] = [1, 2, 4].map(|at| row[at].parse::<f64>().unwrap());
        let (total, _) = predict(1, share);
        println!("{share}: predicted {total:.4}, measured {live}, published {authors}");
        errors.push((total - live).abs());
        peers.push((authors - live).abs());
    }
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    let most = |errors: &[f64]| errors.iter().copied().fold(0.0, f64::max);
    println!("mean {:.4}, at most {:.4}", mean(&errors), most(&errors));
    let close = |value: f64, expected: f64| {
        assert!((value - expected).abs() < 5.1e-4, "{value} instead of {expected}");
    };
    close(mean(&errors), 0.035);
    close(most(&errors), 0.083);
    close(mean(&peers), 0.033);
    close(most(&peers), 0.135);
}
