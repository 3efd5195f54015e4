//! The commands of `docs/import.md`, run as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::older_store::{OlderKey, OlderStore};
use crate::support::{ALICE, Place};

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let place = Place::new();
    let dir = place.dir.path();
    let keys = [1, 2, 3, 4].map(|number| OlderKey::new(number, ALICE));
    for (file, keys) in [("console.db", &keys[..3]), ("account.db", &keys[2..])] {
        let Some(mut store) = OlderStore::new() else {
            return;
        };
        store.insert(keys);
        let store = store.close();
        fs::copy(store.file(), dir.join(file)).unwrap();
    }
    let page = fs::read_to_string("../../docs/import.md").unwrap();
    let blocks = page.split("```sh\n").skip(1);
    let blocks: Vec<_> = blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 3);
    let program = Path::new(env!("CARGO_BIN_EXE_cocore-server"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    for block in blocks {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", block])
            .current_dir(dir);
        bash.env("PATH", &path)
            .env("COCORE_DATABASE_URL", &place.url);
        let output = bash.output().unwrap();
        assert!(output.status.success(), "{block}: {output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        for expected in block.lines().filter_map(|line| line.strip_prefix("#=> ")) {
            assert!(printed.contains(expected), "{expected}: {printed}");
        }
    }
}
