// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.putReport`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "com.example.weather.putReport";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("put_report.json"));
/// Reports the weather of a day at a place.
#[derive(Clone, Copy, Debug)]
pub struct PutReport;
impl rt::XrpcMethod for PutReport {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = PutReportInput;
    type Output = PutReportOutput;
    type Error = PutReportError;
}
/// The input of [`PutReport`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct PutReportInput {
    /// 1 to 200 bytes.
    pub place: String,
    pub day: super::defs::Day,
}
impl PutReportInput {
    pub fn new(place: impl Into<String>, day: super::defs::Day) -> Self {
        Self { place: place.into(), day }
    }
}
impl rt::Validate for PutReportInput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "place", |c, v| c.string(v).bytes(1..=200).end());
        c.required(o, "day", super::defs::Day::check);
    }
}
/// The output of [`PutReport`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct PutReportOutput {
    /// The name of the caller.
    pub reporter: String,
}
impl PutReportOutput {
    pub fn new(reporter: impl Into<String>) -> Self {
        Self { reporter: reporter.into() }
    }
}
impl rt::Validate for PutReportOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "reporter", rt::Checker::text);
    }
}
/// The errors of [`PutReport`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "rt::ErrorBody", into = "rt::ErrorBody")] #[non_exhaustive]
pub enum PutReportError {
    /// There is a report of that day.
    Taken(Option<String>),
    /// An error that the lexicon does not declare.
    Other(rt::ErrorBody),
}
impl From<rt::ErrorBody> for PutReportError {
    fn from(body: rt::ErrorBody) -> Self {
        match body.error.as_str() {
            "Taken" => Self::Taken(body.message),
            _ => Self::Other(body),
        }
    }
}
impl From<PutReportError> for rt::ErrorBody {
    fn from(error: PutReportError) -> Self {
        match error {
            PutReportError::Taken(message) => Self::new("Taken", message),
            PutReportError::Other(body) => body,
        }
    }
}
impl std::fmt::Display for PutReportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        rt::ErrorBody::from(self.clone()).fmt(f)
    }
}
impl std::error::Error for PutReportError {}
impl rt::MethodError for PutReportError {
    const NAMES: &'static [&'static str] = &["Taken"];
}
