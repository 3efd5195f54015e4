//! A change of a lexicon, in a copy of the workspace: a changed constraint changes what the server
//! accepts, and a new method does not build until it is implemented.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::scratch::scratch;
use super::server::{Server, curl, free_address};
use crate::failure::Failure;
use crate::lexicons;
use crate::process::output;

const INPUT: &str = "lexicons/dev/cocore/account/createApiKey.json";
const METHOD: &str = "lexicons/dev/cocore/account/countApiKeys.json";
const LEXICON: &str = r#"{
  "lexicon": 1,
  "id": "dev.cocore.account.countApiKeys",
  "defs": {
    "main": {
      "type": "query",
      "parameters": {
        "type": "params",
        "properties": { "atMost": { "type": "integer", "minimum": 1, "default": 7 } }
      },
      "output": {
        "encoding": "application/json",
        "schema": {
          "type": "object",
          "required": ["count"],
          "properties": { "count": { "type": "integer" } }
        }
      }
    }
  }
}
"#;
const IMPLEMENTATION: &str = r"use cocore_lexicon::dev::cocore::account::count_api_keys::{CountApiKeys, CountApiKeysOutput};
use lexicon_runtime::ErrorBody;
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use crate::principal::Principal;

impl Handler<CountApiKeys, Principal> for Api {
    async fn handle(
        &self,
        request: Request<CountApiKeys, Principal>,
    ) -> Result<Response<CountApiKeysOutput>, HandlerError<ErrorBody>> {
        Ok(CountApiKeysOutput::new(request.params.at_most).into())
    }
}
";

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let copy = Copy::new(root)?;
    copy.edit(INPUT, r#""maxLength": 100"#, r#""maxLength": 5"#)?;
    copy.write(METHOD, LEXICON)?;
    lexicons::write_code(&copy.dir)?;

    println!("a method without an implementation");
    let output = copy.build()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected = [
        "error[E0277]: a method of the lexicons has no implementation in `Api`",
        "Handler<CountApiKeys, Principal>` is not implemented for `Api`",
    ];
    if output.status.success() || !expected.iter().all(|text| errors.contains(text)) {
        return Err(format!(
            "expected the build to fail with {expected:?}, found:\n{errors}"
        ));
    }

    println!("the same with one");
    copy.write(
        "crates/cocore-server/src/api/count_api_keys.rs",
        IMPLEMENTATION,
    )?;
    let api = "crates/cocore-server/src/api.rs";
    copy.edit(
        api,
        "mod create_api_key;",
        "mod count_api_keys;\nmod create_api_key;",
    )?;
    let output = copy.build()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("expected the build to pass, found:\n{errors}"));
    }

    println!("a changed constraint, and the new method, over HTTP");
    copy.ask()
}

/// A copy of the workspace, with a target directory of its own.
struct Copy {
    dir: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn new(root: &Path) -> Result<Self, Failure> {
        let dir = scratch(root, "change")?;
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()
            .map_err(|error| format!("git: {error}"))?;
        let files = String::from_utf8_lossy(&listed.stdout).into_owned();
        for file in files.split('\0').filter(|file| root.join(file).is_file()) {
            let to = dir.join(file);
            let parent = to.parent().unwrap_or(&dir);
            let copied = fs::create_dir_all(parent).and_then(|()| fs::copy(root.join(file), &to));
            copied.map_err(|error| format!("{file}: {error}"))?;
        }
        // Not that of the workspace: cargo would take the copy for it, and what the copy built for up to date. Nor the scratch
        // directory, which is emptied: this one is worth keeping.
        let target = root.join("target").join("ci-change");
        Ok(Self { dir, target })
    }

    fn write(&self, file: &str, text: &str) -> Result<(), Failure> {
        fs::write(self.dir.join(file), text).map_err(|error| format!("{file}: {error}"))
    }

    fn edit(&self, file: &str, from: &str, to: &str) -> Result<(), Failure> {
        let text = fs::read_to_string(self.dir.join(file));
        let text = text.map_err(|error| format!("{file}: {error}"))?;
        if !text.contains(from) {
            return Err(format!("{file}: expected {from} in it"));
        }
        self.write(file, &text.replace(from, to))
    }

    fn build(&self) -> Result<Output, Failure> {
        let mut command = Command::new("cargo");
        command
            .args(["build", "--package", "cocore-server"])
            .current_dir(&self.dir);
        command.env("CARGO_TARGET_DIR", &self.target);
        command.output().map_err(|error| format!("cargo: {error}"))
    }

    fn program(&self) -> Command {
        let mut command = Command::new(self.target.join("debug").join("cocore-server"));
        let database = self.dir.join("drill.sqlite");
        command.env(
            "COCORE_DATABASE_URL",
            format!("sqlite:{}", database.display()),
        );
        command
    }

    fn ask(&self) -> Result<(), Failure> {
        let address = free_address()?;
        let mut create = self.program();
        create.args([
            "key",
            "create",
            "--did",
            "did:web:localhost",
            "--name",
            "five5",
        ]);
        let key = output(&mut create)?;

        let mut serve = self.program();
        serve.args(["serve", "--log", "warn", "--listen", &address.to_string()]);
        let _server = Server::start(&mut serve, address)?;
        let credential = format!("Authorization: Bearer {key}");
        let call = |method: &str, more: &[&str]| {
            let url = format!("http://{address}/xrpc/dev.cocore.account.{method}");
            curl(&[&[&url[..], "-H", &credential][..], more].concat())
        };
        let json = "Content-Type: application/json";
        for (method, more, expected) in [
            (
                "createApiKey",
                &["-H", json, "-d", r#"{"name":"five5"}"#][..],
                "200 ",
            ),
            (
                "createApiKey",
                &["-H", json, "-d", r#"{"name":"sixsix"}"#],
                r#"400 {"error":"InvalidRequest","message":"input/name: expected 1 to 5 bytes of UTF-8, found 6"}"#,
            ),
            ("countApiKeys", &[], r#"200 {"count":7}"#),
            ("countApiKeys?atMost=3", &[], r#"200 {"count":3}"#),
            (
                "countApiKeys?atMost=0",
                &[],
                r#"400 {"error":"InvalidRequest","message":"params/atMost: expected at least 1"}"#,
            ),
        ] {
            let found = call(method, more)?;
            println!("{method}: {}", found.chars().take(3).collect::<String>());
            if !found.starts_with(expected) {
                return Err(format!("{method}: expected {expected}, found {found}"));
            }
        }
        Ok(())
    }
}
