//! What a run against a real target came to (`drive/v1`).

use foreshadow_scenarios::report::{Number, Verdict, as_map};
use foreshadow_sim::stats;
use serde::Serialize;

use super::{Job, Outcome, Record, Sample};

/// Width of a window in which what was sent is compared with what was due \[s\].
const WINDOW_S: f64 = 5.0;
/// Confidence of intervals.
const CONFIDENCE: f64 = 0.95;
const MS: f64 = 1e-6;
const SECONDS: f64 = 1e-9;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Always `drive/v1`.
    pub foreshadow: String,
    /// Version of the program.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed of the schedule.
    pub seed: u64,
    /// Where requests went.
    pub target: String,
    /// The command that repeats it.
    pub repeat: String,
    /// How long the schedule is \[s\].
    pub duration_s: f64,
    /// Requests that were due by themselves: users who came.
    pub due: u64,
    /// Users whose first request was sent.
    pub sent: u64,
    /// Whether the generator kept up and the run was whole; `None` if nothing speaks against it, as
    /// nothing else is judged.
    pub verdict: Option<Verdict>,
    /// Why the verdict is what it is.
    pub reason: Option<String>,
    /// How late first requests were sent \[ms\].
    pub start_lag_ms: Lag,
    /// Endpoints that were called.
    #[serde(serialize_with = "as_map")]
    pub endpoints: Vec<(String, Endpoint)>,
    /// Due and sent, in windows of five seconds.
    pub windows: Vec<Window>,
}

/// How late requests were sent \[ms\].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Lag {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The worst.
    pub max: f64,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Endpoint {
    /// Requests sent.
    pub sent: u64,
    /// Share that came back with the expected status.
    pub ok: Number,
    /// Share with another status.
    pub failed: Number,
    /// Share without an answer in time.
    pub timeout: Number,
    /// Share without a connection, or whose connection broke.
    pub broken: Number,
    /// Of what was ok, from the instant at which it was due.
    pub latency_ms: Latency,
    /// The same from the instant at which it was sent: what a closed loop would show.
    pub from_sent_ms: Latency,
}

/// Quantiles \[ms\], with intervals by order statistics, as if requests were independent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Median.
    pub p50: Number,
    /// 90th percentile.
    pub p90: Number,
    /// 95th percentile.
    pub p95: Number,
    /// 99th percentile.
    pub p99: Number,
    /// The worst.
    pub max: f64,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Window {
    /// When it begins \[s\].
    pub t_s: f64,
    /// First requests that were due in it.
    pub due: u64,
    /// First requests that were sent in it.
    pub sent: u64,
}

/// What makes a report whole, beside the record.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of the schedule.
    pub seed: u64,
    /// The command that repeats it.
    pub repeat: String,
    /// The end of the schedule \[s\].
    pub duration_s: f64,
    /// Latest that 99 % of requests may be sent \[ms\].
    pub max_lag_ms: f64,
}

/// The report of a run.
#[must_use]
pub fn summarize(job: &Job, record: &Record, facts: Facts) -> Report {
    // Who comes is due by himself; what he does next depends on answers.
    let firsts: Vec<&Sample> = record.samples.iter().filter(|sample| sample.first).collect();
    let mut lags: Vec<f64> =
        firsts.iter().map(|one| one.sent.saturating_sub(one.due) as f64 * MS).collect();
    lags.sort_by(f64::total_cmp);
    let start_lag_ms = Lag {
        p50: rank(&lags, 0.5),
        p99: rank(&lags, 0.99),
        max: lags.last().copied().unwrap_or(0.0),
    };
    let (due, sent) = (job.tickets.len() as u64, firsts.len() as u64);
    let reason = if let Some(why) = &record.ended_early {
        Some(format!("ended_early: {why}, after {sent} of {due}"))
    } else if start_lag_ms.p99 > facts.max_lag_ms {
        Some(format!(
            "late_generator: 1 % of requests were sent {:.1} ms late or more, over the {:.0} ms that \
             are allowed; give it more cores, or raise --users",
            start_lag_ms.p99, facts.max_lag_ms
        ))
    } else {
        None
    };
    let endpoint = |(number, request): (usize, &super::Request)| {
        let mine = record.samples.iter().filter(|one| one.request as usize == number);
        let mine: Vec<&Sample> = mine.collect();
        (!mine.is_empty()).then(|| (request.name.clone(), endpoint(&mine)))
    };
    Report {
        foreshadow: String::from("drive/v1"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: facts.scenario,
        seed: facts.seed,
        target: job.target.clone(),
        repeat: facts.repeat,
        duration_s: facts.duration_s,
        due,
        sent,
        verdict: reason.is_some().then_some(Verdict::Undecided),
        reason,
        start_lag_ms,
        endpoints: job.requests.iter().enumerate().filter_map(endpoint).collect(),
        windows: windows(job, &firsts, facts.duration_s),
    }
}

fn endpoint(samples: &[&Sample]) -> Endpoint {
    let count = samples.len() as u32;
    let share = |outcome| {
        let hits = samples.iter().filter(|one| one.outcome == outcome).count() as u32;
        Number::from(stats::probability(hits, count, CONFIDENCE))
    };
    let ok = || samples.iter().filter(|one| one.outcome == Outcome::Ok);
    Endpoint {
        sent: u64::from(count),
        ok: share(Outcome::Ok),
        failed: share(Outcome::Failed),
        timeout: share(Outcome::Timeout),
        broken: share(Outcome::Broken),
        latency_ms: latency(ok().map(|one| one.ended - one.due)),
        from_sent_ms: latency(ok().map(|one| one.ended - one.sent)),
    }
}

fn latency(times: impl Iterator<Item = u64>) -> Latency {
    let mut times: Vec<f64> = times.map(|time| time as f64 * MS).collect();
    times.sort_by(f64::total_cmp);
    let quantile = |q| quantile(&times, q);
    Latency {
        p50: quantile(0.5),
        p90: quantile(0.9),
        p95: quantile(0.95),
        p99: quantile(0.99),
        max: times.last().copied().unwrap_or(0.0),
    }
}

/// The smallest value with at least a share `q` of all at or below it.
fn rank(sorted: &[f64], q: f64) -> f64 {
    let at = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// A quantile of sorted values; its interval ends at order statistics 1.96 standard deviations of a
/// binomial count to either side.
fn quantile(sorted: &[f64], q: f64) -> Number {
    let n = sorted.len() as f64;
    if n * (1.0 - q) < 10.0 {
        return Number { reason: Some("too few requests"), ..Number::default() };
    }
    let slack = 1.96 * (n * q * (1.0 - q)).sqrt();
    let at = |position: f64| sorted[(position.max(1.0).min(n) as usize) - 1];
    Number {
        value: Some(rank(sorted, q)),
        low: Some(at((n * q - slack).floor())),
        high: Some(at((n * q + slack).ceil() + 1.0)),
        reason: None,
    }
}

fn windows(job: &Job, firsts: &[&Sample], duration_s: f64) -> Vec<Window> {
    let count = (duration_s / WINDOW_S).ceil().max(1.0) as usize;
    let mut windows: Vec<Window> =
        (0..count).map(|index| Window { t_s: index as f64 * WINDOW_S, due: 0, sent: 0 }).collect();
    let of = |at: u64| ((at as f64 * SECONDS / WINDOW_S) as usize).min(count - 1);
    for ticket in &job.tickets {
        windows[of(ticket.due)].due += 1;
    }
    for sample in firsts {
        windows[of(sample.sent)].sent += 1;
    }
    windows
}
