//! Routes, which the log shows by their paths.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, Resource, Route, guard, web};
use xrpc_server::XrpcError;

use super::access_log::LoggedRoute;
use super::api_error::ApiError;

/// The verbs of a resource that is only read.
pub(super) const READ: &str = "GET, HEAD";
/// The verbs of a resource that only takes forms or JSON.
pub(super) const WRITE: &str = "POST";
/// The verbs of a resource that does both.
pub(super) const READ_AND_WRITE: &str = "GET, HEAD, POST";

/// A resource whose requests are logged under a name.
pub(super) fn resource_named(
    path: &str,
    name: &'static str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let logged = LoggedRoute::new(name);
    web::resource(path).wrap_fn(move |request, service| {
        use actix_web::dev::Service;
        let entry = logged.begin(&request);
        entry.log_answer_of(service.call(request))
    })
}

/// A resource whose requests are logged under its path. `allow` lists the verbs of its routes: any other is
/// answered with 405.
pub(super) fn resource(
    path: &'static str,
    allow: &'static str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let other_verb = move || async move { ApiError::from(XrpcError::method_not_allowed(allow)) };
    resource_named(path, path).default_service(web::to(other_verb))
}

/// A route for GET, and for HEAD, which is the same without a body.
pub(super) fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
