//! Memory of this process, as the kernel counts it.
//!
//! Comes in: nothing. Goes out: kilobytes. Never: a guess; where the kernel does not say, there is no figure.

/// A line of `/proc/self/status` in kilobytes: `VmRSS` now, `VmHWM` at most so far.
#[must_use]
pub fn kilobytes(line: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))?;
    value.trim().trim_end_matches(" kB").parse().ok()
}
