// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `com.example.weather.uploadPhoto`
use lexicon_runtime::{self as rt, Validate as _};
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
rt::object! {
    /// The output of [`UploadPhoto`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct UploadPhotoOutput {
        pub mime_type: String = required("mimeType", rt::Checker::text),
        /// In bytes. At least 0.
        pub size: i64 = required("size", |c, v| c.integer(v).range(0..).end()),
    }
    fn new(mime_type: impl Into<String>, size: i64);
}
