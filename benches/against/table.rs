//! The results, as text and as JSON.

use crate::against::bars::{Verdict, mean_ratios, nearly_all_hits};
use crate::against::go::Go;
use crate::against::numbers::Quartiles;
use crate::against::options::Effort;
use crate::against::rounds::Row;
use crate::against::stall::Stall;
use serde_json::{Value, json};

pub(crate) fn print(
    go: &Go,
    effort: &Effort,
    rows: &[Row],
    stalls: &[Stall],
    verdicts: &[Verdict],
) {
    println!(
        "{}, {} threads, {} rounds of {:?}{}; medians, and [quartiles] of the ratio to Go\n",
        go.version,
        effort.threads,
        effort.rounds,
        effort.target,
        if effort.smoke { " (a smoke test)" } else { "" },
    );
    if !rows.is_empty() {
        print_rows(rows);
    }
    if !stalls.is_empty() {
        print_stalls(stalls);
    }
    print_verdicts(verdicts);
}

fn print_rows(rows: &[Row]) {
    println!(
        "{:<30}{:>10}{:>10}  {:<22}{:>10}  {:<22}",
        "ns per iteration", "Go", "one-shot", "ratio", "pinned", "ratio"
    );
    for row in rows {
        let mark = if nearly_all_hits(row.workload) {
            " *"
        } else {
            ""
        };
        println!(
            "{:<30}{:>10.1}{:>10.1}  {:<22}{:>10.1}  {:<22}",
            row.workload.name() + mark,
            Quartiles::of(&row.go).median,
            Quartiles::of(&row.one_shot).median,
            spread(row.ratio(&row.one_shot)),
            Quartiles::of(&row.pinned).median,
            spread(row.ratio(&row.pinned)),
        );
    }
    let (one_shot, pinned) = mean_ratios(rows);
    println!(
        "{:<30}{:>10}{:>10}  {one_shot:<22.2}{:>10}  {pinned:<22.2}",
        "geometric mean", "", "", ""
    );
    println!("\n* nearly all hits\n");
}

fn spread(ratio: Quartiles) -> String {
    let Quartiles {
        lower,
        median,
        upper,
    } = ratio;
    format!("{median:.2} [{lower:.2} {upper:.2}]")
}

fn print_stalls(stalls: &[Stall]) {
    println!(
        "{:<34}{:>12}{:>12}{:>14}",
        "first new key after a promotion", "Go", "ours", "times faster"
    );
    for stall in stalls {
        println!(
            "{:<34}{:>9.0} µs{:>9.1} µs{:>14.0}",
            format!("{} keys, {} % deleted", stall.keys, stall.deleted_percent),
            stall.go.median / 1e3,
            stall.ours.median / 1e3,
            stall.times_faster(),
        );
    }
    println!();
}

fn print_verdicts(verdicts: &[Verdict]) {
    let missed = verdicts.iter().filter(|verdict| !verdict.held);
    for verdict in missed.clone() {
        println!(
            "missed: {}: {:.2}, and the bar is {}",
            verdict.claim, verdict.measured, verdict.bar
        );
    }
    if !verdicts.is_empty() {
        println!("{} bars, {} missed", verdicts.len(), missed.count());
    }
}

pub(crate) fn print_json(
    go: &Go,
    effort: &Effort,
    rows: &[Row],
    stalls: &[Stall],
    verdicts: &[Verdict],
) -> serde_json::Result<()> {
    let (one_shot, pinned) = mean_ratios(rows);
    let report = json!({
        "go": go.version,
        "threads": effort.threads,
        "rounds": effort.rounds,
        "target_ms": effort.target.as_millis() as u64,
        "workloads": rows.iter().map(row).collect::<Vec<_>>(),
        "geometric_mean": (!rows.is_empty()).then(|| json!({ "one_shot": one_shot, "pinned": pinned })),
        "rebuilds": stalls.iter().map(stall).collect::<Vec<_>>(),
        "bars": verdicts,
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

fn row(row: &Row) -> Value {
    json!({
        "name": row.workload.name(),
        "nearly_all_hits": nearly_all_hits(row.workload),
        "ns": { "go": row.go, "one_shot": row.one_shot, "pinned": row.pinned },
        "ratio": { "one_shot": row.ratio(&row.one_shot), "pinned": row.ratio(&row.pinned) },
    })
}

fn stall(stall: &Stall) -> Value {
    json!({
        "keys": stall.keys,
        "deleted_percent": stall.deleted_percent,
        "ns": { "go": stall.go, "ours": stall.ours },
        "times_faster": stall.times_faster(),
    })
}
