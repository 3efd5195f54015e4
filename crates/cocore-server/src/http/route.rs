//! Routes, which the log shows by their paths.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, Resource, Route, guard, web};

use super::access_log::Entry;

/// A resource whose requests are logged under its path.
pub(super) fn resource(
    path: &'static str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    web::resource(path).wrap_fn(move |request, service| {
        use actix_web::dev::Service;
        let entry = Entry::begin(path, request.method().as_str());
        entry.log_answer_of(service.call(request))
    })
}

/// A route for GET, and for HEAD, which is the same without a body.
pub(super) fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
