//! What generated Lexicon code stands on: string formats, checks with places, XRPC traits.
