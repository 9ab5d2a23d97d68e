//! Istio's rules: how callers treat a host.
//!
//! A timeout or retries of the last route without conditions hold for the host; where rules with
//! conditions differ, a note says so.
//!
//! Source: Istio, `networking.istio.io/v1`, `VirtualService` and `DestinationRule`.

use crate::{
    error::Error,
    facts::{Component, Fact, Facts, OutlierEjection, Retries},
    read::facts::{File, kubernetes, quantity, tree::Node},
};

/// The component that a host such as `cart.shop.svc.cluster.local` names.
fn component<'f>(host: &Node, file: &File, facts: &'f mut Facts) -> Option<&'f mut Component> {
    let text = host.text()?;
    let short = text.split('.').next().filter(|short| !short.is_empty() && *short != "*")?;
    let name = if facts.component(text).is_some() { text } else { short };
    Some(facts.entry(file.fact(name.to_owned(), host)))
}

fn duration(at: &Node, file: &File) -> Result<Fact<u64>, Error> {
    let found = at.plain().unwrap_or_default();
    match quantity::duration_ns(&found) {
        Some(ns) => Ok(file.fact(ns, at)),
        None => {
            Err(file.error(at, format!("`{found}` is no duration; expected one such as `1.5s`")))
        }
    }
}

pub(super) fn virtual_service(object: &Node, file: &File, facts: &mut Facts) -> Result<(), Error> {
    for rule in object.list(&["spec", "http"]) {
        let has_conditions = rule.at(&["match"]).is_some();
        let (timeout, retries) = (rule.at(&["timeout"]), rule.at(&["retries"]));
        let timeout = timeout.map(|at| duration(at, file)).transpose()?;
        let retries = retries.map(|at| read_retries(at, file)).transpose()?;
        if timeout.is_none() && retries.is_none() {
            continue;
        }
        for host in rule.list(&["route"]).filter_map(|it| it.at(&["destination", "host"])) {
            let Some(component) = component(host, file, facts) else { continue };
            let policy = &mut component.policy;
            let is_known = policy.timeout_ns.is_some() || policy.retries.is_some();
            if has_conditions && is_known {
                let words = "routes of this host differ in timeouts or retries; the last one without conditions counts";
                facts.notes.push(file.fact(words.to_owned(), rule));
                continue;
            }
            policy.timeout_ns = timeout.clone().or(policy.timeout_ns.take());
            policy.retries = retries.clone().or(policy.retries.take());
        }
    }
    if object.list(&["spec", "http"]).next().is_none() {
        let kind = kubernetes::kind(object);
        facts.passed_over.push(file.fact(format!("{kind} without http routes"), object));
    }
    Ok(())
}

fn read_retries(at: &Node, file: &File) -> Result<Fact<Retries>, Error> {
    let attempts = match at.at(&["attempts"]) {
        None => 2,
        Some(node) => node
            .count()
            .ok_or_else(|| file.error(node, "expected a whole number of attempts".into()))?,
    };
    let per_try_ns = at.at(&["perTryTimeout"]).map(|at| duration(at, file)).transpose()?;
    let on = at.text_at(&["retryOn"]).unwrap_or_default();
    let on = on.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    Ok(file.fact(Retries { attempts, per_try_ns: per_try_ns.map(|it| it.value), on }, at))
}

pub(super) fn destination_rule(object: &Node, file: &File, facts: &mut Facts) -> Result<(), Error> {
    let Some(host) = object.at(&["spec", "host"]) else {
        return Err(file.error(object, "this DestinationRule has no spec.host".into()));
    };
    let Some(traffic) = object.at(&["spec", "trafficPolicy"]) else {
        facts
            .passed_over
            .push(file.fact("DestinationRule without trafficPolicy".to_owned(), object));
        return Ok(());
    };
    let count = |path: &[&str]| match traffic.at(path) {
        None => Ok(None),
        Some(at) => match at.count() {
            Some(count) => Ok(Some(file.fact(count, at))),
            None => Err(file.error(at, format!("expected a whole number as {}", path.join(".")))),
        },
    };
    let connect = traffic.at(&["connectionPool", "tcp", "connectTimeout"]);
    let connect_timeout_ns = connect.map(|at| duration(at, file)).transpose()?;
    let max_connections = count(&["connectionPool", "tcp", "maxConnections"])?;
    let max_pending = count(&["connectionPool", "http", "http1MaxPendingRequests"])?;
    let max_requests = count(&["connectionPool", "http", "http2MaxRequests"])?;
    let per_connection = count(&["connectionPool", "http", "maxRequestsPerConnection"])?;
    let outliers = traffic.at(&["outlierDetection"]).map(|at| outliers(at, file)).transpose()?;
    let balance = traffic.at(&["loadBalancer", "simple"]);
    let balance = balance.and_then(|at| Some(file.fact(at.text()?.to_owned(), at)));
    let Some(component) = component(host, file, facts) else { return Ok(()) };
    let policy = &mut component.policy;
    policy.connect_timeout_ns = connect_timeout_ns;
    policy.max_connections = max_connections;
    policy.max_pending = max_pending;
    policy.max_requests = max_requests;
    policy.requests_per_connection = per_connection;
    policy.outliers = outliers;
    policy.balance = balance;
    Ok(())
}

fn outliers(at: &Node, file: &File) -> Result<Fact<OutlierEjection>, Error> {
    let keys = ["consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveErrors"];
    let failures = keys.iter().find_map(|key| at.at(&[key])?.count()).unwrap_or(5);
    let time = |key: &str| at.at(&[key]).map(|at| duration(at, file)).transpose();
    let share = at.at(&["maxEjectionPercent"]).and_then(Node::number);
    let value = OutlierEjection {
        consecutive_failures: failures,
        interval_ns: time("interval")?.map(|it| it.value),
        base_ns: time("baseEjectionTime")?.map(|it| it.value),
        max_ejected_share: share.map(|percent| percent / 100.0),
    };
    Ok(file.fact(value, at))
}
