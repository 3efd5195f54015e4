//! `lexicon diff [NSID...]`

use std::collections::BTreeSet;
use std::path::PathBuf;

use lexicon_resolver::ResolvedLexicon;
use lexicon_runtime::{Nsid, Value};
use lexicon_schema::breaking::Change;
use serde_json::json;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::published::comparison::{Documents, changes, text_diff};
use crate::published::local::{Local, LocalDocument};
use crate::published::lock::{Lock, Pin};
use crate::published::network::{Network, NetworkArguments};
use crate::report::{self, count};

/// The arguments of `lexicon diff`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The NSIDs of lexicons; by default all that are here.
    #[arg(value_name = "NSID")]
    pub nsids: Vec<Nsid>,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array: `nsid`, `old`, `new`, `diff` and `changes` of each lexicon that differs, or
    /// `error`.
    #[arg(long)]
    pub json: bool,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// A lexicon that differs.
struct Difference {
    nsid: Nsid,
    old: String,
    new: String,
    diff: String,
    changes: Vec<Change>,
}

/// Compares lexicons with what is published. A pinned lexicon that was not changed here is compared in the
/// direction of an update: from the file to the published lexicon. All others go the other way.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read, or the network cannot be set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let lock = Lock::read(&project.root)?;
    let local = Local::read(&project)?;
    let nsids: BTreeSet<_> = match &arguments.nsids[..] {
        [] => local.existing_nsids()?.into_iter().collect(),
        nsids => nsids.iter().cloned().collect(),
    };
    let network = Network::new(&arguments.network)?;
    let (mut differences, mut failures) = (Vec::new(), Vec::new());
    for (nsid, _, found) in network.resolve(lock.with_sources(nsids)) {
        let compared = found
            .map_err(|error| error.to_string())
            .and_then(|published| compare(&local, lock.get(&nsid), &published));
        match compared {
            Ok(difference) => differences.extend(difference),
            Err(error) => failures.push((nsid, error)),
        }
    }
    print(&differences, &failures, arguments.json);
    let is_clean = differences.is_empty() && failures.is_empty();
    Ok(Outcome::clean_if(is_clean))
}

fn compare(
    local: &Local,
    pin: Option<&Pin>,
    published: &ResolvedLexicon,
) -> Result<Option<Difference>, String> {
    let nsid = &published.nsid;
    let LocalDocument { file, content } = local.get(nsid).ok_or("there is no such file here")?;
    let content = content.map_err(|reason| format!("{}: {reason}", file.display()))?;
    if content.cid == published.cid.as_str() {
        return Ok(None);
    }
    let mut old = (published.uri.to_string(), &published.document);
    let mut new = (file.display().to_string(), &content.document);
    let is_update = pin.is_some_and(|pin| pin.cid.as_str() == content.cid);
    if is_update {
        std::mem::swap(&mut old, &mut new);
    }
    let catalog = &local.loaded.catalog;
    let (before, after) = (
        Documents::from([(nsid, old.1)]),
        Documents::from([(nsid, new.1)]),
    );
    Ok(Some(Difference {
        nsid: nsid.clone(),
        diff: text_diff((&old.0, old.1), (&new.0, new.1)),
        changes: changes(catalog, &before, &after),
        old: old.0,
        new: new.0,
    }))
}

fn print(differences: &[Difference], failures: &[(Nsid, String)], json: bool) {
    if json {
        let differences = differences.iter().map(|difference| {
            let changes = difference.changes.iter().map(report::change_to_json);
            json!({
                "nsid": difference.nsid, "old": difference.old, "new": difference.new,
                "diff": difference.diff, "changes": changes.collect::<Vec<_>>(),
            })
        });
        let failures = failures.iter();
        let failures = failures.map(|(nsid, error)| json!({ "nsid": nsid, "error": error }));
        print_line!("{}", differences.chain(failures).collect::<Value>());
        return;
    }
    for Difference { diff, changes, .. } in differences {
        print_line!("{}", diff.trim_end());
        for change in changes {
            print_line!("{}", report::change_lines(change));
        }
    }
    for (nsid, error) in failures {
        print_note!("error: {nsid}: {error}");
    }
    print_line!("{}", count(differences.len(), "difference"));
}
