//! What was measured, beside its limits.

use std::process::ExitCode;

#[derive(Default)]
pub(crate) struct Report {
    missed: u32,
}

impl Report {
    pub(crate) fn at_least(&mut self, what: &str, value: f64, limit: f64) {
        self.line(what, value, &format!("at least {limit}"), value >= limit);
    }

    pub(crate) fn at_most(&mut self, what: &str, value: f64, limit: f64) {
        self.line(what, value, &format!("at most {limit}"), value <= limit);
    }

    fn line(&mut self, what: &str, value: f64, limit: &str, is_met: bool) {
        let verdict = if is_met { "met" } else { "MISSED" };
        println!("{verdict}: {what}: {value:.3} ({limit})");
        self.missed += u32::from(!is_met);
    }

    pub(crate) fn end(self) -> ExitCode {
        println!("limits missed: {}", self.missed);
        ExitCode::from(u8::from(self.missed > 0))
    }
}
