-- For wrk: reads random flags, and prints what came of it as one line of JSON.

local flags = tonumber(os.getenv("FLAGS"))
local requests = {}

function init()
  math.randomseed(1)
  for n = 0, flags - 1 do
    requests[n] = wrk.format("GET", "/v1/flags/flag-" .. n)
  end
end

function request()
  return requests[math.random(0, flags - 1)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "errors": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
