use std::io::{Cursor, Write};

use super::refuse_code;
use crate::weights::WeightsError;

fn found(path: &str, bytes: &[u8]) -> Result<(), WeightsError> {
    refuse_code(path, Cursor::new(bytes), bytes.len() as u64)
}

fn npy(descr: &str) -> Vec<u8> {
    let mut header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n");
    header.insert_str(header.len() - 1, &" ".repeat(118 - header.len().min(118)));
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([0; 8]);
    bytes
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of_old() -> Vec<u8> {
    let mut block = vec![0_u8; 1_024];
    block[..9].copy_from_slice(b"model.pkl");
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(b"00000000012");
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block[..512].iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[test]
fn what_runs_code_is_refused_by_name() {
    for path in [
        "pytorch_model.bin",
        "a/b/MODEL.PKL",
        "m.Pickle",
        "m.pt",
        "m.pth",
        "m.ckpt",
        "m.joblib",
        "m.dill",
        "m.h5",
        "m.keras",
        "saved_model.pb",
        "modeling_x.py",
        "custom_generate/generate.py",
        "lib.so",
        "lib.DLL",
        "run.sh",
        "m.mar",
        "m.nemo",
        "m.rds",
        "x.pyc",
        "a.whl",
        "a.jar",
    ] {
        assert!(found(path, b"harmless").is_err(), "{path}");
    }
}

#[test]
fn what_runs_code_is_refused_by_content_under_any_name() {
    let mut late_hdf5 = vec![0; 512];
    late_hdf5.extend(b"\x89HDF\r\n\x1a\n");
    let mut tar = vec![0; 257];
    tar.extend(b"ustar\x0000");
    for bytes in [
        &b"\x80\x04\x95\0\0\0\0"[..],
        b"\x80\x02}q\0.",
        b"\x80\x03X",
        b"\x80\x05\x8c",
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        b"cos\nsystem\n(S'id'\ntR.",
        b"PK\x03\x04aaaa",
        b"PK\x05\x06aaaa",
        b"\x1f\x8b\x08\0",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0\0",
        b"x\x9c\xcbH\xcd\xc9\xc9\x07\0",
        b"\x78\x01\x03\0\0\0\0\x01",
        b"\x28\xb5\x2f\xfd\0",
        b"\x04\x22\x4d\x18\0",
        b"7z\xbc\xaf\x27\x1c\0",
        b"Rar!\x1a\x07\0",
        b"\x89HDF\r\n\x1a\n",
        &late_hdf5,
        &tar,
        &tar_of_old(),
        b"\x7fELF\x02",
        b"MZ\x90\0\x03",
        b"\xac\xed\0\x05sr",
        b"RDX3\nX\n",
        &npy("'|O'"),
        &npy("[('a', '|O')]"),
        &npy("'O'"),
        &npy("'\\x4f'"),
        b"\x93NUMPY\x09\0",
    ] {
        for path in ["weights", "vocab.txt", "notes.md", "data.npy", "picture.png"] {
            assert!(found(path, bytes).is_err(), "{path}: {:?}", String::from_utf8_lossy(bytes));
        }
    }
}

#[test]
fn settings_that_name_code_are_refused() {
    for (path, text) in [
        ("config.json", r#"{"auto_map": {"AutoModel": "someone/else--modeling.Net"}}"#),
        ("sub/tokenizer_config.json", r#"{"x": NaN, "\u0061uto_map": {}}"#),
        ("config.json", r#"{"custom_pipelines": {}}"#),
        ("conda.yaml", "a: !!python/object/apply:os.system [id]"),
        ("MLmodel", "a: !<tag:yaml.org,2002:python/object/apply:os.system> [id]"),
    ] {
        assert!(found(path, text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn weights_settings_texts_and_pictures_are_taken() {
    for (path, bytes) in [
        ("config.json", &b"{\"model_type\": \"bert\"}"[..]),
        ("README.md", b"---\nlicense: mit\n---\n# A"),
        ("labels.txt", b"cat\ndog\nbird\n"),
        ("notes", b"x^2 + y^2 = z^2, and more"),
        ("notes.txt", b"MZ is a code"),
        ("vocab.txt", "苹果\n茶\n".as_bytes()),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("data.parquet", b"PAR1\x15\x04"),
        ("pytorch_model.bin.index.json", b"{}"),
        ("model.onnx", b"\x08\x07\x12\x07pytorch"),
        ("sentencepiece.bpe.model", b"\x0a\x0e\x0a\x05<unk>"),
        ("empty", b""),
        ("digits", b"0123456789"),
        ("model.gguf", b"GGUF\x03\0\0\0"),
        ("MLmodel", b"flavors:\n  sklearn:\n    code: null\n"),
    ] {
        assert_eq!(found(path, bytes), Ok(()), "{path}");
    }
    for descr in ["'<f4'", "'|b1'", "'<U12'", "'<M8[ns]'", "'|S3'"] {
        assert_eq!(found("a.npy", &npy(descr)), Ok(()), "{descr}");
    }
    let plain = npy("'<f8'");
    assert_eq!(found("arrays.npz", &zip(&[("a.npy", &plain), ("b.npy", &plain)])), Ok(()));
    assert_eq!(found("model.skops", &zip(&[("1.npy", &plain), ("schema.json", b"{}")])), Ok(()));
    for members in
        [&[("a.npy", &npy("'|O'")[..])][..], &[("a.pkl", b"x")], &[("a.npy", b"\x80\x04\x95")], &[("a.npy", b"plain")]]
    {
        assert!(found("arrays.npz", &zip(members)).is_err());
        assert!(found("model.skops", &zip(members)).is_err());
    }
    assert!(found("arrays.npz", &zip(&[("schema.json", b"{}")])).is_err());
    assert!(found("arrays.txt", &zip(&[("a.npy", &plain)])).is_err(), "only under a name that says so");
}
