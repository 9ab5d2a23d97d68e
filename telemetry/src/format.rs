//! The formats of span files.

use std::fmt;

/// A format of span files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A table with a header, one span per row.
    Csv,
    /// What Jaeger's query API and user interface save.
    Jaeger,
    /// OpenTelemetry's protocol as JSON, also as Tempo answers it.
    Otlp,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::Jaeger => "Jaeger JSON",
            Self::Otlp => "OTLP JSON",
        })
    }
}

/// What the first bytes of a file's (decompressed) content show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Only blanks, or nothing.
    Empty,
    /// JSON; its keys will tell which.
    Json,
    /// Text of another kind: CSV.
    Table,
    /// Something else, in words.
    Foreign(&'static str),
}

/// The byte order mark that some Windows programs put before UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Looks at the first few kilobytes.
pub(crate) fn detect(head: &[u8]) -> Content {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let known: [(&[u8], &str); 6] = [
        (b"\xff\xfe", "UTF-16 text, which must be saved as UTF-8"),
        (b"\xfe\xff", "UTF-16 text, which must be saved as UTF-8"),
        (b"PAR1", "a Parquet file, which must be converted to CSV"),
        (b"PK\x03\x04", "a ZIP archive, which must be unpacked"),
        (b"BZh", "a bzip2 file, which must be unpacked"),
        (b"%PDF", "a PDF document"),
    ];
    if let Some((_, words)) = known.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Content::Foreign(words);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Content::Foreign("a tar archive, which must be unpacked");
    }
    if head.contains(&0) {
        return Content::Foreign("binary data");
    }
    match head.trim_ascii_start().first() {
        None => Content::Empty,
        Some(b'{' | b'[') => Content::Json,
        Some(_) => Content::Table,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_told_by_its_first_bytes() {
        assert_eq!(detect(b""), Content::Empty);
        assert_eq!(detect(b" \r\n\t"), Content::Empty);
        assert_eq!(detect(b"\xef\xbb\xbf\n [{}]"), Content::Json);
        assert_eq!(detect(b"{"), Content::Json);
        assert_eq!(detect(b"TraceID,SpanID"), Content::Table);
        assert!(matches!(detect(b"PAR1xyz"), Content::Foreign(_)));
        assert!(matches!(detect(b"a\0b"), Content::Foreign(_)));
    }
}
