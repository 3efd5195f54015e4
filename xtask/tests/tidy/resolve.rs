//! What a path stands for, by Rust's rules as far as they need no types.

use std::collections::HashSet;

use crate::modules::{Crate, ModuleId, Namespace, Target};

/// The imports that are being followed: one that leads back to itself names something else.
type Following = HashSet<(ModuleId, usize, Namespace)>;

impl Crate {
    /// What a path that stands in a module names. The last name is looked up in a namespace.
    pub(crate) fn resolve(
        &self,
        module: ModuleId,
        path: &[String],
        namespace: Namespace,
    ) -> Target {
        self.follow(module, path, namespace, &mut Following::new())
            .unwrap_or(Target::Outside)
    }

    /// Nothing if this crate has no such name.
    fn follow(
        &self,
        module: ModuleId,
        path: &[String],
        namespace: Namespace,
        following: &mut Following,
    ) -> Option<Target> {
        let (first, mut rest) = path.split_first()?;
        let is_alone = rest.is_empty();
        let mut target = match first.as_str() {
            "" | "Self" => return None,
            "crate" => Target::Module(0),
            "self" => Target::Module(self.own_module(module)),
            "super" => Target::Module(self.parent_module(module)?),
            name => {
                let namespace = if is_alone { namespace } else { Namespace::Type };
                self.in_scope(module, name, namespace, following)?
            }
        };
        while let (Target::Module(inside), Some((name, more))) = (&target, rest.split_first()) {
            let inside = *inside;
            target = match name.as_str() {
                "super" => Target::Module(self.parent_module(inside)?),
                "self" => Target::Module(inside),
                name => {
                    let namespace = if more.is_empty() {
                        namespace
                    } else {
                        Namespace::Type
                    };
                    self.inside(inside, module, name, namespace, following)
                        .or_else(|| self.expanded(inside, name))?
                }
            };
            rest = more;
        }
        Some(target)
    }

    /// A name as the first of a path: blocks from the inside out, the module, macros by their order.
    fn in_scope(
        &self,
        module: ModuleId,
        name: &str,
        namespace: Namespace,
        following: &mut Following,
    ) -> Option<Target> {
        let mut scope = module;
        loop {
            let found = self.inside(scope, module, name, namespace, following);
            if found.is_some() {
                return found;
            }
            match (self.modules[scope].is_block, self.modules[scope].parent) {
                (true, Some(parent)) => scope = parent,
                _ => break,
            }
        }
        let files = self.macros.get(name)?;
        let own = &self.modules[module].file;
        let file = files.iter().find(|file| *file == own).or(files.first())?;
        (namespace == Namespace::Macro).then(|| Target::Item {
            name: name.to_owned(),
            file: file.clone(),
        })
    }

    /// A name that a module defines or imports, as it is seen from another one.
    fn inside(
        &self,
        module: ModuleId,
        seen_from: ModuleId,
        name: &str,
        namespace: Namespace,
        following: &mut Following,
    ) -> Option<Target> {
        let inside = &self.modules[module];
        let defined = inside.names.get(&(name.to_owned(), namespace));
        if let Some(target) = defined {
            return Some(target.clone());
        }
        let sees_all = self.is_within(seen_from, module);
        let mut is_outside = false;
        for wanted in [name, "*"] {
            for (number, import) in inside.imports.iter().enumerate() {
                let key = (module, number, namespace);
                let is_seen = import.name == wanted && (sees_all || import.is_public);
                if !is_seen || !following.insert(key) {
                    continue;
                }
                let found = if wanted == "*" {
                    match self.follow(module, &import.path, Namespace::Type, following) {
                        Some(Target::Module(other)) => {
                            self.inside(other, module, name, namespace, following)
                        }
                        _ => None,
                    }
                } else {
                    let found = self.follow(module, &import.path, namespace, following);
                    let is_own = matches!(&import.path[0][..], "crate" | "self" | "super");
                    found.or((!is_own).then_some(Target::Outside))
                };
                following.remove(&key);
                match found {
                    Some(Target::Outside) => is_outside = true,
                    None => {}
                    found => return found,
                }
            }
        }
        is_outside.then_some(Target::Outside)
    }

    /// A name that the macros of a module may have defined.
    fn expanded(&self, module: ModuleId, name: &str) -> Option<Target> {
        let inside = &self.modules[module];
        let is_known = Namespace::ALL.iter().any(|namespace| {
            let mut following = Following::new();
            let found = self.inside(module, module, name, *namespace, &mut following);
            found.is_some()
        });
        (inside.has_macros && !is_known).then(|| Target::Item {
            name: name.to_owned(),
            file: inside.file.clone(),
        })
    }

    fn own_module(&self, module: ModuleId) -> ModuleId {
        let mut module = module;
        while let (true, Some(parent)) =
            (self.modules[module].is_block, self.modules[module].parent)
        {
            module = parent;
        }
        module
    }

    fn parent_module(&self, module: ModuleId) -> Option<ModuleId> {
        let parent = self.modules[self.own_module(module)].parent?;
        Some(self.own_module(parent))
    }
}
