//! What a twin says for others than the simulator: how often parts fail, and on whom they depend.
//!
//! A rehearsal fails only what its faults say, so neither has a place in a plan; both are checked.

use super::Lowering;
use crate::model::twin::{Reliability, Twin};
use crate::problem::{Problem, suggest};

impl Lowering {
    /// Checks all of a twin.
    pub(super) fn reliabilities(&mut self, twin: &Twin) {
        let zones = twin.zones.iter().filter_map(|(_, zone)| zone.reliability.as_ref());
        let hosts = twin.hosts.iter().filter_map(|(_, host)| host.reliability.as_ref());
        let components = twin.components.iter().flat_map(|(_, component)| {
            let edges = component.calls.iter().filter_map(|(_, edge)| edge.reliability.as_ref());
            component.reliability.iter().chain(edges)
        });
        for reliability in zones.chain(hosts).chain(components) {
            self.reliability(reliability);
        }
        for (_, component) in twin.components.iter() {
            for (name, _) in component.depends_on.iter() {
                if twin.components.get(name).is_none() {
                    let message = format!("unknown component `{}`", name.value);
                    let help = suggest(name, "components", twin.components.names());
                    self.problem(Problem::at(name.span, message).help(help));
                }
            }
        }
    }

    /// Both times must pass: what fails at once, or is restored at once, is no failure.
    fn reliability(&mut self, reliability: &Reliability) {
        let Reliability { mtbf, mttr } = reliability;
        for (name, time, help) in [
            ("mtbf", mtbf, "such as `mtbf: 30d`; what never fails has no `reliability`"),
            ("mttr", mttr, "such as `mttr: 4m`"),
        ] {
            if time.value.0.is_zero() {
                let message = format!("expected more than 0 for `{name}`");
                self.problem(Problem::at(time.span, message).help(help));
            }
        }
    }
}
