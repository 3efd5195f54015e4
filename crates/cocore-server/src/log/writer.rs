//! Writes the log of a server in a thread of its own, so that a full standard error holds no request.
//!
//! Lines that come close together are written together: under load a line costs no system call and wakes no thread. A process
//! that is killed loses what is not written yet.

use std::io::{self, Write, stderr};
use std::mem;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

use super::limit::LineLimit;

/// How many bytes of lines may wait. Further lines are dropped and counted.
const MAX_WAITING: usize = 8 * 1024 * 1024;
/// How many bytes of memory are kept for the next lines.
const MAX_KEPT: usize = 256 * 1024;
/// How long lines wait for others after lines were written.
const GATHER_TIME: Duration = Duration::from_millis(10);
/// How often the lines that the limit left out are reported.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// How long the end of the process waits for the lines that are left.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The log of a server. Clones write to the same thread.
#[derive(Clone)]
pub struct LogWriter {
    lines: Arc<Lines>,
    limit: LineLimit,
}

/// Lines on their way to the thread.
#[derive(Default)]
struct Lines {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// How many lines were dropped.
    dropped: u64,
    /// To be told when the lines so far are written.
    flushes: Vec<SyncSender<()>>,
    /// Whether the thread waits for a line.
    is_idle: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.flushes.is_empty()
    }
}

impl LogWriter {
    /// Starts the thread, which writes to standard error, and reports the lines that the limit left out.
    ///
    /// # Errors
    /// The operating system cannot start it.
    pub(super) fn start(limit: LineLimit) -> io::Result<Self> {
        Self::start_on(stderr(), limit)
    }

    fn start_on(output: impl Write + Send + 'static, limit: LineLimit) -> io::Result<Self> {
        let lines = Arc::<Lines>::default();
        let writer = Self { lines, limit };
        let own = writer.clone();
        let thread = thread::Builder::new().name("log".to_owned());
        thread.spawn(move || own.write_lines(output))?;
        Ok(writer)
    }

    /// Waits until the lines so far are written, or for a second.
    pub fn flush(&self) {
        self.limit.report_all();
        self.flush_within(FLUSH_TIMEOUT);
    }

    fn flush_within(&self, timeout: Duration) {
        let (sender, written) = sync_channel(1);
        self.lines.lock().flushes.push(sender);
        self.lines.arrived.notify_one();
        let _ = written.recv_timeout(timeout);
    }

    fn write_lines(&self, mut output: impl Write) {
        let mut reported = Instant::now();
        let mut lines = Vec::new();
        let mut dropped = 0;
        loop {
            if reported.elapsed() >= REPORT_INTERVAL {
                self.limit.report();
                reported = Instant::now();
            }
            let (more_dropped, flushes) = self.lines.take(&mut lines);
            dropped += more_dropped;
            match write_all(&mut output, &lines) {
                Ok(()) if dropped > 0 => {
                    tracing::warn!(
                        lines = dropped,
                        "lines of the log were dropped: standard error was full"
                    );
                    dropped = 0;
                }
                Ok(()) => {}
                Err(unwritten) => dropped += unwritten,
            }
            // Nobody else has it who could write another line.
            let is_last = Arc::strong_count(&self.lines) == 1;
            if is_last && lines.is_empty() && flushes.is_empty() {
                return;
            }
            lines.clear();
            lines.shrink_to(MAX_KEPT);
            for written in flushes {
                let _ = written.send(());
            }
        }
    }
}

/// Writes lines.
///
/// # Errors
/// How many of them were not written to their end: the output may be closed, or its disk full.
fn write_all(output: &mut impl Write, mut lines: &[u8]) -> Result<(), u64> {
    while !lines.is_empty() {
        match output.write(lines) {
            Ok(written @ 1..) => lines = lines.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Whoever shares the output may have made it one that does not wait.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(GATHER_TIME),
            Ok(0) | Err(_) => return Err(memchr::memchr_iter(b'\n', lines).count() as u64),
        }
    }
    Ok(())
}

impl Lines {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Every change of it is whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a line, if there is room for it.
    fn add(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.lines.len() + line.len() > MAX_WAITING {
            waiting.dropped += 1;
            return;
        }
        waiting.lines.extend_from_slice(line);
        let is_idle = mem::take(&mut waiting.is_idle);
        drop(waiting);
        if is_idle {
            self.arrived.notify_one();
        }
    }

    /// Waits a moment for lines to come together, and then for the first of them, if there is none; but no longer than
    /// until the next report. Swaps them for `taken`, and returns how many others were dropped, and where to tell that they are written.
    fn take(&self, taken: &mut Vec<u8>) -> (u64, Vec<SyncSender<()>>) {
        let is_unflushed = |waiting: &mut Waiting| waiting.flushes.is_empty();
        let gathered = self
            .arrived
            .wait_timeout_while(self.lock(), GATHER_TIME, is_unflushed);
        let (mut waiting, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            waiting.is_idle = true;
            let is_empty = |waiting: &mut Waiting| waiting.is_empty();
            let arrived = self
                .arrived
                .wait_timeout_while(waiting, REPORT_INTERVAL, is_empty);
            (waiting, _) = arrived.unwrap_or_else(PoisonError::into_inner);
            waiting.is_idle = false;
        }
        mem::swap(&mut waiting.lines, taken);
        (
            mem::take(&mut waiting.dropped),
            mem::take(&mut waiting.flushes),
        )
    }
}

impl Write for &LogWriter {
    /// Takes a line, whether it can be written or not.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.lines.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for LogWriter {
    type Writer = &'w LogWriter;

    fn make_writer(&'w self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than a write takes on a machine under load.
    const LONG: Duration = Duration::from_secs(60);

    /// An output that takes nothing for as long as it is locked, and counts what it is given at once.
    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<usize>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start(output: &Output) -> LogWriter {
        let limit = LineLimit::new(Arc::new(cocore_keys::SystemClock));
        LogWriter::start_on(output.clone(), limit).unwrap()
    }

    #[test]
    fn a_full_output_does_not_block_writers() {
        const LINE: &[u8] = &[b'a'; 1024];
        let output = Output::default();
        let log = start(&output);
        let full = output.0.lock().unwrap();
        (&log).write_all(LINE).unwrap();
        while !log.lines.lock().lines.is_empty() {
            thread::yield_now();
        }
        for _ in 0..MAX_WAITING / LINE.len() + 10 {
            (&log).write_all(LINE).unwrap();
        }
        assert_eq!(log.lines.lock().dropped, 10);
        drop(full);
        log.flush_within(LONG);
        // They are reported, and there is room again.
        assert_eq!(log.lines.lock().dropped, 0);
        assert_eq!(*output.0.lock().unwrap(), [LINE.len(), MAX_WAITING]);
        (&log).write_all(LINE).unwrap();
        log.flush_within(LONG);
        assert_eq!(output.0.lock().unwrap()[2..], [LINE.len()]);
    }

    #[test]
    fn lines_that_wait_are_written_together() {
        let output = Output::default();
        let log = start(&output);
        let other = log.clone();
        let held = output.0.lock().unwrap();
        for log in [&log, &other].into_iter().cycle().take(1000) {
            (&*log).write_all(b"line\n").unwrap();
        }
        drop(held);
        log.flush_within(LONG);
        let writes = output.0.lock().unwrap();
        assert_eq!(writes.iter().sum::<usize>(), 1000 * "line\n".len());
        // The thread may have taken some of them before the last one was there.
        assert!(writes.len() <= 3, "{writes:?}");
    }

    /// An output whose disk is full, then not.
    struct Full(Arc<Mutex<u32>>, Output);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut failures = self.0.lock().unwrap();
            let Some(left) = failures.checked_sub(1) else {
                return self.1.write(bytes);
            };
            *failures = left;
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_could_not_be_written_are_counted() {
        let output = Output::default();
        let mut full = Full(Arc::new(Mutex::new(1)), output.clone());
        assert_eq!(write_all(&mut full, b"one\ntwo\n"), Err(2));
        assert_eq!(write_all(&mut full, b"three\n"), Ok(()));
        assert_eq!(*output.0.lock().unwrap(), [6]);
    }
}
