//! Who uses the system.

use foreshadow_sim::plan::{self, Call, Curve, Leaving, OnFailure, Step};

use super::{Lowering, step};
use crate::model::load::{self, ClosedUsers, UserCount};
use crate::model::scalar::Amount;
use crate::problem::Problem;
use crate::source::Span;
use crate::{Named, Spanned};

/// Users that a closed load may have at once: with a request each, nearly all that a replication
/// may hold.
pub(super) const MAX_USERS: u32 = 2_000_000;

/// The name of the load that comes from a load file.
pub(crate) const LEARNED: &str = "learned";

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
            if name.value == LEARNED {
                continue; // Lowered below, once it is known what else has a load.
            }
            self.only_of_learned(name, load);
            if let Some(lowered) = self.load(name, load) {
                self.plan.loads.push(lowered);
                self.names.loads.push(name.value.clone());
                worth.push(load.worth.as_ref().map_or((1.0, None), |Amount(worth)| worth.clone()));
            }
        }
        if let Some((name, load)) = loads.iter().find(|(name, _)| name.value == LEARNED) {
            let count = self.learned(name, load);
            worth.extend(std::iter::repeat_n((1.0, None), count));
        }
        worth
    }

    fn only_of_learned(&mut self, name: &Spanned<String>, load: &load::Load) {
        let keys = [
            ("file", load.file.as_ref().map(|file| file.span)),
            ("at", load.at.as_ref().map(|at| at.span)),
            ("quantile", load.quantile.as_ref().map(|quantile| quantile.span)),
            ("scale", load.scale.as_ref().map(|scale| scale.span)),
            ("events", load.events.as_ref().map(|events| events.span)),
            ("as", load.form.as_ref().map(|form| form.span)),
        ];
        for (key, place) in keys {
            let Some(place) = place else { continue };
            let message =
                format!("`{key}` belongs to the load named `learned`, not to `{}`", name.value);
            self.problem(Problem::at(place, message).help("remove this key"));
        }
    }

    fn load(&mut self, name: &Spanned<String>, load: &load::Load) -> Option<plan::Load> {
        let arrivals = load.arrivals.as_ref().map(|arrivals| &arrivals.value);
        let in_short = match arrivals {
            Some(load::Arrivals::Closed(closed)) => Some(closed),
            _ => None,
        };
        let people = load.closed.is_some() || load.open.is_some();
        let closed = usize::from(load.closed.is_some()) + usize::from(in_short.is_some());
        let message = match load.timings().count() + closed {
            0 if load.session.is_none() => "this load says nothing of when requests come",
            1 if load.session.is_some() && !people => {
                "people with a session come by `open`, or are `closed`"
            }
            0 | 1 => "",
            _ => "this load says in more than one way when requests come",
        };
        if !message.is_empty() {
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
        let leaving = self.leaving(load);
        if let Some(closed) = in_short {
            return self.closed(endpoint, closed, leaving);
        }
        let arrivals = self.arrivals(name, load.timings().next()?)?;
        Some(plan::Load::Open { endpoint, arrivals, leaving })
    }

    /// People with a session: those who are always there, or those who come.
    fn people(&mut self, name: &Spanned<String>, load: &load::Load) -> Option<plan::Load> {
        let come = load.timings().next();
        let lacking = match (&load.session, &load.closed, come) {
            (None, ..) => {
                Some(("these users have no session", "add `session:`, the steps that each takes"))
            }
            (Some(_), None, None) => Some((
                "nobody goes through this session",
                "add `closed: {users: 100}` or `open: {poisson: {rate: 3/s}}`",
            )),
            _ => None,
        };
        if let Some((message, help)) = lacking {
            self.problem(Problem::at(name.span, message).help(help));
        }
        let session = load.session.as_ref()?;
        let before = self.problems.len();
        if load.worth.is_some() {
            self.problem(
                Problem::at(name.span, "a session has no `worth`, only a load of one endpoint has")
                    .help("remove `worth`"),
            );
        }
        let steps = self.session(session);
        let sound = self.problems.len() == before;
        let leaving = self.leaving(load);
        if let Some(timing) = come {
            let arrivals = self.arrivals(name, timing)?;
            return Some(plan::Load::Sessions { arrivals, session: steps, walk: None, leaving });
        }
        if sound && !step::takes_time(&steps) {
            self.problem(
                Problem::at(name.span, "a round of this session may take no time at all")
                    .help("add a call, or a `think` above 0, to every way through it"),
            );
        }
        let users = self.users(&load.closed.as_ref()?.users)?;
        Some(plan::Load::Closed { users, session: steps, leaving })
    }

    fn leaving(&mut self, load: &load::Load) -> Leaving {
        let patience = self.law_above_zero("patience", load.patience.as_ref());
        Leaving { patience, cancels: load.cancels.unwrap_or(false) }
    }

    /// Users that pause, then call one endpoint.
    fn closed(
        &mut self,
        endpoint: plan::EndpointId,
        closed: &ClosedUsers,
        leaving: Leaving,
    ) -> Option<plan::Load> {
        let users = self.users(&closed.users)?;
        let think = match &closed.think {
            Some(law) if law.is_never_any_time() => None,
            law => self.law(law.as_ref()).map(Step::Think),
        };
        let call =
            Step::Call(Call { on_failure: OnFailure::Continue, ..Call::new(endpoint, None) });
        let session = think.into_iter().chain([call]).collect();
        Some(plan::Load::Closed { users, session, leaving })
    }

    fn users(&mut self, users: &Spanned<UserCount>) -> Option<Curve> {
        let counts: Vec<u32> = match &users.value {
            UserCount::Scalar(count) => vec![count.0],
            UserCount::List(points) => points.iter().map(|point| point.users.0).collect(),
        };
        if counts.iter().any(|count| *count > MAX_USERS) {
            self.problem(
                Problem::at(users.span, format!("expected at most {MAX_USERS} users")).help(
                    "many users are as good as arrivals that do not wait for answers: write `open`",
                ),
            );
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
}
