//! Lexicons of one's own as Rust types. The code in `generated` was written by
//!
//! ```sh
//! lexicon codegen
//! ```
//!
//! and needs `lexicon-runtime`, `serde` and `serde_json`.
#![allow(clippy::print_stdout)]

#[rustfmt::skip]
mod generated;

use generated::com::example::weather::defs::DaySky;
use generated::com::example::weather::get_forecast::{
    GetForecast, GetForecastOutput, GetForecastParams,
};

use lexicon_runtime::{Violations, XrpcMethod, json, query};

fn main() -> Result<(), Violations> {
    // As a server: the query string of a call, checked, its default filled in.
    let params: GetForecastParams = query::decode(GetForecast::PARAMS, "place=Bergen")?;
    println!("{} days for {}", params.days, params.place);
    match query::decode::<GetForecastParams>(GetForecast::PARAMS, "days=15") {
        Ok(_) => println!("fifteen days are too many"),
        Err(violations) => println!("refused: {violations}"),
    }

    // As a client: an answer, in which a type may be newer than this program.
    let answer = br#"{"days": [
        {"date": "2030-01-01T00:00:00Z", "sky": {"$type": "com.example.weather.defs#rain", "millimetres": 12}},
        {"date": "2030-01-02T00:00:00Z", "sky": {"$type": "com.example.weather.defs#hail"}}
    ]}"#;
    let forecast: GetForecastOutput = json::decode("output", answer)?;
    for day in &forecast.days {
        match &day.sky {
            DaySky::Rain(rain) => println!("{}: {} mm of rain", day.date, rain.millimetres),
            DaySky::Sun(_) => println!("{}: sun", day.date),
            DaySky::Other(other) => println!("{}: {}", day.date, other.type_name()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Item 5 of what other generators get wrong: an unknown type is kept, a known one with a bad
    /// body is an error, and so is a value without a type.
    #[test]
    fn an_open_union_keeps_what_it_does_not_know_and_nothing_else() {
        let hail = json!({ "$type": "com.example.weather.defs#hail", "size": [1, { "a": null }] });
        let sky: DaySky = serde_json::from_value(hail.clone()).unwrap();
        assert!(matches!(&sky, DaySky::Other(other) if other.members()["size"][0] == 1));
        assert_eq!(serde_json::to_value(&sky).unwrap(), hail);
        for bad in [
            json!({ "$type": "com.example.weather.defs#rain" }),
            json!({ "$type": "com.example.weather.defs#rain", "millimetres": "12" }),
            json!({ "$type": "" }),
            json!({ "millimetres": 12 }),
            json!("com.example.weather.defs#rain"),
            json!(null),
        ] {
            assert!(
                serde_json::from_value::<DaySky>(bad.clone()).is_err(),
                "{bad}"
            );
        }
        let rain = json!({ "$type": "com.example.weather.defs#rain", "millimetres": 12 });
        let sky: DaySky = serde_json::from_value(rain.clone()).unwrap();
        assert_eq!(serde_json::to_value(&sky).unwrap(), rain);
    }
}
