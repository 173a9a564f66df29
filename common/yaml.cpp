// Typed access to a tree of values; every failure names the file, the line and the path of keys.
#include "common/yaml.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "common/units.h"
#include "common/yaml_value.h"

namespace attnsim::common {
namespace {

using detail::Kind;
using detail::Value;

std::string shown(const Value& value) {
  constexpr std::size_t kLongestShown = 60;
  switch (value.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
    case Kind::kScalar:
      break;
  }
  const std::string text = value.text.size() > kLongestShown ? value.text.substr(0, kLongestShown) + "..." : value.text;
  return value.quoted || text.empty() ? fmt::format("\"{}\"", text) : text;
}

[[noreturn]] void expected(const Value& value, const std::string& what) {
  throw InputError(value.where, fmt::format("must be {} (got {})", what, shown(value)));
}

const Value& as_map(const Value& value) {
  if (value.kind != Kind::kMap) expected(value, "a map of keys");
  return value;
}

const std::string& as_scalar(const Value& value, const std::string& what) {
  if (value.kind != Kind::kScalar) expected(value, what);
  return value.text;
}

std::optional<double> parse_number(const std::string& text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == ".inf" || text == "inf" || text == "+.inf" || text == "+inf") return kInfinity;
  if (text == "-.inf" || text == "-inf") return -kInfinity;
  double number = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  // from_chars also takes "nan" and "infinity" in words; a number here starts with a digit, a sign or a point.
  if (begin == end || text.find_first_not_of("+-.0123456789eE") != std::string::npos) return std::nullopt;
  const auto [stopped, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::vector<std::string> split_path(const Override& set) {
  std::vector<std::string> keys;
  std::size_t begin = 0;
  while (true) {
    const std::size_t dot = set.path.find('.', begin);
    keys.push_back(set.path.substr(begin, dot - begin));
    if (keys.back().empty()) {
      throw InputError({set.source, 0, ""}, fmt::format("'{}' is no path; write keys joined by dots", set.path));
    }
    if (dot == std::string::npos) return keys;
    begin = dot + 1;
  }
}

// Bases share subtrees with nothing else once loaded, so an override may change the tree in place.
void apply(Value& root, const Override& set) {
  const std::shared_ptr<Value> value = detail::parse_value(set.value, set.source, false);
  value->set_here = true;
  value->read = false;
  detail::set_paths(*value, set.path);
  const std::vector<std::string> keys = split_path(set);
  Value* node = &root;
  std::string path;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (node->kind == Kind::kNull) node->kind = Kind::kMap;
    if (node->kind != Kind::kMap) {
      throw InputError({set.source, 0, path},
                       fmt::format("must be a map of keys for '{}' to be set in it (got {})", keys[i], shown(*node)));
    }
    path += (path.empty() ? "" : ".") + keys[i];
    const bool last = i + 1 == keys.size();
    const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&](const auto& entry) { return entry.first == keys[i]; });
    if (found == node->entries.end()) {
      auto created = std::make_shared<Value>();
      created->kind = Kind::kMap;
      created->where = {set.source, 0, path};
      created->set_here = true;
      node->entries.emplace_back(keys[i], last ? value : created);
      node = node->entries.back().second.get();
    } else {
      if (last) found->second = value;
      node = found->second.get();
    }
  }
}

void apply_all(Value& root, const std::vector<Override>& overrides) {
  for (const Override& set : overrides) apply(root, set);
}

void mark_all(Value& value) {
  value.read = true;
  for (const auto& [key, entry] : value.entries) {
    value.asked.insert(key);
    mark_all(*entry);
  }
  for (const auto& item : value.items) mark_all(*item);
}

void check(const Value& value) {
  for (const auto& [key, entry] : value.entries) {
    if (entry->read) {
      check(*entry);
      continue;
    }
    // The source of an override names the path itself.
    const Location where{entry->where.file, entry->where.line, entry->set_here ? "" : value.where.path};
    if (value.asked.contains(key))
      throw InputError(where, fmt::format("key '{}' has no meaning here; leave it out", key));
    throw InputError(where, unknown_name("key", key, {value.asked.begin(), value.asked.end()}));
  }
  for (const auto& item : value.items) check(*item);
}

}  // namespace

Yaml Yaml::load(const std::filesystem::path& file, const std::vector<Override>& overrides,
                const std::filesystem::path& presets) {
  std::shared_ptr<Value> root = detail::load_value(file, presets);
  apply_all(*root, overrides);
  return Yaml(std::move(root));
}

Yaml Yaml::parse(const std::string& text, const std::string& name, const std::vector<Override>& overrides) {
  std::shared_ptr<Value> root = detail::parse_value(text, name);
  if (const auto base = root->find("base")) throw InputError(base->where, "only a file can have a base");
  apply_all(*root, overrides);
  return Yaml(std::move(root));
}

const Location& Yaml::where() const { return value_->where; }

bool Yaml::has(const std::string& key) const {
  as_map(*value_);
  value_->asked.insert(key);
  return value_->find(key) != nullptr;
}

bool Yaml::is_map() const { return value_->kind == Kind::kMap; }
bool Yaml::is_list() const { return value_->kind == Kind::kList; }
bool Yaml::is_scalar() const { return value_->kind == Kind::kScalar; }
bool Yaml::is_null() const { return value_->kind == Kind::kNull; }

Yaml Yaml::at(const std::string& key) const {
  as_map(*value_);
  value_->asked.insert(key);
  std::shared_ptr<Value> entry = value_->find(key);
  if (entry == nullptr) fail(fmt::format("missing key '{}'", key));
  entry->read = true;
  return Yaml(std::move(entry));
}

std::vector<std::string> Yaml::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : as_map(*value_).entries) keys.push_back(key);
  return keys;
}

std::vector<Yaml> Yaml::items() const {
  if (value_->kind != Kind::kList) expected(*value_, "a list");
  std::vector<Yaml> items;
  for (const auto& item : value_->items) {
    item->read = true;
    items.push_back(Yaml(item));
  }
  return items;
}

std::size_t Yaml::size() const { return value_->items.size() + value_->entries.size(); }

std::string Yaml::text() const { return as_scalar(*value_, "text"); }

bool Yaml::boolean() const {
  const std::string& text = as_scalar(*value_, "true or false");
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  expected(*value_, "true or false");
}

double Yaml::number() const {
  const std::string& text = as_scalar(*value_, "a number");
  if (const std::optional<double> number = parse_number(text)) return *number;
  if (const std::optional<std::int64_t> whole = parse_integer(text)) return static_cast<double>(*whole);
  expected(*value_, "a number");
}

std::int64_t Yaml::integer(std::int64_t low, std::int64_t high) const {
  const std::string range = fmt::format("a whole number from {} to {}", low, high);
  const std::optional<std::int64_t> number = parse_integer(as_scalar(*value_, range));
  if (!number || *number < low || *number > high) expected(*value_, range);
  return *number;
}

std::string Yaml::one_of(const std::vector<std::string>& known) const {
  const std::string text = as_scalar(*value_, "a name");
  if (std::find(known.begin(), known.end(), text) == known.end()) fail(unknown_name("name", text, known));
  return text;
}

std::vector<std::string> Yaml::texts() const {
  std::vector<std::string> texts;
  for (const Yaml& item : items()) texts.push_back(item.text());
  return texts;
}

std::string Yaml::text_or(const std::string& key, const std::string& fallback) const {
  return has(key) ? at(key).text() : fallback;
}

bool Yaml::boolean_or(const std::string& key, bool fallback) const { return has(key) ? at(key).boolean() : fallback; }

double Yaml::number_or(const std::string& key, double fallback) const { return has(key) ? at(key).number() : fallback; }

std::int64_t Yaml::integer_or(const std::string& key, std::int64_t fallback, std::int64_t low,
                              std::int64_t high) const {
  return has(key) ? at(key).integer(low, high) : fallback;
}

void Yaml::fail(const std::string& what) const { throw InputError(value_->where, what); }

void Yaml::check_all_read() const { check(*value_); }

void Yaml::mark_read() const { mark_all(*value_); }

std::string Yaml::dump() const { return detail::dump_value(*value_); }

}  // namespace attnsim::common
