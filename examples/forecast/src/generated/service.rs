// Generated from the lexicons by `lexicon codegen`. Do not edit.
use xrpc_server::{Handler, SubscriptionHandler, Router};
use super::com::example::weather::delete_report::DeleteReport;
use super::com::example::weather::get_forecast::GetForecast;
use super::com::example::weather::put_report::PutReport;
use super::com::example::weather::upload_photo::UploadPhoto;
use super::com::example::weather::watch_reports::WatchReports;
/// Every method of this service. `C` is the authenticated caller.
///
/// It is never implemented by hand: it holds for each type that handles all of these.
///
/// - `com.example.weather.deleteReport`
/// - `com.example.weather.getForecast`
/// - `com.example.weather.putReport`
/// - `com.example.weather.uploadPhoto`
/// - `com.example.weather.watchReports`
#[diagnostic::on_unimplemented(
    message = "a method of the lexicons has no implementation in `{Self}`",
    label = "the `Handler` that is missing is named below: write its `impl`"
)]
pub trait Service<C>
where
    Self: Handler<DeleteReport, C> + Handler<GetForecast, C> + Handler<PutReport, C>
        + Handler<UploadPhoto, C> + SubscriptionHandler<WatchReports, C>,
{}
impl<C, T> Service<C> for T
where
    T: Handler<DeleteReport, C> + Handler<GetForecast, C> + Handler<PutReport, C>
        + Handler<UploadPhoto, C> + SubscriptionHandler<WatchReports, C>,
{}
/// Registers every method.
pub fn routes<S: Service<C>, C: Send + 'static>(router: &mut Router<S, C>) {
    router.add::<DeleteReport>();
    router.add::<GetForecast>();
    router.add::<PutReport>();
    router.add::<UploadPhoto>();
    router.add_subscription::<WatchReports>();
}
