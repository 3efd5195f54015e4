// Generated from the lexicons by `lexicon codegen`. Do not edit.
use xrpc_server::{Handler, Router};
use super::dev::cocore::account::create_api_key::CreateApiKey;
use super::dev::cocore::account::delete_api_key::DeleteApiKey;
use super::dev::cocore::account::list_api_keys::ListApiKeys;
use super::dev::cocore::account::revoke_api_key::RevokeApiKey;
use super::dev::cocore::apikey::create_key::CreateKey;
use super::dev::cocore::apikey::delete_key::DeleteKey;
use super::dev::cocore::apikey::get_key::GetKey;
use super::dev::cocore::apikey::get_usage::GetUsage;
use super::dev::cocore::apikey::list_events::ListEvents;
use super::dev::cocore::apikey::list_keys::ListKeys;
use super::dev::cocore::apikey::revoke_key::RevokeKey;
use super::dev::cocore::apikey::rotate_key::RotateKey;
use super::dev::cocore::apikey::set_limits::SetLimits;
use super::dev::cocore::apikey::update_key::UpdateKey;
use super::dev::cocore::apikey::who_am_i::WhoAmI;
use super::dev::cocore::proxy::create_record::CreateRecord;
use super::dev::cocore::proxy::delete_record::DeleteRecord;
use super::dev::cocore::proxy::get_service_auth::GetServiceAuth;
use super::dev::cocore::proxy::put_record::PutRecord;
/// Every method of this service. `C` is the authenticated caller.
///
/// It is never implemented by hand: it holds for each type that handles all of these.
///
/// - `dev.cocore.account.createApiKey`
/// - `dev.cocore.account.deleteApiKey`
/// - `dev.cocore.account.listApiKeys`
/// - `dev.cocore.account.revokeApiKey`
/// - `dev.cocore.apikey.createKey`
/// - `dev.cocore.apikey.deleteKey`
/// - `dev.cocore.apikey.getKey`
/// - `dev.cocore.apikey.getUsage`
/// - `dev.cocore.apikey.listEvents`
/// - `dev.cocore.apikey.listKeys`
/// - `dev.cocore.apikey.revokeKey`
/// - `dev.cocore.apikey.rotateKey`
/// - `dev.cocore.apikey.setLimits`
/// - `dev.cocore.apikey.updateKey`
/// - `dev.cocore.apikey.whoAmI`
/// - `dev.cocore.proxy.createRecord`
/// - `dev.cocore.proxy.deleteRecord`
/// - `dev.cocore.proxy.getServiceAuth`
/// - `dev.cocore.proxy.putRecord`
#[diagnostic::on_unimplemented(
    message = "a method of the lexicons has no implementation in `{Self}`",
    label = "the `Handler` that is missing is named below: write its `impl`"
)]
pub trait Service<C>
where
    Self: Handler<CreateApiKey, C> + Handler<DeleteApiKey, C> + Handler<ListApiKeys, C>
        + Handler<RevokeApiKey, C> + Handler<CreateKey, C> + Handler<DeleteKey, C>
        + Handler<GetKey, C> + Handler<GetUsage, C> + Handler<ListEvents, C>
        + Handler<ListKeys, C> + Handler<RevokeKey, C> + Handler<RotateKey, C>
        + Handler<SetLimits, C> + Handler<UpdateKey, C> + Handler<WhoAmI, C>
        + Handler<CreateRecord, C> + Handler<DeleteRecord, C>
        + Handler<GetServiceAuth, C> + Handler<PutRecord, C>,
{}
impl<C, T> Service<C> for T
where
    T: Handler<CreateApiKey, C> + Handler<DeleteApiKey, C> + Handler<ListApiKeys, C>
        + Handler<RevokeApiKey, C> + Handler<CreateKey, C> + Handler<DeleteKey, C>
        + Handler<GetKey, C> + Handler<GetUsage, C> + Handler<ListEvents, C>
        + Handler<ListKeys, C> + Handler<RevokeKey, C> + Handler<RotateKey, C>
        + Handler<SetLimits, C> + Handler<UpdateKey, C> + Handler<WhoAmI, C>
        + Handler<CreateRecord, C> + Handler<DeleteRecord, C>
        + Handler<GetServiceAuth, C> + Handler<PutRecord, C>,
{}
/// Registers every method.
pub fn routes<S: Service<C>, C: Send + 'static>(router: &mut Router<S, C>) {
    router.add::<CreateApiKey>();
    router.add::<DeleteApiKey>();
    router.add::<ListApiKeys>();
    router.add::<RevokeApiKey>();
    router.add::<CreateKey>();
    router.add::<DeleteKey>();
    router.add::<GetKey>();
    router.add::<GetUsage>();
    router.add::<ListEvents>();
    router.add::<ListKeys>();
    router.add::<RevokeKey>();
    router.add::<RotateKey>();
    router.add::<SetLimits>();
    router.add::<UpdateKey>();
    router.add::<WhoAmI>();
    router.add::<CreateRecord>();
    router.add::<DeleteRecord>();
    router.add::<GetServiceAuth>();
    router.add::<PutRecord>();
}
