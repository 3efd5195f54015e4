//! Objects and records.

/// Declares a struct by a table of its members: each field with how the member is there, its name, and its check.
///
/// ```
/// use lexicon_runtime as rt;
///
/// rt::object! {
///     /// It rains.
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Rain {
///         pub millimetres: i64 = required("millimetres", |c, v| c.integer(v).range(1..=2000).end()),
///         pub note: Option<String> = optional("note", rt::Checker::text),
///     }
///     fn new(millimetres: i64);
/// }
///
/// let rain: Rain = serde_json::from_str(r#"{ "millimetres": 3 }"#).unwrap();
/// assert_eq!(rain, Rain::new(3));
/// ```
///
/// A member is `required`, `required_nullable`, `optional`, `optional_nullable`, `default("name" = VALUE, ..)`,
/// which is filled in when it is read, or `constant("name" = VALUE, ..)`, which `new` sets. `= extra` keeps all
/// others. Without `fn new`, the struct has a default.
#[macro_export]
macro_rules! object {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $(
                $(#[$doc:meta])*
                pub $field:ident: $ty:ty = $presence:ident $(($key:literal $(= $default:expr)?, $check:expr))?,
            )*
        }
        $(key $record_key:literal;)?
        $(fn new($($arguments:tt)*);)?
    ) => {
        $(#[$attribute])*
        #[non_exhaustive]
        pub struct $name {
            $($(#[$doc])* pub $field: $ty,)*
        }
        $crate::__constructor! {
            $name { $($field = $presence $($($default)?)?,)* } $(fn new($($arguments)*))?
        }
        impl $crate::Validate for $name {
            fn check(c: &mut $crate::Checker, v: $crate::Node<'_>) {
                let Some(o) = c.object(v) else { return };
                let mut o = o.in_order();
                $($crate::__record_type!(c, o, $record_key);)?
                $($(c.$presence(&mut o, $key, $check);)?)*
            }

            fn read(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                $crate::shape::FromNode::from_node(v)
            }
        }
        impl $crate::shape::FromNode for $name {
            fn from_node(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                let mut o = $crate::shape::Fields::of(v, &[$($($key,)?)*])?;
                Ok(Self {
                    $($field: o.$presence($($key)?)? $($(.unwrap_or_else(|| $default))?)?,)*
                })
            }
        }
        impl $crate::shape::Object for $name {
            $($crate::__tag!($record_key);)?
            fn write<M: $crate::serde::ser::SerializeMap>(
                &self,
                o: &mut $crate::shape::Writer<'_, M>,
            ) -> Result<(), M::Error> {
                $(o.$presence($($key,)? &self.$field)?;)*
                Ok(())
            }
        }
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                $crate::shape::serialize(self, s)
            }
        }
        $crate::__deserialize! { $name }
        $($crate::__record! { $name $record_key })?
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __record {
    ($name:ident $key:literal) => {
        impl $crate::Record for $name {
            const NSID: &'static str = NSID;
            const KEY: &'static str = $key;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __record_type {
    ($c:ident, $o:ident, $key:literal) => {
        $c.record_type(&mut $o, NSID)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tag {
    ($key:literal) => {
        const TAG: Option<&'static str> = Some(NSID);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __constructor {
    ($name:ident { $($field:ident = $presence:ident $($default:expr)?,)* } fn new($($argument:ident: $ty:ty),* $(,)?)) => {
        impl $name {
            /// With the members that are required.
            pub fn new($($argument: $ty),*) -> Self {
                Self { $($field: $crate::__initial!($presence $field $($default)?),)* }
            }
        }
    };
    ($name:ident { $($field:ident = $presence:ident $($default:expr)?,)* }) => {
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $crate::__initial!($presence $field $($default)?),)* }
            }
        }
    };
}

/// The value of a field in a new struct.
#[doc(hidden)]
#[macro_export]
macro_rules! __initial {
    (required $field:ident) => {
        $field.into()
    };
    (required_nullable $field:ident) => {
        $field
    };
    ($presence:ident $field:ident $default:expr) => {
        $default
    };
    ($presence:ident $field:ident) => {
        Default::default()
    };
}

/// Implements `Deserialize` for a type that is read from a tree.
#[doc(hidden)]
#[macro_export]
macro_rules! __deserialize {
    ($name:ident) => {
        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                $crate::shape::deserialize(d)
            }
        }
    };
}
