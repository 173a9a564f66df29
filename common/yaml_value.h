// The tree behind common::Yaml: values with their locations and with the record of what was read.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"

namespace attnsim::common::detail {

enum class Kind { kNull, kScalar, kList, kMap };

struct Value {
  Kind kind = Kind::kNull;
  std::string text;       // of a scalar
  bool quoted = false;    // of a scalar
  bool flow = false;      // of a list or map: written in brackets
  bool set_here = false;  // the very target of an override, whose source names the path already
  Location where;
  std::vector<std::shared_ptr<Value>> items;
  std::vector<std::pair<std::string, std::shared_ptr<Value>>> entries;  // in file order
  bool read = false;
  std::set<std::string> asked;  // keys of a map that its reader knows

  std::shared_ptr<Value> find(const std::string& key) const;  // null where absent
};

// Parses one YAML document. `file` is what messages call it; line 0 stands for all lines where `lines` is false.
// Throws InputError for a syntax error, a duplicate key, an anchor or alias, a second document.
std::shared_ptr<Value> parse_value(const std::string& text, const std::string& file, bool lines = true);

// Gives a tree the paths of its keys, seen from `path`.
void set_paths(Value& value, const std::string& path);

// The tree of `file` with everything that `base` brings in, without the `base` key itself. A base is a name in the
// file's folder or else in `presets`, or a path relative to the file.
std::shared_ptr<Value> load_value(const std::filesystem::path& file, const std::filesystem::path& presets);

// `derived` over `base`: maps key by key, anything else replaced.
std::shared_ptr<Value> merge(const std::shared_ptr<Value>& base, const std::shared_ptr<Value>& derived);

std::string dump_value(const Value& value);

}  // namespace attnsim::common::detail
