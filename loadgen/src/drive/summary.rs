//! What a run against a real target came to (`drive/v1`).

mod quantiles;

use foreshadow_scenarios::report::{Number, Verdict, as_map};
use foreshadow_sim::stats;
use serde::Serialize;

use super::{Job, Outcome, Record, Sample};
pub use quantiles::Latency;
use quantiles::{Time, latency, rank};

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
    /// Users who were to come: their first requests were due by themselves.
    pub due: u64,
    /// Users whose first request was sent.
    pub sent: u64,
    /// All requests of these users.
    pub requests: Requests,
    /// Whether the generator kept up and the run was whole; `None` if nothing speaks against it, as
    /// nothing else is judged.
    pub verdict: Option<Verdict>,
    /// Why the verdict is what it is.
    pub reason: Option<String>,
    /// How late requests were sent, each after its own due instant \[ms\].
    pub start_lag_ms: Lag,
    /// Endpoints that were called.
    #[serde(serialize_with = "as_map")]
    pub endpoints: Vec<(String, Endpoint)>,
    /// Due and sent, in windows of five seconds.
    pub windows: Vec<Window>,
}

/// Requests of all users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Requests {
    /// In the schedule, which has those that are due before its end by pauses alone.
    pub due: u64,
    /// That were sent.
    pub sent: u64,
    /// Of these, such as were due a pause after the answer before them: a slow target is asked them later.
    pub after_answers: u64,
    /// Of what was sent, such as had no answer yet when all was stopped.
    pub under_way: u64,
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
    /// Of these, such as had no answer yet when all was stopped; the shares are of the others.
    pub under_way: u64,
    /// Share that came back with the expected status.
    pub ok: Number,
    /// Share with another status.
    pub failed: Number,
    /// Share without an answer in time.
    pub timeout: Number,
    /// Share without a connection, or whose connection broke.
    pub broken: Number,
    /// Of what was ok, from the instant at which it was due; what was under way when all was stopped took
    /// at least until then.
    pub latency_ms: Latency,
    /// The same from the instant at which it was sent: what a closed loop would show.
    pub from_sent_ms: Latency,
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
    let lag = |one: &Sample| one.sent.saturating_sub(one.due) as f64 * MS;
    let mut lags: Vec<f64> = record.samples.iter().map(lag).collect();
    lags.sort_by(f64::total_cmp);
    let start_lag_ms = Lag {
        p50: rank(&lags, 0.5),
        p99: rank(&lags, 0.99),
        max: lags.last().copied().unwrap_or(0.0),
    };
    let (due, sent) = (job.tickets.len() as u64, firsts.len() as u64);
    let requests = Requests {
        due: job.steps.len() as u64,
        sent: record.samples.len() as u64,
        after_answers: (record.samples.len() - firsts.len()) as u64,
        under_way: record.samples.iter().filter(|one| is_under_way(one)).count() as u64,
    };
    let reason = if let Some(why) = &record.ended_early {
        let under_way = requests.under_way;
        Some(format!(
            "ended_early: {why}, after {sent} of {due} users, with {under_way} requests under way"
        ))
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
        requests,
        verdict: reason.is_some().then_some(Verdict::Undecided),
        reason,
        start_lag_ms,
        endpoints: job.requests.iter().enumerate().filter_map(endpoint).collect(),
        windows: windows(job, &firsts, facts.duration_s),
    }
}

fn is_under_way(sample: &Sample) -> bool {
    sample.outcome == Outcome::UnderWay
}

fn endpoint(samples: &[&Sample]) -> Endpoint {
    let of = |outcome| samples.iter().filter(move |one| one.outcome == outcome);
    let under_way = of(Outcome::UnderWay).count();
    let ended = (samples.len() - under_way) as u32;
    let share = |outcome| match ended {
        0 => Number { reason: Some("no answer came"), ..Number::default() },
        _ => Number::from(stats::probability(of(outcome).count() as u32, ended, CONFIDENCE)),
    };
    let times = |since: fn(&Sample) -> u64| {
        let time = move |one: &&Sample| {
            let is_cut = is_under_way(one);
            Time { ns: one.ended - since(one), is_cut }
        };
        of(Outcome::Ok).chain(of(Outcome::UnderWay)).map(time)
    };
    Endpoint {
        sent: samples.len() as u64,
        under_way: under_way as u64,
        ok: share(Outcome::Ok),
        failed: share(Outcome::Failed),
        timeout: share(Outcome::Timeout),
        broken: share(Outcome::Broken),
        latency_ms: latency(times(|one| one.due)),
        from_sent_ms: latency(times(|one| one.sent)),
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

#[cfg(test)]
mod tests {
    use super::super::{Step, Ticket};
    use super::*;

    /// One user who asks twice, the second time 50 ms later than he wanted.
    #[test]
    fn what_waits_for_an_answer_can_be_late_too() {
        let step = Step { think: 0, request: 0 };
        let tickets = vec![Ticket { due: 0, first: 0, steps: 2 }];
        let job = Job { tickets, steps: vec![step; 2], ..Job::default() };
        let sample = |first, due, sent| Sample {
            request: 0,
            first,
            due,
            sent,
            ended: sent + 1_000_000,
            outcome: Outcome::Ok,
        };
        let samples = vec![sample(true, 0, 0), sample(false, 1_000_000, 51_000_000)];
        let facts = Facts {
            scenario: String::new(),
            seed: 1,
            repeat: String::new(),
            duration_s: 1.0,
            max_lag_ms: 20.0,
        };
        let report = summarize(&job, &Record { samples, ..Record::default() }, facts);
        assert_eq!((report.due, report.sent), (1, 1));
        let requests = Requests { due: 2, sent: 2, after_answers: 1, under_way: 0 };
        assert_eq!(report.requests, requests);
        assert_eq!((report.start_lag_ms.p50, report.start_lag_ms.max), (0.0, 50.0));
        assert!(report.reason.unwrap().starts_with("late_generator"));
    }
}
