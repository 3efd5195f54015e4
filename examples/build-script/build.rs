//! Generates the types of `lexicons` whenever one of them changes.

fn main() -> Result<(), lexicon_codegen::build::Error> {
    lexicon_codegen::build::generate()
}
