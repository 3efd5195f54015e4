//! The commands that a reader of the README pastes.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

pub(super) struct Readme {
    text: String,
}

impl Readme {
    pub(super) fn read(root: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(root.join("README.md"));
        let text = text.map_err(|error| format!("README.md: {error}"))?;
        Ok(Self { text })
    }

    /// The shell blocks of a section.
    pub(super) fn blocks(&self, section: &str) -> Result<Vec<String>, Failure> {
        let heading = format!("\n## {section}\n");
        let (_, rest) = self
            .text
            .split_once(&heading)
            .ok_or_else(|| format!("README.md has no section `{section}`"))?;
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
                format!(
                    "README.md, `{section}`: expected one command in block {}",
                    index + 1
                )
            })
    }
}
