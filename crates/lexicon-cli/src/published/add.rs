//! `lexicon add NSID...`

use std::fs;
use std::path::PathBuf;

use lexicon_runtime::Nsid;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::project::Project;
use crate::published::local::Local;
use crate::published::lock::Lock;
use crate::published::network::{Network, NetworkArguments, Source};
use crate::published::pinning::{Pinning, report};

/// The arguments of `lexicon add`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The NSIDs of the lexicons.
    #[arg(required = true, value_name = "NSID")]
    pub nsids: Vec<Nsid>,
    /// Ask this host (com.atproto.lexicon.resolveLexicon) and trust it, instead of verifying proofs;
    /// `lexicon.lock` records that.
    #[arg(long, value_name = "URL", default_value_t)]
    pub from: Source,
    /// Leave out the lexicons that references lead to.
    #[arg(long)]
    pub no_references: bool,
    /// Replace files that differ from the published lexicons.
    #[arg(long)]
    pub force: bool,
    /// The directory of the lexicons, which need not exist; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array: `nsid` and `result` of each lexicon (added, updated, unchanged, refused or
    /// failed), with `cid`, `uri`, `resolvedBy`, `file` and `referrer`, or `error`.
    #[arg(long)]
    pub json: bool,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// Resolves lexicons, writes them into the directory of lexicons, and pins them in `lexicon.lock`.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read or written, or the network cannot be set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    if let Some(dir) = &arguments.lexicons {
        fs::create_dir_all(dir).map_err(Error::io(dir))?;
    }
    let project = Project::find(arguments.lexicons.as_deref())?;
    let mut local = Local::read(&project)?;
    let mut lock = Lock::read(&project.root)?;
    let network = Network::new(&arguments.network)?;
    let mut pinning = Pinning {
        network: &network,
        local: &mut local,
        lock: &mut lock,
        force: arguments.force,
        follow: !arguments.no_references,
    };
    let mut nsids = arguments.nsids.clone();
    nsids.sort();
    nsids.dedup();
    let wanted = nsids.into_iter();
    let all = pinning.run(wanted.map(|nsid| (nsid, arguments.from.clone())).collect())?;
    Ok(report(&all, arguments.json))
}
