// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.getForecast`
use lexicon_runtime::{self as rt, Validate as _};
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
rt::object! {
    /// The parameters of [`GetForecast`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetForecastParams {
        /// 1 to 200 bytes.
        pub place: String = required("place", |c, v| c.string(v).bytes(1..=200).end()),
        /// 1 to 14, default 3.
        pub days: i64 = default("days" = 3, |c, v| c.integer(v).range(1..=14).end()),
    }
    fn new(place: impl Into<String>);
}
rt::object! {
    /// The output of [`GetForecast`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetForecastOutput {
        /// At most 14 elements.
        pub days: Vec<super::defs::Day> =
            required("days", |c, v| c.array(v, ..=14, super::defs::Day::check)),
    }
    fn new(days: Vec<super::defs::Day>);
}
rt::errors! {
    /// The errors of [`GetForecast`].
    pub enum GetForecastError {
        /// There is no such place.
        UnknownPlace = "UnknownPlace",
    }
}
