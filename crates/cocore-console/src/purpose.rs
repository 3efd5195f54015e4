//! What a key is for.

/// A purpose that people choose for a key.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// The name in forms.
    pub id: String,
    /// The name for people: "Manage API keys".
    pub title: String,
    /// What such a key may do.
    pub detail: String,
    /// The scopes that it has, one a line.
    pub scopes: String,
}
