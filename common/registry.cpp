// Finds presets by name in the data folders, and names files the way messages show them.
#include "common/registry.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "common/error.h"

namespace attnsim::common {
namespace {

namespace fs = std::filesystem;

// `file` relative to `folder`, or nothing where it is not below it.
std::string below(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return relative.empty() || *relative.begin() == ".." || relative == "." ? std::string() : relative.generic_string();
}

bool is_path(const std::string& name) {
  const std::string extension = fs::path(name).extension().string();
  return name.find('/') != std::string::npos || extension == ".yaml" || extension == ".yml" || extension == ".json";
}

bool is_preset_name(const std::string& name) { return !name.empty() && name != "README" && name.front() != '.'; }

}  // namespace

fs::path data_root() {
  const char* root = std::getenv("ATTNSIM_ROOT");
  return root != nullptr && *root != '\0' ? fs::path(root) : fs::path(ATTNSIM_SOURCE_DIR);
}

std::vector<std::string> preset_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".yaml" && is_preset_name(stem)) names.push_back(stem);
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_preset(const std::string& kind, const fs::path& folder, const std::string& name_or_file) {
  std::error_code error;
  if (is_path(name_or_file)) {
    if (fs::is_directory(name_or_file, error)) {
      throw InputError({shown_file(name_or_file), 0, ""}, "is a folder; give a file");
    }
    if (!fs::exists(name_or_file, error)) throw InputError({shown_file(name_or_file), 0, ""}, "no such file");
    return name_or_file;
  }
  fs::path file = folder / (name_or_file + ".yaml");
  if (is_preset_name(name_or_file) && fs::is_regular_file(file, error)) return file;
  throw InputError({}, unknown_name(kind, name_or_file, preset_names(folder)));
}

std::string shown_file(const fs::path& file) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error).lexically_normal();
  if (error) return file.generic_string();
  for (const fs::path& folder : {fs::current_path(error), fs::absolute(data_root(), error).lexically_normal()}) {
    const std::string relative = error ? std::string() : below(absolute, folder);
    if (!relative.empty()) return relative;
  }
  return file.generic_string();
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string title_of(const std::string& text) {
  std::istringstream lines(text);
  for (std::string candidate; std::getline(lines, candidate);) {
    const std::size_t hash = candidate.find_first_not_of(" \t\r");
    if (hash == std::string::npos) continue;
    if (candidate[hash] != '#') return "";
    const std::size_t begin = candidate.find_first_not_of("# \t\r", hash);
    if (begin == std::string::npos) continue;
    return candidate.substr(begin, candidate.find_last_not_of(" \t\r") + 1 - begin);
  }
  return "";
}

}  // namespace attnsim::common
