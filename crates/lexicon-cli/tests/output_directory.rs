//! The directory of the generated code: nothing in it is lost, and nothing outside of it is written.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{Place, text};

fn codegen(place: &Place, lexicons: &str, out: &str) -> (i32, String) {
    let output = place.output(&["codegen", "--lexicons", lexicons, "--out", out]);
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(printed).unwrap(),
    )
}

fn place() -> Place {
    Place::new(&[("com.example.defs", text(5))])
}

/// The copies of the lexicons beside the code are no lexicons of the project.
#[test]
fn the_code_may_be_below_the_lexicons() {
    let place = place();
    for _ in 0..2 {
        let (code, printed) = codegen(&place, "lexicons", "lexicons/src/generated");
        assert!(
            code == 0 && printed.starts_with("1 document, "),
            "{printed}"
        );
    }
    // No command takes the copy, which is out of date now, for a second document.
    place.put("com.example.defs", &text(6));
    place.write("value.json", "\"abcdef\"");
    for arguments in [
        &["lint", "lexicons"][..],
        &["breaking", "--base", "lexicons", "lexicons"],
        &["json-schema", "--lexicons", "lexicons"],
        &["openapi", "--lexicons", "lexicons"],
        &[
            "validate",
            "--lexicons",
            "lexicons",
            "com.example.defs#note",
            "value.json",
        ],
    ] {
        let output = place.output(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    }
}

#[test]
fn files_of_other_programs_stay() {
    let place = place();
    fs::create_dir_all(place.path("out/com")).unwrap();
    let names = [
        "out/.gitattributes",
        "out/com/.gitkeep",
        "out/.rustfmt.toml",
    ];
    names.iter().for_each(|name| place.write(name, "mine"));
    for _ in 0..2 {
        let (code, printed) = codegen(&place, "lexicons", "out");
        assert_eq!(code, 0, "{printed}");
    }
    assert!(
        names
            .iter()
            .all(|name| fs::read_to_string(place.path(name)).unwrap() == "mine")
    );
}

#[test]
fn a_lost_file_is_written_again() {
    let place = place();
    let names = ["out/com/example/defs.rs", "out/com/example/defs.json"];
    for name in names {
        assert_eq!(codegen(&place, "lexicons", "out").0, 0);
        fs::remove_file(place.path(name)).unwrap();
        place.put("com.example.defs", &text(6));
        let (code, printed) = codegen(&place, "lexicons", "out");
        assert_eq!(code, 0, "{name}: {printed}");
        assert!(place.path(name).exists());
        place.put("com.example.defs", &text(5));
    }
    // The lexicon of a document that was removed, beside which the code is lost.
    assert_eq!(codegen(&place, "lexicons", "out").0, 0);
    fs::remove_file(place.path(names[0])).unwrap();
    fs::rename(
        place.path("lexicons/com.example.defs.json"),
        place.path("old.json"),
    )
    .unwrap();
    place.put("com.example.other", &text(5));
    let (code, printed) = codegen(&place, "lexicons", "out");
    assert_eq!(code, 0, "{printed}");
    assert!(!place.path(names[1]).exists());
}

/// Neither a file nor a directory is written through a link.
#[cfg(unix)]
#[test]
fn no_link_is_followed_out_of_the_directory() {
    use std::os::unix::fs::symlink;
    for link in [
        "out/mod.rs",
        "out/com",
        "out/com/example",
        "out/com/example/defs.json",
    ] {
        let place = place();
        assert_eq!(codegen(&place, "lexicons", "out").0, 0);
        let (original, moved) = (place.path(link), place.path("elsewhere"));
        fs::rename(&original, &moved).unwrap();
        symlink(&moved, &original).unwrap();
        let before = fs::read_to_string(place.path("out/com/example/defs.rs")).unwrap();
        place.put("com.example.defs", &text(6));
        place.put("org.example.defs", &text(6));
        let (code, printed) = codegen(&place, "lexicons", "out");
        assert_eq!(code, 2, "{link}: {printed}");
        assert!(
            printed.contains(&format!("{link}: a symbolic link")),
            "{printed}"
        );
        let after = fs::read_to_string(place.path("out/com/example/defs.rs")).unwrap();
        assert_eq!(after, before, "{link}");
    }
}
