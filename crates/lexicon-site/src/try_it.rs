//! The page that calls a method from the browser: what its form has.

use askama::Template;
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use lexicon_schema::Catalog;
use lexicon_schema::model::{Body, DefKind, Document, Method, Object, Property, Schema, Type};

use crate::answer::Answer;
use crate::links::Links;
use crate::pages::{Frame, Head};
use crate::rust_names::names;
use crate::settings::Settings;
use crate::skeleton::{Members, skeleton};
use crate::tab::Tab;
use crate::words::constraints;

/// The policy of this page alone: it sends requests to the servers that a person names. Scripts still come from this
/// site alone, so that nobody else decides to which. Plain http is for servers on the person's own machine: a key is
/// never sent in the clear.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self' https: http://localhost:* http://127.0.0.1:*; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The most values that a field suggests.
const MAX_VALUES: usize = 200;

/// A form for a call of a method.
#[derive(Template)]
#[template(path = "try_it.html")]
pub(crate) struct TryItPage<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) head: Head<'a>,
    pub(crate) is_procedure: bool,
    /// Where values are checked.
    pub(crate) check: String,
    pub(crate) params: Vec<Field>,
    pub(crate) input: Option<Input>,
    /// What the body of an answer is: `json` with a schema, `other`, or `none`.
    pub(crate) output: &'static str,
    /// Whether the methods are served at the site's own origin.
    pub(crate) serves_methods: bool,
    pub(crate) sign_in: Option<&'a str>,
    /// The path of the module with the types of the method, and the name of its type.
    pub(crate) rust_module: String,
    pub(crate) rust_type: String,
}

/// A query parameter.
pub(crate) struct Field {
    pub(crate) name: String,
    /// `string`, `integer` or `boolean`: that of the elements of an array.
    pub(crate) kind: &'static str,
    pub(crate) is_array: bool,
    pub(crate) required: bool,
    /// Its type and constraints in words.
    pub(crate) words: String,
    pub(crate) description: Option<String>,
    /// The only valid values.
    pub(crate) values: Vec<String>,
    /// Known values; others are valid too.
    pub(crate) known: Vec<String>,
    /// The value that the server takes if there is none.
    pub(crate) default: String,
}

/// The body of a request.
pub(crate) struct Input {
    pub(crate) encoding: String,
    pub(crate) description: Option<String>,
    /// Whether the body is text that is edited here: JSON. Any other is a file.
    pub(crate) is_json: bool,
    /// A value with the members that are required.
    pub(crate) required: String,
    /// A value with all members, if that is another one.
    pub(crate) all: Option<String>,
}

/// Answers with the page of a method; none if a document describes no query and no procedure.
pub(crate) fn page(
    frame: Frame<'_>,
    catalog: &Catalog,
    document: &Document,
    links: &Links,
    settings: &Settings,
    rust_crate: &str,
) -> Option<Answer> {
    let main = document.defs.get("main")?;
    let DefKind::Method(method) = &main.kind else {
        return None;
    };
    let nsid = document.nsid.as_str();
    let (module, rust_type) = names(nsid);
    let page = TryItPage {
        frame,
        head: Head::new(document, Tab::TryIt),
        is_procedure: method.procedure,
        check: links.tab(nsid, Tab::Validate),
        params: fields(method.params.as_ref()),
        input: input(catalog, document, method),
        output: match &method.output {
            None => "none",
            Some(Body {
                schema: Some(_), ..
            }) => "json",
            Some(_) => "other",
        },
        serves_methods: settings.serves_methods,
        sign_in: settings.sign_in.as_deref(),
        rust_module: format!("{rust_crate}::{module}"),
        rust_type,
    };
    let mut answer = crate::answer::render(StatusCode::OK, &page);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Some(answer)
}

fn fields(params: Option<&Object>) -> Vec<Field> {
    let properties = params.map(|params| &params.properties[..]);
    let properties = properties.unwrap_or_default().iter();
    properties.map(field).collect()
}

fn field(property: &Property) -> Field {
    let Schema {
        kind, description, ..
    } = &property.schema;
    let item = match kind {
        Type::Array { items, .. } => &items.kind,
        kind => kind,
    };
    let is_array = matches!(kind, Type::Array { .. });
    let (mut values, mut known, mut default) = (Vec::new(), Vec::new(), String::new());
    let mut name = item.name();
    match item {
        Type::String(string) => {
            values = string.r#enum.clone().unwrap_or_default();
            known.clone_from(&string.known_values);
            default = string.default.clone().unwrap_or_default();
            name = string.format.map_or(name, |format| format.name());
        }
        Type::Integer(integer) => {
            let listed = integer.r#enum.iter().flatten();
            values = listed.map(ToString::to_string).collect();
            default = integer.default.map_or(String::new(), |of| of.to_string());
        }
        Type::Boolean { default: of, .. } => {
            values = vec!["true".to_owned(), "false".to_owned()];
            default = of.map_or(String::new(), |of| of.to_string());
        }
        _ => {}
    }
    for list in [&mut values, &mut known] {
        list.truncate(MAX_VALUES);
    }
    let mut words = vec![match is_array {
        true => format!("array of {name}, one a line"),
        false => name.to_owned(),
    }];
    words.extend(constraints(kind));
    Field {
        name: property.name.clone(),
        kind: item.name(),
        is_array,
        required: property.required,
        words: words.join("; "),
        description: description.clone(),
        values,
        known,
        default,
    }
}

fn input(catalog: &Catalog, document: &Document, method: &Method) -> Option<Input> {
    let Body {
        encoding,
        description,
        schema,
        ..
    } = method.input.as_ref()?;
    let write = |members| {
        let value = skeleton(catalog, document, schema.as_ref()?, members)?;
        Some(format!("{value:#}"))
    };
    let required = write(Members::Required).unwrap_or_else(|| "{}".to_owned());
    let all = write(Members::All).filter(|all| *all != required);
    let essence = encoding.split(';').next().unwrap_or_default().trim();
    Some(Input {
        is_json: schema.is_some() || essence == "application/json",
        encoding: encoding.clone(),
        description: description.clone(),
        required,
        all,
    })
}
