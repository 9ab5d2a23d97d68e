//! The service behind the name of a Kubernetes pod.

/// Letters that Kubernetes draws random suffixes from: no vowels, no look-alikes.
///
/// Source: `k8s.io/apimachinery/pkg/util/rand`, `alphanums`.
const SUFFIX_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The workload that a pod's name was made from; a name of another form is its own service.
///
/// - Deployment: `frontend-579b9bff58-t2dbm` is `frontend` plus the hash of the `ReplicaSet` (up
///   to 10 letters) plus 5 random letters.
/// - `DaemonSet`, `ReplicaSet` or Job: `agent-x7k2p` is `agent` plus 5 random letters; at least one
///   must be a digit, so that `cart-proxy` and `my-redis` keep their names.
/// - `StatefulSet`: `mysql-0` is `mysql` plus an ordinal.
#[must_use]
pub fn service_of_pod(pod: &str) -> &str {
    let Some((owner, last)) = pod.rsplit_once('-') else {
        return pod;
    };
    if owner.is_empty() || last.is_empty() {
        return pod;
    }
    if last.len() <= 4 && last.bytes().all(|byte| byte.is_ascii_digit()) {
        return owner;
    }
    if last.len() != 5 || !is_random(last) {
        return pod;
    }
    match owner.rsplit_once('-') {
        Some((service, hash)) if !service.is_empty() && is_replica_set_hash(hash) => service,
        _ if has_digit(last) => owner,
        _ => pod,
    }
}

fn is_replica_set_hash(hash: &str) -> bool {
    // Before Kubernetes 1.8 the hash was a plain number.
    let is_number = hash.bytes().all(|byte| byte.is_ascii_digit());
    (5..=10).contains(&hash.len()) && (is_number || is_random(hash) && has_digit(hash))
}

fn is_random(text: &str) -> bool {
    text.bytes().all(|byte| SUFFIX_LETTERS.contains(&byte))
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pod: &str, service: &str) {
        assert_eq!(service_of_pod(pod), service);
    }

    #[test]
    fn suffixes_of_workloads_are_stripped() {
        check("frontend-579b9bff58-t2dbm", "frontend");
        check("ts-inside-payment-service-6f94c49ccd-4rdb2", "ts-inside-payment-service");
        check("ts-route-service-b6c59fb57-zv8dt", "ts-route-service");
        check("frontend-3823415956-85n9q", "frontend");
        check("mysql-0", "mysql");
        check("kafka-broker-12", "kafka-broker");
        check("node-exporter-x7k2p", "node-exporter");
        // Five random letters without a digit still follow a hash.
        check("cart-579b9bff58-bcdfg", "cart");
    }

    #[test]
    fn other_names_are_their_own_service() {
        for name in
            ["frontend", "cart-service", "my-redis", "", "-", "-0", "cart-", "ts-travel2-service"]
        {
            check(name, name);
        }
    }
}
