//! The programs of a machine that tell of its disk, its partition and its file system, and let them grow.
//!
//! Comes in: a program's name and arguments. Goes out: what it says, and the disk as it is then; `None` where the machine
//! has no such program. Never: another disk; all that is not on this one is on the root's.

use super::disk::{BEFORE, DISK, Disk, PARTITION};
use super::shell::Said;

const GIB: u64 = 1_073_741_824;

/// Arguments: the column after `-o`, and what is no option.
struct Arguments<'a> {
    column: &'a str,
    named: Vec<&'a str>,
}

impl<'a> Arguments<'a> {
    fn read(arguments: &'a [String]) -> Self {
        let (mut column, mut named, mut all) = ("", vec![], arguments.iter());
        while let Some(argument) = all.next() {
            match argument.as_str() {
                "-o" => column = all.next().map_or("", String::as_str),
                option if option.starts_with('-') => {}
                other => named.push(other),
            }
        }
        Self { column, named }
    }

    fn last(&self) -> &'a str {
        self.named.last().copied().unwrap_or_default()
    }
}

fn said(out: impl std::fmt::Display) -> Said {
    Said { out: format!("{out}\n"), ..Said::default() }
}

fn refused(err: &str) -> Said {
    Said { code: 1, out: String::new(), err: format!("{err}\n") }
}

fn device(name: &str) -> String {
    format!("/dev/{name}")
}

impl Disk {
    /// Runs a program.
    pub(super) fn program(&mut self, name: &str, arguments: &[String]) -> Option<Said> {
        let arguments = Arguments::read(arguments);
        Some(match name {
            "findmnt" => self.find_mount(&arguments),
            "lsblk" => self.list_devices(&arguments),
            "growpart" => self.grow_partition(&arguments),
            "xfs_growfs" => self.grow_xfs(&arguments),
            "resize2fs" => self.grow_ext(&arguments),
            "df" => self.free(&arguments),
            _ => return None,
        })
    }

    /// Source and type of the file system that a path is on.
    fn of_path(&self, path: &str) -> (String, &str) {
        let ours = path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if ours { (device(PARTITION), &self.kind) } else { (device("nvme0n1p1"), "xfs") }
    }

    fn find_mount(&self, arguments: &Arguments<'_>) -> Said {
        let (source, kind) = self.of_path(arguments.last());
        match arguments.column {
            "SOURCE" => said(source),
            "FSTYPE" => said(kind),
            _ => Said::default(),
        }
    }

    /// One column of a device; what the device does not have is empty.
    fn list_devices(&self, arguments: &Arguments<'_>) -> Said {
        match (arguments.last().strip_prefix("/dev/"), arguments.column) {
            (Some(PARTITION), "PKNAME") => said(DISK),
            (Some(PARTITION), "TYPE") => said("part"),
            (Some(PARTITION), "SIZE") => said(self.partition_bytes),
            (Some(DISK), "TYPE") => said("disk"),
            (Some(DISK), "SERIAL") => said(&self.serial),
            (Some(DISK), "SIZE") => said(self.disk_bytes),
            (Some(PARTITION | DISK), _) => said(""),
            _ => refused(&format!("lsblk: {}: not a block device", arguments.last())),
        }
    }

    fn grow_partition(&mut self, arguments: &Arguments<'_>) -> Said {
        let (most, number) = (self.disk_bytes.saturating_sub(BEFORE), arguments.last());
        match arguments.named.first() {
            Some(disk) if *disk == device(DISK) => {}
            other => return refused(&format!("FAILED: {}: does not exist", other.unwrap_or(&""))),
        }
        if self.partition_bytes >= most {
            let size = self.partition_bytes;
            return Said {
                code: 1,
                ..said(format!("NOCHANGE: partition {number} is size {size}. it cannot be grown"))
            };
        }
        self.partition_bytes = most;
        said(format!("CHANGED: partition={number} size={most}"))
    }

    fn grow_xfs(&mut self, arguments: &Arguments<'_>) -> Said {
        if self.kind != "xfs" || self.of_path(arguments.last()).0 != device(PARTITION) {
            return refused(&format!("xfs_growfs: {} is not a mounted XFS filesystem", arguments.last()));
        }
        self.file_system_bytes = self.partition_bytes;
        Said::default()
    }

    fn grow_ext(&mut self, arguments: &Arguments<'_>) -> Said {
        if !["ext2", "ext3", "ext4"].contains(&self.kind.as_str()) {
            return refused("resize2fs: Bad magic number in super-block");
        }
        if arguments.last() != device(PARTITION) {
            return refused(&format!("open: No such file or directory while opening {}", arguments.last()));
        }
        self.file_system_bytes = self.partition_bytes;
        Said::default()
    }

    fn free(&self, arguments: &Arguments<'_>) -> Said {
        let (source, _) = self.of_path(arguments.last());
        let gib = self.file_system_bytes / GIB;
        said(format!("Filesystem Size Mounted\n{source} {gib}G {}", arguments.last()))
    }
}
