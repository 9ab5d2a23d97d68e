//! What a twin rests on, and what is wrong with it.

use std::collections::BTreeMap;
use std::fmt;

use foreshadow_telemetry::{AssemblyReport, Kind, ReadSummary};

use crate::declare::FactsReport;
use crate::model::Model;
use crate::observe::Observations;
use crate::write::percent;

/// Shares of sampling that are listed.
const MOST_SHARES: usize = 4;

/// What a twin rests on. Printed, it is one line a fact, the important ones first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    /// What became of what manifests, states and graphs say.
    pub facts: FactsReport,
    /// What came of lists of incidents and events.
    pub history: Vec<String>,
    /// Each file's name and what reading it gave.
    pub files: Vec<(String, ReadSummary)>,
    /// What was wrong with the traces.
    pub assembly: AssemblyReport,
    /// Seconds from the first trace to the last.
    pub seconds: f64,
    /// Traces that were learned from; the rest was left out evenly for lack of room.
    pub traces_used: u64,
    /// Share of all traces that the files hold, if it was said.
    pub sampled: Option<f64>,
    /// Traces left out because they are far from all others in time: a clock was wrong.
    pub outlying: u64,
    /// Services, that is components that send spans.
    pub services: usize,
    /// Databases told from their clients' spans.
    pub databases: usize,
    /// Calls between two services, as pairs of them.
    pub service_edges: usize,
    /// Share of visits whose way of calling was too rare to be told from others.
    pub merged_share: f64,
    /// Calls left out because endpoints called each other in a circle: caller, callee, how many.
    pub cut: Vec<(String, String, usize)>,
    /// Client spans without a server span: calls of something that sends no spans.
    pub unanswered_calls: u64,
    /// Calls that nobody waited for.
    pub asynchronous_calls: u64,
    /// Calls left out because an endpoint waited on itself too many times over.
    pub too_deep: u64,
    /// Visits whose caller's span is missing.
    pub orphans: u64,
    /// Visits with so many calls that their order was not kept.
    pub long_visits: u64,
}

impl Quality {
    /// Adds what was observed and learned.
    pub(crate) fn note(&mut self, observations: &Observations, model: &Model) {
        self.note_observed(observations);
        self.databases = model.components.iter().filter(|component| component.is_database).count();
        self.services = model.components.len() - self.databases;
        self.merged_share = model.merged_share;
        self.cut.clone_from(&model.cut);
    }

    /// Adds what was observed.
    pub(crate) fn note_observed(&mut self, observations: &Observations) {
        let gaps = observations.gaps;
        self.seconds = observations.seconds();
        self.outlying = observations.outlying;
        self.traces_used = observations.traces.len() as u64;
        let databases = observations.components.iter().filter(|it| it.is_database()).count();
        (self.databases, self.services) = (databases, observations.components.len() - databases);
        self.unanswered_calls = gaps.unanswered_calls;
        self.asynchronous_calls = gaps.asynchronous_calls;
        self.too_deep = gaps.too_deep;
        self.orphans = gaps.orphans;
        self.long_visits = gaps.long_visits;
    }

    /// Records of kinds that say nothing of a twin, or nothing that is learned yet.
    fn unused(&self) -> Option<String> {
        let count = |kind: Kind| self.files.iter().map(|(_, it)| it.count(kind)).sum::<u64>();
        let is_used = |kind: &Kind| match kind {
            Kind::Spans | Kind::Facts => true,
            Kind::Events => !self.history.is_empty(),
            _ => false,
        };
        let kinds = Kind::ALL.into_iter().filter(|kind| !is_used(kind));
        let kinds = kinds.map(|kind| (kind, count(kind))).filter(|(_, count)| *count > 0);
        let kinds: Vec<String> = kinds.map(|(kind, count)| format!("{count} {kind}")).collect();
        (!kinds.is_empty()).then(|| format!("read, but not learned from: {}", kinds.join(", ")))
    }

    /// What is known of sampling, by what was said and by what spans say.
    fn sampling(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(share) = self.sampled {
            let share = percent(share, 3);
            lines.push(format!(
                "rates: divided by {share}, the share of all traces that was recorded"
            ));
        }
        let mut stated: BTreeMap<u32, u64> = BTreeMap::new();
        for sampling in self.files.iter().flat_map(|(_, summary)| &summary.sampling) {
            *stated.entry(sampling.share_ppm).or_default() += sampling.spans;
        }
        let said = self.sampled.unwrap_or(1.0);
        let differs = |ppm: u32| (f64::from(ppm) * 1e-6 / said - 1.0).abs() > 0.01;
        if !stated.keys().any(|ppm| differs(*ppm)) {
            return lines;
        }
        let of = |(ppm, spans): (&u32, &u64)| {
            format!("{} ({spans} spans)", percent(f64::from(*ppm) * 1e-6, 3))
        };
        let shares: Vec<String> = stated.iter().take(MOST_SHARES).map(of).collect();
        let what = if self.sampled.is_some() {
            "which is not what --sampled says"
        } else {
            "and rates are of those alone; `--sampled SHARE` divides them"
        };
        let shares = shares.join(", ");
        lines.push(format!(
            "sampled: spans say that such shares of all traces were recorded: {shares}, {what}"
        ));
        lines
    }

    /// One line a fact.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!(
                "files: {}",
                self.files.iter().map(|f| f.0.as_str()).collect::<Vec<_>>().join(", ")
            ),
            format!(
                "seen: {} traces, {} spans in {:.1} s; {} services, {} databases, {} edges between services",
                self.assembly.traces,
                self.assembly.spans,
                self.seconds,
                self.services,
                self.databases,
                self.service_edges
            ),
        ];
        lines.extend(self.sampling());
        let in_time = self.assembly.traces - self.outlying.min(self.assembly.traces);
        if self.traces_used < in_time {
            let share = percent(self.traces_used as f64 / in_time as f64, 3);
            lines
                .push(format!("learned from {share} of the traces, taken evenly, to bound memory"));
        }
        if self.merged_share > 0.0 {
            let share = percent(self.merged_share, 2);
            lines.push(format!(
                "{share} of the visits called in a way too rare to tell apart; each was counted with \
                 the nearest"
            ));
        }
        for (caller, callee, calls) in &self.cut {
            lines.push(format!(
                "left out: {calls} calls of {callee} by {caller}, because they closed a circle"
            ));
        }
        let skipped: u64 = self.files.iter().map(|(_, summary)| summary.skipped()).sum();
        let doubts = [
            (skipped, "records unusable and left out"),
            (
                self.assembly.cyclic_traces,
                "traces left out because spans are each other's ancestors",
            ),
            (
                self.outlying,
                "traces left out because they are far from all others in time: a clock was wrong",
            ),
            (self.assembly.late, "spans left out because they came long after their trace"),
            (self.assembly.closed_early, "traces cut short for lack of room"),
            (self.assembly.duplicates, "spans with the id of another left out"),
            (self.assembly.fragments, "spans whose caller is missing"),
            (self.assembly.skewed, "spans moved because clocks disagreed"),
            (
                self.unanswered_calls,
                "calls of something that sends no spans, counted as the caller's own time",
            ),
            (self.asynchronous_calls, "calls that nobody waited for: written as `publish`"),
            (self.too_deep, "calls left out because an endpoint waited on itself over and over"),
            (self.long_visits, "visits with so many calls that their order was not kept"),
        ];
        let doubts = doubts.into_iter().filter(|(count, _)| *count > 0);
        lines.extend(doubts.map(|(count, words)| format!("{count} {words}")));
        lines.extend(self.unused());
        lines.extend(self.facts.lines());
        lines.extend(self.history.iter().cloned());
        lines
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
