//! CAR files: blocks by their CIDs, each of which is checked.
//! Source: <https://ipld.io/specs/transport/car/carv1/>.

use std::collections::HashMap;

use lexicon_runtime::{CidLink, base32};
use lexicon_schema::cid;
use serde::Deserialize;

use crate::block;
use crate::error::ProofError;

/// The length of a CID of version 1 with SHA-256, in bytes.
const CID_LENGTH: usize = 36;
/// The only version there is for streams.
const VERSION: u64 = 1;
/// The longest varint of a length that fits into memory, in bytes.
const MAX_VARINT: usize = 9;
const HEADER: &str = "header";
/// What errors about the header say in place of a CID.
const OF_FILE: &str = "of the CAR file";

/// The blocks of a CAR file, by the text of their CIDs.
#[derive(Debug)]
pub(crate) struct Car<'b> {
    /// The CID of the one root.
    pub(crate) root: String,
    blocks: HashMap<String, &'b [u8]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    roots: Vec<CidLink>,
    version: u64,
}

impl<'b> Car<'b> {
    /// Reads all of `bytes`: a header with one root, then blocks of DAG-CBOR, each once and with its own CID.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, ProofError> {
        let mut sections = Sections { rest: bytes, bytes };
        let header = sections.section()?.unwrap_or_default();
        let value = block::decode(OF_FILE, HEADER, header)?;
        let Header { roots, version } = block::convert(OF_FILE, HEADER, value)?;
        if version != VERSION {
            return Err(ProofError::UnsupportedCar { version });
        }
        let root = match &roots[..] {
            [root] => root.cid.as_str().to_owned(),
            roots => return Err(ProofError::Roots { count: roots.len() }),
        };
        let mut blocks = HashMap::new();
        while let Some(section) = sections.section()? {
            let (cid, block) = section
                .split_at_checked(CID_LENGTH)
                .ok_or_else(|| sections.truncated())?;
            let cid = format!("b{}", base32::encode(cid));
            let found = cid::of_block(block);
            if cid != found {
                return Err(ProofError::WrongCid { cid, found });
            }
            if blocks.insert(cid.clone(), block).is_some() {
                return Err(ProofError::DuplicateBlock { cid });
            }
        }
        Ok(Self { root, blocks })
    }

    /// The bytes of a block, whose `role` the error names.
    pub(crate) fn block(&self, cid: &str, role: &'static str) -> Result<&'b [u8], ProofError> {
        self.blocks
            .get(cid)
            .copied()
            .ok_or_else(|| ProofError::MissingBlock {
                cid: cid.to_owned(),
                role,
            })
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }
}

/// Sections: a length as a varint, and as many bytes.
struct Sections<'b> {
    rest: &'b [u8],
    bytes: &'b [u8],
}

impl<'b> Sections<'b> {
    /// `None` at the end.
    fn section(&mut self) -> Result<Option<&'b [u8]>, ProofError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let length = self.length()?;
        let section = usize::try_from(length).ok();
        let section = section.and_then(|length| self.rest.split_at_checked(length));
        let (section, rest) = section.ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(Some(section))
    }

    /// A varint in its shortest form.
    fn length(&mut self) -> Result<u64, ProofError> {
        let mut number = 0;
        for index in 0..MAX_VARINT {
            let (byte, rest) = self.rest.split_first().ok_or_else(|| self.truncated())?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                if index > 0 && *byte == 0 {
                    break;
                }
                return Ok(number);
            }
        }
        let offset = self.offset();
        Err(ProofError::InvalidLength { offset })
    }

    fn offset(&self) -> usize {
        self.bytes.len() - self.rest.len()
    }

    fn truncated(&self) -> ProofError {
        let offset = self.offset();
        ProofError::Truncated { offset }
    }
}
