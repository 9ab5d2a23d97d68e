//! Series of metrics: a name, a unit, a part of a distribution, and the labels that may be kept.
//!
//! A histogram is a set of cumulative series, one per upper bound, whatever format it came in; so
//! is a summary with its quantiles. Labels outside the allow-list are not stored, nor what is taken
//! out of others, but series that differ in them stay apart.

use crate::names::{Names, Symbol};

/// Names a series of [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub(crate) u32);

/// How values of a series behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MetricKind {
    /// The file does not say.
    #[default]
    Unknown,
    /// Goes up and down.
    Gauge,
    /// Counts up from a start, and starts again at zero when its process does.
    Counter,
    /// Counts since the previous point.
    Delta,
}

/// Which part of a metric a series is.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub enum Part {
    /// The value itself.
    #[default]
    Value,
    /// Observations up to this bound, in the metric's unit; infinity for all of them.
    Bucket(f64),
    /// The sum of the observations.
    Sum,
    /// The number of observations.
    Count,
    /// The quantile with this share below it.
    Quantile(f64),
}

/// A series, without its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The metric, without `_bucket`, `_sum` and `_count`.
    pub name: Symbol,
    /// The unit where the file names one, in UCUM's letters: `s`, `By`, `1`.
    pub unit: Option<Symbol>,
    /// How its values behave.
    pub kind: MetricKind,
    /// Which part of the metric.
    pub part: Part,
    /// Kept labels, by key.
    pub labels: Vec<(Symbol, Symbol)>,
    /// Tells series apart that differ only in labels that are not kept; 0 without such labels.
    pub withheld: u64,
}

impl Series {
    /// The kept label called `key`.
    #[must_use]
    pub fn label<'n>(&self, key: &str, names: &'n Names) -> Option<&'n str> {
        let key = names.get(key)?;
        self.labels.iter().find(|(known, _)| *known == key).map(|(_, value)| names.text(*value))
    }
}

/// A series as a reader finds it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) unit: Option<String>,
    pub(crate) kind: MetricKind,
    pub(crate) part: Part,
    pub(crate) labels: Vec<(String, String)>,
}

impl Draft {
    /// The series in `names`, new or known.
    pub(crate) fn intern(mut self, names: &mut Names) -> SeriesId {
        self.labels.sort_unstable();
        self.labels.dedup_by(|a, b| a.0 == b.0);
        let mut withheld = 0;
        let mut labels = Vec::with_capacity(self.labels.len());
        for (key, value) in &self.labels {
            if is_allowed(key) {
                let redacted = crate::redact::operation(value);
                if redacted != value.as_str() {
                    withheld = mix(mix(withheld, key), value);
                }
                labels.push((names.intern(key), names.intern(&redacted)));
            } else {
                withheld = mix(mix(withheld, key), value);
            }
        }
        let Self { name, unit, kind, part, .. } = self;
        let name = names.intern(&name);
        let unit = unit.filter(|unit| !unit.is_empty()).map(|unit| names.intern(&unit));
        names.intern_series(Series { name, unit, kind, part, labels, withheld })
    }

    /// Splits `_bucket`, `_sum` and `_count` off the name, where the labels or `family` show that
    /// it is a part of a distribution.
    pub(crate) fn split_part(&mut self, is_distribution: bool) {
        let take = |labels: &mut Vec<(String, String)>, key: &str| {
            let at = labels.iter().position(|(known, _)| known == key)?;
            let value = labels[at].1.trim().parse::<f64>().ok().filter(|bound| !bound.is_nan())?;
            labels.swap_remove(at);
            Some(value)
        };
        if let Some(base) = self.name.strip_suffix("_bucket") {
            let base = base.to_owned();
            if let Some(bound) = take(&mut self.labels, "le") {
                (self.part, self.name, self.kind) =
                    (Part::Bucket(bound), base, MetricKind::Counter);
            }
        } else if let Some(share) = take(&mut self.labels, "quantile") {
            (self.part, self.kind) = (Part::Quantile(share), MetricKind::Gauge);
        } else if is_distribution {
            for (suffix, part) in [("_sum", Part::Sum), ("_count", Part::Count)] {
                if let Some(base) = self.name.strip_suffix(suffix) {
                    let base = base.to_owned();
                    (self.part, self.name, self.kind) = (part, base, MetricKind::Counter);
                    return;
                }
            }
        }
    }
}

/// Labels that name parts of a system, not people or what they typed.
fn is_allowed(key: &str) -> bool {
    const ALLOWED: [&str; 62] = [
        "action",
        "app",
        "area",
        "chart",
        "cluster",
        "code",
        "component",
        "container",
        "container_name",
        "cpu",
        "deployment",
        "destination_service",
        "destination_service_name",
        "destination_workload",
        "device",
        "direction",
        "endpoint",
        "grpc_code",
        "grpc_method",
        "grpc_service",
        "handler",
        "host.name",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http_method",
        "http_route",
        "http_status_code",
        "instance",
        "job",
        "k8s.container.name",
        "k8s.deployment.name",
        "k8s.namespace.name",
        "k8s.node.name",
        "k8s.pod.name",
        "kind",
        "method",
        "mode",
        "namespace",
        "node",
        "operation",
        "outcome",
        "pod",
        "pod_name",
        "quantile",
        "resource",
        "response_code",
        "role",
        "route",
        "service",
        "service.instance.id",
        "service.name",
        "service_name",
        "source_workload",
        "state",
        "statistic",
        "status",
        "status_code",
        "type",
        "unit",
        "workload",
        "zone",
    ];
    ALLOWED.binary_search(&key).is_ok()
}

/// FNV-1a; zero is kept for "nothing withheld".
fn mix(hash: u64, text: &str) -> u64 {
    let start = if hash == 0 { 0xcbf2_9ce4_8422_2325 } else { hash };
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().chain([0xff]).fold(start, step).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, labels: &[(&str, &str)]) -> Draft {
        let labels = labels.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        Draft { name: name.to_owned(), labels: labels.collect(), ..Draft::default() }
    }

    #[test]
    fn series_differ_by_labels_that_are_not_kept() {
        let mut names = Names::default();
        let mut id = |labels: &[(&str, &str)]| draft("up", labels).intern(&mut names);
        let (anna, otto) = (id(&[("user", "anna@shop.example")]), id(&[("user", "otto")]));
        assert_ne!(anna, otto);
        assert_eq!(id(&[("job", "a"), ("user", "x")]), id(&[("user", "x"), ("job", "a")]));
        assert!(names.get("anna@shop.example").is_none() && names.get("otto").is_none());
        assert_eq!(names.series(anna).labels, []);
        // So do those of which a part is taken out.
        let mut id = |labels: &[(&str, &str)]| draft("up", labels).intern(&mut names);
        let (one, two) = (id(&[("route", "/u/41112222")]), id(&[("route", "/u/53334444")]));
        assert_ne!(one, two);
        assert_eq!(names.series(one).labels, names.series(two).labels);
    }

    #[track_caller]
    fn check(name: &str, labels: &[(&str, &str)], distribution: bool, expected: (&str, Part)) {
        let mut series = draft(name, labels);
        series.split_part(distribution);
        assert_eq!((series.name.as_str(), series.part), expected);
    }

    #[test]
    fn parts_of_distributions_are_told_by_suffix_and_label() {
        check("d_bucket", &[("le", "0.5")], true, ("d", Part::Bucket(0.5)));
        check("d_bucket", &[("le", "+Inf")], false, ("d", Part::Bucket(f64::INFINITY)));
        check("coal_bucket", &[], true, ("coal_bucket", Part::Value));
        check("d_count", &[], true, ("d", Part::Count));
        check("d_count", &[], false, ("d_count", Part::Value));
        check("d", &[("quantile", "0.99")], true, ("d", Part::Quantile(0.99)));
    }
}
