//! The machine that runs a measurement, as far as it can be known without root.
//!
//! **Where it breaks:** Linux provides most, in /proc and /sys. On other systems the processor, the memory and
//! the load stay unknown rather than guessed.

use super::result::Machine;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

/// This machine, now.
pub(super) fn this() -> Machine {
    let names = rustix::system::uname();
    let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
    Machine {
        host: Some(text(names.nodename())).filter(|name| !name.is_empty()),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        kernel: Some(format!(
            "{} {}",
            text(names.sysname()),
            text(names.release())
        )),
        processor: of_cpuinfo("model name").or_else(|| of_cpuinfo("Model")),
        cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
        memory_bytes: memory(),
        virtual_machine: of_cpuinfo("flags")
            .map(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor")),
        frequency_governor: word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        on_battery: on_battery(),
        load_average: word("/proc/loadavg")
            .and_then(|loads| loads.split_whitespace().next()?.parse().ok()),
        gearshift_version: env!("CARGO_PKG_VERSION").to_owned(),
        debug_build: cfg!(debug_assertions),
    }
}

/// A property of the first processor.
fn of_cpuinfo(key: &str) -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    };
    text.lines().find_map(value)
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Whether a battery is discharging; `None` without a power supply to ask.
fn on_battery() -> Option<bool> {
    let supplies = fs::read_dir("/sys/class/power_supply").ok()?;
    let states: Vec<String> = supplies
        .flatten()
        .filter_map(|supply| word(supply.path().join("status")))
        .collect();
    (!states.is_empty()).then(|| states.iter().any(|state| state == "Discharging"))
}

fn word(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_machine_has_a_core_a_system_and_a_version() {
        let machine = super::this();
        assert!(machine.cores >= 1);
        assert!(machine.system.contains(std::env::consts::OS));
        assert_eq!(machine.gearshift_version, env!("CARGO_PKG_VERSION"));
        if cfg!(target_os = "linux") {
            assert!(machine.memory_bytes > Some(1 << 20));
        }
    }
}
