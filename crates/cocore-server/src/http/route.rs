//! Routes, and the names under which the log shows them.

use actix_web::{Resource, Route, guard, web};

/// Where proxies ask whether a request is authenticated.
pub(super) const VERIFY: &str = "/auth/verify";

/// The path of a route as it is written in the code. The log shows this instead of the path that the
/// client sent, which may hold a secret.
pub(super) struct RouteName(pub(super) &'static str);

/// The NSID of the method that a request calls, once it is known to be one of ours. A request carries
/// it in its extensions.
pub(super) struct MethodName(pub(super) &'static str);

/// A resource that the log shows under its path.
pub(super) fn resource(path: &'static str) -> Resource {
    web::resource(path).app_data(RouteName(path))
}

/// A route for GET, and for HEAD, which is the same without a body.
pub(super) fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
