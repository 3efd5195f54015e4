// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.proxy.deleteRecord`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.proxy.deleteRecord";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("delete_record.json"));
/// Delete a record of the repository of the key's account, at the account's own host. The key
/// needs the scope `repo:COLLECTION?action=delete`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRecord;
impl rt::XrpcMethod for DeleteRecord {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = DeleteRecordInput;
    type Output = DeleteRecordOutput;
    type Error = DeleteRecordError;
}
rt::object! {
    /// The input of [`DeleteRecord`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteRecordInput {
        /// The NSID of the collection. The server allows some collections, and the scopes of the key may
        /// allow fewer.
        pub collection: rt::Nsid = required("collection", |c, v| c.format(v, rt::Format::Nsid)),
        /// The key of the record.
        pub rkey: rt::RecordKey = required("rkey", |c, v| c.format(v, rt::Format::RecordKey)),
        /// The CID of the record that is to be deleted: another one is not deleted.
        pub swap_record: Option<rt::Cid> =
            optional("swapRecord", |c, v| c.format(v, rt::Format::Cid)),
    }
    fn new(collection: rt::Nsid, rkey: rt::RecordKey);
}
rt::object! {
    /// The output of [`DeleteRecord`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteRecordOutput {
        /// The AT-URI of the record.
        pub uri: rt::AtUri = required("uri", |c, v| c.format(v, rt::Format::AtUri)),
        /// True if there was no such record. Left out if this call has deleted it.
        pub already_gone: Option<bool> = optional("alreadyGone", rt::Checker::boolean),
    }
    fn new(uri: rt::AtUri);
}
rt::errors! {
    /// The errors of [`DeleteRecord`].
    pub enum DeleteRecordError {
        /// The request carried no API key that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call. Status 403.
        InsufficientScope = "InsufficientScope",
        /// The person has not connected the record proxy, has not granted this, or their host has ended
        /// the connection. The message says where to connect. Status 403.
        SignInRequired = "SignInRequired",
        /// The account's host cannot be reached, or answered with an error of its own. Status 502.
        PdsError = "PdsError",
        /// The account's host did not answer in time. Whether it has done what was asked is not known.
        /// Status 504.
        PdsTimeout = "PdsTimeout",
        /// The operator of this server does not allow the collection. Status 403.
        CollectionNotAllowed = "CollectionNotAllowed",
        /// The record is not the one that `swapRecord` names.
        InvalidSwap = "InvalidSwap",
    }
}
