//! The site as browsers and programs meet it.
#![allow(clippy::unwrap_used, missing_docs)]

mod crawl;
mod hostile;
mod html;
mod pages;
mod programs;
mod support;
mod try_it;
mod validation;
