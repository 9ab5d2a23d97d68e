//! Where dependencies are known from, when files know some, too: spans, manifests, graphs.

use foreshadow_telemetry::{Edge, EdgeKind};

use super::Declarations;
use crate::model::{Component, Model, Step};

/// What stands for spans among the places.
const SPANS: &str = "spans";

impl Declarations<'_> {
    /// Writes into `model` where each dependency between its components is known from; nothing where
    /// only spans know of dependencies.
    pub(super) fn edges(&self, model: &mut Model) {
        if self.facts.edges.is_empty() {
            return;
        }
        for component in &mut model.components {
            let names = seen(component).into_iter();
            component.depends_on = names.map(|name| (name, vec![SPANS.to_owned()])).collect();
        }
        for edge in &self.facts.edges {
            let (Some(from), Some(to)) = (self.ours(&edge.from), self.ours(&edge.to)) else {
                continue;
            };
            for component in model.components.iter_mut().filter(|it| it.name == from) {
                let known = component.depends_on.iter().position(|(name, _)| *name == to);
                let at = known.unwrap_or_else(|| {
                    component.depends_on.push((to.to_owned(), Vec::new()));
                    component.depends_on.len() - 1
                });
                component.depends_on[at].1.push(format!("{}, {}", why(edge), edge.origin));
            }
        }
        for component in &mut model.components {
            component.depends_on.sort();
        }
    }

    /// The twin's name of a component of a file.
    fn ours(&self, name: &str) -> Option<&str> {
        let added = self.added.iter().map(|(ours, fact)| (ours, *fact));
        let all = self.matched.iter().map(|(ours, fact)| (ours, *fact)).chain(added);
        all.filter(|(_, fact)| fact.is_called(name)).map(|(ours, _)| ours.as_str()).next()
    }
}

/// Whom the spans show it to call, or to send messages to.
fn seen(component: &Component) -> Vec<String> {
    let mut names: Vec<String> = component.clients.iter().map(|edge| edge.callee.clone()).collect();
    for endpoint in &component.endpoints {
        published(&endpoint.steps, &mut names);
    }
    names.sort();
    names.dedup();
    names
}

fn published(steps: &[Step], names: &mut Vec<String>) {
    for step in steps {
        match step {
            Step::Publish { target, .. } => {
                names.extend(target.split_once('.').map(|(name, _)| name.to_owned()));
            }
            Step::Parallel(branches) => {
                for steps in branches {
                    published(steps, names);
                }
            }
            Step::Choose(ways) => {
                for way in ways {
                    published(&way.steps, names);
                }
            }
            _ => {}
        }
    }
}

/// Why a file says that one depends on the other.
pub(super) fn why(edge: &Edge) -> String {
    match (edge.kind, edge.calls, edge.rate_per_s) {
        (EdgeKind::Calls, Some(calls), _) => format!("{calls} calls"),
        (EdgeKind::Calls, None, Some(rate)) => format!("calls at {}", crate::write::rate(rate)),
        (EdgeKind::Calls, None, None) => String::from("calls"),
        (EdgeKind::DependsOn, ..) => String::from("depends on"),
        (EdgeKind::Address, ..) => String::from("has its address"),
    }
}
