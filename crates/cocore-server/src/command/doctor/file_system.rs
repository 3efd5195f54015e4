//! The kind of file system that an SQLite file is on.

use std::path::Path;

use super::check::Check;

const NAME: &str = "file system";

/// What a kind of file system does to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The log and its index do not work over a network.
    Network,
    /// Its data is lost when the machine restarts.
    Memory,
    /// Its data may be lost with the container.
    Container,
    /// It may be any of them.
    Unknown,
}

/// The kinds of Linux, by the numbers that statfs(2) lists.
const KINDS: [(u32, &str, Kind); 17] = [
    (0x0000_6969, "NFS", Kind::Network),
    (0xff53_4d42, "CIFS", Kind::Network),
    (0xfe53_4d42, "SMB2", Kind::Network),
    (0x0000_517b, "SMB", Kind::Network),
    (0x0102_1997, "9p", Kind::Network),
    (0x00c3_6400, "Ceph", Kind::Network),
    (0x5346_414f, "AFS", Kind::Network),
    (0x7375_7245, "Coda", Kind::Network),
    (0x0bd0_0bd0, "Lustre", Kind::Network),
    (0x4750_4653, "GPFS", Kind::Network),
    (0x0116_1970, "GFS2", Kind::Network),
    (0x7461_636f, "OCFS2", Kind::Network),
    (0x1983_0326, "BeeGFS", Kind::Network),
    (0x0102_1994, "tmpfs", Kind::Memory),
    (0x8584_58f6, "ramfs", Kind::Memory),
    (0x794c_7630, "overlayfs", Kind::Container),
    (0x6573_5546, "FUSE", Kind::Unknown),
];

/// Checks the file system of a directory.
pub(super) fn check(dir: &Path) -> Check {
    match number(dir) {
        Some(number) => judge(number),
        None => Check::not_checked(NAME, "this operating system does not report its kind"),
    }
}

#[cfg(target_os = "linux")]
fn number(dir: &Path) -> Option<u32> {
    let found = rustix::fs::statfs(dir).ok()?;
    // The type differs between machines, and the number has 32 bits.
    let bytes = found.f_type.to_le_bytes();
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(not(target_os = "linux"))]
fn number(_: &Path) -> Option<u32> {
    None
}

fn judge(number: u32) -> Check {
    let known = KINDS.iter().find(|(known, ..)| *known == number);
    let Some((_, name, kind)) = known else {
        return Check::ok(NAME, format!("local (type {number:#x})"));
    };
    match kind {
        Kind::Network => Check::failed(
            NAME,
            format!("{name}: SQLite's log does not work over a network"),
            "move the database to a local disk, or use PostgreSQL",
        ),
        Kind::Memory => Check::warning(
            NAME,
            format!("{name}: all keys are lost when the machine restarts"),
            "move the database to a disk",
        ),
        Kind::Container => Check::warning(
            NAME,
            format!("{name}: all keys may be lost with the container"),
            "move the database to a volume",
        ),
        Kind::Unknown => Check::warning(
            NAME,
            format!("{name}: what is below it cannot be told"),
            "use it only if it is on a local disk: SQLite's log does not work over a network",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    #[test]
    fn kinds() {
        for (number, status, found) in [
            (0x6969, Status::Failed, "NFS: "),
            (0xff53_4d42, Status::Failed, "CIFS: "),
            (0x0102_1994, Status::Warning, "tmpfs: "),
            (0x794c_7630, Status::Warning, "overlayfs: "),
            (0x6573_5546, Status::Warning, "FUSE: "),
            // ext4, XFS, Btrfs.
            (0xef53, Status::Ok, "local"),
            (0x5846_5342, Status::Ok, "local"),
            (0x9123_683e, Status::Ok, "local"),
        ] {
            let check = judge(number);
            assert_eq!(check.status, status, "{number:#x}");
            assert!(check.found.starts_with(found), "{}", check.found);
        }
    }
}
