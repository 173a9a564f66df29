// Inheritance between trees of values: finding a base, merging a derived document over it.
#include "common/yaml_value.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/registry.h"

namespace attnsim::common::detail {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
  std::error_code error;
  const Location where{shown_file(file), 0, ""};
  if (fs::is_directory(file, error)) throw InputError(where, "is a folder; give a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(where, fs::exists(file, error) ? "cannot be read" : "no such file");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The file that a `base:` names.
fs::path base_file(const fs::path& file, const Value& base, const fs::path& presets) {
  if (base.kind != Kind::kScalar || base.text.empty()) throw InputError(base.where, "must be the name of a preset");
  const fs::path folder = file.parent_path();
  const fs::path written(base.text);
  if (written.extension() == ".yaml" || written.extension() == ".yml") return folder / written;
  std::vector<std::string> known = preset_names(folder.empty() ? fs::path(".") : folder);
  for (const fs::path& place : {folder.empty() ? fs::path(".") : folder, presets}) {
    if (place.empty()) continue;
    const std::vector<std::string> names = preset_names(place);
    if (std::find(names.begin(), names.end(), base.text) != names.end()) return place / (base.text + ".yaml");
    known.insert(known.end(), names.begin(), names.end());
  }
  throw InputError(base.where, unknown_name("base", base.text, known));
}

std::shared_ptr<Value> load_chain(const fs::path& file, const fs::path& presets, std::vector<fs::path> chain) {
  std::shared_ptr<Value> value = parse_value(read_text(file), shown_file(file));
  const std::shared_ptr<Value> base = value->find("base");
  if (base == nullptr) return value;
  std::erase_if(value->entries, [](const auto& entry) { return entry.first == "base"; });
  const fs::path next = base_file(file, *base, presets);
  std::error_code error;
  const fs::path seen = fs::weakly_canonical(file, error);
  chain.push_back(seen);
  if (std::find(chain.begin(), chain.end(), fs::weakly_canonical(next, error)) != chain.end()) {
    std::vector<std::string> names;
    for (const fs::path& link : chain) names.push_back(link.stem().string());
    throw InputError(base->where, fmt::format("inheritance runs in a circle: {} -> {}", fmt::join(names, " -> "),
                                              next.stem().string()));
  }
  return merge(load_chain(next, presets, std::move(chain)), value);
}

}  // namespace

std::shared_ptr<Value> Value::find(const std::string& key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == key; });
  return found == entries.end() ? nullptr : found->second;
}

void set_paths(Value& value, const std::string& path) {
  value.where.path = path;
  for (const auto& [key, entry] : value.entries) set_paths(*entry, path.empty() ? key : path + "." + key);
  for (std::size_t i = 0; i < value.items.size(); ++i) set_paths(*value.items[i], fmt::format("{}[{}]", path, i));
}

std::shared_ptr<Value> load_value(const fs::path& file, const fs::path& presets) {
  return load_chain(file, presets, {});
}

std::shared_ptr<Value> merge(const std::shared_ptr<Value>& base, const std::shared_ptr<Value>& derived) {
  if (base->kind != Kind::kMap || derived->kind != Kind::kMap) return derived;
  auto merged = std::make_shared<Value>(*derived);
  merged->entries.clear();
  merged->flow = base->flow;
  for (const auto& [key, entry] : base->entries) {
    const std::shared_ptr<Value> own = derived->find(key);
    merged->entries.emplace_back(key, own == nullptr ? entry : merge(entry, own));
  }
  for (const auto& [key, entry] : derived->entries) {
    if (base->find(key) == nullptr) merged->entries.emplace_back(key, entry);
  }
  return merged;
}

}  // namespace attnsim::common::detail
