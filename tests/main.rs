//! The built server from outside, over real HTTP: a file a feature.

mod answers;
mod bodies;
mod commands;
mod credentials;
mod limits;
mod methods;
mod operations;
mod secrets;
mod support;
