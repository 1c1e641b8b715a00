//! Disks that are full, failing or closed to writing: real ones, where this machine lets a test make them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::intent::IntentKind;
use domain::{Kind, Record};
use mirror::{Mirror, OpenOptions};
use tempfile::TempDir;

use crate::support::*;

/// A small disk in memory; gone with its test.
struct Disk(TempDir);

impl Disk {
    /// None where this user may not mount anything, which is said.
    fn of(size: &str, test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self(folder)),
            _ => {
                println!("{test} was not tried: mounting a disk in memory needs root");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.path()).status();
        assert!(done.unwrap().success(), "remount {how}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn page(from: i64, count: i64) -> Vec<domain::Observed> {
    (from..from + count)
        .map(|number| {
            let mut one = payment(&format!("ch_{number}"), 100);
            one.description = Some(format!("{number} {}", "words ".repeat(40)));
            seen(Record::Payment(one), NOON)
        })
        .collect()
}

async fn open(path: PathBuf) -> Mirror {
    Mirror::open(OpenOptions { path, ..Home::plain().options() }).await.unwrap()
}

#[tokio::test]
async fn d06_enospc_on_a_real_disk_loses_nothing_and_recovers_by_itself() {
    let Some(disk) = Disk::of("6m", "d06_enospc") else { return };
    let filler = disk.path().join("filler");
    let home = disk.path().join("home");
    let mirror = open(home.join("mirror-test.db")).await;
    let account = add_account(&mirror, "shop").await;
    let mut known = 0;
    fs::write(&filler, vec![0; 3 * 1024 * 1024]).unwrap();
    let full = loop {
        match mirror.commit_page(account, &page(known, 200), None).await {
            Ok(_) => known += 200,
            Err(error) => break error,
        }
        assert!(known < 100_000, "the disk never filled");
    };
    assert_eq!(full.code(), "mirror_disk_full", "{full}");
    // Nothing is half there, whatever was said to be there is, and reading goes on.
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), known.unsigned_abs());
    assert_eq!(mirror.find("words", everywhere(), 1, None).await.unwrap().items.len(), 1);
    // An intent that cannot be written is refused, so nothing can have left for it.
    let mut wish = intent(account, IntentKind::Refund, "ch_1", 10);
    wish.note = Some("a note that needs room ".repeat(300_000));
    let refused = mirror.intents().insert_refund(&wish, 100).await.unwrap_err();
    assert_eq!(refused.code(), "mirror_disk_full", "{refused}");
    // A copy that does not fit leaves nothing behind.
    let copy = mirror.backup(&home.join("copy.db"), None).await.unwrap_err();
    assert_eq!(copy.code(), "mirror_disk_full", "{copy}");
    assert!(!home.join("copy.db").exists() && !home.join("copy.db.unfinished").exists());
    // With room again the same open mirror goes on.
    fs::remove_file(&filler).unwrap();
    mirror.try_write().await.unwrap();
    mirror.commit_page(account, &page(known, 200), None).await.unwrap();
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), known.unsigned_abs() + 200);
    assert_eq!(mirror.integrity_problems().await.unwrap(), Vec::<String>::new());
    mirror.close().await.unwrap();
}

#[tokio::test]
async fn d08_read_only_mount() {
    let Some(disk) = Disk::of("8m", "d08_read_only_mount") else { return };
    let path = disk.path().join("home").join("mirror-test.db");
    let mirror = open(path.clone()).await;
    let account = add_account(&mirror, "shop").await;
    mirror.commit_page(account, &page(0, 50), None).await.unwrap();
    mirror.close().await.unwrap();
    disk.remount("ro");
    let refused =
        Mirror::open(OpenOptions { path: path.clone(), ..Home::plain().options() }).await.unwrap_err();
    assert_eq!(refused.code(), "mirror_read_only", "{refused}");
    disk.remount("rw");
    let mirror = open(path).await;
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 50);
    mirror.close().await.unwrap();
}

/// Makes `fsync` fail in one folder while a file stands there; loaded into a child process.
const FAILING_FSYNC: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(void) {
    const char *sign = getenv("FAILING_FSYNC_SIGN");
    return sign != 0 && access(sign, F_OK) == 0;
}
int fsync(int file) {
    static int (*real)(int);
    if (fails()) { errno = EIO; return -1; }
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    return real(file);
}
int fdatasync(int file) {
    static int (*real)(int);
    if (fails()) { errno = EIO; return -1; }
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    return real(file);
}
"#;

/// What the child runs under the failing `fsync`.
#[tokio::test]
async fn child_writes_on_a_failing_disk() {
    let (Ok(sign), Ok(folder)) =
        (std::env::var("FAILING_FSYNC_SIGN"), std::env::var("MIRROR_FAILING_FOLDER"))
    else {
        return;
    };
    let mirror = open(PathBuf::from(folder).join("mirror-test.db")).await;
    let account = add_account(&mirror, "shop").await;
    mirror.commit_page(account, &page(0, 50), None).await.unwrap();
    fs::write(&sign, b"").unwrap();
    let failed = mirror.commit_page(account, &page(50, 50), None).await.unwrap_err();
    assert_eq!(failed.code(), "mirror_io", "{failed}");
    let wish = intent(account, IntentKind::Refund, "ch_1", 10);
    assert_eq!(mirror.intents().insert_refund(&wish, 100).await.unwrap_err().code(), "mirror_io");
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 50);
    fs::remove_file(&sign).unwrap();
    mirror.commit_page(account, &page(50, 50), None).await.unwrap();
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 100);
    assert!(mirror.intents().by_id(wish.id).await.unwrap().is_none());
    assert_eq!(mirror.integrity_problems().await.unwrap(), Vec::<String>::new());
    mirror.close().await.unwrap();
    println!("wrote on a failing disk");
}

#[tokio::test]
async fn d07_eio_on_fsync() {
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (folder.path().join("failing.c"), folder.path().join("failing.so"));
    fs::write(&source, FAILING_FSYNC).unwrap();
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").output();
    if !built.is_ok_and(|done| done.status.success()) {
        println!("d07_eio_on_fsync was not tried: there is no C compiler to make fsync fail with");
        return;
    }
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "disks::child_writes_on_a_failing_disk", "--nocapture"])
        .env("LD_PRELOAD", &library)
        .env("FAILING_FSYNC_SIGN", folder.path().join("fails"))
        .env("MIRROR_FAILING_FOLDER", folder.path().join("home"))
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && said.contains("wrote on a failing disk"), "{said}");
}
