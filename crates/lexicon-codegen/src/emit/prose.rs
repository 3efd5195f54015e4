//! Descriptions as text that rustdoc takes for nothing but prose.

/// Where a line of a doc comment is broken.
const WIDTH: usize = 96;

/// The lines of a doc comment. No description makes a code block, which rustdoc would run as a test, nor HTML, nor
/// has it characters that reorder a line.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    // A line that begins with four spaces is code: white space is one space.
    for paragraph in text.lines() {
        let plain: String = paragraph.chars().map(plain).collect();
        let plain = without_html(&without_fences(&plain));
        let mut line = String::new();
        for word in plain.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            line.push(' ');
            line.push_str(word);
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

/// Three and more backticks or tildes fence code: one is left of them.
fn without_fences(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = match c {
            '`' | '~' => rest.len() - rest.trim_start_matches(c).len(),
            _ => 1,
        };
        kept.extend(std::iter::repeat_n(c, if run < 3 { run } else { 1 }));
        rest = rest.get(run * c.len_utf8()..).unwrap_or_default();
    }
    kept
}

/// What begins a tag or a comment of HTML is text, unless it is text already, between backticks.
fn without_html(text: &str) -> String {
    let is_code_possible = text.matches('`').count().is_multiple_of(2);
    let mut kept = String::with_capacity(text.len());
    let mut is_code = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        is_code ^= is_code_possible && c == '`';
        let begins_html = |next: &char| next.is_ascii_alphabetic() || "/!?".contains(*next);
        if c == '<' && !is_code && chars.peek().is_some_and(begins_html) {
            kept.push('\\');
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            ("`````rust\ncode\n`````", " `rust\n code\n `"),
            ("~~~\ncode\n~~~~", " ~\n code\n ~"),
            ("- ```\n  code", " - `\n code"),
            ("` ``` ` ```` ``", " ` ` ` ` ``"),
            ("\u{e9}~~~\u{1f511}", " \u{e9}~\u{1f511}"),
            ("text\n\n\n    code\n\tcode", " text\n\n\n code\n code"),
            ("a\r\nb\rc\u{0}d\u{202e}e\n\n", " a\n b c d e"),
            (
                "a <b> </b> <!-- <did> 1 < 2 <- <",
                " a \\<b> \\</b> \\<!-- \\<did> 1 < 2 <- <",
            ),
            ("a `<b>` <b> `c", " a `\\<b>` \\<b> `c"),
            ("a `<b>` <b>", " a `<b>` \\<b>"),
            ("", ""),
        ] {
            assert_eq!(lines(text).join("\n"), expected, "{text:?}");
        }
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let lines = lines(&"word ".repeat(100));
        assert!(
            lines.len() > 4 && lines.iter().all(|line| line.len() <= 97),
            "{lines:?}"
        );
    }
}
