//! The key of backups: who has it wrote the backup. Without it anybody could hand in a file that brings their own administrators and tokens.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of a key.
const LENGTH: usize = 32;
/// Where a key is that no option names, in the data folder.
const FILE: &str = "backup.key";

/// A secret that signs what a backup holds.
pub(crate) struct Key([u8; LENGTH]);

impl Key {
    /// The key in a file, or that of the data folder.
    pub(crate) fn read(given: Option<&Path>, data_dir: &Path) -> anyhow::Result<Key> {
        let path = path(given, data_dir);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read the key of the backup, {} (--key names it; the first backup of an installation makes one)",
                path.display()
            )
        })?;
        Key::parse(&text).with_context(|| format!("{} holds no key: 64 hexadecimal digits", path.display()))
    }

    /// The same; where no option names one and there is none yet, a new one is made. Answers with the path where that is so.
    pub(crate) fn read_or_make(given: Option<&Path>, data_dir: &Path) -> anyhow::Result<(Key, Option<PathBuf>)> {
        let path = path(given, data_dir);
        if given.is_some() || path.exists() {
            return Ok((Key::read(given, data_dir)?, None));
        }
        let key = Key(rand::random());
        let digits = key.0.iter().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        writeln!(file, "{digits}")?;
        file.sync_all()?;
        Ok((key, Some(path)))
    }

    fn parse(text: &str) -> Option<Key> {
        let digits = text.trim();
        if digits.len() != 2 * LENGTH || !digits.is_ascii() {
            return None;
        }
        let mut bytes = [0; LENGTH];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Key(bytes))
    }

    /// Signs what a backup says that it holds (HMAC-SHA256, RFC 2104), in hexadecimal digits.
    pub(super) fn sign(&self, said: &str) -> anyhow::Result<String> {
        let signed = self.mac(said)?.finalize().into_bytes();
        Ok(signed.iter().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        }))
    }

    /// Fails where somebody without the key wrote it.
    pub(super) fn check(&self, said: &str, signature: &str) -> anyhow::Result<()> {
        let Some(Key(signature)) = Key::parse(signature) else { bail!("its signature is missing") };
        self.mac(said)?.verify_slice(&signature).context("it was not written with this key, or was changed since")
    }

    fn mac(&self, said: &str) -> anyhow::Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)?;
        mac.update(said.as_bytes());
        Ok(mac)
    }
}

fn path(given: Option<&Path>, data_dir: &Path) -> PathBuf {
    given.map_or_else(|| data_dir.join(FILE), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whoever_has_the_key_signs() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Key::read(None, folder.path()).is_err());
        let (key, made) = Key::read_or_make(None, folder.path()).unwrap();
        assert_eq!(made.unwrap(), folder.path().join(FILE));
        let (again, made) = Key::read_or_make(None, folder.path()).unwrap();
        assert!(made.is_none());
        let signature = key.sign("what it holds").unwrap();
        again.check("what it holds", &signature).unwrap();
        assert!(again.check("something else", &signature).is_err() && again.check("what it holds", "").is_err());
        assert!(Key([7; LENGTH]).check("what it holds", &signature).is_err());
    }
}
