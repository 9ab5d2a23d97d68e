//! A model to the text of a twin file: made to be read and edited, and the same bytes every time.

use crate::infer::Slots;
use crate::law::{Fit, Law, ends};
use crate::model::{Alternative, Component, Edge, Endpoint, Model, Seen, Step};

mod header;
mod text;

pub(crate) use header::Header;
pub(crate) use text::{
    Page, duration, in_quotes, instant, key, number, percent, period, quoted, rate,
};
use text::{call_word, fitted, law, weight as weight_word};

/// The twin file of `model`.
pub(crate) fn write(model: &Model, header: &Header<'_>) -> String {
    let mut page = Page::default();
    header::write(&mut page, model, header);
    for (section, lines) in [("zones", &model.zones), ("hosts", &model.hosts)] {
        if !lines.is_empty() {
            page.line(0, &format!("{section}:"));
            for line in lines {
                page.line(1, line);
            }
        }
    }
    page.line(0, "components:");
    for component in &model.components {
        write_component(&mut page, component);
    }
    header::objectives(&mut page, model);
    page.finish()
}

fn write_component(page: &mut Page, component: &Component) {
    page.line(1, &format!("{}:", key(&component.name)));
    let seen = if component.is_database { "database" } else { "service" };
    page.line(2, &format!("kind: {}", component.declared.kind.unwrap_or(seen)));
    if let Some(title) = &component.title {
        page.line(2, &format!("about: {{title: {}}}", quoted(title)));
    }
    if let Some(spans) = &component.spans {
        page.line(2, &format!("binds: {{spans: {}}}", quoted(spans)));
    }
    page.line(2, &replicas(component));
    page.line(2, &concurrency(component));
    for line in &component.declared.settings {
        page.line(2, line);
    }
    if let Some(reliability) = &component.reliability {
        page.line(2, &format!("reliability: {reliability}"));
    }
    if !component.depends_on.is_empty() {
        page.line(2, "depends_on:");
        for (name, origins) in &component.depends_on {
            let words: Vec<String> = origins.iter().map(|origin| in_quotes(origin)).collect();
            page.line(3, &format!("{}: [{}]", key(name), words.join(", ")));
        }
    }
    if component.endpoints.is_empty() {
        page.line(2, "endpoints:");
        page.comment(
            3,
            "Declared only: no span shows what it is asked for, or how long that takes.",
        );
        page.line(3, "any: {steps: []}");
        return;
    }
    page.line(2, "endpoints:");
    for endpoint in &component.endpoints {
        write_endpoint(page, endpoint);
    }
    if !component.clients.is_empty() {
        page.line(2, "calls:");
        component.clients.iter().for_each(|edge| write_edge(page, edge));
    }
}

fn replicas(component: &Component) -> String {
    if let Some(declared) = &component.declared.replicas {
        return format!("replicas: {declared}");
    }
    match component.instances {
        0 if component.is_database => String::from(
            "replicas: {value: 1, source: assumed, from: \"its clients' spans do not tell; its \
             deployment would settle it\"}",
        ),
        0 => String::from(
            "replicas: {value: 1, source: assumed, from: \"the spans name no instances; its \
             deployment would settle it\"}",
        ),
        n => {
            format!("replicas: {{value: {n}, source: observed, from: \"instances in the spans\"}}")
        }
    }
}

/// Slots: spans show only how many were taken.
fn concurrency(component: &Component) -> String {
    if let Some(declared) = &component.declared.concurrency {
        let slots = component.slots.map_or(String::new(), |slots| {
            format!(" # its queue looks like {} slots, and times were learned so", slots.value)
        });
        return format!("concurrency: {declared}{slots}");
    }
    let peak = component.peak.max(1);
    let assumed = (4 * peak).max(16);
    if let Some(Slots { value, low, high, waited, visits }) = component.slots {
        return format!(
            "concurrency: {{value: {value}, source: inferred, low: {low}, high: {high}, from: \"{waited} of \
             {visits} visits waited as in a queue for so many slots, which their work is learned without; \
             its thread or connection limit, or a run near it, would settle it\"}}"
        );
    }
    let what = if component.is_database {
        "its connection limit"
    } else {
        "its thread or connection limit"
    };
    format!(
        "concurrency: {{value: {assumed}, source: assumed, low: {peak}, high: unlimited, from: \
         \"at most {peak} at once were seen; {what} would settle it\"}}"
    )
}

fn write_endpoint(page: &mut Page, endpoint: &Endpoint) {
    page.comment(3, &describe(&endpoint.seen));
    if endpoint.level > 0 {
        page.comment(
            3,
            "the same operation again, while an earlier one of the same trace waits on it",
        );
    }
    if let Some(caller) = &endpoint.asked_by {
        page.comment(3, &format!("as {caller} asks for it"));
    }
    page.line(3, &format!("{}:", key(&endpoint.name)));
    page.line(4, &format!("binds: {{spans: {}}}", quoted(&endpoint.operation)));
    if endpoint.seen.failed_alone > 0 {
        page.line(4, &errors(&endpoint.seen));
    }
    if endpoint.steps.is_empty() {
        page.line(4, "steps: []");
    } else {
        page.line(4, "steps:");
        write_steps(page, 5, &endpoint.steps);
    }
}

/// Failures that no failed call explains, with the 95 % interval of Wilson.
fn errors(seen: &Seen) -> String {
    let (n, failed) = (seen.visits as f64, seen.failed_alone as f64);
    let share = failed / n;
    let (low, high) = ends::share(share, n);
    let [share, low, high] = [share, low, high].map(|share| percent(share, 3));
    format!(
        "errors: {{value: {share}, source: observed, low: {low}, high: {high}, from: \"{} of {} visits \
         failed although none of their calls did\"}}",
        seen.failed_alone, seen.visits
    )
}

fn describe(seen: &Seen) -> String {
    let visits = if seen.visits == 1 { "visit" } else { "visits" };
    let p95 =
        if seen.visits >= 20 { format!(", p95 {}", duration(seen.p95)) } else { String::new() };
    let failed = match seen.failed {
        0 => String::from("no errors"),
        failed => {
            let share = |failed: usize| percent(failed as f64 / seen.visits as f64, 2);
            let rest = failed - seen.failed_alone;
            let with_calls = if rest > 0 {
                format!(", {} with a call of theirs", share(rest))
            } else {
                String::new()
            };
            format!("{} failed{with_calls}", share(failed))
        }
    };
    format!("{} {visits}: p50 {}{p95}, {failed}", seen.visits, duration(seen.p50))
}

fn write_steps(page: &mut Page, indent: usize, steps: &[Step]) {
    let work = ["visit", "own time of"];
    for step in steps {
        match step {
            Step::Work(fit) => write_law(page, indent, "- work:", fit, work),
            Step::SharedWork(fit, name) => {
                write_law(page, indent, &format!("- work: &{name}"), fit, work);
            }
            Step::WorkAgain(name) => page.line(indent, &format!("- work: *{name}")),
            Step::Call { .. } | Step::Publish { .. } => {
                page.line(indent, &format!("- {}", call_word(step, false)));
            }
            Step::Parallel(branches) => write_parallel(page, indent, branches),
            Step::Choose(alternatives) => {
                page.line(indent, "- choose:");
                for alternative in alternatives {
                    write_alternative(page, indent + 2, alternative);
                }
            }
        }
    }
}

/// A law behind `name`, the parts of a mixture on lines of their own, with what it rests on.
fn write_law(page: &mut Page, indent: usize, name: &str, fit: &Fit, [of, what]: [&str; 2]) {
    let samples = fit.samples;
    let plural = if samples == 1 { "" } else { "s" };
    let note = format!("{what} {samples} {of}{plural}");
    match &fit.law {
        _ if fit.is_guess() => page.line(indent, &format!("{name} {}", fitted(fit, of))),
        Law::Mixture(parts) => {
            page.noted(indent, name, Some(&note));
            let indent = if name.starts_with("- ") { indent + 2 } else { indent + 1 };
            page.line(indent, "mixture:");
            for (weight, part) in parts {
                let (share, n) =
                    (weight_word(*weight, part, fit.effective), weight * fit.effective);
                page.line(indent + 1, &format!("- {{weight: {share}, of: {}}}", law(part, n)));
            }
        }
        plain => {
            page.noted(indent, &format!("{name} {}", law(plain, fit.effective)), Some(&note));
        }
    }
}

fn write_parallel(page: &mut Page, indent: usize, branches: &[Vec<Step>]) {
    page.line(indent, "- parallel:");
    for branch in branches {
        let in_list = branch.len() > 1;
        let words: Vec<String> = branch.iter().map(|step| call_word(step, in_list)).collect();
        match words.as_slice() {
            [only] => page.line(indent + 2, &format!("- {only}")),
            several => page.line(indent + 2, &format!("- [{}]", several.join(", "))),
        }
    }
}

fn write_alternative(page: &mut Page, indent: usize, alternative: &Alternative) {
    let weight = format!("- weight: {}", percent(alternative.weight, 3));
    let visits = if alternative.visits == 1 { "visit" } else { "visits" };
    page.noted(indent, &weight, Some(&format!("{} {visits}", alternative.visits)));
    if alternative.steps.is_empty() {
        page.line(indent + 1, "steps: []");
    } else {
        page.line(indent + 1, "steps:");
        write_steps(page, indent + 2, &alternative.steps);
    }
}

fn write_edge(page: &mut Page, edge: &Edge) {
    let name = key(&edge.callee);
    let Some(fit) = &edge.network else {
        let note = format!("{} calls; their round trip cannot be told from the spans", edge.calls);
        if edge.policy.is_empty() {
            page.noted(3, &format!("{name}: {{}}"), Some(&note));
        } else {
            page.noted(3, &format!("{name}:"), Some(&note));
            for line in &edge.policy {
                page.line(4, line);
            }
        }
        return;
    };
    page.line(3, &format!("{name}:"));
    for line in &edge.policy {
        page.line(4, line);
    }
    let what = match edge.measured {
        measured if measured == edge.calls => String::from("round trip of"),
        _ => String::from("round trip, client spans of"),
    };
    write_law(page, 4, "network:", fit, ["call", &what]);
}
