//! `lexicon install [--locked]`

use std::collections::BTreeSet;
use std::path::PathBuf;

use lexicon_runtime::{Nsid, Value};
use serde_json::json;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;
use crate::published::local::Local;
use crate::published::lock::{Lock, Pin};
use crate::published::network::{Network, NetworkArguments, Source};
use crate::published::pinning::{Pinned, Pinning, missing_references};
use crate::report::count;

/// The arguments of `lexicon install`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Leave `lexicon.lock` as it is: lexicons that references lead to are not added.
    #[arg(long)]
    pub locked: bool,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array: `nsid` and `result` of each lexicon (unchanged, fetched, added, refused or
    /// failed), with `cid`, and with `file`, `expected` and `found`, or `error`.
    #[arg(long)]
    pub json: bool,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// What became of a pinned lexicon.
enum Installed {
    /// The file has the pinned CID.
    Unchanged,
    /// The file was missing, and has been written.
    Fetched(PathBuf),
    /// The file has another CID, or none.
    Refused { file: PathBuf, found: String },
    /// The file is missing, and cannot be fetched.
    Failed(String),
}

/// Checks the CID of every pinned lexicon, and fetches those that are missing. The network is used for the
/// latter alone.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read or written, there is no lock, or the network is needed
/// and cannot be set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let mut lock = Lock::read_existing(&project.root)?;
    let mut local = Local::read(&project)?;
    let mut network = None;
    let (mut all, missing) = check(&lock, &local);
    if !missing.is_empty() {
        let network = network.insert(Network::new(&arguments.network)?);
        all.extend(fetch(&missing, network, &mut local)?);
    }
    all.sort_by(|(one, _), (other, _)| one.nsid.cmp(&other.nsid));
    let mut is_clean = all.iter().all(|(_, installed)| installed.is_clean());
    let mut added = Vec::new();
    if !arguments.locked {
        let wanted = unpinned(&lock, &local);
        if !wanted.is_empty() {
            let network = match &network {
                Some(network) => network,
                None => network.insert(Network::new(&arguments.network)?),
            };
            let mut pinning = Pinning {
                network,
                local: &mut local,
                lock: &mut lock,
                force: false,
                follow: true,
            };
            added = pinning.run(wanted)?;
            is_clean &= added.iter().all(Pinned::is_pinned);
        }
    }
    print(&all, &added, arguments.json);
    Ok(Outcome::clean_if(is_clean))
}

/// Compares the files with their pins. Returns the pins without a file, too.
fn check(lock: &Lock, local: &Local) -> (Vec<(Pin, Installed)>, Vec<Pin>) {
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    for pin in lock.pins() {
        match local.get(&pin.nsid) {
            None => missing.push(pin.clone()),
            Some(here) if here.cid() == Some(pin.cid.as_str()) => {
                all.push((pin.clone(), Installed::Unchanged));
            }
            Some(here) => {
                let found = here.found().to_owned();
                let file = here.file;
                all.push((pin.clone(), Installed::Refused { file, found }));
            }
        }
    }
    (all, missing)
}

/// Fetches and writes pinned lexicons. What the network has now counts if it has the pinned CID.
fn fetch(
    missing: &[Pin],
    network: &Network,
    local: &mut Local,
) -> Result<Vec<(Pin, Installed)>, Error> {
    let wanted = missing.iter();
    let wanted = wanted.map(|pin| (pin.nsid.clone(), pin.resolved_by.clone()));
    let mut all = Vec::new();
    for (pin, (nsid, _, found)) in missing.iter().zip(network.resolve(wanted.collect())) {
        let installed = match found {
            Ok(lexicon) if lexicon.cid == pin.cid => {
                Installed::Fetched(local.write(&nsid, &lexicon.document)?)
            }
            Ok(lexicon) => Installed::Failed(format!(
                "expected {}, and {} is published now: run `lexicon update {nsid}`",
                pin.cid, lexicon.cid
            )),
            Err(error) => Installed::Failed(error.to_string()),
        };
        all.push((pin.clone(), installed));
    }
    Ok(all)
}

/// The lexicons that pinned ones refer to, and that are neither here nor pinned.
fn unpinned(lock: &Lock, local: &Local) -> Vec<(Nsid, Source)> {
    let mut wanted = Vec::new();
    let mut seen = BTreeSet::new();
    for pin in lock.pins() {
        let here = local.get(&pin.nsid);
        let Some(Ok(content)) = here.map(|here| here.content) else {
            continue;
        };
        for nsid in missing_references(&content.document, local, lock) {
            if seen.insert(nsid.clone()) {
                wanted.push((nsid, pin.resolved_by.clone()));
            }
        }
    }
    wanted
}

impl Installed {
    fn is_clean(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Fetched(_))
    }
}

fn print(all: &[(Pin, Installed)], added: &[Pinned], json: bool) {
    if json {
        let all = all.iter().map(to_json);
        let all: Vec<_> = all.chain(added.iter().map(Pinned::to_json)).collect();
        print_line!("{}", Value::from(all));
        return;
    }
    for (Pin { nsid, cid, .. }, installed) in all {
        match installed {
            Installed::Unchanged => {}
            Installed::Fetched(file) => print_line!("fetched {nsid} {cid} in {}", file.display()),
            Installed::Refused { file, found } => {
                let file = file.display();
                print_line!("refused {nsid}: {file}: expected {cid}, found {found}");
            }
            Installed::Failed(reason) => print_line!("failed {nsid}: {reason}"),
        }
    }
    added.iter().for_each(Pinned::print);
    print_line!("{} checked", count(all.len() + added.len(), "lexicon"));
}

fn to_json((pin, installed): &(Pin, Installed)) -> Value {
    let Pin { nsid, cid, .. } = pin;
    match installed {
        Installed::Unchanged => json!({ "nsid": nsid, "result": "unchanged", "cid": cid }),
        Installed::Fetched(file) => {
            let file = file.display().to_string();
            json!({ "nsid": nsid, "result": "fetched", "cid": cid, "file": file })
        }
        Installed::Refused { file, found } => {
            let file = file.display().to_string();
            json!({
                "nsid": nsid, "result": "refused", "file": file, "expected": cid, "found": found,
            })
        }
        Installed::Failed(error) => json!({ "nsid": nsid, "result": "failed", "error": error }),
    }
}
