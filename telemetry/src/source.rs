//! Bytes of a file, decompressed as they are read, with line counts and a limit per record.
//!
//! Compression is told by its magic bytes, never by the file's name. Several gzip members, xz
//! streams or zstd frames in a row are one content, as `cat a.gz b.gz` makes them.

use std::{
    cell::Cell,
    error::Error as StdError,
    fmt,
    io::{self, BufReader, Cursor, Read},
    ops::Range,
};

mod zstd;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952.
    Gzip,
    /// The `.xz` format.
    Xz,
    /// RFC 8878.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        })
    }
}

/// One record, JSON string or CSV field must not be longer: it would have to fit in memory.
pub(crate) const RECORD_LIMIT: u64 = 64 << 20;

const BUFFER: usize = 1 << 18;
/// How much of the content is looked at to tell its format.
const HEAD: u64 = 1 << 16;
/// xz may ask for a dictionary of up to 4 GiB; its highest preset needs 65 MiB.
const XZ_MEMORY_KIB: u32 = 512 << 10;

type Bytes<'a> = Box<dyn Read + 'a>;

/// Detects the compression of `reader` and undoes it; also returns the first bytes of content.
pub(crate) fn open<'a>(reader: impl Read + 'a) -> io::Result<(Compression, Vec<u8>, Bytes<'a>)> {
    let (magic, raw) = peek(Box::new(reader), 6)?;
    let raw = BufReader::with_capacity(BUFFER, raw);
    let (compression, content): (_, Bytes<'a>) = if magic.starts_with(b"\x1f\x8b") {
        (Compression::Gzip, Box::new(flate2::bufread::MultiGzDecoder::new(raw)))
    } else if magic.starts_with(b"\xfd7zXZ\0") {
        (Compression::Xz, Box::new(lzma_rust2::XzReader::new_mem_limit(raw, true, XZ_MEMORY_KIB)))
    } else if zstd::is_frame(&magic) {
        (Compression::Zstd, Box::new(zstd::Frames::new(raw)))
    } else {
        (Compression::None, Box::new(raw))
    };
    let (head, content) = peek(content, HEAD)?;
    Ok((compression, head, content))
}

/// Reads up to `length` bytes ahead; the returned reader gives them again.
fn peek(mut reader: Bytes<'_>, length: u64) -> io::Result<(Vec<u8>, Bytes<'_>)> {
    let mut head = Vec::new();
    reader.by_ref().take(length).read_to_end(&mut head)?;
    let again = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(again)))
}

/// How far a reading is; shared by the reader of bytes and the reader of records.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Bytes taken from the file, those in the buffer included.
    delivered: Cell<u64>,
    mark: Cell<u64>,
    newlines: Cell<u64>,
    last_byte: Cell<u8>,
    last_visible_byte: Cell<u8>,
}

impl Progress {
    /// A record is complete: its length counts from here.
    pub(crate) fn mark(&self) {
        self.mark.set(self.delivered.get());
    }

    /// The line that is being read, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.newlines.get() + 1
    }

    /// The last byte that was delivered.
    pub(crate) fn last_byte(&self) -> u8 {
        self.last_byte.get()
    }

    /// The last byte that was no line break.
    pub(crate) fn last_visible_byte(&self) -> u8 {
        self.last_visible_byte.get()
    }
}

/// Delivers bytes while no record is longer than [`RECORD_LIMIT`].
///
/// Byte by byte it also counts lines, and takes each as the end of a record: that is how JSON,
/// whose strings hold no line breaks, is read. JSON without line breaks is marked record by record.
pub(crate) struct Guarded<'a, R> {
    inner: R,
    buffer: Vec<u8>,
    /// The part of `buffer` that is yet to be delivered.
    unread: Range<usize>,
    progress: &'a Progress,
}

impl<'a, R: Read> Guarded<'a, R> {
    pub(crate) fn new(inner: R, progress: &'a Progress) -> Self {
        Self { inner, buffer: vec![0; BUFFER], unread: 0..0, progress }
    }

    /// Skips blanks; the next byte that is none, or none at the end.
    pub(crate) fn next_non_blank(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek_byte()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.step(byte);
        }
        Ok(None)
    }

    /// The next byte, which stays there; none at the end.
    #[inline]
    pub(crate) fn peek_byte(&mut self) -> io::Result<Option<u8>> {
        if self.unread.is_empty() {
            self.refill()?;
        }
        Ok(self.buffer[self.unread.clone()].first().copied())
    }

    #[inline]
    fn step(&mut self, byte: u8) {
        self.unread.start += 1;
        if byte == b'\n' {
            self.progress.newlines.set(self.progress.newlines.get() + 1);
            self.progress.mark();
        }
    }

    #[cold]
    fn refill(&mut self) -> io::Result<()> {
        let progress = self.progress;
        if progress.delivered.get() - progress.mark.get() > RECORD_LIMIT {
            return Err(io::Error::other(RecordTooLong));
        }
        let count = loop {
            match self.inner.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.unread = 0..count;
        progress.delivered.set(progress.delivered.get() + count as u64);
        if let Some(&last) = self.buffer[..count].last() {
            progress.last_byte.set(last);
        }
        let mut backwards = self.buffer[..count].iter().rev();
        if let Some(&byte) = backwards.find(|byte| !matches!(byte, b'\n' | b'\r')) {
            progress.last_visible_byte.set(byte);
        }
        Ok(())
    }
}

impl<R: Read> Read for Guarded<'_, R> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(next) = self.peek_byte()? else { return Ok(0) };
        if let [byte] = buffer {
            *byte = next;
            self.step(next);
            return Ok(1);
        }
        let unread = &self.buffer[self.unread.clone()];
        let count = unread.len().min(buffer.len());
        buffer[..count].copy_from_slice(&unread[..count]);
        self.unread.start += count;
        Ok(count)
    }
}

/// The marker of a record above [`RECORD_LIMIT`].
#[derive(Debug)]
struct RecordTooLong;

impl fmt::Display for RecordTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record is too long")
    }
}

impl StdError for RecordTooLong {}

/// Why reading bytes failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The operating system.
    System,
    /// The compressed stream stops early.
    Cut,
    /// The compressed stream is wrong.
    Damaged,
    /// A record has no end.
    TooLong,
}

/// Tells the kinds of failure apart.
pub(crate) fn classify(error: &io::Error) -> Failure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<RecordTooLong>() {
            return Failure::TooLong;
        }
        let inner = current.downcast_ref::<io::Error>();
        if inner.is_some_and(|error| error.raw_os_error().is_some()) {
            return Failure::System;
        }
        if inner.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return Failure::Cut;
        }
        // An io::Error hides its payload from `source`, which skips to the payload's own source.
        cause = match inner.and_then(io::Error::get_ref) {
            Some(payload) => Some(payload),
            None => current.source(),
        };
    }
    Failure::Damaged
}
