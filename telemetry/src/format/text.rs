//! What the first lines of a text show.

use crate::{
    format::{Content, Format, table},
    read::{is_access_log, is_levels, is_prometheus_sample, is_vpc_flow},
};

/// Looks at text that is no JSON.
pub(super) fn content(head: &[u8]) -> Content {
    let text = String::from_utf8_lossy(head);
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let first = lines().next().unwrap_or_default();
    if is_prometheus(head) {
        return Content::Known(Format::PrometheusText);
    }
    if is_access_log(first) {
        return Content::Known(Format::AccessLog);
    }
    if is_vpc_flow(first) {
        return Content::Known(Format::VpcFlow);
    }
    let starts = |words: &[&str]| lines().any(|line| words.iter().any(|it| line.starts_with(it)));
    if starts(&["apiVersion:", "- apiVersion:"]) && starts(&["kind:", "  kind:", "items:"]) {
        return Content::Known(Format::Kubernetes);
    }
    if starts(&["services:"]) {
        return Content::Known(Format::Compose);
    }
    let is_setting = |line: &str| {
        line.starts_with('#')
            || line.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
            })
    };
    if lines().all(is_setting) && lines().any(|line| !line.starts_with('#')) {
        return Content::Foreign(
            "a file of environment variables, which only says something beside a Compose file: \
             name it as the environment of one, or leave it beside it as `.env`",
        );
    }
    if is_levels(head) {
        return Content::Known(Format::MetricsCsv);
    }
    let separator = [',', ';', '\t', '|']
        .into_iter()
        .rev()
        .max_by_key(|&separator| first.matches(separator).count())
        .unwrap_or(',');
    let headers: Vec<_> = first.split(separator).map(|it| it.trim().trim_matches('"')).collect();
    Content::Known(table::format(&headers))
}

/// Whether the first lines are comments and samples of Prometheus.
pub(super) fn is_prometheus(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let cut = head.len() >= 1 << 16;
    let all = text.lines().filter(|line| !line.trim().is_empty()).count();
    let lines =
        text.lines().filter(|line| !line.trim().is_empty()).take(all - usize::from(cut && all > 1));
    let mut any = false;
    for line in lines.take(20) {
        let line = line.trim();
        if ["# HELP ", "# TYPE ", "# UNIT ", "# EOF"].iter().any(|it| line.starts_with(it)) {
            any = true;
        } else if line.starts_with('#') {
        } else if is_prometheus_sample(line) {
            any = true;
        } else {
            return any && line.starts_with(|it: char| it.is_alphabetic());
        }
    }
    any
}
