//! `lexicon update [NSID...]`

use std::path::PathBuf;

use lexicon_runtime::Nsid;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::project::Project;
use crate::published::local::Local;
use crate::published::lock::{Lock, Pin};
use crate::published::network::{Network, NetworkArguments};
use crate::published::pinning::{Pinning, report};

/// The arguments of `lexicon update`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The NSIDs of pinned lexicons; by default all of them.
    #[arg(value_name = "NSID")]
    pub nsids: Vec<Nsid>,
    /// Leave out the lexicons that new references lead to.
    #[arg(long)]
    pub no_references: bool,
    /// Replace files that were changed here.
    #[arg(long)]
    pub force: bool,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array, as `lexicon add` does.
    #[arg(long)]
    pub json: bool,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// Resolves pinned lexicons again, each as it was resolved before, and pins what is published now.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read or written, there is no lock, an NSID is not pinned,
/// or the network cannot be set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let mut lock = Lock::read_existing(&project.root)?;
    let mut local = Local::read(&project)?;
    if let Some(nsid) = arguments.nsids.iter().find(|nsid| lock.get(nsid).is_none()) {
        return Err(Error::NotPinned { nsid: nsid.clone() });
    }
    let is_wanted = |pin: &&Pin| arguments.nsids.is_empty() || arguments.nsids.contains(&pin.nsid);
    let wanted = lock.pins().filter(is_wanted);
    let wanted = wanted.map(|pin| (pin.nsid.clone(), pin.resolved_by.clone()));
    let wanted = wanted.collect();
    let network = Network::new(&arguments.network)?;
    let mut pinning = Pinning {
        network: &network,
        local: &mut local,
        lock: &mut lock,
        force: arguments.force,
        follow: !arguments.no_references,
    };
    let all = pinning.run(wanted)?;
    Ok(report(&all, arguments.json))
}
