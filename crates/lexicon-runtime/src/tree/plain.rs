//! The search for the end of a string.

/// How many bytes there are before a quotation mark, a backslash or a control character.
#[inline(never)]
pub(super) fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    // Eight bytes at once: the lowest bit that is set in `found` is in the first byte that is sought. Those above
    // it may be wrong.
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // A subtraction sets the highest bit of a byte that is smaller than what is subtracted.
        let quote = (word ^ (EACH * u64::from(b'"'))).wrapping_sub(EACH);
        let backslash = (word ^ (EACH * u64::from(b'\\'))).wrapping_sub(EACH);
        let control = word.wrapping_sub(EACH * 0x20);
        let found = (quote | backslash | control) & !word & (EACH * 0x80);
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    words.len() * 8 + plain_at_end(rest)
}

/// The same for the last bytes of a text.
#[cold]
fn plain_at_end(bytes: &[u8]) -> usize {
    let is_plain = |b: &u8| !matches!(b, b'"' | b'\\' | 0..=0x1f);
    bytes.iter().take_while(|b| is_plain(b)).count()
}

/// A 1 in each byte.
const EACH: u64 = u64::from_le_bytes([1; 8]);
