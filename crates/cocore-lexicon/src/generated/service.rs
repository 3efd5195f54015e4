// Generated from the lexicons by `lexicon codegen`. Do not edit.
use xrpc_server::{Handler, Router};
use super::dev::cocore::account::create_api_key::CreateApiKey;
use super::dev::cocore::account::delete_api_key::DeleteApiKey;
use super::dev::cocore::account::list_api_keys::ListApiKeys;
use super::dev::cocore::account::revoke_api_key::RevokeApiKey;
/// Every method of this service. `C` is the authenticated caller.
///
/// It is never implemented by hand: it holds for each type that handles all of these.
///
/// - `dev.cocore.account.createApiKey`
/// - `dev.cocore.account.deleteApiKey`
/// - `dev.cocore.account.listApiKeys`
/// - `dev.cocore.account.revokeApiKey`
#[diagnostic::on_unimplemented(
    message = "a method of the lexicons has no implementation in `{Self}`",
    label = "the `Handler` that is missing is named below: write its `impl`"
)]
pub trait Service<C>
where
    Self: Handler<CreateApiKey, C> + Handler<DeleteApiKey, C> + Handler<ListApiKeys, C>
        + Handler<RevokeApiKey, C>,
{}
impl<C, T> Service<C> for T
where
    T: Handler<CreateApiKey, C> + Handler<DeleteApiKey, C> + Handler<ListApiKeys, C>
        + Handler<RevokeApiKey, C>,
{}
/// Registers every method.
pub fn routes<S: Service<C>, C: Send + 'static>(router: &mut Router<S, C>) {
    router.add::<CreateApiKey>();
    router.add::<DeleteApiKey>();
    router.add::<ListApiKeys>();
    router.add::<RevokeApiKey>();
}
