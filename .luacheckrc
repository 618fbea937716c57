-- luacheck: libraries may use no globals of their own; scripts set the fields that NSE reads.
std = "lua54"
max_line_length = 120
files["**/*.nse"] = {
  globals = { "description", "author", "license", "categories", "dependencies", "prerule", "hostrule", "portrule",
    "postrule", "action" },
  read_globals = { "SCRIPT_NAME", "SCRIPT_PATH", "SCRIPT_TYPE" },
}
files["tests/lua"] = { std = "+busted", max_line_length = false, self = false }
-- Manuals of the C modules: nothing in them runs.
files["nselib/meta"] = { ignore = { "131", "211", "212", "241", "431" } }
files["engine/core"] = { read_globals = {} }
