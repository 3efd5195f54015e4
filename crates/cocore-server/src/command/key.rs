//! `cocore-server key ...`: the methods, called by the operator on behalf of an account.

mod caller;
mod create;
mod end;
mod limit;
mod list;
mod show;
mod update;
mod usage;

use super::account::parse_did;
use super::all_keys;
use super::target::Target;
use crate::arguments::KeyCommand;
use crate::failure::Failure;
use crate::settings;
use caller::Caller;

pub(super) fn run(command: KeyCommand) -> Result<(), Failure> {
    let did = command.did().map(parse_did).transpose()?;
    let url = settings::database(&command.options().database)?;
    let is_json = command.options().json;
    actix_web::rt::System::new().block_on(async {
        let target = Target::find(url).await?;
        let Some(did) = did else {
            let status = match &command {
                KeyCommand::List(arguments) => arguments.status.map(Into::into),
                _ => None,
            };
            let done = all_keys::print_all(&target, status, is_json).await;
            target.close().await;
            return done;
        };
        let caller = Caller {
            target,
            did: did.into(),
        };
        let done = match command {
            KeyCommand::Create(arguments) => create::create(&caller, arguments).await,
            KeyCommand::List(arguments) => list::list(&caller, &arguments).await,
            KeyCommand::Show(key) => show::show(&caller, &key).await,
            KeyCommand::Update(arguments) => update::update(&caller, arguments).await,
            KeyCommand::Limit(arguments) => limit::limit(&caller, arguments).await,
            KeyCommand::Usage(arguments) => usage::usage(&caller, arguments).await,
            KeyCommand::Rotate(arguments) => create::rotate(&caller, &arguments).await,
            KeyCommand::Revoke(arguments) => end::revoke(&caller, &arguments).await,
            KeyCommand::Delete(key) => end::delete(&caller, &key).await,
        };
        caller.target.close().await;
        done
    })
}
