//! `kubectl get events -o json`, also as a stream of `--watch`. Messages are never kept.
//!
//! Source: Kubernetes API reference, `v1.Event` and `events.k8s.io/v1`.

use std::io::Read;

use serde_json::Value;

use crate::{
    error::Error,
    instant::parse_instant,
    pod::service_of_pod,
    quality::Defect,
    read::{
        intake::Intake,
        items::{self, at, text},
    },
    record::{Event, EventKind, Record, Severity},
    source::Guarded,
};

pub(super) fn read<R: Read>(content: Guarded<'_, R>, intake: &mut Intake<'_>) -> Result<(), Error> {
    items::read(content, &["items"], intake, &mut |item: Value, place, intake| {
        // A watch wraps each event: {"type": "ADDED", "object": {…}}.
        let event = item.get("object").unwrap_or(&item);
        let object = event.get("involvedObject").or_else(|| event.get("regarding"));
        let Some(object) = object else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let instant = |paths: &[&[&str]]| {
            let texts = paths.iter().filter_map(|path| at(event, path)?.as_str());
            texts
                .filter_map(|text| parse_instant(text.as_bytes(), None).ok())
                .map(|it| it.ns)
                .next()
        };
        let first = instant(&[
            &["firstTimestamp"],
            &["deprecatedFirstTimestamp"],
            &["eventTime"],
            &["metadata", "creationTimestamp"],
        ]);
        let last = instant(&[
            &["lastTimestamp"],
            &["series", "lastObservedTime"],
            &["deprecatedLastTimestamp"],
        ]);
        let Some(start_ns) = first.or(last) else {
            intake.reject(Defect::Time, place);
            return Ok(());
        };
        if last.is_some_and(|last| last < start_ns) {
            intake.reject(Defect::EndsBeforeStart, place);
            return Ok(());
        }
        let name = text(object, &["name"]).unwrap_or_default();
        let kind = text(object, &["kind"]).unwrap_or_default();
        let is_place = matches!(kind, "Pod" | "Node");
        let component = match kind {
            "Pod" => Some(service_of_pod(name)),
            "ReplicaSet" => Some(name.rsplit_once('-').map_or(name, |(owner, _)| owner)),
            "Node" => None,
            _ => Some(name),
        };
        let component = component.filter(|it| !it.is_empty());
        let count = items::number(event, &["count", "deprecatedCount"])
            .or_else(|| at(event, &["series", "count"])?.as_f64());
        let event = Event {
            kind: EventKind::Kubernetes,
            start_ns,
            end_ns: last.filter(|last| *last > start_ns),
            severity: Severity::parse(text(event, &["type"]).unwrap_or_default()),
            component: component.map(|name| intake.names.intern(name)),
            instance: is_place.then(|| intake.names.intern(name)),
            reason: text(event, &["reason"]).map(|reason| intake.operation(reason)),
            trace: None,
            count: count.map_or(1, |count| count.clamp(1.0, f64::from(u32::MAX)) as u32),
        };
        intake.hand_on(Record::Event(event), Some(start_ns))
    })
}
