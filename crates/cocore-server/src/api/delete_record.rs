//! `deleteRecord`: deletes a record at the account's own host.

use cocore_keys::RepoAction;
use cocore_lexicon::dev::cocore::proxy::delete_record::{
    DeleteRecord, DeleteRecordError, DeleteRecordOutput,
};
use cocore_oauth::PdsAnswer;
use lexicon_runtime::AtUri;
use serde::Deserialize;
use serde_json::json;
use xrpc_server::{Handler, HandlerError, Request, Response, StatusCode, XrpcError};

use super::Api;
use super::record::{permission, write};
use crate::errors::invalid;
use crate::principal::Principal;
use crate::record_proxy::{Refused, pds_error, unusable};

impl Handler<DeleteRecord, Principal> for Api {
    async fn handle(
        &self,
        request: Request<DeleteRecord, Principal>,
    ) -> Result<Response<DeleteRecordOutput>, HandlerError<DeleteRecordError>> {
        let proxy = self.record_proxy()?;
        let Request {
            input,
            caller,
            head,
            ..
        } = request;
        let permission = permission(&input.collection, &[RepoAction::Delete])?;
        proxy.check(&caller, &permission, &Refused::Collection)?;
        let uri = format!("at://{}/{}/{}", caller.did, input.collection, input.rkey);
        let uri = AtUri::parse(uri).map_err(|error| invalid("input", error))?;
        let members = [
            ("repo", Some(json!(caller.did.as_str()))),
            ("collection", Some(json!(input.collection))),
            ("rkey", Some(json!(input.rkey))),
            ("swapRecord", input.swap_record.map(|cid| json!(cid))),
        ];
        let call = write("com.atproto.repo.deleteRecord", members);
        let answer = proxy.call(&caller, &head, &permission, call).await?;
        let mut output = DeleteRecordOutput::new(uri);
        output.already_gone = was_gone(&answer)?.then_some(true);
        Ok(output.into())
    }
}

/// Whether there was no such record. A host answers with the commit that has deleted it, or without one; some answer
/// that they have not found it. Any other error, such as one of a swap, is an error.
fn was_gone(answer: &PdsAnswer) -> Result<bool, XrpcError> {
    #[derive(Deserialize)]
    struct Deleted {
        commit: Option<serde::de::IgnoredAny>,
    }
    if answer.status == StatusCode::OK {
        if answer.body.is_empty() {
            // A host of an earlier version of the protocol sends no body.
            return Ok(false);
        }
        let deleted = serde_json::from_slice::<Deleted>(&answer.body);
        let deleted = deleted.map_err(|_| unusable(answer))?;
        return Ok(deleted.commit.is_none());
    }
    let error = pds_error(answer);
    match &error.body().error[..] {
        "RecordNotFound" => Ok(true),
        _ => Err(error),
    }
}
