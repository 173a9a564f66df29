// Reads a device from YAML.
#include "arch/device.h"

#include <cmath>

#include "common/registry.h"

namespace attnsim::arch {

namespace {

constexpr std::int64_t kLargestMemory = 1LL << 60;

}  // namespace

std::filesystem::path devices() { return common::data_root() / "arch" / "devices"; }

double read_quantity(const common::Yaml& yaml, const std::string& key, bool positive) {
  const common::Yaml entry = yaml.at(key);
  const double value = entry.number();
  if (!std::isfinite(value) || value < 0 || (positive && value == 0)) {
    entry.fail(std::string("must be a number ") + (positive ? "above 0" : "of at least 0") + " (got " + entry.text() +
               ")");
  }
  return value;
}

Device read_device(const std::string& name_or_file, const std::vector<common::Override>& overrides) {
  const std::filesystem::path file = common::find_preset("device", devices(), name_or_file);
  const common::Yaml root = common::Yaml::load(file, overrides, devices());
  Device device;
  device.name = root.text_or("name", file.stem().string());
  device.flops_per_second = read_quantity(root, "flops_per_second");
  const common::Yaml memory = root.at("memory");
  device.memory_bytes = memory.at("bytes").integer(1, kLargestMemory);
  device.memory_bytes_per_second = read_quantity(memory, "bytes_per_second");
  device.link_bytes_per_second = read_quantity(root, "link_bytes_per_second");
  device.network_bytes_per_second = read_quantity(root, "network_bytes_per_second");
  device.dollars_per_hour = read_quantity(root, "dollars_per_hour", false);
  device.watts = read_quantity(root, "watts", false);
  root.check_all_read();
  return device;
}

}  // namespace attnsim::arch
