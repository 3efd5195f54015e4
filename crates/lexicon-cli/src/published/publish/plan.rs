//! What `lexicon publish` is about to do with each lexicon.

use std::collections::BTreeMap;

use atproto_resolver::Did;
use lexicon_resolver::{Authority, COLLECTION, Repository, ResolveLexiconError};
use lexicon_runtime::{Nsid, Value};
use lexicon_schema::breaking::{Change, Impact};
use serde_json::{Map, json};

use crate::error::Error;
use crate::print::{print_line, print_note};
use crate::published::comparison::{self, Documents};
use crate::published::local::Local;
use crate::published::lock::Lock;
use crate::published::network::Network;
use crate::published::references::wrong_reference;
use crate::report;

/// A lexicon, and what is planned or done.
pub(super) struct Planned {
    pub(super) nsid: Nsid,
    pub(super) action: Action,
    /// The document here, empty if there is none, and the CID of its record.
    pub(super) document: Map<String, Value>,
    pub(super) cid: String,
    /// What it breaks, and what is advised against.
    changes: Vec<Change>,
}

pub(super) enum Action {
    Create,
    Update { old: String },
    Created,
    Updated,
    Unchanged,
    Skipped(String),
    Refused(String),
    Failed(String),
}

type Accounts = BTreeMap<Authority, Result<Did, ResolveLexiconError>>;

/// Plans what is done with each of these lexicons, or with all that are here and not pinned.
pub(super) fn plan(
    nsids: &[Nsid],
    allow_breaking: bool,
    network: &Network,
    repository: &Repository,
    local: &Local,
    lock: &Lock,
) -> Result<Vec<Planned>, Error> {
    let mut nsids = nsids.to_vec();
    let named = !nsids.is_empty();
    if !named {
        nsids = local.existing_nsids()?;
        nsids.retain(|nsid| lock.get(nsid).is_none());
    }
    nsids.sort();
    nsids.dedup();
    let accounts = network.wait(network.authorities(nsids.iter()));
    let mut old = BTreeMap::new();
    let mut all = Vec::new();
    for nsid in nsids {
        let mut planned = Planned::here(nsid, local);
        let is_refused = planned.is_failure();
        if !is_refused && lock.get(&planned.nsid).is_some() {
            let reason = "it is pinned in lexicon.lock, so it belongs to another account";
            planned.action = Action::Refused(reason.to_owned());
        } else if let Some(reason) = other_account(&planned.nsid, &accounts, repository) {
            // Lexicons of others may be here without a pin.
            planned.action = match named {
                true => Action::Refused(reason),
                false => Action::Skipped(reason),
            };
        } else if !is_refused {
            let published = network.wait(published(network, repository, &planned.nsid));
            planned.compare(published, &mut old);
        }
        all.push(planned);
    }
    find_breaking(&mut all, &old, local, allow_breaking);
    Ok(all)
}

/// Why a lexicon is not one of the account: its authority names another one.
fn other_account(nsid: &Nsid, accounts: &Accounts, repository: &Repository) -> Option<String> {
    let did = accounts.get(&Authority::of(nsid))?.as_ref().ok()?;
    let is_other = did != repository.did();
    is_other.then(|| format!("its authority is the account {did}"))
}

/// The published record with its CID. `None` if there is none.
async fn published(
    network: &Network,
    repository: &Repository,
    nsid: &Nsid,
) -> Result<Option<(String, Value)>, ResolveLexiconError> {
    print_note!("comparing {nsid}");
    let record = network
        .lexicons
        .record(repository, COLLECTION, nsid.as_str());
    match record.await {
        Ok((cid, record)) => Ok(Some((cid.into_string(), record))),
        Err(error) if error.is_not_published() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds what the planned changes break together, and refuses them unless that is allowed.
fn find_breaking(
    all: &mut [Planned],
    old: &BTreeMap<Nsid, Map<String, Value>>,
    local: &Local,
    allow: bool,
) {
    let new = all.iter().filter(|planned| planned.is_comparable());
    let new: Documents<'_> = new
        .map(|planned| (&planned.nsid, &planned.document))
        .collect();
    let changes = comparison::changes(&local.loaded.catalog, &old.iter().collect(), &new);
    for planned in all {
        let of_document =
            |change: &&Change| change.diagnostic.file.as_os_str() == planned.nsid.as_str();
        let is_worth_reading = |change: &&Change| change.impact != Impact::Compatible;
        let changes = changes.iter().filter(of_document);
        let changes: Vec<_> = changes.filter(is_worth_reading).cloned().collect();
        let is_breaking = |change: &Change| change.impact == Impact::Breaking;
        if changes.iter().any(is_breaking) && !allow {
            let reason = "it breaks clients or records: --allow-breaking publishes it all the same";
            planned.action = Action::Refused(reason.to_owned());
        }
        planned.changes = changes;
    }
}

impl Planned {
    /// A lexicon as it is here, refused if it is not a valid one.
    fn here(nsid: Nsid, local: &Local) -> Self {
        let mut planned = Self {
            nsid,
            action: Action::Unchanged,
            document: Map::new(),
            cid: String::new(),
            changes: Vec::new(),
        };
        let refused = match local.get(&planned.nsid) {
            None => Some("there is no such file here".to_owned()),
            Some(here) => {
                let diagnostics = local.loaded.diagnostics.iter();
                let mut of_file = diagnostics.filter(|diagnostic| diagnostic.file == here.file);
                match (here.content, of_file.next()) {
                    (Err(reason), _) => Some(format!("{}: {reason}", here.file.display())),
                    (Ok(_), Some(diagnostic)) => Some(diagnostic.to_string()),
                    (Ok(content), None) => {
                        planned.document = content.document;
                        planned.cid = content.cid;
                        let catalog = &local.loaded.catalog;
                        match catalog.get(planned.nsid.as_str()) {
                            Some(document) => wrong_reference(catalog, document),
                            None => Some(format!("{}: it has another `id`", here.file.display())),
                        }
                    }
                }
            }
        };
        if let Some(reason) = refused {
            planned.action = Action::Refused(reason);
        }
        planned
    }

    /// Compares it with what is published, which is added to `old`.
    fn compare(
        &mut self,
        published: Result<Option<(String, Value)>, ResolveLexiconError>,
        old: &mut BTreeMap<Nsid, Map<String, Value>>,
    ) {
        self.action = match published {
            Ok(None) => Action::Create,
            Ok(Some((cid, _))) if cid == self.cid => Action::Unchanged,
            Ok(Some((cid, record))) => {
                if let Value::Object(mut record) = record {
                    record.remove("$type");
                    old.insert(self.nsid.clone(), record);
                }
                Action::Update { old: cid }
            }
            Err(error) => Action::Failed(error.to_string()),
        };
    }

    fn is_comparable(&self) -> bool {
        matches!(
            self.action,
            Action::Create | Action::Update { .. } | Action::Unchanged
        )
    }

    pub(super) fn is_change(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update { .. })
    }

    pub(super) fn is_failure(&self) -> bool {
        matches!(self.action, Action::Refused(_) | Action::Failed(_))
    }

    pub(super) fn is_skipped(&self) -> bool {
        matches!(self.action, Action::Skipped(_)) || self.is_failure()
    }

    /// Prints a line, and those of its changes.
    pub(super) fn print(&self) {
        let Self {
            nsid, cid, action, ..
        } = self;
        match action.reason() {
            Some(reason) => print_line!("{} {nsid}: {reason}", action.name()),
            None => print_line!("{} {nsid} {cid}", action.name()),
        }
        for change in &self.changes {
            print_line!("  {}", report::change_lines(change));
        }
    }

    /// The same as JSON.
    pub(super) fn to_json(&self) -> Value {
        let mut value = json!({ "nsid": self.nsid, "result": self.action.name() });
        match self.action.reason() {
            Some(reason) => value["error"] = json!(reason),
            None => value["cid"] = json!(self.cid),
        }
        if !self.changes.is_empty() {
            value["changes"] = self.changes.iter().map(report::change_to_json).collect();
        }
        value
    }
}

impl Action {
    fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update { .. } => "update",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped(_) => "skipped",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped(reason) | Self::Refused(reason) | Self::Failed(reason) => Some(reason),
            _ => None,
        }
    }
}
