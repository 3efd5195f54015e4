//! Text of servers in messages.

/// The longest text that is shown, in characters.
const MAX_SHOWN: usize = 200;

/// Returns a text that may have come from a server as messages show it: not too long, and without characters that
/// control a terminal.
pub(crate) fn shown(text: &impl ToString) -> String {
    let text = text.to_string();
    let chars = text.chars().take(MAX_SHOWN);
    chars
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}
