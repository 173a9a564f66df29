// A mapping as data: how a cascade is partitioned, ordered, bound to units and kept on chip. mapping/README.md documents
// every key; mapping/presets/*.yaml are the shipped ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "common/yaml.h"
#include "workloads/cascade.h"
#include "workloads/workload.h"

namespace attnsim::mapping {

// Where a spatial dimension of an array comes from: rows <- "m0".
struct Spatial {
  std::string rows;
  std::string columns;
};

// A tile size: a number, or a rule that the lowering resolves.
struct TileSize {
  enum class Rule { kNumber, kFitBuffer } rule = Rule::kNumber;
  std::int64_t number = 0;
};

// How one fused group of Einsums runs.
struct Group {
  std::vector<std::string> einsums;             // empty: all that no other group names
  std::map<std::string, TileSize> tile;         // m0, p0, p1
  std::vector<std::string> loops;               // outermost first, "pass" where passes repeat
  Spatial spatial;                              // default on the 2D array
  std::map<std::string, Spatial> spatial_of;    // an Einsum's own
  std::vector<std::string> on_2d;               // Einsums on the 2D array; all others on the 1D array
  std::vector<std::string> keep;                // tensors that stay in the buffer while they live
  std::vector<std::string> block;               // operands staged by the block, double-buffered
  std::vector<std::string> stream;              // operands fetched again for every tile that reads them
  std::vector<std::string> offchip;             // intermediates that go through DRAM between passes
  std::vector<std::vector<std::string>> interleave;  // Einsums issued element by element, through a register
  std::optional<std::int64_t> look_ahead;       // tiles that may be in flight ahead; nothing: auto
  bool barrier = false;                         // each tile is produced and consumed before the next one starts
  std::optional<std::int64_t> buffer_bytes;     // the part of the buffer that this group may use
  bool spill = false;                           // scores beyond the buffer go to DRAM instead of being refused
  common::Location where;
};

struct Mapping {
  std::string name;
  bool separate_subtract = false;  // exp(a - b) pays an add before the exp
  std::vector<Group> groups;
  std::string attention;  // the cascade that the mapping is made for, where the user names none
  common::Location where;
};

std::filesystem::path presets();
// Reads a mapping and resolves what depends on the workload and the architecture (cases, sizes such as array_2d.rows).
Mapping read_mapping(const std::string& name_or_file, const arch::Architecture& architecture,
                     const workloads::Workload& workload, const std::vector<common::Override>& overrides = {},
                     std::string* expanded = nullptr);
// The cascade a mapping is made for, before anything is resolved; empty if it names none.
std::string default_attention(const std::string& name_or_file, const std::vector<common::Override>& overrides = {});

}  // namespace attnsim::mapping
