//! `lexicon validate NSID[#def] FILE|-`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ValueEnum;
use lexicon_runtime::{Value, Violations};
use lexicon_schema::validate::{self, Options, Part, Verdict};

use crate::error::Error;
use crate::load::Lexicons;
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
    /// A directory of lexicons that references may lead to, and that may have the definition. Can be given
    /// several times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
    /// The definition: an NSID, or NSID#name.
    #[arg(value_name = "NSID[#def]")]
    pub definition: String,
    /// The value as JSON; `-` reads standard input.
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
    /// The part of a method or of a subscription that the value is.
    #[arg(long, value_enum)]
    pub body: Option<Body>,
    /// The key of the record that the value is: it has to be one that the record's `key` allows.
    #[arg(long, value_name = "KEY", conflicts_with = "body")]
    pub rkey: Option<String>,
    /// Check a value that is about to be written: blobs in the old form, {cid, mimeType}, and a `$type` that
    /// ends with `#main` are read and never written.
    #[arg(long)]
    pub write: bool,
    /// Accept datetimes as older records have them: all that RFC 3339 allows (`t` and `z`, a space in place
    /// of the `T`, seconds of 60, the offset -00:00), and no time zone at all.
    #[arg(long)]
    pub lenient_datetimes: bool,
    /// Accept any JSON where the schema describes nothing, such as fractions below `unknown`; for the bodies of
    /// methods. Records are always within the data model.
    #[arg(long, requires = "body")]
    pub any_json: bool,
    /// What becomes of a value whose definition is missing: `report` it, with exit code 2, or `accept` any
    /// value within the data model there, as a PDS does.
    #[arg(long, value_enum, default_value = "report")]
    pub unresolved: Unresolved,
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
    /// A message of a subscription, with the `$type` that its frame has as `t`.
    Message,
}

/// What becomes of a value whose definition is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Unresolved {
    /// The command fails.
    #[default]
    Report,
    /// Any value within the data model is accepted.
    Accept,
}

impl From<Body> for Part {
    fn from(body: Body) -> Self {
        match body {
            Body::Params => Self::Params,
            Body::Input => Self::Input,
            Body::Output => Self::Output,
            Body::Message => Self::Message,
        }
    }
}

/// U+FEFF in UTF-8, which editors write before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Checks one value, and prints its violations.
///
/// # Errors
/// The value or the lexicons cannot be read, or the definition is missing.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let Project { lexicons, out, .. } = Project::find(arguments.lexicons.as_deref())?;
    let loaded = Lexicons::load(&lexicons, &arguments.with, out.as_deref())?;
    let file = &arguments.file;
    let value = read(file).map_err(Error::io(file))?;
    let value = value.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&value);
    let value = match lexicon_runtime::json::parse("value", value) {
        Ok(value) => value,
        Err(violations) => return Ok(report(&Err(violations), arguments.json)),
    };
    let (catalog, options) = (&loaded.catalog, arguments.options());
    let verdict = match (arguments.body, &arguments.definition) {
        (Some(body), nsid) => validate::part(catalog, nsid, body.into(), &value, &options),
        (None, name) => validate::definition(catalog, name, &value, &options),
    };
    match verdict {
        Verdict::Valid => Ok(report(&Ok(()), arguments.json)),
        Verdict::Invalid(violations) => Ok(report(&Err(violations), arguments.json)),
        Verdict::Unknown(reason) => Err(Error::Unknown {
            reason,
            unread: loaded.diagnostics,
        }),
    }
}

impl Arguments {
    fn options(&self) -> Options {
        let mut options = Options::default();
        options.rkey.clone_from(&self.rkey);
        options.unresolved = match self.unresolved {
            Unresolved::Report => validate::Unresolved::Report,
            Unresolved::Accept => validate::Unresolved::Accept,
        };
        options.check.write = self.write;
        options.check.lenient_datetimes = self.lenient_datetimes;
        options.check.data_model = !self.any_json;
        options
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
