//! Names of keys on a terminal.

/// Quotes a name, so that no character in it moves the cursor or changes the direction of the text. Emoji of
/// several code points and combined letters are printed as they are.
pub(super) fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for character in name.chars() {
        match character {
            // They join emoji, and spell the flags of regions.
            '\u{200d}' | '\u{e0020}'..='\u{e007f}' => quoted.push(character),
            '\'' => quoted.push(character),
            // After another character: at the beginning of a text, what combines is escaped.
            _ => quoted.extend(
                ["x", &character.to_string()]
                    .concat()
                    .escape_debug()
                    .skip(1),
            ),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_stay_and_control_characters_go() {
        for (name, expected) in [
            ("ci", "\"ci\""),
            ("it's \"x\" \\", "\"it's \\\"x\\\" \\\\\""),
            (
                "\u{1f469}\u{200d}\u{1f4bb}",
                "\"\u{1f469}\u{200d}\u{1f4bb}\"",
            ),
            ("\u{2764}\u{fe0f}", "\"\u{2764}\u{fe0f}\""),
            ("\u{1f44d}\u{1f3fd}", "\"\u{1f44d}\u{1f3fd}\""),
            ("e\u{301}", "\"e\u{301}\""),
            ("a\u{202e}b", "\"a\\u{202e}b\""),
            ("a\u{1b}[2Jb", "\"a\\u{1b}[2Jb\""),
            ("a\u{2028}b\n", "\"a\\u{2028}b\\n\""),
            ("\u{200b}", "\"\\u{200b}\""),
        ] {
            assert_eq!(quoted(name), expected);
        }
    }
}
