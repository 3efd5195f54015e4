// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.defs`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "com.example.weather.defs";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("defs.json"));
rt::object! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Day {
        pub date: rt::Datetime = required("date", |c, v| c.format(v, rt::Format::Datetime)),
        pub sky: DaySkyUnion = required("sky", DaySkyUnion::check),
    }
    fn new(date: rt::Datetime, sky: DaySkyUnion);
}
rt::union! {
    #[derive(Clone, Debug, PartialEq)]
    pub enum DaySkyUnion {
        Rain(Rain) = "com.example.weather.defs#rain",
        Sun(Sun) = "com.example.weather.defs#sun",
        ..
    }
}
rt::object! {
    /// It rains.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Rain {
        /// 1 to 2000.
        pub millimetres: i64 = required("millimetres", |c, v| c.integer(v).range(1..=2000).end()),
    }
    fn new(millimetres: i64);
}
rt::object! {
    /// It does not.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Sun {
        /// 0 to 24.
        pub hours: Option<i64> = optional("hours", |c, v| c.integer(v).range(0..=24).end()),
    }
}
