//! Columns of a CSV file: which of them holds what of a span.

use std::fmt;

use crate::error::Error;

mod layout;

pub(crate) use layout::{Layout, TimeColumn};

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

    /// Headers that mean this column, the surest first, without case and separators.
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

    /// The columns that were named, each with its header.
    pub fn iter(&self) -> impl Iterator<Item = (Column, &str)> {
        self.0.iter().map(|(column, header)| (*column, header.as_str()))
    }

    fn get(&self, column: Column) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == column).map(|(_, header)| header.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_mapping_says_what_is_wrong() {
        let add = |text| ColumnMap::default().add(text).unwrap_err().to_string();
        assert!(add("trace").contains("no `=`"));
        assert!(add("trace= ").contains("names no column"));
        assert!(add("colour=a").contains("`colour` is none of trace, span"));
    }
}
