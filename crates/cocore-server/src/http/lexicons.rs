//! The lexicons of this server as pages and for programs, without a credential.

use actix_web::dev::{HttpServiceFactory, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LINK};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use bytes::Bytes;
use http::{Method, Request};
use lexicon_site::Site;
use xrpc_server::{XrpcError, read_body};

use super::access_log::{SITE_ASSETS, logged};
use super::api_error::ApiError;
use super::console::state::ConsoleState;
use super::methods::{BODY_TIMEOUT, OLDER_XRPC_ROOT, XRPC_ROOT};
use super::response_headers::CrossOrigin;
use crate::lexicon_site::ROOT;

/// The largest body that is checked against a lexicon, in bytes. No method of this server takes a larger one.
const MAX_VALUE: usize = 64 * 1024;
/// The documents that programs look for at the root, which the site has below its own.
const AT_THE_ROOT: [&str; 2] = ["/openapi.json", "/llms.txt"];

/// Registers the routes but for the method.
pub(super) fn routes(config: &mut ServiceConfig) {
    let page = |path| web::resource(path).route(logged(path, web::to(answer)));
    config
        .service(page(ROOT))
        .service(page(SITE_ASSETS))
        .service(page("/lexicons/{page:.*}"));
    for path in AT_THE_ROOT {
        config.service(page(path));
    }
}

/// The route of `com.atproto.lexicon.resolveLexicon`, relative to the root of the methods. Preflights are answered as
/// those of other methods. As in every NSID, the case of the authority does not count.
pub(super) fn resolve_lexicon() -> impl HttpServiceFactory + 'static {
    web::resource(r"/{nsid:(?i:com\.atproto\.lexicon)\.resolveLexicon}")
        .guard(guard::Not(guard::Options()))
        .app_data(CrossOrigin)
        .route(logged(Site::RESOLVE_LEXICON, web::to(resolve)))
}

async fn resolve(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    let request = site_request(&request, Bytes::new());
    xrpc_actix::response(site.resolve_lexicon(&request))
}

async fn answer(
    request: HttpRequest,
    payload: Payload,
    site: Data<Site>,
    console: Data<ConsoleState>,
) -> Result<HttpResponse, ApiError> {
    let path = request.path();
    // The page for calls uses the session, which is the cookie of one origin.
    if path.ends_with("/try")
        && let Some(redirect) = console.redirect_to_loopback(&request)
    {
        return Ok(redirect);
    }
    let body = match request.method() {
        &actix_web::http::Method::POST => {
            let head = xrpc_actix::head(&request);
            let body = xrpc_actix::body(payload, BODY_TIMEOUT);
            read_body(&head.headers, "*/*", MAX_VALUE, body).await?
        }
        _ => Vec::new(),
    };
    let mut request = site_request(&request, body.into());
    if AT_THE_ROOT.contains(&request.uri().path()) {
        let below = format!("{ROOT}{}", request.uri());
        if let Ok(below) = below.parse() {
            *request.uri_mut() = below;
        }
    }
    if request.method() != Method::POST {
        return Ok(xrpc_actix::response(site.answer(&request)));
    }
    // A check may wait for the network.
    let answer = web::block(move || site.answer(&request)).await;
    Ok(xrpc_actix::response(answer.map_err(XrpcError::internal)?))
}

/// The request as the site takes it. actix itself leaves out the body of an answer to HEAD.
fn site_request(request: &HttpRequest, body: Bytes) -> Request<Bytes> {
    let head = xrpc_actix::head(request);
    let mut to = Request::new(body);
    *to.method_mut() = match head.method {
        Method::HEAD => Method::GET,
        method => method,
    };
    *to.uri_mut() = head.uri;
    *to.headers_mut() = head.headers;
    to
}

/// Adds a link to the page that explains an answer: the method's, if its request was invalid, or the list of all
/// methods, if there is no such method.
pub(super) fn link_to_page<B>(answer: &mut ServiceResponse<B>) {
    if !matches!(
        answer.status(),
        StatusCode::BAD_REQUEST | StatusCode::NOT_IMPLEMENTED
    ) {
        return;
    }
    let request = answer.request();
    let roots = [XRPC_ROOT, OLDER_XRPC_ROOT].into_iter();
    let mut nsids = roots.filter_map(|root| request.path().strip_prefix(root)?.strip_prefix('/'));
    let (Some(nsid), Some(site)) = (nsids.next(), request.app_data::<Data<Site>>()) else {
        return;
    };
    // Only the names of lexicons become links, not what a client sent.
    let page = site.page(nsid).unwrap_or_else(|| format!("{ROOT}/"));
    if let Ok(link) = HeaderValue::from_str(&format!("<{page}>; rel=\"help\"")) {
        answer.headers_mut().insert(LINK, link);
    }
}
