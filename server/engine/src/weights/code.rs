//! What of a model's files runs code when somebody loads it: known by name and by content, whatever the name says.
//!
//! Files that cannot be looked into (archives, compressed ones) count as such. Weights are safetensors; arrays may be `NumPy`'s without objects.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{WeightsError, check, json_key, pickle};

/// Ends of names of files that are pickles, hold pickles, or are as bad.
const PICKLES: [&str; 19] = [
    ".pkl",
    ".pickle",
    ".pk",
    ".pt",
    ".pth",
    ".pt2",
    ".ptl",
    ".ckpt",
    ".bin",
    ".joblib",
    ".dill",
    ".cloudpickle",
    ".mar",
    ".nemo",
    ".sav",
    ".rds",
    ".rda",
    ".rdata",
    ".ser",
];
/// Those of Keras.
const KERAS: [&str; 4] = [".h5", ".hdf5", ".he5", ".keras"];
/// Graphs of `TensorFlow`, which are programs.
const GRAPHS: [&str; 2] = [".pb", ".pbtxt"];
/// Programs, which clients import or run.
const PROGRAMS: [&str; 21] = [
    ".py", ".pyc", ".pyo", ".pyw", ".pyx", ".pyi", ".pyd", ".pyz", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat",
    ".cmd", ".ps1", ".jar", ".class", ".whl", ".egg", ".pex",
];
/// An archive of `NumPy`'s arrays, and one of skops, where a description of types comes with them: each member is looked into.
const ARRAYS: [&str; 2] = [".npz", ".skops"];
/// The description of types in an archive of skops, which loads none but those that it trusts.
const SKOPS_SCHEMA: &str = "schema.json";
/// Keys of JSON settings that name code for clients to fetch and run.
const CODE_KEYS: [&str; 2] = ["auto_map", "custom_pipelines"];
/// So many bytes of the beginning are looked at: HDF5 may begin after 2,048, the header of a `NumPy` file has less.
const BEGINNING: usize = 64 * 1024;
/// Most members of an archive of arrays.
const MAX_MEMBERS: usize = 10_000;

/// Other ends of names of files that hold what a model has learned.
const WEIGHTS: [&str; 7] = [".safetensors", ".onnx", ".gguf", ".tflite", ".npy", ".npz", ".skops"];

/// Whether a file may hold what a model has learned, or is refused by its name.
pub fn may_be_weights(path: &str) -> bool {
    let name = path.to_lowercase();
    let all = [&WEIGHTS[..], &PICKLES, &KERAS, &GRAPHS];
    all.iter().any(|ends| ends.iter().any(|end| name.ends_with(end)))
}

/// Refuses a file that is or may be code for who loads it, and one named as safetensors that is not through and through.
///
/// # Errors
/// Why the file is refused.
pub fn refuse_code(path: &str, mut file: impl Read + Seek, size: u64) -> Result<(), WeightsError> {
    let name = path.to_lowercase();
    let ends = |all: &[&str]| all.iter().any(|end| name.ends_with(end));
    for (all, why) in [
        (&PICKLES[..], WeightsError::Pickle),
        (&KERAS, WeightsError::Hdf5),
        (&GRAPHS, WeightsError::Graph),
        (&PROGRAMS, WeightsError::Program),
    ] {
        if ends(all) {
            return Err(why);
        }
    }
    if name.ends_with(".safetensors") {
        return check(BufReader::new(file), size).map(drop);
    }
    let unreadable = |_: io::Error| WeightsError::Short(size);
    let mut beginning = Vec::new();
    file.by_ref().take(BEGINNING as u64).read_to_end(&mut beginning).map_err(unreadable)?;
    if ends(&ARRAYS) && is_zip(&beginning) {
        return arrays(file, name.ends_with(".skops"));
    }
    refuse_beginning(&beginning)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if pickle::calls(&mut file) {
        return Err(WeightsError::Pickle);
    }
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if name.ends_with(".json") {
        let found = json_key::first(BufReader::new(file), &CODE_KEYS).map_err(unreadable)?;
        return found.map_or(Ok(()), |key| Err(WeightsError::CodeKey(key)));
    }
    if ends(&[".yaml", ".yml"]) || name.rsplit('/').next() == Some("mlmodel") {
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(unreadable)?;
        let tagged = |tag: &[u8]| text.windows(tag.len()).any(|part| part == tag);
        if tagged(b"!!python/") || tagged(b"tag:yaml.org,2002:python/") {
            return Err(WeightsError::CodeTag);
        }
    }
    Ok(())
}

fn is_zip(beginning: &[u8]) -> bool {
    matches!(beginning, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..])
}

/// Refuses by the first bytes of a file.
fn refuse_beginning(bytes: &[u8]) -> Result<(), WeightsError> {
    let at = |place: usize, magic: &[u8]| bytes.get(place..).is_some_and(|rest| rest.starts_with(magic));
    if is_zip(bytes) {
        return Err(WeightsError::Zip);
    }
    if matches!(bytes, [0x80, 0..=5, ..]) {
        return Err(WeightsError::Pickle);
    }
    if [0, 512, 1_024, 2_048].iter().any(|place| at(*place, b"\x89HDF\r\n\x1a\n")) {
        return Err(WeightsError::Hdf5);
    }
    let is_packed = at(0, b"\x1f\x8b")
        || at(0, b"\x1f\x9d")
        || at(0, b"BZh") && (at(4, b"1AY&SY") || at(4, b"\x17\x72\x45\x38\x50\x90"))
        || at(0, b"\xfd7zXZ\0")
        || at(0, b"\x5d\0\0") && !is_text(bytes)
        || at(0, b"\x28\xb5\x2f\xfd")
        || at(0, b"\x04\x22\x4d\x18")
        || at(0, b"7z\xbc\xaf\x27\x1c")
        || at(0, b"Rar!\x1a\x07")
        // zlib, as joblib writes it; `x^` can begin a text as well.
        || matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) && !is_text(bytes)
        || at(257, b"ustar")
        || is_old_tar(bytes);
    if is_packed {
        return Err(WeightsError::Packed);
    }
    let is_program = at(0, b"\x7fELF")
        || at(0, b"MZ") && !is_text(bytes)
        || matches!(bytes, [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..])
        || at(0, b"\xca\xfe\xba\xbe");
    if is_program {
        return Err(WeightsError::Program);
    }
    // Objects of Java and of R.
    if at(0, b"\xac\xed\0\x05") || at(0, b"RDX2\n") || at(0, b"RDX3\n") || at(0, b"X\n\0\0\0") || at(0, b"A\n2\n") {
        return Err(WeightsError::Pickle);
    }
    if at(0, b"\x93NUMPY") && !is_plain_array(bytes) {
        return Err(WeightsError::Objects);
    }
    Ok(())
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(512)];
    let whole = match std::str::from_utf8(start) {
        Ok(_) => true,
        // A character that the cut went through.
        Err(error) => error.error_len().is_none(),
    };
    whole && !start.iter().any(|byte| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// A tar of before 1988 has no word of its own, but a sum of its first block.
fn is_old_tar(bytes: &[u8]) -> bool {
    let Some(block) = bytes.get(..512) else { return false };
    let digits: String = block[148..156].iter().map(|byte| char::from(*byte)).collect();
    let Ok(said) = u32::from_str_radix(digits.trim_matches(['\0', ' ']), 8) else { return false };
    let counted = |(place, byte): (usize, &u8)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) };
    said > 0 && block.iter().enumerate().map(counted).sum::<u32>() == said
}

/// Whether a `NumPy` file holds numbers or texts of one type, and no objects, which are pickled.
fn is_plain_array(bytes: &[u8]) -> bool {
    let (length, from): (Option<usize>, usize) = match bytes.get(6) {
        Some(1) => (bytes.get(8..10).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]]))), 10),
        Some(2 | 3) => {
            let four = bytes.get(8..12).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            (four.and_then(|length| usize::try_from(length).ok()), 12)
        }
        _ => return false,
    };
    let header = length.and_then(|length| bytes.get(from..from.checked_add(length)?));
    let Some(header) = header.and_then(|header| std::str::from_utf8(header).ok()) else { return false };
    let Some(rest) = header.trim_start().strip_prefix("{'descr': '") else { return false };
    let Some((kind, rest)) = rest.split_once('\'') else { return false };
    let kind = kind.trim_start_matches(['<', '>', '|', '=']);
    let is_plain = kind.starts_with(['?', 'b', 'B', 'i', 'u', 'f', 'c', 'S', 'U', 'm', 'M'])
        && kind.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || b"[]".contains(&byte));
    is_plain
        && !rest.contains("descr")
        && rest.bytes().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// An archive of arrays, each of which is plain, stored as it is.
fn arrays(file: impl Read + Seek, with_schema: bool) -> Result<(), WeightsError> {
    let mut archive = zip::ZipArchive::new(file).map_err(|_| WeightsError::Zip)?;
    if archive.len() > MAX_MEMBERS {
        return Err(WeightsError::Zip);
    }
    for place in 0..archive.len() {
        let member = archive.by_index(place).map_err(|_| WeightsError::Zip)?;
        let name = member.name().map_err(|_| WeightsError::Zip)?.into_owned();
        if with_schema && name == SKOPS_SCHEMA {
            continue;
        }
        if !name.ends_with(".npy") {
            return Err(WeightsError::Zip);
        }
        let mut beginning = Vec::new();
        member.take(BEGINNING as u64).read_to_end(&mut beginning).map_err(|_| WeightsError::Zip)?;
        if !(beginning.starts_with(b"\x93NUMPY") && is_plain_array(&beginning)) {
            return Err(WeightsError::Objects);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
