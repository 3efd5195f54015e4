//! The gateway: which upstreams there are, and the calls of a worker thread.

use std::any::Any;
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use bytes::Bytes;
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::Value;
use tokio::time::timeout;

use crate::answer::Opened;
use crate::byte_budget::ByteBudget;
use crate::call::Call;
use crate::caller::Caller;
use crate::clients::Clients;
use crate::directory::{Directory, Offer};
use crate::early::{EarlyError, early_events};
use crate::error::{ErrorCode, GatewayError};
use crate::headers::{from_client, of_own};
use crate::max_cost::MaxCost;
use crate::models;
use crate::reply::{Reply, ReplyBody};
use crate::route::{Dialect, Route};
use crate::sending::Sending;
use crate::settings::Settings;
use crate::watch::Watch;

/// The upstreams of a server, shared by its worker threads.
pub struct Gateway {
    directory: RwLock<Arc<Directory>>,
    answers: ByteBudget,
}

/// The memory for answers that do not stream, in bytes.
const ANSWER_MEMORY: usize = 256 * 1024 * 1024;

impl Gateway {
    /// A gateway to the upstreams of settings.
    ///
    /// # Errors
    /// The certificates of the system cannot be read.
    pub fn new(settings: Settings) -> Result<Self, rustls::Error> {
        let directory = Directory::new(settings, &Directory::default())?;
        Ok(Self {
            directory: RwLock::new(Arc::new(directory)),
            answers: ByteBudget::new(ANSWER_MEMORY),
        })
    }

    /// Whether there is any upstream.
    pub fn is_on(&self) -> bool {
        !self.directory().is_empty()
    }

    /// Returns the name of a model for examples, if any is known: one that means nothing to a shell or a program.
    pub fn any_model(&self) -> Option<String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
        let directory = self.directory();
        let mut names = directory.names(|_| true);
        let plain = names.find(|name| name.chars().all(is_plain));
        plain.map(str::to_owned)
    }

    /// Replaces the settings. Calls in flight go on.
    ///
    /// # Errors
    /// The certificates of the system cannot be read: the settings stay as they were.
    pub fn replace(&self, settings: Settings) -> Result<(), rustls::Error> {
        let mut directory = self.write();
        *directory = Arc::new(Directory::new(settings, &directory)?);
        Ok(())
    }

    /// Asks the upstreams for their models whose settings do not list them. One that does not answer keeps those that it had.
    pub async fn find_models(&self) {
        let directory = self.directory();
        let clients = Clients::default();
        let asked = directory.unlisted().map(|upstream| {
            let client = clients.of(upstream);
            async move {
                match models::fetch(&client, upstream).await {
                    Ok(found) => {
                        let mut directory = self.write();
                        *directory = Arc::new(directory.with_models(upstream.id, found));
                    }
                    Err(error) => {
                        let upstream = &upstream.settings.name;
                        tracing::warn!(upstream, error, "the models of the upstream are unknown");
                    }
                }
            }
        });
        join_all(asked).await;
    }

    /// Whether the models of an upstream are not known yet.
    pub fn has_unknown_models(&self) -> bool {
        self.directory().has_unknown()
    }

    fn directory(&self) -> Arc<Directory> {
        let directory = self.directory.read();
        directory.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Arc<Directory>> {
        let directory = self.directory.write();
        directory.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call as it comes in, from a caller who may make it.
pub struct Request<'r> {
    /// The kind of call.
    pub route: Route,
    /// The client's headers, by their names in lower case. Only those on a list reach the upstream.
    pub headers: &'r mut dyn Iterator<Item = (&'r str, &'r [u8])>,
    /// The body.
    pub body: Bytes,
    /// The id of the request, which the upstream gets.
    pub request_id: Option<&'r str>,
    /// What the caller keeps for as long as the body is in memory.
    pub held: Box<dyn Any>,
}

/// The gateway of a worker thread.
#[derive(Clone)]
pub struct Worker {
    gateway: Arc<Gateway>,
    clients: Rc<Clients>,
}

impl Worker {
    /// A worker thread with connections of its own.
    pub fn new(gateway: Arc<Gateway>) -> Self {
        let clients = Rc::default();
        Self { gateway, clients }
    }

    /// Checks that there is any upstream.
    ///
    /// # Errors
    /// `no_upstream`.
    pub fn check_is_on(&self) -> Result<(), GatewayError> {
        self.directory().map(drop)
    }

    /// Returns the upstreams, if there are any.
    fn directory(&self) -> Result<Arc<Directory>, GatewayError> {
        let directory = self.gateway.directory();
        if directory.is_empty() {
            let message = "this server has no upstream for inference";
            return Err(GatewayError::new(ErrorCode::NoUpstream, message).no_retry());
        }
        Ok(directory)
    }

    /// Returns the size of the largest body of a call, in bytes.
    pub fn max_body(&self) -> usize {
        self.gateway.directory().settings.max_body
    }

    /// Makes a call. Dropping the future, or the stream of the answer, cancels it.
    ///
    /// # Errors
    /// An error of the gateway itself, or of the caller's reservation; those of the upstream are answers.
    pub async fn call(
        &self,
        request: Request<'_>,
        caller: &impl Caller,
    ) -> Result<Reply, GatewayError> {
        let directory = self.directory()?;
        let call = Call::parse(request.route, request.body)?;
        let offers = directory.offers(&call.model, |name| caller.may_use_model(name));
        if offers.is_empty() {
            return Err(self.no_model(&call.model));
        }
        let reservation = caller.reserve(max_cost(&call, &offers)).await?;
        self.clients.retain(|id| directory.has(id));
        let settings = &directory.settings;
        let ping_after = settings.ping_after;
        let is_early = settings.ping_before_first_byte && call.is_stream;
        let watch = is_early.then(|| Watch::new(&call));
        let sending = Sending {
            call,
            offers,
            headers: from_client(request.headers),
            request_id: request.request_id.map(str::to_owned),
            answers: self.gateway.answers.clone(),
            _held: request.held,
            reservation: Some(reservation),
            ping_after,
        };
        let Some(watch) = watch else {
            return sending.open(&self.clients).await.map(Opened::into_reply);
        };
        let clients = self.clients.clone();
        let mut opening = Box::pin(async move { sending.open(&clients).await });
        if let Ok(opened) = timeout(ping_after, &mut opening).await {
            return opened.map(Opened::into_reply);
        }
        let relay = Box::pin(async move {
            let opened = opening.await.map_err(EarlyError::Own)?;
            opened.into_relay()
        });
        Ok(Reply {
            status: StatusCode::OK,
            headers: of_own("text/event-stream"),
            body: ReplyBody::Events(early_events(relay, watch, ping_after)),
        })
    }

    /// There is no such model for the caller; or it may be one of an upstream whose models are not known yet.
    fn no_model(&self, name: &str) -> GatewayError {
        if !self.gateway.has_unknown_models() {
            return GatewayError::no_model(name);
        }
        let message = "the models of an upstream are not known yet: try again soon";
        GatewayError::not_now(message)
    }

    /// Returns the models that the caller may use.
    ///
    /// # Errors
    /// `no_upstream`.
    pub fn models(
        &self,
        dialect: Dialect,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Reply, GatewayError> {
        let directory = self.directory()?;
        Ok(json_reply(&models::list(
            dialect,
            directory.names(is_allowed),
        )))
    }

    /// Returns a model.
    ///
    /// # Errors
    /// `model_not_found`: there is none, or the caller may not use it. `no_upstream`.
    pub fn model(
        &self,
        dialect: Dialect,
        name: &str,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Reply, GatewayError> {
        match self.directory()?.offers(name, is_allowed).is_empty() {
            true => Err(self.no_model(name)),
            false => Ok(json_reply(&models::shown(dialect, name))),
        }
    }
}

/// The most that a call can cost, whichever upstream takes it.
fn max_cost(call: &Call, offers: &[Offer]) -> MaxCost {
    // Where one upstream has no limit, there is none.
    let widest = |limits: &mut dyn Iterator<Item = Option<u64>>| {
        let all: Option<Vec<_>> = limits.collect();
        all.and_then(|all| all.into_iter().max())
    };
    let max_input = widest(&mut offers.iter().map(Offer::max_input));
    let max_output = widest(&mut offers.iter().map(Offer::max_output));
    call.max_cost().within(max_input, max_output)
}

fn json_reply(value: &Value) -> Reply {
    Reply {
        status: StatusCode::OK,
        headers: of_own("application/json"),
        body: ReplyBody::Whole(value.to_string().into()),
    }
}
