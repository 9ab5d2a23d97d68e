//! Reports in the log of a GitHub workflow: the text in a group, and what is not held as annotations.

use foreshadow_scenarios::report::{Report, Verdict};

use super::campaign::page;
use super::capacity::{page as capacity_page, times};
use super::junit::breaks;
use super::page::{Page, limit, missed, open, subject};
use super::text::{self, Screen};

/// Sets a report and its annotations.
pub(super) fn set(report: &Report) -> String {
    let page = Page::of(report);
    let word = page.verdict.map_or("rehearsed", |(word, _)| word);
    let title = format!("{}: {word}", report.scenario);
    let mut log =
        format!("::group::{}\n{}::endgroup::\n", data(&title), text::set(&page, Screen::FILE));
    for objective in &report.objectives {
        let name = format!("{} {}", subject(objective), limit(objective));
        log += &match objective.verdict {
            Verdict::Held => continue,
            Verdict::Missed => annotation("error", &name, &missed(objective).unwrap_or_default()),
            Verdict::Undecided => annotation("warning", &name, &open(report, objective)),
        };
    }
    if report.verdict == Some(Verdict::Held) {
        log += &annotation("notice", &title, &report.repeat);
    }
    log
}

/// Sets the report of a campaign and its annotations: faults under which objectives are missed.
pub(super) fn campaign(report: &foreshadow_campaigns::Report) -> String {
    let page = page(report);
    let mut log =
        format!("::group::{}\n{}::endgroup::\n", data(&page.title), text::set(&page, Screen::FILE));
    for scenario in &report.scenarios {
        if let Some((_, why)) = breaks(scenario) {
            log += &annotation("warning", &scenario.name, &why);
        }
    }
    log
}

/// Sets the report of a capacity and its annotations: faults under which the load does not hold.
pub(super) fn capacity(report: &foreshadow_campaigns::capacity::Report) -> String {
    let page = capacity_page(report);
    let mut log =
        format!("::group::{}\n{}::endgroup::\n", data(&page.title), text::set(&page, Screen::FILE));
    for case in report.cases.iter().filter(|case| case.verdict() != Verdict::Held) {
        let fault = case.fault.as_deref().unwrap_or("without faults");
        let holds = format!("{} of the load holds", times(&case.multiple));
        log += &annotation("warning", fault, &holds);
    }
    log
}

/// Sets the report of a tuning and its annotation.
pub(super) fn tune(report: &foreshadow_optimizer::tune::report::Report) -> String {
    let page = super::tune::page(report);
    let log =
        format!("::group::{}\n{}::endgroup::\n", data(&page.title), text::set(&page, Screen::FILE));
    let level = match report.verdict {
        Verdict::Held => "notice",
        Verdict::Missed => "error",
        Verdict::Undecided => "warning",
    };
    log + &annotation(level, &page.title, page.sentences.first().map_or("", String::as_str))
}

fn annotation(level: &str, title: &str, message: &str) -> String {
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    format!("::{level} title={title}::{}\n", data(message))
}

/// Text as the value of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::annotation;

    #[test]
    fn values_cannot_end_the_command_that_they_are_in() {
        let line = annotation("error", "a, b: p99", "8.2 % of requests\n::error::x");
        assert_eq!(line, "::error title=a%2C b%3A p99::8.2 %25 of requests%0A::error::x\n");
    }
}
