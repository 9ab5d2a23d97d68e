//! Text line by line, none longer than a record may be.

use std::io::{BufRead, BufReader, Read};

use crate::{
    error::Error,
    quality::Place,
    read::intake::{self, Intake},
    source::Guarded,
};

/// Takes one line without its end, not blank.
type Each<'e, 'a> = &'e mut dyn FnMut(&str, Place, &mut Intake<'a>) -> Result<(), Error>;

/// Gives each line to `each`. A last line that is no record and has no line break is a file that was
/// cut.
pub(super) fn read<'a, R: Read>(
    content: Guarded<'_, R>,
    intake: &mut Intake<'a>,
    each: Each<'_, 'a>,
) -> Result<(), Error> {
    let progress = intake.progress;
    let mut reader = BufReader::with_capacity(1 << 16, content);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        progress.mark();
        line.clear();
        number += 1;
        let place = Place { record: intake.summary.records + 1, line: number };
        let read = reader.read_until(b'\n', &mut line);
        if read.map_err(|error| intake::io_error(intake.file, place, error))? == 0 {
            return Ok(());
        }
        let is_whole = line.ends_with(b"\n");
        intake.summary.no_final_newline = !is_whole;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let bad = intake.summary.skipped();
        each(text, place, intake)?;
        if !is_whole && intake.summary.skipped() > bad {
            let reason = "its last line is not whole".to_owned();
            return Err(Error::Cut { file: intake.file.to_owned(), place, reason });
        }
    }
}
