//! The file of the upstreams of inference.

use crate::support::upstream::{Inference, json as answer};
use crate::support::{ALICE, run, wait_until};

#[test]
fn the_file_of_upstreams_is_read_again_at_a_signal() {
    let inference = Inference::start(&[answer(200, "{}")]);
    let server = &inference.server;
    let key = server.first_key(ALICE);
    let has = |model: &str| {
        let answer = server.get(&format!("/v1/models/{model}")).key(&key).send();
        answer.status == 200
    };
    assert!(has("tiny"));
    inference.rename_model("larger");
    assert!(server.signal("HUP"));
    wait_until("the new model is there", || has("larger"));
    assert!(!has("tiny"));
    inference.write_file("[[upstream]]\nname = 1\n");
    assert!(server.signal("HUP"));
    wait_until("the mistake is named", || {
        let printed = server.printed();
        printed.contains("line 2") && printed.contains("the upstreams stay as they were")
    });
    assert!(has("larger"), "a mistake leaves the old ones");
}

#[test]
fn a_mistake_in_the_file_ends_the_start_with_one_line() {
    let place = tempfile::TempDir::new().unwrap();
    let file = place.path().join("upstreams.toml");
    for (text, expected) in [
        (
            "[[upstream]]\nurl = \"http://a\"\n",
            "line 1: missing field `name`",
        ),
        (
            "[[upstream]]\nname = \"a\"\nurl = \"http://a\"\nkey-env = \"MISSING\"\n",
            "upstream 1 (\"a\"): key-env: MISSING is not set",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let database = format!("sqlite:{}", place.path().join("keys.sqlite").display());
        let output = run(
            &[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--database-url",
                &database,
            ],
            &[("COCORE_UPSTREAMS", file.to_str().unwrap())],
        );
        assert!(!output.status.success());
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(
            printed.contains("--upstreams (COCORE_UPSTREAMS)"),
            "{printed}"
        );
        assert!(printed.contains(expected), "{printed}");
        assert_eq!(printed.trim_end().lines().count(), 1, "{printed}");
    }
}
