//! The site: which answer a path has.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use lexicon_schema::breaking::Change;
use lexicon_schema::model::Document;
use lexicon_schema::{Catalog, Loaded};

use crate::answer::{
    Answer, answer, error, for_method, hash, json_answer, method_not_allowed, preflight, redirect,
    tagged,
};
use crate::assets::asset;
use crate::check::{CheckOptions, RESOLVE_EXTERNAL, Report};
use crate::choice::Choice;
use crate::external::with_external;
use crate::fields::Fields;
use crate::library::{Entry, Library};
use crate::links::Links;
use crate::programs;
use crate::settings::Settings;
use crate::tab::Tab;
use crate::views::{Entered, Views};

/// How many versions of a document are compared with the one before.
const MAX_COMPARED: usize = 10;

/// Lexicons as pages.
///
/// A site holds everything that it answers with. It reads no files, keeps no connections, and never waits.
#[derive(Debug)]
pub struct Site {
    library: Library,
    links: Links,
    settings: Settings,
    /// The OpenAPI document: writing it takes longer than a page.
    openapi: String,
    /// What the versions of documents changed, of those that were asked for.
    changes: Mutex<BTreeMap<String, Changes>>,
    /// Held by the check that looks lexicons up: one at a time.
    resolving: Mutex<()>,
}

type Changes = std::sync::Arc<[Option<Vec<Change>>]>;

impl Site {
    /// The largest body of a request, in bytes. A server refuses larger ones before it reads them.
    pub const MAX_BODY: usize = 1 << 20;
    /// The method that [`resolve_lexicon`](Self::resolve_lexicon) answers.
    pub const RESOLVE_LEXICON: &str = "com.atproto.lexicon.resolveLexicon";

    /// The site of some documents. Those that could not be read are shown with what is wrong with them. The
    /// documents of the method [`RESOLVE_LEXICON`](Self::RESOLVE_LEXICON) are added, unless they are among them.
    pub fn new(loaded: Loaded, settings: Settings) -> Self {
        let library = Library::new(loaded);
        Self {
            openapi: programs::openapi_text(&library, &settings),
            library,
            links: Links::new(&settings.root),
            settings,
            changes: Mutex::default(),
            resolving: Mutex::default(),
        }
    }

    /// The documents that could be read.
    pub fn catalog(&self) -> &Catalog {
        &self.library.catalog
    }

    /// The path of the page of a document, if the site has one.
    pub fn page(&self, nsid: &str) -> Option<String> {
        self.library.get(nsid).map(|_| self.links.page(nsid))
    }

    /// Answers a request for a path below the root. The body of an answer to HEAD is empty, and its header
    /// `content-length` is that of the answer to GET.
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        for_method(request.method(), self.route(request))
    }

    /// Answers the method [`RESOLVE_LEXICON`](Self::RESOLVE_LEXICON): `{uri, cid, schema}`, with the CID as the
    /// tag. A server mounts it at `/xrpc/com.atproto.lexicon.resolveLexicon`. The path of the request does not
    /// count.
    pub fn resolve_lexicon(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let answer = match *request.method() {
            Method::GET | Method::HEAD => {
                programs::resolve_lexicon(request, &self.library, &self.settings)
            }
            Method::OPTIONS => preflight("GET, HEAD, OPTIONS"),
            _ => method_not_allowed("GET, HEAD, OPTIONS"),
        };
        for_method(request.method(), answer)
    }

    fn views(&self) -> Views<'_> {
        Views {
            library: &self.library,
            links: &self.links,
            settings: &self.settings,
        }
    }

    fn route(&self, request: &Request<Bytes>) -> Answer {
        let path = request.uri().path();
        let Some(path) = self.links.below(path) else {
            return match self.links.is_bare_root(path) {
                true => redirect(&self.links.index()),
                false => self.not_found(),
            };
        };
        if let Some(nsid) = path.strip_suffix("/validate")
            && let Some((document, _)) = self.library.get(nsid)
        {
            return self.validate(request, document);
        }
        match *request.method() {
            Method::GET | Method::HEAD => self.get(request, path),
            Method::OPTIONS => preflight("GET, HEAD, OPTIONS"),
            _ => method_not_allowed("GET, HEAD, OPTIONS"),
        }
    }

    fn get(&self, request: &Request<Bytes>, path: &str) -> Answer {
        let fields = || Fields::parse(request.uri().query().unwrap_or_default().as_bytes());
        match path {
            "" => return self.views().index(fields().get("q").unwrap_or_default()),
            "openapi.json" => {
                return programs::openapi_answer(request, &self.openapi);
            }
            "llms.txt" => {
                let title = &self.settings.title;
                return programs::llms_text(request, &self.library, &self.links, title);
            }
            _ => {}
        }
        if let Some(asset) = path.strip_prefix("assets/").and_then(asset) {
            let found = answer(StatusCode::OK, asset.content_type, asset.body);
            return tagged(request, &hash(asset.body), found);
        }
        // A form of a document comes before a document whose name ends like one.
        if let Some((document, entry)) = path
            .strip_suffix(".json")
            .and_then(|nsid| self.library.get(nsid))
        {
            return programs::json(request, document, entry);
        }
        if let Some((document, _)) = path
            .strip_suffix(".txt")
            .and_then(|nsid| self.library.get(nsid))
        {
            return programs::document_text(request, &self.library, &self.links, document);
        }
        let (nsid, tab) = path.split_once('/').unwrap_or((path, ""));
        if let Some((document, entry)) = self.library.get(nsid)
            && let Some(tab) = Tab::of_segment(tab)
        {
            return self.tab(document, entry, tab, &fields());
        }
        match self.library.refused(nsid) {
            Some(refused) if tab.is_empty() => self.views().refused(nsid, refused),
            _ => self.not_found(),
        }
    }

    fn tab(&self, document: &Document, entry: &Entry, tab: Tab, fields: &Fields) -> Answer {
        let views = self.views();
        match tab {
            Tab::Documentation => views.documentation(document, entry, fields.get("def")),
            Tab::TryIt => views.try_it(document).unwrap_or_else(|| self.not_found()),
            Tab::Json => views.json(document),
            Tab::Metadata => views.metadata(document, entry, &self.changes(document)),
            Tab::Validate => views.validate(
                document,
                &Entered {
                    choice: Choice::find(document, fields.get("def")).ok(),
                    ..Entered::default()
                },
            ),
        }
    }

    /// What the versions of a document changed.
    fn changes(&self, document: &Document) -> Changes {
        let nsid = document.nsid.as_str();
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let of_document = changes.entry(nsid.to_owned()).or_insert_with(|| {
            let history = &self.settings.history;
            history
                .changes(&self.library.catalog, nsid, MAX_COMPARED)
                .into()
        });
        of_document.clone()
    }

    fn validate(&self, request: &Request<Bytes>, document: &Document) -> Answer {
        const METHODS: &str = "GET, HEAD, OPTIONS, POST";
        let query = Fields::parse(request.uri().query().unwrap_or_default().as_bytes());
        match *request.method() {
            Method::GET | Method::HEAD => {
                return self.views().validate(
                    document,
                    &Entered {
                        choice: Choice::find(document, query.get("def")).ok(),
                        ..Entered::default()
                    },
                );
            }
            Method::POST => {}
            Method::OPTIONS => return preflight(METHODS),
            _ => return method_not_allowed(METHODS),
        }
        let body = request.body();
        if body.len() > Self::MAX_BODY {
            let message = format!("the body has more than {} bytes", Self::MAX_BODY);
            return error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", &message);
        }
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let form = Fields::parse(body);
            // Some programs send any body as a form.
            if let Some(text) = form.get("value") {
                return self.validate_form(document, &form, text);
            }
        }
        self.validate_value(document, &query, body)
    }

    fn validate_form(&self, document: &Document, form: &Fields, text: &str) -> Answer {
        // Browsers send line breaks as two characters.
        let text = text.replace("\r\n", "\n");
        let mut entered = Entered {
            text: &text,
            ..Entered::default()
        };
        let read = CheckOptions::read(form, &["def", "value"]);
        let read = read.and_then(|options| {
            entered.options = options;
            Choice::find(document, form.get("def"))
        });
        let report = read.and_then(|choice| {
            let report = self.report(document, &choice, text.as_bytes(), &entered.options)?;
            Ok((choice, report))
        });
        match report {
            Ok((choice, report)) => {
                entered.report = Some(report);
                entered.choice = Some(choice);
            }
            Err(problem) => entered.problem = Some(problem),
        }
        self.views().validate(document, &entered)
    }

    /// The answer for programs: the body is the value.
    fn validate_value(&self, document: &Document, query: &Fields, body: &[u8]) -> Answer {
        let read = CheckOptions::read(query, &["def"]);
        let report = read.and_then(|options| {
            let choice = Choice::find(document, query.get("def"))?;
            self.report(document, &choice, body, &options)
        });
        match report {
            Ok(report) => json_answer(StatusCode::OK, &report.to_json()),
            Err(message) => error(StatusCode::BAD_REQUEST, "InvalidRequest", &message),
        }
    }

    /// Checks a text, with lexicons of the network if that is wanted and allowed.
    fn report(
        &self,
        document: &Document,
        choice: &Choice,
        text: &[u8],
        options: &CheckOptions,
    ) -> Result<Report, String> {
        let catalog = &self.library.catalog;
        if !options.resolve_external {
            return Ok(Report::new(catalog, document, choice, text, options));
        }
        let resolver = self.settings.resolver.as_deref();
        let resolver = resolver.ok_or_else(|| {
            format!("`{RESOLVE_EXTERNAL}` is off: this site resolves no lexicons")
        })?;
        let Ok(_one) = self.resolving.try_lock() else {
            return Err("another check resolves lexicons: try again".to_owned());
        };
        let catalog = with_external(catalog, document, resolver);
        Ok(Report::new(&catalog, document, choice, text, options))
    }

    fn not_found(&self) -> Answer {
        let text = "This site has no such page.".to_owned();
        self.views()
            .message(StatusCode::NOT_FOUND, "Not found", text)
    }
}
