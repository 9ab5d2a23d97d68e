//! Small manifests by hand, all the way to the lines of a twin.

use foreshadow_telemetry::{Names, ReadOptions, Record, read_records_from};

use super::*;
use crate::infer::{Labels, infer};
use crate::testing::Maker;
use crate::write::{Header, write};

const KUBERNETES: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-service, namespace: shop}
spec:
  replicas: 3
  template:
    spec:
      nodeSelector: {topology.kubernetes.io/zone: eu-1a}
      containers:
        - image: shop/cart:1
          resources: {requests: {cpu: 500m}, limits: {cpu: 2}}
          readinessProbe: {periodSeconds: 5, failureThreshold: 2}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec:
  scaleTargetRef: {kind: Deployment, name: cart-service}
  minReplicas: 2
  maxReplicas: 9
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis-cart, namespace: shop}
spec:
  template: {spec: {containers: [{image: redis:7, resources: {limits: {cpu: 125m}}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart}
spec:
  http:
    - route: [{destination: {host: cart-service}}]
      timeout: 3s
      retries: {attempts: 2, perTryTimeout: 1s, retryOn: \"connect-failure,deadline-exceeded\"}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart}
spec:
  host: cart-service
  trafficPolicy:
    loadBalancer: {simple: LEAST_REQUEST}
    connectionPool: {tcp: {maxConnections: 32}, http: {http1MaxPendingRequests: 7}}
    outlierDetection: {consecutive5xxErrors: 4, baseEjectionTime: 10s, maxEjectionPercent: 50}
";

fn facts(text: &str) -> Facts {
    let (mut names, mut facts) = (Names::default(), Facts::default());
    let options = ReadOptions::default();
    read_records_from(text.as_bytes(), "k8s.yaml", &options, &mut names, &mut |record| {
        if let Record::Facts(found) = record {
            facts.merge(*found);
        }
        Ok(())
    })
    .unwrap();
    facts
}

/// The twin of a page that reads a cart from `instances` replicas, with facts; and the summary.
fn twin(instances: u64, text: &str, include: &[&str]) -> (String, String) {
    let mut maker = Maker::default();
    for i in 0..20 {
        maker.span(0, "web: home", 0, 10_000);
        maker.span(1, &format!("cart#{}: read", i % instances), 2_000, 8_000);
        maker.end();
    }
    let observations = maker.observe();
    let labels = Labels::of(&observations);
    let mut model = infer(observations.view(), &labels);
    let facts = facts(text);
    let include: Vec<String> = include.iter().map(|name| (*name).to_owned()).collect();
    let mut declarations = Declarations::of(&facts, &model, &include).unwrap();
    let notes = declarations.apply(&mut model);
    declarations.report.add(&notes);
    let (first_ns, last_ns) = (observations.first_ns, observations.last_ns);
    let header = Header { name: "made", first_ns, last_ns, passed: None, error: None, notes: &[] };
    let text = write(&model, &header);
    let files = |_: &std::path::Path| Ok(text.clone());
    foreshadow_scenarios::load_twin("made.yaml".as_ref(), &files)
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    (text, declarations.report.lines().join("\n"))
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    for line in expected {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn what_manifests_state_stands_in_the_twin_with_its_place() {
    let (twin, summary) = twin(2, KUBERNETES, &[]);
    check(
        &twin,
        &[
            "zones: eu-1a: {value: {}, source: declared, from: \"k8s.yaml:8\"}",
            "replicas: {value: 3, source: declared, from: \"k8s.yaml:5\"}",
            "cpu: {request: {value: 0.5, source: declared, from: \"k8s.yaml:11\"}, \
             limit: {value: 2, source: declared, from: \"k8s.yaml:11\"}}",
            "health: {every: {value: 5s, source: declared, from: \"k8s.yaml:12\"}, \
             failures: {value: 2, source: declared, from: \"k8s.yaml:12\"}}",
            "autoscale: {metric: cpu, target: {value: 60%, source: declared",
            "min: {value: 2, source: declared",
            "max: {value: 9, source: declared",
            "timeout: {value: 1s, source: declared",
            "retries: {value: {max: 2, on: [failed, timeout], backoff: {base: 25ms, factor: 2, \
             cap: 250ms, jitter: full}}, source: declared",
            "pool: {value: 32, source: declared",
            "outlier_ejection: {value: {consecutive_failures: 4, base: 10s, max_ejected: 50%}, \
             source: declared",
            "balance: {value: power_of_two, source: declared",
        ],
    );
    check(
        &summary,
        &[
            "described by files: cart (there cart-service)",
            "described by no file: web",
            "redis-cart (k8s.yaml:25)",
            "cart: 3 replicas declared (k8s.yaml:5), only 2 seen",
            "cart: limit of 3s over all attempts is not simulated",
            "cart: limit of waiting requests (7) is not simulated",
        ],
    );
    assert!(!twin.contains("redis-cart"), "{twin}");
}

#[test]
fn a_limit_below_one_core_is_not_counted_twice() {
    let text = KUBERNETES.replace("limits: {cpu: 2}", "limits: {cpu: 750m}");
    let (twin, summary) = twin(2, &text, &[]);
    assert!(!twin.contains("cpu:") && !twin.contains("autoscale: {"), "{twin}");
    check(
        &summary,
        &[
            "cart (0.75, k8s.yaml:11): limit below one core left out",
            "it follows cpu, which is left out, too",
        ],
    );
}

#[test]
fn more_replicas_than_declared_were_seen() {
    let (twin, summary) = twin(5, KUBERNETES, &[]);
    check(&twin, &["replicas: {value: 5, source: observed, from: \"instances in the spans\"}"]);
    check(&summary, &["cart: 3 replicas declared (k8s.yaml:5), but 5 were seen; not used"]);
}

#[test]
fn what_only_files_know_is_added_when_asked_for() {
    let (twin, summary) = twin(2, KUBERNETES, &["redis-cart"]);
    check(&twin, &["redis-cart: kind: cache", "any: {steps: []}"]);
    check(&summary, &["in files only, and added as asked: redis-cart (k8s.yaml:25)"]);
}

#[test]
fn dependencies_say_where_each_is_known_from() {
    let compose = "services:\n  web:\n    image: web\n    depends_on: [cart]\n  cart: {image: c}\n";
    let (twin, _) = twin(2, compose, &[]);
    check(&twin, &["depends_on: cart: [\"spans\", \"depends on, k8s.yaml:4\"]"]);
    let mut both = facts(compose);
    both.merge(facts(
        r#"{"data":[{"parent":"web","child":"cart","callCount":7},{"parent":"cart","child":"web","callCount":1}]}"#,
    ));
    let of: Vec<&str> = both.edges.iter().map(|edge| edge.to.as_str()).collect();
    assert_eq!(of, ["cart", "cart", "web"]);
}

#[test]
fn dependencies_that_only_files_know_are_listed() {
    let compose = "services:\n  web:\n    image: web\n    depends_on: [cart, mail]\n  cart: {image: c}\n  mail: {image: m}\n";
    let (_, summary) = twin(2, compose, &[]);
    check(&summary, &["dependencies in files only: web → mail (depends on, k8s.yaml:4)"]);
}
