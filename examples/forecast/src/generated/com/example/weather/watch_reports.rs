// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.watchReports`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "com.example.weather.watchReports";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("watch_reports.json"));
/// The latest report, and then each new one.
#[derive(Clone, Copy, Debug)]
pub struct WatchReports;
impl rt::Subscription for WatchReports {
    const NSID: &'static str = NSID;
    type Params = rt::NoParams;
    type Message = WatchReportsMessage;
    type Error = rt::ErrorBody;
}
rt::union! {
    #[derive(Clone, Debug, PartialEq)]
    pub enum WatchReportsMessage {
        Report(Report) = "com.example.weather.watchReports#report",
        ..
    }
}
rt::object! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Report {
        pub place: String = required("place", rt::Checker::text),
        pub day: super::defs::Day = required("day", super::defs::Day::check),
    }
    fn new(place: impl Into<String>, day: super::defs::Day);
}
