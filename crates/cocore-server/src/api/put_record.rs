//! `putRecord`: creates or replaces a record at the account's own host.

use cocore_keys::RepoAction;
use cocore_lexicon::dev::cocore::proxy::put_record::{PutRecord, PutRecordError, PutRecordOutput};
use serde_json::{Value, json};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::record::{check_type, permission, write};
use crate::principal::Principal;
use crate::record_proxy::{Refused, output};

impl Handler<PutRecord, Principal> for Api {
    async fn handle(
        &self,
        request: Request<PutRecord, Principal>,
    ) -> Result<Response<PutRecordOutput>, HandlerError<PutRecordError>> {
        let proxy = self.record_proxy()?;
        let Request {
            input,
            caller,
            head,
            ..
        } = request;
        check_type(&input.collection, &input.record)?;
        let actions = [RepoAction::Create, RepoAction::Update];
        let permission = permission(&input.collection, &actions)?;
        proxy.check(&caller, &permission, &Refused::Collection)?;
        let members = [
            ("repo", Some(json!(caller.did.as_str()))),
            ("collection", Some(json!(input.collection))),
            ("rkey", Some(json!(input.rkey))),
            ("record", Some(Value::Object(input.record))),
            // Null is passed on: it is for a record that must not exist.
            ("swapRecord", input.swap_record.map(|cid| json!(cid))),
        ];
        let call = write("com.atproto.repo.putRecord", members);
        let answer = proxy.call(&caller, &head, &permission, call).await?;
        Ok(output::<PutRecordOutput>(&answer)?.into())
    }
}
