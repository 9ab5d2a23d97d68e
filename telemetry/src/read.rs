//! Reading files: detection, then one reader per format, records handed on as they come.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    columns::ColumnMap,
    error::Error,
    format::{self, Content, Format},
    names::Names,
    quality::ReadSummary,
    record::{Kind, Record},
    source::{self, Compression, Guarded, Progress},
    span::Span,
};

mod access;
mod alerts;
mod attributes;
mod csv;
mod event_list;
mod facts;
mod flows;
mod fortio;
mod intake;
mod items;
mod jaeger;
mod jmeter;
mod json;
mod k6;
mod kubernetes_events;
mod levels_csv;
mod lines;
mod locust;
mod measurements_csv;
mod metrics_csv;
mod nginx_status;
mod node;
mod otlp;
mod parquet;
mod prometheus;
mod protobuf;
mod requests_csv;
mod table;
#[cfg(test)]
mod tests;
mod zipkin;

pub(crate) use access::is_access_log;
pub(crate) use flows::is_vpc_flow;
use intake::Intake;
pub(crate) use levels_csv::is_header as is_levels;
pub(crate) use measurements_csv::is_header as is_measurements;
pub(crate) use prometheus::is_sample as is_prometheus_sample;

/// How to read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOptions {
    /// The format that the content must have; none: whatever it shows.
    pub format: Option<Format>,
    /// CSV and Parquet: columns that the user names.
    pub map: ColumnMap,
    /// The largest share of records that may be unusable.
    pub max_bad_share: f64,
    /// Compose: the file of environment variables; none: `.env` beside the file, as Compose does,
    /// or a file of the same name that ends in `.env`.
    pub environment: Option<PathBuf>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        let map = ColumnMap::default();
        Self { format: None, map, max_bad_share: 0.1, environment: None }
    }
}

/// Reads spans from the file at `path` and gives each to `sink`, in the order of the file.
///
/// Memory holds one record (of CSV), one batch (of Parquet), one trace (of Jaeger) or the spans of
/// one resource (of OTLP) at a time, besides the names. The format and the compression are told by
/// the content. The sink may return [`Error::Interrupted`] to stop.
///
/// # Errors
/// See [`Error`]. A file that is cut, damaged, without spans or mostly unusable is an error, never
/// a short success.
pub fn read(
    path: &Path,
    options: &ReadOptions,
    names: &mut Names,
    sink: &mut dyn FnMut(Span) -> Result<(), Error>,
) -> Result<ReadSummary, Error> {
    let summary = read_records(path, options, names, &mut |record| match record {
        Record::Span(span) => sink(span),
        _ => Ok(()),
    })?;
    only_spans(&path.display().to_string(), summary)
}

/// Reads spans from `reader`, as [`read`] does; `file` is its name in errors.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    reader: impl Read,
    file: &str,
    options: &ReadOptions,
    names: &mut Names,
    sink: &mut dyn FnMut(Span) -> Result<(), Error>,
) -> Result<ReadSummary, Error> {
    let summary = read_records_from(reader, file, options, names, &mut |record| match record {
        Record::Span(span) => sink(span),
        _ => Ok(()),
    })?;
    only_spans(file, summary)
}

fn only_spans(file: &str, summary: ReadSummary) -> Result<ReadSummary, Error> {
    match summary.kinds.first() {
        Some(&(found, _)) if summary.spans == 0 => {
            let (file, format) = (file.to_owned(), summary.format);
            Err(Error::OtherKind { file, wanted: Kind::Spans, format, found })
        }
        _ => Ok(summary),
    }
}

/// Reads the file at `path`, whatever known format it has, and gives each record to `sink`.
///
/// Memory is bounded as in [`read`]: one line, one element of a list, or, for files of facts, which
/// people write, the whole file (up to 256 MiB).
///
/// # Errors
/// As [`read`].
pub fn read_records(
    path: &Path,
    options: &ReadOptions,
    names: &mut Names,
    sink: &mut dyn FnMut(Record) -> Result<(), Error>,
) -> Result<ReadSummary, Error> {
    let name = path.display().to_string();
    let failed = |reason| Error::Io { file: name.clone(), reason };
    let mut file = File::open(path).map_err(failed)?;
    if path.is_dir() {
        return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    if parquet::is_parquet(&mut file).map_err(failed)? {
        let progress = Progress::default();
        let summary = ReadSummary::new(Compression::None);
        let mut intake = Intake::new(&name, &progress, summary, names, sink);
        match options.format {
            Some(wanted) if wanted != Format::Parquet => {
                return Err(refuse(&name, not_as_asked(wanted, Format::Parquet)));
            }
            _ => parquet::read(file, options, &mut intake)?,
        }
        return intake.finish(options.max_bad_share);
    }
    let mut options = options.clone();
    if options.environment.is_none() {
        options.environment = facts::environment_beside(path);
    }
    read_records_from(file, &name, &options, names, sink)
}

/// Reads records from `reader`, as [`read_records`] does; `file` is its name in errors.
///
/// # Errors
/// As [`read`]. Parquet is read from its end and therefore only by [`read_records`].
pub fn read_records_from(
    reader: impl Read,
    file: &str,
    options: &ReadOptions,
    names: &mut Names,
    sink: &mut dyn FnMut(Record) -> Result<(), Error>,
) -> Result<ReadSummary, Error> {
    let progress = Progress::default();
    let opened = source::open(reader);
    let (compression, head, content) =
        opened.map_err(|error| intake::io_error(file, intake::FIRST, error))?;
    let mut intake = Intake::new(file, &progress, ReadSummary::new(compression), names, sink);
    let mut content = Guarded::new(content, &progress);
    if head.starts_with(format::BYTE_ORDER_MARK) {
        let skipped = content.read_exact(&mut [0; 3]);
        skipped.map_err(|error| intake.io_error(error))?;
    }
    let format = match choose(&head, options) {
        Ok(format) => format,
        Err(None) => return Err(Error::Empty { file: file.to_owned() }),
        Err(Some(found)) => return Err(refuse(file, found)),
    };
    dispatch(format, content, &head, options, &mut intake)?;
    intake.finish(options.max_bad_share)
}

/// The format to read as; none stands for JSON of spans, whose keys will tell. Errors say what the
/// content is instead; without words it is empty.
fn choose(head: &[u8], options: &ReadOptions) -> Result<Option<Format>, Option<String>> {
    let found = format::content(head);
    let is_text_table = matches!(found, Content::Known(format) if is_table(format));
    match (found, options.format) {
        (Content::Empty, _) => Err(None),
        (Content::Foreign(words), _) => Err(Some(format!("it is {words}"))),
        (Content::Json, Some(Format::Csv)) => Err(Some("CSV was asked for, it is JSON".into())),
        // The reader of JSON looks further than the first bytes.
        (
            Content::Json | Content::Known(Format::Jaeger | Format::Otlp),
            None | Some(Format::Jaeger | Format::Otlp),
        ) => Ok(None),
        (Content::Json, Some(wanted)) => Ok(Some(wanted)),
        (_, Some(Format::Csv)) if is_text_table => Ok(Some(Format::Csv)),
        (_, None) if is_text_table && options.map != ColumnMap::default() => Ok(Some(Format::Csv)),
        (Content::Known(found), Some(wanted)) if found != wanted => {
            Err(Some(not_as_asked(wanted, found)))
        }
        (Content::Known(found), _) => Ok(Some(found)),
    }
}

const fn is_table(format: Format) -> bool {
    matches!(
        format,
        Format::Csv
            | Format::MetricsCsv
            | Format::EventsCsv
            | Format::RequestsCsv
            | Format::K6Csv
            | Format::LocustCsv
            | Format::JmeterCsv
            | Format::FortioCsv
            | Format::MeasurementsCsv
    )
}

fn not_as_asked(wanted: Format, found: Format) -> String {
    if is_table(found) && matches!(wanted, Format::Jaeger | Format::Otlp | Format::Zipkin) {
        return format!("{wanted} was asked for, but it does not begin like JSON");
    }
    format!("{wanted} was asked for, it is {found}")
}

fn refuse(file: &str, found: String) -> Error {
    Error::UnknownFormat { file: file.to_owned(), found }
}

fn dispatch<R: Read>(
    format: Option<Format>,
    content: Guarded<'_, R>,
    head: &[u8],
    options: &ReadOptions,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let Some(format) = format else { return json::read(content, options, intake) };
    intake.summary.format = format;
    match format {
        Format::Csv => csv::read(content, head, options, intake),
        Format::Jaeger | Format::Otlp => json::read(content, options, intake),
        Format::Parquet => Err(refuse(
            intake.file,
            "it is a Parquet file, which is read from its end: unpack it and give it as a file"
                .to_owned(),
        )),
        Format::OtlpProtobuf => protobuf::read(content, intake),
        Format::Zipkin => zipkin::read(content, intake),
        Format::Kubernetes
        | Format::Compose
        | Format::Terraform
        | Format::Kiali
        | Format::JaegerDependencies => facts::read(format, content, options, intake),
        Format::PrometheusText => prometheus::read_text(content, intake),
        Format::PrometheusQuery => prometheus::read_query(content, intake),
        Format::MetricsCsv => metrics_csv::read(content, head, intake),
        Format::NginxStatus => nginx_status::read(content, intake),
        Format::KubernetesEvents => kubernetes_events::read(content, intake),
        Format::Alerts => alerts::read(content, intake),
        Format::EventsCsv => event_list::read_csv(content, head, intake),
        Format::EventsJson => event_list::read_json(content, intake),
        Format::AccessLog => access::read_text(content, intake),
        Format::AccessLogJson => access::read_json(content, intake),
        Format::RequestsCsv => requests_csv::read(content, head, intake),
        Format::K6Csv => k6::read_csv(content, head, intake),
        Format::K6Stream => k6::read_stream(content, intake),
        Format::K6Summary => k6::read_summary(content, intake),
        Format::LocustCsv => locust::read(content, head, intake),
        Format::JmeterCsv => jmeter::read(content, head, intake),
        Format::FortioCsv => fortio::read(content, head, intake),
        Format::MeasurementsCsv => measurements_csv::read(content, head, intake),
        Format::VpcFlow => flows::read_vpc(content, intake),
        Format::Hubble => flows::read_hubble(content, intake),
    }
}

impl Intake<'_> {
    fn io_error(&self, error: io::Error) -> Error {
        intake::io_error(self.file, self.place(), error)
    }
}
