//! An upstream that does what a test says, down to the bytes, and a gateway to it.
#![allow(dead_code, unused_imports, clippy::unwrap_used, missing_docs)]

mod upstream;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cocore_gateway::{
    CallReport, Caller, Gateway, GatewayError, MaxCost, Outcome, Reply, ReplyBody, Request,
    Reservation, Route, Settings, Usage, Worker,
};
use futures_util::StreamExt;
use http::HeaderMap;

pub(crate) use upstream::*;

/// The longest time that a test waits for what has to happen.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// What was reported of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reported {
    pub(crate) upstream: String,
    pub(crate) model: String,
    pub(crate) outcome: Outcome,
    pub(crate) usage: Usage,
}

/// A caller who may do everything. It keeps what is reported.
#[derive(Default)]
pub(crate) struct Reports(Arc<Mutex<Vec<Reported>>>);

struct Recorder(Arc<Mutex<Vec<Reported>>>);

impl Caller for Reports {
    fn may_use_model(&self, _: &str) -> bool {
        true
    }

    async fn reserve(&self, _: MaxCost) -> Result<Box<dyn Reservation>, GatewayError> {
        Ok(Box::new(Recorder(self.0.clone())))
    }
}

impl Reservation for Recorder {
    fn settle(self: Box<Self>, report: &CallReport<'_>) {
        self.0.lock().unwrap().push(Reported {
            upstream: report.upstream.to_owned(),
            model: report.model.to_owned(),
            outcome: report.outcome,
            usage: report.usage,
        });
    }
}

impl Reports {
    pub(crate) fn all(&self) -> Vec<Reported> {
        self.0.lock().unwrap().clone()
    }
}

/// The settings of one upstream with the model `tiny`, and some more lines.
pub(crate) fn upstream(name: &str, url: &str, more: &str) -> String {
    format!("[[upstream]]\nname = \"{name}\"\nurl = \"{url}\"\nmodels = [\"tiny\"]\n{more}\n")
}

/// A gateway with what it reported.
pub(crate) struct World {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) worker: Worker,
    pub(crate) reports: Arc<Reports>,
}

impl World {
    pub(crate) fn new(settings: &str) -> Self {
        let reports = Arc::new(Reports::default());
        let gateway = Gateway::new(parse(settings)).unwrap();
        let gateway = Arc::new(gateway);
        let worker = Worker::new(gateway.clone());
        Self {
            gateway,
            worker,
            reports,
        }
    }

    pub(crate) async fn call(&self, route: Route, body: &str) -> Result<Reply, GatewayError> {
        self.call_with(route, body, &HeaderMap::new()).await
    }

    pub(crate) async fn call_with(
        &self,
        route: Route,
        body: &str,
        headers: &HeaderMap,
    ) -> Result<Reply, GatewayError> {
        let headers = headers.iter();
        let request = Request {
            route,
            headers: &mut headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
            body: Bytes::copy_from_slice(body.as_bytes()),
            request_id: Some("id-of-the-request"),
            held: Box::new(()),
        };
        let call = self.worker.call(request, &*self.reports);
        tokio::time::timeout(LONG, call).await.unwrap()
    }
}

pub(crate) fn parse(settings: &str) -> Settings {
    let variable = |name: &str| (name == "LOCAL_KEY").then(|| "sesame".to_owned());
    Settings::parse(settings, Path::new(""), variable).unwrap()
}

/// An answer as the client gets it.
#[derive(Debug, PartialEq)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// Whether it ended as a complete answer ends.
    pub(crate) is_complete: bool,
}

/// Reads an answer to its end.
pub(crate) async fn read(reply: Result<Reply, GatewayError>, route: Route) -> Received {
    let reply = reply.unwrap_or_else(|error| error.reply(route.dialect()));
    let status = reply.status.as_u16();
    let mut events = match reply.body {
        ReplyBody::Whole(body) => {
            return Received {
                status,
                text: String::from_utf8(body.into()).unwrap(),
                is_complete: true,
            };
        }
        ReplyBody::Events(events) => events,
    };
    let (mut text, mut is_complete) = (String::new(), true);
    while let Some(item) = tokio::time::timeout(LONG, events.next()).await.unwrap() {
        match item {
            Ok(bytes) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            Err(_) => {
                is_complete = false;
                break;
            }
        }
    }
    Received {
        status,
        text,
        is_complete,
    }
}
