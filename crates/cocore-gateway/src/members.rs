//! The members of a body that are read, each as it is written.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::GatewayError;

/// The members that are read.
#[derive(Default)]
pub(crate) struct Members<'b> {
    pub(crate) model: Member<'b>,
    pub(crate) messages: Member<'b>,
    pub(crate) stream: Member<'b>,
    pub(crate) stream_options: Member<'b>,
    pub(crate) n: Member<'b>,
    pub(crate) n_cmpl: Member<'b>,
    pub(crate) best_of: Member<'b>,
    pub(crate) prompt: Member<'b>,
    pub(crate) prompt_embeds: Member<'b>,
    pub(crate) input: Member<'b>,
    pub(crate) max_tokens: Member<'b>,
    pub(crate) max_completion_tokens: Member<'b>,
    pub(crate) max_output_tokens: Member<'b>,
    pub(crate) n_predict: Member<'b>,
    pub(crate) previous_response_id: Member<'b>,
    pub(crate) conversation: Member<'b>,
}

impl<'b> Members<'b> {
    fn named(&mut self) -> [(&'static str, &mut Member<'b>); 16] {
        [
            ("model", &mut self.model),
            ("messages", &mut self.messages),
            ("stream", &mut self.stream),
            ("stream_options", &mut self.stream_options),
            ("n", &mut self.n),
            ("n_cmpl", &mut self.n_cmpl),
            ("best_of", &mut self.best_of),
            ("prompt", &mut self.prompt),
            ("prompt_embeds", &mut self.prompt_embeds),
            ("input", &mut self.input),
            ("max_tokens", &mut self.max_tokens),
            ("max_completion_tokens", &mut self.max_completion_tokens),
            ("max_output_tokens", &mut self.max_output_tokens),
            ("n_predict", &mut self.n_predict),
            ("previous_response_id", &mut self.previous_response_id),
            ("conversation", &mut self.conversation),
        ]
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Reads the members. One that stands there twice is an error, and so is one whose name differs in case alone: some servers
/// take it for the same, and the last one of them.
pub(crate) struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let mut named = members.named();
            let known = named.iter_mut().find(|(known, _)| folds_to(&name, known));
            let Some((known, Member(member))) = known else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if *name != **known {
                let message = format!("expected the name `{known}`, found another case of it");
                return Err(A::Error::custom(message));
            }
            if member.replace(map.next_value()?).is_some() {
                return Err(A::Error::duplicate_field(known));
            }
        }
        Ok(members)
    }
}

/// Whether a name is a known one for a server that ignores case, in Unicode too.
fn folds_to(name: &str, known: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    name.chars().map(fold).eq(known.chars())
}

/// The text of a member's value, if it is there.
#[derive(Clone, Copy, Default)]
pub(crate) struct Member<'b>(Option<&'b RawValue>);

impl<'b> Member<'b> {
    /// Reads the value. `null` is the same as no member.
    pub(crate) fn read<T: Deserialize<'b>>(
        self,
        name: &'static str,
        expected: &str,
    ) -> Result<Option<T>, GatewayError> {
        let Some(raw) = self.0 else {
            return Ok(None);
        };
        serde_json::from_str(raw.get())
            .map_err(|_| GatewayError::of_member(name, format!("`{name}`: expected {expected}")))
    }

    /// Reads a number of something. One below zero, which some upstreams take for no limit, is the largest.
    pub(crate) fn read_count(self, name: &'static str) -> Result<Option<u64>, GatewayError> {
        let number: Option<f64> = self.read(name, "an integer")?;
        match number {
            Some(number) if number.fract() != 0.0 => {
                let message = format!("`{name}`: expected an integer");
                Err(GatewayError::of_member(name, message))
            }
            // The conversion saturates.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            number => Ok(number.map(|number| {
                if number < 0.0 {
                    u64::MAX
                } else {
                    number as u64
                }
            })),
        }
    }

    /// Whether there is a value.
    pub(crate) fn is_there(self) -> bool {
        self.0.is_some_and(|raw| raw.get() != "null")
    }

    /// Returns the value if it is of this type.
    pub(crate) fn read_if<T: Deserialize<'b>>(self) -> Option<T> {
        serde_json::from_str(self.0?.get()).ok()
    }

    /// Where the value stands in the body.
    pub(crate) fn place(self, body: &str) -> Option<Range<usize>> {
        let text = self.0?.get();
        let start = (text.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
        Some(start..start + text.len())
    }
}
