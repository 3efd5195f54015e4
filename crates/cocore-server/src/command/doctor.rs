//! `cocore-server doctor`: checks what a server with these settings needs, and changes nothing.

mod check;
mod clock;
mod database;
mod descriptors;
mod encryption;
mod file;
mod file_system;
mod network;
mod proxies;

use std::thread;
use std::time::Duration;

use cocore_store::{Diagnosis, diagnose};
use tokio::sync::oneshot;

use crate::allowed::Allowed;
use crate::arguments::{DoctorArguments, RawSettings};
use crate::failure::Failure;
use crate::service_identity::ServiceIdentity;
use crate::settings::Settings;

use check::{Check, Report};

/// How long the checks of the database and its files may take together.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(super) fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    let system = actix_web::rt::System::new();
    let report = Report::new(system.block_on(examine(&arguments.settings)));
    report.print(arguments.json)?;
    report.outcome()
}

/// Makes all checks.
async fn examine(raw: &RawSettings) -> Vec<Check> {
    let settings = match Settings::parse_without_effects(raw) {
        Ok(settings) => settings,
        Err(failure) => {
            let invalid =
                Check::failed("settings", failure, "correct it: no server starts with it");
            let others = Check::not_checked("all others", "the settings are invalid");
            return vec![invalid, descriptors::check(), others];
        }
    };
    let identity = ServiceIdentity::new(&settings.listen, &settings.listen.address);
    let (mut local, network) = tokio::join!(
        examine_database(&settings),
        network::examine(&settings, identity.as_ref())
    );
    let mut checks = vec![check_settings(&settings, identity.as_ref())];
    checks.append(&mut local);
    checks.push(descriptors::check());
    checks.extend(network);
    checks
}

fn check_settings(settings: &Settings, identity: Option<&ServiceIdentity>) -> Check {
    const NAME: &str = "settings";
    if let Err(error) = Allowed::parse(&settings.allow) {
        let found = format!("--allow (COCORE_ALLOW): {error}");
        return Check::failed(NAME, found, "correct it: no server starts with it");
    }
    match identity {
        None => Check::warning(
            NAME,
            "service auth and sign-in are off",
            "set --public-url to the origin at which clients reach the server",
        ),
        Some(identity) if settings.allow_localhost && !identity.is_local => Check::warning(
            NAME,
            "--allow-localhost is on: anybody can make the server call this machine",
            "leave it out in production",
        ),
        Some(ServiceIdentity { did, origin, .. }) => {
            Check::ok(NAME, format!("the server is {did} at {origin}"))
        }
    }
}

/// Makes the checks that may block, in a thread that nobody waits for longer than the time-out.
async fn examine_database(settings: &Settings) -> Vec<Check> {
    let (sender, examined) = oneshot::channel();
    let own = settings.clone();
    let thread = thread::Builder::new().name("doctor".to_owned());
    let started = thread.spawn(move || {
        let _ = sender.send(examine_blocking(&own));
    });
    if let Err(error) = started {
        return vec![Check::not_checked(
            "database",
            format!("no thread: {error}"),
        )];
    }
    match tokio::time::timeout(TIMEOUT, examined).await {
        Ok(Ok(checks)) => checks,
        _ => vec![Check::failed(
            "database",
            format!(
                "{}: no answer within {} seconds",
                settings.database,
                TIMEOUT.as_secs()
            ),
            "look at its disk or network",
        )],
    }
}

fn examine_blocking(settings: &Settings) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut is_missing = false;
    if let Some(file) = settings.database.sqlite() {
        let found = file::examine(file);
        is_missing = found.is_missing;
        checks.extend(found.checks);
    }
    let diagnosis = if is_missing {
        None
    } else {
        Some(diagnose(&settings.database))
    };
    checks.extend(database::checks(&settings.database, diagnosis.as_ref()));
    let found = diagnosis.as_ref().and_then(|found| found.as_ref().ok());
    checks.push(encryption::check(settings, found));
    checks.extend(found.and_then(database_clock));
    checks
}

fn database_clock(found: &Diagnosis) -> Option<Check> {
    let ahead = found.postgres.as_ref()?.clock_ahead;
    Some(clock::check("clock of the database", "the database", ahead))
}
