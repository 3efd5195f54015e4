//! The table of `docs/security.md` beside the tests that there are.

use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn};

use crate::attributes;

/// A test, and the rows of the list of attacks that its documentation or that of its file names.
struct Test {
    name: String,
    rows: Vec<usize>,
}

/// What is wrong with the table of a document. Each line has the number of a row, the attack, its tests and
/// what they do not cover; a test is the path of its file in backquotes, and then its name in backquotes.
/// Reported are a number that is missing or out of order, and a test that does not exist or does not name
/// its row.
pub(crate) fn errors(document: &str, root: &Path, last: usize) -> Vec<String> {
    let mut errors = Vec::new();
    let mut expected = 1..=last;
    for line in document.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let Some(Ok(number)) = cells.get(1).map(|cell| cell.parse::<usize>()) else {
            continue;
        };
        if expected.next() != Some(number) {
            errors.push(format!("row {number} is out of order"));
        }
        let mut file = None;
        for name in cells.get(3).unwrap_or(&"").split('`').skip(1).step_by(2) {
            if name.contains('/') {
                file = tests(&root.join(name)).map(|tests| (name, tests));
                if file.is_none() {
                    errors.push(format!("row {number}: there is no file `{name}`"));
                }
            } else if let Some((file, tests)) = &file {
                match tests.iter().find(|test| test.name == name) {
                    None => errors.push(format!("row {number}: `{file}` has no test `{name}`")),
                    Some(test) if !test.rows.contains(&number) => {
                        errors.push(format!("row {number}: `{name}` does not name it"));
                    }
                    Some(_) => {}
                }
            } else {
                errors.push(format!("row {number}: `{name}` has no file before it"));
            }
        }
    }
    errors.extend(expected.map(|number| format!("row {number} is missing")));
    errors
}

/// The tests of a file, if it exists.
fn tests(path: &Path) -> Option<Vec<Test>> {
    let file = syn::parse_file(&fs::read_to_string(path).ok()?).ok()?;
    let mut found = Found {
        of_file: rows(&file.attrs),
        tests: Vec::new(),
    };
    visit::visit_file(&mut found, &file);
    Some(found.tests)
}

struct Found {
    of_file: Vec<usize>,
    tests: Vec<Test>,
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let is_test = |attribute: &Attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == "test")
        };
        if function.attrs.iter().any(is_test) {
            self.tests.push(Test {
                name: function.sig.ident.to_string(),
                rows: [rows(&function.attrs), self.of_file.clone()].concat(),
            });
        }
    }
}

/// The numbers in "Row 1 of the list of attacks" and "Rows 1, 2 and 3 of the list of attacks".
fn rows(attrs: &[Attribute]) -> Vec<usize> {
    let lines = attrs.iter().map(std::slice::from_ref);
    let lines: Vec<_> = lines
        .filter_map(|line| attributes::text(line, "doc"))
        .collect();
    let documentation = lines.join("");
    let mut parts: Vec<_> = documentation.split(" of the list of attacks").collect();
    parts.pop();
    let lists = parts.iter().filter_map(|part| part.rsplit_once("Row"));
    lists
        .flat_map(|(_, list)| list.split(|char: char| !char.is_ascii_digit()))
        .filter_map(|number| number.parse().ok())
        .collect()
}
