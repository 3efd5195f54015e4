//! Long files, code maps and lists of attacks, made up.

use std::fs;

use tempfile::TempDir;

use crate::workspace::Package;
use crate::{attacks, code_map, files};

#[test]
fn a_file_of_more_than_400_lines_is_long_unless_it_is_generated() {
    let directory = TempDir::new().unwrap();
    let write = |name: &str, text: String| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let lines = |count| "//\n".repeat(count);
    write("src/lib.rs", lines(400));
    write("src/long.rs", lines(401));
    write("src/generated.rs", format!("// Generated\n{}", lines(400)));
    write("assets/page.css", lines(500));
    write("README.md", lines(500));
    write("target/debug/built.rs", lines(500));
    let long = files::long(directory.path());
    let long = long
        .iter()
        .map(|(file, lines)| (file.to_str().unwrap(), *lines));
    let long: Vec<_> = long.collect();
    assert_eq!(long, [("assets/page.css", 500), ("src/long.rs", 401)]);
}

#[track_caller]
fn check_code_map(section: &str, expected: &[&str]) {
    let packages = [("wind-gauge", "crates/wind-gauge"), ("xtask", "xtask")];
    let packages = packages.map(|(name, directory)| Package {
        name: name.to_owned(),
        directory: directory.to_owned(),
        crate_roots: Vec::new(),
    });
    let document = format!("# Map\n\n## Code map\n{section}\n## Later\n`crates/rain-gauge`\n");
    assert_eq!(code_map::errors(&document, &packages), expected);
}

#[test]
fn a_code_map_names_each_package_and_no_other() {
    check_code_map("`crates/wind-gauge/` and `xtask`, which `cargo` runs", &[]);
    check_code_map(
        "`crates/wind-gauge/tests`, and `wind-gauge`",
        &["`crates/wind-gauge` is missing", "`xtask` is missing"],
    );
    check_code_map(
        "| `crates/wind-gauge` | `xtask/` | `crates/rain-gauge` | `wind-mill` | `wind-{mill}` |",
        &[
            "`crates/rain-gauge` is no package of the workspace",
            "`wind-mill` is no package of the workspace",
        ],
    );
}

#[test]
fn a_list_of_attacks_names_tests_that_exist_and_name_their_row() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("tests")).unwrap();
    let file = "//! Rain.
        /// Heavy rain. Row 1 of the list of attacks.
        #[test]
        fn heavy_rain() {}
        /// Rows 1, 2 and 3 of the list of
        /// attacks.
        #[tokio::test]
        async fn snow() {}
        /// Row 1 of the list of attacks.
        fn hail() {}";
    fs::write(directory.path().join("tests/rain.rs"), file).unwrap();
    let errors = |document: &str| attacks::errors(document, directory.path(), 3);
    let table = "| row | attack | tests | not covered |
        |---|---|---|---|
        | 1 | rain | `tests/rain.rs`: `heavy_rain`, `snow` | |
        | 2 | snow | `tests/rain.rs`: `snow` | `hail` |
        | 3 | hail | none | all |";
    assert_eq!(errors(table), [""; 0]);
    let table = "| 1 | rain | `heavy_rain`, `tests/sun.rs`, `tests/rain.rs`: `hail` |
        | 3 | snow | `tests/rain.rs`: `heavy_rain` |";
    assert_eq!(
        errors(table),
        [
            "row 1: `heavy_rain` has no file before it",
            "row 1: there is no file `tests/sun.rs`",
            "row 1: `tests/rain.rs` has no test `hail`",
            "row 3 is out of order",
            "row 3: `heavy_rain` does not name it",
            "row 3 is missing",
        ]
    );
}
