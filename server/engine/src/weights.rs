//! Weights as safetensors: written, read, and checked before anything is read.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use candle_core::{Device, Tensor};
use safetensors::Dtype;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

use crate::recommend::RecommendError;

mod code;
mod json_key;
mod pickle;

pub use code::{may_be_weights, refuse_code};

/// Longest header, in bytes: 100,000 tensors need less.
pub const MOST_HEADER: u64 = 32 * 1024 * 1024;
/// Most tensors of a file.
pub const MOST_TENSORS: usize = 200_000;
/// Longest name of a tensor, in bytes.
const MOST_NAME: usize = 1_000;
/// Most dimensions of a tensor.
const MOST_DIMENSIONS: usize = 16;

/// Tensors as the bytes of a file.
pub(crate) fn packed<K: AsRef<str> + Ord + std::fmt::Display>(
    tensors: &HashMap<K, Tensor>,
) -> Result<Vec<u8>, RecommendError> {
    safetensors::serialize(tensors, None).map_err(|error| RecommendError::Model { reason: error.to_string() })
}

/// The tensors of a file that passes [`check`].
pub(crate) fn unpacked(bytes: &[u8]) -> Result<HashMap<String, Tensor>, RecommendError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    check(bytes, size).map_err(|error| RecommendError::Model { reason: error.to_string() })?;
    Ok(candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?)
}

/// What a file of weights holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Tensors.
    pub tensors: usize,
    /// Elements of all tensors.
    pub elements: u64,
    /// Elements by type, as the header spells it.
    pub types: BTreeMap<String, u64>,
    /// What the header says beside tensors.
    pub metadata: BTreeMap<String, String>,
}

/// Why a file is not taken as safetensors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// An archive.
    #[error(
        "this is a zip archive (PyTorch or Keras), not safetensors: it may hold a pickle, which runs code when it is loaded"
    )]
    Zip,
    /// A pickle.
    #[error("this is a Python pickle, which runs code when it is loaded, not safetensors")]
    Pickle,
    /// An archive or a compressed file.
    #[error(
        "this is an archive or a compressed file, which may hold a pickle or a program and cannot be looked into: send its files as they are"
    )]
    Packed,
    /// A `NumPy` file of objects.
    #[error(
        "this NumPy file holds objects or a mixture of types: objects are pickled and run code when they are loaded"
    )]
    Objects,
    /// Keras.
    #[error(
        "this is a file of Keras (HDF5), which may hold code that runs when it is loaded: save the weights as safetensors"
    )]
    Hdf5,
    /// TensorFlow.
    #[error("this is a graph of TensorFlow, which is a program: save the weights as safetensors")]
    Graph,
    /// A program.
    #[error("this is a program: a version holds weights and settings, and nobody who loads it has to run code of it")]
    Program,
    /// Settings that name code.
    #[error("its key {0} has code fetched and run when the model is loaded (trust_remote_code)")]
    CodeKey(&'static str),
    /// YAML that makes Python objects.
    #[error("its tags make Python objects, which runs code when it is loaded")]
    CodeTag,
    /// It ends before the header does, or cannot be read.
    #[error("the file ends inside its header: {0} bytes")]
    Short(u64),
    /// The header is said to be longer than the limit or the file.
    #[error("the header is said to have {said} bytes; the file has {file}, and at most {MOST_HEADER} are taken")]
    HeaderLength {
        /// As the first eight bytes say.
        said: u64,
        /// Of the file.
        file: u64,
    },
    /// The header is not the JSON that it should be.
    #[error("the header is not valid: {0}")]
    Header(String),
    /// A tensor whose place is not what its shape and type need.
    #[error("tensor {name}: {reason}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The data does not end where the tensors do.
    #[error("the tensors end at byte {tensors} of the data, the data at byte {data}")]
    Length {
        /// Where the tensors end.
        tensors: u64,
        /// Where the data ends.
        data: u64,
    },
}

impl WeightsError {
    /// The reason in Chinese.
    pub fn zh(&self) -> String {
        match self {
            WeightsError::Zip => {
                "这是 zip 压缩包（PyTorch 或 Keras），不是 safetensors：里面可能有加载时会执行代码的 pickle".to_owned()
            }
            WeightsError::Pickle => "这是 Python pickle，加载时会执行代码，不是 safetensors".to_owned(),
            WeightsError::Packed => {
                "这是压缩包或压缩文件，里面可能有 pickle 或程序，无法查看：请直接上传其中的文件".to_owned()
            }
            WeightsError::Objects => {
                "这个 NumPy 文件含有对象或混合类型：对象以 pickle 保存，加载时会执行代码".to_owned()
            }
            WeightsError::Hdf5 => {
                "这是 Keras 的 HDF5 文件，里面可能有加载时会执行的代码：请把权重存为 safetensors".to_owned()
            }
            WeightsError::Graph => "这是 TensorFlow 计算图，等同于程序：请把权重存为 safetensors".to_owned(),
            WeightsError::Program => "这是程序：版本里只放权重与配置，加载它的人不必执行其中的代码".to_owned(),
            WeightsError::CodeKey(key) => {
                format!("其中的键 {key} 会让客户端在加载时下载并执行代码（trust_remote_code）")
            }
            WeightsError::CodeTag => "其中的标签会构造 Python 对象，加载时会执行代码".to_owned(),
            WeightsError::Short(bytes) => format!("文件在文件头里就结束了：{bytes} 字节"),
            WeightsError::HeaderLength { said, file } => {
                format!("文件头自称 {said} 字节；文件共 {file} 字节，文件头最多 {MOST_HEADER} 字节")
            }
            WeightsError::Header(reason) => format!("文件头无效：{reason}"),
            WeightsError::Tensor { name, reason } => format!("张量 {name}：{reason}"),
            WeightsError::Length { tensors, data } => {
                format!("张量到数据的第 {tensors} 字节为止，数据到第 {data} 字节为止")
            }
        }
    }
}

/// A header as it stands, in its order: JSON that names a tensor twice is not valid.
struct Header {
    tensors: Vec<(String, Place)>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    dtype: Dtype,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Header;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                use serde::de::Error;
                let mut header = Header { tensors: Vec::new(), metadata: BTreeMap::new() };
                let mut names = std::collections::HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format!("{name} stands there twice")));
                    }
                    if name.len() > MOST_NAME {
                        return Err(A::Error::custom(format!("a name has more than {MOST_NAME} bytes")));
                    }
                    if name == "__metadata__" {
                        header.metadata = map.next_value()?;
                        continue;
                    }
                    if header.tensors.len() == MOST_TENSORS {
                        return Err(A::Error::custom(format!("more than {MOST_TENSORS} tensors")));
                    }
                    header.tensors.push((name, map.next_value()?));
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Reads the header of a file of `size` bytes and checks it whole: its length, its JSON, each tensor's place against shape and type, that tensors
/// neither overlap nor leave holes, and that the file ends where they do. The weights themselves are not read.
///
/// # Errors
/// Why the file is refused.
pub fn check(mut file: impl Read, size: u64) -> Result<Summary, WeightsError> {
    let mut first = [0; 8];
    file.read_exact(&mut first).map_err(|_| WeightsError::Short(size))?;
    if first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06") {
        return Err(WeightsError::Zip);
    }
    let said = u64::from_le_bytes(first);
    // A pickle begins with its protocol; as a length that would be far too long.
    if first[0] == 0x80 && (2..=5).contains(&first[1]) && said > MOST_HEADER {
        return Err(WeightsError::Pickle);
    }
    if said > MOST_HEADER || said > size.saturating_sub(8) {
        return Err(WeightsError::HeaderLength { said, file: size });
    }
    let mut text = Vec::new();
    file.take(said).read_to_end(&mut text).map_err(|_| WeightsError::Short(size))?;
    if u64::try_from(text.len()) != Ok(said) {
        return Err(WeightsError::Short(size));
    }
    if text.first() != Some(&b'{') {
        return Err(WeightsError::Header("it does not begin with {".to_owned()));
    }
    let header: Header = serde_json::from_slice(&text).map_err(|error| WeightsError::Header(error.to_string()))?;
    placed(header, size - 8 - said)
}

fn placed(mut header: Header, data: u64) -> Result<Summary, WeightsError> {
    header.tensors.sort_by_key(|(_, place)| place.data_offsets);
    let mut summary =
        Summary { tensors: header.tensors.len(), elements: 0, types: BTreeMap::new(), metadata: header.metadata };
    let mut end = 0_u64;
    for (name, place) in header.tensors {
        let wrong = |reason: String| WeightsError::Tensor { name: name.clone(), reason };
        if place.shape.len() > MOST_DIMENSIONS {
            return Err(wrong(format!("more than {MOST_DIMENSIONS} dimensions")));
        }
        let elements = place.shape.iter().try_fold(1_u64, |all, size| all.checked_mul(*size));
        let bits = u64::try_from(place.dtype.bitsize()).ok().zip(elements).and_then(|(bits, n)| bits.checked_mul(n));
        let (Some(elements), Some(bits)) = (elements, bits) else {
            return Err(wrong(format!("the product of its shape {:?} is too large", place.shape)));
        };
        if bits % 8 != 0 {
            return Err(wrong(format!("{elements} elements of {:?} are no whole number of bytes", place.dtype)));
        }
        let (from, to) = place.data_offsets;
        if from != end {
            let what =
                if from < end { "overlaps the tensor before it" } else { "leaves a hole after the tensor before it" };
            return Err(wrong(format!("begins at byte {from} and {what}, which ends at byte {end}")));
        }
        if to.checked_sub(from) != Some(bits / 8) {
            return Err(wrong(format!(
                "shape {:?} of {:?} needs {} bytes, its place is {from} to {to}",
                place.shape,
                place.dtype,
                bits / 8
            )));
        }
        end = to;
        summary.elements = summary.elements.saturating_add(elements);
        *summary.types.entry(format!("{:?}", place.dtype)).or_default() += elements;
    }
    if end == data { Ok(summary) } else { Err(WeightsError::Length { tensors: end, data }) }
}

#[cfg(test)]
mod tests;
