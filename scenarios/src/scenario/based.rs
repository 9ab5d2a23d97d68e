//! Campaigns on top of campaign files.

use super::{Reader, expect_kind, read};
use crate::decode::decode;
use crate::model::campaign::CampaignFile;
use crate::node::{Key, Node, Value};
use crate::problem::Problem;
use crate::schema::Kind;
use crate::source::Sources;

/// The scenario `tree`, where the file that its campaign names as its `base` is merged into it: what
/// the scenario itself says stands.
pub(super) fn on_campaign(
    sources: &mut Sources,
    mut tree: Node,
    reader: Reader<'_>,
) -> Result<Node, Problem> {
    let base = tree.get("campaign").and_then(|campaign| campaign.get("base"));
    let Some((span, name)) = base.and_then(|node| Some((node.span, node.as_str()?.to_owned())))
    else {
        return Ok(tree);
    };
    let path = sources.resolve(span, &name);
    let file = read(sources, &path, Some(span), reader)?;
    expect_kind(&file, Kind::Campaign)?;
    decode::<CampaignFile>(&file)?;
    let inherited = file.get("campaign").map_or(&[][..], Node::entries);
    if let Some((place, _)) = file.get("campaign").and_then(|campaign| campaign.entry("base")) {
        return Err(Problem::at(place.span, "a campaign file has no base of its own")
            .help("name the other file in the scenario"));
    }
    let key = Key { span, name: String::from("campaign") };
    let own = tree.get_or_insert(key, Value::Null);
    if let Some(Node { value: Value::Map(entries), .. }) = own {
        let faults = |entries: &[(Key, Node)]| {
            entries.iter().find(|(key, _)| key.name == "faults").map(|(key, _)| key.span)
        };
        if let (Some(own), Some(_)) = (faults(entries), faults(inherited)) {
            return Err(Problem::at(
                own,
                format!("these faults would be tried instead of those of {name}"),
            )
            .help("remove one of the two"));
        }
        for (key, node) in inherited {
            if !entries.iter().any(|(known, _)| known.name == key.name) {
                entries.push((key.clone(), node.clone()));
            }
        }
    }
    Ok(tree)
}
