//! Network flows: AWS VPC flow logs, and Hubble's JSON.
//!
//! An address of a private network stays, because facts can tell whose it is; any other becomes
//! [`EXTERNAL`].
//!
//! Source: AWS, "Flow log records"; Cilium, `api/v1/flow/flow.proto`.

use std::{io::Read, net::IpAddr};

use serde_json::Value;

use crate::{
    error::Error,
    instant::parse_instant,
    names::Symbol,
    quality::Defect,
    read::{
        intake::Intake,
        items::{self, at, text},
        lines,
    },
    record::{EXTERNAL, Flow, Record},
    source::Guarded,
};

/// The fields of version 2, in their order.
const DEFAULT: [&str; 14] = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
];

/// Whether a line is a VPC flow log's header or record.
pub(crate) fn is_vpc_flow(line: &str) -> bool {
    let words: Vec<_> = line.split_ascii_whitespace().collect();
    let is_header = words.contains(&"srcaddr") && words.contains(&"dstaddr");
    let is_record = words.len() == DEFAULT.len()
        && matches!(words[12], "ACCEPT" | "REJECT" | "-")
        && matches!(words[13], "OK" | "NODATA" | "SKIPDATA");
    is_header || is_record
}

fn address(text: &str, intake: &mut Intake<'_>) -> Option<Symbol> {
    let is_private = match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(it) => {
            it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.octets()[0] == 100 && it.octets()[1] & 0xc0 == 64
        }
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
    };
    Some(intake.names.intern(if is_private { text } else { EXTERNAL }))
}

pub(super) fn read_vpc<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    let mut header: Vec<String> = DEFAULT.map(str::to_owned).into();
    lines::read(content, intake, &mut |line, place, intake| {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        if words.contains(&"srcaddr") {
            header = words.into_iter().map(str::to_owned).collect();
            return Ok(());
        }
        if words.len() != header.len() {
            intake.reject(Defect::FieldCount, place);
            return Ok(());
        }
        let field = |name: &str| {
            let at = header.iter().position(|known| known == name)?;
            Some(words[at]).filter(|word| *word != "-")
        };
        // Minutes without traffic are no flows, and no defects either.
        if matches!(field("log-status"), Some("NODATA" | "SKIPDATA")) {
            return Ok(());
        }
        let number = |name: &str| field(name).and_then(|word| word.parse::<u64>().ok());
        let seconds = |name: &str| number(name).and_then(|s| s.checked_mul(1_000_000_000));
        let (Some(start_ns), Some(end_ns)) = (seconds("start"), seconds("end")) else {
            intake.reject(Defect::Time, place);
            return Ok(());
        };
        if end_ns < start_ns {
            intake.reject(Defect::EndsBeforeStart, place);
            return Ok(());
        }
        let source = field("srcaddr").and_then(|it| address(it, intake));
        let destination = field("dstaddr").and_then(|it| address(it, intake));
        let (Some(source), Some(destination)) = (source, destination) else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let port = |name: &str| number(name).and_then(|port| u16::try_from(port).ok());
        let (source_port, destination_port) = (port("srcport"), port("dstport"));
        let flow = Flow {
            start_ns,
            end_ns,
            source,
            destination,
            source_port,
            destination_port,
            protocol: number("protocol").and_then(|it| u8::try_from(it).ok()),
            bytes: number("bytes"),
            packets: number("packets"),
            accepted: field("action") != Some("REJECT"),
            // The side that listens has the lower port, but for rare services.
            reply: source_port.zip(destination_port).is_some_and(|(from, to)| from < to),
        };
        intake.hand_on(Record::Flow(flow), Some(start_ns))
    })
}

pub(super) fn read_hubble<R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), Error> {
    items::read(content, &[], intake, &mut |item: Value, place, intake| {
        let flow = item.get("flow").unwrap_or(&item);
        // Lines of lost events and of nodes stand between the flows.
        if flow.get("verdict").is_none() && flow.get("IP").is_none() {
            return Ok(());
        }
        let time = text(flow, &["time"]).or_else(|| text(&item, &["time"]));
        let time = time.and_then(|text| parse_instant(text.as_bytes(), None).ok());
        let Some(time) = time else {
            intake.reject(Defect::Time, place);
            return Ok(());
        };
        let mut end = |side: &str, ip: &str| {
            let of = |path: &[&str]| at(flow, path).and_then(Value::as_str);
            let workload =
                at(flow, &[side, "workloads"]).and_then(|it| text(it.get(0)?, &["name"]));
            let pod = of(&[side, "pod_name"]).map(crate::pod::service_of_pod);
            match workload.or(pod).filter(|name| !name.is_empty()) {
                Some(name) => Some(intake.names.intern(name)),
                None => of(&["IP", ip]).and_then(|text| address(text, intake)),
            }
        };
        let (source, destination) = (end("source", "source"), end("destination", "destination"));
        let (Some(source), Some(destination)) = (source, destination) else {
            intake.reject(Defect::Malformed, place);
            return Ok(());
        };
        let known = [("TCP", 6), ("UDP", 17), ("SCTP", 132), ("ICMPv4", 1), ("ICMPv6", 58)];
        let layer =
            known.iter().find_map(|(name, number)| Some((at(flow, &["l4", name])?, *number)));
        let port = |key: &str| layer.and_then(|(of, _)| u16::try_from(of.get(key)?.as_u64()?).ok());
        let flow = Flow {
            start_ns: time.ns,
            end_ns: time.ns,
            source,
            destination,
            source_port: port("source_port"),
            destination_port: port("destination_port"),
            protocol: layer.map(|(_, number)| number),
            bytes: None,
            packets: None,
            accepted: text(flow, &["verdict"]).is_none_or(|verdict| verdict != "DROPPED"),
            reply: flow.get("is_reply").and_then(Value::as_bool).unwrap_or(false),
        };
        intake.hand_on(Record::Flow(flow), Some(time.ns))
    })
}
