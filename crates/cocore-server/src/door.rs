//! The one door: which credential a request shows, and who that is.

mod allowed;
mod cookie;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::Data;
use chrono::DateTime;
use cocore_identity::{Refusal, ServiceAuth};
use cocore_keys::{Clock, Keys, VerifiedKey};
use cocore_store::{Session, Store};
use lexicon_runtime::{Did, ErrorBody, MethodKind};
use sha2::{Digest, Sha256};

use crate::api::{Principal, unavailable};
use crate::identity::Identity;
use crate::local_link::LOCAL_ACCOUNT;
use crate::sessions::Sessions;

pub use allowed::{Allowed, InvalidEntry};
use cookie::{COOKIE_LIFE, SIGN_IN_LIFE};

/// What every API key begins with.
const KEY_PREFIX: &str = "cocore-";

/// Marks the server that only the operator can reach: what it is told of the account is so.
pub struct Operator;

/// The header in which the operator names the account.
pub const ACCOUNT: &str = "x-cocore-account";

/// Everything that tells who calls.
pub struct Door {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// The sessions.
    pub sessions: Sessions,
    /// Service auth, if this service has an identity.
    pub service_auth: Option<ServiceAuth>,
    /// That identity.
    pub identity: Option<Identity>,
    /// Who may use this server at all.
    pub allowed: Allowed,
    /// Where seen tokens are kept.
    pub store: Store,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
}

/// What an `Authorization` header shows.
enum Shown<'r> {
    Nothing,
    Key(&'r str),
    Token(&'r str),
    /// Something that is no credential of ours: it never falls through to the cookie.
    Other,
}

impl Door {
    /// Tells who calls a method.
    ///
    /// # Errors
    /// `AuthRequired`, the same for every way in which a key or a cookie can be no good; the name of
    /// the defect of a service-auth token; `Forbidden`; or `ServiceUnavailable` when nobody can tell.
    pub async fn enter(
        &self,
        request: &HttpRequest,
        nsid: &str,
        kind: MethodKind,
    ) -> Result<Principal, ErrorBody> {
        if request.app_data::<Data<Operator>>().is_some() {
            let did = request
                .headers()
                .get(ACCOUNT)
                .and_then(|did| did.to_str().ok());
            let did = did
                .and_then(|did| Did::parse(did).ok())
                .ok_or_else(refused)?;
            return Ok(Principal { did });
        }
        let did = match shown(request.headers()) {
            Shown::Key(key) => self.by_key(key).await?,
            Shown::Token(token) => self.by_token(token, nsid).await?,
            Shown::Nothing => self.by_cookie(request, kind).await?,
            Shown::Other => return Err(refused()),
        };
        if !self.allowed.includes(did.as_str()) {
            return Err(forbidden("this server does not serve this account"));
        }
        Ok(Principal { did })
    }

    /// Whom the API key of a request stands for: no other credential counts. It is a use of the key.
    ///
    /// # Errors
    /// `AuthRequired`, or `ServiceUnavailable`.
    pub async fn owner(&self, request: &HttpRequest) -> Result<VerifiedKey, ErrorBody> {
        match shown(request.headers()) {
            Shown::Key(key) => self.owner_of(key).await?.ok_or_else(refused),
            _ => Err(refused()),
        }
    }

    /// Whom a key stands for, if it is live and its account is served here. It is a use of the key.
    ///
    /// # Errors
    /// `ServiceUnavailable`.
    pub async fn owner_of(&self, key: &str) -> Result<Option<VerifiedKey>, ErrorBody> {
        let found = self.keys.verify(key).await;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.filter(|owner| self.allowed.includes(&owner.did)))
    }

    /// The session that a request's cookie names, if there is no `Authorization` beside it. The one of
    /// the operator's link counts only where there can be such a link.
    ///
    /// # Errors
    /// `Forbidden`, for an account that is not served here any more, or the store cannot answer.
    pub async fn session(&self, request: &HttpRequest) -> Result<Option<Session>, ErrorBody> {
        if !matches!(shown(request.headers()), Shown::Nothing) {
            return Ok(None);
        }
        let name = cookie::name(self.identity.as_ref());
        let Some(text) = cookie::read(request.headers(), name) else {
            return Ok(None);
        };
        let found = self.sessions.find(text).await;
        let found = found.map_err(|error| unavailable(&error))?;
        let is_local = self
            .identity
            .as_ref()
            .is_some_and(|identity| identity.is_local);
        let Some(session) = found.filter(|session| is_local || session.did != LOCAL_ACCOUNT) else {
            return Ok(None);
        };
        let did = Did::parse(session.did.clone()).map_err(|_| refused())?;
        match self.allowed.includes(did.as_str()) {
            true => Ok(Some(session)),
            false => Err(forbidden("this server does not serve this account")),
        }
    }

    /// Refuses a request that another site may have made a browser send.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn check_same_site(&self, request: &HttpRequest) -> Result<(), ErrorBody> {
        match cookie::is_same_site(request.headers(), self.identity.as_ref()) {
            true => Ok(()),
            false => Err(forbidden("this request came from another site")),
        }
    }

    /// Refuses a form that another site may have made a browser send.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn check_own_form(&self, request: &HttpRequest) -> Result<(), ErrorBody> {
        match cookie::is_own_page(request.headers(), self.identity.as_ref()) {
            true => Ok(()),
            false => Err(forbidden("this request came from another site")),
        }
    }

    /// The state of the sign-in that this browser began.
    pub fn begun_sign_in<'r>(&self, request: &'r HttpRequest) -> Option<&'r str> {
        let name = cookie::sign_in_name(self.identity.as_ref());
        cookie::read(request.headers(), name).filter(|state| !state.is_empty())
    }

    /// A cookie that binds a sign-in to the browser in which it began; none for `""`.
    pub fn sign_in_cookie(&self, state: &str) -> String {
        let seconds = if state.is_empty() { 0 } else { SIGN_IN_LIFE };
        let identity = self.identity.as_ref();
        cookie::set(identity, cookie::sign_in_name(identity), state, seconds)
    }

    /// A cookie that holds a new session, as `Set-Cookie` wants it.
    pub fn cookie(&self, secret: &crate::sessions::CookieSecret) -> String {
        let identity = self.identity.as_ref();
        cookie::set(
            identity,
            cookie::name(identity),
            secret.expose(),
            COOKIE_LIFE,
        )
    }

    /// The same cookie, gone.
    pub fn no_cookie(&self) -> String {
        let identity = self.identity.as_ref();
        cookie::set(identity, cookie::name(identity), "", 0)
    }

    async fn by_key(&self, key: &str) -> Result<Did, ErrorBody> {
        let found = self.keys.verify(key).await;
        let found = found.map_err(|error| unavailable(&error))?;
        let found = found.ok_or_else(refused)?;
        Did::parse(&*found.did).map_err(|_| refused())
    }

    async fn by_token(&self, token: &str, nsid: &str) -> Result<Did, ErrorBody> {
        let Some(service_auth) = &self.service_auth else {
            return Err(refused());
        };
        let now = self.clock.now().timestamp_millis() as f64 / 1000.0;
        let caller = service_auth
            .verify(token, nsid, now, |did| self.allowed.includes(did.as_str()))
            .await;
        let caller = caller.map_err(|refusal| name_of(&refusal))?;
        if let Some(id) = &caller.token_id {
            let digest = Sha256::digest(format!("{}\n{id}", caller.did)).into();
            let until = DateTime::from_timestamp(caller.remember_until, 0).unwrap_or_default();
            let first = self.store.token_seen_first(digest, until).await;
            if !first.map_err(|error| unavailable(&error))? {
                let message = "`jti`: this token was used before";
                return Err(ErrorBody::new("JwtReplayed", Some(message.to_owned())));
            }
        }
        Ok(caller.did)
    }

    async fn by_cookie(&self, request: &HttpRequest, kind: MethodKind) -> Result<Did, ErrorBody> {
        let session = self.session(request).await?.ok_or_else(refused)?;
        if kind == MethodKind::Procedure {
            self.check_same_site(request)?;
        }
        Did::parse(session.did).map_err(|_| refused())
    }
}

/// What the one `Authorization` header shows.
fn shown(headers: &HeaderMap) -> Shown<'_> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = match (values.next(), values.next()) {
        (None, _) => return Shown::Nothing,
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Shown::Other,
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        bearer.then(|| token.trim_matches(' '))
    });
    match token {
        Some(key) if key.starts_with(KEY_PREFIX) => Shown::Key(key),
        Some(token) if token.bytes().filter(|byte| *byte == b'.').count() == 2 => {
            Shown::Token(token)
        }
        _ => Shown::Other,
    }
}

fn name_of(refusal: &Refusal) -> ErrorBody {
    if let Refusal::Unavailable(why) = refusal {
        tracing::warn!(%why, "an issuer cannot be looked up");
        let message = "the issuer cannot be looked up now: try again soon";
        return ErrorBody::new(refusal.name(), Some(message.to_owned()));
    }
    ErrorBody::new(refusal.name(), Some(refusal.to_string()))
}

fn refused() -> ErrorBody {
    let message = "expected a valid API key: Authorization: Bearer cocore-...";
    ErrorBody::new("AuthRequired", Some(message.to_owned()))
}

fn forbidden(why: &str) -> ErrorBody {
    ErrorBody::new("Forbidden", Some(why.to_owned()))
}
