-- SPDX-License-Identifier: Apache-2.0
-- The lfs module, in a folder of its own.
local lfs = require "lfs"
local expect = dofile("tests/unit/engine/lib/expect.lua")
local eq, raises = expect.eq, expect.raises

local function with_folder(f)
  local path = os.tmpname()
  os.remove(path)
  eq(lfs.mkdir(path), true)
  local ok, err = pcall(f, path)
  os.remove(path .. "/file")
  os.remove(path .. "/link")
  os.remove(path)
  assert(ok, err)
end

return {
  { "dir walks every name", function()
    with_folder(function(path)
      io.open(path .. "/file", "w"):close()
      local seen = {}
      for name in lfs.dir(path) do
        seen[name] = true
      end
      assert(seen["."] and seen[".."] and seen.file)
    end)
  end },

  { "the directory object has next and close", function()
    with_folder(function(path)
      local iter, object = lfs.dir(path)
      eq(type(iter), "function")
      eq(type(object:next()), "string")
      object:close()
      raises("closed directory", object.next, object)
      iter, object = lfs.dir(path)
      while iter(object) do end
      raises("closed directory", iter, object)
    end)
  end },

  { "a missing folder raises and names it", function()
    raises("cannot open /no/such/folder: No such file or directory", lfs.dir, "/no/such/folder")
  end },

  { "mkdir and rmdir say why not", function()
    with_folder(function(path)
      local ok, err = lfs.mkdir(path)
      eq(ok, nil)
      eq(err, "File exists")
      eq(lfs.mkdir(path .. "/link"), true)
      eq(lfs.rmdir(path .. "/link"), true)
      ok, err = lfs.rmdir(path .. "/link")
      eq(ok, nil)
      eq(err, "No such file or directory")
    end)
  end },

  { "link makes symbolic and hard links", function()
    with_folder(function(path)
      io.open(path .. "/file", "w"):close()
      eq(lfs.link(path .. "/file", path .. "/link"), true)
      local ok, err, code = lfs.link(path .. "/file", path .. "/link")
      eq(ok, nil)
      eq(err, "File exists")
      eq(code, 17)
      os.remove(path .. "/link")
      eq(lfs.link("/nowhere", path .. "/link", true), true)
      eq(lfs.get_path_separator(), "/")
    end)
  end },
}
