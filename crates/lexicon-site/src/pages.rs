//! The pages: what their templates show.

use std::borrow::Borrow;

use askama::Template;
use lexicon_runtime::Violation;
use lexicon_schema::Diagnostic;
use lexicon_schema::breaking::Change;
use lexicon_schema::model::Document;

use crate::describe::{Link, Section};
use crate::graph::Graph;
use crate::library::kind;
use crate::links::Links;
use crate::marked::Piece;
use crate::tab::Tab;
use crate::words::count;

/// A number with its unit. Templates pass a field by reference, and the value of an expression.
pub(crate) fn amount(number: impl Borrow<usize>, unit: &str) -> String {
    count(*number.borrow() as u64, unit)
}

/// The parts of a message: those between backquotes are code.
pub(crate) fn quoted(message: &str) -> Vec<(bool, &str)> {
    match message.split('`').count() % 2 {
        0 => vec![(false, message)],
        _ => {
            let parts = message.split('`').enumerate();
            parts.map(|(at, part)| (at % 2 == 1, part)).collect()
        }
    }
}

/// What stands around every page.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) links: &'a Links,
    /// The name of the site.
    pub(crate) title: &'a str,
    pub(crate) home: Option<&'a (String, String)>,
}

/// The heading of a document's pages.
pub(crate) struct Head<'a> {
    pub(crate) nsid: &'a str,
    pub(crate) kind: &'a str,
    /// The page that is shown, and whether there are others.
    pub(crate) tab: Option<Tab>,
}

impl<'a> Head<'a> {
    pub(crate) fn new(document: &'a Document, tab: Tab) -> Self {
        Self {
            nsid: document.nsid.as_str(),
            kind: kind(document),
            tab: Some(tab),
        }
    }

    /// The name but for its last segment, with the dot.
    pub(crate) fn authority(&self) -> &str {
        let end = self.nsid.rfind('.').map_or(0, |dot| dot + 1);
        &self.nsid[..end]
    }

    pub(crate) fn name(&self) -> &str {
        &self.nsid[self.authority().len()..]
    }

    /// The domain name whose owner publishes the document: the NSID but for its last segment, in reverse.
    pub(crate) fn domain(&self) -> String {
        let labels = self.authority().trim_end_matches('.').rsplit('.');
        labels.collect::<Vec<_>>().join(".")
    }

    /// The title and the address of each page, and whether it is the one that is shown.
    pub(crate) fn tabs(&self, links: &Links) -> Vec<(&'static str, String, bool)> {
        let Some(current) = self.tab else {
            return Vec::new();
        };
        let tabs = Tab::ALL.into_iter().filter(|tab| tab.is_of(self.kind));
        tabs.map(|tab| (tab.title(), links.tab(self.nsid, tab), tab == current))
            .collect()
    }
}

/// The documents by namespace.
#[derive(Template)]
#[template(path = "index.html")]
pub(crate) struct Index<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) query: &'a str,
    pub(crate) groups: Vec<Group<'a>>,
    /// How many documents are listed, how many are found, and how many there are.
    pub(crate) listed: usize,
    pub(crate) found: usize,
    pub(crate) all: usize,
    pub(crate) refused: Vec<RefusedFile<'a>>,
}

/// The documents of a namespace.
pub(crate) struct Group<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) anchor: String,
    pub(crate) items: Vec<Item<'a>>,
}

/// A document in the index.
pub(crate) struct Item<'a> {
    pub(crate) name: &'a str,
    pub(crate) href: String,
    pub(crate) kind: &'static str,
    pub(crate) description: Option<&'a str>,
    pub(crate) has_faults: bool,
}

/// A file that is no valid document.
pub(crate) struct RefusedFile<'a> {
    pub(crate) file: &'a str,
    pub(crate) href: Option<String>,
    pub(crate) faults: Vec<&'a Diagnostic>,
    pub(crate) more: usize,
}

/// A document that could not be read.
#[derive(Template)]
#[template(path = "refused.html")]
pub(crate) struct RefusedPage<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) head: Head<'a>,
    pub(crate) file: &'a str,
    pub(crate) faults: Vec<(&'a Diagnostic, Option<usize>)>,
    pub(crate) pieces: Vec<Piece<'a>>,
}

/// What a document says.
#[derive(Template)]
#[template(path = "document.html")]
pub(crate) struct DocumentPage<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) head: Head<'a>,
    pub(crate) description: Option<&'a str>,
    /// Where the document is from, if it is included.
    pub(crate) source: Option<&'static str>,
    pub(crate) faults: &'a [Diagnostic],
    /// The definitions, if there are several: the name and the link of each.
    pub(crate) contents: Vec<(&'a str, String)>,
    pub(crate) sections: Vec<Section>,
    /// Links to the definitions before and after these.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// The DID of the authority, if it is configured.
    pub(crate) did: Option<&'a str>,
    pub(crate) graph: Option<Graph>,
    pub(crate) incoming: References,
    pub(crate) outgoing: References,
}

impl DocumentPage<'_> {
    /// Whether a description is the one below the title.
    pub(crate) fn repeats(&self, text: &str) -> bool {
        self.description == Some(text)
    }
}

/// Links to definitions.
pub(crate) struct References {
    pub(crate) links: Vec<Link>,
    /// How many are left out.
    pub(crate) more: usize,
}

/// The text of a document.
#[derive(Template)]
#[template(path = "json.html")]
pub(crate) struct JsonPage<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) head: Head<'a>,
    pub(crate) pieces: Vec<Piece<'a>>,
    /// Whether the end is left out.
    pub(crate) is_cut: bool,
    pub(crate) raw: String,
}

/// A form for a value, and what is wrong with it.
#[derive(Template)]
#[template(path = "validate.html")]
pub(crate) struct ValidatePage<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) head: Head<'a>,
    pub(crate) action: String,
    /// The name, the label, and whether it is chosen.
    pub(crate) choices: Vec<(String, String, bool)>,
    pub(crate) text: &'a str,
    /// The name, the label, and whether it is on.
    pub(crate) switches: Vec<(&'static str, &'static str, bool)>,
    /// Whether the site may look lexicons up.
    pub(crate) can_resolve: bool,
    pub(crate) problem: Option<String>,
    pub(crate) result: Option<CheckResult<'a>>,
}

/// What a check found.
pub(crate) struct CheckResult<'a> {
    pub(crate) name: String,
    pub(crate) violations: Vec<(Violation, Option<usize>)>,
    pub(crate) more: usize,
    pub(crate) pieces: Vec<Piece<'a>>,
}

impl CheckResult<'_> {
    /// `2 violations`.
    pub(crate) fn count(&self) -> String {
        count((self.violations.len() + self.more) as u64, "violation")
    }
}

/// What is known of a document beside what it says.
#[derive(Template)]
#[template(path = "metadata.html")]
pub(crate) struct MetadataPage<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) head: Head<'a>,
    /// The CID, or why there is none.
    pub(crate) cid: &'a str,
    pub(crate) uri: String,
    /// The DID of the authority, if it is configured.
    pub(crate) authority: Option<&'a str>,
    pub(crate) file: String,
    pub(crate) source: Option<&'static str>,
    /// The forms for programs: the name and the address of each.
    pub(crate) forms: Vec<(&'static str, String)>,
    /// Whether the last version is the document itself.
    pub(crate) is_recorded: bool,
    pub(crate) versions: Vec<VersionItem<'a>>,
}

/// A version of a document, and what it changed.
pub(crate) struct VersionItem<'a> {
    pub(crate) cid: &'a str,
    pub(crate) date: &'a str,
    /// None for the first version, and for one that cannot be compared.
    pub(crate) changes: Option<&'a [Change]>,
    pub(crate) is_first: bool,
}

/// A message.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) title: &'a str,
    pub(crate) text: String,
}
