//! Components of kind `queue`: what is published waits there until it is delivered.
//!
//! A queue is a station that answers when it accepts. Its slots are its consumers: each takes a
//! message, makes the delivery's call under the queue's own policy, and waits for its end.

use foreshadow_sim::plan::{Call, Component, ComponentId, Step};

use super::Lowering;
use crate::Spanned;
use crate::model::twin::{self, Kind};
use crate::problem::Problem;

impl Lowering {
    /// What kind and `deliver` make of a component.
    pub(super) fn as_queue(
        &mut self,
        name: &Spanned<String>,
        model: &twin::Component,
        component: Component,
    ) -> Component {
        let is_queue = model.kind == Some(Kind::Queue);
        let deliver = match (&model.deliver, is_queue) {
            (None, false) => return component,
            (Some(deliver), false) => {
                let message = format!("{} is no queue, so it delivers nothing", name.value);
                self.problem(
                    Problem::at(deliver.span, message)
                        .help("add `kind: queue`, or remove `deliver`"),
                );
                return component;
            }
            (None, true) => {
                let message = format!("the queue {} delivers to nobody", name.value);
                self.problem(Problem::at(name.span, message).help(
                    "add `deliver: {to: component.endpoint, consumers: 4}`, or give it another kind",
                ));
                return component;
            }
            (Some(deliver), true) => deliver,
        };
        if let Some(concurrency) = &model.concurrency {
            let message = "how much a queue does at once is `consumers` under `deliver`";
            self.problem(Problem::at(concurrency.span, message).help("remove this key"));
        }
        if let Some(blocking) = model.blocking.as_ref().filter(|blocking| !blocking.value) {
            let message = "a consumer of a queue waits for what it delivers";
            self.problem(Problem::at(blocking.span, message).help("remove this key"));
        }
        let consumers = deliver.consumers.value.0;
        if consumers == 0 {
            let message = "expected at least 1 consumer: nothing would ever be delivered";
            self.problem(
                Problem::at(deliver.consumers.span, message)
                    .help("for a time without delivery, use a `pause` fault"),
            );
        }
        Component { concurrency: Some(consumers), acknowledges: true, ..component }
    }

    /// The step that delivers a message of the queue `id`, if it is one.
    pub(super) fn delivery(&mut self, id: ComponentId, model: &twin::Component) -> Option<Step> {
        let deliver = model.deliver.as_ref().filter(|_| self.is_queue(id))?;
        let found = self.index.endpoint(&deliver.to);
        let endpoint = self.note(found)?;
        let edge = self.edge(id, self.index.owners[endpoint]);
        let backup = self.backup(id, edge, endpoint);
        Some(Step::Call(Call { backup, ..Call::new(endpoint, Some(edge)) }))
    }

    /// Whether a component answers when it accepts.
    pub(super) fn is_queue(&self, id: ComponentId) -> bool {
        self.plan.components.get(id).is_some_and(|component| component.acknowledges)
    }
}
