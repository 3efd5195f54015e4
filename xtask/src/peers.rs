//! `cargo xtask peers`: generated code beside that of other generators.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::failure::Failure;
use crate::process::execute;
use crate::root::root;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory of the lexicons: those of the repository `bluesky-social/atproto`, from which the peers are
    /// generated.
    #[arg(value_name = "DIR")]
    lexicons: PathBuf,

    /// How many times each crate is compiled, in turns; the fastest counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,

    /// A peer to compare with, as a crate and its version, and the features of which each is a module. Can be given
    /// several times.
    #[arg(
        long = "peer",
        value_name = "CRATE=VERSION[+MODULE,MODULE]",
        default_values = [
            "atrium-api=0.26.0",
            "jacquard-api=0.12.2+app_bsky,chat_bsky,com_atproto,tools_ozone",
        ]
    )]
    peers: Vec<String>,
}

/// A crate of types.
struct Generated {
    name: String,
    /// A crate that depends on it, or itself.
    dir: PathBuf,
    lines: usize,
    times: Vec<Duration>,
}

/// Prints a table of lines, and of the times to generate and to compile.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let root = root()?;
    let scratch = root.join("target/peers");
    run_in(
        &root,
        cargo().args(["build", "--release", "--quiet", "--package", "lexicon-cli"]),
    )?;
    let out = scratch.join("own/src/generated");
    let lexicon = root.join("target/release/lexicon");
    let (generating, memory) = generate(&lexicon, &arguments.lexicons, &out)?;
    let mut all = vec![own(&root, &scratch)?];
    for peer in &arguments.peers {
        all.push(self::peer(&scratch, peer)?);
    }
    // Dependencies first.
    for generated in &all {
        run_in(&generated.dir, cargo().args(["check", "--quiet"]))?;
    }
    for _ in 0..arguments.rounds {
        for generated in &mut all {
            let clean = ["clean", "--quiet", "--package", &generated.name];
            run_in(&generated.dir, cargo().args(clean))?;
            let start = Instant::now();
            run_in(
                &generated.dir,
                cargo().args(["check", "--quiet", "--package", &generated.name]),
            )?;
            generated.times.push(start.elapsed());
        }
    }
    println!("| | lines of Rust | `cargo check` of the crate |\n|---|---|---|");
    for Generated {
        name, lines, times, ..
    } in &all
    {
        let fastest = times.iter().min().copied().unwrap_or_default();
        let times: Vec<_> = times
            .iter()
            .map(|time| format!("{:.1}", time.as_secs_f64()))
            .collect();
        println!(
            "| {name} | {lines} | {:.1} s ({}) |",
            fastest.as_secs_f64(),
            times.join(", ")
        );
    }
    println!(
        "\ngenerated in {} ms with {} MiB",
        generating.as_millis(),
        memory / 1024
    );
    Ok(())
}

/// Generates three times. Returns the shortest time, and the most memory in KiB.
fn generate(lexicon: &Path, lexicons: &Path, out: &Path) -> Result<(Duration, u64), Failure> {
    let (mut fastest, mut memory) = (Duration::MAX, 0);
    for _ in 0..3 {
        // The directory is this command's own.
        let _ = fs::remove_dir_all(out);
        let start = Instant::now();
        let mut command = Command::new(lexicon);
        command
            .arg("codegen")
            .arg("--lexicons")
            .arg(lexicons)
            .arg("--out")
            .arg(out);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        let mut child = child.map_err(|error| format!("{}: {error}", lexicon.display()))?;
        while child
            .try_wait()
            .map_err(|error| error.to_string())?
            .is_none()
        {
            memory = memory.max(peak(child.id()));
            thread::sleep(Duration::from_millis(1));
        }
        fastest = fastest.min(start.elapsed());
    }
    Ok((fastest, memory))
}

/// The most memory that a process has had, in KiB, where Linux tells.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The crate around the code that was generated.
fn own(root: &Path, scratch: &Path) -> Result<Generated, Failure> {
    let dir = scratch.join("own");
    let crates = root.join("crates");
    let dependencies = ["lexicon-runtime", "xrpc-server"].map(|name| {
        let path = crates.join(name).display().to_string();
        format!(
            "{name} = {{ path = {path:?}, features = [\"{}\"] }}",
            feature(name)
        )
    });
    let dependencies = format!(
        "{}\nserde = \"1\"\nserde_json = \"1\"",
        dependencies.join("\n")
    );
    package(&dir, "own-lexicons", &dependencies, "pub mod generated;\n")?;
    // The versions of this project.
    let lock = fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock"));
    lock.map_err(|error| error.to_string())?;
    Ok(Generated {
        name: "own-lexicons".to_owned(),
        lines: lines(&dir.join("src/generated")),
        dir,
        times: Vec::new(),
    })
}

fn feature(name: &str) -> &'static str {
    match name {
        "xrpc-server" => "subscriptions",
        _ => "event-stream",
    }
}

/// A crate that depends on a peer's.
fn peer(scratch: &Path, peer: &str) -> Result<Generated, Failure> {
    let (name, version) = peer
        .split_once('=')
        .ok_or("expected CRATE=VERSION[+MODULE,MODULE]")?;
    let (version, modules) = version.split_once('+').unwrap_or((version, ""));
    let modules: Vec<_> = modules.split(',').filter(|name| !name.is_empty()).collect();
    let dir = scratch.join(name);
    let dependency = format!("{name} = {{ version = \"={version}\", features = {modules:?} }}");
    package(&dir, "with-peer", &dependency, "")?;
    run_in(&dir, cargo().args(["fetch", "--quiet"]))?;
    let mut command = cargo();
    command
        .args(["metadata", "--format-version", "1"])
        .current_dir(&dir);
    let output = command.output().map_err(|error| error.to_string())?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let mut manifests = packages.filter(|package| package["name"] == name);
    let manifest = manifests
        .next()
        .and_then(|package| package["manifest_path"].as_str());
    let source = Path::new(manifest.ok_or("the peer is no dependency")?).with_file_name("src");
    Ok(Generated {
        name: name.to_owned(),
        lines: match &modules[..] {
            [] => lines(&source),
            modules => modules.iter().map(|name| module(&source, name)).sum(),
        },
        dir,
        times: Vec::new(),
    })
}

/// The lines of a module and of those in it.
fn module(source: &Path, name: &str) -> usize {
    let text = fs::read_to_string(source.join(name).with_extension("rs"));
    text.map_or(0, |text| text.lines().count()) + lines(&source.join(name))
}

fn package(dir: &Path, name: &str, dependencies: &str, lib: &str) -> Result<(), Failure> {
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         {dependencies}\n\n[workspace]\n"
    );
    let source = dir.join("src");
    let write = |path: PathBuf, text: &str| fs::write(path, text);
    fs::create_dir_all(&source)
        .and_then(|()| write(dir.join("Cargo.toml"), &manifest))
        .and_then(|()| write(source.join("lib.rs"), lib))
        .map_err(|error| format!("{}: {error}", dir.display()))
}

/// The lines of the Rust files below a directory.
fn lines(dir: &Path) -> usize {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let lines = entries.map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            lines(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            fs::read_to_string(&path).map_or(0, |text| text.lines().count())
        } else {
            0
        }
    });
    lines.sum()
}

fn cargo() -> Command {
    let mut command = Command::new("cargo");
    // As a dependency is compiled.
    command.env("CARGO_INCREMENTAL", "0");
    command.env_remove("CARGO_TARGET_DIR");
    command
}

fn run_in(dir: &Path, command: &mut Command) -> Result<(), Failure> {
    execute(command.current_dir(dir))
}
