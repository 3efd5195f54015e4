// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.defs`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "com.example.weather.defs";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("defs.json"));
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct Day {
    pub date: rt::Datetime,
    pub sky: DaySkyUnion,
}
impl Day {
    pub fn new(date: rt::Datetime, sky: DaySkyUnion) -> Self {
        Self { date, sky }
    }
}
impl rt::Validate for Day {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "date", |c, v| c.format(v, rt::Format::Datetime));
        c.required(o, "sky", DaySkyUnion::check);
    }
}
#[derive(Clone, Debug, PartialEq)] #[non_exhaustive]
pub enum DaySkyUnion {
    Rain(Rain),
    Sun(Sun),
    /// A type that the lexicon does not list.
    Other(rt::TypedObject),
}
impl<'de> Deserialize<'de> for DaySkyUnion {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let object = rt::TypedObject::deserialize(d)?;
        Ok(
            match object.type_name() {
                "com.example.weather.defs#rain" => Self::Rain(object.into_variant()?),
                "com.example.weather.defs#sun" => Self::Sun(object.into_variant()?),
                _ => Self::Other(object),
            },
        )
    }
}
impl Serialize for DaySkyUnion {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Rain(v) => rt::variant(s, "com.example.weather.defs#rain", v),
            Self::Sun(v) => rt::variant(s, "com.example.weather.defs#sun", v),
            Self::Other(v) => v.serialize(s),
        }
    }
}
impl rt::Validate for DaySkyUnion {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        match c.variant(v) {
            Some("com.example.weather.defs#rain") => Rain::check(c, v),
            Some("com.example.weather.defs#sun") => Sun::check(c, v),
            _ => {}
        }
    }
}
/// It rains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct Rain {
    /// 1 to 2000.
    pub millimetres: i64,
}
impl Rain {
    pub fn new(millimetres: i64) -> Self {
        Self { millimetres }
    }
}
impl rt::Validate for Rain {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "millimetres", |c, v| c.integer(v).range(1..=2000).end());
    }
}
/// It does not.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)] #[non_exhaustive]
pub struct Sun {
    /// 0 to 24.
    #[serde(skip_serializing_if = "Option::is_none")] pub hours: Option<i64>,
}
impl rt::Validate for Sun {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.optional(o, "hours", |c, v| c.integer(v).range(0..=24).end());
    }
}
