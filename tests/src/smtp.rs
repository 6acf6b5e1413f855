//! A server for mail that keeps what it is told, and says what a test wants it to.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A server for mail on the loopback; ends with its last owner.
#[derive(Debug)]
pub struct SmtpSink {
    /// Where: `smtp://127.0.0.1:…`.
    pub url: String,
    heard: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Answers>>,
    serving: AbortHandle,
}

/// What the server answers where a test may want something else.
#[derive(Clone, Debug)]
struct Answers {
    recipient: &'static str,
}

impl SmtpSink {
    /// A server that takes everything.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("smtp://{}", listener.local_addr().expect("it is bound"));
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let answers = Arc::new(Mutex::new(Answers { recipient: "250 yes" }));
        let (told, say) = (Arc::clone(&heard), Arc::clone(&answers));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&told), Arc::clone(&say)));
            }
        });
        Self { url, heard, answers, serving: serving.abort_handle() }
    }

    /// Answers this to whoever names a recipient, from now on.
    pub fn answer_recipients(&self, answer: &'static str) {
        self.answers.lock().recipient = answer;
    }

    /// Every line it was told so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().clone()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One conversation (RFC 5321, 4.1.1). An error ends it: the client is gone.
async fn converse(stream: TcpStream, heard: Arc<Mutex<Vec<String>>>, say: Arc<Mutex<Answers>>) {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    let mut in_data = false;
    if to.write_all(b"220 sink.example ready\r\n").await.is_err() {
        return;
    }
    while let Ok(Some(line)) = lines.next_line().await {
        heard.lock().push(line.clone());
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            _ if in_data && line == "." => {
                in_data = false;
                "250 taken"
            }
            _ if in_data => continue,
            "EHLO" => "250-sink.example\r\n250 SIZE 1000000",
            "RCPT" => say.lock().recipient,
            "DATA" => {
                in_data = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 yes",
        };
        if to.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
