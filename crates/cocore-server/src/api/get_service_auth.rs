//! `getServiceAuth`: gets a service-auth token from the account's own host.

use cocore_lexicon::dev::cocore::proxy::get_service_auth::{
    GetServiceAuth, GetServiceAuthError, GetServiceAuthOutput,
};
use cocore_oauth::{PdsCall, PdsInput};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use lexicon_runtime::Did;
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use crate::errors::invalid;
use crate::principal::Principal;
use crate::record_proxy::output;

impl Handler<GetServiceAuth, Principal> for Api {
    async fn handle(
        &self,
        request: Request<GetServiceAuth, Principal>,
    ) -> Result<Response<GetServiceAuthOutput>, HandlerError<GetServiceAuthError>> {
        let proxy = self.record_proxy()?;
        let Request {
            input,
            caller,
            head,
            ..
        } = request;
        let did = input.aud.split('#').next().unwrap_or_default();
        if Did::parse(did).is_err() {
            let expected = "expected a DID, or a DID with the fragment of a service";
            return Err(invalid("input/aud", expected).into());
        }
        let permission = proxy.check_method(&caller, input.lxm.as_str(), &input.aud)?;
        let parameters = vec![("aud", input.aud), ("lxm", input.lxm.to_string())];
        let call = PdsCall {
            nsid: "com.atproto.server.getServiceAuth",
            input: PdsInput::Query(parameters),
        };
        let answer = proxy.call(&caller, &head, &permission, call).await?;
        let mut response = Response::new(output::<GetServiceAuthOutput>(&answer)?);
        let no_store = HeaderValue::from_static("no-store");
        response.headers.insert(CACHE_CONTROL, no_store);
        Ok(response)
    }
}
