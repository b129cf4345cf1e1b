//! An audience: many who look at one board at once. Some keep a stream of its events open and note each;
//! some fetch pages again and again. For tests that nothing is lost, and for the benchmark.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::wait;

/// Many who look at one board, until they are dropped.
pub struct Audience {
    /// What each of those with a stream has heard.
    listeners: Vec<Arc<Mutex<Heard>>>,
    read: Arc<Mutex<Read>>,
    is_over: Arc<AtomicBool>,
    _runtime: Runtime,
}

/// What somebody with a stream has heard: positions of the log, and when.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The events, in the order in which they came.
    pub events: Vec<(u64, Instant)>,
    /// How often the stream was opened.
    pub opened: usize,
}

/// What those who fetch pages got.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// How long each page took.
    pub times: Vec<Duration>,
    /// What was no page.
    pub failed: Vec<String>,
}

impl Audience {
    /// So many with a stream of this board, from its beginning, and so many who fetch these pages. Every
    /// second stream is closed after `patience` events, and resumed behind the last one. Returns when all
    /// streams are open.
    ///
    /// # Panics
    /// If one cannot be opened.
    #[track_caller]
    pub fn of(
        board: &str,
        streams: usize,
        readers: usize,
        pages: &[String],
        patience: usize,
    ) -> Self {
        let host = board.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let runtime = Runtime::new().expect("the system has threads");
        let listeners: Vec<Arc<Mutex<Heard>>> = (0..streams).map(|_| Arc::default()).collect();
        for (number, heard) in listeners.iter().enumerate() {
            let patience = if number % 2 == 0 { usize::MAX } else { patience };
            runtime.spawn(listen(host.clone(), Arc::clone(heard), patience));
        }
        let (read, is_over) = (Arc::<Mutex<Read>>::default(), Arc::new(AtomicBool::new(false)));
        for number in 0..readers {
            let mut pages = pages.to_vec();
            let first = number % pages.len();
            pages.rotate_left(first);
            let (read, is_over) = (Arc::clone(&read), Arc::clone(&is_over));
            runtime.spawn(fetch(host.clone(), pages, read, is_over));
        }
        let audience = Self { listeners, read, is_over, _runtime: runtime };
        wait::until("all streams are open", || match audience.heard() {
            heard if heard.iter().all(|one| one.opened > 0) => Ok(()),
            heard => {
                Err(format!("{} of {streams}", heard.iter().filter(|one| one.opened > 0).count()))
            }
        });
        audience
    }

    /// Waits until everybody with a stream has heard so many events.
    ///
    /// # Panics
    /// If they do not.
    #[track_caller]
    pub fn hears(&self, events: usize) {
        wait::until("everybody hears all of it", || {
            let least = self.heard().iter().map(|one| one.events.len()).min().unwrap_or(0);
            if least >= events {
                Ok(())
            } else {
                Err(format!("somebody heard {least} of {events}"))
            }
        });
    }

    /// What everybody with a stream has heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.listeners.iter().map(|heard| lock(heard).clone()).collect()
    }

    /// What those who fetch pages got so far.
    pub fn read(&self) -> Read {
        lock(&self.read).clone()
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

fn lock<Kept>(kept: &Mutex<Kept>) -> std::sync::MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a stream open; opens it anew behind the last event when it ends, or once patience does.
async fn listen(host: String, heard: Arc<Mutex<Heard>>, patience: usize) {
    let mut patience = Some(patience);
    loop {
        let last = lock(&heard).events.last().map_or(0, |(position, _)| *position);
        let asked = format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nLast-Event-ID: {last}\r\n\
             Accept: text/event-stream\r\n\r\n"
        );
        let Ok(mut stream) = TcpStream::connect(&host).await else { continue };
        if stream.write_all(asked.as_bytes()).await.is_err() {
            continue;
        }
        let mut lines = BufReader::new(stream).lines();
        // Between the lines of events are those of the encoding in chunks, which say nothing here.
        while let Ok(Some(line)) = lines.next_line().await {
            if line.starts_with("HTTP/1.1 200") {
                lock(&heard).opened += 1;
            }
            if let Some(position) = line.strip_prefix("id: ").and_then(|id| id.parse().ok()) {
                let mut heard = lock(&heard);
                heard.events.push((position, Instant::now()));
                if patience.is_some_and(|most| heard.events.len() >= most) {
                    patience = None;
                    break;
                }
            }
        }
    }
}

/// Fetches these pages one after the other, again and again.
async fn fetch(host: String, pages: Vec<String>, read: Arc<Mutex<Read>>, is_over: Arc<AtomicBool>) {
    for page in pages.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let started = Instant::now();
        let answer = page_of(&host, page).await;
        let mut read = lock(&read);
        match answer {
            Ok(text) if text.starts_with(b"HTTP/1.1 200") => read.times.push(started.elapsed()),
            Ok(text) => {
                let begin: String = String::from_utf8_lossy(&text).chars().take(400).collect();
                read.failed.push(format!("{page}: {begin}"));
            }
            Err(error) => read.failed.push(format!("{page}: {error}")),
        }
    }
}

async fn page_of(host: &str, page: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host).await?;
    let asked = format!("GET {page} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}
