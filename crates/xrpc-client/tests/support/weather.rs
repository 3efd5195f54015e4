// The types of a few methods, in the manner of generated ones. A file to `include!`: documentation
// tests use it too.
use lexicon_runtime as rt;
use serde::{Deserialize, Serialize};

const JSON: Option<&str> = Some("application/json");

/// A query with parameters, an output and a declared error.
#[derive(Clone, Copy, Debug)]
pub struct GetForecast;

impl rt::XrpcMethod for GetForecast {
    const NSID: &'static str = "com.example.weather.getForecast";
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const OUTPUT_ENCODING: Option<&'static str> = JSON;
    type Params = GetForecastParams;
    type Input = rt::NoBody;
    type Output = GetForecastOutput;
    type Error = GetForecastError;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GetForecastParams {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    pub place: String,
}

impl GetForecastParams {
    pub fn new(place: &str) -> Self {
        Self {
            place: place.to_owned(),
            days: None,
        }
    }
}

impl rt::Validate for GetForecastParams {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "place", |c, v| c.string(v).bytes(1..=200).end());
        c.optional(o, "days", |c, v| c.integer(v).range(1..=14).end());
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GetForecastOutput {
    pub sky: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millimetres: Option<i64>,
}

impl rt::Validate for GetForecastOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "sky", |c, v| c.string(v).bytes(1..=9).end());
        c.optional(o, "millimetres", |c, v| c.integer(v).range(1..=2000).end());
    }
}

/// A procedure with an input, an output and a declared error.
#[derive(Clone, Copy, Debug)]
pub struct PutReport;

impl rt::XrpcMethod for PutReport {
    const NSID: &'static str = "com.example.weather.putReport";
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = JSON;
    const OUTPUT_ENCODING: Option<&'static str> = JSON;
    type Params = rt::NoParams;
    type Input = PutReportInput;
    type Output = PutReportOutput;
    type Error = PutReportError;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutReportInput {
    pub place: String,
    pub sky: String,
}

impl PutReportInput {
    pub fn new(place: &str, sky: &str) -> Self {
        Self {
            place: place.to_owned(),
            sky: sky.to_owned(),
        }
    }
}

impl rt::Validate for PutReportInput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "place", |c, v| c.string(v).bytes(1..=200).end());
        c.required(o, "sky", |c, v| c.string(v).bytes(1..=9).end());
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutReportOutput {
    pub id: i64,
}

impl rt::Validate for PutReportOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "id", |c, v| c.integer(v).end());
    }
}

/// A procedure with parameters, and with neither input nor output.
#[derive(Clone, Copy, Debug)]
pub struct DeleteReports;

impl rt::XrpcMethod for DeleteReports {
    const NSID: &'static str = "com.example.weather.deleteReports";
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    type Params = DeleteReportsParams;
    type Input = rt::NoBody;
    type Output = rt::NoBody;
    type Error = rt::ErrorBody;
}

pub type DeleteReportsParams = GetForecastParams;

/// A procedure whose input is an image.
#[derive(Clone, Copy, Debug)]
pub struct PutImage;

impl rt::XrpcMethod for PutImage {
    const NSID: &'static str = "com.example.weather.putImage";
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("image/*");
    type Params = rt::NoParams;
    type Input = rt::RawBody;
    type Output = rt::NoBody;
    type Error = rt::ErrorBody;
}

/// A query whose output is any bytes.
#[derive(Clone, Copy, Debug)]
pub struct GetImage;

impl rt::XrpcMethod for GetImage {
    const NSID: &'static str = "com.example.weather.getImage";
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const OUTPUT_ENCODING: Option<&'static str> = Some("*/*");
    type Params = rt::NoParams;
    type Input = rt::NoBody;
    type Output = rt::RawBody;
    type Error = rt::ErrorBody;
}

/// A query with nothing declared.
#[derive(Clone, Copy, Debug)]
pub struct GetHealth;

impl rt::XrpcMethod for GetHealth {
    const NSID: &'static str = "com.example.weather.getHealth";
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    type Params = rt::NoParams;
    type Input = rt::NoBody;
    type Output = rt::NoBody;
    type Error = rt::ErrorBody;
}

macro_rules! error_enum {
    ($name:ident, $variant:ident) => {
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $variant(Option<String>),
            Other(rt::ErrorBody),
        }

        impl From<rt::ErrorBody> for $name {
            fn from(body: rt::ErrorBody) -> Self {
                if body.error == stringify!($variant) {
                    Self::$variant(body.message)
                } else {
                    Self::Other(body)
                }
            }
        }

        impl From<$name> for rt::ErrorBody {
            fn from(error: $name) -> Self {
                match error {
                    $name::$variant(message) => Self::new(stringify!($variant), message),
                    $name::Other(body) => body,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                rt::ErrorBody::from(self.clone()).fmt(f)
            }
        }

        impl std::error::Error for $name {}

        impl rt::MethodError for $name {
            const NAMES: &'static [&'static str] = &[stringify!($variant)];
        }
    };
}

error_enum!(GetForecastError, UnknownPlace);
error_enum!(PutReportError, Taken);
