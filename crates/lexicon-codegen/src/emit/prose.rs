//! Descriptions as Markdown that rustdoc takes for nothing but prose.

/// Where a line of a doc comment is broken.
const WIDTH: usize = 96;

/// The lines of a doc comment. No description makes a code block, which rustdoc would run as a test, nor HTML, nor a
/// link to an item, nor has it characters that reorder a line.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    // A line that begins with four spaces is code: white space is one space.
    for paragraph in text.lines() {
        let mut plain: String = paragraph.chars().map(plain).collect();
        // The second line of a table: bars in the first one would end code.
        if plain.chars().all(|c| "|-: ".contains(c)) {
            plain = plain.replace('|', "\\|");
        }
        let mut line = String::new();
        for word in words(&plain) {
            let is_full = line.len() + 1 + word.len() > WIDTH;
            if !line.is_empty() && is_full && !begins_block(&word) {
                lines.push(std::mem::take(&mut line));
            }
            line.push(' ');
            line.push_str(&word);
        }
        lines.push(line);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn plain(c: char) -> char {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || reorders { ' ' } else { c }
}

/// Whether a word at the beginning of a line makes a list, a heading, a quote or a rule of it.
fn begins_block(word: &str) -> bool {
    let number = word.trim_start_matches(|c: char| c.is_ascii_digit());
    word.starts_with(['-', '+', '*', '#', '>', '=', '|'])
        || (number.len() < word.len() && number.starts_with(['.', ')']))
}

/// The words of a line, each of which stays on its line.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let piece = piece(rest, first);
        rest = &rest[piece.len()..];
        if first.is_whitespace() {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            append(word, piece, rest);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What has one meaning at the beginning of a text: code between backticks, a URL, a character with the backslash before it,
/// a run of tildes, or a character.
fn piece(text: &str, first: char) -> &str {
    let length = match first {
        '`' => text[1..]
            .find('`')
            .filter(|end| *end > 0)
            .map(|end| end + 2),
        '\\' => text[1..]
            .starts_with(|c: char| c.is_ascii_punctuation())
            .then_some(2),
        '~' => Some(text.len() - text.trim_start_matches('~').len()),
        'h' => url(text),
        _ => None,
    };
    &text[..length.unwrap_or(first.len_utf8())]
}

/// The length of the URL at the beginning of a text, without the punctuation of the sentence that it stands in.
fn url(text: &str) -> Option<usize> {
    let after = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let is_end = |c: char| c.is_whitespace() || "<>`\"\\[]".contains(c);
    let after = after.split(is_end).next()?;
    let closing = if after.contains('(') { "" } else { ")" };
    let is_of_sentence = |c: char| ".,;:!?'*_".contains(c) || closing.contains(c);
    let after = after.trim_end_matches(is_of_sentence);
    let scheme = text.find("//")? + 2;
    (!after.is_empty()).then_some(scheme + after.len())
}

/// Appends a piece, which `rest` follows, so that Markdown takes it for nothing but that.
fn append(word: &mut String, piece: &str, rest: &str) {
    match piece {
        "`" | "[" => word.extend(["\\", piece]),
        // A tag or a comment of HTML.
        "<" if rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) => {
            word.push_str("\\<");
        }
        // Three and more fence code.
        _ if piece.starts_with("~~~") => word.extend(["\\", piece]),
        _ if piece.starts_with("http") => word.extend(["<", piece, ">"]),
        _ => word.push_str(piece),
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            (
                "```rust\ncode\n`````",
                " \\`\\`\\`rust\n code\n \\`\\`\\`\\`\\`",
            ),
            ("~~~\ncode\n~~~~", " \\~~~\n code\n \\~~~~"),
            ("- ~~~\n  code ~~deleted~~", " - \\~~~\n code ~~deleted~~"),
            ("` ``` `", " ` `\\`` `"),
            ("\u{e9}~~~\u{1f511}", " \u{e9}\\~~~\u{1f511}"),
            ("text\n\n\n    code\n\tcode", " text\n\n\n code\n code"),
            ("a\r\nb\rc\u{0}d\u{202e}e\n\n", " a\n b c d e"),
            (
                "a <b> </b> <!-- <did> 1 < 2 <- <",
                " a \\<b> \\</b> \\<!-- \\<did> 1 < 2 <- <",
            ),
            ("a `<b>` <b> `c", " a `<b>` \\<b> \\`c"),
            // A backtick on another line does not end code.
            ("a ` b\nc ` <b> ` d", " a \\` b\n c ` <b> ` d"),
            (
                "[`Foo`] [x](y) ![z]\n[x]: y",
                " \\[`Foo`] \\[x](y) !\\[z]\n \\[x]: y",
            ),
            ("\\`\\`\\` \\[ \\<b> \\a \\", " \\`\\`\\` \\[ \\<b> \\a \\"),
            (
                "See https://a.test/b?c=d#e. (http://a.test) `https://a.test` https:// <https://a.test>",
                " See <https://a.test/b?c=d#e>. (<http://a.test>) `https://a.test` https:// \\<<https://a.test>>",
            ),
            ("| `a | b` |\n|---|:-:|", " | `a | b` |\n \\|---\\|:-:\\|"),
            ("", ""),
        ] {
            assert_eq!(lines(text).join("\n"), expected, "{text:?}");
        }
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let broken = lines(&"word ".repeat(100));
        assert!(
            broken.len() > 4 && broken.iter().all(|line| line.len() <= 97),
            "{broken:?}"
        );
        // Code stays on its line, and no line begins with what would make a list of it.
        let text = format!("{} `a b`", "word ".repeat(19));
        assert_eq!(lines(&text)[1], " `a b`");
        for word in ["-", "+", "*", "#", "1.", "23)", ">"] {
            let text = format!("{} {word} a", "word ".repeat(19).trim_end());
            assert_eq!(lines(&text)[1], " a", "{word}");
        }
    }
}
