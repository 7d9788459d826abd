//! A private `nats-server`: for the demonstration and for the tests.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `nats-server` with JetStream, which is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    data: PathBuf,
    port: u16,
}

/// The server did not start.
#[derive(Debug)]
pub enum StartError {
    /// There is no such program.
    NotInstalled,
    /// Another server, with this process id, uses the folder.
    InUse(u32),
    /// It could not be started.
    Failed(io::Error),
    /// It ended, or named no port in time. Its log is in this file.
    Silent(PathBuf),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str(
                "`nats-server` is not installed. On Debian and Ubuntu: \
                 `apt-get install nats-server`. Elsewhere: https://nats.io/download",
            ),
            Self::InUse(id) => write!(
                f,
                "process {id} is a `nats-server` that uses the same folder. If no program needs \
                 it any more, end it: `kill {id}`"
            ),
            Self::Failed(problem) => write!(f, "`nats-server` could not be started: {problem}"),
            Self::Silent(log) => write!(f, "`nats-server` did not start: see {}", log.display()),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(problem: io::Error) -> Self {
        match problem.kind() {
            io::ErrorKind::NotFound => Self::NotInstalled,
            _ => Self::Failed(problem),
        }
    }
}

impl Server {
    /// Starts a server that keeps its data in a folder. The system chooses the port.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub fn start(data: &Path) -> Result<Self, StartError> {
        Self::start_on(data, None)
    }

    fn start_on(data: &Path, port: Option<u16>) -> Result<Self, StartError> {
        let ports = data.join("ports");
        std::fs::create_dir_all(&ports).map_err(StartError::Failed)?;
        nobody_else(&ports)?;
        let log = data.join("nats-server.log");
        let chosen = port.map_or(String::from("-1"), |port| port.to_string());
        let mut process = Command::new("nats-server")
            .args(["-a", "127.0.0.1", "-p", &chosen, "-js", "-sd"])
            .arg(data)
            .arg("--ports_file_dir")
            .arg(&ports)
            .arg("-l")
            .arg(&log)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let file = ports.join(format!("nats-server_{}.ports", process.id()));
        match wait_for_port(&mut process, &file) {
            Some(port) => Ok(Self {
                process,
                data: data.to_owned(),
                port,
            }),
            None => {
                let _ = process.kill();
                let _ = process.wait();
                Err(StartError::Silent(log))
            }
        }
    }

    /// The address for clients.
    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The server's process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills the server, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts a killed server again, on the same port and with the same data.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub fn restart(&mut self) -> Result<(), StartError> {
        self.kill();
        *self = Self::start_on(&self.data.clone(), Some(self.port))?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Two servers with one folder would damage it, and `nats-server` does not notice. A server
/// that was killed leaves its file behind, and nobody listens at its port.
fn nobody_else(ports: &Path) -> Result<(), StartError> {
    for file in std::fs::read_dir(ports).map_err(StartError::Failed)? {
        let file = file.map_err(StartError::Failed)?.path();
        let Some((id, port)) = id_of(&file).zip(read_port(&file)) else {
            continue;
        };
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Err(StartError::InUse(id));
        }
        std::fs::remove_file(&file).map_err(StartError::Failed)?;
    }
    Ok(())
}

/// From `nats-server_123.ports`.
fn id_of(file: &Path) -> Option<u32> {
    let name = file.file_stem()?.to_str()?;
    name.rsplit('_').next()?.parse().ok()
}

fn read_port(file: &Path) -> Option<u16> {
    port_of(&std::fs::read_to_string(file).ok()?)
}

/// The server writes the file when it is ready.
fn wait_for_port(process: &mut Child, file: &Path) -> Option<u16> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(port) = read_port(file) {
            return Some(port);
        }
        if process.try_wait().ok()?.is_some() {
            return None;
        }
        sleep(Duration::from_millis(10));
    }
    None
}

fn port_of(text: &str) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_str(text).ok()?;
    ports["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
}
