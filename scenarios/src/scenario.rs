//! From the name of a scenario file to everything that it is about: the files it extends, its twin,
//! its changes and those of the command line.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::{self, Subject, with_origins};
use crate::decode::decode;
use crate::learned::LearnedLoad;
use crate::model::magnitude::Size;
use crate::model::scenario::ScenarioFile;
use crate::model::twin::Twin;
use crate::node::{self, Key, Node, Provenance, Value};
use crate::problem::{Problem, Problems};
use crate::schema::Kind;
use crate::source::{Sources, Span};
use crate::validate;

mod alone;
mod based;
mod extend;
mod recorded;

pub use alone::{Alone, load_alone};
use extend::extended;
pub(crate) use recorded::Traces;

/// A scenario with its twin, all changes applied.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The texts that it was read from.
    pub sources: Arc<Sources>,
    /// The file of the twin.
    pub twin_path: PathBuf,
    /// The twin as a tree, changes applied.
    pub twin_tree: Node,
    /// The scenario as a tree, with what it extends.
    pub tree: Node,
    /// The twin.
    pub twin: Arc<Twin>,
    /// The scenario.
    pub file: Arc<ScenarioFile>,
    /// The traces that its loads come from.
    pub(crate) traces: Arc<Traces>,
    /// The load file that its load named `learned` comes from, with coming events.
    pub(crate) learned: Option<Arc<LearnedLoad>>,
}

/// A value that is not known well.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// What it is the value of.
    pub address: String,
    /// The value, as written.
    pub value: String,
    /// The least that it may be.
    pub low: Option<Node>,
    /// The most that it may be.
    pub high: Option<Node>,
    /// How it is known.
    pub source: Provenance,
    /// By what.
    pub from: Option<String>,
    /// Where it stands.
    pub span: Span,
}

type Reader<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Reads the scenario at `path` with all that it names, then applies `sets`, edits as
/// (address, value).
///
/// # Errors
/// The first problem of each kind: a file that cannot be read, an unknown key, a change of nothing.
pub fn load_scenario(
    path: &Path,
    sets: &[(String, String)],
    reader: Reader<'_>,
) -> Result<Scenario, Problems> {
    let mut sources = Sources::default();
    let loaded = load(&mut sources, path, sets, reader);
    let (twin_path, twin_tree, tree) =
        loaded.map_err(|problem| Problems::new(&sources, vec![problem]))?;
    let (twin, file) = (decode(&twin_tree), decode(&tree));
    match (twin, file) {
        (Ok(twin), Ok(file)) => {
            let traces = recorded::traces(&mut sources, &file, reader);
            let traces = traces.map_err(|problems| Problems::new(&sources, problems))?;
            let learned = recorded::learned(&mut sources, &file, reader);
            let learned = learned.map_err(|problems| Problems::new(&sources, problems))?;
            Ok(Scenario {
                sources: Arc::new(sources),
                twin_path,
                twin_tree,
                tree,
                twin: Arc::new(twin),
                file: Arc::new(file),
                traces: Arc::new(traces),
                learned: learned.map(Arc::new),
            })
        }
        (twin, file) => {
            let problems = twin.err().into_iter().chain(file.err()).collect();
            Err(Problems::new(&sources, problems))
        }
    }
}

/// Path and tree of the twin, and the tree of the scenario, all changes applied.
fn load(
    sources: &mut Sources,
    path: &Path,
    sets: &[(String, String)],
    reader: Reader<'_>,
) -> Result<(PathBuf, Node, Node), Problem> {
    let mut tree = extended(sources, path, reader)?;
    // A twin that is no text is the decoder's to complain about.
    let Some((span, name)) = tree.get("twin").and_then(|node| Some((node.span, node.as_str()?)))
    else {
        decode::<ScenarioFile>(&tree)?;
        return Err(Problem::at(Span::start_of(tree.span.file), "this scenario names no twin")
            .help("add `twin: FILE`, the twin that it is about, or `extends: FILE`"));
    };
    let twin_path = sources.resolve(span, name);
    let mut twin = read(sources, &twin_path, Some(span), reader)?;
    expect_kind(&twin, Kind::Twin)?;
    if let Some(changes) = tree.get("changes") {
        for (key, value) in changes.entries() {
            change(&mut twin, key, value.clone())?;
        }
    }
    for (address, value) in sets {
        let text = format!("{address}={value}");
        let file = sources.add_argument("--set", &text);
        let start = Span::start_of(file);
        let skip = (address.len() + 1) as u32;
        let value = node::parse(value, file, skip)?;
        let span = Span { len: address.len() as u32, ..start };
        let key = Key { span, name: address.clone() };
        match address::subject(&twin, address) {
            Some(Subject::Scenario) => address::set(&mut tree, address, span, value)?,
            _ => change(&mut twin, &key, value)?,
        }
    }
    let tree = based::on_campaign(sources, tree, reader)?;
    Ok((twin_path, twin, tree))
}

/// Applies one change to a twin.
fn change(twin: &mut Node, key: &Key, value: Node) -> Result<(), Problem> {
    address::set(twin, &key.name, key.span, value)
}

/// Reads one file, a map; `named` is where it was named.
pub(crate) fn read(
    sources: &mut Sources,
    path: &Path,
    named: Option<Span>,
    reader: Reader<'_>,
) -> Result<Node, Problem> {
    let text = read_text(path, named, reader)?;
    let file = sources.add_file(path, &text);
    let tree = node::parse(&text, file, 0)?;
    match tree.value {
        Value::Map(_) => Ok(tree),
        _ => Err(Problem::at(
            tree.span,
            format!("expected keys and values, found {}", tree.describe()),
        )
        .help(validate::EXPECTED_HEADER)),
    }
}

/// Reads the text of one file; `named` is where it was named.
fn read_text(path: &Path, named: Option<Span>, reader: Reader<'_>) -> Result<String, Problem> {
    reader(path).map_err(|error| Problem {
        message: format!("cannot read {}: {error}", path.display()),
        span: named,
        label: named.map(|_| String::from("named here")),
        help: named.map(|_| String::from("paths are relative to the file that names them")),
    })
}

pub(crate) fn expect_kind(tree: &Node, expected: Kind) -> Result<(), Problem> {
    let kind = validate::kind(tree)?;
    if kind == expected {
        return Ok(());
    }
    let span = tree.get("foreshadow").map_or(tree.span, |node| node.span);
    let named = |kind: Kind, more: &str| match kind {
        Kind::Events => String::from("a file of events"),
        kind => format!("a {}{more}", kind.name()),
    };
    let message = format!("expected {}, found {}", named(expected, " file"), named(kind, ""));
    Err(Problem::at(span, message).help(format!(
        "{} begins with `foreshadow: {}`",
        named(expected, ""),
        expected.header()
    )))
}

impl Scenario {
    /// The same scenario with another value at `address` of its twin.
    ///
    /// # Errors
    /// When the address is unknown or the value is none of its.
    pub fn with(&self, address: &str, value: &Node) -> Result<Self, Problems> {
        self.with_all(&[(address, value.clone())])
    }

    /// The same scenario where these go wrong, too.
    ///
    /// # Errors
    /// When one of them is no fault.
    pub fn with_faults(&self, faults: &[Node]) -> Result<Self, Problems> {
        let mut tree = self.tree.clone();
        let key = Key { span: tree.span, name: String::from("faults") };
        if let Some(Node { value: Value::Seq(items), .. }) =
            tree.get_or_insert(key, Value::Seq(Vec::new()))
        {
            items.extend_from_slice(faults);
        }
        let file = decode(&tree).map_err(|problem| Problems::new(&self.sources, vec![problem]))?;
        Ok(Self { tree, file: Arc::new(file), ..self.clone() })
    }

    /// The same scenario with another value at `address` of its own file.
    ///
    /// # Errors
    /// As [`Scenario::with`].
    pub fn with_own(&self, address: &str, value: &Node) -> Result<Self, Problems> {
        let mut tree = self.tree.clone();
        let edited = address::set(&mut tree, address, value.span, value.clone());
        let file = edited.and_then(|()| decode(&tree));
        let file = file.map_err(|problem| Problems::new(&self.sources, vec![problem]))?;
        Ok(Self { tree, file: Arc::new(file), ..self.clone() })
    }

    /// The same scenario without its objectives of recovery; those that ask nothing else are gone.
    ///
    /// # Errors
    /// As [`Scenario::with_own`].
    pub fn without_recovery(&self) -> Result<Self, Problems> {
        let Some(objectives) = self.tree.get("objectives") else {
            return Ok(self.clone());
        };
        let rest = |node: &Node| {
            let mut node = node.clone();
            if let Value::Map(entries) = &mut node.value {
                let had = entries.len();
                entries.retain(|(key, _)| key.name != "recovery");
                if entries.len() < had && entries.len() <= 1 {
                    return None;
                }
            }
            Some(node)
        };
        let left: Vec<Node> = objectives.items().iter().filter_map(rest).collect();
        self.with_own("objectives", &Node::new(objectives.span, Value::Seq(left)))
    }

    /// The same scenario with other values at several addresses of its twin.
    ///
    /// # Errors
    /// As [`Scenario::with`].
    pub fn with_all(&self, values: &[(&str, Node)]) -> Result<Self, Problems> {
        let mut tree = self.twin_tree.clone();
        let mut set = |(address, value): &(&str, Node)| {
            address::set(&mut tree, address, value.span, value.clone())
        };
        let edited = values.iter().try_for_each(&mut set);
        let twin = edited.and_then(|()| decode(&tree));
        let twin = twin.map_err(|problem| Problems::new(&self.sources, vec![problem]))?;
        Ok(Self { twin_tree: tree, twin: Arc::new(twin), ..self.clone() })
    }

    /// Values of the twin that have a low and a high end, and that nobody pinned; without those of
    /// which a rehearsal knows nothing.
    #[must_use]
    pub fn ranges(&self) -> Vec<Assumption> {
        let found = with_origins(&self.twin_tree).into_iter().filter(is_simulated);
        let range = found.filter_map(|(address, node)| {
            let origin = node.origin.as_ref()?;
            let is_range = origin.low.is_some() && origin.high.is_some();
            let is_free = origin.source != Provenance::Pinned;
            (is_range && is_free).then(|| assumption(address, node, origin))
        });
        range.collect()
    }

    /// Values of the twin that are assumed, or whose range is wide: the high end more than half
    /// as much again as the low; without those of which a rehearsal knows nothing, and without parameters of
    /// laws of observed times: there are many, and `--uncertainty` carries them all.
    #[must_use]
    pub fn assumed(&self) -> Vec<Assumption> {
        let found = with_origins(&self.twin_tree).into_iter().filter(is_simulated);
        let found = found.filter(|found| !is_of_observed_law(found));
        let assumed = found.filter_map(|(address, node)| {
            let origin = node.origin.as_ref()?;
            let doubtful = origin.source == Provenance::Assumed
                || (origin.source != Provenance::Pinned
                    && is_wide(
                        origin.low.as_ref().unwrap_or(node),
                        origin.high.as_ref().unwrap_or(node),
                    ));
            doubtful.then(|| assumption(address, node, origin))
        });
        assumed.collect()
    }
}

/// Whether a rehearsal simulates what stands there: how often parts fail is for campaigns.
fn is_simulated((address, _): &(String, &Node)) -> bool {
    ![".reliability", ".reliability.mtbf", ".reliability.mttr"]
        .iter()
        .any(|end| address.ends_with(end))
}

/// Whether a value is a parameter of a law that was fitted to observed times.
fn is_of_observed_law((address, node): &(String, &Node)) -> bool {
    let is_observed = node.origin.as_ref().is_some_and(|it| it.source == Provenance::Observed);
    is_observed && [".work.", ".network."].iter().any(|law| address.contains(law))
}

fn assumption(address: String, node: &Node, origin: &node::Origin) -> Assumption {
    Assumption {
        address,
        value: node.to_string(),
        low: origin.low.clone(),
        high: origin.high.clone(),
        source: origin.source,
        from: origin.from.clone(),
        span: node.span,
    }
}

/// Whether `high` is more than half as much again as `low`.
fn is_wide(low: &Node, high: &Node) -> bool {
    match (magnitude(low), magnitude(high)) {
        (Some(low), Some(high)) => high > 1.5 * low,
        _ => low.value != high.value,
    }
}

/// The size of a single value, whatever its unit.
fn magnitude(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Str(text) => Size::read(text).map(|size| size.value),
        _ => None,
    }
}
