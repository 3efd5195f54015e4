//! Why a measurement could not be made.

use std::error::Error;

/// The result of a measurement, or of something that it needs.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
