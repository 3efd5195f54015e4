//! The OpenAPI document: two validators, clients that are generated from it, and schemathesis, which calls a
//! running server with what the document allows and with what it forbids.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::document::Document;
use super::scratch::scratch;
use super::server::KeyServer;
use super::tier::Tier;
use crate::failure::Failure;
use crate::process::{cargo, execute, install_node_packages, install_python_packages};

/// The packages of other languages, with their versions, and what calls the server by them.
const TOOLS: &str = "tests/openapi";
const PAGE: &str = "docs/openapi.md";
const DOCUMENT: &str = "docs/openapi.json";

pub(super) fn run(root: &Path, tier: Tier) -> Result<(), Failure> {
    let step = Step {
        tools: root.join(TOOLS),
        document: root.join(DOCUMENT),
        dir: scratch(root, "openapi")?,
        python: root.join("target/ci-openapi"),
        tier,
    };
    step.install()?;
    step.validate()?;
    step.run_page(root)?;
    let server = KeyServer::start(root, &step.dir)?;
    step.call_by_generated_clients(&server.url, &server.key)?;
    step.call_by_schemathesis(&server.url, &server.key)
}

struct Step {
    tools: PathBuf,
    document: PathBuf,
    dir: PathBuf,
    /// The virtual environment, which is kept from run to run.
    python: PathBuf,
    tier: Tier,
}

impl Step {
    fn install(&self) -> Result<(), Failure> {
        install_python_packages(&self.python, &self.tools.join("requirements.txt"))?;
        install_node_packages(&self.tools)
    }

    fn validate(&self) -> Result<(), Failure> {
        execute(self.program("openapi-spec-validator").arg(&self.document))?;
        let mut redocly = self.node_program("redocly");
        redocly
            .args(["lint", "--config"])
            .arg(self.tools.join("redocly.yaml"));
        execute(redocly.arg(&self.document))
    }

    /// The commands of the page, word by word, in a directory with lexicons.
    fn run_page(&self, root: &Path) -> Result<(), Failure> {
        cargo(root, &["build", "--package", "lexicon-cli"])?;
        let dir = self.dir.join("page");
        let linked = fs::create_dir(&dir).and_then(|()| {
            std::os::unix::fs::symlink(root.join("lexicons"), dir.join("lexicons"))?;
            std::os::unix::fs::symlink(self.tools.join("node_modules"), dir.join("node_modules"))?;
            fs::write(
                dir.join("lexicon.toml"),
                "[codegen]\nlexicons = \"lexicons\"\n",
            )
        });
        linked.map_err(|error| format!("{}: {error}", dir.display()))?;
        let path = env::var("PATH").unwrap_or_default();
        let (python, rust) = (self.python.join("bin"), root.join("target/debug"));
        let path = format!("{}:{}:{path}", rust.display(), python.display());
        for block in Document::read(root, PAGE)?.all_blocks() {
            let mut bash = Command::new("bash");
            bash.args(["-euxo", "pipefail", "-c", &block]);
            execute(bash.current_dir(&dir).env("PATH", &path))?;
        }
        Ok(())
    }

    fn call_by_generated_clients(&self, url: &str, key: &str) -> Result<(), Failure> {
        let mut generate = self.program("openapi-python-client");
        generate
            .args(["generate", "--meta", "none", "--path"])
            .arg(&self.document);
        let package = self.dir.join("cocore_client");
        execute(generate.arg("--output-path").arg(package))?;
        let mut call = self.program("python");
        call.arg(self.tools.join("call.py"))
            .env("PYTHONPATH", &self.dir);
        execute(with_credential(&mut call, url, key))?;

        let mut generate = self.node_program("openapi-typescript");
        let types = self.dir.join("schema.d.ts");
        execute(generate.arg(&self.document).arg("--output").arg(types))?;
        let copied = fs::copy(self.tools.join("call.mts"), self.dir.join("call.mts"));
        let linked = copied.and_then(|_| {
            std::os::unix::fs::symlink(
                self.tools.join("node_modules"),
                self.dir.join("node_modules"),
            )
        });
        linked.map_err(|error| format!("{}: {error}", self.dir.display()))?;
        let mut compile = self.node_program("tsc");
        compile.args([
            "--strict",
            "--module",
            "nodenext",
            "--target",
            "es2022",
            "--skipLibCheck",
        ]);
        execute(compile.arg(self.dir.join("call.mts")))?;
        let mut call = Command::new("node");
        call.arg(self.dir.join("call.mjs"));
        execute(with_credential(&mut call, url, key))
    }

    /// All checks. What is not an error there is explained in the settings.
    fn call_by_schemathesis(&self, url: &str, key: &str) -> Result<(), Failure> {
        let examples = match self.tier {
            Tier::Short => "20",
            Tier::Long => "2000",
        };
        let mut schemathesis = self.program("schemathesis");
        schemathesis
            .arg("--config-file")
            .arg(self.tools.join("schemathesis.toml"));
        schemathesis
            .arg("run")
            .arg(&self.document)
            .args(["--url", url]);
        schemathesis.args(["--checks", "all", "--max-examples", examples]);
        execute(with_credential(&mut schemathesis, url, key))
    }

    /// A program of the virtual environment. Those that start others find them there.
    fn program(&self, name: &str) -> Command {
        let bin = self.python.join("bin");
        let mut program = Command::new(bin.join(name));
        let path = env::var("PATH").unwrap_or_default();
        program.env("PATH", format!("{}:{path}", bin.display()));
        program.current_dir(&self.dir);
        program
    }

    fn node_program(&self, name: &str) -> Command {
        let mut program = Command::new(self.tools.join("node_modules/.bin").join(name));
        program.current_dir(&self.dir);
        program
    }
}

/// Where the server is, and a key: in variables, which other users of the machine cannot read.
fn with_credential<'c>(command: &'c mut Command, url: &str, key: &str) -> &'c mut Command {
    command
        .env("COCORE_TEST_URL", url)
        .env("COCORE_TEST_KEY", key)
}
