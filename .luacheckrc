-- luacheck: libraries may use no globals of their own; scripts set the fields that NSE reads.
std = "lua54"
max_line_length = 120
files["scripts/*.nse"] = {
  globals = { "description", "author", "license", "categories", "dependencies", "prerule", "hostrule", "portrule",
    "postrule", "action" },
  read_globals = { "SCRIPT_NAME", "SCRIPT_PATH", "SCRIPT_TYPE" },
}
files["tests/lua"] = { std = "+busted", max_line_length = false, self = false }
files["nselib/meta"] = { ignore = { "212", "211", "131" } }
files["engine/core"] = { read_globals = {} }
