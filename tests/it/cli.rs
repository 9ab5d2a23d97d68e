//! The command as its users meet it: files in a folder, arguments, what is printed where, and how
//! it ends.

mod backtest;
pub(crate) mod binary;
mod browser;
mod calibrate;
mod complaints;
mod drive;
mod forecast;
mod graph;
mod learn;
mod output;
mod report;
mod saved;
mod status;
mod tune;
mod uncertainty;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A web shop of one component with two slots.
const TWIN: &str = "\
foreshadow: twin/v1
name: small
components:
  web:
    concurrency: 2
    endpoints:
      home:
        steps:
          - work: {exponential: {mean: 5ms}}
          - {call: store.get, probability: 50%}
  store:
    concurrency: 1
    endpoints:
      get: {steps: [{work: 2ms}]}
";

/// Half a minute of its life, which it survives: p99 is near 28 ms.
const SCENARIO: &str = "\
foreshadow: scenario/v1
name: calm
twin: small.twin.yaml
load:
  web.home: {arrivals: {poisson: {rate: 150/s}}, worth: 2 EUR}
objectives:
  - {endpoint: web.home, p99: 60ms, success_rate: 99%}
  - {component: web, utilization: 80%}
run: {warm_up: 5s, horizon: 30s, replications: 10, seed: 4}
";

/// A folder with files, where the command runs.
struct Folder(TempDir);

impl Folder {
    /// A folder with the small twin and its scenario, `calm.yaml`.
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("small.twin.yaml", TWIN);
        folder.write("calm.yaml", SCENARIO);
        folder
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).unwrap();
    }

    /// The same scenario with `from` replaced by `to`, as another file.
    #[track_caller]
    fn vary(&self, file: &str, from: &str, to: &str) {
        assert!(SCENARIO.contains(from), "{from} is in the scenario");
        self.write(file, &SCENARIO.replace(from, to));
    }

    /// Names of the files there are, sorted.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Runs the command here, its output in pipes.
    fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Finished {
        self.run_where(&[], arguments)
    }

    /// Runs the command here with some variables set; of those about colour, no others are.
    fn run_where<S: AsRef<OsStr>>(&self, set: &[(&str, &str)], arguments: &[S]) -> Finished {
        let mut command = Command::new(binary::path());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR").env_remove("CLICOLOR_FORCE");
        command.envs(set.iter().copied()).args(arguments).current_dir(self.0.path());
        command.output().unwrap().into()
    }

    /// The JSON of a rehearsal of `calm.yaml` with some more arguments.
    #[track_caller]
    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let all = [&["rehearse", "calm.yaml", "--format", "json"], arguments].concat();
        let finished = self.run(&all);
        serde_json::from_str(&finished.stdout).expect(&finished.stderr)
    }
}

/// A command that has ended.
#[derive(Debug)]
struct Finished {
    status: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("it was not killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
