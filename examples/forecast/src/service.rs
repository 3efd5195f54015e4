//! The handlers, one for each method.

use tokio::sync::{Mutex, broadcast::Sender};
use xrpc_server::{ErrorBody, Events, Handler, HandlerError, HandlerResult, NoBody, Request};
use xrpc_server::{SendError, StatusCode, SubscriptionHandler, SubscriptionRequest};

use crate::generated::com::example::weather::{
    delete_report::DeleteReport,
    get_forecast::{GetForecast, GetForecastError, GetForecastOutput},
    put_report::{PutReport, PutReportError, PutReportOutput},
    upload_photo::{UploadPhoto, UploadPhotoOutput},
    watch_reports::{Report, WatchReports, WatchReportsMessage},
};
use crate::tokens::Caller;

/// The reports, which are the forecast too, and the channel of new ones.
pub struct Weather(Mutex<Vec<Report>>, Sender<Report>);

impl Default for Weather {
    fn default() -> Self {
        Self(Mutex::default(), Sender::new(64))
    }
}

impl Handler<GetForecast, Caller> for Weather {
    async fn handle(&self, request: Request<GetForecast, Caller>) -> HandlerResult<GetForecast> {
        let (place, count) = (request.params.place, request.params.days as usize);
        let reports = self.0.lock().await;
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
        let is_taken = |old: &Report| old.place == new.place && old.day.date == new.day.date;
        let mut reports = self.0.lock().await;
        if reports.iter().any(is_taken) {
            let taken = PutReportError::Taken(Some("that day has a report".to_owned()));
            return Err(HandlerError::from(taken).with_status(StatusCode::CONFLICT));
        }
        reports.push(new.clone());
        // An error means that there are no subscribers.
        let _ = self.1.send(new);
        Ok(PutReportOutput::new(request.caller.0).into())
    }
}

impl Handler<DeleteReport, Caller> for Weather {
    async fn handle(&self, request: Request<DeleteReport, Caller>) -> HandlerResult<DeleteReport> {
        let (place, date) = (request.input.place, request.input.date);
        let is_kept = |report: &Report| report.place != place || report.day.date != date;
        self.0.lock().await.retain(is_kept);
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
        // Under the lock, so that no report is missed.
        let (latest, mut new) = (self.0.lock().await.last().cloned(), self.1.subscribe());
        if let Some(report) = latest {
            events.push(&WatchReportsMessage::Report(report))?;
        }
        while let Ok(report) = new.recv().await {
            events.push(&WatchReportsMessage::Report(report))?;
        }
        Err(SendError::ConsumerTooSlow.into())
    }
}
