//! The disk of a machine: how large it, its partition and its file system are.
//!
//! Comes in: the tag `world:mount`, the attached volume. Goes out: sizes, which the machine's programs read and change.
//! Never: a disk without a volume; EBS says how large it is. Nothing of it is on this computer's own disk.

use serde_json::Value;

const GIB: u64 = 1_073_741_824;
/// Before a partition, and so what it has less than its disk.
pub(super) const BEFORE: u64 = 1_048_576;
/// The second NVMe disk and its partition: the first is the root's.
pub(super) const DISK: &str = "nvme1n1";
pub(super) const PARTITION: &str = "nvme1n1p1";

/// What the tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) path: String,
    kind: String,
    pub(super) device: String,
}

impl Mount {
    /// Of `PATH TYPE DEVICE`.
    pub(super) fn read(tag: &str) -> Option<Self> {
        let [path, kind, device] = tag.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        Some(Self { path: path.to_owned(), kind: kind.to_owned(), device: device.to_owned() })
    }
}

/// What the programs know. Sizes are in bytes.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) path: String,
    pub(super) kind: String,
    pub(super) serial: String,
    pub(super) disk_bytes: u64,
    pub(super) partition_bytes: u64,
    pub(super) file_system_bytes: u64,
}

impl Disk {
    /// With a partition and a file system as large as the volume lets them be.
    pub(super) fn new(mount: &Mount, volume: &Value) -> Self {
        let disk_bytes = bytes(volume);
        let room = disk_bytes.saturating_sub(BEFORE);
        let serial = volume["VolumeId"].as_str().unwrap_or_default().replace('-', "");
        let (path, kind) = (mount.path.clone(), mount.kind.clone());
        Self { path, kind, serial, disk_bytes, partition_bytes: room, file_system_bytes: room }
    }

    /// The volume is as large as EBS says now; what is on it stays as it is.
    pub(super) fn resized(&mut self, volume: &Value) {
        self.disk_bytes = bytes(volume);
    }

    /// How large the file system is.
    pub(super) fn file_system(&self) -> u64 {
        self.file_system_bytes
    }
}

fn bytes(volume: &Value) -> u64 {
    volume["Size"].as_u64().unwrap_or_default() * GIB
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tag_says_path_type_and_device_or_nothing() {
        let mount = Mount::read("/data xfs /dev/sdf").unwrap();
        assert_eq!((mount.path.as_str(), mount.device.as_str()), ("/data", "/dev/sdf"));
        assert_eq!(Mount::read("/data xfs"), None);
        assert_eq!(Mount::read(""), None);
    }

    #[test]
    fn a_volume_that_grows_leaves_the_file_system_as_it_is() {
        let mount = Mount::read("/data xfs /dev/sdf").unwrap();
        let mut disk = Disk::new(&mount, &json!({"VolumeId": "vol-1", "Size": 8}));
        let before = disk.file_system();
        assert_eq!(before, 8 * GIB - BEFORE);
        disk.resized(&json!({"Size": 10}));
        assert_eq!((disk.disk_bytes, disk.file_system()), (10 * GIB, before));
    }
}
