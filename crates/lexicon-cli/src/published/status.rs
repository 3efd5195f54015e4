//! `lexicon status`

use std::collections::BTreeSet;
use std::path::PathBuf;

use lexicon_resolver::{ResolveLexiconError, ResolvedLexicon};
use lexicon_runtime::{Nsid, Value};
use serde_json::json;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;
use crate::published::local::{Local, LocalDocument};
use crate::published::lock::{Lock, Pin};
use crate::published::network::{Network, NetworkArguments};
use crate::report::count;

/// The arguments of `lexicon status`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The NSIDs of lexicons; by default all that are here or pinned.
    #[arg(value_name = "NSID")]
    pub nsids: Vec<Nsid>,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array: `nsid`, `states`, and the CIDs `here`, `pinned` and `published` of each
    /// lexicon, or `error`.
    #[arg(long)]
    pub json: bool,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// How a lexicon is here, compared with its pin and with what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Pinned, and the same everywhere.
    Pinned,
    /// Not pinned, and the same as the published one.
    Unpinned,
    /// The file differs from the pin; without a pin, from the published lexicon.
    ChangedHere,
    /// The published lexicon differs from the pin.
    NewerOnTheNetwork,
    /// Nothing is published under the NSID.
    NotPublished,
    /// Pinned, and without a file.
    Missing,
    /// It cannot be found out what is published.
    Unknown,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Unpinned => "unpinned",
            Self::ChangedHere => "changed here",
            Self::NewerOnTheNetwork => "newer on the network",
            Self::NotPublished => "not published",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }

    fn is_clean(self) -> bool {
        matches!(self, Self::Pinned | Self::Unpinned)
    }
}

/// A lexicon with its states.
struct Status {
    nsid: Nsid,
    states: Vec<State>,
    here: Option<String>,
    pinned: Option<String>,
    published: Option<String>,
    error: Option<String>,
}

/// Compares lexicons with their pins and with what is published.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read, or the network cannot be set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let lock = Lock::read(&project.root)?;
    let local = Local::read(&project)?;
    let mut nsids: BTreeSet<_> = arguments.nsids.iter().cloned().collect();
    if nsids.is_empty() {
        nsids.extend(lock.pins().map(|pin| pin.nsid.clone()));
        nsids.extend(local.nsids());
    }
    if nsids.is_empty() {
        return Err(Error::NoLexicons(project.lexicons));
    }
    let network = Network::new(&arguments.network)?;
    let all = network.resolve(lock.with_sources(nsids));
    let all: Vec<_> = all
        .into_iter()
        .map(|(nsid, _, found)| {
            let (here, pin) = (local.get(&nsid), lock.get(&nsid));
            Status::of(nsid, here.as_ref(), pin, found)
        })
        .collect();
    if arguments.json {
        let all: Vec<_> = all.iter().map(Status::to_json).collect();
        print_line!("{}", Value::from(all));
    } else {
        all.iter().for_each(Status::print);
        print_line!("{}", count(all.len(), "lexicon"));
    }
    let states = all.iter().flat_map(|status| &status.states);
    Ok(Outcome::clean_if(states.copied().all(State::is_clean)))
}

impl Status {
    fn of(
        nsid: Nsid,
        here: Option<&LocalDocument>,
        pin: Option<&Pin>,
        found: Result<ResolvedLexicon, ResolveLexiconError>,
    ) -> Self {
        let here_cid = here.and_then(LocalDocument::cid).map(str::to_owned);
        let pinned = pin.map(|pin| pin.cid.to_string());
        let (published, error) = match found {
            Ok(lexicon) => (Some(lexicon.cid.to_string()), None),
            Err(error) => (None, Some(error)),
        };
        let mut states = Vec::new();
        if here.is_none() && pin.is_some() {
            states.push(State::Missing);
        }
        match &error {
            Some(error) if error.is_not_published() => states.push(State::NotPublished),
            Some(_) => states.push(State::Unknown),
            None => {}
        }
        let base = pinned.as_ref().or(published.as_ref());
        if here.is_some() && base.is_some() && here_cid.as_ref() != base {
            states.push(State::ChangedHere);
        }
        if pin.is_some() && published.is_some() && published != pinned {
            states.push(State::NewerOnTheNetwork);
        }
        if states.is_empty() {
            states.push(match pin {
                Some(_) => State::Pinned,
                None => State::Unpinned,
            });
        }
        Self {
            nsid,
            states,
            here: here_cid,
            pinned,
            published,
            error: error.map(|error| error.to_string()),
        }
    }

    fn print(&self) {
        let states: Vec<_> = self.states.iter().map(|state| state.name()).collect();
        let states = states.join(", ");
        let nsid = &self.nsid;
        match &self.error {
            Some(error) => print_line!("{states:20} {nsid}: {error}"),
            None => print_line!("{states:20} {nsid}"),
        }
    }

    fn to_json(&self) -> Value {
        let states: Vec<_> = self.states.iter().map(|state| state.name()).collect();
        let mut value = json!({
            "nsid": self.nsid, "states": states, "here": self.here, "pinned": self.pinned,
            "published": self.published,
        });
        if let Some(error) = &self.error {
            value["error"] = json!(error);
        }
        value
    }
}
