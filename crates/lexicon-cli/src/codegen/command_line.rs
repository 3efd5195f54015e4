//! The command that was given, for a person to repeat.

use lexicon_codegen::External;

use super::arguments::Arguments;

/// The command that writes what `--check` found missing, with every option that changes what is written.
pub(super) fn command_line(arguments: &Arguments) -> String {
    let Arguments {
        check: _,
        lexicons,
        with,
        out,
        external,
        all_or_nothing,
        json: _,
    } = arguments;
    let mut command = "lexicon codegen".to_owned();
    let one = [("lexicons", lexicons), ("out", out)];
    let one = one
        .into_iter()
        .filter_map(|(name, path)| Some((name, path.as_ref()?)));
    let paths = one.chain(with.iter().map(|dir| ("with", dir)));
    for (name, path) in paths {
        command.push_str(&format!(
            " --{name} {}",
            quoted(&path.display().to_string())
        ));
    }
    for External { prefix, path, .. } in external {
        command.push_str(&format!(" --external {prefix}={path}"));
    }
    if *all_or_nothing {
        command.push_str(" --all-or-nothing");
    }
    command
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@%=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
