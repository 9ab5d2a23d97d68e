//! Drives a real target: each request is sent when it is due, whatever became of those before.
//!
//! goose is closed-loop: a user waits for an answer and then goes on, so a slow target would be asked
//! less, and the wait of those who were not sent would be left out (coordinated omission). Here users
//! take tickets from one schedule of due times, which is that of the simulator. Latency counts from
//! the instant at which a request was due; how late it was sent is measured apart.
//!
//! goose prints, takes over Ctrl-C and the global logger; so it has a process of its own
//! ([`worker::run`]), which is given a [`Job`] and gives back a [`Record`].
//!
//! Source: G. Tene, "How NOT to Measure Latency" (2013), on coordinated omission.

mod client;
pub mod limits;
mod request;
pub mod schedule;
pub mod summary;
pub mod worker;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use summary::{Report, summarize};

/// All that a worker needs to know.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Job {
    /// Where requests go: scheme, host and port, `http://127.0.0.1:8080`.
    pub target: String,
    /// How requests are made, by the number that steps have.
    pub requests: Vec<Request>,
    /// Who comes when, in the order of time.
    pub tickets: Vec<Ticket>,
    /// What they do, one after the other.
    pub steps: Vec<Step>,
    /// How many are under way at once at most.
    pub users: usize,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// What is never gone beyond.
    pub caps: limits::Caps,
    /// When to give up, if ever.
    pub abort: Option<limits::Abort>,
    /// Certificates that are trusted instead of the system's, as PEM.
    pub ca: Option<String>,
}

impl Job {
    /// What somebody does, one after the other.
    fn steps_of(&self, ticket: &Ticket) -> &[Step] {
        &self.steps[ticket.first as usize..][..ticket.steps as usize]
    }

    /// When each of his requests is due by his pauses alone, answers taking no time \[ns\].
    fn dues(&self, ticket: &Ticket) -> impl Iterator<Item = u64> {
        self.steps_of(ticket).iter().scan(ticket.due, |at, step| {
            *at = at.saturating_add(step.think);
            Some(*at)
        })
    }
}

/// How an endpoint is called. Path, header fields and body may have `{{ticket}}` and `{{step}}` in them,
/// which stand for the numbers of both; header fields and body `{{env.NAME}}`, which stands for a variable
/// of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The endpoint, by its address.
    pub name: String,
    /// `GET`
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header fields.
    pub headers: BTreeMap<String, String>,
    /// What is sent along.
    pub body: Option<String>,
    /// The status that is a success.
    pub expect: u16,
}

/// Somebody who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// When \[ns since the beginning\].
    pub due: u64,
    /// The first step.
    pub first: u32,
    /// How many steps.
    pub steps: u32,
}

/// One thing that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How long he thinks before it \[ns\]; before the first step of a ticket nothing.
    pub think: u64,
    /// What he asks for.
    pub request: u32,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The expected status came.
    Ok,
    /// Another status came.
    Failed,
    /// Nothing came in time.
    Timeout,
    /// No connection, or one that broke.
    Broken,
    /// It was not known yet when all was stopped.
    UnderWay,
}

/// One request that was sent; instants are in nanoseconds since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Which request, by number.
    pub request: u32,
    /// Whether it is the first of a ticket: due by itself, whatever the target did.
    pub first: bool,
    /// When it should have been sent.
    pub due: u64,
    /// When it was.
    pub sent: u64,
    /// When all of the answer was there, or it was given up, or all was stopped.
    pub ended: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a worker gives back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Requests that were sent, in the order in which they ended.
    pub samples: Vec<Sample>,
    /// Why it ended before the schedule, if it did.
    pub ended_early: Option<String>,
    /// Why the certificate of the target was not accepted, if so: nothing was sent then.
    pub distrusts: Option<String>,
}
