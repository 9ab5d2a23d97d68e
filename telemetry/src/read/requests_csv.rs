//! Tables of requests: when, what, how long, with which status.

use std::io::Read;

use crate::{
    error::Error,
    instant::TimeUnit,
    quality::Defect,
    read::{intake::Intake, table},
    record::{Record, Request},
    source::Guarded,
    who::Who,
};

/// Columns that tell people apart, the best first.
const PEOPLE: [&str; 8] =
    ["sessionid", "session", "userid", "user", "thread", "vu", "clientip", "remoteaddr"];

pub(super) fn read<R: Read>(
    content: Guarded<'_, R>,
    head: &[u8],
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    table::read(content, head, intake, &mut |row, _, intake| {
        let time = row.instant(&[
            "timestamp",
            "time",
            "ts",
            "date",
            "datetime",
            "start",
            "starttime",
            "startedat",
        ]);
        let names = ["duration", "latency", "elapsed", "responsetime"];
        let duration = row.duration(&names, TimeUnit::Milliseconds);
        let (start_ns, duration_ns) = match (time, duration) {
            (Ok(start), Ok(duration)) => (start, duration),
            (Err(defect), _) | (_, Err(defect)) => return Ok(Err(defect)),
        };
        let code = row.text(&["status", "statuscode", "responsecode", "code"]);
        let status = match code.map(str::parse::<u16>) {
            // 0 is what clients write when no answer came.
            Some(Ok(0)) => None,
            Some(Ok(code)) if !(100..600).contains(&code) => return Ok(Err(Defect::HttpStatus)),
            code => code.and_then(Result::ok),
        };
        let said = row
            .text(&["success", "ok"])
            .map(|word| word.eq_ignore_ascii_case("true") || word == "1");
        let by_status = status.map_or(code != Some("0"), |code| code < 500);
        let what =
            row.text(&["endpoint", "operation", "route", "path", "url", "uri", "label", "name"]);
        let what = what.unwrap_or("unknown");
        let operation = match row.text(&["method"]) {
            Some(method) => format!("{method} {what}"),
            None => what.to_owned(),
        };
        let request = Request {
            start_ns,
            duration_ns,
            upstream_ns: None,
            operation: intake.operation(&operation),
            service: row.text(&["service"]).map(|name| intake.names.intern(name)),
            status,
            ok: said.unwrap_or(by_status),
            users: row.number(&["users", "vus"]).map(|users| users as u32),
            bytes: row.number(&["bytes", "size"]).map(|bytes| bytes as u64),
            request_bytes: row.number(&["requestbytes"]).map(|bytes| bytes as u64),
            who: Who::of(PEOPLE.iter().find_map(|column| row.text(&[column]))),
        };
        intake.hand_on(Record::Request(request), Some(start_ns)).map(Ok)
    })
}
