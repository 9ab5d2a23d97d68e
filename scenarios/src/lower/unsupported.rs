//! What the language has and the simulator lacks, in one list; each is refused by name.

use crate::node::{Node, Value};
use crate::problem::Problem;

/// Keys of a scenario, as paths into the tree.
const KEYS: [&str; 1] = ["tune"];

/// Notes all in a scenario that cannot be simulated yet.
pub(super) fn note(scenario: &Node, problems: &mut Vec<Problem>) {
    for path in KEYS {
        let mut node = scenario;
        let mut place = scenario.span;
        let mut name = "";
        let found = path.split('.').all(|key| {
            let Some((key, value)) = node.entries().iter().find(|(k, _)| k.name == key) else {
                return false;
            };
            (node, place, name) = (value, key.span, &key.name);
            true
        });
        if found && node.value != Value::Null {
            problems.push(
                Problem::at(place, format!("not supported yet: {name}"))
                    .help("this version cannot simulate it: remove it to go on without"),
            );
        }
    }
}
