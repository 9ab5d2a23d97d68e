//! Components and endpoints by number.

use std::collections::HashMap;

use foreshadow_telemetry::{Database, Symbol};

/// What a component is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ComponentKey {
    /// A service that sends spans.
    Service(Symbol),
    /// A database that statements name.
    Database(Symbol),
    /// The database of one service, of which at most the kind is known.
    DatabaseOf(Symbol, Option<Symbol>),
}

/// A component: what spans call it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Component {
    /// A service that sends spans, with its name there.
    Service(String),
    /// A database that statements name.
    Database(String),
    /// The database of one service, of which at most the kind is known.
    DatabaseOf(String, Option<String>),
}

impl Component {
    /// Whether it is a store that sends no spans of its own.
    pub(crate) fn is_database(&self) -> bool {
        !matches!(self, Self::Service(_))
    }
}

/// An endpoint: one operation of one component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Endpoint {
    /// Whose it is.
    pub(crate) component: u32,
    /// The operation in spans; varying parts of paths are `{id}`.
    pub(crate) operation: String,
    /// The operation that asks for it, where its own name does not say what is asked: a driver's
    /// `query` is another statement for each.
    pub(crate) asked_by: Option<String>,
    /// How many services of this same endpoint wait on this one.
    pub(crate) level: u8,
}

/// An endpoint as spans name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EndpointKey {
    pub(super) component: u32,
    pub(super) operation: Symbol,
    pub(super) asked_by: Option<Symbol>,
    pub(super) level: u8,
}

/// Numbers for components and endpoints, in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    pub(super) components: Vec<ComponentKey>,
    component_ids: HashMap<ComponentKey, u32>,
    pub(super) endpoints: Vec<EndpointKey>,
    endpoint_ids: HashMap<EndpointKey, u32>,
}

impl Dictionary {
    pub(super) fn component(&mut self, key: ComponentKey) -> u32 {
        let next = self.components.len() as u32;
        let id = *self.component_ids.entry(key).or_insert(next);
        if id == next {
            self.components.push(key);
        }
        id
    }

    /// The database that a span of `service` speaks to.
    pub(super) fn database(&mut self, service: Symbol, database: Database) -> u32 {
        self.component(match database {
            Database::Named(name) => ComponentKey::Database(name),
            Database::System(system) => ComponentKey::DatabaseOf(service, Some(system)),
            Database::Unnamed => ComponentKey::DatabaseOf(service, None),
        })
    }

    pub(super) fn endpoint(&mut self, component: u32, operation: Symbol, level: u8) -> u32 {
        self.numbered(EndpointKey { component, operation, asked_by: None, level })
    }

    /// A statement, of which only a database's name tells what it is about.
    pub(super) fn statement(&mut self, component: u32, operation: Symbol, caller: Symbol) -> u32 {
        let is_named = matches!(self.components[component as usize], ComponentKey::Database(_));
        let asked_by = (!is_named).then_some(caller);
        self.numbered(EndpointKey { component, operation, asked_by, level: 0 })
    }

    fn numbered(&mut self, key: EndpointKey) -> u32 {
        let next = self.endpoints.len() as u32;
        let id = *self.endpoint_ids.entry(key).or_insert(next);
        if id == next {
            self.endpoints.push(key);
        }
        id
    }
}
