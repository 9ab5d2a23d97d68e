//! Whether a system has a steady state to come to: its load is constant, and nothing goes wrong.

use foreshadow_sim::plan::{Arrivals, Load};

use super::Lowering;
use crate::model::scenario::ScenarioFile;
use crate::problem::Problem;

impl Lowering {
    /// Whether load is constant and nothing goes wrong; a warm-up that is to be found out is
    /// refused where that is not so.
    pub(super) fn steady(&mut self, file: &ScenarioFile) -> bool {
        let varying = self.plan.loads.iter().position(varies);
        let why = if file.faults.is_empty() {
            varying.map(|load| format!("the load of {} changes over time", self.names.loads[load]))
        } else {
            Some(String::from("faults change the system"))
        };
        let Some(why) = why else {
            return true;
        };
        if let Some(warm_up) = file.run.warm_up.as_ref().filter(|time| time.value.0.is_none()) {
            let message = format!("no warm-up can be found here: {why}");
            self.problem(
                Problem::at(warm_up.span, message)
                    .label("there is no steady state to wait for")
                    .help("give a time, such as `warm_up: 1m`"),
            );
        }
        false
    }
}

/// Whether more comes at one time than at another, beyond chance; what was recorded may.
fn varies(load: &Load) -> bool {
    match load {
        Load::Open { arrivals, .. } | Load::Sessions { arrivals, .. } => match arrivals {
            Arrivals::Poisson(rates) | Arrivals::Bursty(rates, _) => rates.as_constant().is_none(),
            Arrivals::Renewal(_) | Arrivals::Mmpp(_) => false,
            Arrivals::Trace(_) => true,
        },
        Load::Closed { users, .. } => users.as_constant().is_none(),
    }
}
