//! `cargo xtask validate --lexicons DIR NSID[#def] FILE|-`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ValueEnum;
use lexicon_runtime::{Value, Violations};
use lexicon_schema::validate::{self, Part, Verdict};
use lexicon_schema::{Loaded, json};

use crate::report::{self, Failure, Outcome, fault};

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

/// Fails, with exit code 2, when nobody can tell.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Arguments {
        lexicons,
        definition,
        file,
        body,
        json,
    } = arguments;
    let loaded = report::load(lexicons)?;
    let value = read(file).map_err(|error| fault(file, &error))?;
    let part = body.map(|body| match body {
        Body::Params => Part::Params,
        Body::Input => Part::Input,
        Body::Output => Part::Output,
    });
    let value = match json::parse(&value) {
        Ok(value) => value,
        Err(violations) => return Ok(answer(&Err(violations), *json)),
    };
    let verdict = match part {
        Some(part) => validate::part(&loaded.catalog, definition, part, &value),
        None => validate::definition(&loaded.catalog, definition, &value),
    };
    match verdict {
        Verdict::Valid => Ok(answer(&Ok(()), *json)),
        Verdict::Invalid(violations) => Ok(answer(&Err(violations), *json)),
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

fn answer(result: &Result<(), Violations>, json: bool) -> Outcome {
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
    Outcome::good_if(result.is_ok())
}

/// Documents that could not be read may be why something is not defined.
fn explain(why: String, loaded: &Loaded) -> Failure {
    match &loaded.diagnostics[..] {
        [] => why,
        unread => format!("{why}\n{}", report::lines(unread)),
    }
}
