//! Unions.

/// Declares an enum by a table of its variants, each with its `$type`. With `..` at its end, the union is open: it
/// has a variant `Other`.
#[macro_export]
macro_rules! union {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($variant:ident($ty:ty) = $type:literal,)* .. }
    ) => {
        $(#[$attribute])*
        #[non_exhaustive]
        pub enum $name {
            $($variant($ty),)*
            /// A type that the lexicon does not list.
            Other($crate::TypedObject),
        }
        impl $crate::Validate for $name {
            fn check(c: &mut $crate::Checker, v: $crate::Node<'_>) {
                match c.variant(v) {
                    $(Some($type) => <$ty as $crate::Validate>::check(c, v),)*
                    _ => {}
                }
            }

            fn read(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                $crate::shape::FromNode::from_node(v)
            }
        }
        impl $crate::shape::FromNode for $name {
            fn from_node(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                match $crate::shape::variant(v)? {
                    $($type => $crate::shape::FromNode::from_node(v).map(Self::$variant),)*
                    _ => $crate::shape::FromNode::from_node(v).map(Self::Other),
                }
            }
        }
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(v) => $crate::shape::serialize_variant(v, $type, s),)*
                    Self::Other(v) => $crate::serde::Serialize::serialize(v, s),
                }
            }
        }
        $crate::__deserialize! { $name }
    };
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($variant:ident($ty:ty) = $type:literal,)* }
    ) => {
        $(#[$attribute])*
        #[non_exhaustive]
        pub enum $name {
            $($variant($ty),)*
        }
        impl $crate::Validate for $name {
            fn check(c: &mut $crate::Checker, v: $crate::Node<'_>) {
                match c.variant(v) {
                    $(Some($type) => <$ty as $crate::Validate>::check(c, v),)*
                    Some(_) => c.not_in_union(&[$($type),*] as &[&str]),
                    None => {}
                }
            }

            fn read(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                $crate::shape::FromNode::from_node(v)
            }
        }
        impl $crate::shape::FromNode for $name {
            fn from_node(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                match $crate::shape::variant(v)? {
                    $($type => $crate::shape::FromNode::from_node(v).map(Self::$variant),)*
                    _ => Err($crate::shape::ShapeError::not_in_union()),
                }
            }
        }
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(v) => $crate::shape::serialize_variant(v, $type, s),)*
                }
            }
        }
        $crate::__deserialize! { $name }
    };
}
