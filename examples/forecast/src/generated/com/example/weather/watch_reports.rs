// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.watchReports`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
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
#[derive(Clone, Debug, PartialEq)] #[non_exhaustive]
pub enum WatchReportsMessage {
    Report(Report),
    /// A type that the lexicon does not list.
    Other(rt::TypedObject),
}
impl<'de> Deserialize<'de> for WatchReportsMessage {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let object = rt::TypedObject::deserialize(d)?;
        Ok(
            match object.type_name() {
                "com.example.weather.watchReports#report" => Self::Report(object.into_variant()?),
                _ => Self::Other(object),
            },
        )
    }
}
impl Serialize for WatchReportsMessage {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Report(v) => rt::variant(s, "com.example.weather.watchReports#report", v),
            Self::Other(v) => v.serialize(s),
        }
    }
}
impl rt::Validate for WatchReportsMessage {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        match c.variant(v) {
            Some("com.example.weather.watchReports#report") => Report::check(c, v),
            _ => {}
        }
    }
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct Report {
    pub place: String,
    pub day: super::defs::Day,
}
impl Report {
    pub fn new(place: impl Into<String>, day: super::defs::Day) -> Self {
        Self { place: place.into(), day }
    }
}
impl rt::Validate for Report {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "place", rt::Checker::text);
        c.required(o, "day", super::defs::Day::check);
    }
}
