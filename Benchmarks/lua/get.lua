-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The figures of a run as one line of JSON, for harness.py.
function done(summary, latency, requests)
   local failed = summary.errors
   io.write(string.format(
      '{"requests": %d, "duration": %.6f, "errors": %d, "p50_us": %.0f, "p99_us": %.0f}\n',
      summary.requests, summary.duration / 1e6,
      failed.status + failed.connect + failed.read + failed.write + failed.timeout,
      latency:percentile(50), latency:percentile(99)))
end
