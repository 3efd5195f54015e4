// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.getForecast`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "com.example.weather.getForecast";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("get_forecast.json"));
/// What the weather will be.
#[derive(Clone, Copy, Debug)]
pub struct GetForecast;
impl rt::XrpcMethod for GetForecast {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const PARAMS: &'static [rt::Param] = &[rt::Param::string("place"), rt::Param::integer("days")];
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = GetForecastParams;
    type Input = rt::NoBody;
    type Output = GetForecastOutput;
    type Error = GetForecastError;
}
/// The parameters of [`GetForecast`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct GetForecastParams {
    /// 1 to 200 bytes.
    pub place: String,
    /// 1 to 14, default 3.
    #[serde(default = "rt::data::default_integer::<3>")] pub days: i64,
}
impl GetForecastParams {
    pub fn new(place: impl Into<String>) -> Self {
        Self { place: place.into(), days: 3 }
    }
}
impl rt::Validate for GetForecastParams {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "place", |c, v| c.string(v).bytes(1..=200).end());
        c.optional(o, "days", |c, v| c.integer(v).range(1..=14).end());
    }
}
/// The output of [`GetForecast`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct GetForecastOutput {
    /// At most 14 elements.
    pub days: Vec<super::defs::Day>,
}
impl GetForecastOutput {
    pub fn new(days: Vec<super::defs::Day>) -> Self {
        Self { days }
    }
}
impl rt::Validate for GetForecastOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "days", |c, v| c.array(v, ..=14, super::defs::Day::check));
    }
}
/// The errors of [`GetForecast`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "rt::ErrorBody", into = "rt::ErrorBody")] #[non_exhaustive]
pub enum GetForecastError {
    /// There is no such place.
    UnknownPlace(Option<String>),
    /// An error that the lexicon does not declare.
    Other(rt::ErrorBody),
}
impl From<rt::ErrorBody> for GetForecastError {
    fn from(body: rt::ErrorBody) -> Self {
        match body.error.as_str() {
            "UnknownPlace" => Self::UnknownPlace(body.message),
            _ => Self::Other(body),
        }
    }
}
impl From<GetForecastError> for rt::ErrorBody {
    fn from(error: GetForecastError) -> Self {
        match error {
            GetForecastError::UnknownPlace(message) => Self::new("UnknownPlace", message),
            GetForecastError::Other(body) => body,
        }
    }
}
impl std::fmt::Display for GetForecastError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        rt::ErrorBody::from(self.clone()).fmt(f)
    }
}
impl std::error::Error for GetForecastError {}
impl rt::MethodError for GetForecastError {
    const NAMES: &'static [&'static str] = &["UnknownPlace"];
}
