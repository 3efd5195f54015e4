//! The page of a key.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::address::with_query;
use crate::key_link::KeyLink;
use crate::limits::{LimitHolder, Limits};
use crate::page_header::PageHeader;
use crate::purpose::Purpose;
use crate::status::Status;
use crate::usage::Usage;
use crate::{Error, KeyRow};

/// Everything about a key, and what can be done with it.
#[derive(Clone, Debug, Template)]
#[template(path = "key.html")]
pub struct KeyPage {
    /// The header.
    pub header: PageHeader,
    /// The time at which the page is rendered.
    pub now: DateTime<Utc>,
    /// The origin of the server: `https://keys.example.com`, without a slash at the end.
    pub origin: String,
    /// The key.
    pub key: KeyRow,
    /// The owner's note.
    pub note: Option<String>,
    /// What the key may do. `None`: everything that its account may do.
    pub scopes: Option<Vec<ScopeRow>>,
    /// The models that it may use. `None`: all.
    pub models: Option<Vec<String>>,
    /// Whether it can be changed and rotated: it is active, and not replaced.
    pub changeable: bool,
    /// What its calls have cost. `None`: the page does not speak of it.
    pub usage: Option<Usage>,
    /// The limits that hold for its calls. `None`: the page does not speak of them.
    pub limits: Option<Limits>,
    /// The keys to which it is related.
    pub relatives: Relatives,
    /// What was done to it, the newest first.
    pub events: Vec<EventRow>,
    /// Whether these are not its last events.
    pub is_older: bool,
    /// The cursor of the events before these, if there are any.
    pub older: Option<String>,
    /// What its scopes can be narrowed to.
    pub purposes: Vec<Purpose>,
    /// A model that a key can call, for the examples. `None`: the server has none.
    pub model: Option<String>,
}

/// A scope of a key.
#[derive(Clone, Debug)]
pub struct ScopeRow {
    /// What it allows, in words.
    pub words: String,
    /// The scope itself.
    pub scope: String,
}

/// The keys to which a key is related.
#[derive(Clone, Debug, Default)]
pub struct Relatives {
    /// The key that created it.
    pub parent: Option<KeyLink>,
    /// The key that it replaces.
    pub replaces: Option<KeyLink>,
    /// The key that replaces it.
    pub replaced_by: Option<KeyLink>,
    /// The keys that descend from it, the newest first.
    pub descendants: Vec<KeyLink>,
    /// The keys that may descend from it: they come from a deleted key.
    pub possible: Vec<KeyLink>,
}

impl Relatives {
    /// The keys that it comes from and that replaces it, each with what it is.
    pub(crate) fn direct(&self) -> [(&'static str, &Option<KeyLink>); 3] {
        [
            ("Created by", &self.parent),
            ("Replaces", &self.replaces),
            ("Replaced by", &self.replaced_by),
        ]
    }

    /// The descendants that are not revoked.
    pub(crate) fn revocable(&self) -> Vec<&KeyLink> {
        revocable(&self.descendants)
    }

    /// The possible descendants that are not revoked.
    pub(crate) fn possibly_revocable(&self) -> Vec<&KeyLink> {
        revocable(&self.possible)
    }
}

fn revocable(keys: &[KeyLink]) -> Vec<&KeyLink> {
    let keys = keys.iter();
    keys.filter(|key| key.status != Some(Status::Revoked))
        .collect()
}

/// An entry of the audit trail.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What was done: "Created".
    pub what: &'static str,
    /// By whom: "the console". With a key, the key is named, too.
    pub by: &'static str,
    /// The key that it was done with.
    pub by_key: Option<KeyLink>,
    /// The address of the client.
    pub address: Option<String>,
    /// The program of the client, for people: "Firefox on Linux".
    pub program: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
}

impl KeyPage {
    /// The address of this page with the events from a cursor on.
    pub(crate) fn events_address(&self, cursor: &str) -> String {
        let address = with_query(&self.key.path(), &[("events", cursor)]);
        format!("{address}#events-title")
    }

    /// The scopes, one a line.
    pub(crate) fn scope_lines(&self) -> String {
        let scopes = self.scopes.iter().flatten();
        let scopes: Vec<_> = scopes.map(|row| &row.scope[..]).collect();
        scopes.join("\n")
    }

    /// The choice of the purpose that is made at first.
    pub(crate) fn first_purpose(&self) -> &'static str {
        match self.scopes {
            None => "everything",
            Some(_) => "other",
        }
    }

    /// Renders the page as HTML.
    ///
    /// # Errors
    /// The formatter failed, which does not happen for a string.
    pub fn render(&self) -> Result<String, Error> {
        Template::render(self)
    }
}
