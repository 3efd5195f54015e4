//! The addresses of the pages.

use lexicon_schema::Document;

use crate::tab::Tab;

/// The most definitions that a page shows.
pub(crate) const MAX_DEFINITIONS: usize = 200;

/// The addresses of the pages below one root.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// The path without a slash at its end: empty, or `/lexicons`.
    root: String,
}

/// The last segments that also name a form of a document: `com.example.thing.json`.
const FORMS: [&str; 2] = [".json", ".txt"];

impl Links {
    pub(crate) fn new(root: &str) -> Self {
        let root = root.trim_matches('/');
        let root = match root {
            "" => String::new(),
            root => format!("/{root}"),
        };
        Self { root }
    }

    /// The part of a path below the root, without the slash before it; none if the path is elsewhere.
    pub(crate) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&self.root)?.strip_prefix('/')
    }

    /// Whether a path is the root without its slash.
    pub(crate) fn is_bare_root(&self, path: &str) -> bool {
        path == self.root
    }

    pub(crate) fn to(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    pub(crate) fn index(&self) -> String {
        self.to("")
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        self.to(&format!("assets/{name}"))
    }

    /// The page of a document.
    pub(crate) fn page(&self, nsid: &str) -> String {
        // The last segment of an NSID may be `json`: the slash distinguishes the page of such a document.
        let slash = if FORMS.iter().any(|form| nsid.ends_with(form)) {
            "/"
        } else {
            ""
        };
        self.to(&format!("{nsid}{slash}"))
    }

    /// A definition on the page of its document.
    pub(crate) fn definition(&self, document: &Document, name: &str) -> String {
        let page = self.page(document.nsid.as_str());
        match name {
            "main" => page,
            // Its page shows a part of the definitions.
            name if document.defs.len() > MAX_DEFINITIONS => {
                format!("{page}?def={name}#{}", anchor(name))
            }
            name => format!("{page}#{}", anchor(name)),
        }
    }

    pub(crate) fn tab(&self, nsid: &str, tab: Tab) -> String {
        match tab.segment() {
            "" => self.page(nsid),
            segment => self.to(&format!("{nsid}/{segment}")),
        }
    }
}

/// The `id` of a definition on its page.
pub(crate) fn anchor(name: &str) -> String {
    format!("def-{name}")
}
