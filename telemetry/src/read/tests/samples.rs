//! One small file of every format, what each gives, and what none may give away.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::Database;

/// What a user typed stands in every sample, where its format could carry it.
const PRIVATE: [&str; 3] = ["anna", "4111222233334444", "203.0.113.9"];

const SAMPLES: [(Format, &str); 28] = [
    (
        Format::Csv,
        "trace,span,parent,service,operation,start_ns,end_ns\n1,2,root,cart,GET /u/anna@x.example?card=4111222233334444,5,9\n",
    ),
    (
        Format::Jaeger,
        r#"{"data":[{"traceID":"a","spans":[{"spanID":"b","operationName":"SELECT * FROM shop.t WHERE u='anna'","startTime":1,"duration":2,"tags":[{"key":"user","value":"anna"}],"logs":[{"fields":[{"key":"event","value":"4111222233334444"}]}],"processID":"p"}],"processes":{"p":{"serviceName":"s"}}}]}"#,
    ),
    (
        Format::Zipkin,
        r#"[{"traceId":"a","id":"b","name":"get /pay/4111222233334444","timestamp":1,"duration":2,"localEndpoint":{"serviceName":"s"},"tags":{"error":"card of anna declined","user":"anna"}}]"#,
    ),
    (
        Format::Otlp,
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}},{"key":"owner","value":{"stringValue":"anna"}}]},"scopeSpans":[{"spans":[{"traceId":"0000000000000000000000000000000a","spanId":"000000000000000b","name":"o","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}],
"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeMetrics":[{"metrics":[
{"name":"lat","unit":"ms","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"5","count":"3","sum":9.5,"bucketCounts":["1","2"],"explicitBounds":[4],"attributes":[{"key":"user","value":{"stringValue":"anna"}}]}]}},
{"name":"exp","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"5","count":"4","sum":9,"scale":0,"zeroCount":"1","positive":{"offset":1,"bucketCounts":["1","0","2"]}}]}},
{"name":"n","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"5","asInt":"7"}]}}]}]}],
"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"9","severityNumber":17,"traceId":"0000000000000000000000000000000a","body":{"stringValue":"anna paid with 4111222233334444"},"attributes":[{"key":"exception.type","value":{"stringValue":"Timeout"}}]}]}]}]}"#,
    ),
    (
        Format::PrometheusText,
        "# HELP d Time.\n# TYPE d histogram\n# UNIT d seconds\nd_bucket{le=\"0.5\",handler=\"/u/4111222233334444\",user=\"anna\"} 3 # {trace_id=\"4111222233334444\"} 0.4\nd_bucket{le=\"+Inf\",handler=\"/a\"} 4\nd_sum{handler=\"/a\"} 1.5\nd_count{handler=\"/a\"} 4\n# TYPE up gauge\nup{job=\"cart\"} 1 1700000000000\nup{job=\"cart\"} 1 1700000000000\nodd{job=\"c\\\"d\"} NaN\n# EOF\n",
    ),
    (
        Format::PrometheusQuery,
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"cpu","pod":"cart-0","user":"anna"},"values":[[1700000000,"0.5"],[1700000060,"0.6"],[1700000120,"0.7"],[1700000300,"x"],[1700000300,"0.4"]]}]}}"#,
    ),
    (
        Format::MetricsCsv,
        "timestamp,metric,value,pod,user\n1700000000,cpu,0.5,cart-0,anna\n1700000060,cpu,zzz,cart-0,anna\n1700000120,cpu,0.25,cart-0,anna\n",
    ),
    (
        Format::NginxStatus,
        r#"{"version":6,"nginx_version":"1.9","timestamp":1446249499322,"connections":{"accepted":5,"active":2},"server_zones":{"shop":{"requests":9,"responses":{"5xx":1}}},"upstreams":{"cart":{"peers":[{"server":"10.0.0.1:80","requests":4,"active":1}]}}}"#,
    ),
    (
        Format::KubernetesEvents,
        r#"{"apiVersion":"v1","kind":"List","items":[{"kind":"Event","type":"Warning","reason":"OOMKilling","message":"anna's process was killed","count":3,"firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:05:00Z","involvedObject":{"kind":"Pod","name":"cart-579b9bff58-t2dbm"}},{"kind":"Event","reason":"x","involvedObject":{"kind":"Node","name":"n1"},"eventTime":"2026-01-01T00:00:00.5Z"}]}"#,
    ),
    (
        Format::Alerts,
        r#"[{"labels":{"alertname":"HighLatency","service":"cart","severity":"critical","user":"anna"},"annotations":{"summary":"4111222233334444"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:10:00Z"},{"labels":{"alertname":"b"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"}]"#,
    ),
    (
        Format::EventsCsv,
        "incident_id,service,severity,started_at,resolved_at,title\n1,cart,sev2,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,anna was here\n2,pay,sev1,2026-01-02T00:00:00Z,,4111222233334444\n3,pay,sev1,2026-01-03T00:00:00Z,2026-01-02T00:00:00Z,\n",
    ),
    (
        Format::EventsJson,
        r#"{"deployments":[{"service":"cart","version":"v2.1","deployed_at":"2026-01-01T00:00:00Z","by":"anna"},{"service":"pay","version":"v3","deployed_at":"soon"}]}"#,
    ),
    (
        Format::AccessLog,
        "203.0.113.9 - anna [17/May/2015:10:05:03 +0200] \"GET /c/4111222233334444?u=anna HTTP/1.1\" 200 203 \"http://x/anna\" \"Agent \\\"anna\\\"\" 0.250\n203.0.113.9 - - [17/May/2015:10:05:03 +0200] \"-\" 408 -\n",
    ),
    (
        Format::AccessLogJson,
        r#"{"time_iso8601":"2026-01-01T00:00:01+00:00","remote_addr":"203.0.113.9","request":"POST /pay?card=4111222233334444 HTTP/1.1","status":"502","request_time":"0.500","upstream_response_time":"0.1, 0.3","body_bytes_sent":12,"user":"anna"}
{"time_iso8601":"2026-01-01T00:00:01+00:00","request":"GET / HTTP/1.1","status":"999"}"#,
    ),
    (
        Format::RequestsCsv,
        "timestamp,method,endpoint,role,status,duration_ms\n1767245722,POST,signin,anna,200,66.928\n1767245723,POST,signin,anna,0,5\n1767245724,GET,x,anna,200,-4\n",
    ),
    (
        Format::K6Csv,
        "metric_name,timestamp,metric_value,expected_response,method,name,status,url\nvus,1700000000,35,,,,,\nhttp_req_duration,1700000001,250.5,true,GET,home,200,http://x/anna\nhttp_req_duration,1700000001,-1,true,GET,home,200,http://x/anna\nhttp_req_waiting,1700000001,2,true,GET,home,200,\n",
    ),
    (
        Format::K6Stream,
        "{\"type\":\"Metric\",\"metric\":\"http_req_duration\",\"data\":{\"type\":\"trend\"}}\n{\"type\":\"Point\",\"metric\":\"http_req_duration\",\"data\":{\"time\":\"2026-01-01T00:00:01Z\",\"value\":250,\"tags\":{\"method\":\"GET\",\"name\":\"http://x/u/4111222233334444\",\"status\":\"503\",\"user\":\"anna\"}}}\n",
    ),
    (
        Format::K6Summary,
        r#"{"root_group":{},"metrics":{"http_req_duration":{"avg":10,"min":1,"med":9,"max":50,"p(90)":20,"p(95)":30},"http_req_duration{name:home}":{"values":{"avg":5,"p(95)":7}},"http_reqs":{"count":100,"rate":10},"http_req_failed":{"rate":0.02},"vus_max":{"value":35}}}"#,
    ),
    (
        Format::LocustCsv,
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99.9%,100%\nGET,/u/4111222233334444,10,1,2300.0,2442.5,490,9968,1,22.5,0.1,2300,5200,9600,N/A\n,Aggregated,-1,0,,,,,,,,,,,\n,Aggregated,10,1,,,,,,,,,,,\n",
    ),
    (
        Format::JmeterCsv,
        "timeStamp,elapsed,label,responseCode,responseMessage,success,allThreads,URL\n1622490229200,1649,ToDo-Create,200,OK,true,7,https://x/anna\n1622490229300,10,ToDo-Create,Non HTTP response code,anna,false,7,\n",
    ),
    (
        Format::FortioCsv,
        "StartTime,ActualDuration,Labels,NumThreads,ActualQPS,p50,p90,p99\n2020-08-12T08:44:44.445810184Z,240,run_a,8,1000,2241,2839,3363\n",
    ),
    (
        Format::MeasurementsCsv,
        "run,scenario,vus_max,endpoint,n,req_per_s,mean_ms,p50_ms,p99_ms,owner\n1,base,35,signin,100,2.5,10,8,40.5,anna\n1,base,35,pay,100,-2.5,10,8,40.5,anna\n",
    ),
    (
        Format::VpcFlow,
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n2 4111222233334444 eni-1 203.0.113.9 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK\n2 1 eni-1 10.0.0.3 10.0.0.2 49152 5432 6 1 40 1700000000 1700000060 REJECT OK\n2 1 eni-1 - - - - - - - 1700000000 1700000060 - NODATA\n2 1 eni-1 10.0.0.3 10.0.0.2 1 2 6 1 1 1700000060 1700000000 ACCEPT OK\n",
    ),
    (
        Format::Hubble,
        "{\"flow\":{\"time\":\"2026-01-01T00:00:00Z\",\"verdict\":\"FORWARDED\",\"IP\":{\"source\":\"203.0.113.9\",\"destination\":\"10.0.0.2\"},\"l4\":{\"TCP\":{\"source_port\":5,\"destination_port\":80}},\"destination\":{\"workloads\":[{\"name\":\"cart\"}]},\"l7\":{\"http\":{\"url\":\"http://x/anna\"}}}}\n{\"lost_events\":{}}\n{\"flow\":{\"time\":\"2026-01-01T00:00:00Z\",\"verdict\":\"DROPPED\",\"IP\":{\"source\":\"10.0.0.1\",\"destination\":\"10.0.0.2\"}}}\n",
    ),
    (Format::Kubernetes, include_str!("samples/shop.k8s.yaml")),
    (Format::Compose, include_str!("samples/shop.compose.yaml")),
    (Format::Terraform, include_str!("samples/shop.tfstate.json")),
    (
        Format::Kiali,
        r#"{"graphType":"workload","elements":{"nodes":[{"data":{"id":"1","nodeType":"workload","namespace":"shop","workload":"web"}},{"data":{"id":"2","nodeType":"workload","workload":"cart"}},{"data":{"id":"3","nodeType":"box"}}],"edges":[{"data":{"source":"1","target":"2","traffic":{"protocol":"http","rates":{"http":"20.00","httpPercentErr":"5.0"}}}},{"data":{"source":"1","target":"3"}}]}}"#,
    ),
];

fn read_all(content: &[u8]) -> Result<(Vec<Record>, ReadSummary, Names), Error> {
    let (mut names, mut records) = (Names::default(), Vec::new());
    let options = ReadOptions { max_bad_share: 0.7, ..ReadOptions::default() };
    let summary = read_records_from(content, "t", &options, &mut names, &mut |record| {
        records.push(record);
        Ok(())
    })?;
    Ok((records, summary, names))
}

/// A record with its names spelt out.
fn spell(record: &Record, names: &Names) -> String {
    let text = |symbol: Option<crate::Symbol>| symbol.map_or("-", |symbol| names.text(symbol));
    match record {
        Record::Span(it) => {
            let database = it.database.map(|database| match database {
                Database::Named(name) | Database::System(name) => names.text(name),
                Database::Unnamed => "unnamed",
            });
            let (service, operation) = (names.text(it.service), names.text(it.operation));
            format!(
                "span {service} {operation} {}+{} ns {:?} {database:?}",
                it.start_ns, it.duration_ns, it.status
            )
        }
        Record::Point(it) => {
            let series = names.series(it.series);
            let labels = series
                .labels
                .iter()
                .map(|(key, value)| format!("{}={}", names.text(*key), names.text(*value)));
            let labels = labels.collect::<Vec<_>>().join(",");
            let (name, unit) = (names.text(series.name), text(series.unit));
            format!(
                "{name}{{{labels}}} {:?} {:?} [{unit}] {:?} {}",
                series.kind, series.part, it.time_ns, it.value
            )
        }
        Record::Event(it) => format!(
            "{:?} {} {:?} {:?} component {} instance {} reason {} x{} {:?}",
            it.kind,
            it.start_ns,
            it.end_ns,
            it.severity,
            text(it.component),
            text(it.instance),
            text(it.reason),
            it.count,
            it.trace
        ),
        Record::Request(it) => format!(
            "request {} {} {:?} upstream {:?} {:?} ok={} users {:?}",
            names.text(it.operation),
            it.start_ns,
            it.duration_ns,
            it.upstream_ns,
            it.status,
            it.ok,
            it.users
        ),
        Record::Measurement(it) => {
            let mut it = it.clone();
            let operation = text(it.operation.take()).to_owned();
            let test = text(it.test.take()).to_owned();
            format!("{operation} {test} {it:?}")
        }
        Record::Flow(it) => format!(
            "flow {}:{:?} -> {}:{:?} protocol {:?} bytes {:?} accepted={} reply={}",
            names.text(it.source),
            it.source_port,
            names.text(it.destination),
            it.destination_port,
            it.protocol,
            it.bytes,
            it.accepted,
            it.reply
        ),
        Record::Facts(it) => format!("{it:#?}"),
    }
}

#[test]
fn every_format_gives_what_stands_there() {
    for (format, content) in SAMPLES {
        assert_eq!(Format::detect(content.as_bytes()), Ok(format), "{content}");
        let (records, summary, names) = read_all(content.as_bytes()).unwrap();
        assert_eq!(summary.format, format);
        let mut out = String::new();
        for record in &records {
            writeln!(out, "{}", spell(record, &names)).unwrap();
        }
        for it in &summary.defects {
            writeln!(out, "! {} with {}, first at {}", it.count, it.defect, it.first).unwrap();
        }
        assert_eq!(summary.used() + summary.skipped(), summary.records);
        insta::assert_snapshot!(format!("{format:?}"), out);
    }
}

#[test]
fn nothing_that_a_user_typed_leaves_a_reader() {
    for (format, content) in SAMPLES {
        let (records, _, names) = read_all(content.as_bytes()).unwrap();
        let all = format!("{records:?} {names:?}");
        for word in PRIVATE {
            assert!(!all.contains(word), "{format} gives away {word}: {all}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_change_of_any_sample_is_survived(
        which in 0..SAMPLES.len(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = SAMPLES[which].1.as_bytes().to_vec();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        for content in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok((records, summary, _)) = read_all(content) {
                prop_assert!(summary.used() <= summary.records);
                let facts = records.iter().filter(|it| matches!(it, Record::Facts(_))).count() as u64;
                prop_assert!(facts > 0 || records.len() as u64 == summary.used());
            }
        }
    }

    #[test]
    fn arbitrary_text_under_any_format_is_survived(
        text in "[\\PC\n]{0,200}",
        which in 0..SAMPLES.len(),
    ) {
        let options = ReadOptions { format: Some(SAMPLES[which].0), ..ReadOptions::default() };
        let _ = read_records_from(text.as_bytes(), "t", &options, &mut Names::default(), &mut |_| Ok(()));
        let head = SAMPLES[which].1.chars().take(60).collect::<String>();
        let _ = read_all(format!("{head}{text}").as_bytes());
    }
}
