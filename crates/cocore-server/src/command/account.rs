//! The account that a command names.

use atproto_resolver::Did;

use crate::failure::Failure;

/// Parses the account, and converts its DID to the normal form. A did:plc with a letter too many or too few
/// would be an account that cannot exist.
pub(super) fn parse_did(text: &str) -> Result<Did, Failure> {
    let did = Did::parse(text).ok();
    let did = did.filter(is_account);
    did.ok_or_else(|| {
        Failure::new(format!(
            "--did: expected a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz or did:web:example.com, found {text:?}"
        ))
    })
}

/// Returns whether a DID can be that of an account.
pub(super) fn is_account(did: &Did) -> bool {
    did.method() != "plc" || is_plc_id(did.id())
}

/// Returns whether a text identifies a did:plc: 24 characters of base32.
/// Source: <https://web.plc.directory/spec/v0.1/did-plc>
fn is_plc_id(text: &str) -> bool {
    text.len() == 24
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}
