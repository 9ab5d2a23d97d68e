//! Columns of a CSV file: which of them holds what of a span.

use std::fmt;

use crate::{error::Error, instant::TimeUnit};

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The trace's id.
    Trace,
    /// The span's id.
    Span,
    /// The id of the parent span.
    Parent,
    /// The service.
    Service,
    /// The pod, process or host.
    Instance,
    /// The operation.
    Operation,
    /// The start.
    Start,
    /// The end.
    End,
    /// From start to end.
    Duration,
    /// Client, server, and so on.
    Kind,
    /// How it went.
    Status,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Trace,
        Self::Span,
        Self::Parent,
        Self::Service,
        Self::Instance,
        Self::Operation,
        Self::Start,
        Self::End,
        Self::Duration,
        Self::Kind,
        Self::Status,
    ];

    /// The name that a mapping calls it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Span => "span",
            Self::Parent => "parent",
            Self::Service => "service",
            Self::Instance => "instance",
            Self::Operation => "operation",
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Kind => "kind",
            Self::Status => "status",
        }
    }

    /// Headers that mean this column, the surest first, as [`normal`] makes them.
    const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Trace => &["traceid", "trace"],
            Self::Span => &["spanid", "span"],
            Self::Parent => {
                &["parentspanid", "parentid", "parentspan", "parent", "spanparentid", "pspanid"]
            }
            Self::Service => {
                &["servicename", "service", "resourceservicename", "processservicename", "svc"]
            }
            Self::Instance => &[
                "podname",
                "k8spodname",
                "pod",
                "serviceinstanceid",
                "instanceid",
                "instancename",
                "instance",
                "cmdbid",
                "containername",
                "container",
                "hostname",
                "host",
            ],
            Self::Operation => {
                &["operationname", "operation", "spanname", "methodname", "name", "endpoint"]
            }
            Self::Start => &[
                "starttime",
                "start",
                "startts",
                "starttimestamp",
                "begintime",
                "begin",
                "timestamp",
                "time",
            ],
            Self::End => &["endtime", "end", "endts", "endtimestamp", "finishtime", "stoptime"],
            Self::Duration => &["duration", "elapsed", "elapsedtime", "latency"],
            Self::Kind => &["spankind", "kind"],
            Self::Status => &[
                "otelstatuscode",
                "spanstatuscode",
                "statuscode",
                "spanstatus",
                "status",
                "iserror",
                "error",
            ],
        }
    }

    const fn is_time(self) -> bool {
        matches!(self, Self::Start | Self::End | Self::Duration)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Columns that the user names, because their headers are not known ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnMap(Vec<(Column, String)>);

impl ColumnMap {
    /// Adds one pair such as `trace=request_id`; a later one for the same column wins.
    ///
    /// # Errors
    /// [`Error::Mapping`]: no `=`, nothing beside it, or an unknown left side.
    pub fn add(&mut self, text: &str) -> Result<(), Error> {
        let fault = |reason: String| Error::Mapping { text: text.to_owned(), reason };
        let (what, header) =
            text.split_once('=').ok_or_else(|| fault("it has no `=`".to_owned()))?;
        let (what, header) = (what.trim(), header.trim());
        let column =
            Column::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(what));
        let Some(column) = column else {
            let known = Column::ALL.map(Column::name).join(", ");
            return Err(fault(format!("`{what}` is none of {known}")));
        };
        if header.is_empty() {
            return Err(fault("it names no column".to_owned()));
        }
        self.0.retain(|(known, _)| *known != column);
        self.0.push((column, header.to_owned()));
        Ok(())
    }

    fn get(&self, column: Column) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == column).map(|(_, header)| header.as_str())
    }
}

/// Positions of the columns in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) trace: usize,
    pub(crate) span: usize,
    pub(crate) parent: usize,
    pub(crate) service: Option<usize>,
    pub(crate) instance: Option<usize>,
    pub(crate) operation: usize,
    pub(crate) start: TimeColumn,
    pub(crate) end: Option<TimeColumn>,
    pub(crate) duration: Option<TimeColumn>,
    pub(crate) kind: Option<usize>,
    pub(crate) status: Option<usize>,
    /// The status column says whether there was an error, not how it went.
    pub(crate) status_is_flag: bool,
    /// The columns in use, by header.
    pub(crate) used: Vec<(Column, String)>,
}

/// A column of times, and the unit that its header states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeColumn {
    pub(crate) at: usize,
    pub(crate) unit: Option<TimeUnit>,
}

impl Layout {
    /// Finds the columns in a header row.
    ///
    /// # Errors
    /// [`Error::Columns`]: a column that a span needs is not there.
    pub(crate) fn find(file: &str, headers: &[String], map: &ColumnMap) -> Result<Self, Error> {
        let mut used = Vec::new();
        let mut find = |column: Column| {
            let found = position(column, headers, map);
            if let Some(found) = found {
                used.push((column, headers[found.at].clone()));
            }
            found
        };
        let [trace, span, parent, service, instance, operation, start, end, duration, kind, status] =
            Column::ALL.map(&mut find);
        let mut missing = Vec::new();
        let mut need = |column: Column, found: Option<TimeColumn>, words: &'static str| {
            if found.is_none() {
                missing.push((column, words));
            }
            found
        };
        let found = (
            need(Column::Trace, trace, "the trace id"),
            need(Column::Span, span, "the span id"),
            need(Column::Parent, parent, "the parent's span id"),
            need(Column::Service, service.or(instance), "the service (or the pod)"),
            need(Column::Operation, operation, "the operation"),
            need(Column::Start, start, "the start"),
            need(Column::End, end.or(duration), "the end (or the duration)"),
        );
        let (Some(trace), Some(span), Some(parent), Some(_), Some(operation), Some(start), Some(_)) =
            found
        else {
            return Err(missing_columns(file, headers, map, &missing));
        };
        Ok(Self {
            trace: trace.at,
            span: span.at,
            parent: parent.at,
            service: service.map(|column| column.at),
            instance: instance.map(|column| column.at),
            operation: operation.at,
            start,
            end,
            duration,
            kind: kind.map(|column| column.at),
            status: status.map(|column| column.at),
            status_is_flag: status
                .is_some_and(|column| matches!(&*normal(&headers[column.at]), "error" | "iserror")),
            used,
        })
    }
}

fn missing_columns(
    file: &str,
    headers: &[String],
    map: &ColumnMap,
    missing: &[(Column, &'static str)],
) -> Error {
    let words = missing.iter().map(|(column, words)| match map.get(*column) {
        Some(header) => format!("{words} (`{header}` is not there)"),
        None => (*words).to_owned(),
    });
    let shown = headers.iter().take(40).map(|header| header.chars().take(40).collect::<String>());
    let mut found = shown.collect::<Vec<_>>().join(", ");
    if headers.len() > 40 {
        found.push_str(", …");
    }
    let example = missing.first().map_or("trace", |(column, _)| column.name());
    Error::Columns {
        file: file.to_owned(),
        missing: words.collect::<Vec<_>>().join(", "),
        found,
        example: format!("{example}=COLUMN"),
    }
}

fn position(column: Column, headers: &[String], map: &ColumnMap) -> Option<TimeColumn> {
    if let Some(wanted) = map.get(column) {
        let exact = headers.iter().position(|header| header.trim() == wanted);
        let at =
            exact.or_else(|| headers.iter().position(|header| normal(header) == normal(wanted)))?;
        let unit = if column.is_time() { suffix_unit(&normal(wanted)).1 } else { None };
        return Some(TimeColumn { at, unit });
    }
    let known = headers.iter().map(|header| {
        let header = normal(header);
        match suffix_unit(&header) {
            (base, unit) if column.is_time() && unit.is_some() => (base.to_owned(), unit),
            _ => (header, None),
        }
    });
    let known: Vec<_> = known.collect();
    column.headers().iter().find_map(|wanted| {
        let at = known.iter().position(|(header, _)| header == wanted)?;
        Some(TimeColumn { at, unit: known[at].1 })
    })
}

/// A header without case and separators: `Trace_ID`, `traceId` and `trace.id` are all `traceid`.
fn normal(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Splits the unit off a normal header: `starttimeunixnano` is `starttime` in nanoseconds.
fn suffix_unit(header: &str) -> (&str, Option<TimeUnit>) {
    let suffixes = [
        ("nanoseconds", TimeUnit::Nanoseconds),
        ("nanos", TimeUnit::Nanoseconds),
        ("nano", TimeUnit::Nanoseconds),
        ("ns", TimeUnit::Nanoseconds),
        ("microseconds", TimeUnit::Microseconds),
        ("micros", TimeUnit::Microseconds),
        ("micro", TimeUnit::Microseconds),
        ("us", TimeUnit::Microseconds),
        ("µs", TimeUnit::Microseconds),
        ("milliseconds", TimeUnit::Milliseconds),
        ("millis", TimeUnit::Milliseconds),
        ("milli", TimeUnit::Milliseconds),
        ("ms", TimeUnit::Milliseconds),
        ("seconds", TimeUnit::Seconds),
        ("sec", TimeUnit::Seconds),
        ("s", TimeUnit::Seconds),
    ];
    for (suffix, unit) in suffixes {
        if let Some(base) = header.strip_suffix(suffix) {
            let base = base.strip_suffix("unix").unwrap_or(base);
            return (
                base.strip_suffix("in").filter(|base| *base != "beg").unwrap_or(base),
                Some(unit),
            );
        }
    }
    (header, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str, map: &[&str]) -> Result<Layout, Error> {
        let headers: Vec<_> = header.split(',').map(str::to_owned).collect();
        let mut columns = ColumnMap::default();
        for pair in map {
            columns.add(pair).unwrap();
        }
        Layout::find("spans.csv", &headers, &columns)
    }

    /// Positions of trace, span, parent, operation, start, and the unit of start and duration.
    #[track_caller]
    fn check(header: &str, positions: [usize; 5], units: [Option<TimeUnit>; 2]) {
        let layout = layout(header, &[]).unwrap();
        let Layout { trace, span, parent, operation, start, duration, .. } = layout;
        assert_eq!([trace, span, parent, operation, start.at], positions);
        assert_eq!([start.unit, duration.and_then(|column| column.unit)], units);
    }

    #[test]
    fn known_headers_are_found_in_any_spelling_and_order() {
        check(
            "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration",
            [0, 1, 2, 4, 5],
            [Some(TimeUnit::Nanoseconds), None],
        );
        check(
            "duration_ms,start_time,name,service.name,parent_span_id,span_id,trace_id",
            [6, 5, 4, 2, 1],
            [None, Some(TimeUnit::Milliseconds)],
        );
        check(
            "timestamp,cmdb_id,span_id,trace_id,durationNano,operation_name,parent_span",
            [3, 2, 6, 5, 0],
            [None, Some(TimeUnit::Nanoseconds)],
        );
    }

    #[test]
    fn named_columns_win() {
        let layout = layout(
            "a,b,c,svc,op,start,took_us",
            &["trace=a", "span=B", "parent=c", "operation=op", "duration=took_us"],
        );
        let layout = layout.unwrap();
        assert_eq!((layout.trace, layout.span, layout.parent), (0, 1, 2));
        let duration = TimeColumn { at: 6, unit: Some(TimeUnit::Microseconds) };
        assert_eq!(layout.duration, Some(duration));
        assert_eq!(layout.used[0], (Column::Trace, "a".to_owned()));
    }

    #[test]
    fn missing_columns_are_listed_with_what_is_there() {
        let error = layout("TraceID,when,what", &["span=nope"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "spans.csv: no column for the span id (`nope` is not there), the parent's span id, the \
             service (or the pod), the operation, the start, the end (or the duration); the columns \
             are: TraceID, when, what; name the right one with `--map`, for example `--map span=COLUMN`"
        );
    }

    #[test]
    fn a_bad_mapping_says_what_is_wrong() {
        let add = |text| ColumnMap::default().add(text).unwrap_err().to_string();
        assert!(add("trace").contains("no `=`"));
        assert!(add("trace= ").contains("names no column"));
        assert!(add("colour=a").contains("`colour` is none of trace, span"));
    }
}
