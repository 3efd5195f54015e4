//! Whether an object has a name twice, for objects with few names.

/// The most names that are compared one by one. More are sorted.
const FEW: usize = 16;

/// The names of an object so far: a mark for each. Names with different marks are different.
#[derive(Default)]
pub(super) struct Names {
    count: usize,
    marks: u64,
}

impl Names {
    /// Adds a name. Whether it may be there already, and is to be compared with those before it.
    pub(super) fn add(&mut self, name: &str) -> bool {
        self.count += 1;
        if self.are_many() {
            return false;
        }
        let name = name.as_bytes();
        let end = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
        let mark = 1 << ((end(name.first()) + 4 * end(name.last()) + 8 * name.len()) % 64);
        let is_there = self.marks & mark != 0;
        self.marks |= mark;
        is_there
    }

    /// Whether there are so many names that they have to be sorted at the end of the object.
    pub(super) fn are_many(&self) -> bool {
        self.count > FEW
    }
}
