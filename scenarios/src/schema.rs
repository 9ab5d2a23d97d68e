//! JSON Schema of each kind of file, for editors and for programs that write such files.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::model::campaign::CampaignFile;
use crate::model::change::ChangeFile;
use crate::model::load_file::{EventsFile, LoadFile};
use crate::model::scenario::ScenarioFile;
use crate::model::twin::Twin;
use crate::node::Provenance;

/// The kinds of files that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a system is.
    Twin,
    /// What if.
    Scenario,
    /// Faults to try on any twin.
    Campaign,
    /// What users did and will do.
    Load,
    /// What is coming that a forecast does not know.
    Events,
    /// What to set in a twin.
    Change,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Twin, Self::Scenario, Self::Campaign, Self::Load, Self::Events, Self::Change];

    /// What stands behind `foreshadow:` in a file of this kind.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Twin => "twin/v1",
            Self::Scenario => "scenario/v1",
            Self::Campaign => "campaign/v1",
            Self::Load => "load/v1",
            Self::Events => "events/v1",
            Self::Change => "change/v1",
        }
    }

    /// The name in messages and commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twin => "twin",
            Self::Scenario => "scenario",
            Self::Campaign => "campaign",
            Self::Load => "load",
            Self::Events => "events",
            Self::Change => "change",
        }
    }
}

/// Types whose values may carry their origin.
const VALUES: [&str; 11] = [
    "Time", "Period", "AutoTime", "Rate", "Share", "Count", "Bound", "Number", "Weight", "Amount",
    "Law",
];

/// The JSON Schema, draft 2020-12, of files of this kind.
#[must_use]
pub fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Twin => of::<Twin>(kind),
        Kind::Scenario => of::<ScenarioFile>(kind),
        Kind::Campaign => of::<CampaignFile>(kind),
        Kind::Load => of::<LoadFile>(kind),
        Kind::Events => of::<EventsFile>(kind),
        Kind::Change => of::<ChangeFile>(kind),
    }
}

fn of<T: JsonSchema>(kind: Kind) -> Value {
    let schema: Schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        with_origins(definitions);
    }
    if let Some(header) = schema.pointer_mut("/properties/foreshadow") {
        header["const"] = kind.header().into();
    }
    schema
}

/// Lets every single value and law also be written with its origin.
fn with_origins(definitions: &mut Map<String, Value>) {
    for name in VALUES {
        let Some(plain) = definitions.get(name).cloned() else {
            continue;
        };
        let description = plain.get("description").cloned().unwrap_or_default();
        let bare = format!("Bare{name}");
        let itself = json!({"$ref": format!("#/$defs/{bare}")});
        definitions.insert(bare, plain);
        definitions.insert(
            name.to_owned(),
            json!({
                "description": description,
                "anyOf": [
                    itself,
                    {
                        "description": "The same with its origin.",
                        "type": "object",
                        "properties": {
                            "value": itself,
                            "source": {"enum": Provenance::ALL.map(Provenance::name)},
                            "from": {"type": "string", "description": "By what it is known."},
                            "low": itself,
                            "high": itself,
                        },
                        "required": ["value", "source"],
                        "additionalProperties": false
                    }
                ]
            }),
        );
    }
}
