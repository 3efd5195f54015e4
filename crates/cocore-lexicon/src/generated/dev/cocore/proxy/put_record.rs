// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.proxy.putRecord`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.proxy.putRecord";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("put_record.json"));
/// Create or replace a record in the repository of the key's account, at the account's own host.
/// The key needs the scope `repo:COLLECTION?action=create&action=update`.
#[derive(Clone, Copy, Debug)]
pub struct PutRecord;
impl rt::XrpcMethod for PutRecord {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = PutRecordInput;
    type Output = PutRecordOutput;
    type Error = PutRecordError;
}
rt::object! {
    /// The input of [`PutRecord`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct PutRecordInput {
        /// The NSID of the collection. The server allows some collections, and the scopes of the key may
        /// allow fewer.
        pub collection: rt::Nsid = required("collection", |c, v| c.format(v, rt::Format::Nsid)),
        /// The key of the record.
        pub rkey: rt::RecordKey = required("rkey", |c, v| c.format(v, rt::Format::RecordKey)),
        /// The record. Its `$type` is the collection.
        pub record: rt::UnknownObject = required("record", rt::Checker::unknown),
        /// The CID of the record that is to be replaced: another one is not replaced. Null for a record
        /// that must not exist.
        pub swap_record: Option<Option<rt::Cid>> =
            optional_nullable("swapRecord", |c, v| c.format(v, rt::Format::Cid)),
    }
    fn new(collection: rt::Nsid, rkey: rt::RecordKey, record: rt::UnknownObject);
}
rt::object! {
    /// The output of [`PutRecord`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct PutRecordOutput {
        /// The AT-URI of the record.
        pub uri: rt::AtUri = required("uri", |c, v| c.format(v, rt::Format::AtUri)),
        /// The CID of the record.
        pub cid: rt::Cid = required("cid", |c, v| c.format(v, rt::Format::Cid)),
    }
    fn new(uri: rt::AtUri, cid: rt::Cid);
}
rt::errors! {
    /// The errors of [`PutRecord`].
    pub enum PutRecordError {
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
