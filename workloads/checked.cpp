// Reads the record of checked variants and the list of those without a cascade.
#include "workloads/checked.h"

#include <fmt/format.h>

#include <sstream>

#include "common/registry.h"
#include "common/yaml.h"
#include "workloads/cascade.h"

namespace attnsim::workloads {

namespace {

std::filesystem::path record(const std::string& file) { return common::data_root() / "workloads" / file; }

// The file's own text, then that of its base.
std::string text_with_bases(const std::string& variant) {
  const std::string text = common::text_of(variants() / (variant + ".yaml"));
  const std::string key = "base: ";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key)) return text + text_with_bases(line.substr(key.size()));
  }
  return text;
}

}  // namespace

std::map<std::string, CheckedVariant> checked_variants() {
  const common::Yaml yaml = common::Yaml::load(record("checked.yaml"));
  std::map<std::string, CheckedVariant> found;
  for (const std::string& name : yaml.keys()) {
    found[name] = {yaml.at(name).at("text").text(), yaml.at(name).at("runs").texts()};
  }
  yaml.check_all_read();
  return found;
}

std::string fingerprint(const std::string& variant) {
  std::uint64_t hash = 0xcbf29ce484222325;  // offset basis and prime: Fowler, Noll and Vo, FNV-1a
  for (const char byte : text_with_bases(variant)) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

std::map<std::string, NotModelled> not_modelled() {
  const common::Yaml yaml = common::Yaml::load(record("not_modelled.yaml"));
  std::map<std::string, NotModelled> found;
  for (const std::string& name : yaml.keys()) {
    const common::Yaml one = yaml.at(name);
    found[name] = {one.at("class").text(), one.at("source").text(), one.at("reason").text()};
  }
  yaml.check_all_read();
  return found;
}

}  // namespace attnsim::workloads
