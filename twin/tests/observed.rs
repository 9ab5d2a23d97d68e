//! Learning from what real systems recorded: Online Boutique and Train Ticket, minutes of each.
//!
//! The recordings are not part of the repository; without them these tests say so and pass.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use foreshadow_twin::{Error, LearnOptions, Learned, Progress, learn, service_edges};

const ONLINE_BOUTIQUE: &str = "nezha-ob/baseline/17_00_trace.csv.xz";
const TRAIN_TICKET: &str = "nezha-tt/baseline/08_50_trace.csv.xz";

fn recording(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

fn learn_file(path: &Path) -> Learned {
    let learned =
        learn(&[path.to_owned()], &LearnOptions::default(), &mut |_| ControlFlow::Continue(()));
    learned.expect("the recording is good")
}

fn learned(name: &str) -> Option<Learned> {
    recording(name).map(|path| learn_file(&path))
}

#[test]
fn online_boutique_has_its_thirteen_edges_and_two_databases() {
    let Some(learned) = learned(ONLINE_BOUTIQUE) else { return };
    let expected = [
        ("checkoutservice", "cartservice"),
        ("checkoutservice", "emailservice"),
        ("checkoutservice", "paymentservice"),
        ("checkoutservice", "productcatalogservice"),
        ("checkoutservice", "shippingservice"),
        ("frontend", "adservice"),
        ("frontend", "cartservice"),
        ("frontend", "checkoutservice"),
        ("frontend", "currencyservice"),
        ("frontend", "productcatalogservice"),
        ("frontend", "recommendationservice"),
        ("frontend", "shippingservice"),
        ("recommendationservice", "productcatalogservice"),
    ];
    assert_eq!(service_edges(&learned.graph), expected);
    assert_eq!((learned.quality.services, learned.quality.databases), (10, 2));
    for text in
        ["addatabase.select_aditems", "frontend.Recv: 8.38/s", "productcatalogservice_db.rows"]
    {
        assert!(learned.twin_yaml.contains(text), "{text}");
    }
}

#[test]
fn online_boutique_is_predicted_from_half_of_its_minute() {
    let Some(learned) = learned(ONLINE_BOUTIQUE) else { return };
    let check = learned.check.expect("enough was seen");
    println!("{check}");
    assert!(check.p50_error() <= 0.10, "{check}");
    assert!(check.p95_error() <= 0.20, "{check}");
    // Also over the operations of services alone.
    let mut services = check.clone();
    services
        .rows
        .retain(|row| !row.endpoint.contains("_db.") && !row.endpoint.starts_with("addatabase"));
    assert!(services.rows.len() >= 9, "{check}");
    assert!(services.p50_error() <= 0.10 && services.p95_error() <= 0.20, "{check}");
    assert!(learned.twin_yaml.contains("backtest: passed"));
}

#[test]
fn train_ticket_has_its_forty_two_edges() {
    let Some(learned) = learned(TRAIN_TICKET) else { return };
    println!("{}", learned.check.as_ref().map(ToString::to_string).unwrap_or_default());
    assert_eq!(service_edges(&learned.graph).len(), 42);
    assert_eq!((learned.quality.services, learned.quality.databases), (25, 1));
    // The file has them all too, however rarely they were used; `ts` is the database.
    assert_eq!(
        edges_of(&learned.twin_yaml).iter().filter(|edge| !edge.ends_with("calls.ts")).count(),
        42
    );
}

/// The edges that the steps of a twin file use, `caller.calls.callee`.
fn edges_of(twin: &str) -> Vec<String> {
    let files = |path: &Path| {
        Ok(match path.to_str() {
            Some("twin.yaml") => twin.to_owned(),
            _ => String::from(
                "{foreshadow: scenario/v1, name: s, twin: twin.yaml, load: {ts-gateway-service.root: \
                 {arrivals: {poisson: {rate: 1/s}}}}}",
            ),
        })
    };
    let scenario = foreshadow_scenarios::load_scenario(Path::new("s.yaml"), &[], &files);
    let lowered = scenario.and_then(|scenario| foreshadow_scenarios::lower(&scenario));
    lowered.expect("a learned twin is sound").names.edges
}

/// The text of a recording; none if `xz` cannot be run here.
fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    let mut child = Command::new("xz")
        .arg("-dc")
        .arg(path)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    child.stdout.take()?.read_to_string(&mut text).ok()?;
    child.wait().ok()?.success().then_some(text)
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let Some(path) = recording(ONLINE_BOUTIQUE) else { return };
    let Some(text) = text(&path) else { return };
    let (header, rows) = text.split_once('\n').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &mut dyn Iterator<Item = &str>| {
        let path = folder.path().join(name).join("spans.csv");
        let mut text = format!("{header}\n");
        for row in rows {
            text.extend([row, "\n"]);
        }
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(&path, text).unwrap();
        learn_file(&path).twin_yaml
    };
    let forth = write("forth", &mut rows.lines());
    assert_eq!(forth, write("again", &mut rows.lines()));
    assert_eq!(forth, write("back", &mut rows.lines().rev()));
}

#[test]
fn learning_can_be_stopped_and_says_what_is_missing() {
    let none = learn(&[], &LearnOptions::default(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(none, Err(Error::NoFiles)));
    let Some(path) = recording(ONLINE_BOUTIQUE) else { return };
    let twice = [path.clone(), path.clone()];
    let twice = learn(&twice, &LearnOptions::default(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(twice, Err(Error::Twice(_))));
    let stopped = learn(&[path], &LearnOptions::default(), &mut |progress| match progress {
        Progress::Reading { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(stopped, Err(Error::Interrupted)));
}
