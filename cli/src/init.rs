//! `foreshadow init`: files to begin with.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, bail};
use foreshadow_scenarios::{CheckedTwin, load_twin};

use crate::args::Init;
use crate::{Status, files};

const TWIN: &str = include_str!("init/twin.yaml");
const SCENARIO: &str = include_str!("init/scenario.yaml");

/// Writes a small twin and scenario, or a scenario for a twin.
pub(crate) fn run(command: &Init) -> anyhow::Result<Status> {
    match &command.from {
        Some(twin) => from_twin(twin, command.path.as_deref()),
        None => afresh(command.path.as_deref().unwrap_or(Path::new("."))),
    }
}

fn afresh(folder: &Path) -> anyhow::Result<Status> {
    let (twin, scenario) = (folder.join("twin.yaml"), folder.join("scenario.yaml"));
    refuse_existing(&twin)?;
    refuse_existing(&scenario)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    files::write(&twin, TWIN)?;
    files::write(&scenario, SCENARIO)?;
    files::print(&format!("wrote {} and {}\n", twin.display(), scenario.display()))?;
    files::print(&format!(
        "next: foreshadow rehearse {}\n",
        files::quoted(&scenario.to_string_lossy())
    ))?;
    Ok(Status::Held)
}

fn from_twin(path: &Path, out: Option<&Path>) -> anyhow::Result<Status> {
    let twin = load_twin(path, &files::read)?;
    let Some(out) = out else {
        files::print(&scenario_for(&twin, path, Path::new("scenario.yaml"))?)?;
        return Ok(Status::Held);
    };
    refuse_existing(out)?;
    files::write(out, &scenario_for(&twin, path, out)?)?;
    files::print(&format!("wrote {}\n", out.display()))?;
    files::print(&format!(
        "next: foreshadow rehearse {}\n",
        files::quoted(&out.to_string_lossy())
    ))?;
    Ok(Status::Held)
}

fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        bail!("{} is there already; remove it first, or name another place", path.display());
    }
    Ok(())
}

/// A scenario at the load that was observed, or at a modest one where none was.
fn scenario_for(checked: &CheckedTwin, twin_path: &Path, out: &Path) -> anyhow::Result<String> {
    let twin = &checked.twin;
    let observed = twin.learned.as_ref().map(|learned| &learned.observed);
    let rates: Vec<(String, f64)> = match observed {
        Some(observed) => {
            observed.iter().map(|(name, rate)| (name.value.clone(), rate.0)).collect()
        }
        None => checked.entries.iter().map(|name| (name.clone(), 10.0)).collect(),
    };
    if rates.is_empty() {
        bail!("{} has no endpoint that a user could call", twin_path.display());
    }
    let origin = if observed.is_some() { "the load that was observed" } else { "a modest load" };
    let mut text = format!(
        "# {} at {origin}. Change the rates, add faults, and rehearse again.\n\
         foreshadow: scenario/v1\nname: {}\ntwin: {}\n\nload:\n",
        twin.name,
        twin.name,
        relative(twin_path, out)
    );
    for (name, rate) in &rates {
        let rate = crate::number::significant(*rate);
        writeln!(text, "  {name}: {{arrivals: {{poisson: {{rate: {rate}/s}}}}}}")?;
    }
    text += "\n# faults:\n#   - slow: {at: COMPONENT, factor: 5, start: 1m, duration: 1m}\n\n";
    if twin.objectives.is_empty() {
        text += "# Without objectives there is no verdict.\nobjectives:\n";
        for (name, _) in &rates {
            writeln!(text, "  - {{endpoint: {name}, p99: 1s, success_rate: 99.9%}}")?;
        }
    } else {
        text += "# The twin's own objectives hold unless there are `objectives:` here.\n";
    }
    text +=
        "\nrun: {warm_up: 30s, horizon: 5m, replications: 20, max_replications: 200, seed: 1}\n";
    Ok(text)
}

/// The path of `twin` as seen from the folder of `out`.
fn relative(twin: &Path, out: &Path) -> String {
    let folder = |path: &Path| path.parent().map(Path::to_path_buf).unwrap_or_default();
    if folder(twin) == folder(out) {
        return twin.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
    let absolute = std::path::absolute(twin).unwrap_or_else(|_| twin.to_path_buf());
    if folder(out).as_os_str().is_empty() { twin.to_path_buf() } else { absolute }
        .to_string_lossy()
        .into_owned()
}
