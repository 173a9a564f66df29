// Reads a system from YAML.
#include "arch/system.h"

#include <algorithm>

#include "arch/architecture.h"
#include "common/registry.h"

namespace attnsim::arch {

namespace {

using common::Yaml;

constexpr std::int64_t kMostDevices = 65536;
constexpr std::int64_t kLargestBatch = 1LL << 24;
constexpr std::int64_t kLargestPage = 1LL << 40;
constexpr double kMicro = 1e-6;

double share_of(const Yaml& yaml, const std::string& key, bool positive) {
  const double value = read_quantity(yaml, key, positive);
  if (value > 1) yaml.at(key).fail("must be at most 1 (got " + yaml.at(key).text() + ")");
  return value;
}

Software read_software(const Yaml& yaml) {
  Software software;
  software.memory_share = share_of(yaml, "memory_share", true);
  software.attention_share = share_of(yaml, "attention_share", true);
  software.compute_share = share_of(yaml, "compute_share", true);
  software.unhidden_share = share_of(yaml, "unhidden_share", false);
  software.launch_seconds = kMicro * read_quantity(yaml, "launch_us", false);
  software.attention_launch_seconds = kMicro * read_quantity(yaml, "attention_launch_us", false);
  software.all_reduce_hop_seconds = kMicro * read_quantity(yaml, "all_reduce_hop_us", false);
  software.link_share = share_of(yaml, "link_share", true);
  software.logits_per_second = read_quantity(yaml, "logits_per_second", false);
  return software;
}

KvCache read_kv_cache(const Yaml& yaml) {
  KvCache cache;
  const std::string layout = yaml.at("layout").one_of({"contiguous", "paged", "demand"});
  if (layout == "contiguous") cache.layout = KvCache::Layout::kContiguous;
  if (layout == "demand") cache.layout = KvCache::Layout::kDemand;
  // Keys of another layout, of a base, say nothing here.
  cache.page_tokens = yaml.integer_or("page_tokens", 16, 1, kLargestPage);
  const bool demand = cache.layout == KvCache::Layout::kDemand;
  if (demand || yaml.has("page_bytes")) cache.page_bytes = yaml.at("page_bytes").integer(1, kLargestPage);
  if (demand || yaml.has("fault_us")) cache.fault_seconds = kMicro * read_quantity(yaml, "fault_us", false);
  cache.usable = share_of(yaml, "usable", true);
  return cache;
}

// device: NAME, or arch: NAME with what an architecture does not say of itself as a device.
DeviceGroup read_attention(const Yaml& yaml, std::string& accelerator) {
  DeviceGroup group;
  group.count = yaml.integer_or("count", 1, 1, kMostDevices);
  const bool names_device = yaml.has("device") && !yaml.at("device").is_null();
  if (!yaml.has("arch")) {
    group.device = read_device(yaml.at("device").text());
    return group;
  }
  accelerator = yaml.at("arch").text();
  if (names_device) yaml.fail("names a device and an arch; give one of them, and the other as null");
  const Architecture architecture = read_architecture(accelerator);
  Device& device = group.device;
  device.name = architecture.name;
  // MACCs of the 2D array; its Programs say what it reaches.
  device.flops_per_second = 2.0 * static_cast<double>(architecture.array_2d.rows * architecture.array_2d.columns) *
                            static_cast<double>(architecture.clock_hz);
  device.memory_bytes_per_second = static_cast<double>(architecture.dram.bytes_per_second);
  device.memory_bytes = yaml.at("memory_bytes").integer(1, 1LL << 60);
  device.dollars_per_hour = read_quantity(yaml, "dollars_per_hour", false);
  device.watts = read_quantity(yaml, "watts", false);
  return group;
}

}  // namespace

std::filesystem::path systems() { return common::data_root() / "arch" / "systems"; }

double System::dollars_per_hour() const {
  const double models = static_cast<double>(replicas * model.count) * model.device.dollars_per_hour;
  return attention ? models + static_cast<double>(attention->count) * attention->device.dollars_per_hour : models;
}

double System::watts() const {
  const double models = static_cast<double>(replicas * model.count) * model.device.watts;
  return attention ? models + static_cast<double>(attention->count) * attention->device.watts : models;
}

System read_system(const std::string& name_or_file, const std::vector<common::Override>& overrides) {
  const std::filesystem::path file = common::find_preset("system", systems(), name_or_file);
  const Yaml root = Yaml::load(file, overrides, systems());
  System system;
  system.name = root.text_or("name", file.stem().string());
  const Yaml model = root.at("model");
  system.model = {read_device(model.at("device").text()), model.integer_or("count", 1, 1, kMostDevices)};
  system.batches_in_flight = root.integer_or("batches_in_flight", 1, 1, kMostDevices);
  system.replicas = root.integer_or("replicas", 1, 1, kMostDevices);
  system.overlap = root.boolean_or("overlap", false);
  system.largest_batch = root.integer_or("largest_batch", 0, 0, kLargestBatch);
  system.kv_cache = read_kv_cache(root.at("kv_cache"));
  system.software = read_software(root.at("software"));
  if (root.has("attention") && !root.at("attention").is_null()) {
    system.attention = read_attention(root.at("attention"), system.accelerator);
    const Yaml network = root.at("network");
    system.network = {kMicro * read_quantity(network, "message_us", false), read_quantity(network, "bytes_per_second")};
    for (const DeviceGroup& group : {system.model, *system.attention}) {
      const double all = static_cast<double>(group.count) * group.device.network_bytes_per_second;
      if (all > 0) system.network.bytes_per_second = std::min(system.network.bytes_per_second, all);
    }
  } else if (system.replicas > 1 || system.overlap) {
    root.fail("without `attention` the model's devices attend: replicas must be 1 and overlap false");
  }
  root.check_all_read();
  return system;
}

}  // namespace attnsim::arch
