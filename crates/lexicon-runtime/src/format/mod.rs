//! STUB
#![allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format { AtIdentifier, AtUri, Cid, Datetime, Did, Handle, Nsid, Tid, RecordKey, Uri, Language }
impl Format {
    pub fn from_name(n: &str) -> Option<Self> { Some(match n { "did" => Self::Did, "datetime" => Self::Datetime, "at-uri"=>Self::AtUri, "at-identifier"=>Self::AtIdentifier,"cid"=>Self::Cid,"handle"=>Self::Handle,"nsid"=>Self::Nsid,"tid"=>Self::Tid,"record-key"=>Self::RecordKey,"uri"=>Self::Uri,"language"=>Self::Language, _ => return None }) }
    pub fn is_valid(self, _t: &str) -> bool { true }
    pub fn expected(self) -> &'static str { "x" }
}
macro_rules! f { ($($n:ident)*) => { $(
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct $n(String);
impl $n { pub fn parse(s: impl Into<String>) -> Result<Self, std::fmt::Error> { Ok(Self(s.into())) } pub fn as_str(&self) -> &str { &self.0 } }
impl std::str::FromStr for $n { type Err = std::fmt::Error; fn from_str(s: &str) -> Result<Self, std::fmt::Error> { Ok(Self(s.into())) } }
impl std::fmt::Display for $n { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) } }
)* } }
f!(AtIdentifier AtUri Cid Datetime Did Handle Language Nsid RecordKey Tid Uri);
impl Nsid { pub fn name(&self) -> &str { self.0.rsplit('.').next().unwrap_or("") } }
impl Datetime { pub fn to_utc(&self) -> Option<chrono::DateTime<chrono::Utc>> { None } pub fn from_utc(_: chrono::DateTime<chrono::Utc>) -> Option<Self> { None } }
