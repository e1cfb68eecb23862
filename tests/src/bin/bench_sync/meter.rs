//! What processes take, by the system's own count. Where the system does not tell, the figure is left out.

use std::{collections::BTreeMap, fs, time::Instant};

use serde::Serialize;

use crate::process::Process;

/// Ticks of a second in what Linux tells, on every machine it runs on.
const TICKS: f64 = 100.0;

/// The name under which everything else on the machine is counted.
pub(crate) const OTHERS: &str = "others";

/// What was taken from start to stop.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Spent {
    pub(crate) seconds: f64,
    /// CPU seconds by process, and under [`OTHERS`] those of everything else on the machine.
    pub(crate) cpu_seconds: BTreeMap<String, f64>,
    /// How much of all cores was in use, by anybody.
    pub(crate) cores_in_use_percent: Option<f64>,
}

/// Counts from its start.
pub(crate) struct Lap {
    began: Instant,
    processes: Vec<(String, u32, f64)>,
    machine: Option<f64>,
}

impl Lap {
    /// Begins to count these processes, and the one that this is.
    pub(crate) fn start(processes: &[&Process]) -> Self {
        let others = processes
            .iter()
            .map(|process| (process.name.clone(), process.pid));
        let all = others.chain([("bench".to_owned(), std::process::id())]);
        Self {
            processes: all
                .filter_map(|(name, pid)| Some((name, pid, cpu_seconds(pid)?)))
                .collect(),
            machine: machine_seconds(),
            began: Instant::now(),
        }
    }

    /// What has been taken since.
    pub(crate) fn spent(self) -> Spent {
        let seconds = self.began.elapsed().as_secs_f64();
        let since = |(name, pid, before): (String, u32, f64)| Some((name, cpu_seconds(pid)? - before));
        let mut cpu_seconds: BTreeMap<_, _> = self.processes.into_iter().filter_map(since).collect();
        let cores = cores() as f64 * seconds;
        let machine = self
            .machine
            .zip(machine_seconds())
            .map(|(before, now)| now - before);
        if let Some(machine) = machine {
            let ours: f64 = cpu_seconds.values().sum();
            cpu_seconds.insert(OTHERS.to_owned(), (machine - ours).max(0.0));
        }
        Spent {
            seconds,
            cores_in_use_percent: machine.map(|machine| (100.0 * machine / cores).min(100.0)),
            cpu_seconds,
        }
    }
}

/// Cores that may be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the machine was doing lately, as `uptime` has it.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The most memory that a process has had at a time, in megabytes.
pub(crate) fn peak_mb(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// User and system time of a process, its threads included.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name, in brackets, may hold anything
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let ticks: Vec<f64> = fields
        .skip(11)
        .take(2)
        .map_while(|ticks| ticks.parse().ok())
        .collect();
    Some(ticks.iter().sum::<f64>() / TICKS)
}

/// What all cores have done since the machine started, but for waiting.
fn machine_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields = stat.lines().next()?.split_ascii_whitespace().skip(1);
    let ticks: Vec<f64> = fields.map_while(|ticks| ticks.parse().ok()).collect();
    let idle = ticks.get(3)? + ticks.get(4)?;
    // the last two, guests, are part of the first two
    Some((ticks.iter().take(8).sum::<f64>() - idle) / TICKS)
}
