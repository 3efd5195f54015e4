//! The modules of a crate: the file of each, and the names that it defines and imports.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

use crate::attributes;

/// The place of a module in [`Crate::modules`].
pub(crate) type ModuleId = usize;

/// A crate, from the root file on.
#[derive(Default)]
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
    /// The file of each `macro_rules!` that a path or the order of the source makes visible.
    pub(crate) macros: HashMap<String, Vec<PathBuf>>,
}

/// A file, parsed.
pub(crate) struct Source {
    pub(crate) module: ModuleId,
    pub(crate) path: PathBuf,
    pub(crate) syntax: syn::File,
}

/// A module, or a block of code that has items of its own.
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) parent: Option<ModuleId>,
    pub(crate) is_block: bool,
    pub(crate) names: HashMap<(String, Namespace), Target>,
    pub(crate) imports: Vec<Import>,
    /// Whether macros stand among the items, which may define names that only the compiler knows.
    pub(crate) has_macros: bool,
}

/// Rust's namespaces: one name may stand for an item in each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Namespace {
    Type,
    Value,
    Macro,
}

impl Namespace {
    pub(crate) const ALL: [Self; 3] = [Self::Type, Self::Value, Self::Macro];
}

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Target {
    Module(ModuleId),
    /// An item, and the file that defines it.
    Item {
        name: String,
        file: PathBuf,
    },
    /// Something of another crate.
    Outside,
}

/// One name that a `use` declaration brings into a module.
pub(crate) struct Import {
    /// The name in this module; `*` for all names of a module.
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    /// Whether other modules see it.
    pub(crate) is_public: bool,
}

impl Crate {
    /// Reads a crate and all of its files.
    pub(crate) fn read(root: &Path) -> (Self, Vec<Source>) {
        let mut tree = Self::default();
        let mut sources = Vec::new();
        let directory = root.parent().unwrap();
        tree.add_file(root, directory, None, &mut sources);
        (tree, sources)
    }

    /// Adds a file as a module whose own files are below `directory`.
    fn add_file(
        &mut self,
        file: &Path,
        directory: &Path,
        parent: Option<ModuleId>,
        sources: &mut Vec<Source>,
    ) -> ModuleId {
        let text = fs::read_to_string(file);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let syntax = syn::parse_file(&text);
        let syntax = syntax.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let module = self.add_module(file, parent, false);
        self.add_items(module, &syntax.items, directory, sources);
        sources.push(Source {
            module,
            path: file.to_owned(),
            syntax,
        });
        module
    }

    fn add_module(&mut self, file: &Path, parent: Option<ModuleId>, is_block: bool) -> ModuleId {
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            is_block,
            names: HashMap::new(),
            imports: Vec::new(),
            has_macros: false,
        });
        self.modules.len() - 1
    }

    /// Adds a block of code as a scope of its own.
    pub(crate) fn add_block(&mut self, parent: ModuleId, items: &[&Item]) -> ModuleId {
        let file = self.modules[parent].file.clone();
        let block = self.add_module(&file, Some(parent), true);
        let directory = file.parent().unwrap().to_owned();
        self.add_items(block, items.iter().copied(), &directory, &mut Vec::new());
        block
    }

    fn add_items<'a>(
        &mut self,
        module: ModuleId,
        items: impl IntoIterator<Item = &'a Item>,
        directory: &Path,
        sources: &mut Vec<Source>,
    ) {
        use Namespace::{Macro, Type, Value};
        for item in items {
            match item {
                Item::Const(item) => self.define(module, &item.ident, &[Value]),
                Item::Enum(item) => self.define(module, &item.ident, &[Type]),
                Item::Fn(item) => self.define(module, &item.sig.ident, &[Value]),
                Item::Static(item) => self.define(module, &item.ident, &[Value]),
                Item::Struct(item) => {
                    let is_value = !matches!(item.fields, syn::Fields::Named(_));
                    let namespaces: &[_] = if is_value { &[Type, Value] } else { &[Type] };
                    self.define(module, &item.ident, namespaces);
                }
                Item::Trait(item) => self.define(module, &item.ident, &[Type]),
                Item::TraitAlias(item) => self.define(module, &item.ident, &[Type]),
                Item::Type(item) => self.define(module, &item.ident, &[Type]),
                Item::Union(item) => self.define(module, &item.ident, &[Type]),
                Item::Macro(item) => match &item.ident {
                    None => self.modules[module].has_macros = true,
                    Some(name) => {
                        let is_exported = attributes::has(&item.attrs, "macro_export");
                        self.define(if is_exported { 0 } else { module }, name, &[Macro]);
                        let file = self.modules[module].file.clone();
                        self.macros.entry(name.to_string()).or_default().push(file);
                    }
                },
                Item::Use(item) => self.import(module, item),
                Item::ExternCrate(item) if item.ident == "self" => {
                    let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                    let names = &mut self.modules[module].names;
                    names.insert((name.to_string(), Type), Target::Module(0));
                }
                Item::Mod(item) => self.add_child(module, item, directory, sources),
                _ => {}
            }
        }
    }

    fn define(&mut self, module: ModuleId, name: &syn::Ident, namespaces: &[Namespace]) {
        let file = self.modules[module].file.clone();
        let name = name.to_string();
        for namespace in namespaces {
            let (name, file) = (name.clone(), file.clone());
            let key = (name.clone(), *namespace);
            let names = &mut self.modules[module].names;
            names.insert(key, Target::Item { name, file });
        }
    }

    fn add_child(
        &mut self,
        module: ModuleId,
        item: &syn::ItemMod,
        directory: &Path,
        sources: &mut Vec<Source>,
    ) {
        let name = item.ident.to_string();
        let file = self.modules[module].file.clone();
        let below = directory.join(&name);
        let child = match (&item.content, attributes::text(&item.attrs, "path")) {
            (Some((_, items)), _) => {
                let child = self.add_module(&file, Some(module), false);
                self.add_items(child, items, &below, sources);
                child
            }
            (None, Some(path)) => {
                // Such a file looks for modules of its own beside it.
                let path = normal(&file.parent().unwrap().join(path));
                let directory = path.parent().unwrap().to_owned();
                self.add_file(&path, &directory, Some(module), sources)
            }
            (None, None) => {
                let (beside, inside) = (below.with_extension("rs"), below.join("mod.rs"));
                let file = if inside.exists() { inside } else { beside };
                self.add_file(&file, &below, Some(module), sources)
            }
        };
        let names = &mut self.modules[module].names;
        names.insert((name, Namespace::Type), Target::Module(child));
    }

    fn import(&mut self, module: ModuleId, item: &syn::ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        let imports = imported(item).into_iter();
        let imports = imports.map(|(name, path)| Import {
            name,
            path,
            is_public,
        });
        self.modules[module].imports.extend(imports);
    }

    /// Whether a module is `ancestor`, or inside it.
    pub(crate) fn is_within(&self, module: ModuleId, ancestor: ModuleId) -> bool {
        let mut next = Some(module);
        while let Some(module) = next {
            if module == ancestor {
                return true;
            }
            next = self.modules[module].parent;
        }
        false
    }
}

/// The names that a `use` declaration brings, with the path of each. A path that begins with `::` names
/// another crate, and brings nothing that is of interest here.
pub(crate) fn imported(item: &syn::ItemUse) -> Vec<(String, Vec<String>)> {
    let mut imported = Vec::new();
    let outside = item.leading_colon.as_ref().map(|_| String::new());
    flatten(&item.tree, outside.into_iter().collect(), &mut imported);
    imported
}

fn flatten(tree: &UseTree, mut path: Vec<String>, imported: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            flatten(&tree.tree, path, imported);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, path.clone(), imported);
            }
        }
        UseTree::Glob(_) => imported.push(("*".to_owned(), path)),
        UseTree::Name(tree) if tree.ident == "self" => {
            let name = path.last().cloned().unwrap_or_default();
            imported.push((name, path));
        }
        UseTree::Name(tree) => {
            path.push(tree.ident.to_string());
            imported.push((tree.ident.to_string(), path));
        }
        UseTree::Rename(tree) => {
            if tree.ident != "self" {
                path.push(tree.ident.to_string());
            }
            imported.push((tree.rename.to_string(), path));
        }
    }
}

/// A path without `..` in it.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}
