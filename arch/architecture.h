// A spatial-array accelerator as data: clock, arrays with their PE functions, links, buffer, DRAM.
// arch/presets/*.yaml hold the shipped ones; arch/README.md documents every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/units.h"
#include "common/yaml.h"

namespace attnsim::arch {

// PE function -> cycles a result in one PE. `exp` is exp(a - b): the subtraction of its argument is part of it.
using Functions = std::map<std::string, std::int64_t>;

// PE function -> the functions that stand in for a unit of its own, and how many results of each: exp -> {add: 1, macc:
// 6}.
using Composed = std::map<std::string, Functions>;

struct Array2d {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t registers_per_pe = 0;
  Functions functions;
  Composed composed;
  std::set<std::string> shared;  // functions on a part of another one's unit: an add on the MACC's adder
};

struct Array1d {
  std::int64_t lanes = 0;
  std::int64_t registers_per_lane = 0;
  Functions functions;
  Composed composed;
  std::set<std::string> shared;  // functions on a part of another one's unit: an add on the MACC's adder
};

enum class ColumnBroadcast { kSystolic, kBus };

struct Links {
  std::int64_t hop_cycles = 1;
  ColumnBroadcast column_broadcast = ColumnBroadcast::kSystolic;
};

struct Buffer {
  std::int64_t bytes = 0;
  std::int64_t banks = 1;
  std::int64_t row_bits = 0;
};

struct Dram {
  std::int64_t bytes_per_second = 0;  // 0: unlimited
  std::int64_t latency_cycles = 0;
};

// Fetches rows whose places it looks up in the buffer: a row is what lies together behind the looked-up index.
struct Gather {
  std::int64_t rows_per_cycle = 1;  // places looked up and asked for
  std::int64_t latency_cycles = 0;  // from what it looks up to the first request
  std::int64_t access_bytes = 1;    // each row takes whole accesses of the DRAM
};

// Streams values past a sorted list of `entries`: each moves in where it belongs. A list longer than that takes several
// streams, each for the next `entries`; a sort is the longest list.
struct Select {
  std::int64_t elements_per_cycle = 1;
  std::int64_t entries = 1;
  std::int64_t latency_cycles = 0;  // from the last value in to the list's arrival in the buffer

  std::int64_t cycles(std::int64_t elements, std::int64_t selected) const;  // that a selection holds the unit
};

struct Architecture {
  std::string name;
  std::int64_t clock_hz = 0;
  std::int64_t word_bits = 16;
  Array2d array_2d;
  Array1d array_1d;
  Links links;
  Buffer buffer;
  Dram dram;
  std::optional<Gather> gather;
  std::optional<Select> select;
  std::string energy_table;

  // Exact bytes a cycle of the DRAM, where its rate is limited.
  common::Ratio dram_bytes_per_cycle() const;
  // Cycles that a transfer holds the DRAM; none where its rate is unlimited.
  std::int64_t dram_cycles(std::int64_t bytes) const;
  // Cycles for a result of all rows to leave at the bottom of its column.
  std::int64_t column_reduction_cycles() const { return array_2d.rows * links.hop_cycles; }
  // Cycles from the first PE's end to the last one's: an instruction enters at one corner and moves a hop a cycle.
  std::int64_t skew_cycles() const { return (array_2d.rows + array_2d.columns - 2) * links.hop_cycles; }
  // Cycles for a value to get from the 1D array to every row of its column.
  std::int64_t column_broadcast_cycles() const {
    return links.column_broadcast == ColumnBroadcast::kBus ? links.hop_cycles : array_2d.rows * links.hop_cycles;
  }
};

// The folder of the shipped presets.
std::filesystem::path presets();
// Reads an architecture: a preset's name or a YAML file's path. Override paths are relative to the architecture
// ("array_2d.rows"). `expanded`, where given, receives the document after base and overrides.
Architecture read_architecture(const std::string& name_or_file, const std::vector<common::Override>& overrides = {},
                               std::string* expanded = nullptr);
// The same for the text of an architecture without a base; `source` is what messages call it.
Architecture parse_architecture(const std::string& text, const std::string& source);

}  // namespace attnsim::arch
