//! The data model, which holds for all of a value, also where no schema describes it.
//! Source: <https://atproto.com/specs/data-model>.

use super::Checker;
use crate::tree::{Members, Node};

impl Checker {
    /// Reports what is outside of the data model.
    pub(super) fn data_model(&mut self, v: Node<'_>) {
        if let Some(items) = v.as_array() {
            for (index, item) in items.enumerate() {
                if is_to_check(item) {
                    self.at_index(index, |c| c.data_model(item));
                }
            }
        } else if let Some(members) = v.as_object() {
            self.data_object(members, v);
        } else if v.is_integer() {
            self.violation("expected an integer within 64 bits");
        } else {
            self.wrong_type("an integer", v);
        }
    }

    fn data_object(&mut self, members: Members<'_>, v: Node<'_>) {
        let (mut has_bytes, mut has_link, mut type_name) = (false, false, None);
        for (name, value) in members.iter().filter(|(name, _)| name.starts_with('$')) {
            match name {
                "$bytes" => has_bytes = true,
                "$link" => has_link = true,
                "$type" => type_name = Some(value),
                _ => {}
            }
        }
        if has_bytes {
            return self.bytes(v).end();
        }
        if has_link {
            return self.link(v);
        }
        match type_name.map(|name| (name, name.as_str())) {
            Some((_, Some("blob"))) => self.blob(v).end(),
            Some((_, Some(""))) => self.at_key("$type", Self::nameless),
            Some((name, None)) => {
                self.at_key("$type", |c| c.wrong_type("the name of a type", name))
            }
            Some((_, Some(_))) => {}
            None if self.options.write && is_old_blob(members) => self.old_blob(),
            None => {}
        }
        for (name, value) in members.iter() {
            if name != "$type" && is_to_check(value) {
                self.at_name(name, |c| c.data_model(value));
            }
        }
    }
}

/// Whether anything can be wrong with a value: most are texts and integers.
fn is_to_check(v: Node<'_>) -> bool {
    v.is_other_number() || v.is_container()
}

/// Whether an object has the old form of a blob, and nothing else.
fn is_old_blob(members: Members<'_>) -> bool {
    let is_text = |name| members.get(name).is_some_and(|v| v.as_str().is_some());
    members.len() == 2 && is_text("cid") && is_text("mimeType")
}
