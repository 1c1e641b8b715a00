//! How files get their place.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::fs;
use std::path::Path;

use domain::Kind;
use export::{Cell, ExportError, File, Format};
use tempfile::TempDir;

use super::support::{money, payment, push, write};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_never_replaced_without_leave() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.csv");
    fs::write(&path, "mine").unwrap();
    let refused = File::create(&path, Format::Csv, Kind::Payments, false).unwrap_err();
    assert!(matches!(refused, ExportError::Exists), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    let mut file = File::create(&path, Format::Csv, Kind::Payments, true).unwrap();
    push(&mut file, &payment(1, money(1, "USD")));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine", "the old one stays until the new one is whole");
    file.finish().unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("ch_000001"));
}

#[test]
fn a_file_that_comes_meanwhile_is_not_replaced_either() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.csv");
    let file = File::create(&path, Format::Csv, Kind::Payments, false).unwrap();
    fs::write(&path, "somebody's").unwrap();
    assert!(matches!(file.finish().unwrap_err(), ExportError::Exists));
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's");
    assert_eq!(names(folder.path()), ["payments.csv"]);
}

#[test]
fn a_file_that_is_given_up_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    for format in Format::ALL {
        let path = folder.path().join(format!("payments.{format}"));
        let mut file = File::create(&path, format, Kind::Payments, false).unwrap();
        for number in 0..2_000 {
            push(&mut file, &payment(number, money(1, "USD")));
        }
        assert!(!path.exists(), "nothing stands under the name before it is whole");
        drop(file);
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    for format in Format::ALL {
        let path = folder.path().join(format!("payments.{format}"));
        write(&path, format, &[payment(1, money(1, "USD"))]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{format}");
    }
}

#[test]
fn paths_that_no_file_can_have_are_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let inside_file = folder.path().join("file");
    fs::write(&inside_file, "").unwrap();
    for path in [
        Path::new("payments.csv").to_owned(),
        folder.path().to_owned(),
        folder.path().join("missing/payments.csv"),
        inside_file.join("payments.csv"),
        folder.path().join("payments.csv/"),
    ] {
        let refused = File::create(&path, Format::Csv, Kind::Payments, true).unwrap_err();
        assert!(matches!(refused, ExportError::BadPath { .. }), "{}: {refused}", path.display());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_apart() {
    // The system's own full device stands for the disk; a file cannot be put beside it.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = std::io::Write::write_all(&mut &full, b"x").unwrap_err();
    assert!(matches!(ExportError::from(error), ExportError::DiskFull));
}

#[test]
fn a_row_of_another_kind_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.csv");
    let mut file = File::create(&path, Format::Csv, Kind::Payments, false).unwrap();
    assert!(matches!(file.push(&[Cell::Flag(true)]), Err(ExportError::Mismatch)));
}

#[test]
fn what_a_killed_program_left_is_swept_and_what_is_held_is_not() {
    let folder = TempDir::new().unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(7_200);
    let part = |name: &str| {
        let path = folder.path().join(name);
        fs::write(&path, "half").unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(old).unwrap();
        file
    };
    drop(part(".paydesk-export-left.part"));
    let held = part(".paydesk-export-held.part");
    held.try_lock().unwrap();
    fs::write(folder.path().join(".paydesk-export-young.part"), "half").unwrap();
    write(&folder.path().join("payments.csv"), Format::Csv, &[payment(1, money(1, "USD"))]);
    assert_eq!(
        names(folder.path()),
        [".paydesk-export-held.part", ".paydesk-export-young.part", "payments.csv"]
    );
}
