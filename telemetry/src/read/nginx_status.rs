//! The status page of NGINX Plus, one JSON document per look: counters of zones and upstreams.
//!
//! Source: NGINX, `ngx_http_status_module`.

use std::io::Read;

use serde_json::Value;

use crate::{
    error::Error,
    quality::{Defect, Place},
    read::{intake::Intake, items},
    record::Point,
    series::{Draft, MetricKind},
    source::Guarded,
};

pub(super) fn read<R: Read>(content: Guarded<'_, R>, intake: &mut Intake<'_>) -> Result<(), Error> {
    items::read(content, &[], intake, &mut |item: Value, place, intake| {
        let Some(ms) = item.get("timestamp").and_then(Value::as_u64) else {
            intake.reject(Defect::Time, place);
            return Ok(());
        };
        let mut look = Look { time_ns: ms.checked_mul(1_000_000), place, intake };
        for part in ["connections", "requests"] {
            look.counters(&format!("nginx.{part}"), &item[part], &[])?;
        }
        for (zone, of) in item["server_zones"].as_object().into_iter().flatten() {
            look.counters("nginx.zone", of, &[("service", zone)])?;
        }
        for (upstream, of) in item["upstreams"].as_object().into_iter().flatten() {
            // Until version 5 an upstream was the list of its peers.
            let peers = of.get("peers").unwrap_or(of).as_array();
            for peer in peers.into_iter().flatten() {
                let server = peer["server"].as_str().unwrap_or_default();
                look.counters(
                    "nginx.upstream",
                    peer,
                    &[("service", upstream), ("instance", server)],
                )?;
            }
        }
        Ok(())
    })
}

struct Look<'i, 'a> {
    time_ns: Option<u64>,
    place: Place,
    intake: &'i mut Intake<'a>,
}

impl Look<'_, '_> {
    fn counters(&mut self, name: &str, of: &Value, labels: &[(&str, &str)]) -> Result<(), Error> {
        let counters = [
            "requests",
            "accepted",
            "dropped",
            "discarded",
            "received",
            "sent",
            "fails",
            "unavail",
            "total",
        ];
        let gauges = ["processing", "active", "idle", "current"];
        for (key, kind) in counters
            .map(|key| (key, MetricKind::Counter))
            .into_iter()
            .chain(gauges.map(|key| (key, MetricKind::Gauge)))
        {
            if let Some(value) = of.get(key).and_then(Value::as_f64) {
                self.point(&format!("{name}.{key}"), kind, labels, value)?;
            }
        }
        for (code, value) in of["responses"].as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64() {
                let labels = [labels, &[("code", code.as_str())]].concat();
                self.point(&format!("{name}.responses"), MetricKind::Counter, &labels, value)?;
            }
        }
        Ok(())
    }

    fn point(
        &mut self,
        name: &str,
        kind: MetricKind,
        labels: &[(&str, &str)],
        value: f64,
    ) -> Result<(), Error> {
        let labels = labels.iter().map(|&(key, text)| (key.to_owned(), text.to_owned())).collect();
        let series = Draft { name: name.to_owned(), kind, labels, ..Draft::default() };
        let series = series.intern(self.intake.names);
        let point = Point { series, time_ns: self.time_ns, value };
        self.intake.point(point, self.place)
    }
}
