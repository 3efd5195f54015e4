//! The Lexicon language: document model, catalog, references, CIDs.
