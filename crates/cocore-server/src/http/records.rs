//! The record proxy at the paths that clients of the older service call. The methods are those below `/xrpc`.

use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, Scope};
use tokio::time::sleep;
use xrpc_server::{Authenticator, XrpcMethod};

use cocore_lexicon::dev::cocore::proxy::create_record::CreateRecord;
use cocore_lexicon::dev::cocore::proxy::delete_record::DeleteRecord;
use cocore_lexicon::dev::cocore::proxy::get_service_auth::GetServiceAuth;
use cocore_lexicon::dev::cocore::proxy::put_record::PutRecord;

use super::access_log::logged;
use super::methods;
use super::not_found::not_found;
use super::response_headers::CrossOrigin;
use crate::api::Api;
use crate::principal::Principal;
use crate::telemetry::RequestMetrics;

/// Where the routes are, and where older clients call them.
pub(super) const ROOTS: [&str; 2] = ["/pds", "/api/pds"];

/// The paths below a root, and their methods.
const ROUTES: [(&str, &str); 4] = [
    ("/createRecord", CreateRecord::NSID),
    ("/putRecord", PutRecord::NSID),
    ("/deleteRecord", DeleteRecord::NSID),
    ("/getServiceAuth", GetServiceAuth::NSID),
];

/// The routes below `root`.
pub(super) fn scope<A>(
    root: &'static str,
    api: Api,
    authenticator: A,
    trusted_proxies: usize,
    metrics: Option<&RequestMetrics>,
) -> Scope
where
    A: Authenticator<Caller = Principal>,
{
    let server = methods::server(root, api, authenticator, trusted_proxies, metrics);
    let server = Arc::new(server);
    let scope = ROUTES
        .into_iter()
        .fold(web::scope(root), |scope, (path, nsid)| {
            let server = server.clone();
            let answer = move |request: HttpRequest, payload: Payload| {
                let server = server.clone();
                async move {
                    let mut head = xrpc_actix::head(&request);
                    methods::extend_head(&request, &mut head);
                    xrpc_actix::response(server.call(head, nsid, payload, sleep).await)
                }
            };
            scope.route(path, web::to(answer))
        });
    scope
        .app_data(CrossOrigin)
        .default_service(logged(root, web::to(not_found)))
}
