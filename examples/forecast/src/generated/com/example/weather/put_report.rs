// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.putReport`
use lexicon_runtime::{self as rt, Validate as _};
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
rt::object! {
    /// The input of [`PutReport`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct PutReportInput {
        /// 1 to 200 bytes.
        pub place: String = required("place", |c, v| c.string(v).bytes(1..=200).end()),
        pub day: super::defs::Day = required("day", super::defs::Day::check),
    }
    fn new(place: impl Into<String>, day: super::defs::Day);
}
rt::object! {
    /// The output of [`PutReport`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct PutReportOutput {
        /// The name of the caller.
        pub reporter: String = required("reporter", rt::Checker::text),
    }
    fn new(reporter: impl Into<String>);
}
rt::errors! {
    /// The errors of [`PutReport`].
    pub enum PutReportError {
        /// There is a report of that day.
        Taken = "Taken",
    }
}
