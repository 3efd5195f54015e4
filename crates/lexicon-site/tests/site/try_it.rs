//! The page that calls a method.

use std::env;
use std::path::{Path, PathBuf};

use http::Method;
use lexicon_codegen::{Config, generate};
use lexicon_schema::model::DefKind;
use lexicon_schema::{Catalog, Loaded};
use lexicon_site::Site;
use serde_json::{Value, json};

use crate::support::{
    DEFS, NOTE, PUT, SEARCH, documents, get, header, load, send, settings, shown, site, site_of,
    text, value,
};

#[test]
fn methods_have_the_page_and_others_do_not() {
    let site = site();
    for (nsid, status) in [
        (SEARCH, 200),
        (PUT, 200),
        ("com.example.ping", 200),
        ("com.atproto.lexicon.resolveLexicon", 200),
        (NOTE, 404),
        (DEFS, 404),
        ("com.example.subscribe", 404),
        ("com.example.authAll", 404),
        ("com.example.none", 404),
    ] {
        let page = get(&site, &format!("/lexicons/{nsid}/try"));
        assert_eq!(page.status(), status, "{nsid}");
        let documentation = get(&site, &format!("/lexicons/{nsid}"));
        let links = text(&documentation).contains(&format!("\"/lexicons/{nsid}/try\""));
        assert_eq!(links, status == 200, "{nsid}");
    }
}

/// Only this page may send requests to other servers, and never in the clear.
#[test]
fn its_policy_is_its_own() {
    let site = site();
    let policy = |path: &str| header(&get(&site, path), "content-security-policy").to_owned();
    let of_page = policy(&format!("/lexicons/{SEARCH}/try"));
    let connect = "connect-src 'self' https: http://localhost:* http://127.0.0.1:*;";
    assert!(of_page.contains(connect), "{of_page}");
    assert!(!of_page.contains("unsafe"), "{of_page}");
    let strict = of_page.replace(connect, "connect-src 'self';");
    for path in ["", "/json", "/validate", "/metadata"] {
        assert_eq!(policy(&format!("/lexicons/{SEARCH}{path}")), strict);
    }
}

#[test]
fn a_form_has_a_field_for_each_parameter() {
    let document = json!({ "lexicon": 1, "id": "com.example.find", "defs": { "main": {
        "type": "query", "parameters": { "type": "params", "required": ["text"], "properties": {
            "text": { "type": "string", "maxLength": 9, "description": "What <b> is." },
            "limit": { "type": "integer", "minimum": 1, "maximum": 100, "default": 50 },
            "sort": { "type": "string", "enum": ["new", "old"], "default": "new" },
            "lang": { "type": "string", "knownValues": ["de", "en"] },
            "deep": { "type": "boolean" },
            "at": { "type": "array", "items": { "type": "string", "format": "datetime" } },
        } } } } });
    let page = get(&site_of(&[document]), "/com.example.find/try");
    for part in [
        r#"<input id="param-1" data-param="text" data-type="string" "#,
        r#"<input id="param-5" data-param="limit" data-type="integer" placeholder="50" inputmode="numeric""#,
        r#"<select id="param-6" data-param="sort" data-type="string""#,
        "<option>old</option>",
        r#"list="known-4""#,
        r#"<option value="de">"#,
        r#"<select id="param-3" data-param="deep" data-type="boolean""#,
        r#"<textarea id="param-2" data-param="at" data-type="string" data-array"#,
        r#"data-rust-module="lexicons::com::example::find" data-rust-type="Find""#,
    ] {
        assert!(text(&page).contains(part), "{part}: {}", text(&page));
    }
    let shown = shown(&page);
    for part in [
        "text required string; at most 9 bytes. What <b> is.",
        "integer; 1 to 100; default 50",
        "array of datetime, one a line",
        "not given: new",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

/// What stands in the editor at first is valid.
#[test]
fn templates_conform_to_the_lexicon() {
    let odd = json!({ "lexicon": 1, "id": "com.example.odd", "defs": {
        "main": { "type": "procedure", "input": { "encoding": "application/json", "schema": {
            "type": "object", "nullable": ["gone"],
            "required": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "gone"], "properties": {
                "a": { "type": "string", "minLength": 9, "maxLength": 12 },
                "b": { "type": "string", "maxGraphemes": 2 },
                "c": { "type": "array", "minLength": 2, "items": { "type": "integer", "minimum": 7 } },
                "d": { "type": "bytes", "minLength": 3 },
                "e": { "type": "integer", "maximum": -5 },
                "f": { "type": "ref", "ref": "#tree" },
                "g": { "type": "union", "refs": ["#tree"], "closed": true },
                "h": { "type": "unknown" },
                "i": { "type": "array", "maxLength": 0, "items": { "type": "cid-link" } },
                "gone": { "type": "ref", "ref": "#endless" },
                "more": { "type": "blob", "accept": ["image/*"] },
            } } } },
        "tree": { "type": "object", "properties": { "next": { "type": "ref", "ref": "#tree" } } },
        "endless": { "type": "object", "required": ["next"], "properties": {
            "next": { "type": "ref", "ref": "#endless" } } },
    } });
    let documents: Vec<_> = documents().into_iter().chain([odd.to_string()]).collect();
    let site = Site::new(load(&documents), settings("/"));
    assert_eq!(check_templates(&site), 4);
}

#[test]
fn templates_of_real_lexicons_conform() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut dirs = vec![here.join("../../lexicons")];
    dirs.extend(env::var_os("LEXICON_SITE_DIR").map(PathBuf::from));
    for dir in dirs {
        let site = Site::new(Catalog::load(&dir).unwrap(), settings("/"));
        assert!(check_templates(&site) > 0, "{}", dir.display());
    }
}

/// Checks the values that editors begin with. Returns how many there were.
#[track_caller]
fn check_templates(site: &Site) -> usize {
    let mut checked = 0;
    for document in site.catalog().documents() {
        let nsid = &document.nsid;
        let page = get(site, &format!("/{nsid}/try"));
        let templates = text(&page).split("<template id=\"template-").skip(1);
        for template in templates {
            let (_, rest) = template.split_once("\">").unwrap();
            let (template, _) = rest.split_once("</template>").unwrap();
            let template = template.replace("&#34;", "\"").replace("&#38;", "&");
            let path = format!("/{nsid}/validate?def=input&acceptUnresolved=true");
            let report = value(&send(site, Method::POST, &path, &[], &template));
            assert_eq!(report["valid"], true, "{nsid} {template}: {report}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn a_body_that_is_no_json_is_a_file() {
    let put = |encoding: &str, schema: Option<Value>| {
        let mut input = json!({ "encoding": encoding });
        if let Some(schema) = schema {
            input["schema"] = schema;
        }
        let main = json!({ "type": "procedure", "input": input });
        let document = json!({ "lexicon": 1, "id": "com.example.send", "defs": { "main": main } });
        let page = get(&site_of(&[document]), "/com.example.send/try");
        let page = text(&page);
        (page.contains("id=\"file\""), page.contains("id=\"input\""))
    };
    let object = Some(json!({ "type": "object", "properties": {} }));
    assert_eq!(put("application/json", object), (false, true));
    assert_eq!(put("application/json", None), (false, true));
    assert_eq!(put("image/*", None), (true, false));
}

/// The types of the included documents are not in the crate of the site's own lexicons.
#[test]
fn the_crate_is_that_of_the_lexicon() {
    let mut settings = settings("/");
    settings.rust_crate = "other".to_owned();
    let site = Site::new(load(&documents()), settings);
    for (nsid, module) in [
        (SEARCH, "other::com::example::"),
        (
            "com.atproto.lexicon.resolveLexicon",
            "lexicons::com::atproto::",
        ),
    ] {
        let page = get(&site, &format!("/{nsid}/try"));
        let names = format!("data-rust-module=\"{module}");
        assert!(text(&page).contains(&names), "{names}");
    }
}

/// The code in four languages reads the body of the answer as what it is.
#[test]
fn the_body_of_an_answer_is_named() {
    let output = |output: Option<Value>| {
        let mut main = json!({ "type": "query" });
        if let Some(output) = output {
            main["output"] = output;
        }
        let document = json!({ "lexicon": 1, "id": "com.example.find", "defs": { "main": main } });
        let page = get(&site_of(&[document]), "/com.example.find/try");
        let (_, rest) = text(&page).split_once("data-output=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let object = json!({ "type": "object", "properties": {} });
    let json = json!({ "encoding": "application/json", "schema": object });
    assert_eq!(output(Some(json)), "json");
    assert_eq!(output(Some(json!({ "encoding": "*/*" }))), "other");
    assert_eq!(output(None), "none");
}

/// Where methods are served, the page offers this server and its session; elsewhere a server has to be named.
#[test]
fn the_servers_and_credentials_are_those_of_the_site() {
    let page = |change: fn(&mut lexicon_site::Settings)| {
        let mut settings = settings("/");
        change(&mut settings);
        let site = Site::new(load(&documents()), settings);
        shown(&get(&site, &format!("/{SEARCH}/try")))
    };
    let alone = page(|_| {});
    assert!(!alone.contains("This server") && !alone.contains("Session"));
    let served = page(|settings| {
        settings.serves_methods = true;
        settings.sign_in = Some("/".to_owned());
        settings.rust_crate = "other".to_owned();
    });
    assert!(served.contains("This server") && served.contains("Session of this browser"));
}

/// The Rust names are those of the generator.
#[test]
fn rust_names_are_those_of_the_generated_code() {
    let nsids = [
        "com.example.ping",
        "com.example.getHTTPStatus",
        "com.example.type.match",
        "com.example.getX2Y",
        "com.my-site.async.Upper",
        "com.4chan.doIt",
    ];
    let mut loaded = Loaded::default();
    for nsid in nsids {
        let document = json!({ "lexicon": 1, "id": nsid, "defs": { "main": { "type": "query" } } });
        loaded.add(Path::new(nsid), &document.to_string());
    }
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let code = generate(&loaded.catalog, &Config::default()).unwrap();
    let site = Site::new(loaded, settings("/"));
    for document in site.catalog().documents() {
        let main = document.defs.get("main").map(|main| &main.kind);
        if !matches!(main, Some(DefKind::Method(_)))
            || document.nsid.as_str().starts_with("com.atproto.")
        {
            continue;
        }
        let page = get(&site, &format!("/{}/try", document.nsid));
        let attribute = |name: &str| {
            let (_, rest) = text(&page).split_once(&format!("{name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        let module = attribute("data-rust-module").replace("lexicons::", "");
        let file = module.replace("r#", "").replace("::", "/") + ".rs";
        let found = code.iter().find(|(path, _)| path.ends_with(&file));
        let (_, found) = found.unwrap_or_else(|| panic!("{file}: {:?}", code.keys()));
        let name = attribute("data-rust-type");
        assert!(
            found.contains(&format!("pub struct {name};")),
            "{name}: {found}"
        );
    }
}
