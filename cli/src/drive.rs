//! `foreshadow drive`: the load of a scenario, sent to a real target.

mod repeat;

use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use foreshadow_loadgen::drive::{Job, Record, limits, schedule, summary, worker};
use foreshadow_scenarios::{Alone, Kind, Scenario, kind_of, load_alone, load_scenario};

use crate::args::{Args, Drive, DriveAlone, DriveWorker};
use crate::progress::Line;
use crate::show::Places;
use crate::{Status, files, interrupt, render};

/// How often the worker is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Sends the load of a scenario and says what came of it.
pub(crate) fn run(command: &Drive, args: &Args) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let scenario = scenario(command)?;
    let target = target(&command.target, command.remote)?;
    let lowered = foreshadow_scenarios::lower(&scenario)?;
    let options = schedule::Options {
        target,
        users: command.users as usize,
        timeout: command.timeout,
        caps: limits::Caps { per_second: command.max_rate, total: command.max_total },
        abort: command.abort_on.map(|share| limits::Abort { share }),
        ca: command.ca.as_deref().map(certificates).transpose()?,
    };
    let job = schedule::job(&scenario, &lowered, &options, &files::read)?;
    if job.tickets.is_empty() {
        bail!("nobody comes: the load of {} asks for nothing", command.scenario.display());
    }
    for fault in schedule::not_done(&scenario) {
        anstream::eprintln!("note: {fault} is not done to the target, which is only sent load");
    }
    job.caps.check(&job)?;
    limits::check_users(&job)?;
    let run = &lowered.plan.run;
    let facts = summary::Facts {
        scenario: scenario.file.name.clone(),
        seed: run.seed,
        repeat: command.repeat(),
        duration_s: (run.warm_up + run.horizon).as_secs_f64(),
        max_lag_ms: command.max_lag.as_secs_f64() * 1e3,
    };
    let stop = interrupt::watch()?;
    let record = send(&job, facts.duration_s, stop, args)?;
    if let Some(why) = &record.distrusts {
        bail!(
            "the certificate of {} is not accepted: {why}; nothing was sent. Name the certificate that it \
             is signed by with --ca FILE, if you trust it",
            job.target
        );
    }
    let report = summary::summarize(&job, &record, facts);
    places.fill(|form, screen| render::drive(&report, form, screen))?;
    if stop.load(Ordering::Relaxed) {
        return Ok(Status::Interrupted);
    }
    Ok(Status::of(report.verdict))
}

/// What is driven: a scenario, or a load file alone.
fn scenario(command: &Drive) -> anyhow::Result<Scenario> {
    let (path, sets) = (&command.scenario, command.edits.list()?);
    if kind_of(path, &files::read)? == Kind::Load {
        let DriveAlone { at, quantile, scale, form, events, lasts, requests } = &command.alone;
        let alone = Alone {
            at: at.clone(),
            quantile: quantile.clone(),
            scale: scale.map(|scale| scale.to_string()),
            form: form.clone(),
            events: events.clone(),
            horizon: lasts.clone(),
            requests: requests.clone(),
        };
        return Ok(load_alone(path, &alone, &sets, &files::read)?);
    }
    if let Some(word) = command.alone.words().first() {
        bail!(
            "{word}: this is for a load file; {} says so itself, under `learned:`, `run:` and `requests:`",
            path.display()
        );
    }
    Ok(load_scenario(path, &sets, &files::read)?)
}

impl DriveAlone {
    /// The flags as they were given.
    fn words(&self) -> Vec<String> {
        let flag = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{name} {}", files::quoted(value)))
        };
        let scale = self.scale.map(|scale| scale.to_string());
        let text =
            |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let (requests, events) = (text(&self.requests), text(&self.events));
        [
            flag("--at", &self.at),
            flag("--quantile", &self.quantile),
            flag("--scale", &scale),
            flag("--as", &self.form),
            flag("--events", &events),
            flag("--for", &self.lasts),
            flag("--requests", &requests),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The certificates that are trusted.
fn certificates(path: &Path) -> anyhow::Result<String> {
    let text = files::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        bail!("{}: there is no certificate in this file; PEM is expected", path.display());
    }
    Ok(text)
}

/// The process that sends.
pub(crate) fn work(command: &DriveWorker) -> anyhow::Result<Status> {
    let job: Job = serde_json::from_str(&std::fs::read_to_string(&command.job)?)?;
    let stop = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&stop);
    // Whoever started this holds the other end: when he lets go, or is gone, nothing is sent any more.
    std::thread::spawn(move || {
        let mut nothing = [0; 1];
        while std::io::stdin().read(&mut nothing).is_ok_and(|count| count > 0) {}
        ends.store(true, Ordering::Relaxed);
    });
    let record = worker::run(job, stop)?;
    std::fs::write(&command.record, serde_json::to_string(&record)?)?;
    Ok(Status::Held)
}

/// Has another process send, as goose takes over what belongs to this one.
fn send(job: &Job, duration_s: f64, stop: &AtomicBool, args: &Args) -> anyhow::Result<Record> {
    let folder = tempfile::tempdir().context("cannot make a folder for the schedule")?;
    let (schedule, record) = (folder.path().join("job.json"), folder.path().join("record.json"));
    std::fs::write(&schedule, serde_json::to_string(job)?).context("cannot write the schedule")?;
    let mut worker = Command::new(std::env::current_exe()?);
    worker.arg("drive-worker").arg(&schedule).arg(&record);
    worker.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    apart(&mut worker);
    let mut worker = worker.spawn().context("cannot start the process that sends")?;
    let line = Line::new(args.quiet);
    let begin = Instant::now();
    while worker.try_wait()?.is_none() {
        if stop.load(Ordering::Relaxed) {
            drop(worker.stdin.take());
        }
        let now = begin.elapsed().as_secs_f64();
        let due = job.tickets.partition_point(|ticket| (ticket.due as f64) < now * 1e9);
        line.say(format!("{now:.0} s of {duration_s:.0} s, {due} of {} due", job.tickets.len()));
        std::thread::sleep(LOOK);
    }
    drop(line);
    read(worker, &record)
}

/// What the process has left.
fn read(mut worker: Child, record: &Path) -> anyhow::Result<Record> {
    let status = worker.wait()?;
    if !status.success() {
        let mut said = String::new();
        if let Some(mut stderr) = worker.stderr.take() {
            stderr.read_to_string(&mut said)?;
        }
        bail!("the process that sends has failed: {}", said.trim());
    }
    Ok(serde_json::from_str(&std::fs::read_to_string(record)?)?)
}

/// Ctrl-C is ours: the process that sends is told by its input.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

/// The target, which is on this machine unless it is said otherwise.
fn target(text: &str, is_remote: bool) -> anyhow::Result<String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        bail!("--target {text}: expected scheme and host, as in http://127.0.0.1:8080");
    };
    if !["http", "https"].contains(&scheme) {
        bail!("--target {text}: expected http or https");
    }
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    if authority.contains('@') {
        bail!("--target: a name and password do not belong there; give a header in `requests:`");
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    };
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !is_here && !is_remote {
        bail!("--target {text} is not on this machine: add --remote if it may be put under load");
    }
    Ok(text.to_owned())
}
