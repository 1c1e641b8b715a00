//! Folders that a mirror must not lie in (bad input D09).
//!
//! SQLite's log needs memory that all its users share, which disks of other machines do not have
//! (sqlite.org/wal.html). A folder that a program copies to a cloud while it is written is copied in
//! pieces that do not belong together, and the copy carries every payer to another machine.

use std::path::{Component, Path};

/// File systems that several machines can have mounted, as Linux names them.
const OF_OTHER_MACHINES: [&str; 16] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "fuse.davfs",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "lustre",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];

/// Folder names of programs that copy to a cloud.
const SYNCED: [(&str, &str); 9] = [
    ("Dropbox", "Dropbox"),
    ("Google Drive", "Google Drive"),
    ("GoogleDrive", "Google Drive"),
    ("iCloud Drive", "iCloud"),
    ("Mobile Documents", "iCloud"),
    ("Nextcloud", "Nextcloud"),
    ("OneDrive", "OneDrive"),
    ("ownCloud", "ownCloud"),
    ("pCloudDrive", "pCloud"),
];

/// The kind of file system, where the folder is on one that other machines can write to at the same time.
pub(crate) fn other_machines_disk(folder: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_of(&mounts, folder).filter(|kind| OF_OTHER_MACHINES.contains(&kind.as_str()))
}

/// The file system that a folder is on, from Linux's list of mounts (proc_pid_mountinfo(5)).
fn kind_of(mounts: &str, folder: &Path) -> Option<String> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((front, behind)) = line.split_once(" - ") else { continue };
        let (Some(place), Some(kind)) = (front.split(' ').nth(4), behind.split(' ').next()) else { continue };
        let place = unescaped(place);
        // The last of the mounts on one place is the one that is seen.
        if folder.starts_with(&place) && found.is_none_or(|(length, _)| place.len() >= length) {
            found = Some((place.len(), kind));
        }
    }
    found.map(|(_, kind)| kind.to_owned())
}

/// Spaces and the like stand in the list as three octal digits.
fn unescaped(place: &str) -> String {
    place.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// The program that copies the folder to a cloud, where its name is known.
pub(crate) fn synced_folder(folder: &Path) -> Option<&'static str> {
    folder.components().find_map(|component| {
        let Component::Normal(name) = component else { return None };
        let name = name.to_str()?;
        // `OneDrive - Example Ltd` and `Dropbox (Personal)` are how these programs name more than one.
        let is_it = |known: &str| {
            name == known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with([' ', '-', '(']))
        };
        SYNCED.iter().find(|(known, _)| is_it(known)).map(|(_, program)| *program)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{OF_OTHER_MACHINES, kind_of, synced_folder};

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /home rw shared:7 - nfs4 server:/home rw,vers=4.2
31 30 254:1 / /home/ada/local\\040disk rw - ext4 /dev/vdb rw
32 22 0:26 / /media/share rw - cifs //server/share rw";

    #[test]
    fn d09_db_on_nfs() {
        let kind = |folder: &str| kind_of(MOUNTS, Path::new(folder)).unwrap();
        assert_eq!(kind("/home/ada/.local/share/paydesk"), "nfs4");
        assert_eq!(kind("/home/ada/local disk/paydesk"), "ext4");
        assert_eq!(kind("/media/share/paydesk"), "cifs");
        assert_eq!(kind("/homework"), "ext4");
        assert!(OF_OTHER_MACHINES.contains(&"nfs4") && OF_OTHER_MACHINES.contains(&"cifs"));
    }

    #[test]
    fn d09_db_in_cloud_sync_folder() {
        for (folder, program) in [
            ("/home/ada/Dropbox/paydesk", Some("Dropbox")),
            ("/home/ada/OneDrive - Example Ltd/paydesk", Some("OneDrive")),
            ("/Users/ada/Library/Mobile Documents/paydesk", Some("iCloud")),
            ("/home/ada/Dropboxes/paydesk", None),
            ("/home/ada/.local/share/paydesk", None),
        ] {
            assert_eq!(synced_folder(Path::new(folder)), program, "{folder}");
        }
    }
}
