// Checked reading of YAML (and JSON, which is YAML): typed values with units, every error with file, line and path,
// `base:` inheritance, `--set` overrides, and an error for each key that nobody read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"

namespace attnsim::common {

// One `--set path=value`; the path is relative to the document it is applied to ("array_2d.rows").
struct Override {
  std::string path;
  std::string value;   // parsed as YAML
  std::string source;  // what error messages call it: "--set arch.array_2d.rows=x"
};

namespace detail {
struct Value;
}

// A node of a document. Cheap to copy; reading marks keys as read in the shared document.
class Yaml {
 public:
  // Parses `file`, follows `base: NAME` (NAME.yaml in the same folder, else in the folder `presets` where one is given,
  // or a path that ends in .yaml, relative to the file; recursively; maps merge key by key, lists and scalars replace),
  // then applies the overrides in order. Throws InputError for a missing file, a syntax error, a duplicate key, an
  // inheritance cycle, or an override whose path runs through something that is not a map.
  // The `base` key counts as read.
  static Yaml load(const std::filesystem::path& file, const std::vector<Override>& overrides = {},
                   const std::filesystem::path& presets = {});
  // The same for text that already is in memory; `name` stands for the file in messages; `base` is an error.
  static Yaml parse(const std::string& text, const std::string& name, const std::vector<Override>& overrides = {});

  const Location& where() const;
  bool has(const std::string& key) const;  // marks nothing
  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;
  bool is_null() const;                   // written as nothing, ~ or null
  Yaml at(const std::string& key) const;  // throws "missing key 'x'" at this node
  std::vector<std::string> keys() const;  // of a map, in file order
  std::vector<Yaml> items() const;        // of a list; throws if it is not one
  std::size_t size() const;

  std::string text() const;  // a scalar as written
  bool boolean() const;
  double number() const;                                            // finite or inf/-inf
  std::int64_t integer(std::int64_t low, std::int64_t high) const;  // takes 64K, 1M (1024-based), 16MiB, 940e6
  std::string one_of(const std::vector<std::string>& known) const;  // throws with the known ones
  std::vector<std::string> texts() const;                           // a list of scalars

  // at(key) with a default for an absent key.
  std::string text_or(const std::string& key, const std::string& fallback) const;
  bool boolean_or(const std::string& key, bool fallback) const;
  double number_or(const std::string& key, double fallback) const;
  std::int64_t integer_or(const std::string& key, std::int64_t fallback, std::int64_t low, std::int64_t high) const;

  // Throws InputError at this node: "file:line: path: what".
  [[noreturn]] void fail(const std::string& what) const;
  // Throws for the first key below this node that nobody read: "unknown key 'rowz'; did you mean 'rows'?; known: ..."
  // (the known keys are those that were read or asked for with has() or *_or() in that map).
  void check_all_read() const;
  // Marks this node and everything below it as read.
  void mark_read() const;
  // The expanded document (after base and overrides) as YAML text, keys in file order.
  std::string dump() const;

 private:
  explicit Yaml(std::shared_ptr<detail::Value> value) : value_(std::move(value)) {}
  std::shared_ptr<detail::Value> value_;
};

}  // namespace attnsim::common
