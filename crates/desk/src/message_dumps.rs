//! Dumps of events in a folder: which files there are, and their lines one after the other.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Most files of a folder that are looked at.
pub(crate) const FILES_MAX: usize = 10_000;
/// Longest line, in bytes; a longer one is kept apart.
const LINE_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Largest array that stands in one file, in bytes.
const ARRAY_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// What the names of dumps end in.
const ENDINGS: [&str; 3] = ["json", "jsonl", "ndjson"];

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DumpFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its name.
    pub(crate) name: String,
    /// What tells it from every other, and from itself once it has changed.
    pub(crate) digest: String,
}

/// The dumps in a folder, in the order of their names.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<DumpFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)?.take(FILES_MAX) {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let is_dump = plain.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending));
        let about = entry.metadata()?;
        if !is_dump || !about.is_file() {
            continue;
        }
        let changed = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let stands_for = format!("{name}\n{}\n{}", about.len(), changed.unwrap_or_default().as_nanos());
        let digest = hex::encode(Sha256::digest(stands_for));
        files.push(DumpFile { path: entry.path(), name, digest });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// A line, or why it is none.
pub(crate) type Line = Result<Vec<u8>, &'static str>;

/// The lines of one file: those of the text, or the elements of the one array that it is.
pub(crate) enum Lines {
    Text(Box<dyn BufRead + Send>),
    Array(std::vec::IntoIter<Vec<u8>>),
}

impl Lines {
    /// Opens a file behind so many of its lines.
    pub(crate) fn open(path: &Path, behind: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        let zipped = path.extension().is_some_and(|ending| ending == "gz");
        let mut text: Box<dyn BufRead + Send> = if zipped {
            Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
        } else {
            Box::new(BufReader::new(file))
        };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut lines = if name.trim_end_matches(".gz").ends_with(".json") {
            Self::of_json(text)?
        } else {
            // A mark of the order of bytes is none of the first line.
            if text.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
                text.consume(3);
            }
            Self::Text(text)
        };
        for _ in 0..behind {
            if lines.next()?.is_none() {
                break;
            }
        }
        Ok(lines)
    }

    /// A file of the name `.json` is one array, or lines all the same.
    fn of_json(text: Box<dyn BufRead + Send>) -> io::Result<Self> {
        let mut whole = Vec::new();
        text.take(ARRAY_MAX_BYTES + 1).read_to_end(&mut whole)?;
        if whole.len() as u64 > ARRAY_MAX_BYTES {
            return Err(io::Error::other("it is larger than 256 MiB; as lines it may be of any size"));
        }
        match serde_json::from_slice::<Vec<Box<serde_json::value::RawValue>>>(&whole) {
            Ok(elements) => {
                let elements: Vec<_> = elements.iter().map(|one| one.get().as_bytes().to_vec()).collect();
                Ok(Self::Array(elements.into_iter()))
            }
            Err(_) => Ok(Self::Text(Box::new(io::Cursor::new(whole)))),
        }
    }

    /// The next line; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let text = match self {
            Self::Array(elements) => return Ok(elements.next().map(Ok)),
            Self::Text(text) => text,
        };
        let mut line = Vec::new();
        if (&mut *text).take(LINE_MAX_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.len() as u64 == LINE_MAX_BYTES && line.last() != Some(&b'\n') {
            text.skip_until(b'\n')?;
            return Ok(Some(Err("the line is longer than 8 MiB")));
        }
        Ok(Some(Ok(line)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(path: &Path, behind: u64) -> Vec<String> {
        let mut lines = Lines::open(path, behind).unwrap();
        let mut read = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            read.push(match line {
                Ok(line) => String::from_utf8(line).unwrap().trim().to_owned(),
                Err(problem) => problem.to_owned(),
            });
        }
        read
    }

    #[test]
    fn arrays_lines_and_zipped_lines_are_read_and_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("a.json", b"[ {\"a\": 1},\n {\"b\": 2} ]");
        write("b.jsonl", b"\xef\xbb\xbf{\"a\":1}\n{\"b\":2}");
        write("c.json", b"{\"a\":1}\n[{\"b\":2}]\n");
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(b"{\"a\":1}\n{\"b\":2}\n").unwrap();
        write("d.ndjson.gz", &zipped.finish().unwrap());
        write("notes.txt", b"no dump");
        let found = files(folder.path()).unwrap();
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["a.json", "b.jsonl", "c.json", "d.ndjson.gz"]);
        for one in &found {
            assert_eq!(all(&one.path, 0).len(), 2, "{}", one.name);
            assert_eq!(all(&one.path, 1).len(), 1, "{}", one.name);
            assert_eq!(all(&one.path, 9).len(), 0, "{}", one.name);
        }
        let mut long = vec![b'x'; 9 * 1024 * 1024];
        long.extend_from_slice(b"\n{}\n");
        write("e.jsonl", &long);
        assert_eq!(all(&folder.path().join("e.jsonl"), 0), ["the line is longer than 8 MiB", "{}"]);
        let before = files(folder.path()).unwrap()[1].digest.clone();
        write("b.jsonl", b"{\"a\":1}\n");
        assert_ne!(files(folder.path()).unwrap()[1].digest, before);
    }
}
