//! The list of the generated types.

use lexicon_schema::model::{DefKind, Object, Type};
use lexicon_schema::validate::Part;
use lexicon_schema::{Catalog, Pointer};

use crate::config::Config;
use crate::names::{function, ident};
use crate::plan::{Module, Plan};

/// A type of the generated code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GeneratedType {
    /// The NSID of its document.
    pub nsid: String,
    /// The name of its definition.
    pub def: String,
    /// The part of a method that the type describes, if it does.
    pub part: Option<Part>,
    /// The path of the type from the root of the generated code.
    pub path: String,
    /// The path of the function that checks it.
    pub check: String,
}

/// The types of all definitions, parameters and bodies that have one, in the order of their names.
pub fn generated_types(catalog: &Catalog, config: &Config) -> Vec<GeneratedType> {
    let plan = Plan::new(catalog, config);
    let mut list = Vec::new();
    for module in plan.own_modules() {
        for (name, def) in &module.document.defs {
            let mut add = |part, at: Pointer, by_function| {
                list.push(generated_type(module, name, part, &at, by_function));
            };
            let at = &def.pointer;
            match &def.kind {
                DefKind::Record(_) => add(None, at.clone(), false),
                DefKind::Type(schema) => {
                    let is_struct =
                        matches!(&schema.kind, Type::Object(object) if !object.unconstrained);
                    add(None, at.clone(), !is_struct);
                }
                DefKind::Method(method) => {
                    if has_members(method.params.as_ref()) {
                        add(Some(Part::Params), at.join("parameters"), false);
                    }
                    let bodies = [
                        ("input", Part::Input, &method.input),
                        ("output", Part::Output, &method.output),
                    ];
                    for (segment, part, body) in bodies {
                        if body.as_ref().is_some_and(|body| body.schema.is_some()) {
                            add(Some(part), at.join(segment).join("schema"), false);
                        }
                    }
                }
                DefKind::Subscription(subscription) => {
                    if has_members(subscription.params.as_ref()) {
                        add(Some(Part::Params), at.join("parameters"), false);
                    }
                    if let Some(message) = &subscription.message
                        && matches!(message.kind, Type::Union { .. })
                    {
                        add(Some(Part::Message), message.pointer.clone(), false);
                    }
                }
                DefKind::PermissionSet(_) | DefKind::Space(_) | DefKind::Token => {}
            }
        }
    }
    list
}

fn has_members(params: Option<&Object>) -> bool {
    params.is_some_and(|params| !params.properties.is_empty())
}

fn generated_type(
    module: &Module<'_>,
    def: &str,
    part: Option<Part>,
    at: &Pointer,
    by_function: bool,
) -> GeneratedType {
    let way: String = module
        .path
        .iter()
        .map(|segment| format!("{}::", ident(segment)))
        .collect();
    let name = ident(module.name(at)).to_string();
    let path = format!("{way}{name}");
    GeneratedType {
        nsid: module.nsid().to_owned(),
        def: def.to_owned(),
        part,
        check: match by_function {
            true => format!("{way}{}", function("check", &name)),
            false => format!("{path}::check"),
        },
        path,
    }
}
