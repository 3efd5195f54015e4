//! Base32 as multibase `b` writes it: lower case, no padding (RFC 4648, section 6).

use std::sync::LazyLock;

use data_encoding::{BASE32_NOPAD, Encoding};

/// The encoding. It decodes no text with leftover bits that are not zero: one value has one text.
#[expect(
    clippy::expect_used,
    reason = "32 distinct symbols in upper case are 32 distinct symbols in lower case"
)]
pub(crate) static LOWER: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = BASE32_NOPAD.specification();
    specification.symbols.make_ascii_lowercase();
    specification.encoding().expect("a valid alphabet")
});

/// Encodes bytes as text, without the multibase prefix.
pub fn encode(bytes: &[u8]) -> String {
    LOWER.encode(bytes)
}
