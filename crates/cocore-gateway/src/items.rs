//! The items of the prompt of a response.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// What is known of the items. Nothing else of them is kept.
#[derive(Default)]
pub(crate) struct Items {
    /// Whether one of them stands for an item that the upstream holds.
    pub(crate) has_reference: bool,
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Items, A::Error> {
        let mut items = Items::default();
        while let Some(item) = array.next_element::<&RawValue>()? {
            let is_object = item.get().starts_with('{');
            let item = is_object.then(|| serde_json::from_str::<Item>(item.get()));
            items.has_reference |=
                item.is_some_and(|item| item.is_ok_and(|item| item.is_reference()));
        }
        Ok(items)
    }
}

/// An item that is an object.
#[derive(Default)]
struct Item {
    has_id: bool,
    has_role: bool,
    has_kind: bool,
    /// Whether it says that it is a reference. That may be left out.
    is_named: bool,
}

impl Item {
    fn is_reference(&self) -> bool {
        self.is_named || (self.has_id && !self.has_kind && !self.has_role)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Item, A::Error> {
        let mut item = Item::default();
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match &*name {
                "id" => item.has_id = true,
                "role" => item.has_role = true,
                "type" => {
                    let kind = members.next_value::<&RawValue>()?.get();
                    let text = serde_json::from_str::<Cow<'_, str>>(kind);
                    item.has_kind |= kind != "null";
                    item.is_named |= text.is_ok_and(|text| text == "item_reference");
                    continue;
                }
                _ => {}
            }
            members.next_value::<IgnoredAny>()?;
        }
        Ok(item)
    }
}
