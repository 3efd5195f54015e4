//! `createRecord`: creates a record at the account's own host.

use cocore_keys::RepoAction;
use cocore_lexicon::dev::cocore::proxy::create_record::{
    CreateRecord, CreateRecordError, CreateRecordOutput,
};
use serde_json::{Value, json};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::record::{check_type, permission, write};
use crate::principal::Principal;
use crate::record_proxy::{Refused, output};

impl Handler<CreateRecord, Principal> for Api {
    async fn handle(
        &self,
        request: Request<CreateRecord, Principal>,
    ) -> Result<Response<CreateRecordOutput>, HandlerError<CreateRecordError>> {
        let proxy = self.record_proxy()?;
        let Request {
            input,
            caller,
            head,
            ..
        } = request;
        check_type(&input.collection, &input.record)?;
        let permission = permission(&input.collection, &[RepoAction::Create])?;
        proxy.check(&caller, &permission, &Refused::Collection)?;
        let members = [
            ("repo", Some(json!(caller.did.as_str()))),
            ("collection", Some(json!(input.collection))),
            ("rkey", input.rkey.map(|rkey| json!(rkey))),
            ("record", Some(Value::Object(input.record))),
        ];
        let call = write("com.atproto.repo.createRecord", members);
        let answer = proxy.call(&caller, &head, &permission, call).await?;
        Ok(output::<CreateRecordOutput>(&answer)?.into())
    }
}
