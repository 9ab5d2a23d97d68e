//! Terraform's state, versions 3 and 4: what runs at AWS, Azure and Google.
//!
//! A resource is a component if something runs, waits or is kept there. Everything else (networks,
//! roles, keys) is listed as passed over. Dependencies are those that Terraform noted, also through
//! resources that only join others, such as target groups. Outputs and secrets are never looked at.
//!
//! Source: Terraform, `internal/states/statefile`.

use crate::{
    error::Error,
    facts::{Autoscale, Component, EdgeKind, Fact, Facts, Role},
    read::facts::{File, tree::Node},
};

/// A resource of either version.
struct Resource<'n> {
    /// `module.shop.aws_instance.web`, as dependencies name it, without its module.
    address: String,
    module: Option<String>,
    kind: String,
    name: String,
    at: &'n Node,
    instances: Vec<&'n Node>,
    depends_on: Vec<String>,
}

pub(super) fn read(documents: &[Node], file: &File, facts: &mut Facts) -> Result<(), Error> {
    for document in documents {
        let version = document.at(&["version"]).and_then(Node::count);
        let resources = match version {
            Some(3) => version_3(document),
            Some(4) => version_4(document),
            _ => {
                let found = version.map_or("none".to_owned(), |it| it.to_string());
                let reason = format!(
                    "expected a state of version 3 or 4, found {found}; write one with `terraform state pull`"
                );
                return Err(file.error(document.at(&["version"]).unwrap_or(document), reason));
            }
        };
        let mut names = Vec::new();
        for resource in &resources {
            match role(&resource.kind) {
                Some(role) => names.push((resource, component(resource, role, file, facts))),
                None => facts.passed_over.push(file.fact(resource.kind.clone(), resource.at)),
            }
        }
        for (resource, name) in &names {
            let mut seen = Vec::new();
            for to in reached(resource, &resources, &mut seen) {
                if let Some((_, to)) = names.iter().find(|(other, _)| std::ptr::eq(*other, to)) {
                    facts.depend(name, to, EdgeKind::DependsOn, file.origin(resource.at.line));
                }
            }
        }
    }
    Ok(())
}

fn texts(node: &Node, path: &[&str]) -> Vec<String> {
    node.list(path).filter_map(Node::plain).collect()
}

fn version_4(document: &Node) -> Vec<Resource<'_>> {
    let managed = |it: &&Node| it.text_at(&["mode"]).is_none_or(|mode| mode == "managed");
    let resource = |at: &'_ Node| -> Option<(String, String)> {
        Some((at.text_at(&["type"])?.to_owned(), at.text_at(&["name"])?.to_owned()))
    };
    let mut found = Vec::new();
    for at in document.list(&["resources"]).filter(managed) {
        let Some((kind, name)) = resource(at) else { continue };
        let instances: Vec<_> = at.list(&["instances"]).collect();
        let lists = instances
            .iter()
            .flat_map(|it| [texts(it, &["dependencies"]), texts(it, &["depends_on"])].concat());
        let depends_on = lists.collect();
        let module = at.text_at(&["module"]).map(str::to_owned);
        let address = format!("{kind}.{name}");
        found.push(Resource { address, module, kind, name, at, instances, depends_on });
    }
    found
}

fn version_3(document: &Node) -> Vec<Resource<'_>> {
    let mut found = Vec::new();
    for module in document.list(&["modules"]) {
        let path = texts(module, &["path"]).into_iter().skip(1).collect::<Vec<_>>().join(".");
        let module_name = (!path.is_empty()).then_some(path);
        for (key, at) in module.at(&["resources"]).into_iter().flat_map(Node::entries) {
            // `data.` stands before what was only looked up.
            let Some((kind, name)) = key.split_once('.').filter(|(kind, _)| *kind != "data") else {
                continue;
            };
            found.push(Resource {
                address: format!("{kind}.{name}"),
                module: module_name.clone(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                at,
                instances: at.at(&["primary"]).into_iter().collect(),
                depends_on: texts(at, &["depends_on"]),
            });
        }
    }
    found
}

/// Types of resources, without their provider, by role.
const ROLES: [(Role, &[&str]); 6] = [
    (
        Role::Database,
        &[
            "db_instance",
            "rds_cluster",
            "rds_cluster_instance",
            "dynamodb_table",
            "redshift_cluster",
            "docdb_cluster",
            "neptune_cluster",
            "elasticsearch_domain",
            "opensearch_domain",
            "postgresql_server",
            "postgresql_flexible_server",
            "mysql_server",
            "mysql_flexible_server",
            "mariadb_server",
            "sql_server",
            "sql_database",
            "mssql_server",
            "mssql_database",
            "cosmosdb_account",
            "sql_database_instance",
            "spanner_instance",
            "bigtable_instance",
        ],
    ),
    (
        Role::Cache,
        &[
            "elasticache_cluster",
            "elasticache_replication_group",
            "redis_cache",
            "redis_instance",
            "memcache_instance",
            "dax_cluster",
            "memorydb_cluster",
        ],
    ),
    (
        Role::Queue,
        &[
            "sqs_queue",
            "mq_broker",
            "msk_cluster",
            "kinesis_stream",
            "sns_topic",
            "servicebus_queue",
            "servicebus_topic",
            "eventhub",
            "pubsub_topic",
            "pubsub_subscription",
            "cloud_tasks_queue",
        ],
    ),
    (
        Role::Balancer,
        &[
            "elb",
            "alb",
            "lb",
            "api_gateway_rest_api",
            "apigatewayv2_api",
            "cloudfront_distribution",
            "application_gateway",
            "frontdoor",
            "traffic_manager_profile",
            "compute_forwarding_rule",
            "compute_global_forwarding_rule",
            "compute_url_map",
            "api_management",
        ],
    ),
    (
        Role::Service,
        &[
            "ecs_service",
            "lambda_function",
            "app_runner_service",
            "elastic_beanstalk_environment",
            "app_service",
            "linux_web_app",
            "windows_web_app",
            "function_app",
            "linux_function_app",
            "container_group",
            "container_app",
            "cloud_run_service",
            "cloud_run_v2_service",
            "cloudfunctions_function",
            "cloudfunctions2_function",
            "app_engine_standard_app_version",
        ],
    ),
    (
        Role::Machines,
        &[
            "instance",
            "spot_instance_request",
            "autoscaling_group",
            "eks_cluster",
            "eks_node_group",
            "linux_virtual_machine",
            "windows_virtual_machine",
            "virtual_machine",
            "virtual_machine_scale_set",
            "linux_virtual_machine_scale_set",
            "kubernetes_cluster",
            "kubernetes_cluster_node_pool",
            "compute_instance",
            "compute_instance_group_manager",
            "compute_region_instance_group_manager",
            "container_cluster",
            "container_node_pool",
        ],
    ),
];

/// What a type of resource is; none for what neither runs nor keeps anything.
fn role(kind: &str) -> Option<Role> {
    let (provider, rest) = kind.split_once('_')?;
    let is_known = matches!(provider, "aws" | "azurerm" | "google");
    let found = ROLES.iter().find(|(_, types)| is_known && types.contains(&rest));
    found.map(|(role, _)| *role)
}

/// Reads a component; its name, which is made unique by the type and the module if need be.
fn component(resource: &Resource<'_>, role: Role, file: &File, facts: &mut Facts) -> String {
    let mut name = resource.name.clone();
    if facts.component(&name).is_some() {
        name.clone_from(&resource.address);
    }
    if let (Some(module), true) = (&resource.module, facts.component(&name).is_some()) {
        name = format!("{}.{}", module.trim_start_matches("module."), resource.address);
    }
    let component = facts.entry(file.fact(name.clone(), resource.at));
    component.namespace.clone_from(&resource.module);
    component.role = Some(file.fact(role, resource.at));
    component.image = Some(file.fact(resource.kind.clone(), resource.at));
    let attribute = |keys: &[&str]| {
        let of = |it: &&'_ Node, key: &str| it.at(&["attributes", key]).cloned();
        keys.iter().find_map(|key| resource.instances.iter().find_map(|it| of(it, key)))
    };
    let count = |keys: &[&str]| {
        let at = attribute(keys)?;
        Some(file.fact(at.count()?, &at))
    };
    let several = u32::try_from(resource.instances.len()).ok().filter(|count| *count > 0);
    component.replicas = count(&[
        "desired_capacity",
        "desired_count",
        "target_size",
        "num_cache_nodes",
        "node_count",
        "number_cache_clusters",
        "num_cache_clusters",
        "instances",
        "initial_node_count",
        "capacity",
    ])
    .or_else(|| several.map(|count| file.fact(count, resource.at)));
    if let (Some(min), Some(max)) =
        (count(&["min_size", "min_count"]), count(&["max_size", "max_count"]))
    {
        let scale = Autoscale {
            min: min.value,
            max: max.value,
            metric: None,
            target_share: None,
            stabilization_ns: None,
        };
        component.autoscale = Some(Fact { value: scale, origin: min.origin });
    }
    if role == Role::Balancer
        && let Some(at) = attribute(&["idle_timeout"])
        && let Some(seconds) = at.count()
    {
        component.policy.timeout_ns = Some(file.fact(u64::from(seconds) * 1_000_000_000, &at));
    }
    concerning_places(resource, file, component);
    name
}

fn concerning_places(resource: &Resource<'_>, file: &File, component: &mut Component) {
    for attributes in resource.instances.iter().filter_map(|it| it.at(&["attributes"])) {
        for key in ["availability_zone", "zone"] {
            let at = attributes.at(&[key]);
            component.zones.extend(at.and_then(|at| Some(file.fact(at.text()?.to_owned(), at))));
        }
        let lists = attributes.list(&["availability_zones"]).chain(attributes.list(&["zones"]));
        component.zones.extend(lists.filter_map(|at| Some(file.fact(at.text()?.to_owned(), at))));
        let machine =
            ["instance_type", "instance_class", "machine_type", "node_type", "vm_size", "size"];
        let machine = machine.iter().find_map(|key| attributes.at(&[key]));
        if let (Some(image), Some(at)) = (&mut component.image, machine)
            && let Some(text) = at.text()
        {
            image.value = format!("{} {text}", resource.kind);
        }
    }
    component.zones.sort_by(|a, b| a.value.cmp(&b.value));
    component.zones.dedup_by(|later, first| later.value == first.value);
}

/// The resources that one depends on, also through those that only join others.
fn reached<'r, 'n>(
    from: &'r Resource<'n>,
    all: &'r [Resource<'n>],
    seen: &mut Vec<&'r str>,
) -> Vec<&'r Resource<'n>> {
    const JOINTS: [&str; 8] = [
        "target_group",
        "listener",
        "attachment",
        "backend",
        "association",
        "launch",
        "task_definition",
        "member",
    ];
    let mut found = Vec::new();
    for address in &from.depends_on {
        // Version 4 writes the module before the address, and a place in a list behind it.
        let address = address.split('[').next().unwrap_or_default();
        let parts: Vec<_> = address.rsplitn(3, '.').collect();
        let [name, kind, ..] = parts[..] else { continue };
        let same = |it: &&Resource<'_>| it.kind == kind && it.name == name;
        let Some(to) = all.iter().find(same) else { continue };
        if seen.contains(&to.address.as_str()) {
            continue;
        }
        seen.push(&to.address);
        found.push(to);
        if role(&to.kind).is_none() && JOINTS.iter().any(|joint| to.kind.contains(joint)) {
            found.extend(reached(to, all, seen));
        }
    }
    found
}
