//! What one replication counted, as lines that can be compared with a timeline on paper.

use foreshadow_scenarios::lower::Names;
use foreshadow_sim::Tally;
use foreshadow_sim::histogram::{Summary, pooled_quantile};
use foreshadow_sim::plan::Outcome;

/// One line for each endpoint that users called, each edge and each station; times in ms.
pub(super) fn lines(names: &Names, tally: &Tally) -> Vec<String> {
    let users = names.endpoints.iter().zip(&tally.users).map(|(name, users)| {
        let ended = outcomes(&users.outcomes, &format!(" {}", times(&users.latency)));
        let goodput = match users.goodput {
            goodput if goodput == users.outcomes[Outcome::Ok as usize] => String::new(),
            goodput => format!("; goodput {goodput}"),
        };
        format!("users of {name}: {ended}{goodput}")
    });
    let edges = names.edges.iter().zip(&tally.edges).map(|(name, edge)| {
        let ended = outcomes(&edge.outcomes, "");
        let ended = join(&[ended, counted(edge.given_up, "given up")]);
        let started = join(&[
            format!("{} calls, {} retries", edge.calls, edge.retries),
            counted(edge.hedges, "hedges"),
        ]);
        let pool_wait = ms(edge.pool_wait as f64);
        let guards = join(&[
            counted(edge.refused, "refused"),
            counted(edge.denied, "denied"),
            counted(edge.opened, "opened"),
            counted(edge.ejected, "ejected"),
            counted(edge.pooled, &format!("pooled for {pool_wait}")),
        ]);
        let guards = if guards.is_empty() { guards } else { format!("; {guards}") };
        format!("{name}: {started}; {ended}; {} waited{guards}", ms(edge.waited as f64))
    });
    let stations = names.components.iter().zip(&tally.components).map(|(name, station)| {
        let cores = match station.busy_cores {
            0 => String::new(),
            busy => format!("; cores {}", ms(busy as f64 / 1e9)),
        };
        format!(
            "{name}: {} came, {} refused, {} served; waits {}; busy {}, in queue {}, in system {}{cores}",
            station.arrivals,
            station.rejected,
            station.completed,
            times(&station.wait),
            ms(station.busy as f64),
            ms(station.waiting as f64),
            ms(station.in_system as f64),
        )
    });
    users.chain(edges).chain(stations).collect()
}

/// `3 opened`, or nothing when it never happened.
fn counted(count: u64, what: &str) -> String {
    if count == 0 { String::new() } else { format!("{count} {what}") }
}

/// What there is of some parts.
fn join(parts: &[String]) -> String {
    let some: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    some.join(", ")
}

/// `2 ok 110 200, 1 rejected`, where `times` are those of the ok.
fn outcomes(counts: &[u64; Outcome::ALL.len()], times: &str) -> String {
    let some = Outcome::ALL.into_iter().filter(|outcome| counts[*outcome as usize] > 0);
    let words = some.map(|outcome| {
        let times = if outcome == Outcome::Ok { times } else { "" };
        format!("{} {}{times}", counts[outcome as usize], outcome.name())
    });
    words.collect::<Vec<_>>().join(", ")
}

/// All times, rising; exact as long as they are a percent apart or equal.
fn times(summary: &Summary) -> String {
    let count = summary.count();
    let at = |rank: u64| {
        let share = (rank as f64 + 0.5) / count as f64;
        ms(pooled_quantile(&[summary], 0, share).unwrap())
    };
    (0..count).map(at).collect::<Vec<_>>().join(" ")
}

fn ms(nanos: f64) -> String {
    (nanos / 1e6).to_string()
}
