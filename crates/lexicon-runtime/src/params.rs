//! The query parameters that a method declares.

/// The type of a query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    String,
    /// `-?[0-9]+`.
    Integer,
    /// `true` or `false`.
    Boolean,
}

/// A declared query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param {
    /// Its name in the query string.
    pub name: &'static str,
    /// Its type, or that of its elements.
    pub kind: ParamKind,
    /// Whether it may be given several times.
    pub array: bool,
}

impl Param {
    const fn new(name: &'static str, kind: ParamKind, array: bool) -> Self {
        Self { name, kind, array }
    }

    /// A text.
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, ParamKind::String, false)
    }

    /// Any number of texts.
    pub const fn strings(name: &'static str) -> Self {
        Self::new(name, ParamKind::String, true)
    }

    /// An integer.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, ParamKind::Integer, false)
    }

    /// Any number of integers.
    pub const fn integers(name: &'static str) -> Self {
        Self::new(name, ParamKind::Integer, true)
    }

    /// A boolean.
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, ParamKind::Boolean, false)
    }

    /// Any number of booleans.
    pub const fn booleans(name: &'static str) -> Self {
        Self::new(name, ParamKind::Boolean, true)
    }
}
