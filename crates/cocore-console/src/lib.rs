//! The browser console: its pages, and the files that they load.
//!
//! This crate renders and nothing else. Who is signed in, what the keys are and where a form goes
//! is the server's affair. Every page is a struct; `render` makes its HTML, with all text escaped.

mod assets;
mod status;

use askama::Template;

pub use askama::Error;
pub use assets::{ASSETS, Asset, CONTENT_SECURITY_POLICY, asset};
pub use status::Status;

use status::date;

/// The way in.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// Why the last attempt did not work.
    pub error: Option<String>,
    /// What was typed in that attempt.
    pub handle: String,
    /// Whether the server has a public URL, without which there is no OAuth.
    pub can_sign_in: bool,
    /// Whether the terminal of the server shows a one-time link.
    pub local_hint: bool,
}

/// On the way to the host where one signs in. A page and not a redirect: browsers hold the
/// redirect of a form to the page's `form-action`, which names this server only.
#[derive(Clone, Debug, Template)]
#[template(path = "leave.html")]
pub struct Leave {
    /// The name of that host.
    pub host: String,
    /// Where to go; the caller has made sure that it is an `https:` URL.
    pub url: String,
}

/// The API keys of an account.
#[derive(Clone, Debug, Template)]
#[template(path = "keys.html")]
pub struct Keys {
    /// The DID of the account.
    pub account: String,
    /// Its handle, if it has one.
    pub handle: Option<String>,
    /// Whether it came in by the one-time link.
    pub local: bool,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
    /// The keys, the newest first.
    pub keys: Vec<KeyRow>,
    /// Where clients reach the server: `https://keys.example.com`, without a slash at the end.
    pub origin: String,
}

/// One key. All times are RFC 3339, in UTC.
#[derive(Clone, Debug, Default)]
pub struct KeyRow {
    /// Names it in requests.
    pub id: String,
    /// Its label.
    pub name: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// When it was made.
    pub created_at: String,
    /// When it ends by itself.
    pub expires_at: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

impl KeyRow {
    /// How it stands at a time, in milliseconds since 1970.
    #[must_use]
    pub fn status(&self, now_ms: i64) -> Status {
        Status::of(
            now_ms,
            self.expires_at.as_deref(),
            self.revoked_at.as_deref(),
        )
    }
}

/// The browsers in which an account is signed in.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct Sessions {
    /// The DID of the account.
    pub account: String,
    /// Its handle, if it has one.
    pub handle: Option<String>,
    /// Whether it came in by the one-time link.
    pub local: bool,
    /// The sessions, the present one first.
    pub sessions: Vec<SessionRow>,
}

/// One session. All times are RFC 3339, in UTC.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Names it in requests; never the secret of its cookie.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the browser says that it is.
    pub browser: String,
    /// The network address from which it was last used.
    pub address: String,
    /// When it began.
    pub created_at: String,
    /// When it was last used.
    pub last_seen_at: String,
}

/// A few words and at most one link: for what went wrong.
#[derive(Clone, Debug, Template)]
#[template(path = "message.html")]
pub struct Message {
    /// What happened.
    pub title: String,
    /// What it means.
    pub text: String,
    /// What to do: the text of a link, and where it goes.
    pub link: Option<(String, String)>,
}

/// Gives every page a `render` that needs no import.
macro_rules! pages {
    ($($page:ident)*) => {$(
        impl $page {
            /// The page as HTML.
            ///
            /// # Errors
            /// Those of the formatter, which for a string has none.
            pub fn render(&self) -> Result<String, Error> {
                Template::render(self)
            }
        }
    )*};
}

pages!(SignIn Leave Keys Sessions Message);

#[cfg(test)]
mod tests;
