// A mapping as data: how a cascade is partitioned, ordered, bound to units and kept on chip. mapping/README.md
// documents every key; mapping/presets/*.yaml are the shipped ones.
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

// Which tile ranks the arrays spread over. Lanes take the listed ranks in order: what the first leaves free, the next
// one takes.
struct Spatial {
  std::string rows;
  std::string columns;
  std::vector<std::string> lanes;
};

// A tile size: a number, all of the rank, or the largest that fits in the buffer.
struct TileSize {
  enum class Rule { kNumber, kAll, kFitBuffer } rule = Rule::kNumber;
  std::int64_t number = 0;  // of kFitBuffer: at most this many, 0 for any number
  bool operator==(const TileSize&) const = default;
};

// How one fused group of Einsums runs.
struct Group {
  std::vector<std::string> einsums;      // in the order of the cascade
  std::map<std::string, TileSize> tile;  // "m0", "p0": elements of a tile; "p1": tiles of a block
  std::vector<std::string> loops;        // outermost first: batch, kv_head, p2, pass, m1, p1
  Spatial spatial;                       // of every Einsum that has none of its own
  std::map<std::string, Spatial> spatial_of;
  std::vector<std::string> on_2d;    // Einsums on the 2D array; all others run on the 1D array
  std::vector<std::string> keep;     // tensors that stay in the buffer for as long as the block reads them
  std::vector<std::string> block;    // operands staged by the block: all of its tiles, double-buffered
  std::vector<std::string> stream;   // operands fetched again for every tile that reads them
  std::vector<std::string> offchip;  // intermediates that pass through DRAM from one pass to the next
  std::vector<std::vector<std::string>> interleave;  // Einsums issued element by element, through a register
  std::optional<std::int64_t> look_ahead;    // tiles in flight ahead of the oldest; nothing: as many as it takes
  bool barrier = false;                      // a tile starts when the one before it is fully consumed
  bool spill = false;                        // what the buffer cannot hold of the scores goes to DRAM
  std::optional<std::int64_t> buffer_bytes;  // the part of the buffer that this group may use
  common::Location where;
};

struct Mapping {
  std::string name;
  std::string attention;           // the cascade that it is made for; empty if it names none
  bool separate_subtract = false;  // exp(a - b) pays an add before the exp
  std::vector<Group> groups;
  common::Location where;
};

std::filesystem::path presets();
// Reads a mapping for a workload (which picks among its `cases`) and an architecture (whose sizes tiles may name:
// array_2d.rows, array_2d.columns, array_1d.lanes). Throws InputError.
Mapping read_mapping(const std::string& name_or_file, const workloads::Cascade& cascade,
                     const workloads::Workload& workload, const arch::Architecture& architecture,
                     const std::vector<common::Override>& overrides = {}, std::string* expanded = nullptr);
// The same for text; `source` is what messages call it.
Mapping parse_mapping(const std::string& text, const std::string& source, const workloads::Cascade& cascade,
                      const workloads::Workload& workload, const arch::Architecture& architecture,
                      const std::vector<common::Override>& overrides = {}, std::string* expanded = nullptr);
// A mapping as the text that gives it.
std::string to_yaml(const Mapping& mapping);
// The cascade that a mapping is made for, before anything is resolved; empty if it names none.
std::string default_attention(const std::string& name_or_file, const std::vector<common::Override>& overrides = {});

}  // namespace attnsim::mapping
