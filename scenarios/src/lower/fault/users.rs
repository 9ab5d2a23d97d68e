//! Faults that hit loads: which loads, and whether these can be hit.

use foreshadow_sim::plan::{EndpointId, Load, Target};

use super::super::Lowering;
use crate::Spanned;
use crate::problem::{Problem, suggest};
use crate::source::Span;

impl Lowering {
    /// The load that `at` names; all of them without.
    pub(super) fn loads_hit(&mut self, at: Option<&Spanned<String>>) -> Option<Vec<usize>> {
        let Some(at) = at else { return Some((0..self.plan.loads.len()).collect()) };
        let known = || self.names.loads.iter().map(String::as_str);
        let load = known().position(|name| name == at.value);
        if load.is_none() {
            let message = format!("unknown load `{}`", at.value);
            let help = suggest(at, "loads", known());
            self.problem(Problem::at(at.span, message).help(help));
        }
        load.map(|load| vec![load])
    }

    /// What a surge hits: it multiplies a rate, or how many are always there.
    pub(super) fn loads_surged(
        &mut self,
        at: Option<&Spanned<String>>,
        fault: Span,
    ) -> Option<Target> {
        let loads = self.loads_hit(at)?;
        let is_recorded = |load: &&usize| match &self.plan.loads[**load] {
            Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => !arrivals.has_rate(),
            Load::Closed { .. } => false,
        };
        if let Some(load) = loads.iter().find(is_recorded) {
            let name = &self.names.loads[*load];
            let message = format!("the load `{name}` is a recording, which has no rate");
            let help = "name another load with `at`, or give this one a rate";
            self.problem(Problem::at(at.map_or(fault, |at| at.span), message).help(help));
            return None;
        }
        Some(Target::Loads(loads))
    }

    /// Whom a herd may be of: those who come by themselves.
    pub(super) fn loads_kept_away(
        &mut self,
        at: Option<&Spanned<String>>,
        fault: Span,
    ) -> Option<Target> {
        let mut loads = self.loads_hit(at)?;
        loads.retain(|load| !matches!(self.plan.loads[*load], Load::Closed { .. }));
        if loads.is_empty() {
            let message = match at {
                Some(at) => {
                    format!("the users of `{}` are always there: none comes back", at.value)
                }
                None => String::from("all users are always there: none comes back"),
            };
            let help = "name a load with `arrivals`, or one that is `open`";
            self.problem(Problem::at(at.map_or(fault, |at| at.span), message).help(help));
            return None;
        }
        Some(Target::Loads(loads))
    }

    /// The endpoint that users call more than usual: one of several that they call.
    pub(super) fn skewed_to(
        &mut self,
        fault: Span,
        at: Option<&Spanned<String>>,
    ) -> Option<EndpointId> {
        let Some(at) = at else {
            let message = "`skewed_mix` says nothing of what is called more";
            let help = "add `at:` with the address of an endpoint that users call";
            self.problem(Problem::at(fault, message).help(help));
            return None;
        };
        let found = self.index.endpoint(at);
        let endpoint = self.note(found)?;
        let entries = self.plan.entries();
        if entries.binary_search(&endpoint).is_err() {
            let message = format!("no user calls `{}`", at.value);
            let called = entries.iter().map(|entry| self.names.endpoints[*entry].as_str());
            let help = suggest(at, "endpoints that users call", called);
            self.problem(Problem::at(at.span, message).help(help));
            return None;
        }
        if entries.len() == 1 {
            let message = format!("users call nothing but `{}`", at.value);
            let help = "a mix has several endpoints";
            self.problem(Problem::at(at.span, message).help(help));
            return None;
        }
        Some(endpoint)
    }
}
