//! The local socket: where it is, who may use it, and lines over it.

use std::io;
use std::path::PathBuf;

use contract::wire::MAX_FRAME_BYTES;
use futures::{SinkExt, StreamExt};
use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::tokio::Stream as _;
use interprocess::local_socket::{GenericFilePath, ListenerOptions, ToFsName};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{ReadHalf, WriteHalf};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec};

use crate::home::Home;

/// Who of a home listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listens {
    /// The Desk, for shells.
    Desk,
    /// The window, for another start of it.
    Window,
}

impl Listens {
    /// What its address ends with behind the name of the home.
    fn suffix(self) -> &'static str {
        match self {
            Self::Desk => "",
            Self::Window => "-window",
        }
    }
}

/// Where somebody of a home listens. It is in the runtime folder under a hash of the home, because
/// a socket's path may have 108 bytes at most and homes can be deep.
#[cfg(unix)]
pub(crate) fn address(home: &Home, who: Listens) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt;
    let user = std::fs::metadata(home.root())?.uid();
    let folder =
        match directories::BaseDirs::new().and_then(|folders| folders.runtime_dir().map(PathBuf::from)) {
            Some(runtime) if runtime.is_dir() => runtime.join("paydesk"),
            _ => std::env::temp_dir().join(format!("paydesk-{user}")),
        };
    match std::fs::create_dir(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = std::fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != user {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the runtime folder belongs to somebody else",
        ));
    }
    crate::home::keep_private(&folder)?;
    Ok(folder.join(format!("{}{}.sock", home.short_name(), who.suffix())).to_string_lossy().into_owned())
}

/// On Windows it is a named pipe.
#[cfg(windows)]
pub(crate) fn address(home: &Home, who: Listens) -> io::Result<String> {
    Ok(format!(r"\\.\pipe\paydesk-{}{}", home.short_name(), who.suffix()))
}

/// Starts to listen. Only the holder of the home's lock calls this, so a socket that is still there
/// was left by a process that is gone.
pub(crate) fn listen(address: &str) -> io::Result<Listener> {
    #[cfg(unix)]
    match std::fs::remove_file(address) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let options = ListenerOptions::new().name(address.to_fs_name::<GenericFilePath>()?);
    #[cfg(unix)]
    let options = {
        use interprocess::os::unix::local_socket::ListenerOptionsExt;
        options.mode(0o600)
    };
    options.create_tokio()
}

/// Calls the Desk that listens there.
pub(crate) async fn connect(address: &str) -> io::Result<Stream> {
    Stream::connect(address.to_fs_name::<GenericFilePath>()?).await
}

/// Whether the other side is the user who owns the home.
#[cfg(unix)]
pub(crate) fn is_same_user(stream: &Stream, home: &Home) -> bool {
    use interprocess::local_socket::traits::StreamCommon as _;
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(home.root()).map(|found| found.uid()).ok();
    let peer = stream.peer_creds().ok().and_then(|credentials| credentials.euid());
    owner.is_some() && owner == peer
}

/// On Windows the pipe's default descriptor lets only its creator and administrators write.
#[cfg(windows)]
pub(crate) fn is_same_user(_stream: &Stream, _home: &Home) -> bool {
    true
}

/// Reads frames, one JSON document a line.
pub(crate) struct FrameReader(FramedRead<ReadHalf<Stream>, LinesCodec>);

/// Writes frames.
pub(crate) struct FrameWriter(FramedWrite<WriteHalf<Stream>, LinesCodec>);

/// Takes a stream apart into both directions.
pub(crate) fn frames(stream: Stream) -> (FrameReader, FrameWriter) {
    let (reader, writer) = tokio::io::split(stream);
    let codec = || LinesCodec::new_with_max_length(MAX_FRAME_BYTES);
    (FrameReader(FramedRead::new(reader, codec())), FrameWriter(FramedWrite::new(writer, codec())))
}

impl FrameReader {
    /// The next frame; none when the other side is gone or does not keep to the form.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> Option<T> {
        let line = self.0.next().await?.ok()?;
        let frame = serde_json::from_str(&line).ok();
        contract::wire::wipe(line);
        frame
    }
}

impl FrameWriter {
    /// Writes a frame; false when the other side is gone.
    pub(crate) async fn send<T: Serialize>(&mut self, frame: &T) -> bool {
        let Ok(line) = serde_json::to_string(frame) else { return false };
        let sent = self.0.send(line.as_str()).await.is_ok();
        contract::wire::wipe(line);
        sent
    }
}
