//! Endpoints that call each other in a circle would never end.

use super::Lowering;
use crate::Spanned;
use crate::model::step::Step;
use crate::model::twin::Twin;
use crate::problem::Problem;

/// How far a search has come with an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnPath,
    Done,
}

impl Lowering {
    /// Notes every circle of endpoints, once, at a call that closes it.
    pub(super) fn refuse_cycles(&mut self, twin: &Twin) {
        let endpoints = twin.components.iter().flat_map(|(_, component)| {
            component.endpoints.iter().map(move |(_, endpoint)| (component, endpoint))
        });
        let calls: Vec<Vec<(usize, &Spanned<String>)>> = endpoints
            .map(|(component, endpoint)| {
                let mut names = Vec::new();
                collect(&endpoint.steps, &mut names);
                names.extend(component.deliver.as_ref().map(|deliver| &deliver.to));
                let known =
                    |name: &&Spanned<String>| self.index.endpoints.get(&name.value).copied();
                names.iter().filter_map(|name| Some((known(name)?, *name))).collect()
            })
            .collect();
        let mut marks = vec![Mark::New; calls.len()];
        for root in 0..calls.len() {
            if marks[root] == Mark::New {
                self.search(root, &calls, &mut marks);
            }
        }
    }

    /// Depth first from `root`, without recursion: chains may be long.
    fn search(
        &mut self,
        root: usize,
        calls: &[Vec<(usize, &Spanned<String>)>],
        marks: &mut [Mark],
    ) {
        let mut path = vec![(root, 0)];
        marks[root] = Mark::OnPath;
        while let Some((endpoint, next)) = path.last_mut() {
            let Some(&(callee, name)) = calls[*endpoint].get(*next) else {
                marks[*endpoint] = Mark::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match marks[callee] {
                Mark::Done => {}
                Mark::New => {
                    marks[callee] = Mark::OnPath;
                    path.push((callee, 0));
                }
                Mark::OnPath => {
                    let circle = path.iter().map(|(endpoint, _)| *endpoint);
                    let circle = circle.skip_while(|endpoint| *endpoint != callee).chain([callee]);
                    let names: Vec<&str> =
                        circle.map(|endpoint| self.names.endpoints[endpoint].as_str()).collect();
                    let message =
                        format!("endpoints call each other in a circle: {}", names.join(" → "));
                    self.problem(
                        Problem::at(name.span, message)
                            .label("closes the circle")
                            .help("a request would never end; remove one of these calls"),
                    );
                }
            }
        }
    }
}

/// All calls in `steps`, however deep.
fn collect<'a>(steps: &'a [Spanned<Step>], names: &mut Vec<&'a Spanned<String>>) {
    for step in steps {
        names.extend(&step.call);
        names.extend(&step.publish);
        for branch in step.parallel.iter().flat_map(|parallel| parallel.iter()) {
            collect(branch.steps(), names);
        }
        for alternative in step.choose.iter().flat_map(|choose| choose.iter()) {
            collect(&alternative.steps, names);
        }
        for inner in step.fallback.iter().chain([]) {
            collect(inner, names);
        }
        if let Some(cache) = &step.cache {
            collect(&cache.miss, names);
        }
    }
}
