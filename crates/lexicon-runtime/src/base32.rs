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

/// What [`value`] is of a byte that is no symbol. Those of symbols are smaller.
pub(crate) const NO_VALUE: u8 = 0x80;

static VALUES: [u8; 256] = {
    let mut values = [NO_VALUE; 256];
    let mut value = 0;
    while value < 32 {
        let symbol = if value < 26 {
            b'a' + value
        } else {
            b'2' + value - 26
        };
        values[symbol as usize] = value;
        value += 1;
    }
    values
};

/// The five bits that a symbol stands for.
pub(crate) fn value(symbol: u8) -> u8 {
    VALUES[usize::from(symbol)]
}
