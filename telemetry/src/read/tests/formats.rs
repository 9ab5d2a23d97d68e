//! Every file of `../shared/data/formats` reads, or is refused with a reason.

use std::fmt::Write;

use super::*;
use crate::testing::measured;

/// What reading a file gives, in a line or a few.
fn describe(path: &Path) -> String {
    let (mut names, mut out) = (Names::default(), String::new());
    let mut facts = Vec::new();
    let summary = read_records(path, &ReadOptions::default(), &mut names, &mut |record| {
        if let Record::Facts(found) = record {
            facts.push(found);
        }
        Ok(())
    });
    let folder = path.parent().and_then(Path::parent).unwrap_or(path).display().to_string();
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => return error.to_string().replace(&folder, ""),
    };
    write!(out, "{}: {} records", summary.format, summary.records).unwrap();
    for (kind, count) in &summary.kinds {
        write!(out, ", {count} {kind}").unwrap();
    }
    for it in &summary.defects {
        write!(out, "; {} with {}, first at {}", it.count, it.defect, it.first).unwrap();
    }
    if names.all_series().len() > 0 {
        write!(out, "; {} series", names.all_series().len()).unwrap();
    }
    for facts in facts {
        let (components, edges) = (facts.components.len(), facts.edges.len());
        write!(
            out,
            "; {components} components, {edges} edges, {} passed over",
            facts.passed_over.len()
        )
        .unwrap();
        for note in &facts.notes {
            write!(out, "; {}", note.value).unwrap();
        }
    }
    out
}

#[test]
fn every_file_reads_or_is_refused_with_a_reason() {
    let Some(folder) = measured("formats") else { return };
    let mut files = Vec::new();
    for folder in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.is_dir() {
            files.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    files.sort();
    let mut found = String::new();
    for file in &files {
        let folder = file.parent().and_then(Path::file_name).unwrap().to_string_lossy();
        let name = file.file_name().unwrap().to_string_lossy();
        writeln!(found, "{folder}/{name}\n    {}", describe(file)).unwrap();
    }
    insta::assert_snapshot!(found);
}
