// Systems and a small model that tests of systems share.
#pragma once

#include <string>
#include <vector>

#include "arch/system.h"
#include "workloads/workload.h"

namespace attnsim::sim::system {

inline arch::System system_of(std::vector<std::pair<std::string, std::string>> changes,
                              const std::string& name = "lamina-33b") {
  std::vector<common::Override> overrides;
  for (auto& [path, value] : changes) overrides.push_back({path, value, "test"});
  return arch::read_system(name, overrides);
}

inline workloads::Workload model_of(std::int64_t layers, std::int64_t heads = 8, std::int64_t kv_heads = 4) {
  workloads::Workload model;
  model.name = "test";
  model.layers = layers;
  model.heads = heads;
  model.kv_heads = kv_heads;
  model.head_dim = 64;
  model.value_dim = 64;
  model.hidden = 512;
  model.ffn = 1024;
  model.gated_ffn = true;
  model.vocabulary = 1000;
  model.phase = workloads::Phase::kDecode;
  return model;
}

}  // namespace attnsim::sim::system
