//! `lexicon publish [--dry-run] [NSID...]`

mod plan;

use std::path::PathBuf;

use lexicon_resolver::{COLLECTION, Repository};
use lexicon_runtime::{Nsid, Value};

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::published::account::{AccountArguments, CredentialArguments};
use crate::published::account_error::AccountError;
use crate::published::local::Local;
use crate::published::lock::Lock;
use crate::published::network::{Network, NetworkArguments};
use crate::published::pds::Session;
use plan::{Action, Planned};

/// The arguments of `lexicon publish`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The NSIDs of lexicons; by default all that are here, but for pinned ones and those of authorities whose
    /// DNS names another account.
    #[arg(value_name = "NSID")]
    pub nsids: Vec<Nsid>,
    /// Print what would be published, and publish nothing. It needs no credentials.
    #[arg(long)]
    pub dry_run: bool,
    /// Publish changes that break clients or records.
    #[arg(long)]
    pub allow_breaking: bool,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// Print one JSON array: `nsid` and `result` of each lexicon (created, updated, unchanged, skipped, refused
    /// or failed; create and update if nothing was published), with `cid` and `changes`, or `error`.
    #[arg(long)]
    pub json: bool,
    /// The account.
    #[command(flatten)]
    pub account: AccountArguments,
    /// What authenticates it.
    #[command(flatten)]
    pub credentials: CredentialArguments,
    /// The network.
    #[command(flatten)]
    pub network: NetworkArguments,
}

/// Publishes the lexicons that differ from the published ones, as records of the account. If one is refused,
/// none is published.
///
/// # Errors
/// The settings, the lexicons or the lock cannot be read, the account is not known or not authenticated, or the
/// network cannot be set up.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let lock = Lock::read(&project.root)?;
    let local = Local::read(&project)?;
    // Before anything is asked: without credentials, nothing will come of it.
    let credentials = match arguments.dry_run {
        true => None,
        false => Some(arguments.credentials.read()?),
    };
    let network = Network::new(&arguments.network)?;
    let repository = arguments.account.repository(&network)?;
    let repository = repository.ok_or(AccountError::NoAccount)?;
    let mut all = plan::plan(
        &arguments.nsids,
        arguments.allow_breaking,
        &network,
        &repository,
        &local,
        &lock,
    )?;
    let is_refused = all.iter().any(Planned::is_failure);
    let is_change = all.iter().any(Planned::is_change);
    if let Some(credentials) = credentials.filter(|_| is_change && !is_refused) {
        network.wait(async {
            let http = network.identities.http();
            let session = Session::open(http, &repository, credentials).await?;
            for planned in &mut all {
                put(&session, planned).await;
            }
            if let Err(error) = session.close().await {
                print_note!("warning: the session is still open: {error}");
            }
            Ok::<_, Error>(())
        })?;
    }
    print(&all, arguments.json);
    if is_refused && !arguments.json {
        print_note!("nothing was published");
    }
    note_missing_dns(&all, &network, &repository);
    let is_clean = !all.iter().any(Planned::is_failure);
    Ok(Outcome::clean_if(is_clean))
}

/// Carries out what is planned for a lexicon.
async fn put(session: &Session<'_>, planned: &mut Planned) {
    let (swap, done) = match &planned.action {
        Action::Create => (None, Action::Created),
        Action::Update { old } => (Some(old.as_str()), Action::Updated),
        _ => return,
    };
    print_note!("publishing {}", planned.nsid);
    let mut record = planned.document.clone();
    record.insert("$type".to_owned(), COLLECTION.into());
    let record = Value::Object(record);
    planned.action = match session.put(&planned.nsid, &record, swap).await {
        Ok(cid) if cid == planned.cid => done,
        Ok(cid) => {
            let expected = &planned.cid;
            Action::Failed(format!(
                "expected a record with the CID {expected}, found {cid}"
            ))
        }
        Err(error) => Action::Failed(error.to_string()),
    };
}

fn print(all: &[Planned], json: bool) {
    if json {
        let all: Vec<_> = all.iter().map(Planned::to_json).collect();
        print_line!("{}", Value::from(all));
    } else {
        all.iter().for_each(Planned::print);
    }
}

/// Names the TXT records without which nobody can resolve what is published.
fn note_missing_dns(all: &[Planned], network: &Network, repository: &Repository) {
    let published = all.iter().filter(|planned| !planned.is_skipped());
    let authorities = network.wait(network.authorities(published.map(|planned| &planned.nsid)));
    for (authority, found) in authorities {
        if found.is_err_and(|error| error.is_not_published()) {
            let did = repository.did();
            print_note!(
                "note: {authority} needs a TXT record before its lexicons can be resolved: \
                 _lexicon.{authority}. TXT \"did={did}\""
            );
        }
    }
}
