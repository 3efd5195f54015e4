//! The Rust names of a method, as `lexicon codegen` writes them by default.

/// The keywords that an NSID may have as a segment, and that generated code writes as raw identifiers.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// The path of the module of a document, and the name of the type of its method.
pub(crate) fn names(nsid: &str) -> (String, String) {
    let module: Vec<_> = nsid.split('.').map(module).collect();
    let name = nsid.rsplit('.').next().unwrap_or(nsid);
    (module.join("::"), pascal(name))
}

fn module(segment: &str) -> String {
    let name = begin_with_letter(words(segment).join("_"));
    let name = match segment.starts_with(|c: char| c.is_ascii_uppercase()) {
        true => name + "_",
        false => name,
    };
    match &name[..] {
        "crate" | "self" | "super" => name + "_2",
        keyword if KEYWORDS.contains(&keyword) => format!("r#{name}"),
        _ => name,
    }
}

fn pascal(name: &str) -> String {
    let capital = |word: String| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_ascii_uppercase() + rest
    };
    begin_with_letter(words(name).into_iter().map(capital).collect())
}

/// A segment may begin with a digit.
fn begin_with_letter(name: String) -> String {
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}

/// The words of a segment of an NSID, in lower case: `getHTTPStatus` has three.
fn words(segment: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before: Option<char> = None;
    let mut chars = segment.chars().peekable();
    while let Some(char) = chars.next() {
        let starts = char.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let ends_run = chars.peek().is_some_and(char::is_ascii_lowercase);
                !before.is_ascii_uppercase() || ends_run
            });
        before = Some(char);
        if char == '-' || starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char != '-') {
            word.push(char.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
