//! Builds the pages.

use http::StatusCode;
use lexicon_schema::breaking::Change;
use lexicon_schema::model::Document;

use crate::answer::{Answer, render};
use crate::check::{
    ACCEPT_UNRESOLVED, CheckOptions, LEGACY_BLOBS, LENIENT_DATETIMES, RESOLVE_EXTERNAL, Report,
};
use crate::choice::Choice;
use crate::describe::{Describer, Link};
use crate::graph::Graph;
use crate::included;
use crate::json_text::indent;
use crate::library::{Entry, Library, Reference, Refused, description, kind, namespaces, summary};
use crate::links::{Links, MAX_DEFINITIONS};
use crate::marked::{highlighted, marked};
use crate::pages::{
    CheckResult, DocumentPage, Frame, Group, Head, Index, Item, JsonPage, Message, MetadataPage,
    References, RefusedFile, RefusedPage, ValidatePage, VersionItem,
};
use crate::settings::{DEFAULT_RUST_CRATE, Settings};
use crate::tab::Tab;
use crate::try_it;

/// The most documents that the index lists.
const MAX_LISTED: usize = 2_000;
/// The most references that a page lists in each direction.
const MAX_REFERENCES: usize = 500;
/// The most that is shown of the text of a document, in bytes.
const MAX_JSON: usize = 1 << 20;
/// The most faults that are listed of a file.
const MAX_FAULTS: usize = 20;
/// The most files with faults that the index lists.
const MAX_REFUSED: usize = 200;

/// What all pages have in common.
pub(crate) struct Views<'a> {
    pub(crate) library: &'a Library,
    pub(crate) links: &'a Links,
    pub(crate) settings: &'a Settings,
}

impl<'a> Views<'a> {
    fn frame(&self) -> Frame<'a> {
        Frame {
            links: self.links,
            title: &self.settings.title,
            home: self.settings.home.as_ref(),
        }
    }

    pub(crate) fn index(&self, query: &str) -> Answer {
        let query: String = query.trim().chars().take(200).collect();
        let wanted = query.to_lowercase();
        let documents = self.library.catalog.documents();
        let found: Vec<_> = documents
            .filter(|document| matches(document, &wanted))
            .collect();
        let shown = found.iter().copied().take(MAX_LISTED);
        let groups = namespaces(shown).into_iter().map(|(namespace, documents)| {
            let items = documents.into_iter().map(|document| self.item(document));
            let items = items.collect();
            let anchor = format!("in-{namespace}");
            Group {
                namespace,
                anchor,
                items,
            }
        });
        let groups = groups.collect();
        let refused = if query.is_empty() {
            &self.library.refused[..]
        } else {
            &[]
        };
        let refused = refused.iter().take(MAX_REFUSED).map(|refused| RefusedFile {
            file: &refused.file,
            href: refused
                .nsid
                .as_deref()
                .filter(|nsid| self.library.get(nsid).is_none())
                .map(|nsid| self.links.page(nsid)),
            faults: refused.faults.iter().take(MAX_FAULTS).collect(),
            more: refused.faults.len().saturating_sub(MAX_FAULTS),
        });
        render(
            StatusCode::OK,
            &Index {
                frame: self.frame(),
                query: &query,
                listed: found.len().min(MAX_LISTED),
                found: found.len(),
                all: self.library.catalog.documents().count(),
                groups,
                refused: refused.collect(),
            },
        )
    }

    fn item(&self, document: &'a Document) -> Item<'a> {
        let nsid = document.nsid.as_str();
        let entry = self.library.get(nsid);
        Item {
            name: nsid.rsplit('.').next().unwrap_or(nsid),
            href: self.links.page(nsid),
            kind: kind(document),
            description: summary(document),
            has_faults: entry.is_some_and(|(_, entry)| !entry.faults.is_empty()),
        }
    }

    pub(crate) fn message(&self, status: StatusCode, title: &str, text: String) -> Answer {
        let frame = self.frame();
        render(status, &Message { frame, title, text })
    }

    pub(crate) fn refused(&self, nsid: &str, refused: &Refused) -> Answer {
        let document = self.library.catalog.refused_document(nsid);
        let text = document.map_or("", |document| &document.source);
        let shown: Vec<_> = refused.faults.iter().take(MAX_FAULTS * 5).collect();
        let as_violations: Vec<_> = shown
            .iter()
            .map(|fault| {
                let place = format!("document{}", fault.pointer);
                lexicon_runtime::Violation::new(place, "")
            })
            .collect();
        let text = indent(text);
        let (pieces, lines) = marked(&text, &as_violations);
        render(
            StatusCode::OK,
            &RefusedPage {
                frame: self.frame(),
                head: Head {
                    nsid,
                    kind: "invalid",
                    tab: None,
                },
                file: &refused.file,
                faults: shown.into_iter().zip(lines).collect(),
                pieces,
            },
        )
    }

    pub(crate) fn documentation(
        &self,
        document: &'a Document,
        entry: &'a Entry,
        def: Option<&str>,
    ) -> Answer {
        let nsid = document.nsid.as_str();
        let main = document.defs.get_key_value("main");
        let others = document.defs.iter().filter(|(name, _)| *name != "main");
        let defs: Vec<_> = main.into_iter().chain(others).collect();
        let at = def.and_then(|def| defs.iter().position(|(name, _)| *name == def));
        let from = at.unwrap_or_default() / MAX_DEFINITIONS * MAX_DEFINITIONS;
        let describer = Describer {
            catalog: &self.library.catalog,
            document,
            links: self.links,
        };
        let shown = defs.iter().skip(from).take(MAX_DEFINITIONS);
        let sections: Vec<_> = shown
            .clone()
            .map(|(name, def)| describer.section(name, def))
            .collect();
        let contents = shown.map(|(name, _)| (&name[..], self.links.definition(document, name)));
        let chunk = |at: usize| {
            let (name, _) = defs.get(at)?;
            Some(format!("{}?def={name}", self.links.page(nsid)))
        };
        let references = |references: &std::collections::BTreeSet<Reference>| References {
            links: references
                .iter()
                .take(MAX_REFERENCES)
                .map(|reference| self.link(reference))
                .collect(),
            more: references.len().saturating_sub(MAX_REFERENCES),
        };
        render(
            StatusCode::OK,
            &DocumentPage {
                frame: self.frame(),
                head: Head::new(document, Tab::Documentation),
                description: description(document),
                source: entry.is_included.then_some(included::SOURCE),
                faults: &entry.faults,
                contents: if defs.len() > 1 {
                    contents.collect()
                } else {
                    Vec::new()
                },
                sections,
                before: from.checked_sub(MAX_DEFINITIONS).and_then(chunk),
                after: chunk(from + MAX_DEFINITIONS),
                did: self.settings.authority(nsid),
                graph: Graph::new(nsid, entry, self.links),
                incoming: references(&entry.incoming),
                outgoing: references(&entry.outgoing),
            },
        )
    }

    fn link(&self, reference: &Reference) -> Link {
        let document = self.library.catalog.get(&reference.nsid);
        let document = document.filter(|_| reference.exists);
        Link {
            text: reference.text(),
            href: document.map(|document| self.links.definition(document, &reference.name)),
        }
    }

    pub(crate) fn json(&self, document: &Document) -> Answer {
        let mut text = indent(&document.source);
        let is_cut = text.len() > MAX_JSON;
        if is_cut {
            text.truncate(text.floor_char_boundary(MAX_JSON));
        }
        render(
            StatusCode::OK,
            &JsonPage {
                is_cut,
                frame: self.frame(),
                head: Head::new(document, Tab::Json),
                pieces: highlighted(&text),
                raw: self.links.to(&format!("{}.json", document.nsid)),
            },
        )
    }

    pub(crate) fn metadata(
        &self,
        document: &Document,
        entry: &Entry,
        changes: &[Option<Vec<Change>>],
    ) -> Answer {
        let nsid = document.nsid.as_str();
        let versions = self.settings.history.versions(nsid);
        let items = versions.iter().enumerate().map(|(at, version)| {
            let before = at.checked_sub(1);
            let changes = before.and_then(|before| changes.get(before)?.as_deref());
            VersionItem {
                cid: &version.cid,
                date: &version.date,
                changes,
                is_first: at == 0,
            }
        });
        let last = versions.last().map(|version| &version.cid[..]);
        let cid = match &entry.cid {
            Some(Ok(cid)) => cid,
            Some(Err(reason)) => reason,
            None => "none",
        };
        let forms = [("JSON", "json"), ("Text", "txt")];
        let forms = forms.map(|(name, form)| (name, self.links.to(&format!("{nsid}.{form}"))));
        render(
            StatusCode::OK,
            &MetadataPage {
                frame: self.frame(),
                head: Head::new(document, Tab::Metadata),
                cid,
                uri: self.settings.at_uri(nsid),
                authority: self.settings.authority(nsid),
                file: document.file.display().to_string(),
                source: entry.is_included.then_some(included::SOURCE),
                forms: forms.to_vec(),
                is_recorded: entry.is_included || last.is_some() && last == entry.cid(),
                versions: items.rev().collect(),
            },
        )
    }

    /// The form for a call, if the document describes a query or a procedure.
    pub(crate) fn try_it(&self, document: &Document) -> Option<Answer> {
        let catalog = &self.library.catalog;
        let entry = self.library.get(document.nsid.as_str());
        // The crate of the site's own lexicons does not have the included ones.
        let rust_crate = match entry.is_some_and(|(_, entry)| entry.is_included) {
            true => DEFAULT_RUST_CRATE,
            false => &self.settings.rust_crate,
        };
        try_it::page(
            self.frame(),
            catalog,
            document,
            self.links,
            self.settings,
            rust_crate,
        )
    }

    /// The form, with what was entered and what is wrong with it.
    pub(crate) fn validate(&self, document: &Document, entered: &Entered<'_>) -> Answer {
        let nsid = document.nsid.as_str();
        let options = &entered.options;
        let choices = Choice::all(document).into_iter().take(MAX_LISTED);
        let choices = choices.map(|choice| {
            let is_chosen = Some(&choice) == entered.choice.as_ref();
            (choice.name(), choice.label(document), is_chosen)
        });
        let can_resolve = self.settings.resolver.is_some();
        let resolves = (
            RESOLVE_EXTERNAL,
            "Resolve external schemas",
            options.resolve_external,
        );
        let switches = [
            (
                ACCEPT_UNRESOLVED,
                "Treat unresolved references as valid",
                options.accept_unresolved,
            ),
            (
                LEGACY_BLOBS,
                "Legacy blobs, and a $type that ends with #main",
                options.legacy_blobs,
            ),
            (
                LENIENT_DATETIMES,
                "Lenient datetimes",
                options.lenient_datetimes,
            ),
        ];
        let switches = switches.into_iter().chain(can_resolve.then_some(resolves));
        let result = entered.report.as_ref().zip(entered.choice.as_ref());
        let result = result.map(|(report, choice)| {
            let (pieces, lines) = marked(entered.text, &report.violations);
            CheckResult {
                name: choice.label(document),
                violations: report.violations.iter().cloned().zip(lines).collect(),
                more: report.more,
                pieces,
            }
        });
        let status = match &entered.problem {
            Some(_) => StatusCode::BAD_REQUEST,
            None => StatusCode::OK,
        };
        render(
            status,
            &ValidatePage {
                frame: self.frame(),
                head: Head::new(document, Tab::Validate),
                action: self.links.tab(nsid, Tab::Validate),
                choices: choices.collect(),
                text: entered.text,
                switches: switches.collect(),
                can_resolve,
                problem: entered.problem.clone(),
                result,
            },
        )
    }
}

/// What a person entered into the form.
#[derive(Default)]
pub(crate) struct Entered<'t> {
    pub(crate) text: &'t str,
    pub(crate) choice: Option<Choice>,
    pub(crate) options: CheckOptions,
    pub(crate) problem: Option<String>,
    pub(crate) report: Option<Report>,
}

/// Whether a document has a text in its name, a description or the name of a definition.
fn matches(document: &Document, wanted: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(wanted);
    let defs = &document.defs;
    has(document.nsid.as_str())
        || document.description.as_deref().is_some_and(has)
        || defs.keys().any(|name| has(name))
        || defs
            .values()
            .any(|def| def.description.as_deref().is_some_and(has))
}
