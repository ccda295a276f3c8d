-- wrk: random 256 KiB ranges of a 1 GiB file.
local size, piece = 1073741824, 262144
function init(args) math.randomseed(tonumber(args[1]) or 7) end
function request()
  local first = math.random(0, size / piece - 1) * piece
  return wrk.format("GET", nil, { ["Range"] = "bytes=" .. first .. "-" .. (first + piece - 1) })
end
