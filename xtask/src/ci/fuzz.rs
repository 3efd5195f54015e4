//! The fuzz targets, for a short while.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::scratch::scratch;
use crate::failure::Failure;
use crate::process::execute;

/// Inputs that each target is given.
const RUNS: &str = "-runs=20000";

/// What `cargo fuzz` passes to the compiler but for the sanitizer, which the stable compiler lacks: with
/// it, libFuzzer knows what an input reached.
const RUSTFLAGS: &str = "--cfg=fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds the fuzz targets with the compiler of the workspace, and runs each on the lexicons, on bodies and on what
/// libFuzzer makes of them.
pub(super) fn check(root: &Path) -> Result<(), Failure> {
    let fuzz = root.join("fuzz");
    // The workspace's own versions: the directory is a workspace of its own and keeps no lock file.
    let lock = fs::copy(root.join("Cargo.lock"), fuzz.join("Cargo.lock"));
    lock.map_err(|error| format!("fuzz/Cargo.lock: {error}"))?;
    for target in targets(&fuzz)? {
        let corpus = scratch(root, "fuzz")?;
        let seeds = [
            "lexicons",
            "crates/lexicon-codegen/tests/torture",
            "crates/lexicon-runtime/tests/bodies",
        ];
        let mut run = Command::new("cargo");
        // A target of its own: build scripts and macros are built without the flags.
        run.args(["run", "--target", "host-tuple", "--bin", &target])
            .env("CARGO_TARGET_DIR", root.join("target").join("ci-fuzz"))
            .env("RUSTFLAGS", RUSTFLAGS)
            .args(["--", "-seed=1", "-verbosity=0", RUNS])
            .arg(format!("-artifact_prefix={}/", corpus.display()))
            .arg(&corpus)
            .args(seeds.map(|seeds| root.join(seeds)));
        execute(run.current_dir(&fuzz))?;
    }
    Ok(())
}

/// The names of the targets: a file each.
fn targets(fuzz: &Path) -> Result<Vec<String>, Failure> {
    let directory = fuzz.join("fuzz_targets");
    let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut targets = Vec::new();
    for file in fs::read_dir(&directory).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy());
        targets.extend(name.map(std::borrow::Cow::into_owned));
    }
    Ok(targets)
}
