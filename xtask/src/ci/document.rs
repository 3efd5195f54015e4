//! The commands that a reader of a document pastes.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// A document in Markdown.
pub(super) struct Document {
    name: &'static str,
    text: String,
}

impl Document {
    /// Reads a document by its path in the workspace.
    pub(super) fn read(root: &Path, name: &'static str) -> Result<Self, Failure> {
        let text = fs::read_to_string(root.join(name));
        let text = text.map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, text })
    }

    /// The shell blocks of a section.
    pub(super) fn blocks(&self, section: &str) -> Result<Vec<String>, Failure> {
        let heading = format!("\n## {section}\n");
        let (_, rest) = self
            .text
            .split_once(&heading)
            .ok_or_else(|| format!("{} has no section `{section}`", self.name))?;
        let section = rest.split("\n## ").next().unwrap_or(rest);
        let blocks = section.split("```sh\n").skip(1);
        Ok(blocks
            .filter_map(|block| Some(block.split_once("```")?.0.to_owned()))
            .collect())
    }

    /// The one command of a block.
    pub(super) fn command(&self, section: &str, index: usize) -> Result<String, Failure> {
        let blocks = self.blocks(section)?;
        let block = blocks.get(index).map(|block| block.trim().to_owned());
        block
            .filter(|block| block.lines().count() == 1)
            .ok_or_else(|| {
                let number = index + 1;
                format!(
                    "{}, `{section}`: expected one command in block {number}",
                    self.name
                )
            })
    }
}
