//! Compose files: services with their replicas, limits, checks and dependencies.
//!
//! Source: the Compose specification, "Services", "Deploy".

use crate::{
    error::Error,
    facts::{Component, EdgeKind, Facts, Probe, ProbeKind},
    read::facts::{
        Environment, File, pointed_to, quantity,
        tree::{Node, Value},
        workload,
    },
};

pub(super) fn read(
    documents: &[Node],
    environment: &Environment,
    file: &File,
    facts: &mut Facts,
) -> Result<(), Error> {
    let mut missing = Vec::new();
    for document in documents {
        let Some(services) = document.at(&["services"]) else { continue };
        let services = interpolate(services, environment, &mut missing);
        for (name, service) in services.entries() {
            let component = facts.entry(file.fact(name.to_owned(), service));
            read_service(service, file, component)?;
        }
        for (name, service) in services.entries() {
            dependencies(name, service, environment, file, facts);
        }
    }
    missing.sort();
    missing.dedup_by(|later, first| later.0 == first.0);
    for (name, line) in missing {
        let value = format!("the variable {name} is nowhere; it counts as empty, as in Compose");
        facts.notes.push(crate::facts::Fact { value, origin: file.origin(line) });
    }
    Ok(())
}

/// The tree with its variables replaced; names of those that are nowhere go to `missing`.
fn interpolate(node: &Node, environment: &Environment, missing: &mut Vec<(String, u64)>) -> Node {
    let value = match &node.value {
        Value::Text(text) if text.contains('$') => {
            let (text, names) = environment.interpolate(text);
            missing.extend(names.into_iter().map(|name| (name, node.line)));
            Value::Text(text)
        }
        Value::List(items) => {
            Value::List(items.iter().map(|item| interpolate(item, environment, missing)).collect())
        }
        Value::Map(entries) => {
            let entry = |(key, node): &(String, Node)| {
                (key.clone(), interpolate(node, environment, missing))
            };
            Value::Map(entries.iter().map(entry).collect())
        }
        other => other.clone(),
    };
    Node { line: node.line, value }
}

fn read_service(service: &Node, file: &File, component: &mut Component) -> Result<(), Error> {
    if let Some(image) = service.at(&["image"]) {
        let text = image.plain().unwrap_or_default();
        component.role = Some(file.fact(workload::role_of_image(&text), image));
        component.image = Some(file.fact(text, image));
    }
    for key in ["container_name", "hostname"] {
        component.aliases.extend(service.text_at(&[key]).map(str::to_owned));
    }
    for (_, network) in service.at(&["networks"]).into_iter().flat_map(Node::entries) {
        component.aliases.extend(network.list(&["aliases"]).filter_map(Node::plain));
    }
    let name = component.name.value.clone();
    component.aliases.retain(|alias| *alias != name);
    component.aliases.sort();
    component.aliases.dedup();
    if let Some(at) = service.at(&["deploy", "replicas"]).or_else(|| service.at(&["scale"])) {
        let count = at.count();
        let count = count.ok_or_else(|| wrong(file, at, "a whole number of replicas"))?;
        component.replicas = Some(file.fact(count, at));
    }
    let cpu = |at: Option<&Node>| {
        at.map(|at| {
            let cores = at.number().filter(|cores| *cores >= 0.0);
            Ok(file.fact(cores.ok_or_else(|| wrong(file, at, "a number of cores"))?, at))
        })
        .transpose()
    };
    let memory = |at: Option<&Node>| {
        at.map(|at| {
            let bytes = at.plain().and_then(|text| quantity::compose_bytes(&text));
            Ok(file.fact(bytes.ok_or_else(|| wrong(file, at, "an amount such as `300M`"))?, at))
        })
        .transpose()
    };
    let deploy = |part: &str, what: &str| service.at(&["deploy", "resources", part, what]);
    component.cpu_limit = cpu(deploy("limits", "cpus").or_else(|| service.at(&["cpus"])))?;
    component.cpu_request = cpu(deploy("reservations", "cpus"))?;
    let (limit, request) = (service.at(&["mem_limit"]), service.at(&["mem_reservation"]));
    component.memory_limit = memory(deploy("limits", "memory").or(limit))?;
    component.memory_request = memory(deploy("reservations", "memory").or(request))?;
    if let Some(at) = service.at(&["healthcheck"]) {
        component.probes.extend(probe(at).map(|probe| file.fact(probe, at)));
    }
    for (key, value) in service.list(&["deploy", "placement", "constraints"]).filter_map(|it| {
        let (key, value) = it.text()?.split_once("==")?;
        Some((key.trim().to_owned(), file.fact(value.trim().to_owned(), it)))
    }) {
        match key.as_str() {
            "node.hostname" => component.hosts.push(value),
            key if key.ends_with("zone") => component.zones.push(value),
            _ => {}
        }
    }
    Ok(())
}

fn wrong(file: &File, at: &Node, expected: &str) -> Error {
    let found = at.plain().unwrap_or_default();
    let hint = if found.is_empty() { "; is a variable missing from the .env file?" } else { "" };
    file.error(at, format!("expected {expected}, found `{found}`{hint}"))
}

/// A health check restarts nothing, but others may wait for it; Compose's defaults fill it up.
fn probe(at: &Node) -> Option<Probe> {
    if at.at(&["disable"]).is_some_and(|it| it.value == Value::Bool(true)) {
        return None;
    }
    let time = |key: &str, default_s: u64| {
        let text = at.at(&[key]).and_then(Node::plain);
        text.and_then(|text| quantity::duration_ns(&text)).unwrap_or(default_s * 1_000_000_000)
    };
    Some(Probe {
        kind: ProbeKind::Readiness,
        initial_delay_ns: time("start_period", 0),
        period_ns: time("interval", 30),
        timeout_ns: time("timeout", 30),
        failures: at.at(&["retries"]).and_then(Node::count).unwrap_or(3),
    })
}

fn dependencies(
    name: &str,
    service: &Node,
    environment: &Environment,
    file: &File,
    facts: &mut Facts,
) {
    let named = service.at(&["depends_on"]);
    let listed = named.into_iter().flat_map(Node::items);
    let listed = listed.filter_map(|it| Some((it.text()?.to_owned(), it.line)));
    let keyed =
        named.into_iter().flat_map(Node::entries).map(|(key, it)| (key.to_owned(), it.line));
    let links = service
        .list(&["links"])
        .filter_map(|it| Some((it.text()?.split(':').next()?.to_owned(), it.line)));
    for (to, line) in listed.chain(keyed).chain(links).collect::<Vec<_>>() {
        facts.depend(name, &to, EdgeKind::DependsOn, file.origin(line));
    }
    let mut settings = Vec::new();
    if let Some(variables) = service.at(&["environment"]) {
        settings.extend(variables.entries().filter_map(|(_, it)| Some((it.plain()?, it.line))));
        settings.extend(variables.items().filter_map(|it| {
            let text = it.text()?;
            // A name alone takes its value from outside.
            let value =
                text.split_once('=').map(|(_, value)| value).or_else(|| environment.get(text));
            Some((value?.to_owned(), it.line))
        }));
    }
    if let Some(command) = service.at(&["command"]) {
        settings
            .extend(command.items().chain([command]).filter_map(|it| Some((it.plain()?, it.line))));
    }
    for (value, line) in settings {
        if let Some(to) = pointed_to(&value, facts).map(str::to_owned) {
            facts.depend(name, &to, EdgeKind::Address, file.origin(line));
        }
    }
}
