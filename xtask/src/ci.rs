//! `cargo xtask ci`: the checks of continuous integration, for anyone to run.

mod api;
mod cluster;
mod containers;
mod dependencies;
mod document;
mod drill;
mod example;
mod features;
mod fuzz;
mod inference;
mod middleware;
mod openapi;
mod operating;
mod operators;
mod own_lexicons;
mod previous;
mod quick_start;
mod scratch;
mod script;
mod server;
mod tests;
mod tier;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::failure::Failure;
use crate::lexicons;
use crate::process::{cargo, execute};
use crate::root::root;
use scratch::scratch;
use tier::Tier;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run the long tier: more rounds of the long-running tests, each combination of features, the
    /// licenses and sources of all dependencies, and the fuzz targets.
    #[arg(long)]
    long: bool,

    /// Run only the steps, of either tier, whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// A check that must pass.
struct Step {
    name: &'static str,
    /// The shortest tier that includes the step.
    tier: Tier,
    run: fn(&Path, Tier) -> Result<(), Failure>,
}

impl Step {
    const fn short(name: &'static str, run: fn(&Path, Tier) -> Result<(), Failure>) -> Self {
        let tier = Tier::Short;
        Self { name, tier, run }
    }

    const fn long(name: &'static str, run: fn(&Path, Tier) -> Result<(), Failure>) -> Self {
        let tier = Tier::Long;
        Self { name, tier, run }
    }
}

const STEPS: &[Step] = &[
    Step::short("format", |root, _| {
        cargo(root, &["fmt", "--all", "--check"])
    }),
    Step::short("clippy", |root, _| {
        let scope = ["clippy", "--workspace", "--all-targets", "--all-features"];
        cargo(root, &[&scope[..], &["--", "--deny", "warnings"]].concat())
    }),
    Step::short("rustdoc", |root, _| {
        let mut rustdoc = Command::new("cargo");
        rustdoc.args(["doc", "--workspace", "--no-deps", "--all-features"]);
        execute(rustdoc.env("RUSTDOCFLAGS", "-D warnings").current_dir(root))
    }),
    Step::short("lint of the lexicons", |root, _| {
        lexicons::lint(root.join("lexicons"))?;
        lexicons::lint(root.join("examples/forecast/lexicons"))?;
        lexicons::lint(root.join("examples/build-script/lexicons"))
    }),
    Step::short("generated code", |root, _| {
        lexicons::check_code(root)?;
        lexicons::check_code(&root.join("examples/forecast"))?;
        lexicons::check_openapi(root)
    }),
    Step::short("tests", |root, _| tests::all(root)),
    Step::short("suite on PostgreSQL", tests::on_postgres),
    Step::short("features of the server", |root, _| tests::features(root)),
    Step::short("quick start", |root, _| quick_start::run(root)),
    Step::short("scripts of the API", |root, _| api::run(root)),
    Step::short("example", |root, _| example::run(root)),
    Step::short("own lexicons", |root, _| own_lexicons::run(root)),
    Step::short("change of a lexicon", |root, _| drill::run(root)),
    Step::short("conformance", |root, _| {
        let directories = [
            "lexicons",
            "examples/forecast/lexicons",
            "examples/build-script/lexicons",
            "crates/lexicon-codegen/tests/torture",
        ];
        lexicons::conformance(
            root,
            directories.map(|directory| root.join(directory)).to_vec(),
            scratch(root, "conformance")?,
        )
    }),
    Step::short("openapi", openapi::run),
    Step::short("inference clients", |root, _| inference::run(root)),
    Step::short("containers", |root, _| containers::check(root)),
    Step::long("operating", |root, _| operating::run(root)),
    Step::long("pages of operators", |root, _| operators::run(root)),
    Step::long("middleware", |root, _| middleware::run(root)),
    Step::long("feature combinations", |root, _| features::check(root)),
    Step::long("dependencies", |root, _| dependencies::check(root)),
    Step::long("previous version", |root, _| previous::run(root)),
    Step::long("fuzz targets", |root, _| fuzz::check(root)),
    Step::short("long-running tests", tests::long_running),
];

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let root = root()?;
    let tier = if arguments.long {
        Tier::Long
    } else {
        Tier::Short
    };
    let steps = selected(tier, arguments.only.as_deref())?;
    for Step { name, run, .. } in steps {
        println!("==> {name}");
        let start = Instant::now();
        run(&root, tier).map_err(|failure| format!("{name}: {failure}"))?;
        println!("==> {name}: passed in {} s", start.elapsed().as_secs());
    }
    Ok(())
}

/// The steps of a tier, or those of either tier whose name contains a text.
fn selected(tier: Tier, only: Option<&str>) -> Result<Vec<&'static Step>, Failure> {
    let is_selected = |step: &&Step| match only {
        Some(text) => step.name.contains(text),
        None => step.tier <= tier,
    };
    let steps: Vec<_> = STEPS.iter().filter(is_selected).collect();
    if steps.is_empty() {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        let names = names.join(", ");
        return Err(format!("no step has such a name; the steps are: {names}"));
    }
    Ok(steps)
}
