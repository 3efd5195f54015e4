//! The files that the pages load, and what the pages may load at all.

/// The header `content-security-policy` of every page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// A file below `/assets/`.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name: `console.css` is served at `/assets/console.css`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub body: &'static [u8],
}

impl Asset {
    /// The value for the header `etag`: FNV-1a of the content, which is enough to distinguish
    /// releases.
    #[must_use]
    pub fn etag(&self) -> String {
        let hash = self.body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
        format!("\"{hash:016x}\"")
    }
}

/// The file of a name.
#[must_use]
pub fn asset(name: &str) -> Option<&'static Asset> {
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

/// Every file.
pub const ASSETS: &[Asset] = assets! {
    "console.css": "text/css; charset=utf-8",
    "key.css": "text/css; charset=utf-8",
    "usage.css": "text/css; charset=utf-8",
    "records.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "copy.svg": "image/svg+xml",
    "check.svg": "image/svg+xml",
    "console.js": "text/javascript; charset=utf-8",
    "api.js": "text/javascript; charset=utf-8",
    "address.js": "text/javascript; charset=utf-8",
    "connection.js": "text/javascript; charset=utf-8",
    "copy.js": "text/javascript; charset=utf-8",
    "limits.js": "text/javascript; charset=utf-8",
    "message.js": "text/javascript; charset=utf-8",
    "selection.js": "text/javascript; charset=utf-8",
    "actions.js": "text/javascript; charset=utf-8",
    "confirm.js": "text/javascript; charset=utf-8",
    "create.js": "text/javascript; charset=utf-8",
    "expiry.js": "text/javascript; charset=utf-8",
    "fields.js": "text/javascript; charset=utf-8",
    "form.js": "text/javascript; charset=utf-8",
    "key.js": "text/javascript; charset=utf-8",
    "key_forms.js": "text/javascript; charset=utf-8",
    "keys.js": "text/javascript; charset=utf-8",
    "purpose.js": "text/javascript; charset=utf-8",
    "row.js": "text/javascript; charset=utf-8",
    "secret.js": "text/javascript; charset=utf-8",
    "sessions.js": "text/javascript; charset=utf-8",
    "snippets.js": "text/javascript; charset=utf-8",
    "time.js": "text/javascript; charset=utf-8",
};
