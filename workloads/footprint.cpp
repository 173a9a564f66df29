// Lifetimes on the time scale of the pass analysis: 2n before pass n, 2n + 1 while it runs.
#include "workloads/footprint.h"

#include <algorithm>
#include <set>

#include "workloads/passes.h"

namespace attnsim::workloads {

namespace {

using Section = Einsum::Section;
using Ranks = std::vector<std::string>;

bool contains(const Ranks& ranks, const std::string& rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

class Lifetimes {
 public:
  Lifetimes(const Cascade& cascade, const std::string& rank)
      : cascade_(cascade), symbols_(cascade), rank_(rank), passes_(analyse_passes(cascade, rank)) {
    parts_ = cascade.parts(rank);
    iterated_ = cascade.iterate && cascade.base_rank(*cascade.iterate) == rank;
    result_.rank = rank;
    for (const auto& [candidate, quantity] : cascade.ranks) {
      if (candidate != rank && everywhere(candidate)) result_.per.push_back(candidate);
    }
  }

  Footprint run() {
    for (int pass = 0; pass < passes_.count; ++pass) {
      add(pass, false);
      add(pass, true);
    }
    Ranks own = {rank_};
    own.insert(own.end(), parts_.begin(), parts_.end());
    for (const std::string& name : own) {
      const std::string& symbol = symbols_.of(name);
      const bool found = std::any_of(result_.live.begin(), result_.live.end(),
                                     [&](const Live& live) { return live.words().has(symbol); });
      if (found && !contains(result_.grows_with, symbol)) result_.grows_with.push_back(symbol);
    }
    return std::move(result_);
  }

 private:
  bool everywhere(const std::string& rank) const {
    return std::all_of(cascade_.einsums.begin(), cascade_.einsums.end(), [&](const Einsum& einsum) {
      const Ranks parts = cascade_.parts(rank);
      const Ranks ranks = cascade_.parts(einsum.output.ranks);
      return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) { return contains(ranks, part); });
    });
  }

  bool has_rank(const Ranks& ranks) const {
    return contains(ranks, rank_) ||
           std::any_of(parts_.begin(), parts_.end(), [&](const std::string& part) { return contains(ranks, part); });
  }

  int time(const Einsum& einsum) const {
    return passes_.times[static_cast<std::size_t>(&einsum - cascade_.einsums.data())];
  }

  // Times at which the tensor is read, the output's end of time included.
  std::vector<int> reads(const Einsum& made) const {
    std::vector<int> times;
    for (const Einsum& reader : cascade_.einsums) {
      // The next value is made from this one; within the loop that is the running value, which `runs` knows.
      if (reader.name == made.name) continue;
      for (const TensorRef& read : cascade_.reads(reader)) {
        if (read.tensor == made.name) times.push_back(time(reader));
      }
    }
    return times;
  }

  // A result that grows or changes during the whole traversal: carried by the loop, or reduced over the rank's
  // outermost part.
  bool runs(const Einsum& einsum) const {
    if (einsum.output.next) return iterated_;
    if (einsum.scan) return goes_along(einsum.scan->ranks) && !(iterated_ && einsum.section == Section::kEach);
    if (!einsum.reduction || has_rank(einsum.output.ranks)) return false;
    const bool inside = iterated_ && einsum.section == Section::kEach;
    return !inside && goes_along(einsum.reduction->ranks);
  }

  bool goes_along(const Ranks& ranks) const { return contains(ranks, rank_) || contains(ranks, parts_.front()); }

  // Made anew at each step of the loop over this rank, and gone with the step.
  bool of_one_step(const Einsum& einsum) const {
    return iterated_ && einsum.section == Section::kEach && !einsum.output.next &&
           !contains(einsum.output.ranks, *cascade_.iterate);
  }

  bool lives(const Einsum& einsum, int pass, bool after) const {
    if (of_one_step(einsum)) return false;
    const int made = time(einsum);
    if (made == 0) return false;  // made from inputs, so it can be made when it is needed
    const std::vector<int> read = reads(einsum);
    const auto read_from = [&](int from) {
      return std::any_of(read.begin(), read.end(), [&](int at) { return at >= from; });
    };
    const int begin = 2 * pass;
    if (after) return made < begin + 2 && read_from(begin + 2);
    if (made == begin + 1) return runs(einsum);
    if (made > begin) return false;
    // A fiber whose last readers are in this pass shrinks while they run.
    return read_from(has_rank(einsum.output.ranks) ? begin + 2 : begin + 1);
  }

  void add(int pass, bool after) {
    Live live{pass, after, {}};
    std::set<std::string> seen;
    for (const Einsum& einsum : cascade_.einsums) {
      const bool first_value = einsum.section == Section::kStart && writes_next(einsum.name);
      if (first_value || !lives(einsum, pass, after) || !seen.insert(einsum.name).second) continue;
      TensorRef tensor = einsum.output;
      tensor.next = false;
      // Of a scan that still runs, the value so far.
      const bool running = einsum.scan && !after && time(einsum) == 2 * pass + 1;
      if (running) {
        std::erase_if(tensor.ranks, [&](const std::string& rank) { return contains(einsum.scan->ranks, rank); });
      }
      live.tensors.push_back({tensor, words(tensor.ranks), later_passes(einsum, pass)});
    }
    if (!live.tensors.empty()) result_.live.push_back(std::move(live));
  }

  bool writes_next(const std::string& tensor) const {
    return std::any_of(cascade_.einsums.begin(), cascade_.einsums.end(),
                       [&](const Einsum& einsum) { return einsum.name == tensor && einsum.output.next; });
  }

  Polynomial words(Ranks ranks) const {
    std::erase_if(ranks, [&](const std::string& rank) { return contains(result_.per, cascade_.base_rank(rank)); });
    return symbols_.volume(ranks);
  }

  int later_passes(const Einsum& einsum, int pass) const {
    std::set<int> later;
    for (const int at : reads(einsum)) {
      if (at >= 2 * pass + 2) later.insert(at / 2);
    }
    return static_cast<int>(later.size());
  }

  const Cascade& cascade_;
  Symbols symbols_;
  std::string rank_;
  Passes passes_;
  Ranks parts_;
  bool iterated_ = false;
  Footprint result_;
};

}  // namespace

Polynomial Live::words() const {
  Polynomial sum;
  for (const LiveTensor& live : tensors) sum += live.words;
  return sum;
}

const Live* Footprint::largest(const std::map<std::string, std::int64_t>& extents) const {
  const auto found = std::max_element(live.begin(), live.end(), [&](const Live& a, const Live& b) {
    return a.words().value(extents) < b.words().value(extents);
  });
  return found == live.end() ? nullptr : &*found;
}

Footprint analyse_footprint(const Cascade& cascade, const std::string& rank) { return Lifetimes(cascade, rank).run(); }

}  // namespace attnsim::workloads
