//! Reads a journal line by line and checks each line: its checksum, its form, its place.

use crate::journal::line::{self, Checkpoint, MAX_LINE, Record};
use crate::journal::{Damage, FORMAT, OpenError, Torn, Wrong};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// One pass over a journal. Holds one line at a time.
pub(super) struct Scan<'a, R> {
    path: &'a Path,
    reader: BufReader<R>,
    line: Vec<u8>,
    place: Place,
    /// Where the next line starts.
    offset: u64,
}

/// What the next line has to be.
#[derive(Clone, Copy)]
enum Place {
    Header,
    /// A flag that a compaction kept, or the checkpoint after them.
    Flags {
        count: u64,
        last: u64,
    },
    /// The change after change number `last`.
    Changes {
        last: u64,
    },
}

/// What stands at the place that the scan has reached.
pub(super) enum Step {
    /// A record. [`Scan::line`] has its bytes.
    Record(Record),
    /// A part of a line: the last write was interrupted.
    Torn(Torn),
    End,
}

impl<'a, R: Read> Scan<'a, R> {
    pub(super) fn new(path: &'a Path, reader: R) -> Self {
        Self {
            path,
            reader: BufReader::new(reader),
            line: Vec::new(),
            place: Place::Header,
            offset: 0,
        }
    }

    /// Reads and checks the next line.
    pub(super) fn step(&mut self) -> Result<Step, OpenError> {
        self.read_line()?;
        if !self.line.ends_with(b"\n") {
            return self.end().map_err(|wrong| self.damage(wrong));
        }
        let record = line::decode(&self.line).map_err(|wrong| self.damage(wrong))?;
        self.check_format(&record)?;
        self.place = self
            .place
            .after(&record)
            .map_err(|wrong| self.damage(wrong))?;
        self.offset += self.line.len() as u64;
        Ok(Step::Record(record))
    }

    /// The bytes of the record that was read last, with its line end.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// How many bytes have been read and are whole records.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn into_reader(self) -> R {
        self.reader.into_inner()
    }

    fn read_line(&mut self) -> Result<(), OpenError> {
        self.line.clear();
        // One byte more than allowed: enough to see that the line is too long.
        let limit = MAX_LINE as u64 + 1;
        let mut bounded = self.reader.by_ref().take(limit);
        let read = bounded.read_until(b'\n', &mut self.line);
        read.map_err(OpenError::io("read", self.path))?;
        if self.line.len() > MAX_LINE {
            return Err(self.damage(Wrong::TooLong));
        }
        Ok(())
    }

    /// The file has ended, with a part of a line or without.
    fn end(&self) -> Result<Step, Wrong> {
        if !matches!(self.place, Place::Changes { .. }) {
            // What a creation or a compaction writes is whole before it gets its name.
            return Err(Wrong::TooShort);
        }
        if self.line.is_empty() {
            return Ok(Step::End);
        }
        Ok(Step::Torn(Torn {
            offset: self.offset,
            bytes: self.line.len() as u64,
        }))
    }

    /// The file is shorter than its owner knows it to be.
    pub(super) fn ended_early(&self) -> OpenError {
        self.damage(Wrong::TooShort)
    }

    fn check_format(&self, record: &Record) -> Result<(), OpenError> {
        match record {
            Record::Journal(header) if header.format != FORMAT => Err(OpenError::Format {
                path: self.path.to_owned(),
                found: header.format,
            }),
            _ => Ok(()),
        }
    }

    fn damage(&self, wrong: Wrong) -> OpenError {
        OpenError::Damaged(Damage {
            path: self.path.to_owned(),
            offset: self.offset,
            wrong,
        })
    }
}

impl Place {
    /// What has to follow `record`, which stands here.
    fn after(self, record: &Record) -> Result<Self, Wrong> {
        match (self, record) {
            (Self::Header, Record::Journal(_)) => Ok(Self::Flags { count: 0, last: 0 }),
            (Self::Flags { count, last }, Record::Put(flag)) if flag.version > last => {
                Ok(Self::Flags {
                    count: count + 1,
                    last: flag.version,
                })
            }
            (Self::Flags { count, last }, Record::Checkpoint(checkpoint)) => {
                checked(*checkpoint, count, last)
            }
            (Self::Changes { last }, Record::Put(flag)) => next(last, flag.version),
            (Self::Changes { last }, Record::Delete(deletion)) => next(last, deletion.version),
            _ => Err(Wrong::Order(String::from("this record has no place here"))),
        }
    }
}

fn checked(checkpoint: Checkpoint, count: u64, last: u64) -> Result<Place, Wrong> {
    let Checkpoint { flags, version } = checkpoint;
    if flags != count || version < last {
        return Err(Wrong::Order(format!(
            "the checkpoint counts {flags} flags up to version {version}, \
             and {count} flags up to version {last} stand before it"
        )));
    }
    Ok(Place::Changes { last: version })
}

fn next(last: u64, version: u64) -> Result<Place, Wrong> {
    if last.checked_add(1) != Some(version) {
        return Err(Wrong::Order(format!(
            "version {version} follows version {last}"
        )));
    }
    Ok(Place::Changes { last: version })
}
