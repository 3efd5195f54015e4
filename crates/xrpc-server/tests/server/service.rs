//! A service with a method of each kind, as the generator would write its types.

use std::sync::{Arc, Mutex};

use lexicon_runtime::{
    Checker, ErrorBody, MethodError, MethodKind, NoBody, NoParams, Node, Param, RawBody, Validate,
    XrpcMethod,
};
use serde::{Deserialize, Serialize};
use xrpc_server::{
    Authenticator, Handler, HandlerError, Head, HeaderValue, MethodInfo, Observer, Outcome, Report,
    Request, Response, Router, StatusCode, XrpcError,
};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) text: String,
}

impl Validate for Text {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "text", |c, v| c.string(v).bytes(1..=5).end());
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    place: String,
    #[serde(default)]
    days: i64,
}

impl Validate for Place {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "place", |c, v| c.string(v).bytes(1..=5).end());
        c.optional(object, "days", |c, v| c.integer(v).range(1..=14).end());
    }
}

/// The declared errors of [`Put`].
#[derive(Debug)]
pub(crate) enum PutError {
    NotFound(Option<String>),
    Taken(Option<String>),
    Other(ErrorBody),
}

impl From<ErrorBody> for PutError {
    fn from(body: ErrorBody) -> Self {
        Self::Other(body)
    }
}

impl From<PutError> for ErrorBody {
    fn from(error: PutError) -> Self {
        match error {
            PutError::NotFound(message) => Self::new("NotFound", message),
            PutError::Taken(message) => Self::new("Taken", message),
            PutError::Other(body) => body,
        }
    }
}

impl std::fmt::Display for PutError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl MethodError for PutError {
    const NAMES: &'static [&'static str] = &["NotFound", "Taken"];
}

macro_rules! method {
    ($name:ident, $nsid:literal, $kind:ident, $params:ty, $input:ty, $output:ty, $error:ty,
     $encodings:expr, $list:expr) => {
        pub(crate) struct $name;

        impl XrpcMethod for $name {
            const NSID: &'static str = $nsid;
            const KIND: MethodKind = MethodKind::$kind;
            const PARAMS: &'static [Param] = $list;
            const INPUT_ENCODING: Option<&'static str> = $encodings.0;
            const OUTPUT_ENCODING: Option<&'static str> = $encodings.1;
            type Params = $params;
            type Input = $input;
            type Output = $output;
            type Error = $error;
        }
    };
}

const JSON: Option<&str> = Some("application/json");
const NONE: Option<&str> = None;
const PLACE: &[Param] = &[Param::string("place"), Param::integer("days")];

method!(
    Get,
    "com.example.get",
    Query,
    Place,
    NoBody,
    Text,
    ErrorBody,
    (NONE, JSON),
    PLACE
);
method!(
    Put,
    "com.example.put",
    Procedure,
    NoParams,
    Text,
    NoBody,
    PutError,
    (JSON, NONE),
    &[]
);
method!(
    PutImage,
    "com.example.putImage",
    Procedure,
    NoParams,
    RawBody,
    Text,
    ErrorBody,
    (Some("image/*"), JSON),
    &[]
);
method!(
    Echo,
    "com.example.echo",
    Procedure,
    NoParams,
    RawBody,
    RawBody,
    ErrorBody,
    (Some("*/*"), Some("*/*")),
    &[]
);
method!(
    PutForm,
    "com.example.putForm",
    Procedure,
    NoParams,
    RawBody,
    Text,
    ErrorBody,
    (Some("multipart/form-data"), JSON),
    &[]
);

/// Registers every method, as the generated function does.
pub(crate) fn routes(router: &mut Router<Api, Caller>) {
    router.add::<Get>();
    router.add::<Put>();
    router.add::<PutImage>();
    router.add::<Echo>();
    router.add::<PutForm>();
}

#[derive(Clone)]
pub(crate) struct Caller {
    name: String,
}

/// Accepts every caller whose credential is a name.
pub(crate) struct Names;

impl Authenticator for Names {
    type Caller = Caller;

    async fn authenticate(&self, head: &Head, method: MethodInfo) -> Result<Caller, XrpcError> {
        match head.header("authorization") {
            Some("panic") => panic!("in the authenticator"),
            Some(name) if name != method.nsid => Ok(Caller {
                name: name.to_owned(),
            }),
            _ => Err(XrpcError::auth_required("expected a name")),
        }
    }
}

pub(crate) struct Api;

impl Handler<Get, Caller> for Api {
    async fn handle(
        &self,
        request: Request<Get, Caller>,
    ) -> Result<Response<Text>, HandlerError<ErrorBody>> {
        let Place { place, days } = request.params;
        match &place[..] {
            "panic" => panic!("a secret cause"),
            "hang" => std::future::pending().await,
            _ => {}
        }
        let id = request.head.request_id.unwrap_or_default();
        let text = format!("{place} {days} {} {id}", request.caller.name);
        let mut response = Response::new(Text { text });
        response
            .headers
            .insert("cache-control", HeaderValue::from_static("max-age=60"));
        response
            .headers
            .append("set-cookie", HeaderValue::from_static("a=1"));
        response
            .headers
            .append("set-cookie", HeaderValue::from_static("b=2"));
        Ok(response)
    }
}

impl Handler<Put, Caller> for Api {
    async fn handle(
        &self,
        request: Request<Put, Caller>,
    ) -> Result<Response<NoBody>, HandlerError<PutError>> {
        match &request.input.text[..] {
            "taken" => {
                let error = HandlerError::from(PutError::Taken(Some("by Ali".to_owned())));
                Err(error.with_status(StatusCode::CONFLICT))
            }
            "none" => Err(PutError::NotFound(None))?,
            "away" => Err(XrpcError::service_unavailable(
                std::time::Duration::from_millis(1500),
                "try again",
            ))?,
            _ => Ok(NoBody.into()),
        }
    }
}

fn describe(body: &RawBody) -> Text {
    let kind = body.content_type.as_deref().unwrap_or("none");
    let text = format!("{kind}: {} bytes", body.bytes.len());
    Text { text }
}

impl Handler<PutImage, Caller> for Api {
    async fn handle(
        &self,
        request: Request<PutImage, Caller>,
    ) -> Result<Response<Text>, HandlerError<ErrorBody>> {
        Ok(describe(&request.input).into())
    }
}

impl Handler<PutForm, Caller> for Api {
    async fn handle(
        &self,
        request: Request<PutForm, Caller>,
    ) -> Result<Response<Text>, HandlerError<ErrorBody>> {
        Ok(describe(&request.input).into())
    }
}

impl Handler<Echo, Caller> for Api {
    async fn handle(
        &self,
        request: Request<Echo, Caller>,
    ) -> Result<Response<RawBody>, HandlerError<ErrorBody>> {
        Ok(request.input.into())
    }
}

/// Keeps a line for each report.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<String>>>);

impl Observer<Caller> for Log {
    fn report(&self, report: &Report<'_, Caller>) {
        let nsid = report.method.map_or("none", |method| method.nsid);
        let outcome = match report.outcome {
            Outcome::Answered {
                status,
                error,
                cause,
            } => format!(
                "{} {} {}",
                status.as_u16(),
                error.unwrap_or("-"),
                cause.unwrap_or("-")
            ),
            _ => "disconnected".to_owned(),
        };
        let mut line = format!("{} {nsid} {outcome}", report.verb);
        if let Some(caller) = report.caller {
            line += &format!(" by {}", caller.name);
        }
        if let Some(address) = report.client_address {
            line += &format!(" from {address}");
        }
        self.0.lock().unwrap().push(line);
    }
}
