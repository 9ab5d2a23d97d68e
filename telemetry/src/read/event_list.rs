//! Lists of incidents and deployments that people or their tools keep: tables, or lists of objects.
//!
//! A row with an end, a severity or the word incident is an incident; one with a version or revision
//! is a deployment. Titles and descriptions are never kept.

use std::io::Read;

use serde_json::Value;

use crate::{
    error::Error,
    format::normal,
    instant::parse_instant,
    pod::service_of_pod,
    quality::{Defect, Place},
    read::{intake::Intake, items, table},
    record::{Event, EventKind, Record, Severity},
    source::Guarded,
};

pub(super) fn read_csv<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    table::read(content, head, intake, &mut |row, _, intake| event(&|keys| row.text(keys), intake))
}

pub(super) fn read_json<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let wrappers = ["incidents", "deployments", "events", "data"];
    items::read(content, &wrappers, intake, &mut |item: Value, place: Place, intake| {
        let members = item.as_object().into_iter().flatten();
        let plain = members.filter_map(|(key, value)| {
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            (!text.is_empty()).then(|| (normal(key), text))
        });
        let plain: Vec<_> = plain.collect();
        let get = |keys: &[&str]| {
            let find = |key: &&str| plain.iter().find(|(known, _)| known == key);
            keys.iter().find_map(find).map(|(_, text)| text.as_str())
        };
        if let Err(defect) = event(&get, intake)? {
            intake.reject(defect, place);
        }
        Ok(())
    })
}

/// One row, whose fields `get` finds.
fn event<'t>(
    get: &dyn Fn(&[&str]) -> Option<&'t str>,
    intake: &mut Intake<'_>,
) -> Result<Result<(), Defect>, Error> {
    let instant = |keys: &[&str]| get(keys).map(|text| parse_instant(text.as_bytes(), None));
    let start = instant(&[
        "start",
        "starttime",
        "startedat",
        "startedon",
        "begin",
        "openedat",
        "detectedat",
        "injecttimeutc",
        "injecttime",
        "deployedat",
        "createdat",
        "timestamp",
        "time",
        "date",
    ]);
    let end = instant(&["end", "endtime", "resolvedat", "endedat", "closedat", "finishedat"]);
    let start_ns = match start {
        Some(Ok(start)) => start.ns,
        _ => return Ok(Err(Defect::Time)),
    };
    let end_ns = match end {
        Some(Ok(end)) if end.ns < start_ns => return Ok(Err(Defect::EndsBeforeStart)),
        Some(Ok(end)) => Some(end.ns),
        Some(Err(defect)) => return Ok(Err(defect)),
        None => None,
    };
    let version = get(&["version", "revision", "tag", "commit", "release", "image"]);
    let severity = get(&["severity", "priority", "level", "impact"]);
    let is_deployment =
        get(&["deployment", "deployedat", "deploymentid"]).is_some() || version.is_some();
    let is_incident =
        get(&["incident", "incidentid", "injecttype"]).is_some() || severity.is_some();
    let kind =
        if is_deployment && !is_incident { EventKind::Deployment } else { EventKind::Incident };
    let pod = get(&["injectpod", "pod", "instance", "host"]);
    let named =
        get(&["component", "service", "servicename", "app", "application", "target", "system"]);
    let component = named.or_else(|| pod.map(service_of_pod));
    let reason = match kind {
        EventKind::Deployment => version,
        _ => get(&["injecttype", "type", "category", "cause", "rootcause", "reason"]),
    };
    let event = Event {
        kind,
        start_ns,
        end_ns,
        severity: severity.map_or(Severity::Unspecified, Severity::parse),
        component: component.map(|name| intake.names.intern(name)),
        instance: pod.map(|name| intake.names.intern(name)),
        reason: reason.map(|reason| intake.operation(reason)),
        trace: None,
        count: 1,
    };
    intake.hand_on(Record::Event(event), Some(start_ns)).map(Ok)
}
