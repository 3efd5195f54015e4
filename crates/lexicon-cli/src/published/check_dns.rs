//! `lexicon check-dns [NSID...]`

use std::path::PathBuf;

use atproto_resolver::Did;
use lexicon_resolver::{Authority, ResolveLexiconError};
use lexicon_runtime::{Nsid, Value};
use serde_json::json;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;
use crate::published::account::AccountArguments;
use crate::published::local::Local;
use crate::published::lock::Lock;
use crate::published::network::{Network, NetworkArguments};
use crate::report::count;

/// The arguments of `lexicon check-dns`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The NSIDs of lexicons; by default all that are here, but for pinned ones.
    #[arg(value_name = "NSID")]
    pub nsids: Vec<Nsid>,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array: `authority`, `name`, `expected`, `found` and `result` (present, missing, other or
    /// unknown) of each authority, with `error`.
    #[arg(long)]
    pub json: bool,
    /// The account. Without one, any DID is accepted.
    #[command(flatten)]
    pub account: AccountArguments,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// An authority, and the account that its TXT record names.
struct Check {
    authority: Authority,
    expected: Option<Did>,
    found: Result<Did, ResolveLexiconError>,
}

/// Prints the TXT record that each authority needs, and whether it is there.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read, the account cannot be resolved, or the network cannot be
/// set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let lock = Lock::read(&project.root)?;
    let local = Local::read(&project)?;
    let mut nsids = arguments.nsids.clone();
    if nsids.is_empty() {
        nsids = local.existing_nsids()?;
        nsids.retain(|nsid| lock.get(nsid).is_none());
    }
    let network = Network::new(&arguments.network)?;
    let expected = arguments.account.repository(&network)?;
    let expected = expected.map(|repository| repository.did().clone());
    let found = network.wait(network.authorities(nsids.iter())).into_iter();
    let all: Vec<_> = found
        .map(|(authority, found)| Check {
            authority,
            expected: expected.clone(),
            found,
        })
        .collect();
    if arguments.json {
        let all: Vec<_> = all.iter().map(Check::to_json).collect();
        print_line!("{}", Value::from(all));
    } else {
        all.iter().for_each(Check::print);
        let authorities = match all.len() {
            1 => "1 authority".to_owned(),
            number => format!("{number} authorities"),
        };
        print_line!("{authorities} of {}", count(nsids.len(), "lexicon"));
    }
    let is_present = |check: &Check| check.result() == "present";
    Ok(Outcome::clean_if(all.iter().all(is_present)))
}

impl Check {
    fn result(&self) -> &'static str {
        match (&self.found, &self.expected) {
            (Ok(found), Some(expected)) if found != expected => "other",
            (Ok(_), _) => "present",
            (Err(error), _) if error.is_not_published() => "missing",
            (Err(_), _) => "unknown",
        }
    }

    /// The DID of the record that is needed.
    fn needed(&self) -> String {
        match (&self.expected, &self.found) {
            (Some(did), _) | (None, Ok(did)) => did.to_string(),
            (None, Err(_)) => "DID of the account".to_owned(),
        }
    }

    fn print(&self) {
        let Self {
            authority, found, ..
        } = self;
        let found = match (found, self.result()) {
            (Ok(did), "other") => format!(": found did={did}"),
            (Err(error), "unknown") => format!(": {error}"),
            _ => String::new(),
        };
        let (result, did) = (self.result(), self.needed());
        print_line!("{result:8} _lexicon.{authority}. TXT \"did={did}\"{found}");
    }

    fn to_json(&self) -> Value {
        let mut value = json!({
            "authority": self.authority.as_str(), "name": format!("_lexicon.{}", self.authority),
            "expected": self.expected.as_ref().map(Did::as_str), "result": self.result(),
        });
        match &self.found {
            Ok(did) => value["found"] = json!(did.as_str()),
            Err(error) => value["error"] = json!(error.to_string()),
        }
        value
    }
}
