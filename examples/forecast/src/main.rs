//! Lexicons of one's own as Rust types. The code in `generated` was written by
//!
//! ```sh
//! cargo xtask codegen --lexicons examples/forecast/lexicons --out examples/forecast/src/generated
//! ```
//!
//! and needs `lexicon-runtime`, `serde` and `serde_json`.
#![allow(clippy::print_stdout)]

#[rustfmt::skip]
mod generated;

use generated::com::example::weather::defs::DaySky;
use generated::com::example::weather::get_forecast::{GetForecast, GetForecastOutput};
use lexicon_runtime::xrpc::decode_params;
use lexicon_runtime::{Violations, json};

fn main() -> Result<(), Violations> {
    // As a server: the query string of a call, checked, its default filled in.
    let params = decode_params::<GetForecast>("place=Bergen")?;
    println!("{} days for {}", params.days, params.place);
    match decode_params::<GetForecast>("days=15") {
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
