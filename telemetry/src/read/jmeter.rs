//! JMeter's results as CSV (`.jtl`). Addresses and messages are not kept; labels are.
//! Each thread is one person, for as long as it runs.
//!
//! Source: Apache JMeter, "Listeners", "CSV Log format".

use std::io::Read;

use crate::{
    error::Error,
    instant::TimeUnit,
    read::{intake::Intake, table},
    record::{Record, Request},
    source::Guarded,
    who::Who,
};

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    table::read(content, head, intake, &mut |row, _, intake| {
        let time = row.instant(&["timestamp"]);
        let duration = row.duration(&["elapsed"], TimeUnit::Milliseconds);
        let (start_ns, duration_ns) = match (time, duration) {
            (Ok(start), Ok(duration)) => (start, duration),
            (Err(defect), _) | (_, Err(defect)) => return Ok(Err(defect)),
        };
        // Words such as "Non HTTP response code" stand where no answer came.
        let status = row.text(&["responsecode"]).and_then(|code| code.parse().ok());
        let status = status.filter(|code| (100..600).contains(code));
        let ok = match row.text(&["success"]) {
            Some(word) => word.eq_ignore_ascii_case("true"),
            None => status.is_some_and(|code| code < 400),
        };
        let request = Request {
            start_ns,
            duration_ns,
            upstream_ns: None,
            operation: intake.operation(row.text(&["label"]).unwrap_or("unknown")),
            service: None,
            status,
            ok,
            users: row.number(&["allthreads"]).map(|users| users as u32),
            bytes: row.number(&["bytes"]).map(|bytes| bytes as u64),
            request_bytes: row.number(&["sentbytes"]).map(|bytes| bytes as u64),
            who: Who::of(row.text(&["threadname"])),
        };
        intake.hand_on(Record::Request(request), Some(start_ns)).map(Ok)
    })
}
