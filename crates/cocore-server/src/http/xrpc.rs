//! The adapter between the generated methods and actix: one pass, no going back.
//! Source: <https://atproto.com/specs/xrpc>.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method as Verb;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use cocore_keys::Keys;
use cocore_store::Store;
use lexicon_runtime::query;
use lexicon_runtime::{Body, Handler, MethodKind, Nsid, Request, Router, XrpcMethod};
use percent_encoding::percent_decode_str;

use super::api_error::{ApiError, no_store_response};
use super::route::MethodName;
use super::{body, head, not_found};
use crate::api::Api;
use crate::authentication::Authenticator;
use crate::operator::Operator;
use crate::principal::Principal;

/// The methods by NSID, as the generated code registers them, and their implementation.
pub(super) struct Methods {
    api: Api,
    by_nsid: HashMap<&'static str, Method>,
}

/// The methods that the lexicons declare.
pub(super) fn methods(keys: Arc<Keys<Store>>) -> Methods {
    let mut methods = Methods {
        api: Api { keys },
        by_nsid: HashMap::new(),
    };
    cocore_lexicon::routes(&mut methods);
    methods
}

#[derive(Clone, Copy)]
struct Method {
    nsid: &'static str,
    kind: MethodKind,
    answer: fn(Call) -> Answer,
}

/// One request on its way to a handler.
struct Call {
    authenticator: Data<Authenticator>,
    methods: Data<Methods>,
    request: HttpRequest,
    payload: Payload,
}

type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, ApiError>>>>;

impl Router for Methods {
    type Service = Api;
    type Caller = Principal;

    fn add<M: XrpcMethod>(&mut self)
    where
        Api: Handler<M, Principal>,
    {
        let method = Method {
            nsid: M::NSID,
            kind: M::KIND,
            answer: |call| Box::pin(answer::<M>(call)),
        };
        self.by_nsid.insert(M::NSID, method);
    }
}

/// Answers `/xrpc/NSID`.
pub(super) async fn call(
    authenticator: Data<Authenticator>,
    methods: Data<Methods>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    if request.method() == Verb::OPTIONS {
        return Ok(HttpResponse::NoContent().finish());
    }
    // What follows the root. An NSID has nothing to encode, and a client may have done so all the same.
    let rest = request.match_info().unprocessed().strip_prefix('/');
    let nsid = percent_decode_str(rest.ok_or_else(not_found::no_route)?).decode_utf8_lossy();
    let method = methods.find(&nsid)?;
    request.extensions_mut().insert(MethodName(method.nsid));
    let (allowed, allow) = match method.kind {
        MethodKind::Query => (&[Verb::GET, Verb::HEAD][..], "GET, HEAD"),
        MethodKind::Procedure => (&[Verb::POST][..], "POST"),
    };
    if !allowed.contains(request.method()) {
        return Err(ApiError::wrong_verb(allow));
    }
    let call = Call {
        authenticator,
        methods: methods.clone(),
        request,
        payload,
    };
    (method.answer)(call).await
}

impl Methods {
    fn find(&self, text: &str) -> Result<Method, ApiError> {
        // Nearly always written as the lexicon writes it.
        if let Some(method) = self.by_nsid.get(text) {
            return Ok(*method);
        }
        let malformed = || {
            let message = "expected an NSID after /xrpc/, such as com.example.getThing";
            ApiError::new("InvalidRequest", message)
        };
        // The authority is a domain name, so its case does not count.
        let (authority, name) = text.rsplit_once('.').ok_or_else(malformed)?;
        let nsid = format!("{}.{name}", authority.to_ascii_lowercase());
        let nsid = Nsid::parse(nsid).map_err(|_| malformed())?;
        let method = self.by_nsid.get(nsid.as_str()).copied();
        method
            .ok_or_else(|| ApiError::new("MethodNotImplemented", "this server has no such method"))
    }
}

/// Parameters, credential, body, handler.
async fn answer<M: XrpcMethod>(call: Call) -> Result<HttpResponse, ApiError>
where
    Api: Handler<M, Principal>,
{
    let Call {
        authenticator,
        methods,
        request,
        payload,
    } = call;
    let params = query::decode::<M::Params>(M::PARAMS, request.query_string())?;
    let headers = head::headers(&request);
    let caller = match request.app_data::<Data<Operator>>() {
        Some(operator) => operator.authenticate(&headers)?,
        None => {
            authenticator
                .authenticate(&headers, M::NSID, M::KIND)
                .await?
        }
    };
    let bytes = match M::INPUT_ENCODING {
        Some(declared) => body::read(request.headers(), payload, declared).await?,
        None => Vec::new(),
    };
    let input = M::Input::decode("input", Some(request.content_type()), bytes)?;
    let output = methods.api.handle(caller, Request { params, input }).await;
    let output = output.map_err(|error| ApiError::from(error.into()))?;
    let (content_type, bytes) = output.encode().map_err(|error| {
        tracing::error!(method = M::NSID, %error, "an output cannot be serialised");
        ApiError::new("InternalServerError", "the answer cannot be serialised")
    })?;
    Ok(no_store_response(
        content_type.or_else(|| M::OUTPUT_ENCODING.map(str::to_owned)),
        bytes,
    ))
}
