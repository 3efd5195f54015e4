//! The files that the pages load, and what the pages may load at all.

/// The header `content-security-policy` of every page, but for those that call methods: they may also send requests to
/// other servers.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// A file below `assets/`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) body: &'static [u8],
}

/// The file of a name.
pub(crate) fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

macro_rules! assets {
    ($($name:literal: $content_type:literal,)*) => {
        &[$(Asset {
            name: $name,
            content_type: $content_type,
            body: include_bytes!(concat!("../assets/", $name)),
        }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "site.css": "text/css; charset=utf-8",
    "document.css": "text/css; charset=utf-8",
    "site.js": "text/javascript; charset=utf-8",
    "try.js": "text/javascript; charset=utf-8",
    "ask.js": "text/javascript; charset=utf-8",
    "check.js": "text/javascript; charset=utf-8",
    "code.js": "text/javascript; charset=utf-8",
    "key.js": "text/javascript; charset=utf-8",
    "languages.js": "text/javascript; charset=utf-8",
    "reply.js": "text/javascript; charset=utf-8",
    "request.js": "text/javascript; charset=utf-8",
    "send.js": "text/javascript; charset=utf-8",
    "try.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
};
