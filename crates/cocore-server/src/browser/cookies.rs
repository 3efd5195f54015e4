//! The cookies of the console. Source: RFC 6265bis.

use http::HeaderMap;
use http::header::COOKIE;

use crate::sessions::CookieSecret;

/// How long browsers keep the session cookie, in seconds: as long as a session can last.
const SESSION_MAX_AGE: u32 = 30 * 24 * 60 * 60;
/// How long browsers keep the cookie of a sign-in that is under way, in seconds.
const SIGN_IN_MAX_AGE: u32 = 15 * 60;

/// The names and attributes of the cookies.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    is_https: bool,
}

impl Cookies {
    /// Cookies of a server whose origin is on https, or on plain http.
    pub fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    /// The secret of the session, from a request.
    pub fn session<'r>(&self, headers: &'r HeaderMap) -> Option<&'r str> {
        read(headers, self.session_name())
    }

    /// The state of the sign-in that this browser began, from a request.
    pub fn sign_in_state<'r>(&self, headers: &'r HeaderMap) -> Option<&'r str> {
        read(headers, self.sign_in_name()).filter(|state| !state.is_empty())
    }

    /// `Set-Cookie` of a new session.
    pub fn set_session(&self, secret: &CookieSecret) -> String {
        self.set(self.session_name(), secret.expose(), SESSION_MAX_AGE)
    }

    /// `Set-Cookie` that removes the session.
    pub fn remove_session(&self) -> String {
        self.set(self.session_name(), "", 0)
    }

    /// `Set-Cookie` that binds a sign-in to the browser in which it began.
    pub fn set_sign_in_state(&self, state: &str) -> String {
        self.set(self.sign_in_name(), state, SIGN_IN_MAX_AGE)
    }

    /// `Set-Cookie` that removes the state of a sign-in.
    pub fn remove_sign_in_state(&self) -> String {
        self.set(self.sign_in_name(), "", 0)
    }

    /// The prefix makes browsers refuse the cookie from another host or without https.
    fn session_name(&self) -> &'static str {
        if self.is_https {
            "__Host-cocore"
        } else {
            "cocore"
        }
    }

    fn sign_in_name(&self) -> &'static str {
        if self.is_https {
            "__Host-cocore-sign-in"
        } else {
            "cocore-sign-in"
        }
    }

    fn set(&self, name: &str, value: &str, max_age: u32) -> String {
        let secure = if self.is_https { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
    }
}

/// The value of the only cookie of that name. If there are two, another site may have planted one.
fn read<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    let mut values = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}
