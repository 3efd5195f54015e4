//! Reading a body: strict JSON, then the check, then the type.

mod strict;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check::{Checker, Options, Validate, Violation, Violations};
use crate::tree::{self, Node, Tree};

/// Reads strict JSON: UTF-8, no member given twice, at most 128 levels deep, nothing after it. A number with a
/// fraction or an exponent that is an integer, such as `3.0`, is read as that integer.
///
/// # Errors
/// The first fault, with its place below `root`, its line and its column.
pub fn parse(root: &'static str, bytes: &[u8]) -> Result<Value, Violations> {
    strict::parse(root, text(root, bytes)?)
}

fn text<'b>(root: &'static str, bytes: &'b [u8]) -> Result<&'b str, Violations> {
    let fault = |message: String| Violations::from(Violation::new(root, message));
    if bytes.is_empty() {
        return Err(fault("expected JSON, found nothing".to_owned()));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        fault(format!("malformed JSON: no UTF-8 from byte {at} on"))
    })
}

/// Parses and checks a body, and passes it on with what was found.
fn checked<T>(
    root: &'static str,
    bytes: &[u8],
    options: Options,
    check: impl FnMut(&mut Checker, Node<'_>),
    read: impl FnOnce(Node<'_>, Result<(), Violations>) -> Result<T, Violations>,
) -> Result<T, Violations> {
    let text = text(root, bytes)?;
    let value;
    let tree = match tree::scan(text) {
        Some(tree) => tree,
        None => {
            // Finds the place of the fault.
            value = strict::parse(root, text)?;
            Tree::from(&value)
        }
    };
    let result = Checker::new(root).with(options).check(&tree, check);
    let result = read(tree.root(), result);
    tree.recycle();
    result
}

/// Reads a body of type `T`: every constraint of its schema holds in what is returned.
///
/// # Errors
/// All that is wrong with it, each with its place below `root`.
pub fn decode<T: Validate + DeserializeOwned>(
    root: &'static str,
    bytes: &[u8],
    options: Options,
) -> Result<T, Violations> {
    checked(root, bytes, options, T::check, |node, result| {
        result.and_then(|()| read(root, node))
    })
}

/// The same for a value that is already parsed.
///
/// # Errors
/// As [`decode`].
pub fn from_value<T: Validate + DeserializeOwned>(
    root: &'static str,
    value: &Value,
    options: Options,
) -> Result<T, Violations> {
    let tree = Tree::from(value);
    Checker::new(root).with(options).check(&tree, T::check)?;
    read(root, tree.root())
}

/// Reads a body that has the shape of `T`, and returns beside it what else its schema does not allow:
/// for clients, which the specification asks to tolerate a server that is newer or careless.
///
/// # Errors
/// The body is no strict JSON, or has not the shape of `T`.
pub fn decode_lenient<T: Validate + DeserializeOwned>(
    root: &'static str,
    bytes: &[u8],
    options: Options,
) -> Result<(T, Option<Violations>), Violations> {
    checked(
        root,
        bytes,
        options,
        T::check,
        |node, result| match result {
            Ok(()) => read(root, node).map(|body| (body, None)),
            // The violations are more precise than that the shape is wrong.
            Err(violations) => match read(root, node) {
                Ok(body) => Ok((body, Some(violations))),
                Err(_) => Err(violations),
            },
        },
    )
}

/// Reads a value as a `T`, without its check.
pub(crate) fn read<T: Validate + DeserializeOwned>(
    root: &'static str,
    node: Node<'_>,
) -> Result<T, Violations> {
    // Serde's message may quote a value, and a value may be a secret.
    T::read(node).map_err(|_| {
        Violation::new(root, "the value has not the shape that its schema asks for").into()
    })
}

/// Checks a value that was built in Rust, before it is sent.
///
/// # Errors
/// All that its schema does not allow.
pub fn check<T: Validate + serde::Serialize>(
    root: &'static str,
    value: &T,
    options: Options,
) -> Result<(), Violations> {
    match serde_json::to_value(value) {
        Ok(value) => Checker::new(root)
            .with(options)
            .check(&Tree::from(&value), T::check),
        Err(_) => Err(Violation::new(root, "the value cannot be written as JSON").into()),
    }
}
