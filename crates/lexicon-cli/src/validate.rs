//! `lexicon validate NSID[#def] FILE|-`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ValueEnum;
use lexicon_runtime::{Value, Violations};
use lexicon_schema::json;
use lexicon_schema::validate::{self, Part, Verdict};

use crate::error::Error;
use crate::load::load;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;

/// The arguments of `lexicon validate`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// The definition: an NSID, or NSID#name.
    #[arg(value_name = "NSID[#def]")]
    pub definition: String,
    /// The value as JSON; `-` reads standard input.
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
    /// The part of a method that the value is.
    #[arg(long, value_enum)]
    pub body: Option<Body>,
    /// Print one JSON object: `valid`, and `violations` with `place` and `message` each.
    #[arg(long)]
    pub json: bool,
}

/// A part of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Body {
    /// The query parameters, as an object.
    Params,
    /// The body of the request.
    Input,
    /// The body of the answer.
    Output,
}

impl From<Body> for Part {
    fn from(body: Body) -> Self {
        match body {
            Body::Params => Self::Params,
            Body::Input => Self::Input,
            Body::Output => Self::Output,
        }
    }
}

/// Checks one value, and prints its violations.
///
/// # Errors
/// The value or the lexicons cannot be read, or the definition is missing.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let Arguments {
        lexicons,
        definition,
        file,
        body,
        json,
    } = arguments;
    let loaded = load(&Project::find(lexicons.as_deref())?.lexicons)?;
    let value = read(file).map_err(Error::io(file))?;
    let value = match json::parse(&value) {
        Ok(value) => value,
        Err(violations) => return Ok(report(&Err(violations), *json)),
    };
    let verdict = match body {
        Some(body) => validate::part(&loaded.catalog, definition, (*body).into(), &value),
        None => validate::definition(&loaded.catalog, definition, &value),
    };
    match verdict {
        Verdict::Valid => Ok(report(&Ok(()), *json)),
        Verdict::Invalid(violations) => Ok(report(&Err(violations), *json)),
        Verdict::Unknown(reason) => Err(Error::Unknown {
            reason,
            unread: loaded.diagnostics,
        }),
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
        print_line!(
            "{}",
            serde_json::json!({ "valid": result.is_ok(), "violations": list, "more": more })
        );
    } else if result.is_ok() {
        print_line!("valid");
    } else {
        violations
            .iter()
            .for_each(|violation| print_line!("{violation}"));
        if more > 0 {
            print_line!("and {more} more");
        }
    }
    Outcome::clean_if(result.is_ok())
}
