//! The graph of types that contain each other: infinite types, secret ones, those of records.

use std::collections::{HashMap, HashSet};

use lexicon_schema::model::{DefKind, Document, Object, Schema, Type};
use lexicon_schema::{Catalog, Pointer};

use super::node::{Node, target_node};
use crate::config::Config;

#[derive(Default)]
pub(super) struct Graph {
    edges: HashMap<Node, Vec<Edge>>,
    records: Vec<Node>,
    aliases: HashSet<Node>,
}

struct Edge {
    to: Node,
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
                match &def.kind {
                    DefKind::Record(record) => {
                        let node = walk.node(&def.pointer.join("record"));
                        walk.graph.records.push(node.clone());
                        walk.object(&node, &record.object);
                    }
                    DefKind::Type(schema) => {
                        let node = walk.node(&schema.pointer);
                        if !matches!(schema.kind, Type::Object(_)) {
                            walk.graph.aliases.insert(node.clone());
                        }
                        walk.inside(&node, schema, true);
                    }
                    DefKind::Method(method) => {
                        if let Some(params) = &method.params {
                            let node = walk.node(&def.pointer.join("parameters"));
                            walk.object(&node, params);
                        }
                        for body in [&method.input, &method.output].into_iter().flatten() {
                            walk.body(body.schema.as_ref());
                        }
                    }
                    DefKind::Subscription(subscription) => {
                        walk.body(subscription.message.as_ref());
                    }
                    DefKind::Token | DefKind::PermissionSet(_) | DefKind::Space(_) => {}
                }
            }
        }
        graph
    }

    /// Edges by value from a type to one that leads back to it.
    pub(super) fn boxed(&self) -> HashSet<(Node, Node)> {
        let mut boxed = HashSet::new();
        for (from, edges) in &self.edges {
            for edge in edges.iter().filter(|edge| edge.by_value) {
                let back = self.reachable(&edge.to, |edge| edge.by_value);
                if edge.to == *from || back.contains(from) {
                    boxed.insert((from.clone(), edge.to.clone()));
                }
            }
        }
        boxed
    }

    /// Types that hold a secret field, directly or below.
    pub(super) fn holding_secrets(&self, config: &Config) -> HashSet<Node> {
        let secrets: HashSet<Node> = (config.secret.iter())
            .filter_map(|entry| {
                let (nsid, pointer) = entry.what.split_once('#')?;
                let parent = pointer.rsplit_once("/properties/")?.0;
                let segments = parent.split('/').skip(1);
                let at = segments.fold(Pointer::root(), |at, segment| at.join(segment));
                Some((nsid.to_owned(), at))
            })
            .collect();
        if secrets.is_empty() {
            return secrets;
        }
        let holds = |node: &Node| {
            secrets.contains(node) || !self.reachable(node, |_| true).is_disjoint(&secrets)
        };
        self.edges
            .keys()
            .filter(|node| holds(node))
            .cloned()
            .collect()
    }

    /// Records, and all that they hold.
    pub(super) fn in_records(&self) -> HashSet<Node> {
        let mut found: HashSet<Node> = self.records.iter().cloned().collect();
        for record in &self.records {
            found.extend(self.reachable(record, |_| true));
        }
        found
    }

    /// Named types that are no structs and lead to themselves through such types alone.
    pub(super) fn recursive_aliases(&self) -> HashSet<Node> {
        let is_recursive = |node: &&Node| {
            let found = self.reachable(node, |edge| self.aliases.contains(&edge.to));
            found.contains(*node)
        };
        self.aliases.iter().filter(is_recursive).cloned().collect()
    }

    /// Everything that can be reached from a node; the node itself only over a circle.
    fn reachable(&self, from: &Node, follow: impl Fn(&Edge) -> bool) -> HashSet<Node> {
        let mut found = HashSet::new();
        let mut pending = vec![from];
        while let Some(node) = pending.pop() {
            for edge in self.edges.get(node).into_iter().flatten() {
                if follow(edge) && found.insert(edge.to.clone()) {
                    pending.push(&edge.to);
                }
            }
        }
        found
    }
}

struct Walk<'a> {
    catalog: &'a Catalog,
    document: &'a Document,
    graph: &'a mut Graph,
}

impl Walk<'_> {
    fn node(&self, pointer: &Pointer) -> Node {
        (self.document.nsid.to_string(), pointer.clone())
    }

    fn body(&mut self, schema: Option<&Schema>) {
        if let Some(schema) = schema {
            let node = self.node(&schema.pointer);
            self.inside(&node, schema, true);
        }
    }

    fn object(&mut self, node: &Node, object: &Object) {
        self.graph.edges.entry(node.clone()).or_default();
        for property in &object.properties {
            self.member(node, &property.schema, true);
        }
    }

    /// What the type at `node` holds.
    fn inside(&mut self, node: &Node, schema: &Schema, by_value: bool) {
        match &schema.kind {
            Type::Object(object) => self.object(node, object),
            Type::Array { items, .. } => self.member(node, items, false),
            Type::Ref(reference) => self.edge(node, reference, by_value),
            Type::Union { refs, .. } => {
                self.graph.edges.entry(node.clone()).or_default();
                for reference in refs {
                    self.edge(node, reference, true);
                }
            }
            _ => {}
        }
    }

    /// A field or an element: an inline type of its own, or a reference.
    fn member(&mut self, node: &Node, schema: &Schema, by_value: bool) {
        match &schema.kind {
            Type::Object(_) | Type::Union { .. } => {
                let to = self.node(&schema.pointer);
                self.inside(&to, schema, true);
                let edges = self.graph.edges.entry(node.clone()).or_default();
                edges.push(Edge { to, by_value });
            }
            _ => self.inside(node, schema, by_value),
        }
    }

    fn edge(&mut self, node: &Node, reference: &str, by_value: bool) {
        if let Some(target) = self.catalog.resolve(self.document, reference) {
            let to = target_node(&target);
            let edges = self.graph.edges.entry(node.clone()).or_default();
            edges.push(Edge { to, by_value });
        }
    }
}
