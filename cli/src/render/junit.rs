//! Objectives as test cases, for whatever shows the results of tests.
//!
//! The dialect is the one that the Ant task of `JUnit` began and CI systems read: a missed objective is a
//! `failure`, one that cannot be decided an `error`.

use std::fmt::Write;

use foreshadow_campaigns::{capacity, report as campaign};
use foreshadow_scenarios::report::{Report, Verdict};

use super::page::{limit, missed, open, subject};
use crate::number::{Unit, full};

/// The objectives of each report as one suite of tests.
pub(super) fn set(reports: &[Report]) -> String {
    let count = |reports: &[Report], verdict| {
        let objectives = reports.iter().flat_map(|report| &report.objectives);
        objectives.filter(|objective| objective.verdict == verdict).count()
    };
    let counts = |reports: &[Report]| {
        let tests: usize = reports.iter().map(|report| report.objectives.len()).sum();
        format!(
            "tests=\"{tests}\" failures=\"{}\" errors=\"{}\"",
            count(reports, Verdict::Missed),
            count(reports, Verdict::Undecided)
        )
    };
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"foreshadow\" {}>", counts(reports));
    for report in reports {
        let (name, counts) = (escaped(&report.scenario), counts(std::slice::from_ref(report)));
        let _ = writeln!(xml, "  <testsuite name=\"{name}\" {counts}>");
        let _ = writeln!(xml, "    <properties>");
        let facts = [
            ("seed", report.seed.to_string()),
            ("replications", report.replications.to_string()),
            ("version", report.version.to_owned()),
            ("repeat", report.repeat.clone()),
        ];
        for (key, value) in facts {
            let _ = writeln!(xml, "      <property name=\"{key}\" value=\"{}\"/>", escaped(&value));
        }
        let _ = writeln!(xml, "    </properties>");
        for objective in &report.objectives {
            let case = escaped(&format!("{} {}", subject(objective), limit(objective)));
            let _ = write!(xml, "    <testcase classname=\"{name}\" name=\"{case}\"");
            let predicted = full(&objective.estimate, Unit::of(objective.unit));
            let tail = match objective.verdict {
                Verdict::Held => {
                    format!(
                        "><system-out>predicted {}</system-out></testcase>",
                        escaped(&predicted)
                    )
                }
                Verdict::Missed => {
                    let why = missed(objective).unwrap_or_default();
                    format!("><failure type=\"missed\" message=\"{}\"/></testcase>", escaped(&why))
                }
                Verdict::Undecided => {
                    let why = open(report, objective);
                    format!("><error type=\"undecided\" message=\"{}\"/></testcase>", escaped(&why))
                }
            };
            let _ = writeln!(xml, "{tail}");
        }
        let _ = writeln!(xml, "  </testsuite>");
    }
    xml + "</testsuites>\n"
}

/// What came of one case.
enum Outcome {
    Passed(String),
    Failed(String),
    Open(String),
}

/// Cases of one suite.
fn suite(name: &str, repeat: &str, cases: &[(String, Outcome)]) -> String {
    let failures = cases.iter().filter(|(_, case)| matches!(case, Outcome::Failed(_))).count();
    let errors = cases.iter().filter(|(_, case)| matches!(case, Outcome::Open(_))).count();
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"", cases.len());
    let name = escaped(name);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"foreshadow\" {counts}>\n  \
         <testsuite name=\"{name}\" {counts}>\n    <properties>\n      \
         <property name=\"repeat\" value=\"{}\"/>\n    </properties>\n",
        escaped(repeat)
    );
    for (case, outcome) in cases {
        let _ = write!(xml, "    <testcase classname=\"{name}\" name=\"{}\">", escaped(case));
        let _ = match outcome {
            Outcome::Passed(what) => write!(xml, "<system-out>{}</system-out>", escaped(what)),
            Outcome::Failed(why) => {
                write!(xml, "<failure type=\"missed\" message=\"{}\"/>", escaped(why))
            }
            Outcome::Open(why) => {
                write!(xml, "<error type=\"undecided\" message=\"{}\"/>", escaped(why))
            }
        };
        xml += "</testcase>\n";
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

/// What a campaign tried, a case each: one that misses an objective in some run, or harms more than it
/// may, is a failure.
pub(super) fn campaign(report: &campaign::Report) -> String {
    let case = |scenario: &campaign::ScenarioReport| {
        let outcome = match breaks(scenario) {
            Some((Verdict::Undecided, why)) => Outcome::Open(why),
            Some((_, why)) => Outcome::Failed(why),
            None => Outcome::Passed(format!(
                "harms {} of requests",
                full(&scenario.harmed, Unit::Share)
            )),
        };
        (scenario.name.clone(), outcome)
    };
    let cases: Vec<(String, Outcome)> = report.scenarios.iter().map(case).collect();
    suite(&report.scenario, &report.repeat, &cases)
}

/// The load without faults and with each, a case each: one under which it does not hold is a failure.
pub(super) fn capacity(report: &capacity::Report) -> String {
    let case = |case: &capacity::CaseReport| {
        let holds = super::capacity::times(&case.multiple);
        let outcome = match case.verdict() {
            Verdict::Held => Outcome::Passed(format!("{holds} of the load holds")),
            Verdict::Missed => Outcome::Failed(format!("only {holds} of the load holds")),
            Verdict::Undecided => Outcome::Open(format!("{holds} of the load holds")),
        };
        (case.fault.clone().unwrap_or_else(|| String::from("without faults")), outcome)
    };
    let cases: Vec<(String, Outcome)> = report.cases.iter().map(case).collect();
    suite(&report.scenario, &report.repeat, &cases)
}

/// Whether a change holds, one case.
pub(super) fn tune(report: &foreshadow_optimizer::tune::report::Report) -> String {
    let what = super::tune::page(report).sentences.join(" ");
    let outcome = match report.verdict {
        Verdict::Held => Outcome::Passed(what),
        Verdict::Missed => Outcome::Failed(what),
        Verdict::Undecided => Outcome::Open(what),
    };
    suite(&report.scenario, &report.repeat, &[(String::from("a change that holds"), outcome)])
}

/// What is wrong under a fault, in words, and whether that is certain; nothing where all is well.
pub(super) fn breaks(scenario: &campaign::ScenarioReport) -> Option<(Verdict, String)> {
    let harmed = || format!("harms {} of requests", full(&scenario.harmed, Unit::Share));
    let missed = scenario.missed.iter().filter(|(_, share)| share.value > Some(0.0));
    let missed: Vec<String> = missed
        .map(|(objective, share)| format!("{objective} in {} of runs", full(share, Unit::Share)))
        .collect();
    match (scenario.verdict, missed.as_slice()) {
        (Some(Verdict::Held) | None, []) => None,
        (Some(verdict @ (Verdict::Missed | Verdict::Undecided)), []) => Some((verdict, harmed())),
        (_, missed) => Some((Verdict::Missed, format!("misses {}", missed.join(", ")))),
    }
}

/// Text as an attribute or an element may have it; XML has no control characters, however written.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' | '\t' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn whatever_is_in_a_name_is_text() {
        assert_eq!(escaped("a<b>\"&\u{1b}[0m\n"), "a&lt;b&gt;&quot;&amp;\u{fffd}[0m ");
    }
}
