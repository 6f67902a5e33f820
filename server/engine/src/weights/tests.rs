use super::*;
use crate::random::SplitMix;

/// A file with a header and zeros after it.
fn file(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = u64::try_from(header.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

fn checked(bytes: &[u8]) -> Result<Summary, WeightsError> {
    check(bytes, u64::try_from(bytes.len()).unwrap())
}

const TWO: &str = r#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[4],"data_offsets":[24,28]},"__metadata__":{"format":"pt"}}"#;

#[test]
fn a_good_file_is_summed_up() {
    let summary = checked(&file(TWO, 28)).unwrap();
    assert_eq!((summary.tensors, summary.elements), (2, 10));
    assert_eq!(summary.types, BTreeMap::from([("F32".to_owned(), 6), ("U8".to_owned(), 4)]));
    assert_eq!(summary.metadata["format"], "pt");
    // Nothing in it is fine too, and so are spaces that fill the header up.
    assert_eq!(checked(&file("{}", 0)).unwrap().tensors, 0);
    assert_eq!(checked(&file(&format!("{TWO}    "), 28)).unwrap().tensors, 2);
    // A scalar, and a tensor of no elements.
    let odd = r#"{"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}}"#;
    assert_eq!(checked(&file(odd, 8)).unwrap().elements, 1);
}

#[test]
fn malformed_and_hostile_files_are_refused_with_the_reason() {
    let one = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let mut zip = b"PK\x03\x04".to_vec();
    zip.resize(200, 0);
    let mut pickle = b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c".to_vec();
    pickle.resize(100, b'.');
    let mut huge = u64::MAX.to_le_bytes().to_vec();
    huge.resize(64, b'{');
    let mut longer = 1_000_u64.to_le_bytes().to_vec();
    longer.resize(64, b'{');
    let nested = format!("{}{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "ends inside its header"),
        ("seven bytes", vec![0; 7], "ends inside its header"),
        ("zip", zip, "zip archive"),
        ("pickle", pickle, "pickle"),
        ("a header of 2^64 bytes", huge, "said to have 18446744073709551615"),
        ("a header longer than the file", longer, "said to have 1000"),
        ("no JSON", file("not json", 0), "does not begin with {"),
        ("an array", file("[1]", 0), "does not begin with {"),
        ("half an object", file(r#"{"a":"#, 0), "not valid"),
        ("nested", file(&nested, 0), "not valid"),
        (
            "no UTF-8",
            {
                let mut bytes = file(r#"{"a":1}"#, 0);
                bytes[10] = 0xff;
                bytes
            },
            "not valid",
        ),
        ("something after it", file(&format!("{TWO} x"), 28), "not valid"),
        ("a name twice", file(&TWO.replace("\"b\"", "\"a\""), 28), "twice"),
        ("metadata that is no text", file(r#"{"__metadata__":{"a":1}}"#, 0), "not valid"),
        ("unknown type", file(&one("F31", "[1]", "[0,4]"), 4), "not valid"),
        ("unknown field", file(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, 1), "not valid"),
        ("negative shape", file(&one("F32", "[-1]", "[0,4]"), 4), "not valid"),
        ("a shape too large", file(&one("F32", "[4294967296,4294967296,2]", "[0,4]"), 4), "too large"),
        ("bits too large", file(&one("F64", "[576460752303423488]", "[0,4]"), 4), "too large"),
        ("many dimensions", file(&one("U8", &format!("[{}1]", "1,".repeat(20)), "[0,1]"), 1), "dimensions"),
        ("wrong type for the bytes", file(&one("F16", "[2]", "[0,8]"), 8), "needs 4 bytes"),
        ("wrong shape for the bytes", file(&one("F32", "[3]", "[0,8]"), 8), "needs 12 bytes"),
        ("from after to", file(&one("F32", "[2]", "[8,0]"), 8), "hole"),
        ("a hole at the beginning", file(&one("F32", "[1]", "[4,8]"), 8), "hole"),
        ("a hole", file(&TWO.replace("[24,28]", "[25,29]"), 29), "hole"),
        ("overlap", file(&TWO.replace("[24,28]", "[20,24]"), 24), "overlaps"),
        (
            "the same place twice",
            file(
                &TWO.replace(
                    r#""dtype":"U8","shape":[4],"data_offsets":[24,28]"#,
                    r#""dtype":"F32","shape":[6],"data_offsets":[0,24]"#,
                ),
                24,
            ),
            "overlaps",
        ),
        ("truncated", file(TWO, 27), "the data at byte 27"),
        ("more than the tensors", file(TWO, 29), "the data at byte 29"),
        ("half a byte", file(&one("F4", "[3]", "[0,1]"), 1), "whole number of bytes"),
    ];
    for (name, bytes, expected) in cases {
        let error = checked(&bytes).expect_err(name);
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert!(!error.zh().is_empty());
    }
}

/// Changed at random places, a file is refused or it is one that the reader takes as well; nothing panics and nothing large is allocated.
#[test]
fn what_the_check_takes_the_reader_takes() {
    let good = file(TWO, 28);
    let mut random = SplitMix::new(7);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(3) {
            if bytes.is_empty() {
                break;
            }
            let place = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[place] = u8::try_from(random.below(256)).unwrap(),
                1 => {
                    bytes.remove(place);
                }
                2 => bytes.insert(place, b"0123456789[]{},:\"F"[random.below(18)]),
                _ => bytes.truncate(place.max(1)),
            }
        }
        match checked(&bytes) {
            Ok(summary) => {
                taken += 1;
                let read =
                    safetensors::SafeTensors::deserialize(&bytes).expect("the reader takes what the check takes");
                assert_eq!(read.len(), summary.tensors);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(taken > 100 && refused > 10_000, "{taken} taken, {refused} refused");
}
