//! The file format of the pack (written by `scripts/models.py`, which describes it).
//!
//! Comes in: a path.
//! Goes out: the index, and single entries, inflated.
//! Never: more of the file than was asked for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flate2::read::ZlibDecoder;
use serde::Deserialize;

use super::error::{DamageKind, ModelsError};
use crate::model::{Entries, Place};

const MAGIC: &[u8; 8] = b"KTGMODL2";

/// An open pack.
#[derive(Debug)]
pub(super) struct Pack {
    path: PathBuf,
    file: Mutex<File>,
    /// Where the entries begin.
    base: u64,
    pub(super) index: Index,
}

/// What the pack holds.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    /// The version of botocore the models were taken from.
    pub(super) botocore: String,
    partitions: Place,
    pub(super) services: BTreeMap<String, Place>,
}

impl Pack {
    pub(super) fn open(path: &Path) -> Result<Self, ModelsError> {
        let unreadable = |e| unreadable(path, e);
        let mut file = File::open(path).map_err(unreadable)?;
        let mut head = [0u8; 12];
        let not_a_pack = || ModelsError::NotAPack { path: path.to_owned() };
        file.read_exact(&mut head)
            .map_err(|e| if e.kind() == ErrorKind::UnexpectedEof { not_a_pack() } else { unreadable(e) })?;
        let (magic, length) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(not_a_pack());
        }
        let length = u32::from_le_bytes(length.try_into().map_err(|_| not_a_pack())?);
        let mut index = Vec::new();
        Read::by_ref(&mut file).take(u64::from(length)).read_to_end(&mut index).map_err(unreadable)?;
        let index = serde_json::from_slice(&index).map_err(|e| ModelsError::damaged("index", DamageKind::Json(e)))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), base: 12 + u64::from(length), index })
    }

    /// The head of one service, as JSON text.
    pub(super) fn service(&self, name: &str, place: Place) -> Result<String, ModelsError> {
        self.inflate(name, place)
    }

    /// AWS's partitions, as JSON text.
    pub(super) fn partitions(&self) -> Result<String, ModelsError> {
        self.inflate("partitions", self.index.partitions)
    }

    fn inflate(&self, name: &str, place: Place) -> Result<String, ModelsError> {
        let deflated = self.read(place).map_err(|e| unreadable(&self.path, e))?;
        inflate(&deflated, place.size).map_err(|e| ModelsError::damaged(name, DamageKind::Inflate(e)))
    }

    fn read(&self, place: Place) -> std::io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.base + place.at))?;
        let mut deflated = vec![0; place.length];
        file.read_exact(&mut deflated)?;
        Ok(deflated)
    }
}

impl Entries for Pack {
    fn text(&self, place: Place) -> std::io::Result<String> {
        inflate(&self.read(place)?, place.size)
    }
}

fn inflate(deflated: &[u8], size: usize) -> std::io::Result<String> {
    let mut text = String::with_capacity(size);
    ZlibDecoder::new(deflated).read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(path: &Path, source: std::io::Error) -> ModelsError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::NotFound => ModelsError::Missing { path },
        _ => ModelsError::Unreadable { path, source },
    }
}
