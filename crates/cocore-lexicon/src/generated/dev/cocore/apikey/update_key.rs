// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.updateKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.updateKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("update_key.json"));
/// Change the name, the note, the expiry or the scopes of an active API key. Scopes only become
/// narrower. What is changed holds on every server when this is answered. A key that makes this
/// call can extend only keys that descend from it, not past its own expiry.
#[derive(Clone, Copy, Debug)]
pub struct UpdateKey;
impl rt::XrpcMethod for UpdateKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = UpdateKeyInput;
    type Output = UpdateKeyOutput;
    type Error = UpdateKeyError;
}
rt::object! {
    /// The input of [`UpdateKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct UpdateKeyInput {
        /// The `id` of a key, from createKey or listKeys. 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
        /// When the key expires. Null for never.
        pub expires_at: Option<Option<rt::Datetime>> =
            optional_nullable("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// The new label. 1 to 100 bytes.
        pub name: Option<String> = optional("name", |c, v| c.string(v).bytes(1..=100).end()),
        /// The new note. An empty one removes it. At most 300 bytes.
        pub note: Option<String> = optional("note", |c, v| c.string(v).bytes(..=300).end()),
        /// What the key may do from now on: no more than before. 1 to 64 elements.
        pub scopes: Option<Vec<String>> =
            optional("scopes", |c, v| c.array(v, 1..=64, |c, v| c.string(v).bytes(1..=1000).end())),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`UpdateKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct UpdateKeyOutput {
        pub key: super::defs::KeyView = required("key", super::defs::KeyView::check),
    }
    fn new(key: super::defs::KeyView);
}
rt::errors! {
    /// The errors of [`UpdateKey`].
    pub enum UpdateKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
        /// The account has no key with this id.
        KeyNotFound = "KeyNotFound",
        /// The key is revoked, expired or replaced. What has ended never comes back.
        KeyNotActive = "KeyNotActive",
        /// A scope is not a permission of the AT Protocol that this server knows. The message names it.
        InvalidScope = "InvalidScope",
        /// The key would have more than the key that makes this call, or than it had before. The message
        /// names the scope.
        ScopeTooWide = "ScopeTooWide",
    }
}
