//! Kubernetes manifests: workloads, services, autoscalers, disruption budgets, nodes, and Istio's
//! rules. Kinds that say nothing of these are listed, not dropped in silence.
//!
//! Defaults that Kubernetes fills in (one replica, a probe every 10 s) are not facts of the file and
//! are filled in only where the file declares the rest.
//!
//! Source: Kubernetes API reference, `apps/v1`, `autoscaling/v2`, `policy/v1`, `core/v1`.

use crate::{
    error::Error,
    facts::{Autoscale, Component, Disruption, EdgeKind, Fact, Facts, Host, Probe, ProbeKind},
    read::facts::{File, istio, pointed_to, quantity, tree::Node, workload},
};

/// Labels of a pod template, by component: selectors find their components by them.
type Labels = Vec<(String, Vec<(String, String)>)>;

pub(super) fn read(documents: &[Node], file: &File, facts: &mut Facts) -> Result<(), Error> {
    let objects: Vec<_> = documents.iter().flat_map(flatten).collect();
    let mut labels = Labels::new();
    // Workloads first: everything else points to them, wherever it stands.
    for object in &objects {
        if let Some(template) = template(object) {
            workload_of(object, template, file, facts, &mut labels)?;
        }
    }
    for object in &objects {
        match kind(object) {
            "Service" => service(object, facts, &labels),
            "HorizontalPodAutoscaler" => autoscaler(object, file, facts)?,
            "PodDisruptionBudget" => budget(object, file, facts, &labels)?,
            "VirtualService" => istio::virtual_service(object, file, facts)?,
            "DestinationRule" => istio::destination_rule(object, file, facts)?,
            "Node" => facts.hosts.push(node(object, file)?),
            _ if template(object).is_some() => {}
            other => facts.passed_over.push(file.fact(other.to_owned(), object)),
        }
    }
    for object in &objects {
        if let (Some(template), Some(name)) = (template(object), name(object)) {
            addresses(name, template, file, facts);
        }
    }
    Ok(())
}

/// The objects of a list, however deep; or the object itself.
fn flatten(object: &Node) -> Vec<&Node> {
    match object.at(&["items"]) {
        Some(items) => items.items().flat_map(flatten).collect(),
        None if object.entries().next().is_none() => object.items().flat_map(flatten).collect(),
        None => vec![object],
    }
}

pub(super) fn kind(object: &Node) -> &str {
    object.text_at(&["kind"]).unwrap_or("an object without kind")
}

pub(super) fn name(object: &Node) -> Option<&str> {
    object.text_at(&["metadata", "name"])
}

/// The pod that a workload makes.
fn template(object: &Node) -> Option<&Node> {
    match kind(object) {
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Rollout" => object.at(&["spec", "template"]),
        "Pod" => Some(object),
        _ => None,
    }
}

fn pairs(node: Option<&Node>) -> Vec<(String, String)> {
    let entries = node.into_iter().flat_map(Node::entries);
    entries.filter_map(|(key, value)| Some((key.to_owned(), value.plain()?))).collect()
}

fn workload_of(
    object: &Node,
    template: &Node,
    file: &File,
    facts: &mut Facts,
    labels: &mut Labels,
) -> Result<(), Error> {
    let Some(name_node) = object.at(&["metadata", "name"]) else {
        return Err(file.error(object, format!("this {} has no metadata.name", kind(object))));
    };
    let name = name_node.plain().unwrap_or_default();
    labels.push((name.clone(), pairs(template.at(&["metadata", "labels"]))));
    let component = facts.entry(file.fact(name, name_node));
    component.namespace = object.text_at(&["metadata", "namespace"]).map(str::to_owned);
    if let Some(replicas) = object.at(&["spec", "replicas"]) {
        let count = replicas.count();
        let count = count
            .ok_or_else(|| file.error(replicas, "expected a whole number of replicas".into()))?;
        component.replicas = Some(file.fact(count, replicas));
    }
    for container in template.list(&["spec", "containers"]) {
        resources(container, file, component)?;
        probes(container, file, component)?;
        // The first container is the one that the pod is for; others are sidecars.
        if let (None, Some(image)) = (&component.image, container.at(&["image"])) {
            let text = image.plain().unwrap_or_default();
            component.role = Some(file.fact(workload::role_of_image(&text), image));
            component.image = Some(file.fact(text, image));
        }
    }
    for (key, value) in template.at(&["spec", "nodeSelector"]).into_iter().flat_map(Node::entries) {
        let is_zone = key.ends_with("/zone");
        if let Some(text) = value.plain().filter(|_| is_zone || key == "kubernetes.io/hostname") {
            let list = if is_zone { &mut component.zones } else { &mut component.hosts };
            list.push(file.fact(text, value));
        }
    }
    if let Some(host) = template.at(&["spec", "nodeName"]) {
        component.hosts.extend(host.plain().map(|name| file.fact(name, host)));
    }
    Ok(())
}

/// Requests and limits of all containers of a pod add up.
fn resources(container: &Node, file: &File, component: &mut Component) -> Result<(), Error> {
    fn add<T: std::ops::Add<Output = T> + Copy>(sum: &mut Option<Fact<T>>, new: Fact<T>) {
        match sum {
            Some(sum) => sum.value = sum.value + new.value,
            None => *sum = Some(new),
        }
    }
    let bad = |at: &Node, what: &str| {
        let found = at.plain().unwrap_or_default();
        file.error(
            at,
            format!("`{found}` is no quantity of {what}; expected one such as `250m` or `64Mi`"),
        )
    };
    for (part, cpu, memory) in [
        ("requests", &mut component.cpu_request, &mut component.memory_request),
        ("limits", &mut component.cpu_limit, &mut component.memory_limit),
    ] {
        if let Some(at) = container.at(&["resources", part, "cpu"]) {
            let cores = at.plain().and_then(|text| quantity::cores(&text));
            add(cpu, file.fact(cores.ok_or_else(|| bad(at, "CPU"))?, at));
        }
        if let Some(at) = container.at(&["resources", part, "memory"]) {
            let bytes = at.plain().and_then(|text| quantity::bytes(&text));
            add(memory, file.fact(bytes.ok_or_else(|| bad(at, "memory"))?, at));
        }
    }
    Ok(())
}

fn probes(container: &Node, file: &File, component: &mut Component) -> Result<(), Error> {
    let kinds = [
        ("readinessProbe", ProbeKind::Readiness),
        ("livenessProbe", ProbeKind::Liveness),
        ("startupProbe", ProbeKind::Startup),
    ];
    for (key, kind) in kinds {
        let Some(at) = container.at(&[key]) else { continue };
        let count = |key: &str, default: u32| match at.at(&[key]) {
            None => Ok(default),
            Some(node) => node
                .count()
                .ok_or_else(|| file.error(node, format!("expected a whole number as {key}"))),
        };
        let seconds =
            |key: &str, default: u32| count(key, default).map(|it| u64::from(it) * 1_000_000_000);
        let probe = Probe {
            kind,
            initial_delay_ns: seconds("initialDelaySeconds", 0)?,
            period_ns: seconds("periodSeconds", 10)?,
            timeout_ns: seconds("timeoutSeconds", 1)?,
            failures: count("failureThreshold", 3)?,
        };
        component.probes.push(file.fact(probe, at));
    }
    Ok(())
}

/// A service is another name of the workloads that it selects.
fn service(object: &Node, facts: &mut Facts, labels: &Labels) {
    let selector = pairs(object.at(&["spec", "selector"]));
    let Some(name) = name(object).filter(|_| !selector.is_empty()) else { return };
    for component in selected(&selector, labels) {
        if let Some(component) = facts.component_mut(component)
            && !component.is_called(name)
        {
            component.aliases.push(name.to_owned());
        }
    }
}

fn selected<'l>(
    selector: &[(String, String)],
    labels: &'l Labels,
) -> impl Iterator<Item = &'l str> {
    let has_all = |of: &[(String, String)]| selector.iter().all(|pair| of.contains(pair));
    labels.iter().filter(move |(_, of)| has_all(of)).map(|(name, _)| name.as_str())
}

fn autoscaler(object: &Node, file: &File, facts: &mut Facts) -> Result<(), Error> {
    let Some(target) = object.at(&["spec", "scaleTargetRef", "name"]) else {
        return Err(file.error(object, "this autoscaler has no spec.scaleTargetRef.name".into()));
    };
    let max = object.at(&["spec", "maxReplicas"]).and_then(Node::count);
    let max =
        max.ok_or_else(|| file.error(object, "this autoscaler has no spec.maxReplicas".into()))?;
    let min = object.at(&["spec", "minReplicas"]).and_then(Node::count).unwrap_or(1);
    let first = object.list(&["spec", "metrics"]).next();
    let of_resource = first.and_then(|metric| metric.at(&["resource"]));
    let old = object.at(&["spec", "targetCPUUtilizationPercentage"]);
    let metric = of_resource
        .or_else(|| first?.at(&["pods", "metric"]).or_else(|| first?.at(&["external", "metric"])))
        .and_then(|metric| metric.text_at(&["name"]))
        .or_else(|| old.map(|_| "cpu"));
    let target_percent = of_resource
        .and_then(|it| {
            it.at(&["target", "averageUtilization"])
                .or_else(|| it.at(&["targetAverageUtilization"]))
        })
        .or(old)
        .and_then(Node::number);
    let window = object.at(&["spec", "behavior", "scaleDown", "stabilizationWindowSeconds"]);
    let scale = Autoscale {
        min,
        max,
        metric: metric.map(str::to_owned),
        target_share: target_percent.map(|percent| percent / 100.0),
        stabilization_ns: window.and_then(Node::count).map(|it| u64::from(it) * 1_000_000_000),
    };
    let name = file.fact(target.plain().unwrap_or_default(), target);
    facts.entry(name).autoscale = Some(file.fact(scale, object));
    Ok(())
}

fn budget(object: &Node, file: &File, facts: &mut Facts, labels: &Labels) -> Result<(), Error> {
    let share = |node: &Node| {
        let text = node.text()?;
        Some(text.strip_suffix('%')?.trim().parse::<f64>().ok()? / 100.0)
    };
    let (at, value) = if let Some(at) = object.at(&["spec", "minAvailable"]) {
        let value = share(at).map(Disruption::MinAvailableShare);
        (at, value.or_else(|| at.count().map(Disruption::MinAvailable)))
    } else if let Some(at) = object.at(&["spec", "maxUnavailable"]) {
        let value = share(at).map(Disruption::MaxUnavailableShare);
        (at, value.or_else(|| at.count().map(Disruption::MaxUnavailable)))
    } else {
        return Err(
            file.error(object, "this budget has neither minAvailable nor maxUnavailable".into())
        );
    };
    let value =
        value.ok_or_else(|| file.error(at, "expected a count or a share such as `50%`".into()))?;
    let selector = pairs(object.at(&["spec", "selector", "matchLabels"]));
    let mut any = false;
    for name in selected(&selector, labels).filter(|_| !selector.is_empty()) {
        if let Some(component) = facts.component_mut(name) {
            component.disruption = Some(file.fact(value, at));
            any = true;
        }
    }
    if !any {
        let words = "this disruption budget selects no workload of this file".to_owned();
        facts.notes.push(file.fact(words, object));
    }
    Ok(())
}

fn node(object: &Node, file: &File) -> Result<Host, Error> {
    let name = object.at(&["metadata", "name"]);
    let name = name.ok_or_else(|| file.error(object, "this node has no metadata.name".into()))?;
    let label = |keys: [&str; 2]| {
        let at = keys.iter().find_map(|key| object.at(&["metadata", "labels", key]))?;
        Some(file.fact(at.plain()?, at))
    };
    let capacity = |key: &str| {
        object
            .at(&["status", "allocatable", key])
            .or_else(|| object.at(&["status", "capacity", key]))
    };
    let cores = capacity("cpu").and_then(|at| Some(file.fact(quantity::cores(&at.plain()?)?, at)));
    let memory =
        capacity("memory").and_then(|at| Some(file.fact(quantity::bytes(&at.plain()?)?, at)));
    Ok(Host {
        name: file.fact(name.plain().unwrap_or_default(), name),
        zone: label(["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"]),
        machine: label(["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"]),
        cores,
        memory,
    })
}

/// Settings that hold the address of another component.
fn addresses(name: &str, template: &Node, file: &File, facts: &mut Facts) {
    for container in template.list(&["spec", "containers"]) {
        let settings = container.list(&["env"]).filter_map(|it| it.at(&["value"]));
        let arguments = container.list(&["args"]).chain(container.list(&["command"]));
        for at in settings.chain(arguments) {
            let to = at.text().and_then(|text| pointed_to(text, facts)).map(str::to_owned);
            if let Some(to) = to {
                facts.depend(name, &to, EdgeKind::Address, file.origin(at.line));
            }
        }
    }
}
