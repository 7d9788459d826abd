//! A disk that refuses: what the clients hear, and what stays as it was.

use crate::MAPS;
use crate::api::{Answer, path_of};
use crate::server::{PROGRAM, Server, wait_for};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Starts with a disk that holds 8 KiB of each file.
fn with_a_small_disk(map: &str) -> Server {
    let mut command = Command::new("sh");
    // Ignored, so that the write fails and the signal does not end the process.
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    command.args(["-c", script, PROGRAM]);
    Server::start_by(command, TempDir::new().expect("a folder"), &["--map", map])
}

/// Fills the disk. Returns the first refusal, and the number of flags before it.
async fn fill(server: &Server) -> (Answer, usize) {
    let value = format!("\"{}\"", "x".repeat(1_000));
    for flags in 0..100 {
        let answer = server.api.put(&format!("flag {flags}"), &value).await;
        if answer.status != 201 {
            return (answer, flags);
        }
    }
    panic!("the disk is not full");
}

/// The answer of a write to a full disk.
pub(crate) async fn a_full_disk() -> Answer {
    fill(&with_a_small_disk("sync")).await.0
}

#[tokio::test]
async fn what_a_full_disk_refuses_is_not_in_the_map() {
    for map in MAPS {
        let server = with_a_small_disk(map);
        let (refused, flags) = fill(&server).await;
        refused.expect_problem(503, "journal-refuses-writes");
        assert!(flags > 0);
        let api = &server.api;
        let refused_flag = path_of(&format!("flag {flags}"));
        api.get(&refused_flag)
            .await
            .expect_problem(404, "flag-not-found");
        api.get("/healthz")
            .await
            .expect_problem(503, "journal-refuses-writes");
        let metrics = api.get("/metrics").await.expect(200).text.clone();
        assert!(
            metrics.contains("\nhttp_registry_journal_takes_writes 0\n"),
            "{metrics}"
        );
        let list = api.get("/v1/flags").await.expect(200).json();
        assert_eq!(list["flags"].as_array().map(Vec::len), Some(flags));
        assert_eq!(list["version"], flags);
        // A record that fits is taken, and gets the number that the refused one did not use.
        assert_eq!(
            api.delete("flag 0").await.expect(204).version(),
            flags as u64 + 1
        );
        api.get("/healthz").await.expect(200);
        let ended = server.stop().await;
        assert_eq!(ended.code, Some(0));
        for said in [
            "the journal refuses writes: ",
            "the journal takes writes again",
        ] {
            assert!(ended.err.contains(said), "{}", ended.err);
        }
        let server = Server::start_in(ended.data, &["--map", map]);
        let list = server.api.get("/v1/flags").await.expect(200).json();
        assert_eq!(list["flags"].as_array().map(Vec::len), Some(flags - 1));
        server.api.is_well().await;
    }
}

/// A library whose `fdatasync` and `fsync` fail as soon as a file named `fail` is there. With
/// a file named `fail-folder` only `fsync` fails, which the program uses for folders.
fn failing_sync(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("sync.c"), folder.join("sync.so"));
    let fail = folder.join("fail");
    let code = format!(
        "#include <errno.h>\n#include <unistd.h>\n#include <sys/syscall.h>\n\
         static int sync_by(long call, int file) {{\n\
         if (access(\"{0}\", F_OK) == 0) {{ errno = EIO; return -1; }}\n\
         return syscall(call, file); }}\n\
         int fdatasync(int file) {{ return sync_by(SYS_fdatasync, file); }}\n\
         int fsync(int file) {{\n\
         if (access(\"{0}-folder\", F_OK) == 0) {{ errno = EIO; return -1; }}\n\
         return sync_by(SYS_fsync, file); }}\n",
        fail.display()
    );
    std::fs::write(&source, code).expect("the test can write");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    assert!(built.expect("Rust needs `cc`, too").success());
    library
}

/// The program with that library.
fn with_preload(tools: &TempDir) -> Command {
    let library = failing_sync(tools.path());
    let mut command = Command::new(PROGRAM);
    command.env("LD_PRELOAD", library);
    command
}

/// Starts with a disk whose sync fails after the file was made that is returned.
fn with_a_failing_sync(tools: &TempDir) -> (Server, PathBuf) {
    let command = with_preload(tools);
    let server = Server::start_by(command, TempDir::new().expect("a folder"), &[]);
    (server, tools.path().join("fail"))
}

/// The answer of a durable write that the disk does not confirm.
pub(crate) async fn a_failing_sync() -> Answer {
    let tools = TempDir::new().expect("a folder");
    let (server, fail) = with_a_failing_sync(&tools);
    std::fs::write(fail, "").expect("the test can write");
    server
        .api
        .put_with("/v1/flags/flag?durable=true", "1", &[])
        .await
}

#[tokio::test]
async fn a_compaction_that_breaks_the_journal_is_told_by_the_health() {
    let tools = TempDir::new().expect("a folder");
    let command = with_preload(&tools);
    let data = TempDir::new().expect("a folder");
    let server = Server::start_by(command, data, &["--compact-from", "2000"]);
    let api = &server.api;
    std::fs::write(tools.path().join("fail-folder"), "").expect("the test can write");
    for n in 0..100 {
        let answer = api.put("flag", &n.to_string()).await;
        if answer.status == 503 {
            break;
        }
        if api.get("/v1/inside").await.json()["journal_bytes"].as_u64() >= Some(2_000) {
            break;
        }
    }
    // No further write comes, so that the compaction alone tells it.
    let told = async || (api.get("/healthz").await.status == 503).then_some(());
    wait_for("the health to tell it", told).await;
    api.put("flag", "true")
        .await
        .expect_problem(503, "journal-refuses-writes");
    api.get("/v1/flags/flag").await.expect(200);
}

#[tokio::test]
async fn the_length_of_the_journal_is_told_after_a_compaction() {
    let options = ["--compact-from", "5000", "--history", "1"];
    let server = Server::start(&options);
    let api = &server.api;
    let length = || {
        std::fs::metadata(server.journal())
            .expect("the journal")
            .len()
    };
    while length() < 5_000 {
        api.put("flag", "1").await;
    }
    // No further write comes, so that the compaction alone tells it.
    let compacted = async || (length() < 5_000).then_some(());
    wait_for("a compaction", compacted).await;
    let told = async || {
        let told = api.metric("http_registry_journal_bytes").await;
        (told == length() as f64).then_some(())
    };
    wait_for("the length of the new journal", told).await;
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_written_any_more() {
    let tools = TempDir::new().expect("a folder");
    let (server, fail) = with_a_failing_sync(&tools);
    let api = &server.api;
    api.put_with("/v1/flags/flag?durable=true", "1", &[])
        .await
        .expect(201);
    std::fs::write(&fail, "").expect("the test can write");
    let answer = api.put_with("/v1/flags/flag?durable=true", "2", &[]).await;
    assert_eq!(answer.expect_problem(503, "not-durable")["version"], 2);
    api.get("/healthz")
        .await
        .expect_problem(503, "journal-refuses-writes");
    // The change is made all the same, as the answer says.
    assert_eq!(
        api.get("/v1/flags/flag").await.expect(200).json()["value"],
        2
    );
    std::fs::remove_file(&fail).expect("the file is there");
    api.put("flag", "3")
        .await
        .expect_problem(503, "journal-refuses-writes");
    api.get("/healthz")
        .await
        .expect_problem(503, "journal-refuses-writes");
    assert_eq!(
        api.get("/v1/flags/flag").await.expect(200).json()["value"],
        2
    );
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("the journal is broken"), "{ended:?}");
}

#[tokio::test]
async fn a_durable_write_waits_for_one_sync_and_others_for_none() {
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        api.put("flag", "1").await.expect(201);
        assert_eq!(api.metric("http_registry_fsyncs_total").await, 0.0);
        api.put_with("/v1/flags/flag?durable=true", "2", &[])
            .await
            .expect(200);
        assert_eq!(api.metric("http_registry_fsyncs_total").await, 1.0);
        api.send("DELETE", "/v1/flags/flag?durable=true", &[])
            .await
            .expect(204);
        assert_eq!(api.metric("http_registry_fsyncs_total").await, 2.0);
        api.put_with("/v1/flags/flag?durable=false", "2", &[])
            .await
            .expect(201);
        assert_eq!(api.metric("http_registry_fsyncs_total").await, 2.0);
    }
}

#[tokio::test]
async fn a_failed_compaction_that_nobody_hears_of_does_not_stop_the_writes() {
    let mut server = Server::start(&["--compact-from", "1"]);
    server.close_messages();
    // A folder has the name of the file that the compaction would write.
    let in_the_way = server.journal().with_file_name("flags.journal.new");
    std::fs::create_dir(&in_the_way).expect("the test can write");
    for _ in 0..200 {
        let answer = server.api.put("flag", "1").await;
        assert!([200, 201].contains(&answer.status), "{answer:?}");
    }
    std::fs::remove_dir(&in_the_way).expect("the folder is there");
    let compacted = async || {
        server.api.put("flag", "2").await.expect(200);
        (server.api.metric("http_registry_compactions_total").await > 0.0).then_some(())
    };
    wait_for("a compaction", compacted).await;
    server.api.is_well().await;
}
