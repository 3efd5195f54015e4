//! What a check tolerates.

/// What a check tolerates. The default is what the specification says of data that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether all of the value must be in the [data model](https://atproto.com/specs/data-model), also where
    /// the schema describes nothing: below `unknown`, in members that it does not name, and in variants of a
    /// union that it does not know. Numbers are integers of 64 bits, `$type` is a text that is not empty, and
    /// `$bytes`, `$link` and blobs are well-formed. True by default. Records are always in the data model;
    /// the bodies of a method may be other JSON if their service says so.
    pub data_model: bool,
    /// Whether the value is about to be written: then what the specification allows readers alone is
    /// reported, which are blobs in the old form, also where the schema describes nothing, and a `$type` that
    /// ends with `#main`. False by default.
    pub write: bool,
    /// Whether datetimes may be as older records have them: all that RFC 3339 allows (lower-case `t` and `z`,
    /// a space in place of the `T`, seconds of `60`, the offset `-00:00`), and no time zone at all. False by
    /// default.
    pub lenient_datetimes: bool,
}

impl Options {
    /// The data model holds.
    pub const DEFAULT: Self = Self {
        data_model: true,
        write: false,
        lenient_datetimes: false,
    };
    /// Where the schema describes nothing, any JSON is accepted.
    pub const ANY_JSON: Self = Self {
        data_model: false,
        ..Self::DEFAULT
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}
