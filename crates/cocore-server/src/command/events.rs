//! `cocore-server events`: the audit trail, a page at a time.

use super::account::parse_did;
use super::control;
use super::describe::{describe_event, print_json};
use super::output::{print, print_note};
use super::target::Target;
use crate::api::{EventPage, EventPosition};
use crate::arguments::EventsArguments;
use crate::failure::Failure;
use crate::settings;

pub(super) fn run(arguments: &EventsArguments) -> Result<(), Failure> {
    let did = arguments.did.as_deref().map(parse_did).transpose()?;
    let url = settings::database(&arguments.database)?;
    let position = EventPosition {
        did: did.map(|did| did.as_str().to_owned()),
        key: arguments.key.clone(),
        before: None,
    };
    actix_web::rt::System::new().block_on(async {
        let target = Target::find(url).await?;
        let done = print_all(&target, position, arguments.json).await;
        target.close().await;
        done
    })
}

/// Prints all events, the newest first: with JSON, an object on each line.
async fn print_all(
    target: &Target,
    mut position: EventPosition,
    is_json: bool,
) -> Result<(), Failure> {
    let is_of_account = position.did.is_some();
    let mut is_empty = true;
    loop {
        let EventPage { events, next } = page(target, &position).await?;
        is_empty &= events.is_empty();
        for event in &events {
            if is_json {
                print_json(event)?;
            } else if is_of_account {
                print(&describe_event(&event.event))?;
            } else {
                // Another program may have written it.
                let did = event.did.escape_debug();
                print(&format!("{did}  {}", describe_event(&event.event)))?;
            }
        }
        position.before = next;
        if next.is_none() {
            break;
        }
    }
    if is_empty && !is_json {
        print_note("there are no such events");
    }
    Ok(())
}

async fn page(target: &Target, position: &EventPosition) -> Result<EventPage, Failure> {
    match target {
        Target::Server(database) => control::event_page(database, position).await,
        Target::Database {
            url, api, store, ..
        } => {
            let page = api.event_page(store, position).await;
            page.map_err(|error| Failure::new(format!("{url}: {error}")))
        }
    }
}
