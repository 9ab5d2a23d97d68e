//! `foreshadow graph`.

use std::fmt::Write;

use foreshadow_scenarios::load_twin;
use foreshadow_twin::{CriticalPath, Dependencies, PartKind, Status};

use crate::args::{Graph, GraphFormat};
use crate::render::wrapped;
use crate::{Status as Exit, files};

/// Legs shown of each critical path.
const LEGS: usize = 12;

pub(crate) fn run(command: &Graph) -> anyhow::Result<Exit> {
    let twin = load_twin(&command.twin, &files::read)?;
    let dependencies = match &command.since {
        Some(old) => Dependencies::compare(&load_twin(old, &files::read)?, &twin),
        None => Dependencies::of(&twin),
    };
    let text = match command.format {
        GraphFormat::Text => text(&dependencies),
        GraphFormat::Svg => dependencies.to_svg(),
        GraphFormat::Dot => dependencies.to_dot(),
        GraphFormat::Mermaid => dependencies.to_mermaid(),
        GraphFormat::Json => serde_json::to_string_pretty(&dependencies.to_json())? + "\n",
    };
    match &command.out {
        Some(path) => files::write(path, &text)?,
        None => files::print(&text)?,
    }
    Ok(Exit::Held)
}

fn text(dependencies: &Dependencies) -> String {
    let graph = &dependencies.graph;
    let hosts = graph.node_weights().filter(|part| part.kind == PartKind::Host).count();
    let components = graph.node_count() - hosts;
    let mut text = format!("{}: {components} components", dependencies.system);
    let _ = match graph.edge_count() {
        1 => writeln!(text, ", 1 dependency"),
        links => writeln!(text, ", {links} dependencies"),
    };
    text += "\nCritical paths (mean times where nobody waits in a queue)\n";
    for path in &dependencies.critical_paths {
        text += &critical_path(path);
    }
    text += "\nSingle points of failure\n";
    for point in &dependencies.weak_points {
        let _ =
            writeln!(text, "  {}: {}; fails {}", point.part, point.why, point.entries.join(", "));
    }
    if dependencies.weak_points.is_empty() {
        text += "  none\n";
    }
    if !dependencies.cycles.is_empty() {
        text += "\nCircles\n";
        for cycle in &dependencies.cycles {
            let _ = writeln!(text, "  {}", cycle.join(", "));
        }
    }
    text + &origins(dependencies) + &changes(dependencies)
}

/// Dependencies shown with where they are known from.
const ORIGINS: usize = 60;

/// Who depends on whom, and where that is known from, where the twin says it.
fn origins(dependencies: &Dependencies) -> String {
    let graph = &dependencies.graph;
    let known = graph.edge_indices().filter(|edge| !graph[*edge].origins.is_empty());
    let lines = known.filter_map(|edge| {
        let (from, to) = graph.edge_endpoints(edge)?;
        Some(format!("{} → {}: {}", graph[from].name, graph[to].name, graph[edge].describe()))
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nDependencies, and where they are known from\n");
    for line in lines.iter().take(ORIGINS) {
        wrapped(&mut text, line, 2);
    }
    if lines.len() > ORIGINS {
        let _ = writeln!(text, "  … and {} more (--format json has all)", lines.len() - ORIGINS);
    }
    text
}

fn critical_path(path: &CriticalPath) -> String {
    let mut text = format!("  {}  {}\n", path.entry, millis(path.total_ms));
    for leg in path.legs.iter().take(LEGS) {
        let indent = "  ".repeat(leg.depth);
        let times = match leg.visits {
            visits if (visits - 1.0).abs() < 1e-9 => String::new(),
            visits => format!(", {} visits", crate::number::significant(visits)),
        };
        let network = match leg.network_ms {
            0.0 => String::new(),
            network => format!(", network {}", millis(network)),
        };
        let _ = writeln!(
            text,
            "    {indent}{}: own work {}{network}{times}",
            leg.endpoint,
            millis(leg.own_ms)
        );
    }
    if path.legs.len() > LEGS {
        let _ = writeln!(text, "    … and {} more (--format json has all)", path.legs.len() - LEGS);
    }
    text
}

fn changes(dependencies: &Dependencies) -> String {
    match change_lines(dependencies).as_slice() {
        [] => String::new(),
        lines => format!("\nChanges\n  {}\n", lines.join("\n  ")),
    }
}

/// What is new, gone or otherwise since another twin, one line each.
pub(crate) fn change_lines(dependencies: &Dependencies) -> Vec<String> {
    let graph = &dependencies.graph;
    let mut lines = Vec::new();
    let mut add = |status: Status, what: String| match status {
        Status::Same => {}
        Status::Added => lines.push(format!("+ {what}")),
        Status::Removed => lines.push(format!("- {what}")),
    };
    for part in graph.node_weights() {
        add(part.status, part.name.clone());
    }
    for edge in graph.edge_indices() {
        if let Some((from, to)) = graph.edge_endpoints(edge) {
            add(graph[edge].status, format!("{} → {}", graph[from].name, graph[to].name));
        }
    }
    for change in &dependencies.changes {
        let side =
            |value: &Option<String>| value.clone().unwrap_or_else(|| String::from("nothing"));
        lines.push(format!(
            "~ {}: {} → {}",
            change.address,
            side(&change.before),
            side(&change.after)
        ));
    }
    lines
}

fn millis(ms: f64) -> String {
    format!("{} ms", crate::number::significant(ms))
}
