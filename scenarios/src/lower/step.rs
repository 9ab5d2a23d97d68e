//! Steps of endpoints and of sessions.

use foreshadow_sim::plan::{Call, ComponentId, OnFailure, Step};
use foreshadow_sim::random::Law;

use super::Lowering;
use crate::Spanned;
use crate::model::step::{self, Alternative, Branch};
use crate::problem::Problem;

/// Whose steps these are.
#[derive(Clone, Copy)]
enum Doer {
    /// A replica of this component, serving a request.
    Component(ComponentId),
    /// A user, in a session.
    User,
}

type Steps<'a> = &'a [Spanned<step::Step>];

impl Lowering {
    /// The steps of an endpoint of `component`.
    pub(super) fn service(&mut self, component: ComponentId, steps: Steps<'_>) -> Vec<Step> {
        self.steps(Doer::Component(component), steps)
    }

    /// The steps of a user's session.
    pub(super) fn session(&mut self, steps: Steps<'_>) -> Vec<Step> {
        self.steps(Doer::User, steps)
    }

    fn steps(&mut self, doer: Doer, steps: Steps<'_>) -> Vec<Step> {
        steps.iter().filter_map(|step| self.step(doer, step)).collect()
    }

    fn step(&mut self, doer: Doer, step: &Spanned<step::Step>) -> Option<Step> {
        if !self.is_one_thing(step) || !self.is_allowed(doer, step) {
            return None;
        }
        let step = &step.value;
        if let Some(work) = &step.work {
            self.law(Some(work)).map(Step::Work)
        } else if let Some(think) = &step.think {
            self.law(Some(think)).map(Step::Think)
        } else if let Some(name) = &step.call {
            self.call(doer, name, step).map(Step::Call)
        } else if let Some(branches) = &step.parallel {
            if branches.is_empty() {
                self.problem(Problem::at(branches.span, "expected at least one branch"));
            }
            let branch = |branch: &Branch| self.steps(doer, branch.steps());
            Some(Step::Parallel(branches.iter().map(branch).collect()))
        } else if let (Some(cache), Doer::Component(component)) = (&step.cache, doer) {
            let miss = self.steps(doer, &cache.miss);
            self.cache(component, cache, miss)
        } else if let Some(name) = &step.publish {
            self.publish(doer, name, step)
        } else {
            self.choose(doer, step.choose.as_ref()?)
        }
    }

    /// Whether a step names one thing to do.
    fn is_one_thing(&mut self, step: &Spanned<step::Step>) -> bool {
        let things = [
            ("work", step.work.as_ref().map(|s| s.span)),
            ("call", step.call.as_ref().map(|s| s.span)),
            ("parallel", step.parallel.as_ref().map(|s| s.span)),
            ("choose", step.choose.as_ref().map(|s| s.span)),
            ("cache", step.cache.as_ref().map(|s| s.span)),
            ("publish", step.publish.as_ref().map(|s| s.span)),
            ("think", step.think.as_ref().map(|s| s.span)),
        ];
        let mut given = things.into_iter().filter_map(|(name, span)| Some((name, span?)));
        let problem = match (given.next(), given.next()) {
            (Some(_), None) => return true,
            (None, _) => Problem::at(step.span, "this step does nothing").help(
                "expected one of `work`, `call`, `parallel`, `choose`, `cache`, `publish`, `think`",
            ),
            (Some((first, _)), Some((second, span))) => {
                Problem::at(span, format!("this step has both `{first}` and `{second}`"))
                    .help("write two steps, one after the other")
            }
        };
        self.problem(problem);
        false
    }

    /// Whether this kind of step is the doer's to take, and its modifiers belong to it.
    fn is_allowed(&mut self, doer: Doer, step: &Spanned<step::Step>) -> bool {
        let of_endpoints = [
            ("parallel", step.parallel.as_ref().map(|s| s.span)),
            ("cache", step.cache.as_ref().map(|s| s.span)),
            ("publish", step.publish.as_ref().map(|s| s.span)),
        ];
        let of_endpoints = of_endpoints.into_iter().find_map(|(name, span)| Some((name, span?)));
        if let (Doer::User, Some((name, span))) = (doer, of_endpoints) {
            let message = format!("a user does one thing at a time: there is no `{name}`");
            self.problem(
                Problem::at(span, message).help("a session is made of `call`, `think`, `choose`"),
            );
            return false;
        }
        let (work, think) = (step.work.as_ref(), step.think.as_ref());
        let wrong = match doer {
            Doer::User => work.map(|s| (s.span, "users do no `work`: a pause is `think`")),
            Doer::Component(_) => {
                let message = "only users in a session `think`: time spent here is `work`";
                think.map(|s| (s.span, message))
            }
        };
        let modifiers = [
            step.probability.as_ref().map(|s| (s.span, "probability")),
            step.count.as_ref().map(|s| (s.span, "count")),
            step.optional.as_ref().map(|s| (s.span, "optional")),
            step.fallback.as_ref().map(|s| (s.span, "fallback")),
        ];
        let stray = modifiers.into_iter().flatten().next();
        let stray = stray.filter(|_| step.call.is_none() && step.publish.is_none());
        if let Some((span, message)) = wrong {
            self.problem(Problem::at(span, message));
        }
        if let Some((span, name)) = stray {
            self.problem(
                Problem::at(span, format!("`{name}` belongs to a `call` or `publish`"))
                    .help("for other steps with a chance, use `choose`"),
            );
        }
        wrong.is_none() && stray.is_none()
    }

    fn call(&mut self, doer: Doer, name: &Spanned<String>, step: &step::Step) -> Option<Call> {
        let found = self.index.endpoint(name);
        let endpoint = self.note(found)?;
        let edge = match doer {
            Doer::User => None,
            Doer::Component(caller) => {
                let callee = self.index.owners[endpoint];
                Some(self.edge(caller, callee))
            }
        };
        let backup = match (doer, edge) {
            (Doer::Component(caller), Some(edge)) => self.backup(caller, edge, endpoint),
            _ => None,
        };
        if let Some(count) = step.count.as_ref().filter(|count| count.value.0 == 0) {
            self.problem(
                Problem::at(count.span, "expected at least one call")
                    .help("remove the step, or give it a `probability`"),
            );
        }
        let optional = step.optional.as_ref().is_some_and(|optional| optional.value);
        if let (true, Some(fallback)) = (optional, &step.fallback) {
            let message = "a call is either `optional` or has a `fallback`";
            self.problem(
                Problem::at(fallback.span, message).help("an empty fallback is `optional`"),
            );
        }
        let in_session = step.optional.as_ref().map(|optional| optional.span);
        let in_session = in_session.or(step.fallback.as_ref().map(|fallback| fallback.span));
        if let (Doer::User, Some(span)) = (doer, in_session) {
            let message = "a session goes on whatever the outcome of a call";
            self.problem(Problem::at(span, message).help("remove this key"));
        }
        let on_failure = match &step.fallback {
            Some(steps) => OnFailure::Fallback(self.steps(doer, steps)),
            // A session goes on whatever the outcome.
            None if optional || edge.is_none() => OnFailure::Continue,
            None => OnFailure::Fail,
        };
        Some(Call {
            endpoint,
            edge,
            backup,
            probability: step.probability.as_ref().map_or(1.0, |share| share.value.0),
            count: step.count.as_ref().map_or(1, |count| count.value.0),
            on_failure,
        })
    }

    /// A call that nobody waits for; of a queue, one that ends when the queue has accepted.
    fn publish(&mut self, doer: Doer, name: &Spanned<String>, step: &step::Step) -> Option<Step> {
        let call = self.call(doer, name, step)?;
        if self.is_queue(self.index.owners[call.endpoint]) {
            return Some(Step::Call(call));
        }
        let optional = step.optional.as_ref().map(|optional| optional.span);
        let heeded = optional.or(step.fallback.as_ref().map(|fallback| fallback.span));
        if let Some(span) = heeded {
            let message = "what becomes of a call that nobody waits for changes nothing";
            self.problem(
                Problem::at(span, message).help("remove this key; only a `queue` may refuse"),
            );
        }
        Some(Step::Publish(Call { on_failure: OnFailure::Continue, ..call }))
    }

    fn choose(&mut self, doer: Doer, choose: &Spanned<Vec<Alternative>>) -> Option<Step> {
        let total: f64 = choose.iter().map(|alternative| alternative.weight.value.0).sum();
        if choose.is_empty() || total <= 0.0 || !total.is_finite() {
            let place = choose.iter().next().map_or(choose.span, |first| first.weight.span);
            let message = "the weights of `choose` add up to nothing";
            self.problem(Problem::at(place, message).help("give at least one a weight above 0"));
            return None;
        }
        let lowered = choose
            .iter()
            .map(|alternative| (alternative.weight.value.0, self.steps(doer, &alternative.steps)));
        Some(Step::Choose(lowered.collect()))
    }
}

/// Whether every way through a session takes some time, calls taken as such.
pub(super) fn takes_time(steps: &[Step]) -> bool {
    let certain = |law: &Law| law.as_constant() != Some(0);
    steps.iter().any(|step| match step {
        Step::Work(law) | Step::Think(law) => certain(law),
        Step::Call(call) => call.probability >= 1.0,
        Step::Publish(_) => false,
        Step::Cache(cache) => takes_time(&cache.miss),
        Step::Parallel(branches) => branches.iter().any(|branch| takes_time(branch)),
        Step::Choose(parts) => {
            parts.iter().all(|(weight, steps)| *weight == 0.0 || takes_time(steps))
        }
    })
}
