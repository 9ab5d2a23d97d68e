//! Who uses the system.

use foreshadow_sim::plan::{self, Arrivals, Call, Curve, OnFailure, Step};

use super::{Lowering, step};
use crate::model::load::{self, ClosedUsers, RatePoint, UserCount};
use crate::model::scalar::{Amount, Time};
use crate::problem::Problem;
use crate::source::Span;
use crate::{Named, Spanned};

/// Users that a closed load may have at once.
const MAX_USERS: u32 = 10_000_000;

impl Lowering {
    /// Lowers all loads; returns what a success of each is worth.
    pub(super) fn loads(
        &mut self,
        loads: &Named<load::Load>,
        scenario: Span,
    ) -> Vec<(f64, Option<String>)> {
        let mut worth = Vec::new();
        if loads.is_empty() {
            self.problem(
                Problem::at(scenario, "this scenario has no load, so nothing would happen")
                    .help("add `load: {component.endpoint: {arrivals: {poisson: {rate: 100/s}}}}`"),
            );
        }
        for (name, load) in loads.iter() {
            if name.value == "learned" {
                continue; // Refused elsewhere.
            }
            self.only_of_learned(name, load);
            if let Some(lowered) = self.load(name, load) {
                self.plan.loads.push(lowered);
                self.names.loads.push(name.value.clone());
                worth.push(load.worth.as_ref().map_or((1.0, None), |Amount(worth)| worth.clone()));
            }
        }
        worth
    }

    fn only_of_learned(&mut self, name: &Spanned<String>, load: &load::Load) {
        let keys = [
            ("file", load.file.is_some()),
            ("at", load.at.is_some()),
            ("quantile", load.quantile.is_some()),
            ("scale", load.scale.is_some()),
            ("events", load.events.is_some()),
        ];
        if let Some((key, _)) = keys.iter().find(|(_, given)| *given) {
            let message =
                format!("`{key}` belongs to the load named `learned`, not to `{}`", name.value);
            self.problem(Problem::at(name.span, message));
        }
    }

    fn load(&mut self, name: &Spanned<String>, load: &load::Load) -> Option<plan::Load> {
        let short = load.rates.is_some() || load.renewal.is_some();
        let short = short || load.mmpp.is_some() || load.trace.is_some();
        let people = load.closed.is_some() || load.open.is_some();
        let ways = [load.arrivals.is_some(), short, people, load.session.is_some() && !people];
        if ways.iter().filter(|given| **given).count() != 1 {
            let message = match ways {
                [false, false, false, false] => "this load says nothing of when requests come",
                _ => "this load says in more than one way when requests come",
            };
            self.problem(
                Problem::at(name.span, message)
                    .help("expected `arrivals`, or `closed` or `open` with a `session`"),
            );
            return None;
        }
        if people || load.session.is_some() {
            return self.people(name, load);
        }
        let found = self.index.endpoint(name);
        let endpoint = self.note(found)?;
        let patience = self.law(load.patience.as_ref());
        let arrivals = match load.arrivals.as_ref().map(|arrivals| &arrivals.value) {
            Some(load::Arrivals::Poisson(constant)) => Curve::constant(constant.rate.0),
            Some(load::Arrivals::Rates(points)) => self.rates(name.span, points)?,
            Some(load::Arrivals::Closed(closed)) => {
                return self.closed(endpoint, closed, patience);
            }
            // The others are refused elsewhere.
            Some(_) => return None,
            None => self.rates(name.span, &load.rates.as_ref()?.value)?,
        };
        Some(plan::Load::Open { endpoint, arrivals: Arrivals::Poisson(arrivals), patience })
    }

    fn people(&mut self, name: &Spanned<String>, load: &load::Load) -> Option<plan::Load> {
        let (Some(closed), Some(session)) = (&load.closed, &load.session) else {
            if load.open.is_some() && load.session.is_some() {
                return None; // Refused elsewhere.
            }
            let (message, help) = match &load.session {
                Some(_) => ("nobody goes through this session", "add `closed: {users: 100}`"),
                None => {
                    ("these users have no session", "add `session:`, the steps that each takes")
                }
            };
            self.problem(Problem::at(name.span, message).help(help));
            return None;
        };
        if load.closed.is_some() && load.open.is_some() {
            let message = "a load is either `closed` or `open`";
            self.problem(Problem::at(closed.span, message));
        }
        let before = self.problems.len();
        if load.worth.is_some() {
            self.problem(
                Problem::at(name.span, "a session has no `worth`, only a load of one endpoint has")
                    .help("remove `worth`"),
            );
        }
        let steps = self.session(session);
        if self.problems.len() == before && !step::takes_time(&steps) {
            self.problem(
                Problem::at(name.span, "a round of this session may take no time at all")
                    .help("add a call, or a `think` above 0, to every way through it"),
            );
        }
        let users = self.users(&closed.users)?;
        let patience = self.law(load.patience.as_ref());
        Some(plan::Load::Closed { users, session: steps, patience })
    }

    /// Users that pause, then call one endpoint.
    fn closed(
        &mut self,
        endpoint: plan::EndpointId,
        closed: &ClosedUsers,
        patience: Option<foreshadow_sim::random::Law>,
    ) -> Option<plan::Load> {
        let users = self.users(&closed.users)?;
        let think = match &closed.think {
            Some(law) if law.is_never_any_time() => None,
            law => self.law(law.as_ref()).map(Step::Think),
        };
        let call =
            Step::Call(Call { on_failure: OnFailure::Continue, ..Call::new(endpoint, None) });
        let session = think.into_iter().chain([call]).collect();
        Some(plan::Load::Closed { users, session, patience })
    }

    fn rates(&mut self, place: Span, points: &[RatePoint]) -> Option<Curve> {
        let points = points.iter().map(|point| (&point.at, point.rate.0)).collect();
        self.curve(place, points)
    }

    fn users(&mut self, users: &Spanned<UserCount>) -> Option<Curve> {
        let counts: Vec<u32> = match &users.value {
            UserCount::Scalar(count) => vec![count.0],
            UserCount::List(points) => points.iter().map(|point| point.users.0).collect(),
        };
        if counts.iter().any(|count| *count > MAX_USERS) {
            self.problem(Problem::at(users.span, format!("expected at most {MAX_USERS} users")));
            return None;
        }
        if counts.iter().all(|count| *count == 0) {
            self.problem(Problem::at(users.span, "expected at least one user"));
            return None;
        }
        match &users.value {
            UserCount::Scalar(count) => Some(Curve::constant(f64::from(count.0))),
            UserCount::List(points) => {
                let points = points.iter().map(|p| (&p.at, f64::from(p.users.0))).collect();
                self.curve(users.span, points)
            }
        }
    }

    /// A curve through `points`, whose times must not fall; two at one time are a step.
    fn curve(&mut self, place: Span, points: Vec<(&Spanned<Time>, f64)>) -> Option<Curve> {
        if points.is_empty() {
            self.problem(Problem::at(place, "expected at least one point"));
            return None;
        }
        for pair in points.windows(2) {
            if pair[1].0.value.0 < pair[0].0.value.0 {
                self.problem(
                    Problem::at(pair[1].0.span, "this point is earlier than the one before it")
                        .help("write the points in the order of time"),
                );
                return None;
            }
        }
        Some(Curve(points.into_iter().map(|(at, value)| (at.value.0, value)).collect()))
    }
}
