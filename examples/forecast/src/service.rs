//! The handlers, one for each method.

use tokio::sync::watch;
use xrpc_server::{ErrorBody, Events, Handler, HandlerError, HandlerResult, NoBody, Request};
use xrpc_server::{StatusCode, SubscriptionHandler, SubscriptionRequest};

use crate::generated::com::example::weather::{
    delete_report::DeleteReport,
    get_forecast::{GetForecast, GetForecastError, GetForecastOutput},
    put_report::{PutReport, PutReportError, PutReportOutput},
    upload_photo::{UploadPhoto, UploadPhotoOutput},
    watch_reports::{Report, WatchReports, WatchReportsMessage},
};
use crate::tokens::Caller;

/// The reports, which are the forecast too.
#[derive(Default)]
pub struct Weather(watch::Sender<Vec<Report>>);

impl Handler<GetForecast, Caller> for Weather {
    async fn handle(&self, request: Request<GetForecast, Caller>) -> HandlerResult<GetForecast> {
        let (place, count) = (request.params.place, request.params.days as usize);
        let reports = self.0.borrow();
        let days = reports.iter().filter(|report| report.place == place);
        let days: Vec<_> = days.map(|report| report.day.clone()).take(count).collect();
        if days.is_empty() {
            return Err(GetForecastError::UnknownPlace(None).into());
        }
        Ok(GetForecastOutput::new(days).into())
    }
}

impl Handler<PutReport, Caller> for Weather {
    async fn handle(&self, request: Request<PutReport, Caller>) -> HandlerResult<PutReport> {
        let new = Report::new(request.input.place, request.input.day);
        let is_added = self.0.send_if_modified(|reports| {
            let is_taken = |old: &Report| old.place == new.place && old.day.date == new.day.date;
            let is_free = !reports.iter().any(is_taken);
            reports.extend(is_free.then_some(new));
            is_free
        });
        if !is_added {
            let taken = PutReportError::Taken(Some("that day has a report".to_owned()));
            return Err(HandlerError::from(taken).with_status(StatusCode::CONFLICT));
        }
        Ok(PutReportOutput::new(request.caller.0).into())
    }
}

impl Handler<DeleteReport, Caller> for Weather {
    async fn handle(&self, request: Request<DeleteReport, Caller>) -> HandlerResult<DeleteReport> {
        let (place, date) = (request.input.place, request.input.date);
        let is_kept = |report: &Report| report.place != place || report.day.date != date;
        self.0.send_modify(|reports| reports.retain(is_kept));
        Ok(NoBody.into())
    }
}

impl Handler<UploadPhoto, Caller> for Weather {
    async fn handle(&self, request: Request<UploadPhoto, Caller>) -> HandlerResult<UploadPhoto> {
        let (photo, size) = (&request.input, request.input.bytes.len() as i64);
        Ok(UploadPhotoOutput::new(photo.content_type.clone().unwrap_or_default(), size).into())
    }
}

impl SubscriptionHandler<WatchReports, Caller> for Weather {
    async fn subscribe(
        &self,
        _: SubscriptionRequest<WatchReports, Caller>,
        events: Events<WatchReports>,
    ) -> Result<(), HandlerError<ErrorBody>> {
        let mut reports = self.0.subscribe();
        reports.mark_changed();
        while reports.changed().await.is_ok() {
            if let Some(latest) = reports.borrow_and_update().last().cloned() {
                events.push(&WatchReportsMessage::Report(latest))?;
            }
        }
        Ok(())
    }
}
