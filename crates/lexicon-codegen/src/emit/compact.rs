//! Prettyplease breaks a list into a line for each item as soon as it is wider than 89 columns.
//! Generated code is lists for the most part, so here those that fit into 100 are joined again, and
//! the fields of a constructor fill their lines.

const WIDTH: usize = 100;

/// Joins what fits into a line.
pub(super) fn compact(code: &str) -> String {
    let mut lines: Vec<String> = code.lines().map(str::to_owned).collect();
    // Inner lists first: a list of joined lists may fit in its turn.
    loop {
        let before = lines.len();
        lines = pass(lines);
        if lines.len() == before {
            break;
        }
    }
    fill(&mut lines);
    lines = attributes(lines);
    lines.push(String::new());
    lines.join("\n")
}

fn pass(lines: Vec<String>) -> Vec<String> {
    let mut joined = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        match group(&lines[at..]) {
            Some((line, length)) => {
                joined.push(line);
                at += length;
            }
            None => {
                joined.push(lines[at].clone());
                at += 1;
            }
        }
    }
    joined
}

/// The list that begins at the first line, on one line, and how many lines it took.
fn group(lines: &[String]) -> Option<(String, usize)> {
    let open = &lines[0];
    let indent = indent(open);
    if is_comment(open) {
        return None;
    }
    let (start, block) = match open.chars().last()? {
        '(' | '[' => (open.as_str(), false),
        '{' if open.ends_with("Self {") => (open.as_str(), false),
        '{' if open.ends_with("|c, v| {") => (open.strip_suffix("{")?, true),
        '{' if open.ends_with("=> {") => (open.strip_suffix("{")?, true),
        _ => return None,
    };
    let close = lines
        .iter()
        .skip(1)
        .position(|line| self::indent(line) <= indent)?
        + 1;
    let (items, end) = (&lines[1..close], lines[close].trim_start());
    let end = if block { end.strip_prefix('}')? } else { end };
    let is_item = |line: &String| {
        let plain = !is_comment(line) && !line.trim_start().starts_with('#');
        plain && self::indent(line) == indent + 4 && !line.ends_with(['{', ';', '}'])
    };
    if items.is_empty() || !items.iter().all(is_item) || (block && items.len() > 1) {
        return None;
    }
    let list: Vec<_> = items.iter().map(|line| line.trim_start()).collect();
    let list = list.join(" ");
    let list = list.strip_suffix(',').unwrap_or(&list);
    let space = if open.ends_with("Self {") { " " } else { "" };
    // The arm of a match needs a comma where its block went.
    let comma = if block && end.is_empty() && open.ends_with("=> {") {
        ","
    } else {
        ""
    };
    let line = format!("{start}{space}{list}{space}{end}{comma}");
    (line.chars().count() <= WIDTH).then_some((line, close + 1))
}

/// Puts as many fields of a constructor on a line as fit.
fn fill(lines: &mut Vec<String>) {
    let mut filled: Vec<String> = Vec::with_capacity(lines.len());
    let mut inside = None;
    for line in lines.drain(..) {
        let depth = indent(&line);
        match inside {
            Some(open) if depth == open => inside = None,
            Some(open) if depth == open + 4 => {
                let last = filled.last_mut().filter(|last| indent(last) == depth);
                if let Some(last) = last
                    && last.ends_with(',')
                    && last.chars().count() + 1 + line.trim_start().chars().count() <= WIDTH
                {
                    last.push(' ');
                    last.push_str(line.trim_start());
                    continue;
                }
            }
            _ => {}
        }
        if line.ends_with(" Self {") && line.trim_start() == "Self {" {
            inside = Some(depth);
        }
        filled.push(line);
    }
    *lines = filled;
}

/// Puts `#[non_exhaustive]`, which stands on every type, beside the attribute above it, and the
/// attribute of a field before the field.
fn attributes(lines: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let text = line.trim_start();
        match joined.last_mut() {
            Some(last)
                if (line == "#[non_exhaustive]" || line.starts_with("    pub "))
                    && last.trim_start().starts_with("#[")
                    && indent(last) == indent(&line)
                    && last.chars().count() + 1 + text.chars().count() <= WIDTH =>
            {
                last.push(' ');
                last.push_str(text);
            }
            _ => joined.push(line),
        }
    }
    joined
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}
