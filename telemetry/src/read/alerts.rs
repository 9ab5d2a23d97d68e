//! Alerts of Alertmanager: what its API answers, or what it sends to webhooks.
//!
//! Annotations are never kept; of the labels only the alert's name, its severity and whom it befell.
//!
//! Source: Alertmanager, `api/v2/openapi.yaml`; Prometheus, "Webhook receiver".

use std::io::Read;

use serde_json::Value;

use crate::{
    error::Error,
    instant::parse_instant,
    pod::service_of_pod,
    quality::Defect,
    read::{
        intake::Intake,
        items::{self, text},
    },
    record::{Event, EventKind, Record, Severity},
    source::Guarded,
};

pub(super) fn read<R: Read>(content: Guarded<'_, R>, intake: &mut Intake<'_>) -> Result<(), Error> {
    items::read(content, &["alerts", "data"], intake, &mut |item: Value, place, intake| {
        let instant = |key: &str| {
            let text = text(&item, &[key])?;
            parse_instant(text.as_bytes(), None).ok().map(|it| it.ns)
        };
        let Some(start_ns) = instant("startsAt") else {
            intake.reject(Defect::Time, place);
            return Ok(());
        };
        // The year 1 stands for "not yet"; it is no instant of the epoch.
        let end_ns = instant("endsAt");
        if end_ns.is_some_and(|end| end < start_ns) {
            intake.reject(Defect::EndsBeforeStart, place);
            return Ok(());
        }
        let labels = item.get("labels").cloned().unwrap_or_default();
        let label = |keys: &[&str]| text(&labels, keys);
        let pod = label(&["pod", "pod_name", "instance"]);
        let component =
            label(&["service", "service_name", "app", "deployment", "container", "job"])
                .or_else(|| label(&["pod"]).map(service_of_pod));
        let event = Event {
            kind: EventKind::Alert,
            start_ns,
            end_ns: end_ns.filter(|end| *end > start_ns),
            severity: Severity::parse(label(&["severity", "priority"]).unwrap_or_default()),
            component: component.map(|name| intake.names.intern(name)),
            instance: pod.map(|name| intake.names.intern(name)),
            reason: label(&["alertname"]).map(|name| intake.operation(name)),
            trace: None,
            count: 1,
        };
        intake.hand_on(Record::Event(event), Some(start_ns))
    })
}
