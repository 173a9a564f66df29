// Puts the analyses of workloads together and evaluates them for each phase.
#include "sim/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "arch/composition.h"
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

std::int64_t extent_of(const Cascade& cascade, const Workload& workload, const std::string& rank,
                       const std::string& quantity) {
  const std::int64_t extent = workloads::rank_extent(cascade, rank, workload);
  if (extent < 1) {
    throw common::InputError({"--workload " + workload.name, 0, ""},
                             fmt::format("gives the rank '{}' of {} no extent ({} is {}); choose another workload",
                                         rank, cascade.id, quantity, extent));
  }
  return extent;
}

// Of a split rank the innermost part is a tile, the outermost one counts the tiles.
std::map<std::string, std::int64_t> extents_of(const Cascade& cascade, const Workload& workload, std::int64_t tile) {
  const workloads::Symbols symbols(cascade);
  std::map<std::string, std::int64_t> extents;
  for (const auto& [rank, quantity] : cascade.ranks) {
    const std::int64_t whole = extent_of(cascade, workload, rank, quantity);
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
  const std::int64_t count = cascade.runs_each_sequence() ? workload.batch : 1;
  if (!cascade.runs_each_head()) return count;
  const bool keyed = tensor != nullptr && has_quantity(cascade, "keys", tensor->ranks) &&
                     !has_quantity(cascade, "queries", tensor->ranks);
  return workloads::checked_multiply(count, keyed ? workload.kv_heads : workload.heads);
}

// How many of an Einsum's points its predicate leaves.
class Masks {
 public:
  Masks(const Cascade& cascade, const Workload& workload, const std::map<std::string, std::int64_t>& extents)
      : cascade_(cascade), symbols_(cascade), workload_(workload), extents_(extents) {}

  // All points where the predicate depends on data.
  Points points(const workloads::Einsum& einsum) {
    const auto predicate = cascade_.predicate_of(einsum);
    if (!predicate) return {};
    const auto [at, fresh] = counted_.try_emplace(to_string(predicate->condition));
    if (fresh) at->second = count(*predicate);
    return at->second;
  }

  // `results` of an Einsum's points, those off its predicate taken out.
  std::int64_t left(const workloads::Einsum& einsum, std::int64_t results) {
    const Points counted = points(einsum);
    return counted.depends_on_data ? results : results / counted.all * counted.visited;
  }

  // The part of an input that is read at all. Exact where the input is seen through a predicate whose other ranks have
  // one coordinate, as keys are in decode; else all of it.
  Points rows(const TensorRef& input) {
    std::optional<Points> most;
    for (const workloads::Einsum& einsum : cascade_.einsums) {
      for (const TensorRef& read : cascade_.reads(einsum)) {
        if (read.tensor != input.tensor) continue;
        const Points seen = read.indices.empty() && covers(einsum, input) ? points(einsum) : Points{};
        if (!most || seen.visited * most->all > most->visited * seen.all) most = seen;
      }
    }
    return most && !most->depends_on_data ? *most : Points{};
  }

 private:
  std::vector<std::string> ranks_of(const workloads::Predicate& predicate) const {
    std::vector<std::string> ranks;
    for (const std::string& name : names(predicate.condition)) {
      if (cascade_.is_rank(name)) ranks.push_back(name);
    }
    return ranks;
  }

  bool covers(const workloads::Einsum& einsum, const TensorRef& input) const {
    const auto predicate = cascade_.predicate_of(einsum);
    if (!predicate) return false;
    const std::vector<std::string> ranks = ranks_of(*predicate);
    return std::all_of(ranks.begin(), ranks.end(), [&](const std::string& rank) {
      const bool own = std::find(input.ranks.begin(), input.ranks.end(), rank) != input.ranks.end();
      return own || extents_.at(symbols_.of(rank)) == 1;
    });
  }

  Points count(const workloads::Predicate& predicate) const {
    Points counted;
    const std::vector<std::string> ranks = ranks_of(predicate);
    std::vector<workloads::Interval> box;
    for (const std::string& rank : ranks) {
      box.push_back({0, extents_.at(symbols_.of(rank)) - 1});
      counted.all = workloads::checked_multiply(counted.all, box.back().high + 1);
    }
    counted.visited = counted.all;
    counted.depends_on_data = !tables(predicate.condition).empty();
    if (counted.depends_on_data) return counted;
    const workloads::BoundPredicate bound(predicate, ranks, workloads::predicate_values(cascade_, workload_));
    counted.visited = bound.count(box);
    return counted;
  }

  const Cascade& cascade_;
  workloads::Symbols symbols_;
  const Workload& workload_;
  const std::map<std::string, std::int64_t>& extents_;
  std::map<std::string, Points> counted_;
};

// Cycles of a result in one PE; 0 where the array cannot do it.
std::int64_t cycles_of(const arch::Functions& functions, const std::string& function) {
  const arch::Composition composition = arch::composition_of(function, functions);
  return composition.possible() ? composition.cycles : 0;
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b > 0 ? 1 : 0); }

void add_limits(const arch::Architecture& architecture, PhaseFigures& figures) {
  const std::int64_t pes = architecture.array_2d.rows * architecture.array_2d.columns;
  const std::int64_t lanes = architecture.array_1d.lanes;
  std::int64_t only_2d = 0;
  std::int64_t only_1d = 0;
  std::int64_t any = 0;
  for (const auto& [function, results] : figures.operations) {
    if (function == "topk" && architecture.select) continue;  // the select unit's
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
  const std::int64_t word_bits = architecture ? architecture->word_bits : 16;
  const auto times = [](std::int64_t a, std::int64_t b) { return workloads::checked_multiply(a, b); };
  PhaseFigures figures;
  figures.workload = workload;
  figures.extents = extents_of(cascade, workload, architecture ? architecture->array_2d.rows : kTile);
  const std::int64_t heads = instances(cascade, workload, nullptr);
  Masks masks(cascade, workload, figures.extents);
  for (const workloads::Einsum& einsum : cascade.einsums) {
    const Points points = masks.points(einsum);
    if (points.all > figures.masked.all) figures.masked = points;
    for (const auto& [function, results] : operations_of(cascade, einsum)) {
      const std::int64_t left = times(heads, masks.left(einsum, results.value(figures.extents)));
      figures.operations[function] = workloads::checked_add(figures.operations[function], left);
    }
  }
  const auto stored = [&](const std::string& tensor, std::int64_t words) {
    const std::int64_t bits = cascade.bits_of(tensor, word_bits);
    return workloads::checked_add(times(words / 8, bits), workloads::bytes_of(words % 8, bits));
  };
  // Of all heads; `rows` of the tensor, where not all of it is read.
  const auto bytes_of = [&](const TensorRef& tensor, const Points& rows) {
    const std::int64_t words = symbols.volume(tensor.ranks).value(figures.extents) / rows.all * rows.visited;
    return times(stored(tensor.tensor, words), instances(cascade, workload, &tensor));
  };
  for (const TensorRef& input : cascade.inputs) {
    figures.dram_read_bytes = workloads::checked_add(figures.dram_read_bytes, bytes_of(input, masks.rows(input)));
  }
  for (const TensorRef& output : cascade.outputs()) {
    figures.dram_write_bytes = workloads::checked_add(figures.dram_write_bytes, bytes_of(output, {}));
  }
  for (const workloads::Live& live : analysis.footprint.live) {
    std::int64_t live_bytes = 0;
    for (const workloads::LiveTensor& one : live.tensors) {
      live_bytes = workloads::checked_add(live_bytes, stored(one.tensor.tensor, one.words.value(figures.extents)));
    }
    figures.live_bytes = std::max(figures.live_bytes, live_bytes);
    if (!live.after) continue;
    for (const workloads::LiveTensor& one : live.tensors) {
      const bool grows = std::any_of(analysis.footprint.grows_with.begin(), analysis.footprint.grows_with.end(),
                                     [&](const std::string& symbol) { return one.words.has(symbol); });
      // Written after the pass that makes it, read in each later one.
      const workloads::Einsum* maker = cascade.producer(one.tensor.tensor);
      const bool made_here = analysis.passes_over(analysis.rank).of.at(maker->name) == live.pass;
      if (!grows || !made_here) continue;
      const std::int64_t bytes =
          times(stored(one.tensor.tensor, symbols.volume(one.tensor.ranks).value(figures.extents)), heads);
      figures.spilled_bytes = workloads::checked_add(figures.spilled_bytes, times(bytes, 1 + one.reads));
    }
  }
  if (architecture) add_limits(*architecture, figures);
  return figures;
}

// The rank of most passes among those that run over keys or step by step; without any, among all.
std::string main_rank(const Analysis& analysis) {
  std::string best;
  std::pair<bool, int> most{false, -1};
  for (const auto& [rank, passes] : analysis.passes) {
    const workloads::Cascade& cascade = analysis.cascade;
    const bool iterated = cascade.iterate && cascade.base_rank(*cascade.iterate) == rank;
    const std::pair<bool, int> its{iterated || has_quantity(cascade, "keys", {rank}), passes.count};
    if (its <= most) continue;
    most = its;
    best = rank;
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

bool is_dynamic(const Cascade& cascade) {
  std::set<std::string> data;  // inputs and what is made of them
  for (const TensorRef& input : cascade.inputs) data.insert(input.tensor);
  const auto is_data = [&](const TensorRef& read) { return data.contains(read.tensor); };
  for (const workloads::Einsum& einsum : cascade.einsums) {
    const std::vector<TensorRef> reads = cascade.reads(einsum);
    if (std::any_of(reads.begin(), reads.end(), is_data)) data.insert(einsum.name);
  }
  return std::any_of(cascade.einsums.begin(), cascade.einsums.end(), [&](const workloads::Einsum& einsum) {
    const std::vector<TensorRef> reads = cascade.reads(einsum);
    // What reads() has beyond the map's own references stands in indices and predicates.
    const auto own = static_cast<std::ptrdiff_t>(einsum.inputs().size());
    return std::any_of(reads.begin() + own, reads.end(), is_data) ||
           (einsum.reduction && einsum.reduction->op == "topk");
  });
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
  for (const TensorRef& output : cascade.outputs()) analysis.dram_words += symbols.volume(output.ranks);
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
