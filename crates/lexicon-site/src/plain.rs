//! Documents as plain text, for language models and other readers of text.

use std::fmt::Write;

use lexicon_schema::Document;

use crate::describe::{Describer, Kind, Part, Row};
use crate::library::{Library, kind, namespaces, summary};
use crate::links::Links;

/// The list of all documents, in the form of <https://llmstxt.org>.
pub(crate) fn list(library: &Library, links: &Links, title: &str) -> String {
    let mut text = format!(
        "# {title}\n\n> Lexicons of the AT Protocol: methods (XRPC), records and types of data. Each link \
         leads to one lexicon as text; `{}` has the JSON of each one, and `{}` all methods as OpenAPI.\n",
        links.to("{nsid}.json"),
        links.to("openapi.json"),
    );
    for (namespace, documents) in namespaces(library.catalog.documents()) {
        let _ = write!(text, "\n## {namespace}\n\n");
        for document in documents {
            let nsid = document.nsid.as_str();
            let about = match summary(document) {
                Some(about) => format!(": {}", one_line(about)),
                None => String::new(),
            };
            let href = links.to(&format!("{nsid}.txt"));
            let _ = writeln!(text, "- [{nsid}]({href}) ({}){about}", kind(document));
        }
    }
    text
}

/// One document.
pub(crate) fn document(library: &Library, links: &Links, document: &Document) -> String {
    let nsid = document.nsid.as_str();
    let mut text = format!("# {nsid}\n\n");
    if let Some(about) = &document.description {
        let _ = write!(text, "{}\n\n", one_line(about));
    }
    let describer = Describer {
        catalog: &library.catalog,
        document,
        links,
    };
    let main = document.defs.get_key_value("main");
    let others = document.defs.iter().filter(|(name, _)| *name != "main");
    for (name, def) in main.into_iter().chain(others) {
        let section = describer.section(name, def);
        let _ = write!(text, "## {} ({})\n\n", section.name, section.kind);
        if let Some(about) = &section.description {
            let _ = write!(text, "{}\n\n", one_line(about));
        }
        for fact in &section.facts {
            let _ = write!(text, "{}: {}\n\n", fact.name, one_line(&fact.value));
        }
        for part in &section.parts {
            write_part(&mut text, part);
        }
    }
    text
}

fn write_part(text: &mut String, part: &Part) {
    let detail = part
        .detail
        .iter()
        .map(|detail| format!(" ({})", one_line(detail)));
    let _ = write!(text, "### {}{}\n\n", part.title, detail.collect::<String>());
    if let Some(about) = &part.description {
        let _ = write!(text, "{}\n\n", one_line(about));
    }
    if let Some(row) = &part.value {
        let _ = write!(text, "{}\n\n", words(row).join("; "));
    }
    for row in part.table.iter().flat_map(|table| &table.rows) {
        let required = if row.required { "required" } else { "optional" };
        let about = row.description.iter();
        let about = about.map(|about| format!(". {}", one_line(about)));
        let words = words(row).join("; ");
        let name = one_line(&row.name);
        let about = about.collect::<String>();
        let _ = writeln!(text, "- `{name}` ({required}): {words}{about}");
    }
    for error in &part.errors {
        let about = error
            .description
            .as_deref()
            .map_or("no description".to_owned(), one_line);
        let _ = writeln!(text, "- `{}`: {about}", one_line(&error.name));
    }
    for name in &part.names {
        let _ = writeln!(text, "- {}", one_line(&name.text));
    }
    for json in &part.json {
        let _ = writeln!(text, "- {}", one_line(json));
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// The type of a member, and what else is known of it.
fn words(row: &Row) -> Vec<String> {
    let Kind { words, links } = &row.kind;
    let links: Vec<_> = links.iter().map(|link| one_line(&link.text)).collect();
    let kind = match (&words[..], links.join(" or ")) {
        (words, links) if links.is_empty() => words.to_owned(),
        ("", links) => links,
        (words, links) => format!("{words} {links}"),
    };
    let format = row.format.iter().map(|format| format!("format {format}"));
    let constraints = row
        .constraints
        .iter()
        .map(|constraint| one_line(constraint));
    [kind]
        .into_iter()
        .chain(format)
        .chain(constraints)
        .collect()
}

/// A text without line breaks and other control characters, which could look like headings.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
