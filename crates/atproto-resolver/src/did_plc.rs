//! The rules of did:plc.
//! Source: <https://web.plc.directory/spec/v0.1/did-plc>.

use crate::did::Did;

/// The length of an identifier, in characters of base32.
const ID_LENGTH: usize = 24;

/// Returns whether a DID is a did:plc whose identifier has the length and the alphabet of the method.
pub(crate) fn is_valid(did: &Did) -> bool {
    let is_base32 = |byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
    did.method() == "plc" && did.id().len() == ID_LENGTH && did.id().bytes().all(is_base32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_24_characters_of_base32() {
        for (text, valid) in [
            ("did:plc:vmjk2uwwfuoucegipx2moseb", true),
            ("did:plc:vmjk2uwwfuoucegipx2mose", false),
            ("did:plc:vmjk2uwwfuoucegipx2mosebb", false),
            ("did:plc:VMJK2UWWFUOUCEGIPX2MOSEB", false),
            ("did:plc:vmjk2uwwfuoucegipx2mose1", false),
            ("did:web:vmjk2uwwfuoucegipx2moseb", false),
        ] {
            assert_eq!(is_valid(&Did::parse(text).unwrap()), valid, "{text}");
        }
    }
}
