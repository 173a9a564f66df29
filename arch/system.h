// A serving system: devices that run the model, devices that attend, how batches rotate over them, the network between
// them and the software that drives them. arch/systems/*.yaml hold the shipped ones; arch/README.md documents every
// key.
//
// Without devices for attention those of the model attend themselves, and there is no network (tensor parallelism).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "arch/device.h"
#include "common/yaml.h"

namespace attnsim::arch {

// What the programs on the devices reach of their peaks, and what each call costs.
struct Software {
  double memory_share = 1;     // of the memory's bandwidth, reading weights
  double attention_share = 1;  // of the memory's bandwidth, reading keys and values
  double compute_share = 1;    // of the arithmetic peak
  double unhidden_share = 0;   // of the shorter of memory and arithmetic time, what the longer does not hide
  double launch_seconds = 0;   // a kernel of the model
  double attention_launch_seconds = 0;
  double all_reduce_hop_seconds = 0;  // a step around the ring
  double link_share = 1;              // of the links' bandwidth, in an all-reduce
  double logits_per_second = 0;       // sampling: 0 is free
};

struct KvCache {
  // contiguous: a request holds its longest possible context from the start. paged: pages of tokens, as they are
  // needed (PagedAttention). demand: pages of memory of one layer's keys or values, mapped as they are touched, each at
  // the cost of a fault (vAttention).
  enum class Layout { kContiguous, kPaged, kDemand };
  Layout layout = Layout::kPaged;
  std::int64_t page_tokens = 16;
  std::int64_t page_bytes = 0;  // demand
  double fault_seconds = 0;     // demand
  double usable = 1;            // of the memory, for weights (where the same devices hold them) and keys and values
};

struct Network {
  double message_seconds = 0;   // from the send to the arrival of its first byte; holds no unit
  double bytes_per_second = 0;  // at most what the devices of either group have together
};

struct DeviceGroup {
  Device device;
  std::int64_t count = 1;
};

struct System {
  std::string name;
  DeviceGroup model;                     // of one replica
  std::optional<DeviceGroup> attention;  // absent: the model's devices attend
  std::string accelerator;               // the architecture whose Programs attend; empty: the device as a roofline
  std::int64_t batches_in_flight = 1;
  std::int64_t replicas = 1;       // of the model
  bool overlap = false;            // attention over earlier tokens starts with the query; the newest token is merged
  std::int64_t largest_batch = 0;  // 0: what memory holds
  KvCache kv_cache;
  Network network;
  Software software;

  const DeviceGroup& attending() const { return attention ? *attention : model; }
  double dollars_per_hour() const;
  double watts() const;
};

std::filesystem::path systems();  // the folder of the shipped ones

// A system's name or a YAML file, with `--set system.KEY=VALUE`. Throws common::InputError.
System read_system(const std::string& name_or_file, const std::vector<common::Override>& overrides = {});

}  // namespace attnsim::arch
