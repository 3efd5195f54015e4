// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.uploadPhoto`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "com.example.weather.uploadPhoto";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("upload_photo.json"));
/// Uploads a photo of the sky, in any format.
#[derive(Clone, Copy, Debug)]
pub struct UploadPhoto;
impl rt::XrpcMethod for UploadPhoto {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("*/*");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = rt::RawBody;
    type Output = UploadPhotoOutput;
    type Error = rt::ErrorBody;
}
/// The output of [`UploadPhoto`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")] #[non_exhaustive]
pub struct UploadPhotoOutput {
    pub mime_type: String,
    /// In bytes. At least 0.
    pub size: i64,
}
impl UploadPhotoOutput {
    pub fn new(mime_type: impl Into<String>, size: i64) -> Self {
        Self { mime_type: mime_type.into(), size }
    }
}
impl rt::Validate for UploadPhotoOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "mimeType", rt::Checker::text);
        c.required(o, "size", |c, v| c.integer(v).range(0..).end());
    }
}
