//! The browser console: its pages, and the files that they load.
//!
//! This crate only renders. The server decides who is signed in, which keys there are and where a form
//! goes. Every page is a struct; its method `render` returns the HTML, with all text escaped.

mod address;
mod assets;
mod chart;
mod key_link;
mod key_page;
mod limits;
mod number;
mod page_header;
mod purpose;
mod records;
mod status;
mod time;
mod usage;
mod usage_page;

use askama::Template;
use chrono::{DateTime, Utc};

pub use askama::Error;
pub use assets::{ASSETS, Asset, CONTENT_SECURITY_POLICY, asset};
pub use key_link::KeyLink;
pub use key_page::{EventRow, KeyPage, Relatives, ScopeRow};
pub use limits::{BudgetRow, LimitHolder, LimitKind, Limits, LimitsOf};
pub use page_header::PageHeader;
pub use purpose::Purpose;
pub use records::{ConnectionView, Records};
pub use status::Status;
pub use usage::{Usage, UsageCounts, UsageDay, UsageOfModel};
pub use usage_page::UsagePage;

use time::{date, rfc3339};

/// The version of this crate and of the server: the workspace has one.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The error of the last attempt.
    pub error: Option<String>,
    /// The handle that was typed in that attempt.
    pub handle: String,
    /// Whether an account can sign in with its handle, by OAuth.
    pub handle_sign_in: HandleSignIn,
    /// Whether the operator can sign in with a one-time link.
    pub login_link_hint: bool,
}

/// Whether an account can sign in with its handle, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleSignIn {
    /// It can.
    Available,
    /// The server has no public URL to which the account's host could send a browser back.
    NoPublicUrl,
    /// The server has no encryption key.
    NoEncryptionKey,
}

/// Forwards a browser to the host at which its owner signs in. A page and not a redirect: browsers apply
/// the `form-action` policy, which names this server only, to redirects after a form.
#[derive(Clone, Debug, Template)]
#[template(path = "forward.html")]
pub struct Forward {
    /// The name of the host.
    pub host: String,
    /// The URL to go to; the caller has checked that its scheme is `https`.
    pub url: String,
}

/// A page of the API keys of an account.
#[derive(Clone, Debug, Template)]
#[template(path = "keys.html")]
pub struct Keys {
    /// The header.
    pub header: PageHeader,
    /// The time at which the page is rendered.
    pub now: DateTime<Utc>,
    /// Which keys it shows.
    pub view: KeysView,
    /// The keys, the newest first.
    pub keys: Vec<KeyRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The most keys of a page.
    pub page_size: u16,
    /// The origin of the server: `https://keys.example.com`, without a slash at the end.
    pub origin: String,
    /// What a new key can be for.
    pub purposes: Vec<Purpose>,
    /// A model that a key can call, for the examples. `None`: the server has none.
    pub model: Option<String>,
}

/// Which keys a page shows.
#[derive(Clone, Debug, Default)]
pub struct KeysView {
    /// The text that is searched for.
    pub text: String,
    /// The name of the status of the keys: `active`, `expired` or `revoked`. Empty for all.
    pub status: String,
    /// The cursor of the page. Empty for the first.
    pub cursor: String,
}

impl Keys {
    /// Whether the account has no keys at all.
    pub(crate) fn is_empty(&self) -> bool {
        let KeysView {
            text,
            status,
            cursor,
        } = &self.view;
        let is_all = text.is_empty() && status.is_empty() && cursor.is_empty();
        is_all && self.keys.is_empty()
    }

    /// The address of another page of the same list.
    pub(crate) fn page_address(&self, cursor: &str) -> String {
        let KeysView { text, status, .. } = &self.view;
        let parameters = [("q", &text[..]), ("status", status), ("cursor", cursor)];
        address::with_query("/", &parameters)
    }

    /// The choice of the purpose that is made at first.
    pub(crate) fn first_purpose(&self) -> &'static str {
        "everything"
    }

    /// The scopes that the form contains at first.
    pub(crate) fn scope_lines(&self) -> &'static str {
        ""
    }
}

/// A key.
#[derive(Clone, Debug, Default)]
pub struct KeyRow {
    /// Its id, by which requests name it.
    pub id: String,
    /// Its label.
    pub name: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl KeyRow {
    /// The path of the key's page.
    pub(crate) fn path(&self) -> String {
        address::key_path(&self.id)
    }

    /// The status of the key at a time.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        Status::at(now, self.created_at, self.expires_at, self.revoked_at)
    }
}

/// The browsers in which an account is signed in.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct Sessions {
    /// The header.
    pub header: PageHeader,
    /// The sessions, the current one first.
    pub sessions: Vec<SessionRow>,
}

/// A session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id, by which requests name it; never the secret of its cookie.
    pub id: String,
    /// Whether it is the session of the browser that requests the page.
    pub current: bool,
    /// The name of the browser, as the browser itself gives it.
    pub browser: String,
    /// The network address from which the session was last used.
    pub address: String,
    /// When it started.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
}

/// A message, and at most one link.
#[derive(Clone, Debug, Template)]
#[template(path = "message.html")]
pub struct Message {
    /// What happened.
    pub title: String,
    /// What it means.
    pub text: String,
    /// What to do: the text and the target of a link.
    pub link: Option<(String, String)>,
}

/// How keys are used and checked, for everyone.
#[derive(Clone, Debug, Template)]
#[template(path = "documentation.html")]
pub struct Documentation {
    /// The origin of the server: `https://keys.example.com`, without a slash at the end.
    pub origin: String,
    /// A model that a key can call, for the examples. `None`: the server has none.
    pub model: Option<String>,
    /// A collection in which keys can write records, for the examples. `None`: the server has no record proxy.
    pub collection: Option<String>,
}

/// The methods of the account's keys, and what each does.
const METHODS: [(&str, &str); 15] = [
    ("dev.cocore.account.createApiKey", "creates a key"),
    (
        "dev.cocore.account.listApiKeys",
        "lists the keys of the account",
    ),
    (
        "dev.cocore.account.revokeApiKey",
        "revokes a key: it is rejected, and stays in the list",
    ),
    (
        "dev.cocore.account.deleteApiKey",
        "revokes a key and removes it from the list",
    ),
    (
        "dev.cocore.apikey.whoAmI",
        "returns the account and the scopes of the key that calls it",
    ),
    (
        "dev.cocore.apikey.createKey",
        "creates a key with scopes and a note",
    ),
    ("dev.cocore.apikey.getKey", "returns a key"),
    (
        "dev.cocore.apikey.listKeys",
        "lists the keys page by page, and searches them",
    ),
    (
        "dev.cocore.apikey.updateKey",
        "changes the name, the note, the expiry or the scopes of a key",
    ),
    (
        "dev.cocore.apikey.rotateKey",
        "replaces a key by a new one, at once or after a grace period",
    ),
    (
        "dev.cocore.apikey.revokeKey",
        "revokes a key, on request with all keys that it created",
    ),
    (
        "dev.cocore.apikey.deleteKey",
        "revokes a key and removes it from the list",
    ),
    (
        "dev.cocore.apikey.listEvents",
        "lists what was done to the keys, by whom and from where",
    ),
    (
        "dev.cocore.apikey.getUsage",
        "returns what calls of models have cost, and what is spent of limits",
    ),
    (
        "dev.cocore.apikey.setLimits",
        "limits the calls of models of a key and of all that descend from it",
    ),
];

/// Gives every page a method `render` that needs no import of a trait.
macro_rules! pages {
    ($($page:ident)*) => {$(
        impl $page {
            /// Renders the page as HTML.
            ///
            /// # Errors
            /// The formatter failed, which does not happen for a string.
            pub fn render(&self) -> Result<String, Error> {
                Template::render(self)
            }
        }
    )*};
}

pages!(SignIn Forward Keys Sessions UsagePage Message Documentation);

#[cfg(test)]
mod tests;
