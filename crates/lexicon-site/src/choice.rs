//! What a value can be checked against: the definitions of a document, and the parts of its method.

use lexicon_runtime::Value;
use lexicon_schema::Catalog;
use lexicon_schema::model::{DefKind, Document};
use lexicon_schema::validate::{self, Options, Part, Verdict};

use crate::describe::type_name;

/// A definition, or a part of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Definition(String),
    Part(Part),
}

impl Choice {
    /// All of a document, the default first.
    pub(crate) fn all(document: &Document) -> Vec<Self> {
        let main = document.defs.get("main");
        let parts: &[Part] = match main.map(|main| &main.kind) {
            Some(DefKind::Method(method)) => match (&method.input, &method.output) {
                (Some(_), Some(_)) => &[Part::Input, Part::Output, Part::Params],
                (Some(_), None) => &[Part::Input, Part::Params],
                (None, Some(_)) => &[Part::Params, Part::Output],
                (None, None) => &[Part::Params],
            },
            Some(DefKind::Subscription(subscription)) => match subscription.message {
                Some(_) => &[Part::Message, Part::Params],
                None => &[Part::Params],
            },
            _ => &[],
        };
        let parts = parts.iter().map(|part| Self::Part(*part));
        let is_data = |(_, def): &(&String, &lexicon_schema::model::Def)| {
            matches!(
                def.kind,
                DefKind::Record(_) | DefKind::Type(_) | DefKind::Token
            )
        };
        let names = document.defs.iter().filter(is_data).map(|(name, _)| name);
        let (main, others): (Vec<_>, Vec<_>) = names.partition(|name| *name == "main");
        let names = main.into_iter().chain(others);
        parts
            .chain(names.map(|name| Self::Definition(name.clone())))
            .collect()
    }

    /// The choice of a name: a definition as `name`, `#name` or `nsid#name`, or a part as `input`.
    ///
    /// # Errors
    /// There is none of the name, or nothing to choose from.
    pub(crate) fn find(document: &Document, name: Option<&str>) -> Result<Self, String> {
        let nsid = document.nsid.as_str();
        let mut all = Self::all(document).into_iter();
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let none = || format!("{nsid} describes no values that could be checked");
            return all.next().ok_or_else(none);
        };
        let short = name.strip_prefix(nsid).unwrap_or(name);
        let short = short.strip_prefix('#').unwrap_or(short);
        let short = if short.is_empty() { "main" } else { short };
        let all: Vec<_> = all.collect();
        let definition = Self::Definition(short.to_owned());
        let found = all.iter().find(|choice| **choice == definition);
        let found = found.or_else(|| all.iter().find(|choice| choice.name() == name));
        // The definition of a method stands for the default part.
        let found = found.or_else(|| all.first().filter(|_| short == "main"));
        found
            .cloned()
            .ok_or_else(|| format!("{nsid} has no definition `{name}` that values can have"))
    }

    /// The value of the parameter `def`.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Definition(name) => format!("#{name}"),
            Self::Part(part) => part.root().to_owned(),
        }
    }

    /// The name for people.
    pub(crate) fn label(&self, document: &Document) -> String {
        match self {
            Self::Definition(name) => type_name(document, name),
            Self::Part(Part::Params) => "Parameters, as an object".to_owned(),
            Self::Part(Part::Input) => "Input".to_owned(),
            Self::Part(Part::Output) => "Output".to_owned(),
            Self::Part(_) => "Message".to_owned(),
        }
    }

    /// The first segment of the places of violations.
    pub(crate) fn root(&self) -> &'static str {
        match self {
            Self::Definition(_) => "value",
            Self::Part(part) => part.root(),
        }
    }

    pub(crate) fn check(
        &self,
        catalog: &Catalog,
        document: &Document,
        value: &Value,
        options: &Options,
    ) -> Verdict {
        match self {
            Self::Definition(name) => {
                let name = type_name(document, name);
                validate::definition(catalog, &name, value, options)
            }
            Self::Part(part) => {
                validate::part(catalog, document.nsid.as_str(), *part, value, options)
            }
        }
    }
}
