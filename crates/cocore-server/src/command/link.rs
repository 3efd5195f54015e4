//! `cocore-server link`: prints a one-time link that signs in to the console.

use std::sync::Arc;

use atproto_resolver::Did;
use cocore_keys::{SystemClock, SystemRandom};
use cocore_store::Store;

use super::account::parse_did;
use super::control;
use super::output::{print, print_note};
use super::target::Target;
use crate::arguments::{LinkArguments, ListenArguments};
use crate::failure::Failure;
use crate::listen::Listen;
use crate::login_link::LoginLinks;
use crate::service_identity::ServiceIdentity;
use crate::settings;

pub(super) fn run(arguments: &LinkArguments) -> Result<(), Failure> {
    let did = arguments.did.as_deref().map(parse_did).transpose()?;
    let url = settings::database(&arguments.database)?;
    actix_web::rt::System::new().block_on(async {
        let target = Target::find(url).await?;
        let created = match &target {
            Target::Server(database) => {
                let did = did.map(Did::into_string);
                control::login_link(database, did).await
            }
            Target::Database { store, url, .. } => {
                let created = create(&arguments.listen, Store::clone(store), did.as_ref()).await;
                created.map_err(|error| Failure::new(format!("{url}: {error}")))
            }
        };
        target.close().await;
        let link = created?;
        // The link alone goes to standard output.
        print_note("open the console with this link, once, within ten minutes:");
        print(&link)
    })
}

/// Creates a link in the database, for the servers that have the settings of this command.
async fn create(
    listen: &ListenArguments,
    store: Store,
    did: Option<&Did>,
) -> Result<String, Failure> {
    let listen = Listen::parse(&listen.listen, listen.public_url.as_deref())?;
    if listen.public_url.is_none()
        && listen
            .address
            .tcp()
            .is_some_and(|address| address.port() == 0)
    {
        let what = "--listen (COCORE_LISTEN): expected the port on which the server listens";
        return Err(Failure::new(what));
    }
    let identity = ServiceIdentity::new(&listen, &listen.address);
    let links = LoginLinks::new(store, Arc::new(SystemClock), Arc::new(SystemRandom));
    let created = links.create(identity.as_ref(), did).await;
    created.map_err(Failure::new)
}
