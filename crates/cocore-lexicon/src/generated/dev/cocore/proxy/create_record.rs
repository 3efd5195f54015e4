// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.proxy.createRecord`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.proxy.createRecord";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("create_record.json"));
rt::object! {
    /// The commit of the repository that has the change.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Commit {
        /// Its CID.
        pub cid: rt::Cid = required("cid", |c, v| c.format(v, rt::Format::Cid)),
        /// Its revision.
        pub rev: rt::Tid = required("rev", |c, v| c.format(v, rt::Format::Tid)),
    }
    fn new(cid: rt::Cid, rev: rt::Tid);
}
/// Create a record in the repository of the key's account, at the account's own host. The key
/// needs the scope `repo:COLLECTION?action=create`.
#[derive(Clone, Copy, Debug)]
pub struct CreateRecord;
impl rt::XrpcMethod for CreateRecord {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = CreateRecordInput;
    type Output = CreateRecordOutput;
    type Error = CreateRecordError;
}
rt::object! {
    /// The input of [`CreateRecord`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct CreateRecordInput {
        /// The NSID of the collection. The server allows some collections, and the scopes of the key may
        /// allow fewer.
        pub collection: rt::Nsid = required("collection", |c, v| c.format(v, rt::Format::Nsid)),
        /// The record. Its `$type` is the collection.
        pub record: rt::UnknownObject = required("record", rt::Checker::unknown),
        /// The key of the record. Left out, the host chooses one.
        pub rkey: Option<rt::RecordKey> =
            optional("rkey", |c, v| c.format(v, rt::Format::RecordKey)),
    }
    fn new(collection: rt::Nsid, record: rt::UnknownObject);
}
rt::object! {
    /// The output of [`CreateRecord`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct CreateRecordOutput {
        /// The AT-URI of the record.
        pub uri: rt::AtUri = required("uri", |c, v| c.format(v, rt::Format::AtUri)),
        /// The CID of the record.
        pub cid: rt::Cid = required("cid", |c, v| c.format(v, rt::Format::Cid)),
        pub commit: Option<Commit> = optional("commit", Commit::check),
    }
    fn new(uri: rt::AtUri, cid: rt::Cid);
}
rt::errors! {
    /// The errors of [`CreateRecord`].
    pub enum CreateRecordError {
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
    }
}
