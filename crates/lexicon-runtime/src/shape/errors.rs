//! Declared errors.

/// Declares the enum of a method's errors by a table of its variants, each with its name.
#[macro_export]
macro_rules! errors {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $error:literal,)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant(Option<String>),)*
            /// An error that the lexicon does not declare.
            Other($crate::ErrorBody),
        }
        impl From<$crate::ErrorBody> for $name {
            fn from(body: $crate::ErrorBody) -> Self {
                match body.error.as_str() {
                    $($error => Self::$variant(body.message),)*
                    _ => Self::Other(body),
                }
            }
        }
        impl From<$name> for $crate::ErrorBody {
            fn from(error: $name) -> Self {
                match error {
                    $($name::$variant(message) => Self::new($error, message),)*
                    $name::Other(body) => body,
                }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&$crate::ErrorBody::from(self.clone()), f)
            }
        }
        impl std::error::Error for $name {}
        impl $crate::MethodError for $name {
            const NAMES: &'static [&'static str] = &[$($error),*];
        }
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                $crate::serde::Serialize::serialize(&$crate::ErrorBody::from(self.clone()), s)
            }
        }
        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <$crate::ErrorBody as $crate::serde::Deserialize>::deserialize(d).map(Self::from)
            }
        }
    };
}
