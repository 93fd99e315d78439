// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// What a measure is taken with, in seconds.
enum BenchClock {
    static func wall() -> Double { read(CLOCK_MONOTONIC) }
    /// Of all threads of this process.
    static func cpu() -> Double { read(CLOCK_PROCESS_CPUTIME_ID) }
    static func threadCPU() -> Double { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
