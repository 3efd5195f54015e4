//! The names of all items of the generated code, with what each is the name of.

use std::collections::{BTreeMap, BTreeSet};

use lexicon_schema::model::{DefKind, ErrorDef, Object, Type};
use lexicon_schema::{Catalog, Diagnostic, Pointer};

use super::module::Module;
use super::module_paths::ModulePaths;
use crate::names::{function, ident};
use crate::rename::Rename;

/// The kinds of names. Two names of a kind must differ within their scope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Type,
    Constant,
    Field,
    Variant,
}

/// The name of an item.
struct Name {
    kind: Kind,
    /// The place of what the name must be unique in.
    scope: Pointer,
    /// The place by which a setting names the item.
    at: Pointer,
    name: String,
}

/// The names of the items of some documents.
pub(crate) struct Names<'p, 'c> {
    of_modules: Vec<(&'p Module<'c>, Vec<Name>)>,
}

impl<'p, 'c> Names<'p, 'c> {
    pub(super) fn new(catalog: &'c Catalog, modules: impl Iterator<Item = &'p Module<'c>>) -> Self {
        let of_modules = modules.map(|module| (module, names(module, catalog)));
        Self {
            of_modules: of_modules.collect(),
        }
    }

    /// Reports the names that two items would have.
    pub(crate) fn collisions(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (module, names) in &self.of_modules {
            let mut by_name: BTreeMap<_, (_, BTreeSet<&Pointer>)> = BTreeMap::new();
            for Name {
                kind,
                scope,
                at,
                name,
            } in names
            {
                // The function that checks a type is named after it.
                let key = match kind {
                    Kind::Type => function("check", name),
                    _ => ident(name).to_string(),
                };
                let (_, places) = by_name
                    .entry((kind, scope, key))
                    .or_insert((name, BTreeSet::new()));
                places.insert(at);
            }
            let collisions = by_name.into_values().filter(|(_, places)| places.len() > 1);
            for (name, places) in collisions {
                let Some(last) = places.last() else { continue };
                let list = places.iter().map(|at| format!("`{}#{at}`", module.nsid()));
                let message = message(name, list);
                let file = &module.document.file;
                found.push(Diagnostic::new(file, (*last).clone(), RULE, message));
            }
        }
        found.extend(self.module_collisions());
        found
    }

    /// The same for modules.
    fn module_collisions(&self) -> Vec<Diagnostic> {
        let mut by_path: BTreeMap<_, BTreeMap<_, Vec<&Module<'_>>>> = BTreeMap::new();
        for (module, _) in &self.of_modules {
            for (depth, prefix) in ModulePaths::prefixes(module.nsid()).enumerate() {
                let prefixes = by_path.entry(&module.path[..=depth]).or_default();
                prefixes.entry(prefix).or_default().push(module);
            }
        }
        let mut found = Vec::new();
        for (path, prefixes) in by_path {
            if prefixes.len() < 2 {
                continue;
            }
            let list = prefixes.keys().map(|prefix| format!("`{prefix}`"));
            let message = message(&path.join("::"), list);
            let at = Pointer::root().join("id");
            let files = prefixes
                .values()
                .flatten()
                .map(|module| &module.document.file);
            found.extend(files.map(|file| Diagnostic::new(file, at.clone(), RULE, &*message)));
        }
        found
    }

    /// Whether a setting names an item.
    pub(crate) fn has(&self, rename: &Rename) -> bool {
        let Some((nsid, pointer)) = rename.what.split_once('#') else {
            let mut modules = self.of_modules.iter();
            return modules.any(|(module, _)| {
                let mut prefixes = ModulePaths::prefixes(module.nsid());
                prefixes.any(|prefix| prefix == rename.what)
            });
        };
        let mut of_document = self.of_modules.iter();
        let of_document = of_document.find(|(module, _)| module.nsid() == nsid);
        of_document.is_some_and(|(_, names)| {
            let is_named = |name: &Name| {
                name.at.as_str() == pointer && (name.kind == Kind::Field) == rename.is_of_field()
            };
            names.iter().any(is_named)
        })
    }
}

const RULE: &str = "name-collision";

fn message(name: &str, what: impl Iterator<Item = String>) -> String {
    let what: Vec<_> = what.collect();
    format!(
        "{} have the same name in Rust, `{name}`: give the newer one another by [[codegen.rename]] in lexicon.toml",
        what.join(" and ")
    )
}

/// The names of the items of a document.
fn names(module: &Module<'_>, catalog: &Catalog) -> Vec<Name> {
    let mut names = List(Vec::new());
    let main = &module.document.defs.get("main");
    let record = main.map(|main| main.pointer.join("record"));
    for (at, name) in module.types() {
        // A record has one type, whose name stands at both of its places.
        if Some(at) != record.as_ref() {
            names.add(Kind::Type, &Pointer::root(), at, name);
        }
    }
    for (name, def) in &module.document.defs {
        let at = &def.pointer;
        match &def.kind {
            DefKind::Token => {
                let constant = module.constant(name, def);
                names.add(Kind::Constant, &Pointer::root(), at, &constant);
            }
            DefKind::Record(record) => names.object(module, &at.join("record"), &record.object),
            DefKind::Method(method) => {
                names.params(module, at, method.params.as_ref());
                names.errors(module, at, &method.errors);
            }
            DefKind::Subscription(subscription) => {
                names.params(module, at, subscription.params.as_ref());
                names.errors(module, at, &subscription.errors);
            }
            DefKind::Type(_) | DefKind::PermissionSet(_) | DefKind::Space(_) => {}
        }
        def.each_schema(&mut |schema| match &schema.kind {
            Type::Object(object) => names.object(module, &schema.pointer, object),
            Type::Union { refs, .. } => {
                names.union(module, catalog, &schema.pointer, refs);
            }
            _ => {}
        });
    }
    names.0
}

struct List(Vec<Name>);

impl List {
    fn add(&mut self, kind: Kind, scope: &Pointer, at: &Pointer, name: &str) {
        self.0.push(Name {
            kind,
            scope: scope.clone(),
            at: at.clone(),
            name: name.to_owned(),
        });
    }

    fn params(&mut self, module: &Module<'_>, at: &Pointer, params: Option<&Object>) {
        if let Some(params) = params {
            self.object(module, &at.join("parameters"), params);
        }
    }

    fn object(&mut self, module: &Module<'_>, scope: &Pointer, object: &Object) {
        for property in &object.properties {
            let at = &property.schema.pointer;
            self.add(Kind::Field, scope, at, &module.field(property));
        }
    }

    fn errors(&mut self, module: &Module<'_>, at: &Pointer, errors: &[ErrorDef]) {
        let at = at.join("errors");
        for ErrorDef { name, .. } in errors {
            self.add(Kind::Variant, &at, &at.join(name), &module.error(&at, name));
        }
    }

    fn union(&mut self, module: &Module<'_>, catalog: &Catalog, at: &Pointer, refs: &[String]) {
        let mut known = BTreeSet::new();
        for reference in refs {
            let target = catalog.resolve(module.document, reference);
            // Another spelling of a reference is the same variant.
            let Some(target) = target.filter(|target| known.insert(target.type_name())) else {
                continue;
            };
            let name = module.variant(at, reference, &target);
            self.add(Kind::Variant, at, &at.join("refs").join(reference), &name);
        }
    }
}
