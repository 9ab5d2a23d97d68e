//! Components that serve all who wait together.

use std::time::Duration;

use foreshadow_sim::plan::{Batch, Component, Discipline, Step};

use super::Lowering;
use crate::model::twin;
use crate::problem::Problem;

impl Lowering {
    /// What `batch` makes of a component.
    pub(super) fn in_groups(&mut self, model: &twin::Component, component: Component) -> Component {
        let Some(batch) = &model.batch else { return component };
        let contrary = [
            (model.concurrency.as_ref().map(|key| key.span), "`concurrency`"),
            (model.cpu.as_ref().map(|key| key.span), "`cpu`"),
            (model.blocking.as_ref().filter(|b| !b.value).map(|key| key.span), "`blocking: false`"),
            (model.deliver.as_ref().map(|key| key.span), "`deliver`"),
        ];
        let mut sound = true;
        for (place, key) in contrary {
            if let Some(place) = place {
                let message = format!(
                    "with `batch` a replica serves one group at a time, so {key} has no meaning"
                );
                self.problem(Problem::at(place, message).help("remove one of the two"));
                sound = false;
            }
        }
        if component.queue.discipline == Discipline::PreemptivePriority {
            let message = "a group that is served is not interrupted for `preemptive_priority`";
            self.problem(Problem::at(batch.span, message).help("use `priority`"));
            sound = false;
        }
        let most = batch.value.most.as_ref();
        if let Some(most) = most.filter(|most| most.value.0 == Some(0)) {
            let message = "expected at least 1 for `most`: nothing could ever be served";
            self.problem(Problem::at(most.span, message).help("for no limit, `unlimited`"));
            sound = false;
        }
        if !sound {
            return component;
        }
        let most = most.and_then(|most| most.value.0);
        let each = batch.value.each.as_ref().map_or(Duration::ZERO, |each| each.value.0);
        Component { concurrency: Some(1), batch: Some(Batch { most, each }), ..component }
    }

    /// What is served in groups is one piece of work.
    pub(super) fn refuse_steps_of_groups(
        &mut self,
        model: &twin::Component,
        endpoint: &twin::Endpoint,
        steps: &[Step],
    ) {
        if model.batch.is_some() && !matches!(steps, [Step::Work(_)]) {
            let message = "a component with `batch` does one piece of work for a group";
            self.problem(Problem::at(endpoint.steps.span, message).help(
                "give this endpoint one `work` step, and let the rest be done by who calls it",
            ));
        }
    }
}
