// Puts the analyses of workloads together and evaluates them for each phase.
#include "sim/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "common/error.h"

namespace attnsim::sim {

namespace {

using workloads::Cascade;
using workloads::TensorRef;
using workloads::Workload;

constexpr std::int64_t kTile = 256;  // elements of a tile where no array gives its size

bool has_quantity(const Cascade& cascade, const std::string& quantity, const std::vector<std::string>& among) {
  return std::any_of(cascade.ranks.begin(), cascade.ranks.end(), [&](const auto& rank) {
    const bool is_among = std::any_of(among.begin(), among.end(),
                                      [&](const std::string& one) { return cascade.base_rank(one) == rank.first; });
    return rank.second == quantity && is_among;
  });
}

std::vector<std::string> declared(const Cascade& cascade) {
  std::vector<std::string> ranks;
  for (const auto& [rank, quantity] : cascade.ranks) ranks.push_back(rank);
  return ranks;
}

std::int64_t extent_of(const Workload& workload, const std::string& rank, const std::string& quantity) {
  if (const bool number = quantity.find_first_not_of("0123456789") == std::string::npos; number) {
    return std::stoll(quantity);
  }
  const std::int64_t extent = workload.extent(quantity);
  if (extent == 0) {
    throw common::InputError(
        {"--workload " + workload.name, 0, ""},
        fmt::format("has no {}, which the rank '{}' takes; choose another workload", quantity, rank));
  }
  return extent;
}

// Of a split rank the innermost part is a tile, the outermost one counts the tiles.
std::map<std::string, std::int64_t> extents_of(const Cascade& cascade, const Workload& workload, std::int64_t tile) {
  const workloads::Symbols symbols(cascade);
  std::map<std::string, std::int64_t> extents;
  for (const auto& [rank, quantity] : cascade.ranks) {
    const std::int64_t whole = extent_of(workload, rank, quantity);
    extents[symbols.of(rank)] = whole;
    if (!cascade.split.contains(rank)) continue;
    const std::vector<std::string> parts = cascade.parts(rank);
    const std::int64_t inner = std::min(tile, whole);
    for (const std::string& part : parts) extents[symbols.of(part)] = 1;
    extents[symbols.of(parts.back())] = inner;
    extents[symbols.of(parts.front())] = (whole + inner - 1) / inner;
  }
  return extents;
}

// How often a tensor exists where the cascade is written for one head of one sequence. Keys and values exist for each
// K/V head.
std::int64_t instances(const Cascade& cascade, const Workload& workload, const TensorRef* tensor) {
  const std::vector<std::string> all = declared(cascade);
  std::int64_t count = has_quantity(cascade, "batch", all) ? 1 : workload.batch;
  if (has_quantity(cascade, "heads", all) || has_quantity(cascade, "kv_heads", all)) return count;
  const bool keyed = tensor != nullptr && has_quantity(cascade, "keys", tensor->ranks) &&
                     !has_quantity(cascade, "queries", tensor->ranks);
  return workloads::checked_multiply(count, keyed ? workload.kv_heads : workload.heads);
}

// Cycles of a result in one PE; 0 where the array lacks the function.
std::int64_t cycles_of(const arch::Functions& functions, const std::string& function) {
  auto found = functions.find(function);
  if (found == functions.end() && function == "add") found = functions.find("macc");
  return found == functions.end() ? 0 : found->second;
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b > 0 ? 1 : 0); }

void add_limits(const arch::Architecture& architecture, PhaseFigures& figures) {
  const std::int64_t pes = architecture.array_2d.rows * architecture.array_2d.columns;
  const std::int64_t lanes = architecture.array_1d.lanes;
  std::int64_t only_2d = 0;
  std::int64_t only_1d = 0;
  std::int64_t any = 0;
  for (const auto& [function, results] : figures.operations) {
    const std::int64_t on_2d = cycles_of(architecture.array_2d.functions, function);
    const std::int64_t on_1d = cycles_of(architecture.array_1d.functions, function);
    if (on_2d == 0 && on_1d == 0) {
      figures.missing_functions.push_back(function);
      continue;
    }
    const std::int64_t least = on_2d == 0 ? on_1d : on_1d == 0 ? on_2d : std::min(on_1d, on_2d);
    const std::int64_t work = workloads::checked_multiply(results, least);
    any = workloads::checked_add(any, work);
    if (on_1d == 0) only_2d = workloads::checked_add(only_2d, work);
    if (on_2d == 0) only_1d = workloads::checked_add(only_1d, work);
  }
  figures.limits = {{"dram", architecture.dram_cycles(figures.dram_bytes())},
                    {"arrays", ceil_div(any, pes + lanes)},
                    {"array_2d", ceil_div(only_2d, pes)},
                    {"array_1d", ceil_div(only_1d, lanes)}};
  std::stable_sort(figures.limits.begin(), figures.limits.end(),
                   [](const Limit& a, const Limit& b) { return a.cycles > b.cycles; });
}

PhaseFigures figures_of(const Analysis& analysis, const Workload& workload) {
  const Cascade& cascade = analysis.cascade;
  const workloads::Symbols symbols(cascade);
  const auto& architecture = analysis.architecture;
  const std::int64_t word_bytes = architecture ? architecture->word_bits / 8 : 2;
  const auto times = [](std::int64_t a, std::int64_t b) { return workloads::checked_multiply(a, b); };
  PhaseFigures figures;
  figures.workload = workload;
  figures.extents = extents_of(cascade, workload, architecture ? architecture->array_2d.rows : kTile);
  const std::int64_t heads = instances(cascade, workload, nullptr);
  for (const auto& [function, results] : analysis.operations) {
    figures.operations[function] = times(heads, results.value(figures.extents));
  }
  const auto bytes_of = [&](const TensorRef& tensor) {
    const std::int64_t words = symbols.volume(tensor.ranks).value(figures.extents);
    return times(times(words, word_bytes), instances(cascade, workload, &tensor));
  };
  for (const TensorRef& input : cascade.inputs) {
    figures.dram_read_bytes = workloads::checked_add(figures.dram_read_bytes, bytes_of(input));
  }
  figures.dram_write_bytes = bytes_of(cascade.output);
  for (const workloads::Live& live : analysis.footprint.live) {
    figures.live_bytes = std::max(figures.live_bytes, times(live.words().value(figures.extents), word_bytes));
    if (!live.after) continue;
    for (const workloads::LiveTensor& one : live.tensors) {
      const bool grows = std::any_of(analysis.footprint.grows_with.begin(), analysis.footprint.grows_with.end(),
                                     [&](const std::string& symbol) { return one.words.has(symbol); });
      // Written after the pass that makes it, read in each later one.
      const workloads::Einsum* maker = cascade.producer(one.tensor.tensor);
      const bool made_here = analysis.passes_over(analysis.rank).of.at(maker->name) == live.pass;
      if (!grows || !made_here) continue;
      const std::int64_t bytes =
          times(times(symbols.volume(one.tensor.ranks).value(figures.extents), word_bytes), heads);
      figures.spilled_bytes = workloads::checked_add(figures.spilled_bytes, times(bytes, 1 + one.reads));
    }
  }
  if (architecture) add_limits(*architecture, figures);
  return figures;
}

// The rank of most passes; of several the one of the keys, else the first.
std::string main_rank(const Analysis& analysis) {
  std::string best;
  int most = -1;
  for (const auto& [rank, passes] : analysis.passes) {
    const bool keys = has_quantity(analysis.cascade, "keys", {rank});
    if (passes.count > most || (passes.count == most && keys)) best = rank;
    most = std::max(most, passes.count);
  }
  return best;
}

}  // namespace

double PhaseFigures::macc_per_byte() const {
  const auto maccs = operations.find("macc");
  if (maccs == operations.end() || dram_bytes() == 0) return 0;
  return static_cast<double>(maccs->second) / static_cast<double>(dram_bytes());
}

const workloads::Passes& Analysis::passes_over(const std::string& wanted) const {
  const auto found = std::find_if(passes.begin(), passes.end(), [&](const auto& one) { return one.first == wanted; });
  if (found == passes.end()) throw std::invalid_argument("no rank " + wanted);
  return found->second;
}

double machine_balance(const arch::Architecture& architecture) {
  const std::int64_t macc = cycles_of(architecture.array_2d.functions, "macc");
  if (macc == 0 || architecture.dram.bytes_per_second == 0) return 0;
  const auto pes = static_cast<double>(architecture.array_2d.rows) * static_cast<double>(architecture.array_2d.columns);
  return pes / static_cast<double>(macc) * static_cast<double>(architecture.clock_hz) /
         static_cast<double>(architecture.dram.bytes_per_second);
}

Analysis analyse(const Cascade& cascade, const std::optional<arch::Architecture>& architecture,
                 const std::vector<Workload>& workloads) {
  Analysis analysis;
  analysis.cascade = cascade;
  analysis.architecture = architecture;
  for (const std::string& rank : declared(cascade)) {
    analysis.passes.emplace_back(rank, workloads::analyse_passes(cascade, rank));
  }
  analysis.rank = main_rank(analysis);
  analysis.footprint = workloads::analyse_footprint(cascade, analysis.rank);
  analysis.operations = workloads::operations_of(cascade);
  const workloads::Symbols symbols(cascade);
  for (const TensorRef& input : cascade.inputs) analysis.dram_words += symbols.volume(input.ranks);
  analysis.dram_words += symbols.volume(cascade.output.ranks);
  analysis.reassociations = workloads::reassociations(cascade, analysis.rank);
  for (const Workload& workload : workloads) {
    try {
      analysis.phases.push_back(figures_of(analysis, workload));
    } catch (const std::overflow_error&) {
      throw common::InputError({"--workload " + workload.name, 0, ""},
                               "takes more operations or bytes than 64 bits can count; choose shorter lengths or a "
                               "smaller batch");
    }
  }
  return analysis;
}

}  // namespace attnsim::sim
