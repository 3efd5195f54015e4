//! Reads a text into a tree. What is unusual in JSON (escapes, fractions, exponents, large numbers) is left to
//! `serde_json`, and so is everything that is wrong: then the reason and its place matter, and not the time.

use std::borrow::Cow;

use serde_json::Number;

use super::build::Builder;
use super::node::{Entry, Node, Tree};

/// Of how many bytes of text there is about one entry.
const BYTES_PER_ENTRY: usize = 12;
/// The deepest nesting is one less, as `serde_json` has it.
const MAX_DEPTH: usize = 128;

/// Reads a text that is strict JSON: no member is given twice, and nothing follows. `None` if it may be something
/// else.
pub(crate) fn scan(text: &str) -> Option<Tree<'_>> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        builder: Builder::with_capacity(4 + text.len() / BYTES_PER_ENTRY),
    };
    scanner.value(MAX_DEPTH)?;
    match scanner.next() {
        None => Some(scanner.builder.finish()),
        Some(_) => None,
    }
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    builder: Builder<'t>,
}

impl<'t> Scanner<'t> {
    /// The next byte that is no white space; it is not passed over.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Passes over a byte that has to be next.
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'"' => {
                let text = self.string()?;
                self.builder.push(Entry::String(text));
            }
            b'{' => self.object(depth.checked_sub(1).filter(|depth| *depth > 0)?)?,
            b'[' => self.array(depth.checked_sub(1).filter(|depth| *depth > 0)?)?,
            b't' => self.word("true", Entry::Boolean(true))?,
            b'f' => self.word("false", Entry::Boolean(false))?,
            b'n' => self.word("null", Entry::Null)?,
            _ => self.number()?,
        }
        Some(())
    }

    fn word(&mut self, word: &str, entry: Entry<'t>) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            self.builder.push(entry);
        })
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let start = self.builder.open();
        let mut count = 0;
        if self.next()? != b']' {
            loop {
                self.value(depth)?;
                count += 1;
                match self.next()? {
                    b',' => self.at += 1,
                    _ => break,
                }
            }
        }
        self.expect(b']')?;
        self.builder.close_array(start, count);
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let start = self.builder.open();
        let mut count = 0;
        if self.next()? != b'}' {
            loop {
                if self.next()? != b'"' {
                    return None;
                }
                let name = self.string()?;
                self.builder.name(name);
                self.expect(b':')?;
                self.value(depth)?;
                count += 1;
                match self.next()? {
                    b',' => self.at += 1,
                    _ => break,
                }
            }
        }
        self.expect(b'}')?;
        self.builder.close_object(start, count);
        (!repeats_name(self.builder.node(start))).then_some(())
    }

    /// A string, from its quotation mark on.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        let start = self.at + 1;
        let end = start + plain(self.bytes.get(start..)?);
        match self.bytes.get(end)? {
            b'"' => {
                self.at = end + 1;
                Some(Cow::Borrowed(&self.text[start..end]))
            }
            b'\\' => self.escaped(end),
            _ => None,
        }
    }

    /// A string of which the first escape is known.
    fn escaped(&mut self, escape: usize) -> Option<Cow<'t, str>> {
        let mut end = escape;
        loop {
            match self.bytes.get(end)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let token = self.text.get(self.at..=end)?;
        self.at = end + 1;
        serde_json::from_str(token).ok().map(Cow::Owned)
    }

    fn number(&mut self) -> Option<()> {
        /// So many digits are never more than 64 bits.
        const MAX_DIGITS: usize = 18;
        let is_negative = *self.bytes.get(self.at)? == b'-';
        let rest = self.bytes.get(self.at + usize::from(is_negative)..)?;
        let (mut value, mut digits) = (0, 0);
        while let Some(digit @ b'0'..=b'9') = rest.get(digits).filter(|_| digits < MAX_DIGITS) {
            value = value * 10 + i64::from(digit - b'0');
            digits += 1;
        }
        let is_plain = !matches!(
            rest.get(digits),
            Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
        );
        let has_leading_zero = rest.first() == Some(&b'0') && digits > 1;
        if !is_plain || has_leading_zero || digits == 0 {
            return self.unusual_number();
        }
        self.at += usize::from(is_negative) + digits;
        let value = if is_negative { -value } else { value };
        self.builder.push(Entry::Integer(value));
        Some(())
    }

    fn unusual_number(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let is_part = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let end = self.at + rest.iter().take_while(|b| is_part(b)).count();
        let number: Number = serde_json::from_str(self.text.get(self.at..end)?).ok()?;
        self.at = end;
        self.builder.number(number);
        Some(())
    }
}

/// How many bytes there are before a quotation mark, a backslash or a control character.
fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    // Eight bytes at once: the lowest bit that is set in `found` is in the first byte that is sought. Those above
    // it may be wrong.
    while let Some((word, _)) = bytes.get(at..).and_then(<[u8]>::split_first_chunk) {
        let word = u64::from_le_bytes(*word);
        let is_zero = |word: u64| word.wrapping_sub(EACH) & !word;
        let quote = is_zero(word ^ (EACH * u64::from(b'"')));
        let backslash = is_zero(word ^ (EACH * u64::from(b'\\')));
        let control = word.wrapping_sub(EACH * 0x20) & !word;
        let found = (quote | backslash | control) & (EACH * 0x80);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let is_plain = |b: &u8| !matches!(b, b'"' | b'\\' | 0..=0x1f);
    at + bytes[at..].iter().take_while(|b| is_plain(b)).count()
}

/// A 1 in each byte.
const EACH: u64 = u64::from_le_bytes([1; 8]);

/// The most names of which each is compared with each.
const FEW: usize = 16;

/// Whether an object has a member twice.
fn repeats_name(object: Node<'_>) -> bool {
    let Some(members) = object.as_object() else {
        return false;
    };
    if members.len() <= FEW {
        let mut names = [""; FEW];
        return members.iter().enumerate().any(|(index, (name, _))| {
            names[index] = name;
            names[..index].contains(&name)
        });
    }
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}
