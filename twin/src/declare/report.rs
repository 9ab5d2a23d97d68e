//! What became of the facts: for the summary.

use std::collections::BTreeMap;

use foreshadow_telemetry::{Component, Fact, Facts};

use super::Note;
use super::edges::why;
use super::matching::{Closeness, Matching};
use crate::model::{Model, Step};

/// Names listed of each kind before the rest is counted.
const MOST: usize = 12;

/// What became of the facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactsReport {
    /// Components of the spans that a file describes, and its name there where it is another.
    pub matched: Vec<(String, Option<String>)>,
    /// Components of the spans that no file describes.
    pub undescribed: Vec<String>,
    /// Components of files that are in no span and were not asked for, with their places.
    pub unseen: Vec<String>,
    /// Components of files that were added because they were asked for.
    pub added: Vec<String>,
    /// Names that could be several, in words.
    pub ambiguous: Vec<String>,
    /// Dependencies that only files know, in words.
    pub edges: Vec<String>,
    /// What could not be used as it stands, in words.
    pub notes: Vec<String>,
    /// Objects that say nothing of a topology, by kind.
    pub passed_over: BTreeMap<String, usize>,
}

impl FactsReport {
    pub(super) fn of(
        facts: &Facts,
        model: &Model,
        found: &Matching,
        added: &[(String, &Component)],
    ) -> Self {
        if facts.is_empty() {
            return Self::default();
        }
        let ours = |i: usize| model.components[i].name.clone();
        let place = |it: &Fact<String>| format!("{} ({})", it.value, it.origin);
        let pair = |&(i, fact, closeness): &(usize, usize, Closeness)| {
            let theirs = &facts.components[fact].name.value;
            (ours(i), (closeness == Closeness::Bare).then(|| theirs.clone()))
        };
        let in_doubt = |i: usize| found.ambiguous.iter().any(|(ours, _)| ours.contains(&i));
        let is_matched = |i: usize| found.pairs.iter().any(|pair| pair.0 == i);
        let undescribed = (0..model.components.len()).filter(|&i| !is_matched(i) && !in_doubt(i));
        let unseen = facts.components.iter().enumerate().filter(|(i, fact)| {
            !found.pairs.iter().any(|pair| pair.1 == *i)
                && !found.ambiguous.iter().any(|(_, theirs)| theirs.contains(i))
                && !added.iter().any(|(_, known)| std::ptr::eq(*known, *fact))
        });
        let ambiguous = found.ambiguous.iter().map(|(us, them)| {
            let us: Vec<String> = us.iter().map(|&i| ours(i)).collect();
            let them: Vec<String> =
                them.iter().map(|&i| place(&facts.components[i].name)).collect();
            format!("{} in the spans could be {}", us.join(" or "), them.join(" or "))
        });
        let mut passed_over = BTreeMap::new();
        for object in &facts.passed_over {
            *passed_over.entry(object.value.clone()).or_insert(0) += 1;
        }
        Self {
            matched: found.pairs.iter().map(pair).collect(),
            undescribed: undescribed.map(ours).collect(),
            unseen: unseen.map(|(_, fact)| place(&fact.name)).collect(),
            added: added.iter().map(|(_, fact)| place(&fact.name)).collect(),
            ambiguous: ambiguous.collect(),
            edges: edges(facts, model, found),
            notes: facts.notes.iter().map(place).collect(),
            passed_over,
        }
    }

    /// Adds what could not be used; one line for all of which the same is true.
    pub(crate) fn add(&mut self, notes: &[Note]) {
        for (i, note) in notes.iter().enumerate() {
            if notes[..i].iter().any(|earlier| earlier.what == note.what) {
                continue;
            }
            let alike = notes.iter().filter(|other| other.what == note.what);
            let of: Vec<String> = alike.map(|other| other.of.clone()).collect();
            self.notes.push(match of.as_slice() {
                [only] => format!("{only}: {}", note.what),
                all => format!("{}: {}", note.what, listed(all)),
            });
        }
    }

    /// One line a fact; none without files of facts.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut say = |what: &str, names: Vec<String>| {
            if !names.is_empty() {
                lines.push(format!("{what}: {}", listed(&names)));
            }
        };
        let pair = |(ours, theirs): &(String, Option<String>)| match theirs {
            Some(theirs) => format!("{ours} (there {theirs})"),
            None => ours.clone(),
        };
        say("described by files", self.matched.iter().map(pair).collect());
        say("described by no file", self.undescribed.clone());
        say(
            "in files only, and not in the twin, because no span shows what calls them (`--include NAME` \
             adds one)",
            self.unseen.clone(),
        );
        say("in files only, and added as asked", self.added.clone());
        say("not used, because names could be several", self.ambiguous.clone());
        say("dependencies in files only", self.edges.clone());
        let kinds = self.passed_over.iter().map(|(kind, count)| format!("{count} {kind}"));
        say("objects of files that say nothing of the above", kinds.collect());
        lines.extend(self.notes.iter().cloned());
        lines
    }
}

/// The first of `names`, and how many more there are.
fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text += &format!(" and {} more", names.len() - MOST);
    }
    text
}

/// Dependencies of files that the spans do not show.
fn edges(facts: &Facts, model: &Model, found: &Matching) -> Vec<String> {
    let ours = |name: &str| {
        let pair = found.pairs.iter().find(|pair| facts.components[pair.1].is_called(name));
        pair.map(|pair| model.components[pair.0].name.as_str())
    };
    let is_seen = |from: &str, to: &str| {
        model.components.iter().filter(|it| it.name == from).any(|it| {
            let calls = it.clients.iter().any(|edge| edge.callee == to);
            let prefix = format!("{to}.");
            let publishes = |step: &Step| matches!(step, Step::Publish { target, .. } if target.starts_with(&prefix));
            calls || it.endpoints.iter().any(|endpoint| endpoint.steps.iter().any(publishes))
        })
    };
    let unseen = facts.edges.iter().filter(|edge| match (ours(&edge.from), ours(&edge.to)) {
        (Some(from), Some(to)) => !is_seen(from, to),
        _ => true,
    });
    let words =
        unseen.map(|edge| format!("{} → {} ({}, {})", edge.from, edge.to, why(edge), edge.origin));
    words.collect()
}
