//! What calls of models have cost, as pages show it, and the page of the whole account.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use cocore_console::{Usage, UsageCounts, UsageDay, UsageOfModel, UsagePage};
use cocore_keys::StoreError;
use cocore_store::{UsageCounts as StoredCounts, UsageSum};

use super::html::{error_page, html};
use super::limits::limits;
use super::pages::{header, signed_in};
use super::state::ConsoleState;
use crate::errors::unavailable;
use crate::inference::Range;

/// How many days are shown, with the one that it is.
const DAYS: u16 = 30;

/// Answers `/usage`.
pub(super) async fn page(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    let session = match signed_in(&request, &console).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    let usage = match usage(&console, &session.did, None).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(usage) => usage,
    };
    // The limits of an account have no key.
    let limits = match limits(&console, &session.did, None, &[]).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(limits) => limits,
    };
    let page = UsagePage {
        header: header(&console, session),
        usage,
        limits,
    };
    html(StatusCode::OK, page.render())
}

/// Returns what the calls of an account have cost in the last days: those with one key, or all.
pub(super) async fn usage(
    console: &ConsoleState,
    did: &str,
    key: Option<&str>,
) -> Result<Usage, StoreError> {
    let range = Range::last_days(DAYS, console.clock.now());
    let sums = console.readings.usage(did, key, range).await?;
    Ok(by_day_and_model(range.from.date_naive(), &sums))
}

fn by_day_and_model(first: NaiveDate, sums: &[UsageSum]) -> Usage {
    let mut days: BTreeMap<NaiveDate, StoredCounts> = BTreeMap::new();
    let mut models: BTreeMap<&str, StoredCounts> = BTreeMap::new();
    for sum in sums {
        let day = days.entry(sum.start.date_naive()).or_default();
        day.add(&sum.counts);
        models.entry(&sum.model).or_default().add(&sum.counts);
    }
    let day = |day: NaiveDate| UsageDay {
        day,
        counts: counts(days.get(&day).copied().unwrap_or_default()),
    };
    let mut models: Vec<_> = models.into_iter().collect();
    models.sort_by_key(|(_, of)| std::cmp::Reverse(of.input.saturating_add(of.output)));
    let of_model = |(model, of): (&str, StoredCounts)| UsageOfModel {
        model: model.to_owned(),
        counts: counts(of),
    };
    Usage {
        days: first.iter_days().take(DAYS.into()).map(day).collect(),
        models: models.into_iter().map(of_model).collect(),
    }
}

fn counts(stored: StoredCounts) -> UsageCounts {
    let StoredCounts {
        calls,
        errors,
        estimated,
        input,
        output,
        cached,
    } = stored;
    UsageCounts {
        calls,
        errors,
        estimated,
        input,
        output,
        cached,
    }
}
