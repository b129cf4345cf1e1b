//! Backups, as files that somebody hands over.

use std::fs;
use std::io::Cursor;

use commons_node::backup::{BackupError, Contents, Opened, read};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// What a backup holds. The first byte says whether the others are the file as it is, or files, each
/// behind its length, of which a tar is made with the right sums: nobody hits upon a hash. What is
/// encrypted is looked at no further than its header: to try a passphrase takes too long.
pub(super) fn backup(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let file = if kind % 2 == 0 { rest.to_vec() } else { made_of(rest) };
    let length = file.len() as u64;
    let Ok(Opened::Plain(source)) = Opened::new(Cursor::new(file)) else { return };
    let directory = TempDir::new().expect("a temporary directory");
    let inside = directory.path().join("inside");
    fs::create_dir(&inside).expect("it can be made");
    let mut told: Option<Contents> = None;
    let contents = read::<BackupError>(source, Some(&inside), |contents| {
        told = Some(contents.clone());
        Ok(())
    });
    if let Ok(contents) = &contents {
        assert_eq!(Some(contents), told.as_ref(), "what was told is what is there");
        assert_eq!(contents.author.is_some(), inside.join("author.key").exists());
    }
    let outside = fs::read_dir(directory.path()).expect("it can be read").count();
    assert_eq!(outside, 1, "nothing is written elsewhere");
    let mut total = 0;
    for file in fs::read_dir(&inside).expect("it can be read").flatten() {
        let name = file.file_name().into_string().expect("names are plain");
        let found = file.metadata().expect("it is there");
        assert!(found.is_file(), "{name}");
        total += found.len();
        let mut databases = told.iter().flat_map(|contents| &contents.databases);
        assert!(name == "author.key" || databases.any(|database| database.file == name), "{name}");
    }
    assert!(total <= length, "no more than was in the file");
}

/// A tar of these files: the first is what it says of itself, and the others have the names that it
/// gives, as far as it does.
fn made_of(mut rest: &[u8]) -> Vec<u8> {
    let mut files = Vec::new();
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (file, after) = after.split_at(length.min(after.len()));
        files.push(file);
        rest = after;
    }
    let about = files.first().copied().unwrap_or_default();
    let contents: Option<Contents> = serde_json::from_slice(about).ok();
    let mut names = vec!["about.json".to_owned()];
    if let Some(contents) = contents {
        names.extend(contents.author.map(|_| "author.key".to_owned()));
        names.extend(contents.databases.into_iter().map(|database| database.file));
    }
    let (mut tar, mut sums) = (Vec::new(), String::new());
    for (name, file) in names.iter().zip(&files) {
        put(&mut tar, name, file);
        let sum: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
        sums.push_str(&format!("{sum}  {name}\n"));
    }
    put(&mut tar, "SHA256SUMS", sums.as_bytes());
    tar.extend([0; 1024]);
    tar
}

/// Adds a file as a tar has it, with a header as the standard has it.
fn put(tar: &mut Vec<u8>, name: &str, file: &[u8]) {
    let mut header = [0; 512];
    let name = &name.as_bytes()[..name.len().min(100)];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000600\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", file.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].copy_from_slice(b"        ");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend(header);
    tar.extend(file);
    tar.resize(tar.len().next_multiple_of(512), 0);
}
