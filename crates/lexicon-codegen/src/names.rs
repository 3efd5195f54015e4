//! Names of Rust items. Each is a function of one name of a lexicon, so that no other name can change it.
//!
//! Two names of a lexicon may give the same Rust name only if both are lowerCamel and differ in how they spell
//! an abbreviation (`avatarUrl`, `avatarURL`), or if neither is. A name that is not lowerCamel has `_` at its end.

mod identifier;
mod scope;
mod words;

pub(crate) use identifier::{ident, is_keyword};
pub(crate) use scope::Scope;
pub(crate) use words::{pascal, snake};

/// Type names that generated code uses without a path.
const RESERVED_TYPES: &[&str] = &[
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Eq",
    "Err",
    "From",
    "Into",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Schema",
    "Self",
    "Serialize",
    "Some",
    "String",
    "Vec",
];

/// What the names of the types of a method's parts end in, after that of the method.
const PARTS: &[&str] = &["Error", "Input", "Message", "Output", "Params"];

/// Constants of a document's module.
const RESERVED_CONSTANTS: &[&str] = &["COLLECTIONS", "KEY", "LEXICON", "NAME", "NSID", "TITLE"];

/// The field of the members that a lexicon does not name.
const EXTRA: &str = "extra";

/// The variant of what a lexicon does not list.
pub(crate) const OTHER: &str = "Other";

/// Module names that mean something else in generated code or to rustc.
pub(crate) const RESERVED_MODULES: &[&str] = &[
    "crate", "mod", "rt", "self", "serde", "service", "std", "super",
];

/// The name of the type that a document is named after: that of its definition `main`.
pub(crate) fn document_type(name: &str) -> String {
    free_type(pascal(name))
}

/// The name of the type of another definition, in a document whose own type is `document`.
pub(crate) fn definition_type(name: &str, document: &str) -> String {
    let name = free_type(format!("{}{}", pascal(name), mark(name)));
    let is_of_main = |rest: &str| rest.is_empty() || PARTS.contains(&rest);
    if name.strip_prefix(document).is_some_and(is_of_main) {
        name + "Def"
    } else {
        name
    }
}

/// The name of a type inside of the type `parent`: that of a property, or of the elements, with `kind` at its
/// end.
pub(crate) fn inner_type(parent: &str, property: Option<&str>, kind: &str) -> String {
    let base = parent.trim_end_matches('_');
    let is_marked = base != parent || property.is_some_and(|name| !mark(name).is_empty());
    let property = property.map(pascal).unwrap_or_default();
    let mark = if is_marked { "_" } else { "" };
    format!("{base}{property}{kind}{mark}")
}

/// The name of a field, which may be a keyword.
pub(crate) fn field(property: &str) -> String {
    // `Self` and `self` are two fields.
    let name = ident(&snake(property)).to_string();
    let name = format!("{}{}", name.trim_start_matches("r#"), mark(property));
    if name == EXTRA { name + "_2" } else { name }
}

/// The name of a token's constant, in a document whose own type is `document`.
pub(crate) fn constant(token: &str, document: &str) -> String {
    let name = format!("{}{}", snake(token), mark(token)).to_uppercase();
    // The type of a method is a value, too.
    if RESERVED_CONSTANTS.contains(&&*name) || name == document {
        name + "_TOKEN"
    } else {
        name
    }
}

/// The name of the variant of a union for a definition: made of the name of its document, its own name, or both.
pub(crate) fn variant(document: Option<&str>, definition: Option<&str>) -> String {
    let names = || document.into_iter().chain(definition);
    let is_marked = names().any(|name| !mark(name).is_empty());
    let mark = if is_marked { "_" } else { "" };
    free_variant(names().map(pascal).collect::<String>() + mark)
}

/// The name of the variant for a declared error.
pub(crate) fn error(name: &str) -> String {
    // An error's name is UpperCamel.
    let is_upper_camel =
        name.starts_with(|c: char| c.is_ascii_uppercase()) && is_alphanumeric(name);
    let mark = if is_upper_camel { "" } else { "_" };
    free_variant(format!("{}{mark}", pascal(name)))
}

/// The name of the module for a segment of an NSID, unless one of `reserved` has it.
pub(crate) fn module(segment: &str, reserved: &[&str]) -> String {
    let mark = if segment.starts_with(|c: char| c.is_ascii_uppercase()) {
        "_"
    } else {
        ""
    };
    let name = format!("{}{mark}", snake(segment));
    if reserved.contains(&&*name) {
        name + "_2"
    } else {
        name
    }
}

/// The name of a function that belongs to a type: the type's in snake case after `prefix`.
pub(crate) fn function(prefix: &str, of: &str) -> String {
    let base = of.trim_end_matches('_');
    format!(
        "{prefix}_{}{}",
        snake(base).trim_start_matches('_'),
        &of[base.len()..]
    )
}

/// What tells a name that is not lowerCamel from one that is.
fn mark(name: &str) -> &'static str {
    let begins_low = !name.starts_with(|c: char| c.is_ascii_uppercase());
    let is_lower_camel = begins_low && is_alphanumeric(name);
    if is_lower_camel { "" } else { "_" }
}

fn is_alphanumeric(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn free_type(name: String) -> String {
    if RESERVED_TYPES.contains(&&*name) {
        name + "Def"
    } else {
        name
    }
}

fn free_variant(name: String) -> String {
    if name == OTHER || name == "Self" {
        name + "Def"
    } else {
        name
    }
}

/// What is wrong with a name that a setting gives.
pub(crate) fn fault(name: &str) -> Option<String> {
    let is_identifier = syn::parse_str::<syn::Ident>(name).is_ok() && !is_keyword(name);
    if !is_identifier {
        return Some(format!("expected an identifier of Rust, found `{name}`"));
    }
    let lists = [
        RESERVED_TYPES,
        RESERVED_CONSTANTS,
        RESERVED_MODULES,
        &[EXTRA, OTHER],
    ];
    let is_reserved = lists.iter().any(|list| list.contains(&name));
    is_reserved.then(|| format!("generated code uses `{name}` for something else"))
}
