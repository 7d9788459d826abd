//! The Go side: finds Go, builds the program in `benches/go`, runs it and reads its
//! output.

use crate::against::options::{Effort, Options};
use crate::workloads::Workload;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::env;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The last release whose `sync.Map` has a read map and a dirty map.
const WANTED: &str = "go1.23";

pub(crate) struct Go {
    pub(crate) version: String,
    program: PathBuf,
}

#[derive(Deserialize)]
struct Measured {
    ns_per_iteration: f64,
}

#[derive(Deserialize)]
struct Rebuilt {
    ns: Vec<f64>,
}

impl Go {
    /// Builds the program. `None` if no command was named and there is no `go` on the
    /// path.
    pub(crate) fn find(options: &Options) -> Result<Option<Self>, Box<dyn Error>> {
        let named = options.go.clone();
        let named = named.or_else(|| env::var_os("GO").map(PathBuf::from));
        let command = named.clone().unwrap_or_else(|| PathBuf::from("go"));
        let version = match version(&command) {
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
                return Ok(None);
            }
            result => result.map_err(|error| format!("{}: {error}", command.display()))?,
        };
        let program = build(&command, options.interface)?;
        Ok(Some(Self { version, program }))
    }

    /// A warning if this is not the wanted release.
    pub(crate) fn note(&self) -> Option<String> {
        let rest = self.version.strip_prefix(WANTED);
        let wanted = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        (!wanted).then(|| format!("{} is not {WANTED}, the last with two maps", self.version))
    }

    pub(crate) fn workload(
        &self,
        workload: Workload,
        effort: &Effort,
    ) -> Result<f64, Box<dyn Error>> {
        let measured: Measured = self.run(effort, &["-workload", &workload.name()])?;
        Ok(measured.ns_per_iteration)
    }

    /// Nanoseconds for the first new key after a promotion, one sample from each fresh
    /// map.
    pub(crate) fn rebuild(
        &self,
        keys: u64,
        deleted_percent: u64,
        samples: usize,
        effort: &Effort,
    ) -> Result<Vec<f64>, Box<dyn Error>> {
        let numbers = [
            keys.to_string(),
            deleted_percent.to_string(),
            samples.to_string(),
        ];
        let [keys, deleted, samples] = &numbers;
        let rebuilt: Rebuilt = self.run(
            effort,
            &[
                "-rebuild", "-keys", keys, "-deleted", deleted, "-samples", samples,
            ],
        )?;
        Ok(rebuilt.ns)
    }

    fn run<T: DeserializeOwned>(
        &self,
        effort: &Effort,
        arguments: &[&str],
    ) -> Result<T, Box<dyn Error>> {
        let mut program = Command::new(&self.program);
        program.args(["-threads", &effort.threads.to_string()]);
        program.args(["-ms", &effort.target.as_millis().to_string()]);
        let output = as_shipped(program.args(arguments))
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

fn version(command: &Path) -> io::Result<String> {
    let output = go(command).args(["env", "GOVERSION"]).output()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version.starts_with("go") {
        true => Ok(version),
        false => Err(io::Error::other("`go env GOVERSION` prints no version")),
    }
}

fn build(command: &Path, interface: bool) -> Result<PathBuf, Box<dyn Error>> {
    let name = if interface {
        "workloads-interface"
    } else {
        "workloads"
    };
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut build = go(command);
    build.args([
        "build",
        "-C",
        concat!(env!("CARGO_MANIFEST_DIR"), "/benches/go"),
    ]);
    if interface {
        build.args(["-tags", "interface"]);
    }
    let status = build.arg("-o").arg(&program).arg(".").status()?;
    match status.success() {
        true => Ok(program),
        false => Err(format!("{} build: {status}", command.display()).into()),
    }
}

/// The go command, restricted to its own toolchain and to the one module.
fn go(command: &Path) -> Command {
    let mut go = Command::new(command);
    go.env("GOTOOLCHAIN", "local").env("GOWORK", "off");
    go.env_remove("GOROOT").env_remove("GOFLAGS");
    go
}

/// Removes the caller's settings of Go's runtime, so that the defaults apply.
fn as_shipped(program: &mut Command) -> &mut Command {
    for variable in ["GOGC", "GOMEMLIMIT", "GODEBUG", "GOMAXPROCS"] {
        program.env_remove(variable);
    }
    program
}
