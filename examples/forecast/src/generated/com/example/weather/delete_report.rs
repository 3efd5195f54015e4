// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.deleteReport`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "com.example.weather.deleteReport";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("delete_report.json"));
/// Deletes the report of a day, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct DeleteReport;
impl rt::XrpcMethod for DeleteReport {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = DeleteReportInput;
    type Output = rt::NoBody;
    type Error = rt::ErrorBody;
}
rt::object! {
    /// The input of [`DeleteReport`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteReportInput {
        /// 1 to 200 bytes.
        pub place: String = required("place", |c, v| c.string(v).bytes(1..=200).end()),
        pub date: rt::Datetime = required("date", |c, v| c.format(v, rt::Format::Datetime)),
    }
    fn new(place: impl Into<String>, date: rt::Datetime);
}
