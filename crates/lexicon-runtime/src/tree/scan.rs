//! Reads a text into a tree. What is unusual in JSON (escapes, fractions, exponents, large numbers) is left to
//! `serde_json`, and so is everything that is wrong: then the reason and its place matter, and not the time.

use std::borrow::Cow;

use serde_json::Number;

use super::build::Builder;
use super::names::Names;
use super::node::{Entry, Tree};
use super::plain::plain;

/// Of how many bytes of text there is about one entry.
const BYTES_PER_ENTRY: usize = 16;
/// The deepest nesting is one less, as `serde_json` has it.
const MAX_DEPTH: usize = 128;

/// Reads a text that is strict JSON: no member is given twice, and nothing follows. `None` if it may be something
/// else.
pub(crate) fn scan(text: &str) -> Option<Tree<'_>> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        builder: Builder::with_capacity(4 + text.len() / BYTES_PER_ENTRY),
    };
    let start = scanner.skip(0);
    let end = scanner.value(start, MAX_DEPTH)?;
    (scanner.skip(end) == text.len()).then(|| scanner.builder.finish())
}

/// What is read is added to the builder. Places in the text are passed on, and not kept: so they are in registers.
struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    builder: Builder<'t>,
}

impl<'t> Scanner<'t> {
    /// Passes over white space.
    #[inline(always)]
    fn skip(&self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(b' ') if self.bytes.get(at + 1).is_some_and(|next| *next > b' ') => at + 1,
            Some(0..=b' ') => self.skip_space(at),
            _ => at,
        }
    }

    #[inline(never)]
    fn skip_space(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(at) {
            at += 1;
            // Texts for people are indented by many spaces.
            while let Some(b"    ") = self.bytes.get(at..at + 4) {
                at += 4;
            }
        }
        at
    }

    /// Passes over a byte that has to be next, and over white space before and after it.
    #[inline(always)]
    fn after(&self, byte: u8, at: usize) -> Option<usize> {
        let at = self.skip(at);
        (*self.bytes.get(at)? == byte).then(|| self.skip(at + 1))
    }

    /// Reads a value. Returns where it ends.
    #[inline(always)]
    fn value(&mut self, at: usize, depth: usize) -> Option<usize> {
        match *self.bytes.get(at)? {
            b'"' => {
                let (text, end) = self.string(at)?;
                self.builder.push(Entry::String(text));
                Some(end)
            }
            b'{' if depth > 1 => self.object(at, depth - 1),
            b'[' if depth > 1 => self.array(at, depth - 1),
            b't' => self.word(at, "true", Entry::Boolean(true)),
            b'f' => self.word(at, "false", Entry::Boolean(false)),
            b'n' => self.word(at, "null", Entry::Null),
            _ => self.number(at),
        }
    }

    fn word(&mut self, at: usize, word: &str, entry: Entry<'t>) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        rest.starts_with(word.as_bytes()).then(|| {
            self.builder.push(entry);
            at + word.len()
        })
    }

    #[inline(never)]
    fn array(&mut self, at: usize, depth: usize) -> Option<usize> {
        let start = self.builder.open();
        let mut count = 0;
        let mut at = self.skip(at + 1);
        if *self.bytes.get(at)? != b']' {
            loop {
                let end = self.value(at, depth)?;
                at = self.skip(end);
                count += 1;
                match *self.bytes.get(at)? {
                    b',' => at = self.skip(at + 1),
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.builder.close_array(start, count);
        Some(at + 1)
    }

    #[inline(never)]
    fn object(&mut self, at: usize, depth: usize) -> Option<usize> {
        let start = self.builder.open();
        let mut count = 0;
        let mut names = Names::default();
        let mut at = self.skip(at + 1);
        if *self.bytes.get(at)? != b'}' {
            loop {
                if *self.bytes.get(at)? != b'"' {
                    return None;
                }
                let (name, end) = self.string(at)?;
                if names.add(&name) && self.builder.has_name(start, count, &name) {
                    return None;
                }
                self.builder.name(name);
                let start = self.after(b':', end)?;
                let end = self.value(start, depth)?;
                at = self.skip(end);
                count += 1;
                match *self.bytes.get(at)? {
                    b',' => at = self.skip(at + 1),
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.builder.close_object(start, count);
        let is_strict = !names.are_many() || self.builder.has_distinct_names(start, count);
        is_strict.then_some(at + 1)
    }

    /// A string, from its quotation mark on.
    #[inline(always)]
    fn string(&self, at: usize) -> Option<(Cow<'t, str>, usize)> {
        let start = at + 1;
        let end = start + plain(self.bytes.get(start..)?);
        match self.bytes.get(end)? {
            b'"' => Some((Cow::Borrowed(self.text.get(start..end)?), end + 1)),
            b'\\' => self.escaped(at, end),
            _ => None,
        }
    }

    /// A string of which the first escape is known.
    #[inline(never)]
    fn escaped(&self, at: usize, escape: usize) -> Option<(Cow<'t, str>, usize)> {
        let mut end = escape;
        loop {
            match self.bytes.get(end)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let token = self.text.get(at..=end)?;
        let text = serde_json::from_str(token).ok()?;
        Some((Cow::Owned(text), end + 1))
    }

    fn number(&mut self, at: usize) -> Option<usize> {
        /// So many digits are never more than 64 bits.
        const MAX_DIGITS: usize = 18;
        let is_negative = *self.bytes.get(at)? == b'-';
        let rest = self.bytes.get(at + usize::from(is_negative)..)?;
        let (mut value, mut digits) = (0_i64, 0);
        while let Some(digit @ b'0'..=b'9') = rest.get(digits) {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            digits += 1;
        }
        let is_plain = digits <= MAX_DIGITS
            && !matches!(rest.get(digits), Some(b'.' | b'e' | b'E' | b'+' | b'-'));
        let has_leading_zero = rest.first() == Some(&b'0') && digits > 1;
        if !is_plain || has_leading_zero || digits == 0 {
            return self.unusual_number(at);
        }
        let value = if is_negative { -value } else { value };
        self.builder.push(Entry::Integer(value));
        Some(at + usize::from(is_negative) + digits)
    }

    #[inline(never)]
    fn unusual_number(&mut self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        let is_part = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let end = at + rest.iter().take_while(|b| is_part(b)).count();
        let number: Number = serde_json::from_str(self.text.get(at..end)?).ok()?;
        self.builder.number(number);
        Some(end)
    }
}
