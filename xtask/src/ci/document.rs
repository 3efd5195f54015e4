//! The commands that a reader of a document pastes.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// A document in Markdown.
pub(super) struct Document {
    name: &'static str,
    text: String,
}

/// A block of a document.
pub(super) enum Step<'d> {
    /// Commands that a reader runs.
    Commands(&'d str),
    /// A file that a reader writes.
    File {
        /// The path in the reader's directory.
        path: &'d str,
        /// The whole content.
        content: &'d str,
    },
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
        Ok(shell_blocks(self.section(section)?))
    }

    /// The shell blocks of all sections.
    pub(super) fn all_blocks(&self) -> Vec<String> {
        shell_blocks(&self.text)
    }

    /// Every block, in order.
    pub(super) fn steps(&self) -> Result<Vec<Step<'_>>, Failure> {
        self.steps_of(&self.text)
    }

    /// Every block of a section, in order.
    pub(super) fn steps_in(&self, section: &str) -> Result<Vec<Step<'_>>, Failure> {
        self.steps_of(self.section(section)?)
    }

    fn section(&self, name: &str) -> Result<&str, Failure> {
        let heading = format!("\n## {name}\n");
        let (_, rest) = self
            .text
            .split_once(&heading)
            .ok_or_else(|| format!("{} has no section `{name}`", self.name))?;
        Ok(rest.split("\n## ").next().unwrap_or(rest))
    }

    fn steps_of<'d>(&self, text: &'d str) -> Result<Vec<Step<'d>>, Failure> {
        let (mut steps, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("```") {
            let block = after.split_once('\n');
            let block = block.and_then(|(kind, text)| Some((kind, text.split_once("```")?)));
            let Some((kind, (block, after))) = block else {
                return Err(format!("{}: a block does not end", self.name));
            };
            steps.push(match kind {
                "sh" => Step::Commands(block),
                _ => Step::File {
                    path: self.file_name(before)?,
                    content: block,
                },
            });
            rest = after;
        }
        Ok(steps)
    }

    /// The file that a block is: the paragraph before it ends with the path.
    fn file_name<'d>(&self, before: &'d str) -> Result<&'d str, Failure> {
        let line = before.trim_end().lines().next_back().unwrap_or_default();
        let path = line
            .strip_prefix('`')
            .and_then(|line| line.strip_suffix('`'));
        path.ok_or_else(|| format!("{}: `{line}` is no path of a file", self.name))
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

fn shell_blocks(text: &str) -> Vec<String> {
    let blocks = text.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| Some(block.split_once("```")?.0.to_owned()));
    blocks.collect()
}
