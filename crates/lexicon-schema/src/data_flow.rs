//! Which way the data of a definition goes: into a method, out of one, into a repository.

use std::collections::BTreeMap;
use std::ops::BitOr;

use crate::catalog::Catalog;
use crate::model::{Body, DefKind, Document, Object, Schema};

/// The directions that data of one type goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Directions {
    /// A client sends it.
    pub(crate) input: bool,
    /// A server sends it.
    pub(crate) output: bool,
    /// It is stored in repositories.
    pub(crate) record: bool,
}

impl Directions {
    pub(crate) const INPUT: Self = Self {
        input: true,
        output: false,
        record: false,
    };
    pub(crate) const OUTPUT: Self = Self {
        input: false,
        output: true,
        record: false,
    };
    pub(crate) const RECORD: Self = Self {
        input: false,
        output: false,
        record: true,
    };
    /// What nothing here uses, others may use any way.
    pub(crate) const ALL: Self = Self {
        input: true,
        output: true,
        record: true,
    };
}

impl BitOr for Directions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            input: self.input || other.input,
            output: self.output || other.output,
            record: self.record || other.record,
        }
    }
}

/// The directions of every definition that something in a catalog uses.
#[derive(Debug)]
pub(crate) struct DataFlow<'c>(BTreeMap<(&'c str, &'c str), Directions>);

impl<'c> DataFlow<'c> {
    pub(crate) fn of(catalog: &'c Catalog) -> Self {
        let mut flow = Self(BTreeMap::new());
        for document in catalog.documents() {
            if let Some(main) = document.defs.get("main") {
                flow.primary(catalog, document, &main.kind);
            }
        }
        flow
    }

    /// The directions of a named definition; none if nothing uses it.
    pub(crate) fn directions(&self, nsid: &str, name: &str) -> Directions {
        self.0.get(&(nsid, name)).copied().unwrap_or_default()
    }

    fn primary(&mut self, catalog: &'c Catalog, document: &'c Document, kind: &'c DefKind) {
        let mut object = |object: &'c Option<Object>| {
            for property in object.iter().flat_map(|object| &object.properties) {
                self.follow(catalog, document, &property.schema, Directions::INPUT);
            }
        };
        match kind {
            DefKind::Record(record) => {
                self.0
                    .insert((document.nsid.as_str(), "main"), Directions::RECORD);
                for property in &record.object.properties {
                    self.follow(catalog, document, &property.schema, Directions::RECORD);
                }
            }
            DefKind::Method(method) => {
                object(&method.params);
                for (body, way) in [
                    (&method.input, Directions::INPUT),
                    (&method.output, Directions::OUTPUT),
                ] {
                    if let Some(Body {
                        schema: Some(schema),
                        ..
                    }) = body
                    {
                        self.follow(catalog, document, schema, way);
                    }
                }
            }
            DefKind::Subscription(subscription) => {
                object(&subscription.params);
                if let Some(message) = &subscription.message {
                    self.follow(catalog, document, message, Directions::OUTPUT);
                }
            }
            DefKind::PermissionSet(_) | DefKind::Space(_) | DefKind::Token | DefKind::Type(_) => {}
        }
    }

    /// Marks what a type refers to, and all that can be reached from there.
    fn follow(
        &mut self,
        catalog: &'c Catalog,
        document: &'c Document,
        schema: &'c Schema,
        way: Directions,
    ) {
        let mut pending = vec![(document, schema)];
        while let Some((document, schema)) = pending.pop() {
            schema.each_schema(&mut |schema| {
                let references = schema.references().iter();
                for target in references.filter_map(|r| catalog.resolve(document, r)) {
                    let directions = self
                        .0
                        .entry((target.document.nsid.as_str(), target.name))
                        .or_default();
                    let before = *directions;
                    *directions = before | way;
                    if before == *directions {
                        continue;
                    }
                    match &target.def.kind {
                        DefKind::Type(schema) => pending.push((target.document, schema)),
                        DefKind::Record(record) => pending.extend(
                            record
                                .object
                                .properties
                                .iter()
                                .map(|property| (target.document, &property.schema)),
                        ),
                        _ => {}
                    }
                }
            });
        }
    }
}
