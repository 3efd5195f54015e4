//! A union that is open: a type that is newer than this program is kept, and nothing else is accepted.
#![allow(clippy::unwrap_used, missing_docs)]

use forecast::generated::com::example::weather::defs::DaySkyUnion;
use forecast::generated::com::example::weather::get_forecast::GetForecastOutput;
use lexicon_runtime::{Options, json};
use serde_json::json;

#[test]
fn an_answer_may_have_a_type_that_is_newer_than_this_program() {
    let answer = br#"{"days": [
        {"date": "2030-01-01T00:00:00Z", "sky": {"$type": "com.example.weather.defs#rain", "millimetres": 12}},
        {"date": "2030-01-02T00:00:00Z", "sky": {"$type": "com.example.weather.defs#hail"}}
    ]}"#;
    let forecast: GetForecastOutput = json::decode("output", answer, Options::DEFAULT).unwrap();
    let skies = forecast.days.iter().map(|day| match &day.sky {
        DaySkyUnion::Rain(rain) => format!("{} mm of rain", rain.millimetres),
        DaySkyUnion::Other(other) => other.type_name().to_owned(),
        // A type that the lexicon may get.
        sky => format!("{sky:?}"),
    });
    let skies: Vec<_> = skies.collect();
    assert_eq!(skies, ["12 mm of rain", "com.example.weather.defs#hail"]);
}

#[test]
fn an_open_union_keeps_what_it_does_not_know_and_nothing_else() {
    let hail = json!({ "$type": "com.example.weather.defs#hail", "size": [1, { "a": null }] });
    let sky: DaySkyUnion = serde_json::from_value(hail.clone()).unwrap();
    assert!(matches!(&sky, DaySkyUnion::Other(other) if other.members()["size"][0] == 1));
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
            serde_json::from_value::<DaySkyUnion>(bad.clone()).is_err(),
            "{bad}"
        );
    }
    let rain = json!({ "$type": "com.example.weather.defs#rain", "millimetres": 12 });
    let sky: DaySkyUnion = serde_json::from_value(rain.clone()).unwrap();
    assert_eq!(serde_json::to_value(&sky).unwrap(), rain);
}
