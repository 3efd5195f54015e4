//! Lists of models: those of an upstream, and those that a client gets. Sources: OpenAI's and Anthropic's API references,
//! "List models".

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::clients::Client;
use crate::headers::to_upstream;
use crate::route::Dialect;
use crate::upstream::Upstream;
use crate::upstream_settings::is_model;
use crate::usage::Lenient;

/// How long an upstream may take to list its models.
const LIST_TIMEOUT: Duration = Duration::from_secs(10);
/// What Anthropic's API wants to see.
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");
/// The largest list, in bytes.
const MAX_LIST: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct List {
    data: Vec<Lenient<Item>>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
}

/// Asks an upstream for its models.
///
/// # Errors
/// What it answered instead.
pub(crate) async fn fetch(client: &Client, upstream: &Upstream) -> Result<Vec<String>, String> {
    let own = &upstream.settings;
    let mut request = Request::get(own.url_of("/models"))
        .body(Full::<Bytes>::default())
        .map_err(|error| error.to_string())?;
    // As a client of either dialect.
    let mut headers = http::HeaderMap::new();
    headers.insert(VERSION.0, http::HeaderValue::from_static(VERSION.1));
    *request.headers_mut() = to_upstream(&headers, None, own.key.as_ref(), Dialect::Anthropic);
    let list = async {
        let answer = client.request(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!(
                "it answered with status {}",
                answer.status().as_u16()
            ));
        }
        let body = Limited::new(answer.into_body(), MAX_LIST).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        let list: List = serde_json::from_slice(&body)
            .map_err(|_| "its answer is not a list of models".to_owned())?;
        Ok(list.data)
    };
    let late = |_| format!("it took longer than {} seconds", LIST_TIMEOUT.as_secs());
    let items = timeout(LIST_TIMEOUT, list).await.map_err(late)??;
    let names = items.into_iter().filter_map(|Lenient(item)| Some(item?.id));
    Ok(names.filter(|name| is_model(name)).collect())
}

/// Returns a model as a client gets it.
pub(crate) fn shown(dialect: Dialect, name: &str) -> Value {
    match dialect {
        Dialect::OpenAi => {
            json!({ "id": name, "object": "model", "created": 0, "owned_by": "cocore" })
        }
        Dialect::Anthropic => json!({
            "type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z",
        }),
    }
}

/// Returns a list of models as a client gets it: all on one page.
pub(crate) fn list<'n>(dialect: Dialect, names: impl Iterator<Item = &'n str>) -> Value {
    let data: Vec<_> = names.map(|name| shown(dialect, name)).collect();
    match dialect {
        Dialect::OpenAi => json!({ "object": "list", "data": data }),
        Dialect::Anthropic => {
            let id = |model: Option<&Value>| model.map(|model| model["id"].clone());
            json!({
                "has_more": false, "first_id": id(data.first()), "last_id": id(data.last()),
                "data": data,
            })
        }
    }
}
