//! Writes the log of a server in a thread of its own, so that a full standard error holds no request.

use std::io::{self, Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

use super::limit::LineLimit;

/// How many lines may wait. Further lines are dropped and counted.
const MAX_WAITING: usize = 65_536;
/// How often the lines that the limit left out are reported.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// How long the end of the process waits for the lines that are left.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The log of a server. Clones write to the same thread.
#[derive(Clone)]
pub struct LogWriter {
    messages: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
    limit: LineLimit,
}

/// What the thread does next.
enum Message {
    Line(Vec<u8>),
    /// Reports that every line before it is written.
    Flush(SyncSender<()>),
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
        let (messages, receiver) = sync_channel(MAX_WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let (counter, limit_of_thread) = (dropped.clone(), limit.clone());
        let thread = thread::Builder::new().name("log".to_owned());
        thread.spawn(move || write_lines(output, &receiver, &counter, &limit_of_thread))?;
        Ok(Self {
            messages,
            dropped,
            limit,
        })
    }

    /// Waits until the lines so far are written, or for a second.
    pub fn flush(&self) {
        self.limit.report_all();
        let (sender, written) = sync_channel(1);
        if self.messages.try_send(Message::Flush(sender)).is_ok() {
            let _ = written.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

fn write_lines(
    mut output: impl Write,
    messages: &Receiver<Message>,
    dropped: &AtomicU64,
    limit: &LineLimit,
) {
    let mut reported = Instant::now();
    loop {
        if reported.elapsed() >= REPORT_INTERVAL {
            limit.report();
            reported = Instant::now();
        }
        let message = match messages.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                let lines = dropped.swap(0, Ordering::Relaxed);
                if lines > 0 {
                    tracing::warn!(
                        lines,
                        "lines of the log were dropped: standard error was full"
                    );
                }
                match messages.recv_timeout(REPORT_INTERVAL) {
                    Ok(message) => message,
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        match message {
            // Standard error may be closed.
            Message::Line(line) => drop(output.write_all(&line)),
            Message::Flush(written) => drop(written.send(())),
        }
    }
}

impl Write for &LogWriter {
    /// Takes a line, whether it can be written or not.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self
            .messages
            .try_send(Message::Line(line.to_vec()))
            .is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
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
    use std::sync::Mutex;

    use super::*;

    /// An output that takes nothing for as long as it is locked.
    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_output_does_not_block_writers() {
        let output = Output::default();
        let limit = LineLimit::new(Arc::new(cocore_keys::SystemClock));
        let log = LogWriter::start_on(output.clone(), limit).unwrap();
        let full = output.0.lock().unwrap();
        for _ in 0..MAX_WAITING + 10 {
            (&log).write_all(b"line\n").unwrap();
        }
        let dropped = log.dropped.load(Ordering::Relaxed);
        assert!((9..=10).contains(&dropped), "{dropped}");
        drop(full);
        while log.dropped.load(Ordering::Relaxed) > 0 {
            thread::yield_now();
        }
        log.flush();
        let lines = output.0.lock().unwrap().len() / "line\n".len();
        assert_eq!(lines, MAX_WAITING + 10 - usize::try_from(dropped).unwrap());
    }
}
