//! Values that need a type of their own.

/// Declares a struct around a value, with the check of the value.
///
/// ```
/// use lexicon_runtime as rt;
///
/// rt::newtype! {
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Names(pub Vec<String>) = |c, v| c.array(v, ..=3, rt::Checker::text);
/// }
///
/// let names: Names = serde_json::from_str(r#"["a"]"#).unwrap();
/// assert_eq!(names.0, ["a"]);
/// ```
#[macro_export]
macro_rules! newtype {
    ($(#[$attribute:meta])* pub struct $name:ident(pub $ty:ty) = $check:expr;) => {
        $(#[$attribute])*
        pub struct $name(pub $ty);
        impl $crate::Validate for $name {
            fn check(c: &mut $crate::Checker, v: $crate::Node<'_>) {
                let check: fn(&mut $crate::Checker, $crate::Node<'_>) = $check;
                check(c, v)
            }

            fn read(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                $crate::shape::FromNode::from_node(v)
            }
        }
        impl $crate::shape::FromNode for $name {
            fn from_node(v: $crate::Node<'_>) -> Result<Self, $crate::shape::ShapeError> {
                $crate::shape::FromNode::from_node(v).map(Self)
            }
        }
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                $crate::serde::Serialize::serialize(&self.0, s)
            }
        }
        $crate::__deserialize! { $name }
    };
}
