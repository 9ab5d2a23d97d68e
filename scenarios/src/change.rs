//! Change files: what is set in a twin, whatever the scenario.

use std::io;
use std::path::Path;

use crate::decode::decode;
use crate::model::change::ChangeFile;
use crate::node::Node;
use crate::problem::{Problem, Problems};
use crate::scenario::{expect_kind, read};
use crate::schema::Kind;
use crate::source::Sources;

/// Reads the change file at `path`: its edits as (address, value), in their order.
///
/// # Errors
/// What is wrong with the file. Whether its addresses mean anything shows with a twin.
pub fn load_change(
    path: &Path,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Vec<(String, String)>, Problems> {
    let mut sources = Sources::default();
    let tree = read(&mut sources, path, None, reader).and_then(|tree| {
        expect_kind(&tree, Kind::Change)?;
        Ok(tree)
    });
    tree.and_then(|tree| edits(&tree)).map_err(|problem| Problems::new(&sources, vec![problem]))
}

/// The edits of a change file.
pub(crate) fn edits(tree: &Node) -> Result<Vec<(String, String)>, Problem> {
    let file = decode::<ChangeFile>(tree)?;
    if file.changes.is_empty() {
        let message = "this change changes nothing";
        let help = "such as `changes: {gateway.replicas: 6}`";
        return Err(Problem::at(file.changes.span, message).help(help));
    }
    let changes = tree.get("changes").map_or(&[][..], Node::entries);
    Ok(changes.iter().map(|(key, value)| (key.name.clone(), value.to_string())).collect())
}
