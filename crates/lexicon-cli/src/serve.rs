//! `lexicon serve [DIR]`

mod connection;
mod directory;
#[cfg(feature = "network")]
mod external;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::report::count;
use directory::Directory;
use lexicon_site::ResolveLexicon;

/// The arguments of `lexicon serve`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 8421)]
    pub port: u16,
    /// Let checks look up lexicons of others that are missing here, with the option "Resolve external schemas".
    #[cfg(feature = "network")]
    #[arg(long)]
    pub resolve_external: bool,
    /// Which servers are asked.
    #[cfg(feature = "network")]
    #[command(flatten)]
    pub network: crate::NetworkArguments,
}

/// Shows the lexicons of a directory as pages, until the program is stopped.
///
/// # Errors
/// The lexicons cannot be read, or the port is in use.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::io(Path::new("runtime")))?;
    runtime.block_on(async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
        let refused = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let resolver = resolver(arguments)?;
        let directory = Directory::open(arguments.dir.as_deref(), address, resolver)?;
        let documents = count(directory.documents(), "lexicon");
        print_line!(
            "http://{address}/ shows {documents} of {}",
            directory.path().display()
        );
        connection::accept(listener, Arc::new(directory)).await;
        Ok(Outcome::Clean)
    })
}

/// What looks lexicons up, if that is allowed.
fn resolver(arguments: &Arguments) -> Result<Option<Arc<dyn ResolveLexicon>>, Error> {
    #[cfg(feature = "network")]
    if arguments.resolve_external {
        let published = external::Published::new(&arguments.network)?;
        return Ok(Some(Arc::new(published)));
    }
    let _ = arguments;
    Ok(None)
}
