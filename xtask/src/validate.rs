//! `cargo xtask validate --lexicons DIR NSID[#def] FILE|-`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ValueEnum;
use lexicon::validate::{self, Part, Verdict};
use lexicon::{Catalog, Loaded, json};
use lexicon_runtime::{Value, Violations};

use crate::Failure;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory of the lexicons.
    #[arg(long, value_name = "DIR", default_value = "lexicons")]
    lexicons: PathBuf,
    /// The definition: an NSID, or NSID#name.
    #[arg(value_name = "NSID[#def]")]
    definition: String,
    /// The value as JSON; `-` reads standard input.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Which part of a method the value is.
    #[arg(long, value_enum)]
    body: Option<Body>,
    /// Print one JSON object: `valid`, and `violations` with `place` and `message` each.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Body {
    Params,
    Input,
    Output,
}

/// What came out, and so the exit code.
pub(crate) enum Outcome {
    /// 0.
    Valid,
    /// 1.
    Invalid,
}

/// Fails, with exit code 2, when nobody can tell.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Arguments {
        lexicons,
        definition,
        file,
        body,
        json,
    } = arguments;
    let loaded =
        Catalog::load(lexicons).map_err(|error| format!("{}: {error}", lexicons.display()))?;
    let value = read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let part = body.map(|body| match body {
        Body::Params => Part::Params,
        Body::Input => Part::Input,
        Body::Output => Part::Output,
    });
    let value = match json::parse(&value) {
        Ok(value) => value,
        Err(violations) => return Ok(report(&Err(violations), *json)),
    };
    let verdict = match part {
        Some(part) => validate::part(&loaded.catalog, definition, part, &value),
        None => validate::definition(&loaded.catalog, definition, &value),
    };
    match verdict {
        Verdict::Valid => Ok(report(&Ok(()), *json)),
        Verdict::Invalid(violations) => Ok(report(&Err(violations), *json)),
        Verdict::Unknown(why) => Err(explain(why, &loaded)),
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return fs::read(file);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn report(result: &Result<(), Violations>, json: bool) -> Outcome {
    let violations: Vec<_> = result
        .as_ref()
        .err()
        .into_iter()
        .flat_map(Violations::iter)
        .collect();
    let more = result.as_ref().err().map_or(0, Violations::more);
    if json {
        let list: Vec<Value> = violations
            .iter()
            .map(|violation| serde_json::json!({ "place": violation.place, "message": violation.message }))
            .collect();
        println!(
            "{}",
            serde_json::json!({ "valid": result.is_ok(), "violations": list, "more": more })
        );
    } else if result.is_ok() {
        println!("valid");
    } else {
        violations
            .iter()
            .for_each(|violation| println!("{violation}"));
        if more > 0 {
            println!("and {more} more");
        }
    }
    if result.is_ok() {
        Outcome::Valid
    } else {
        Outcome::Invalid
    }
}

/// Documents that could not be read may be why something is not defined.
fn explain(why: String, loaded: &Loaded) -> Failure {
    let unread: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| format!("\n{diagnostic}"))
        .collect();
    why + &unread.concat()
}
