#!/usr/bin/env lua
-- SPDX-License-Identifier: ISC
-- Each file of a folder is a mail: folder.lua FOLDER

local folder = arg[1]

-- A word of the shell's, whatever is in it.
local function quoted(text)
	return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Names that can be unique-ids, which have no blanks. Lua alone lists no folder;
-- what is run must not read requests.
local function list()
	local reply = {}
	local find = io.popen("cd " .. quoted(folder) .. " && find . ! -name . " ..
		"-prune -type f ! -name '.*' </dev/null | LC_ALL=C sort")
	for line in find:lines() do
		local name = line:sub(3)
		if name:match("^[!-~]+$") and #name <= 70 then
			reply[#reply + 1] = "msg - " .. name
		end
	end
	find:close()
	reply[#reply + 1] = "OK"
	return reply
end

local function body(path)
	local file, why = io.open(path, "rb")
	if not file then
		io.stderr:write(why, "\n")
		return { "ERR" }
	end
	local reply = {}
	for line in file:lines() do
		reply[#reply + 1] = "|" .. line
	end
	file:close()
	if #reply == 0 then
		reply[1] = "body"
	end
	reply[#reply + 1] = "OK"
	return reply
end

local function answer(verb, rest)
	local name = rest:match("^%d+ .-([^/ ]+)$") or rest:match(" .-([^/ ]+)")
	if verb == "hello" then
		return { (rest .. " "):sub(1, 2) == "1 " and "OK 1" or "ERR" }
	elseif verb == "login" then
		return { rest == "demo demo" and "OK" or "ERR" }
	elseif verb == "list" then
		return list()
	elseif verb == "retr" then
		return body(folder .. "/" .. name)
	elseif verb == "expunge" then
		local done, why = os.remove(folder .. "/" .. name)
		if not done then
			io.stderr:write(why, "\n")
		end
		return { done and "OK" or "ERR" }
	end
	return { "DEFAULT" }
end

for request in io.lines() do
	local verb, rest = request:match("^(%S+) ?(.*)$")
	io.write(table.concat(answer(verb or "", rest or ""), "\n"), "\n")
	-- A reply that stays in a buffer is none.
	io.flush()
end
