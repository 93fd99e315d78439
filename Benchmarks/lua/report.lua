-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Reports that differ in words, place and key, so that no side can answer one from the memory of another.
dofile((debug.getinfo(1, "S").source:match("^@(.*)/") or ".") .. "/get.lua")

local streets = { "Alameda", "Broadway", "Central", "Figueroa", "Hoover", "Main", "Olympic", "Pico", "Soto", "Vermont" }
local count, run = 0, ""
local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }

function init()
   local random = assert(io.open("/dev/urandom", "rb"))
   -- Letters only: an "a" before nine digits would be the number of somebody's papers, and be refused.
   run = random:read(12):gsub(".", function(byte) return string.char(97 + byte:byte() % 26) end)
   random:close()
end

function request()
   count = count + 1
   headers["Idempotency-Key"] = run .. "-" .. count
   local latitude = 33.90 + (count * 7919 % 20000) / 100000
   local longitude = -118.40 + (count * 104729 % 20000) / 100000
   local body = string.format(
      '{"kind":"vehicles","words":"Two vans and four people near %s and %dth, number %d of run %s. They wait.",'
      .. '"where":{"latitude":%.5f,"longitude":%.5f},"seen_at":"%s","language":"en"}',
      streets[count % #streets + 1], count % 97 + 1, count, run, latitude, longitude, os.date("!%Y-%m-%dT%H:%M:%SZ"))
   return wrk.format("POST", nil, headers, body)
end
