// Reads an architecture from YAML; every key has its range here and its meaning in arch/README.md.
#include "arch/architecture.h"

#include <algorithm>
#include <set>

#include "arch/pe_function.h"
#include "common/registry.h"

namespace attnsim::arch {
namespace {

using common::Yaml;

constexpr std::int64_t kLargestExtent = 65536;         // rows, columns, lanes, registers, banks
constexpr std::int64_t kLargestClock = 1000000000000;  // 1 THz
constexpr std::int64_t kLargestBuffer = 1LL << 50;     // 1 PiB
constexpr std::int64_t kLargestBandwidth = 1LL << 60;  // 1 EiB/s
constexpr std::int64_t kLargestLatency = 1000000000;   // a second at 1 GHz
constexpr std::int64_t kLargestFunctionCycles = 1024;
constexpr std::int64_t kLargestHop = 1024;
constexpr std::int64_t kLargestRow = 1LL << 24;  // bits

const std::vector<std::string>& known_functions() {
  static const std::vector<std::string> known(kPeFunctions.begin(), kPeFunctions.end());
  return known;
}

void check_function(const Yaml& entry, const std::string& name) {
  const auto& known = known_functions();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    entry.fail(common::unknown_name("PE function", name, known));
  }
}

Functions read_functions(const Yaml& array) {
  const Yaml functions = array.at("functions");
  Functions cycles;
  for (const std::string& name : functions.keys()) {
    const Yaml entry = functions.at(name);
    check_function(entry, name);
    cycles[name] = entry.integer(1, kLargestFunctionCycles);
  }
  if (cycles.empty()) functions.fail("must name at least one PE function and its cycles, as in {macc: 1}");
  return cycles;
}

// composed: {exp: {add: 1, macc: 6}}: functions without a unit of their own, and what they are made of. What it says of
// functions that the array lacks does not count.
Composed read_composed(const Yaml& array, const Functions& functions) {
  Composed composed;
  if (!array.has("composed")) return composed;
  const Yaml yaml = array.at("composed");
  for (const std::string& name : yaml.keys()) {
    const Yaml parts = yaml.at(name);
    check_function(parts, name);
    Functions made_of;
    for (const std::string& part : parts.keys()) {
      check_function(parts.at(part), part);
      if (yaml.has(part)) parts.at(part).fail("is composed itself; name functions that have a unit");
      made_of[part] = parts.at(part).integer(1, kLargestFunctionCycles);
    }
    if (made_of.empty()) parts.fail("must name at least one PE function and how many of its results, as in {macc: 6}");
    if (functions.find(name) != functions.end()) composed[name] = made_of;
  }
  return composed;
}

// shared: [add]: functions that run on a part of another one's unit.
std::set<std::string> read_shared(const Yaml& array, const Functions& functions) {
  std::set<std::string> shared;
  if (!array.has("shared")) return shared;
  for (const Yaml& entry : array.at("shared").items()) {
    const std::string name = entry.text();
    check_function(entry, name);
    if (functions.find(name) != functions.end()) shared.insert(name);
  }
  return shared;
}

Array2d read_array_2d(const Yaml& yaml) {
  Array2d array;
  array.rows = yaml.at("rows").integer(1, kLargestExtent);
  array.columns = yaml.at("columns").integer(1, kLargestExtent);
  array.registers_per_pe = yaml.integer_or("registers_per_pe", 16, 1, kLargestExtent);
  array.functions = read_functions(yaml);
  array.composed = read_composed(yaml, array.functions);
  array.shared = read_shared(yaml, array.functions);
  return array;
}

Array1d read_array_1d(const Yaml& yaml) {
  Array1d array;
  array.lanes = yaml.at("lanes").integer(1, kLargestExtent);
  array.registers_per_lane = yaml.integer_or("registers_per_lane", 32, 1, kLargestExtent);
  array.functions = read_functions(yaml);
  array.composed = read_composed(yaml, array.functions);
  array.shared = read_shared(yaml, array.functions);
  return array;
}

Links read_links(const Yaml& root) {
  Links links;
  if (!root.has("links")) return links;
  const Yaml yaml = root.at("links");
  links.hop_cycles = yaml.integer_or("hop_cycles", links.hop_cycles, 1, kLargestHop);
  if (yaml.has("column_broadcast")) {
    const std::string kind = yaml.at("column_broadcast").one_of({"systolic", "bus"});
    links.column_broadcast = kind == "bus" ? ColumnBroadcast::kBus : ColumnBroadcast::kSystolic;
  }
  return links;
}

std::optional<Gather> read_gather(const Yaml& root) {
  if (!root.has("gather")) return std::nullopt;
  const Yaml yaml = root.at("gather");
  return Gather{yaml.at("rows_per_cycle").integer(1, kLargestExtent),
                yaml.at("latency_cycles").integer(0, kLargestLatency),
                yaml.integer_or("access_bytes", 1, 1, kLargestExtent)};
}

std::optional<Select> read_select(const Yaml& root) {
  if (!root.has("select")) return std::nullopt;
  const Yaml yaml = root.at("select");
  return Select{yaml.at("elements_per_cycle").integer(1, kLargestExtent), yaml.at("entries").integer(1, kLargestRow),
                yaml.at("latency_cycles").integer(0, kLargestLatency)};
}

std::int64_t read_word_bits(const Yaml& root) {
  if (!root.has("word_bits")) return 16;
  const Yaml yaml = root.at("word_bits");
  const std::int64_t bits = yaml.integer(8, 64);
  if (bits != 8 && bits != 16 && bits != 32 && bits != 64) {
    yaml.fail("must be 8, 16, 32 or 64 (got " + std::to_string(bits) + ")");
  }
  return bits;
}

Architecture read(const Yaml& root, const std::string& fallback_name) {
  Architecture arch;
  arch.name = root.text_or("name", fallback_name);
  arch.clock_hz = root.at("clock_hz").integer(1, kLargestClock);
  arch.word_bits = read_word_bits(root);
  arch.array_2d = read_array_2d(root.at("array_2d"));
  arch.array_1d = read_array_1d(root.at("array_1d"));
  arch.links = read_links(root);

  const Yaml buffer = root.at("buffer");
  arch.buffer.bytes = buffer.at("bytes").integer(1, kLargestBuffer);
  arch.buffer.banks = buffer.integer_or("banks", 32, 1, kLargestExtent);
  arch.buffer.row_bits = buffer.integer_or("row_bits", arch.array_2d.columns * arch.word_bits, 8, kLargestRow);

  const Yaml dram = root.at("dram");
  const Yaml rate = dram.at("bytes_per_second");
  arch.dram.bytes_per_second = rate.text() == "unlimited" ? 0 : rate.integer(1, kLargestBandwidth);
  arch.dram.latency_cycles = dram.at("latency_cycles").integer(0, kLargestLatency);

  arch.gather = read_gather(root);
  arch.select = read_select(root);
  arch.energy_table = root.text_or("energy_table", "accelergy-45nm");
  root.check_all_read();
  return arch;
}

}  // namespace

std::int64_t Select::cycles(std::int64_t elements, std::int64_t selected) const {
  const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  return ceil_div(elements, elements_per_cycle) * ceil_div(std::min(selected, elements), entries);
}

std::int64_t Architecture::dram_cycles(std::int64_t bytes) const {
  return dram.bytes_per_second == 0 ? 0 : dram_bytes_per_cycle().ceil_divide(bytes);
}

common::Ratio Architecture::dram_bytes_per_cycle() const { return common::make_ratio(dram.bytes_per_second, clock_hz); }

std::filesystem::path presets() { return common::data_root() / "arch" / "presets"; }

Architecture read_architecture(const std::string& name_or_file, const std::vector<common::Override>& overrides,
                               std::string* expanded) {
  const std::filesystem::path file = common::find_preset("architecture", presets(), name_or_file);
  const Yaml root = Yaml::load(file, overrides, presets());
  if (expanded != nullptr) *expanded = root.dump();
  return read(root, file.stem().string());
}

Architecture parse_architecture(const std::string& text, const std::string& source) {
  return read(Yaml::parse(text, source), source);
}

}  // namespace attnsim::arch
