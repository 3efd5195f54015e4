//! The application in process: cases in which time has to pass, and pages.

mod console;
mod keys;
mod sessions;
mod world;
