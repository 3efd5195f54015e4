use serde_json::{Map, Value, json};

use super::{CborError, LINK, MAX_DEPTH};
use crate::base32;
use crate::data::Bytes;

/// Reads the value that `bytes` begin with, and gives what follows it.
///
/// # Errors
/// Bytes that are not the one encoding of a value, with their offset.
pub fn read(bytes: &[u8]) -> Result<(Value, &[u8]), CborError> {
    let mut reader = Reader {
        rest: bytes,
        length: bytes.len(),
    };
    let value = reader.item(0)?;
    Ok((value, reader.rest))
}

struct Reader<'b> {
    rest: &'b [u8],
    length: usize,
}

impl<'b> Reader<'b> {
    fn fault(&self, message: &'static str) -> CborError {
        CborError::new(format!("byte {}", self.length - self.rest.len()), message)
    }

    fn take(&mut self, count: u64) -> Result<&'b [u8], CborError> {
        let taken = usize::try_from(count)
            .ok()
            .and_then(|count| self.rest.split_at_checked(count));
        let (taken, rest) = taken.ok_or_else(|| self.fault("expected more bytes"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Major type, the five bits beside it, and the number.
    fn head(&mut self) -> Result<(u8, u8, u64), CborError> {
        let first = self.take(1)?[0];
        let (major, low) = (first >> 5, first & 31);
        let size = match low {
            0..24 => return Ok((major, low, u64::from(low))),
            24..28 => 1 << (low - 24),
            _ => return Err(self.fault("expected a definite length")),
        };
        let tail = self.take(size)?;
        let number = tail
            .iter()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte));
        let least = [24, 0x100, 0x1_0000, 0x1_0000_0000][usize::from(low - 24)];
        if major != 7 && number < least {
            return Err(self.fault("expected the shortest form of a number"));
        }
        Ok((major, low, number))
    }

    fn item(&mut self, depth: usize) -> Result<Value, CborError> {
        if depth > MAX_DEPTH {
            return Err(self.fault("expected less nesting"));
        }
        let (major, low, number) = self.head()?;
        match major {
            0 => Ok(json!(number)),
            1 => {
                let number = i64::try_from(number).map_err(|_| self.fault("expected 64 bits"))?;
                Ok(json!(!number))
            }
            2 => Ok(json!(Bytes(self.take(number)?.to_vec()))),
            3 => Ok(Value::String(self.text(number)?)),
            4 => {
                let mut items = Vec::new();
                for _ in 0..number {
                    items.push(self.item(depth + 1)?);
                }
                Ok(Value::Array(items))
            }
            5 => self.map(number, depth),
            6 if number == LINK => self.link(),
            7 if low == 20 => Ok(Value::Bool(false)),
            7 if low == 21 => Ok(Value::Bool(true)),
            7 if low == 22 => Ok(Value::Null),
            _ => Err(self.fault("expected a value of the data model")),
        }
    }

    fn text(&mut self, length: u64) -> Result<String, CborError> {
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.fault("expected UTF-8"))?;
        Ok(text.to_owned())
    }

    fn map(&mut self, length: u64, depth: usize) -> Result<Value, CborError> {
        let mut members = Map::new();
        let mut last: Option<String> = None;
        for _ in 0..length {
            let (major, _, length) = self.head()?;
            if major != 3 {
                return Err(self.fault("expected a text as the name of a member"));
            }
            let key = self.text(length)?;
            if last.is_some_and(|last| (last.len(), &last) >= (key.len(), &key)) {
                return Err(self.fault("expected members in their order, each once"));
            }
            members.insert(key.clone(), self.item(depth + 1)?);
            last = Some(key);
        }
        Ok(Value::Object(members))
    }

    fn link(&mut self) -> Result<Value, CborError> {
        let (major, _, length) = self.head()?;
        let cid = match major {
            2 => self.take(length)?.strip_prefix(&[0]),
            _ => None,
        };
        let cid = cid.ok_or_else(|| self.fault("expected a CID in a link"))?;
        Ok(json!({ "$link": format!("b{}", base32::encode(cid)) }))
    }
}
