//! The graph of types that contain each other: infinite types, secret ones, those of records.

use std::collections::{HashMap, HashSet};

use lexicon_schema::model::{Def, DefKind, Document, Object, Schema, Type};
use lexicon_schema::{Catalog, Pointer};

use super::components::components;
use super::node::{Node, target_node};
use crate::config::Config;

#[derive(Default)]
pub(super) struct Graph {
    numbers: HashMap<Node, usize>,
    /// What each node holds.
    edges: Vec<Vec<Edge>>,
    records: Vec<usize>,
    aliases: HashSet<usize>,
}

#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    /// Whether the value itself is inside, not behind a `Vec`.
    by_value: bool,
}

impl Graph {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let mut graph = Self::default();
        for document in catalog.documents() {
            let mut walk = Walk {
                catalog,
                document,
                graph: &mut graph,
            };
            for def in document.defs.values() {
                walk.def(def);
            }
        }
        graph
    }

    /// What follows from the edges.
    pub(super) fn properties(self, config: &Config) -> Properties {
        Properties {
            boxed: self.boxed(),
            secret: self.holding_secrets(config),
            in_record: self.in_records(),
            recursive_aliases: self.recursive_aliases(),
            numbers: self.numbers,
        }
    }

    /// Edges by value from a type to one that leads back to it.
    fn boxed(&self) -> HashSet<(usize, usize)> {
        let component = components(&self.targets(|_, edge| edge.by_value));
        let edges = self.edges.iter().enumerate().flat_map(|(from, edges)| {
            let edges = edges.iter().filter(|edge| edge.by_value);
            edges.map(move |edge| (from, edge.to))
        });
        edges
            .filter(|(from, to)| component[*from] == component[*to])
            .collect()
    }

    /// Types that hold a secret field, directly or below.
    fn holding_secrets(&self, config: &Config) -> Vec<bool> {
        let secrets = config.secret.iter().filter_map(|entry| {
            let (nsid, pointer) = entry.what.split_once('#')?;
            let parent = pointer.rsplit_once("/properties/")?.0;
            let segments = parent.split('/').skip(1);
            let at = segments.fold(Pointer::root(), |at, segment| at.join(segment));
            self.numbers.get(&(nsid.to_owned(), at)).copied()
        });
        let mut holders = vec![Vec::new(); self.edges.len()];
        for (from, edges) in self.edges.iter().enumerate() {
            for edge in edges {
                holders[edge.to].push(from);
            }
        }
        reachable(secrets, &holders)
    }

    /// Records, and all that they hold.
    fn in_records(&self) -> Vec<bool> {
        reachable(self.records.iter().copied(), &self.targets(|_, _| true))
    }

    /// Named types that are no structs and lead to themselves through such types alone.
    fn recursive_aliases(&self) -> HashSet<usize> {
        let is_alias = |node| self.aliases.contains(&node);
        let targets = self.targets(|from, edge| is_alias(from) && is_alias(edge.to));
        let component = components(&targets);
        let leads_back = |node: &usize| {
            let mut targets = targets[*node].iter();
            targets.any(|target| component[*target] == component[*node])
        };
        self.aliases.iter().copied().filter(leads_back).collect()
    }

    /// The targets of the edges of each node.
    fn targets(&self, follow: impl Fn(usize, &Edge) -> bool) -> Vec<Vec<usize>> {
        let targets = self.edges.iter().enumerate().map(|(from, edges)| {
            let edges = edges.iter().filter(|edge| follow(from, edge));
            edges.map(|edge| edge.to).collect()
        });
        targets.collect()
    }

    /// The number of a node, which is new if it was not met before.
    fn number(&mut self, node: Node) -> usize {
        let Self { numbers, edges, .. } = self;
        *numbers.entry(node).or_insert_with(|| {
            edges.push(Vec::new());
            edges.len() - 1
        })
    }
}

/// Whether a node is one of some, or one that they lead to.
fn reachable(from: impl Iterator<Item = usize>, edges: &[Vec<usize>]) -> Vec<bool> {
    let mut is_found = vec![false; edges.len()];
    let mut pending: Vec<_> = from.collect();
    while let Some(node) = pending.pop() {
        if !std::mem::replace(&mut is_found[node], true) {
            pending.extend_from_slice(&edges[node]);
        }
    }
    is_found
}

/// What follows from the graph of types.
#[derive(Debug)]
pub(crate) struct Properties {
    numbers: HashMap<Node, usize>,
    boxed: HashSet<(usize, usize)>,
    secret: Vec<bool>,
    in_record: Vec<bool>,
    recursive_aliases: HashSet<usize>,
}

impl Properties {
    /// Whether a type that is held by value leads back to the type that holds it: it is boxed, since the type
    /// would be infinite.
    pub(crate) fn is_boxed(&self, from: &Node, to: &Node) -> bool {
        let numbers = self.numbers.get(from).zip(self.numbers.get(to));
        numbers.is_some_and(|(from, to)| self.boxed.contains(&(*from, *to)))
    }

    /// Whether a type holds a secret somewhere below: it cannot be compared.
    pub(crate) fn holds_secret(&self, node: &Node) -> bool {
        self.numbers
            .get(node)
            .is_some_and(|node| self.secret[*node])
    }

    /// Whether a record holds a type: it keeps fields that it does not know.
    pub(crate) fn is_in_record(&self, node: &Node) -> bool {
        self.numbers
            .get(node)
            .is_some_and(|node| self.in_record[*node])
    }

    /// Whether a named type contains itself without a struct between: it becomes one.
    pub(crate) fn is_recursive_alias(&self, node: &Node) -> bool {
        let node = self.numbers.get(node);
        node.is_some_and(|node| self.recursive_aliases.contains(node))
    }
}

struct Walk<'a> {
    catalog: &'a Catalog,
    document: &'a Document,
    graph: &'a mut Graph,
}

impl Walk<'_> {
    fn node(&mut self, pointer: &Pointer) -> usize {
        let node = (self.document.nsid.to_string(), pointer.clone());
        self.graph.number(node)
    }

    fn def(&mut self, def: &Def) {
        match &def.kind {
            DefKind::Record(record) => {
                let node = self.node(&def.pointer.join("record"));
                self.graph.records.push(node);
                self.object(node, &record.object);
            }
            DefKind::Type(schema) => {
                let node = self.node(&schema.pointer);
                if !matches!(schema.kind, Type::Object(_)) {
                    self.graph.aliases.insert(node);
                }
                self.inside(node, schema, true);
            }
            DefKind::Method(method) => {
                if let Some(params) = &method.params {
                    let node = self.node(&def.pointer.join("parameters"));
                    self.object(node, params);
                }
                for body in [&method.input, &method.output].into_iter().flatten() {
                    self.body(body.schema.as_ref());
                }
            }
            DefKind::Subscription(subscription) => {
                self.body(subscription.message.as_ref());
            }
            DefKind::Token | DefKind::PermissionSet(_) | DefKind::Space(_) => {}
        }
    }

    fn body(&mut self, schema: Option<&Schema>) {
        if let Some(schema) = schema {
            let node = self.node(&schema.pointer);
            self.inside(node, schema, true);
        }
    }

    fn object(&mut self, node: usize, object: &Object) {
        for property in &object.properties {
            self.member(node, &property.schema, true);
        }
    }

    /// What the type at `node` holds.
    fn inside(&mut self, node: usize, schema: &Schema, by_value: bool) {
        match &schema.kind {
            Type::Object(object) => self.object(node, object),
            Type::Array { items, .. } => self.member(node, items, false),
            Type::Ref(reference) => self.reference(node, reference, by_value),
            Type::Union { refs, .. } => {
                for reference in refs {
                    self.reference(node, reference, true);
                }
            }
            _ => {}
        }
    }

    /// A field or an element: an inline type of its own, or a reference.
    fn member(&mut self, node: usize, schema: &Schema, by_value: bool) {
        match &schema.kind {
            Type::Object(_) | Type::Union { .. } => {
                let to = self.node(&schema.pointer);
                self.inside(to, schema, true);
                self.graph.edges[node].push(Edge { to, by_value });
            }
            _ => self.inside(node, schema, by_value),
        }
    }

    fn reference(&mut self, node: usize, reference: &str, by_value: bool) {
        if let Some(target) = self.catalog.resolve(self.document, reference) {
            let to = self.graph.number(target_node(&target));
            self.graph.edges[node].push(Edge { to, by_value });
        }
    }
}
