//! What is wrong with the settings.

use lexicon_schema::model::{DefKind, Document, Schema, Type};
use lexicon_schema::{Catalog, Diagnostic, Pointer, pattern};

use super::{Config, Entry};
use crate::names;
use crate::plan::Plan;

/// Reports what is wrong whatever the lexicons are.
pub(crate) fn of_settings(config: &Config) -> Vec<Diagnostic> {
    let mut faults = Faults::new(config);
    let lists = [
        ("serve", config.serve.as_deref().unwrap_or_default()),
        ("any-json", &config.any_json),
        ("secret", &config.secret),
        ("tolerate-null", &config.tolerate_null),
    ];
    for (list, entries) in lists {
        for (index, Entry { what, reason }) in entries.iter().enumerate() {
            faults.reason((list, index), what, reason);
        }
    }
    for (index, rename) in config.rename.iter().enumerate() {
        let entry = ("rename", index);
        faults.reason(entry, &rename.what, &rename.reason);
        if let Some(message) = names::fault(&rename.name) {
            faults.add(entry, "no-name", message);
        }
    }
    if config.feature.as_deref() == Some("") {
        let message = "`feature` is empty: leave it out if the service trait needs none";
        let at = Pointer::root().join("codegen").join("feature");
        let diagnostic = Diagnostic::new(&config.file, at, "no-such-feature", message);
        faults.found.push(diagnostic);
    }
    faults.found
}

/// Reports entries that fit nothing, so that the file cannot go stale. If documents were refused, an entry may fit
/// one of these.
pub(crate) fn unused(config: &Config, plan: &Plan<'_>, is_complete: bool) -> Vec<Diagnostic> {
    let catalog = plan.catalog;
    let mut faults = Faults::new(config);
    let serve = config.serve.as_deref().unwrap_or_default();
    for (list, entries) in [("serve", serve), ("any-json", &config.any_json)] {
        for (index, Entry { what, .. }) in entries.iter().enumerate().filter(|_| is_complete) {
            let fits = |document: &Document| {
                is_method(document) && pattern::matches(what, document.nsid.as_str())
            };
            if !catalog.documents().any(fits) {
                let message = format!("no query, procedure or subscription fits `{what}`");
                faults.add((list, index), "no-such-method", message);
            }
        }
    }
    let may_exist = |what: &str| {
        let nsid = what.split('#').next().unwrap_or(what);
        !is_complete && catalog.get(nsid).is_none()
    };
    for (index, Entry { what, .. }) in config.secret.iter().enumerate() {
        let field = field(catalog, what);
        let is_string = field.is_some_and(|schema| matches!(schema.kind, Type::String(_)));
        if !is_string && !may_exist(what) {
            let message = format!("`{what}` is not a string field");
            faults.add(("secret", index), "no-such-field", message);
        }
    }
    for (index, Entry { what, .. }) in config.tolerate_null.iter().enumerate() {
        if field(catalog, what).is_none() && !may_exist(what) {
            let message = format!("`{what}` is not a field");
            faults.add(("tolerate-null", index), "no-such-field", message);
        }
    }
    for (index, external) in config.external.iter().enumerate().filter(|_| is_complete) {
        let mut documents = catalog.documents();
        if !documents.any(|document| external.covers(document.nsid.as_str())) {
            let message = format!("no lexicon is below `{}`", external.prefix);
            faults.add(("external", index), "no-such-document", message);
        }
    }
    if !config.rename.is_empty() {
        let names = plan.names();
        for (index, rename) in config.rename.iter().enumerate() {
            if !names.has(rename) && !may_exist(&rename.what) {
                let message = format!(
                    "`{}` has no name in Rust like `{}`",
                    rename.what, rename.name
                );
                faults.add(("rename", index), "no-such-name", message);
            }
        }
    }
    faults.found
}

/// What is wrong with a configuration.
struct Faults<'c> {
    config: &'c Config,
    found: Vec<Diagnostic>,
}

impl<'c> Faults<'c> {
    fn new(config: &'c Config) -> Self {
        let found = Vec::new();
        Self { config, found }
    }

    fn reason(&mut self, entry: (&str, usize), what: &str, reason: &str) {
        if reason.trim().is_empty() {
            self.add(entry, "no-reason", format!("`{what}` needs a reason"));
        }
    }

    fn add(&mut self, (list, index): (&str, usize), rule: &'static str, message: String) {
        let pointer = Pointer::root().join("codegen").join(list).join(index);
        let diagnostic = Diagnostic::new(&self.config.file, pointer, rule, message);
        self.found.push(diagnostic);
    }
}

/// Whether a document is that of a query, a procedure or a subscription.
fn is_method(document: &Document) -> bool {
    let main = document.defs.get("main").map(|def| &def.kind);
    matches!(main, Some(DefKind::Method(_) | DefKind::Subscription(_)))
}

/// The schema at a place of a document.
fn field<'c>(catalog: &'c Catalog, what: &str) -> Option<&'c Schema> {
    let (nsid, pointer) = what.split_once('#')?;
    let mut found = None;
    for def in catalog.get(nsid)?.defs.values() {
        def.each_schema(&mut |schema| {
            if schema.pointer.as_str() == pointer {
                found = Some(schema);
            }
        });
    }
    found
}
