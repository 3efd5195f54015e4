//! Opening a subscription: the handshake of a WebSocket, as a request of the HTTP client.
//! Source: RFC 6455, section 4.

use http::header::{
    AUTHORIZATION, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use lexicon_runtime::{MethodError, MethodKind, Subscription};
use reqwest::{Upgraded, Url};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::Client;
use crate::credential::CallInfo;
use crate::error::{CallError, TransportError};
use crate::exchange::read_error;
use crate::request;
use crate::response;
use crate::settings::Settings;
use crate::subscription::EventStream;

impl Client {
    /// Subscribes to events. It is not retried: the caller knows from where to go on.
    ///
    /// The client's time for one try bounds the handshake, and its largest body each message.
    ///
    /// # Errors
    /// The variants of [`CallError`]. An error of an open stream is an item of it.
    pub async fn subscribe<S: Subscription>(
        &self,
        params: &S::Params,
    ) -> Result<EventStream<S>, CallError<S::Error>> {
        let settings = self.settings();
        let url = request::url(settings, S::NSID, params).map_err(CallError::InvalidRequest)?;
        let call = CallInfo {
            nsid: S::NSID,
            kind: MethodKind::Query,
        };
        let opened = tokio::time::timeout(settings.timeout, open(settings, url, call)).await;
        let elapsed = |elapsed: tokio::time::error::Elapsed| {
            CallError::Transport(TransportError::Timeout(elapsed.into()))
        };
        let socket = opened.map_err(elapsed)??;
        let (limit, timer) = (settings.response_limit, settings.timer.clone());
        Ok(EventStream::new(socket, limit, timer).await)
    }
}

/// Sends the handshake, and checks its answer.
async fn open<E: MethodError>(
    settings: &Settings,
    url: Url,
    call: CallInfo,
) -> Result<Upgraded, CallError<E>> {
    let credential = settings.credential.header(call).await;
    let key = generate_key();
    let mut headers = headers(settings, &key);
    if let Some(credential) = credential.map_err(CallError::Credential)? {
        headers.insert(AUTHORIZATION, credential);
    }
    let transport = |error: reqwest::Error| CallError::Transport(error.into());
    let mut request = reqwest::Request::new(Method::GET, url);
    *request.headers_mut() = headers;
    let mut response = settings.http.execute(request).await.map_err(transport)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let raw = read_error(&mut response).await.map_err(transport)?;
        return Err(response::error(raw));
    }
    let accept = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
    {
        let error = "the server did not accept the WebSocket".into();
        return Err(CallError::Transport(TransportError::Other(error)));
    }
    response.upgrade().await.map_err(transport)
}

fn headers(settings: &Settings, key: &str) -> HeaderMap {
    let mut headers = HeaderMap::clone(&settings.headers);
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    // Base64 is always a header value.
    if let Ok(key) = HeaderValue::from_str(key) {
        headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    headers
}
