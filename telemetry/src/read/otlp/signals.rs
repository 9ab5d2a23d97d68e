//! Metrics and logs of OTLP, once they are messages: from either encoding to points and events.

use prost::bytes::Bytes;

use crate::{
    error::Error,
    id::TraceId,
    names::Symbol,
    quality::Defect,
    read::{
        attributes::Attributes,
        intake::Intake,
        node::Scalar,
        otlp::model::{
            AnyValue, Buckets, ExponentialPoint, HistogramPoint, KeyValue, LogRecord, Metric,
            Plain, SummaryPoint,
        },
    },
    record::{Event, EventKind, Point, Record, Severity},
    series::{Draft, MetricKind, Part},
};

/// The value, as all formats have it.
pub(in crate::read) fn scalar(value: &AnyValue) -> Scalar<'_> {
    match &value.value {
        Some(Plain::Text(text)) => std::str::from_utf8(text).map_or(Scalar::Null, Scalar::Text),
        Some(Plain::Bool(flag)) => Scalar::Bool(*flag),
        Some(Plain::Int(number)) => {
            u64::try_from(*number).map_or(Scalar::Negative(*number), Scalar::Unsigned)
        }
        Some(Plain::Double(number)) => Scalar::Float(*number),
        None => Scalar::Null,
    }
}

/// Keeps those of `attributes` that are on the allow-list.
pub(in crate::read) fn keep(attributes: &[KeyValue], kept: &mut Attributes) {
    for KeyValue { key, value } in attributes {
        if let (Ok(key), Some(value)) = (std::str::from_utf8(key), value) {
            kept.keep(key, scalar(value));
        }
    }
}

/// What sent a metric or a log record.
#[derive(Debug, Clone, Default)]
pub(in crate::read) struct Sender {
    attributes: Vec<KeyValue>,
    component: Option<Symbol>,
    instance: Option<Symbol>,
}

impl Sender {
    pub(in crate::read) fn new(attributes: Vec<KeyValue>, intake: &mut Intake<'_>) -> Self {
        let mut kept = Attributes::default();
        keep(&attributes, &mut kept);
        let (component, instance) = (kept.service(intake.names), kept.instance(intake.names));
        Self { attributes, component, instance }
    }

    /// A log record: when, how grave, whose; never what it says.
    pub(in crate::read) fn log(
        &self,
        log: &LogRecord,
        intake: &mut Intake<'_>,
    ) -> Result<(), Error> {
        let place = intake.place();
        let start_ns =
            if log.time_unix_nano > 0 { log.time_unix_nano } else { log.observed_time_unix_nano };
        if start_ns == 0 {
            intake.reject(Defect::Time, place);
            return Ok(());
        }
        let by_number =
            u64::try_from(log.severity_number).map_or(Severity::Unspecified, Severity::of_number);
        let severity = match by_number {
            Severity::Unspecified => Severity::parse(&lossy(&log.severity_text)),
            known => known,
        };
        let named = |key: &str| log.attributes.iter().find(|it| it.key == key.as_bytes());
        let reason = if log.event_name.is_empty() {
            let value = named("exception.type").or_else(|| named("event.name"));
            value.and_then(|it| it.value.as_ref()).and_then(|it| scalar(it).into_text())
        } else {
            Some(lossy(&log.event_name))
        };
        let event = Event {
            kind: EventKind::Log,
            start_ns,
            end_ns: None,
            severity,
            component: self.component,
            instance: self.instance,
            reason: reason.map(|reason| intake.operation(&reason)),
            trace: trace_id(&log.trace_id),
            count: 1,
        };
        intake.hand_on(Record::Event(event), Some(start_ns))
    }

    /// All points of a metric.
    pub(in crate::read) fn metric(
        &self,
        metric: &Metric,
        intake: &mut Intake<'_>,
    ) -> Result<(), Error> {
        let mut to = Points { sender: self, metric, kind: MetricKind::Gauge, intake };
        if let Some(gauge) = &metric.gauge {
            gauge.data_points.iter().try_for_each(|point| to.number(point))?;
        }
        if let Some(sum) = &metric.sum {
            to.kind = match (sum.aggregation_temporality, sum.is_monotonic) {
                (1, _) => MetricKind::Delta,
                (_, true) => MetricKind::Counter,
                (_, false) => MetricKind::Gauge,
            };
            sum.data_points.iter().try_for_each(|point| to.number(point))?;
        }
        let of =
            |temporality| if temporality == 1 { MetricKind::Delta } else { MetricKind::Counter };
        if let Some(histogram) = &metric.histogram {
            to.kind = of(histogram.aggregation_temporality);
            histogram.data_points.iter().try_for_each(|point| to.histogram(point))?;
        }
        if let Some(histogram) = &metric.exponential_histogram {
            to.kind = of(histogram.aggregation_temporality);
            histogram.data_points.iter().try_for_each(|point| to.exponential(point))?;
        }
        if let Some(summary) = &metric.summary {
            to.kind = MetricKind::Counter;
            summary.data_points.iter().try_for_each(|point| to.summary(point))?;
        }
        Ok(())
    }
}

struct Points<'p, 'i, 'a> {
    sender: &'p Sender,
    metric: &'p Metric,
    kind: MetricKind,
    intake: &'i mut Intake<'a>,
}

impl Points<'_, '_, '_> {
    fn give(&mut self, time_ns: u64, of: &[KeyValue], part: Part, value: f64) -> Result<(), Error> {
        let place = self.intake.place();
        if time_ns == 0 {
            self.intake.reject(Defect::Time, place);
            return Ok(());
        }
        let labels = self.sender.attributes.iter().chain(of);
        let labels = labels.filter_map(|KeyValue { key, value }| {
            Some((lossy(key), scalar(value.as_ref()?).into_text()?))
        });
        // A point's own attribute wins over its sender's.
        let mut labels: Vec<_> = labels.collect();
        labels.reverse();
        labels.sort_by(|a, b| a.0.cmp(&b.0));
        labels.dedup_by(|later, first| later.0 == first.0);
        let kind = if matches!(part, Part::Quantile(_)) { MetricKind::Gauge } else { self.kind };
        let (name, unit) = (lossy(&self.metric.name), Some(lossy(&self.metric.unit)));
        let series = Draft { name, unit, kind, part, labels }.intern(self.intake.names);
        self.intake.point(Point { series, time_ns: Some(time_ns), value }, place)
    }

    fn number(&mut self, point: &super::model::NumberPoint) -> Result<(), Error> {
        let value = point.as_double.or(point.as_int.map(|number| number as f64));
        let Some(value) = value else {
            let place = self.intake.place();
            self.intake.reject(Defect::Value, place);
            return Ok(());
        };
        self.give(point.time_unix_nano, &point.attributes, Part::Value, value)
    }

    fn histogram(&mut self, point: &HistogramPoint) -> Result<(), Error> {
        let (time, of) = (point.time_unix_nano, &point.attributes);
        let bounds = point.explicit_bounds.iter().copied().chain([f64::INFINITY]);
        let mut cumulative = 0_u64;
        for (bound, count) in bounds.zip(&point.bucket_counts) {
            cumulative = cumulative.saturating_add(*count);
            self.give(time, of, Part::Bucket(bound), cumulative as f64)?;
        }
        self.totals(time, of, point.count, point.sum)
    }

    /// Bucket i holds values up to 2^(2^−scale · (i + 1)); those at or below zero stand together.
    fn exponential(&mut self, point: &ExponentialPoint) -> Result<(), Error> {
        let (time, of) = (point.time_unix_nano, &point.attributes);
        let sum = |buckets: &Buckets| {
            buckets.bucket_counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count))
        };
        let below = point.negative.as_ref().map_or(0, sum).saturating_add(point.zero_count);
        let mut cumulative = below;
        self.give(time, of, Part::Bucket(0.0), below as f64)?;
        if let Some(Buckets { offset, bucket_counts }) = &point.positive {
            for (i, count) in bucket_counts.iter().enumerate() {
                cumulative = cumulative.saturating_add(*count);
                if *count > 0 {
                    let upper = f64::from(*offset) + i as f64 + 1.0;
                    let bound = (upper * f64::from(-point.scale).exp2()).exp2();
                    self.give(time, of, Part::Bucket(bound), cumulative as f64)?;
                }
            }
        }
        self.give(time, of, Part::Bucket(f64::INFINITY), point.count as f64)?;
        self.totals(time, of, point.count, point.sum)
    }

    fn summary(&mut self, point: &SummaryPoint) -> Result<(), Error> {
        let (time, of) = (point.time_unix_nano, &point.attributes);
        for quantile in &point.quantile_values {
            self.give(time, of, Part::Quantile(quantile.quantile), quantile.value)?;
        }
        self.totals(time, of, point.count, Some(point.sum))
    }

    fn totals(
        &mut self,
        time: u64,
        of: &[KeyValue],
        count: u64,
        sum: Option<f64>,
    ) -> Result<(), Error> {
        self.give(time, of, Part::Count, count as f64)?;
        sum.map_or(Ok(()), |sum| self.give(time, of, Part::Sum, sum))
    }
}

fn lossy(text: &Bytes) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// 16 bytes; anything else is none.
pub(in crate::read) fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    TraceId::new(u128::from_be_bytes(bytes.try_into().ok()?))
}
