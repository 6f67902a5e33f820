//! The folder: which files count, and how one is replaced.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use alluvium_domain::{EntryKind, Issue, Problem};

use super::{EntryFile, LONGEST};

/// The folders, in the order in which they are read: articles refer to terms, experiments to models and data sets.
const FOLDERS: [(EntryKind, &str); 5] = [
    (EntryKind::Term, "terms"),
    (EntryKind::Article, "articles"),
    (EntryKind::Dataset, "datasets"),
    (EntryKind::Model, "models"),
    (EntryKind::Experiment, "experiments"),
];

/// What became of a file.
pub(super) enum Written {
    /// It was not there.
    New,
    /// It was there with other content.
    Changed,
    /// It was there so.
    Same,
    /// It was left alone.
    Refused(Problem),
}

/// The folder of a kind.
pub(super) fn name(kind: EntryKind) -> &'static str {
    FOLDERS.iter().find(|(known, _)| *known == kind).map_or(kind.path(), |(_, name)| name)
}

/// Reads all files, terms first, by name; each with its path inside the folder. An error means that the folder itself cannot be read.
pub(super) fn read(root: &Path) -> io::Result<Vec<(String, Result<EntryFile, Problem>)>> {
    fs::read_dir(root)?;
    let mut files = Vec::new();
    for (kind, folder) in FOLDERS {
        let dir = root.join(folder);
        match fs::symlink_metadata(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
            Ok(meta) if !meta.is_dir() => {
                files.push((folder.to_owned(), Err(not_regular("a folder"))));
                continue;
            }
            Ok(_) => {}
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&dir)? {
            names.push(entry?.file_name());
        }
        names.sort();
        for name in names.iter().filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md")) {
            let file = read_file(&dir.join(name))
                .and_then(|text| EntryFile::parse(&text))
                .and_then(|file| fits(file, kind, name));
            files.push((format!("{folder}/{}", name.to_string_lossy()), file));
        }
    }
    Ok(files)
}

/// Puts a file in place, whole: written beside it, then renamed.
pub(super) fn write(root: &Path, path: &Path, text: &str) -> io::Result<Written> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(Written::Refused(not_regular("a file in a folder")));
    };
    let dir = root.join(folder);
    fs::create_dir_all(root)?;
    if let Err(error) = fs::create_dir(&dir)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    if !fs::symlink_metadata(&dir)?.is_dir() {
        return Ok(Written::Refused(not_regular("a folder")));
    }
    let target = dir.join(name);
    let written = match fs::symlink_metadata(&target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Written::New,
        Err(error) => return Err(error),
        Ok(meta) if !meta.is_file() => return Ok(Written::Refused(not_regular("a regular file"))),
        Ok(_) if fs::read(&target)? == text.as_bytes() => return Ok(Written::Same),
        Ok(_) => Written::Changed,
    };
    let beside = dir.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let put = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &target)
    };
    put().inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
    })?;
    Ok(written)
}

/// A file's text. Only regular files are opened: a link could lead anywhere, and a pipe would never end.
fn read_file(path: &Path) -> Result<String, Problem> {
    let unreadable = |error: io::Error| {
        Problem::field("file", Issue::Malformed { expected: format!("a readable file ({error})").into() })
    };
    if !fs::symlink_metadata(path).map_err(unreadable)?.is_file() {
        return Err(not_regular("a regular file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(unreadable)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Problem::field("file", Issue::Malformed { expected: format!("at most {LONGEST} bytes").into() }));
    }
    String::from_utf8(bytes).map_err(|_| Problem::field("file", Issue::Malformed { expected: "UTF-8 text".into() }))
}

/// A file's name and place say what it is, so that two files cannot be one entry.
fn fits(file: EntryFile, kind: EntryKind, name: &std::ffi::OsStr) -> Result<EntryFile, Problem> {
    if file.input.fields.kind() != kind {
        return Err(Problem::field("kind", Issue::Malformed { expected: format!("{kind} in this folder").into() }));
    }
    if name.to_str().and_then(|name| name.strip_suffix(".md")) != Some(file.input.slug.as_str()) {
        return Err(Problem::field("slug", Issue::Malformed { expected: "the name of the file without .md".into() }));
    }
    Ok(file)
}

fn not_regular(expected: &'static str) -> Problem {
    Problem::field("file", Issue::Malformed { expected: format!("{expected}, not a link or something else").into() })
}
