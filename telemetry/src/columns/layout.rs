//! Finding the columns of spans in a header row.

use crate::{
    columns::{Column, ColumnMap},
    error::Error,
    instant::TimeUnit,
};

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
        let alike = || headers.iter().position(|header| normal(header) == normal(wanted));
        let at = exact.or_else(alike)?;
        let unit = if column.is_time() { stated_unit(&normal(wanted)).1 } else { None };
        return Some(TimeColumn { at, unit });
    }
    let headers: Vec<_> = headers.iter().map(|header| normal(header)).collect();
    let plain = column.headers().iter().find_map(|wanted| {
        let at = headers.iter().position(|header| header == wanted)?;
        Some(TimeColumn { at, unit: None })
    });
    let with_unit = || {
        let bases: Vec<_> = headers.iter().map(|header| stated_unit(header)).collect();
        column.headers().iter().find_map(|wanted| {
            let at = bases.iter().position(|(base, unit)| unit.is_some() && base == wanted)?;
            Some(TimeColumn { at, unit: bases[at].1 })
        })
    };
    plain.or_else(|| if column.is_time() { with_unit() } else { None })
}

/// A header without case and separators: `Trace_ID`, `traceId` and `trace.id` are all `traceid`.
fn normal(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Splits the unit off a normal header: `starttimeunixnano` is `starttime` in nanoseconds.
fn stated_unit(header: &str) -> (&str, Option<TimeUnit>) {
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
            // `duration in ms`; but "begin" is a word of its own.
            let base = base.strip_suffix("in").filter(|rest| *rest != "beg").unwrap_or(base);
            return (base, Some(unit));
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
    fn a_header_s_last_letters_may_or_may_not_be_a_unit() {
        let (s, ms) = (Some(TimeUnit::Seconds), Some(TimeUnit::Milliseconds));
        check("trace,span,parent,svc,op_,operation,start_ts,elapsed_s", [0, 1, 2, 5, 6], [None, s]);
        check("trace,span,parent,svc,_,name,begin_ms,duration in ms", [0, 1, 2, 5, 6], [ms, ms]);
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
}
