//! The process that sends: goose's users take tickets from one schedule.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseRequest, GooseUser, Scenario, Transaction};
use reqwest::Url;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{COOKIE, SET_COOKIE};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::client::{self, distrust};
use super::limits::{Pace, Watch};
use super::request::{self, Ready};
use super::{Job, Outcome, Record, Sample, Step, Ticket};
use crate::error::Error;

/// Time between the last user being there and the first request being due.
const LEAD: Duration = Duration::from_millis(200);

/// What all users share.
struct Shared {
    job: Job,
    requests: Vec<Ready>,
    /// What everybody sends with, goose's own being one that follows redirects.
    client: reqwest::Client,
    /// The next ticket that nobody has.
    next: AtomicUsize,
    /// Users that are there.
    ready: AtomicUsize,
    /// When the schedule begins; sent by the user who is there last.
    begin: watch::Sender<Option<Instant>>,
    /// Whether it is over before its time.
    stop: watch::Sender<bool>,
    why: OnceLock<String>,
    distrusts: OnceLock<String>,
    /// Holds the rate, if there is a cap on it.
    pace: Option<Mutex<Pace>>,
    done: Mutex<(Vec<Sample>, Watch)>,
}

/// Sends what is due and says what became of it. `stop` is looked at ten times a second.
///
/// # Errors
/// [`Error::Drive`] when goose refuses the job, or a request of it cannot be made.
pub fn run(job: Job, stop: Arc<AtomicBool>) -> Result<Record, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Drive(error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| wrong(&error))?;
    let users = job.users.min(job.tickets.len()).max(1);
    let configuration = configuration(&job, users);
    let shared = Arc::new(Shared {
        requests: request::all(&job.requests, &|name| std::env::var(name).ok())?,
        client: client::client(&job)?,
        next: AtomicUsize::new(0),
        ready: AtomicUsize::new(0),
        begin: watch::Sender::new(None),
        stop: watch::Sender::new(false),
        why: OnceLock::new(),
        distrusts: OnceLock::new(),
        pace: job.caps.per_second.map(|most| Mutex::new(Pace::new(most))),
        done: Mutex::new((Vec::with_capacity(job.steps.len()), Watch::default())),
        job,
    });
    let worker = Arc::clone(&shared);
    let serve = Transaction::new(Arc::new(move |user: &mut GooseUser| {
        let shared = Arc::clone(&worker);
        Box::pin(async move {
            shared.serve(user, users).await;
            Ok(())
        })
    }));
    let scenario = Scenario::new("schedule").register_transaction(serve);
    let ended = runtime.block_on(async {
        let watched = Arc::clone(&shared);
        let watching = tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            watched.end("stopped");
        });
        // One client that nobody uses is made, instead of one for each user.
        let unused = GooseClientBuilder::new().without_cookies();
        let attack = GooseAttack::initialize_with_config(configuration)?;
        let attack = attack.set_client_builder_without_cookies(unused)?;
        let ended = Box::pin(attack.register_scenario(scenario).execute()).await;
        watching.abort();
        ended
    });
    ended.map_err(|error| wrong(&error))?;
    let samples = std::mem::take(&mut shared.lock().0);
    let (ended_early, distrusts) = (shared.why.get().cloned(), shared.distrusts.get().cloned());
    Ok(Record { samples, ended_early, distrusts })
}

/// Users that all come at once, one iteration each, and nothing printed or served.
fn configuration(job: &Job, users: usize) -> GooseConfiguration {
    let mut all = GooseConfiguration::default();
    all.host = Some(job.target.clone());
    all.users = Some(users);
    all.increase_rate = Some(users.to_string());
    all.iterations = Some(1);
    all.timeout = Some(job.timeout.as_secs_f64().to_string());
    all.no_metrics = true;
    all.no_print_metrics = true;
    all.no_error_summary = true;
    all.no_telnet = true;
    all.quiet = 2;
    all
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, (Vec<Sample>, Watch)> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run before its time.
    fn end(&self, why: &str) {
        // The first reason is the one.
        let _ = self.why.set(why.to_owned());
        self.stop.send_replace(true);
    }

    /// Takes tickets until there are none.
    async fn serve(&self, user: &mut GooseUser, users: usize) {
        user.client.clone_from(&self.client);
        let mut begin = self.begin.subscribe();
        if self.ready.fetch_add(1, Ordering::AcqRel) + 1 == users {
            self.begin.send_replace(Some(Instant::now() + LEAD));
        }
        let Ok(Some(begin)) = begin.wait_for(Option::is_some).await.map(|at| *at) else { return };
        let mut stop = self.stop.subscribe();
        while !*stop.borrow() {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(ticket) = self.job.tickets.get(number) else { return };
            self.follow(user, begin, (number, ticket), &mut stop).await;
        }
    }

    /// Does what a ticket says, until it is over.
    async fn follow(
        &self,
        user: &mut GooseUser,
        begin: Instant,
        (number, ticket): (usize, &Ticket),
        stop: &mut watch::Receiver<bool>,
    ) {
        let cookies = Jar::default();
        let mut due = begin + Duration::from_nanos(ticket.due);
        for (index, &Step { think, request }) in self.job.steps_of(ticket).iter().enumerate() {
            due += Duration::from_nanos(think);
            let turn = async {
                sleep_until(due).await;
                self.turn().await
            };
            let Some(sent) = unless(stop, turn).await else { return };
            let outcome = unless(stop, self.ask(user, request, (number, index), &cookies)).await;
            let outcome = outcome.unwrap_or(Outcome::UnderWay);
            let ended = Instant::now();
            let since = |at: Instant| at.saturating_duration_since(begin).as_nanos() as u64;
            self.note(Sample {
                request,
                first: index == 0,
                due: since(due),
                sent: since(sent),
                ended: since(ended),
                outcome,
            });
            due = ended;
        }
    }

    /// Waits until the rate allows one request more; it is sent at the instant that is returned.
    async fn turn(&self) -> Instant {
        let Some(pace) = &self.pace else { return Instant::now() };
        loop {
            let (now, turn) = {
                let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                (now, pace.send(now))
            };
            match turn {
                Ok(()) => return now,
                Err(free) => sleep_until(free).await,
            }
        }
    }

    fn note(&self, sample: Sample) {
        let mut done = self.lock();
        done.0.push(sample);
        if let Some(abort) = self.job.abort
            && sample.outcome != Outcome::UnderWay
            && done.1.is_over(abort, sample.outcome)
        {
            drop(done);
            self.end(&format!("over {:.0} % of the last 100 requests failed", abort.share * 100.0));
        }
    }

    /// Makes one request with the cookies that somebody was given, and reads all of its answer.
    async fn ask(
        &self,
        user: &mut GooseUser,
        of: u32,
        (ticket, step): (usize, usize),
        cookies: &Jar,
    ) -> Outcome {
        let of = &self.requests[of as usize];
        let path = of.path.fill(ticket, step);
        let url = user.build_url(&path).ok().and_then(|url| Url::parse(&url).ok());
        let (Some(url), Ok(mut builder)) = (url, user.get_request_builder(&of.method, &path))
        else {
            return Outcome::Broken;
        };
        // Who says himself which cookies there are has no others.
        if !of.headers.iter().any(|(name, _)| *name == COOKIE)
            && let Some(given) = cookies.cookies(&url)
        {
            builder = builder.header(COOKIE, given);
        }
        for (name, value) in &of.headers {
            let Ok(value) = value.header(ticket, step) else { return Outcome::Broken };
            builder = builder.header(name, value);
        }
        if let Some(body) = &of.body {
            builder = builder.body(body.fill(ticket, step));
        }
        let request = GooseRequest::builder().method(of.method).path(path.as_str());
        let request = request.set_request_builder(builder).expect_status_code(of.expect).build();
        let answer = async {
            let answer = user.request(request).await.map_err(|_| Outcome::Broken)?;
            let answer = answer.response.map_err(|error| self.outcome_of(&error))?;
            let status = answer.status().as_u16();
            cookies.set_cookies(&mut answer.headers().get_all(SET_COOKIE).iter(), &url);
            answer.bytes().await.map_err(|error| self.outcome_of(&error))?;
            Ok(if status == of.expect { Outcome::Ok } else { Outcome::Failed })
        };
        match timeout(self.job.timeout, answer).await {
            Ok(Ok(outcome) | Err(outcome)) => outcome,
            Err(_) => Outcome::Timeout,
        }
    }

    fn outcome_of(&self, error: &reqwest::Error) -> Outcome {
        if let Some(why) = distrust(error) {
            // The first reason is the one.
            let _ = self.distrusts.set(why);
            self.end("the certificate of the target is not accepted");
        }
        if error.is_timeout() { Outcome::Timeout } else { Outcome::Broken }
    }
}

/// What comes of `future`; none if all is stopped before.
async fn unless<T>(stop: &mut watch::Receiver<bool>, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => None,
        value = future => Some(value),
    }
}
