//! Source: <https://atproto.com/specs/lexicon>, "language", and RFC 5646, section 2.1.

use super::text::Reason;

/// Tags that are registered although they do not follow the grammar.
const GRANDFATHERED: &[&str] = &[
    "en-GB-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-BE-FR",
    "sgn-BE-NL",
    "sgn-CH-DE",
    "art-lojban",
    "cel-gaulish",
    "no-bok",
    "no-nyn",
    "zh-guoyu",
    "zh-hakka",
    "zh-min",
    "zh-min-nan",
    "zh-xiang",
];

/// The specification names no limit, and RFC 5646, section 4.4, finds 35 enough. Repeats are found
/// by comparing each subtag with each other one, so a text must not be long.
const MAX_BYTES: usize = 128;

const MALFORMED: Reason = "a subtag is malformed or in the wrong place";

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 128 bytes");
    }
    // Nearly all tags: a language, or one with a country.
    if let [a, b, country @ ..] = text.as_bytes()
        && a.is_ascii_lowercase()
        && b.is_ascii_lowercase()
        && matches!(country, [] | [b'-', b'A'..=b'Z', b'A'..=b'Z'])
    {
        return Ok(());
    }
    if text.contains('_') {
        return Err("its subtags are separated by hyphens");
    }
    if GRANDFATHERED
        .iter()
        .any(|tag| tag.eq_ignore_ascii_case(text))
    {
        return Ok(());
    }
    let mut tag = Tag(text.split('-').peekable());
    if !tag.private_use() {
        if !tag.language() {
            return Err("it begins with two or three letters in lower case");
        }
        tag.rest(text)?;
    }
    match tag.is_at_end() {
        true => Ok(()),
        false => Err(MALFORMED),
    }
}

/// The subtags that were not read yet.
struct Tag<'t>(std::iter::Peekable<std::str::Split<'t, char>>);

impl Tag<'_> {
    fn take(&mut self, fits: impl Fn(&str) -> bool) -> bool {
        self.0.next_if(|subtag| fits(subtag)).is_some()
    }

    fn is_at_end(&mut self) -> bool {
        self.0.peek().is_none()
    }

    fn language(&mut self) -> bool {
        let lower = |subtag: &str| subtag.bytes().all(|b| b.is_ascii_lowercase());
        if !self.take(|subtag| matches!(subtag.len(), 2..=3) && lower(subtag)) {
            return false;
        }
        for _ in 0..3 {
            self.take(|subtag| subtag.len() == 3 && letters(subtag));
        }
        true
    }

    /// Script, region, variants, extensions, private use.
    fn rest(&mut self, text: &str) -> Result<(), Reason> {
        self.take(|subtag| subtag.len() == 4 && letters(subtag));
        self.take(|subtag| {
            let country = subtag.len() == 2 && letters(subtag);
            country || (subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit()))
        });
        while self.take(is_variant) {}
        while self.take(is_singleton) {
            let mut count = 0;
            while self.take(|subtag| matches!(subtag.len(), 2..=8) && alphanumeric(subtag)) {
                count += 1;
            }
            if count == 0 {
                return Err("an extension is empty");
            }
        }
        let private = text
            .split('-')
            .position(|subtag| subtag.eq_ignore_ascii_case("x"));
        let public = || text.split('-').take(private.unwrap_or(usize::MAX));
        let extensions = public().position(is_singleton).unwrap_or(usize::MAX);
        let variants = || {
            public()
                .take(extensions)
                .skip(1)
                .filter(|subtag| is_variant(subtag))
        };
        let singletons = || public().filter(|subtag| is_singleton(subtag));
        if repeats(variants) || repeats(singletons) {
            return Err("a variant or an extension stands twice in it");
        }
        match self.is_at_end() || self.private_use() {
            true => Ok(()),
            false => Err(MALFORMED),
        }
    }

    fn private_use(&mut self) -> bool {
        if !self.take(|subtag| subtag.eq_ignore_ascii_case("x")) {
            return false;
        }
        let mut count = 0;
        while self.take(|subtag| matches!(subtag.len(), 1..=8) && alphanumeric(subtag)) {
            count += 1;
        }
        count > 0
    }
}

fn letters(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn alphanumeric(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_variant(subtag: &str) -> bool {
    let begins_with_digit = subtag.starts_with(|c: char| c.is_ascii_digit());
    alphanumeric(subtag)
        && (matches!(subtag.len(), 5..=8) || (subtag.len() == 4 && begins_with_digit))
}

fn is_singleton(subtag: &str) -> bool {
    subtag.len() == 1 && alphanumeric(subtag) && !subtag.eq_ignore_ascii_case("x")
}

/// Whether a subtag is there twice; its case does not count.
fn repeats<'t, I: Iterator<Item = &'t str>>(subtags: impl Fn() -> I) -> bool {
    subtags().enumerate().any(|(index, subtag)| {
        subtags()
            .skip(index + 1)
            .any(|other| other.eq_ignore_ascii_case(subtag))
    })
}
