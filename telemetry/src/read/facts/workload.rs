//! What Kubernetes and Compose share: what an image is.

use crate::facts::Role;

/// The role that a well-known image has; a service otherwise.
pub(super) fn role_of_image(image: &str) -> Role {
    // `registry/name:tag` is told by `name`.
    let name = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is =
        |known: &[&str]| known.iter().any(|it| name == *it || name.starts_with(&format!("{it}-")));
    if is(&[
        "redis",
        "valkey",
        "valkey-server",
        "memcached",
        "dragonfly",
        "keydb",
        "hazelcast",
        "varnish",
    ]) {
        Role::Cache
    } else if is(&[
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongo",
        "mongodb",
        "cassandra",
        "scylla",
        "cockroach",
        "elasticsearch",
        "opensearch",
        "clickhouse",
        "clickhouse-server",
        "neo4j",
        "couchdb",
        "influxdb",
        "percona",
        "etcd",
        "timescaledb",
    ]) {
        Role::Database
    } else if is(&[
        "kafka",
        "cp-kafka",
        "rabbitmq",
        "nats",
        "activemq",
        "pulsar",
        "mosquitto",
        "redpanda",
    ]) {
        Role::Queue
    } else if is(&["haproxy", "traefik", "envoy", "nginx-ingress-controller"]) {
        Role::Balancer
    } else {
        Role::Service
    }
}
