//! The part of a compaction that runs in its own thread: read the old file, write the new one.

use crate::journal::OpenError;
use crate::journal::disk::{Disk, DiskFile};
use crate::journal::line::{self, Checkpoint, Record};
use crate::journal::paths::Paths;
use crate::journal::scan::{Scan, Step};
use std::collections::HashMap;
use std::io::{self, BufWriter, Read, Take, Write};

/// What the thread needs to know.
pub(super) struct Rewriting<D> {
    pub(super) disk: D,
    pub(super) paths: Paths,
    /// The old file is read up to here. Appends go on behind.
    pub(super) upto: u64,
    /// Changes after this one are kept one by one, if the old file has them all.
    pub(super) cut: u64,
}

/// The new file, and the old one at the place up to which the new one has its records.
pub(super) struct Rewritten<D: Disk> {
    pub(super) old: D::File,
    pub(super) fresh: D::File,
    pub(super) bytes: u64,
}

/// What the first pass has found.
#[derive(Default)]
struct Survey {
    /// The version of each live flag.
    last: HashMap<String, u64>,
    /// The version of the old checkpoint.
    checkpoint: u64,
}

impl<D: Disk> Rewriting<D> {
    pub(super) fn run(mut self) -> Result<Rewritten<D>, OpenError> {
        let survey = self.survey()?;
        self.cut = self.cut.max(survey.checkpoint);
        let file = self.disk.create(&self.paths.fresh);
        let file = file.map_err(OpenError::io("create", &self.paths.fresh))?;
        let mut fresh = Fresh {
            file: BufWriter::new(file),
            bytes: 0,
        };
        let old = self.copy(&survey, &mut fresh)?;
        let failed = || OpenError::io("write", &self.paths.fresh);
        let file = fresh
            .file
            .into_inner()
            .map_err(|error| failed()(error.into_error()));
        let mut file = file?;
        file.sync().map_err(failed())?;
        Ok(Rewritten {
            old,
            fresh: file,
            bytes: fresh.bytes,
        })
    }

    /// The first pass holds the names and versions of the live flags, and no value.
    fn survey(&self) -> Result<Survey, OpenError> {
        let mut survey = Survey::default();
        let mut scan = self.scan()?;
        while let Some(record) = self.step(&mut scan)? {
            match record {
                Record::Journal(_) => {}
                Record::Checkpoint(checkpoint) => survey.checkpoint = checkpoint.version,
                Record::Put(flag) => {
                    survey.last.insert(flag.name.clone(), flag.version);
                }
                Record::Delete(deletion) => {
                    survey.last.remove(&deletion.name);
                }
            }
        }
        Ok(survey)
    }

    /// The second pass copies lines.
    fn copy(&self, survey: &Survey, fresh: &mut Fresh<D::File>) -> Result<D::File, OpenError> {
        let failed = || OpenError::io("write", &self.paths.fresh);
        let flags = survey
            .last
            .values()
            .filter(|version| **version <= self.cut)
            .count();
        let checkpoint = Checkpoint {
            flags: flags as u64,
            version: self.cut,
        };
        let mut checkpoint = Some(line::encode(&Record::Checkpoint(checkpoint)).map_err(failed())?);
        let header = line::encode(&Record::header()).map_err(failed())?;
        fresh.write(&header).map_err(failed())?;
        let mut scan = self.scan()?;
        while let Some(record) = self.step(&mut scan)? {
            if record.change_after(self.cut) {
                // Versions rise: all flags up to the cut have been copied.
                if let Some(line) = checkpoint.take() {
                    fresh.write(&line).map_err(failed())?;
                }
            } else if !survey.is_live(&record) {
                continue;
            }
            fresh.write(scan.line()).map_err(failed())?;
        }
        if let Some(line) = checkpoint {
            fresh.write(&line).map_err(failed())?;
        }
        Ok(scan.into_reader().into_inner())
    }

    fn scan(&self) -> Result<Scan<'_, Take<D::File>>, OpenError> {
        let failed = || OpenError::io("read", &self.paths.journal);
        let file = self.disk.open(&self.paths.journal).map_err(failed())?;
        let file = file.ok_or_else(|| failed()(io::ErrorKind::NotFound.into()))?;
        Ok(Scan::new(&self.paths.journal, file.take(self.upto)))
    }

    /// The next record up to the place where the old file ended at the beginning.
    fn step(&self, scan: &mut Scan<'_, Take<D::File>>) -> Result<Option<Record>, OpenError> {
        match scan.step()? {
            Step::Record(record) => Ok(Some(record)),
            Step::End if scan.offset() == self.upto => Ok(None),
            // The owner has written whole records up to there.
            Step::End | Step::Torn(_) => Err(scan.ended_early()),
        }
    }
}

impl Survey {
    /// Says whether this is the last put of a flag that is still there.
    fn is_live(&self, record: &Record) -> bool {
        match record {
            Record::Put(flag) => self.last.get(&flag.name) == Some(&flag.version),
            _ => false,
        }
    }
}

struct Fresh<F: Write> {
    file: BufWriter<F>,
    bytes: u64,
}

impl<F: Write> Fresh<F> {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.bytes += line.len() as u64;
        self.file.write_all(line)
    }
}
