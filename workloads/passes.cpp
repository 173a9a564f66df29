// Pass analysis. Each tensor gets a time on a scale where 2n is "known before pass n visits its first element" and
// 2n + 1 is "appears while pass n visits its elements"; an Einsum's inputs fix its own time, and so its pass.
#include "workloads/passes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>

namespace attnsim::workloads {

namespace {

using Section = Einsum::Section;

bool contains(const std::vector<std::string>& ranks, const std::string& rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

class Analysis {
 public:
  Analysis(const Cascade& cascade, const std::string& rank, const std::vector<std::string>* among)
      : cascade_(cascade), rank_(rank) {
    if (!cascade.is_rank(rank)) throw std::invalid_argument(fmt::format("no rank '{}' in {}", rank, cascade.id));
    parts_ = cascade.parts(rank);
    iterated_ = cascade.iterate && belongs(*cascade.iterate);
    for (const Einsum& einsum : cascade.einsums) {
      if (among == nullptr || contains(*among, einsum.name)) einsums_.emplace_back(einsum);
    }
  }

  Passes run() {
    settle();
    Passes result;
    for (const Einsum& einsum : einsums_) {
      if (traverses(einsum)) result.count = std::max(result.count, time(einsum) / 2 + 1);
    }
    for (const Einsum& einsum : einsums_) {
      // An Einsum makes its tensor once, but a carried tensor has a first value and a next one: the loop's counts.
      result.of[einsum.name] = pass(einsum, result.count);
    }
    std::set<int> opened = {0};
    for (const Einsum& einsum : einsums_) {
      const int its_pass = pass(einsum, result.count);
      result.times.push_back(time(einsum));
      result.time_of[einsum.name] = time(einsum);
      if (!touches(einsum) || !opened.insert(its_pass).second) continue;
      const Opening opening = open(einsum, its_pass);
      result.reason[einsum.name] = fmt::format("needs {}, which is complete only after pass {} over {} ({})",
                                               opening.needs, opening.pass, rank_, fmt::join(opening.chain, " -> "));
      result.openings.push_back(opening);
    }
    return result;
  }

 private:
  // The rank itself, a part of it, or the rank that it is a part of.
  bool belongs(const std::string& rank) const {
    return rank == rank_ || contains(parts_, rank) || cascade_.base_rank(rank_) == rank;
  }

  // Inside the loop over the iterated rank, every Einsum has that rank without writing it.
  std::vector<std::string> with_iterated(std::vector<std::string> ranks, const Einsum& einsum) const {
    if (cascade_.iterate && einsum.section == Section::kEach) ranks.push_back(*cascade_.iterate);
    return ranks;
  }

  bool touches(const std::vector<std::string>& ranks) const {
    return std::any_of(ranks.begin(), ranks.end(), [&](const std::string& rank) { return belongs(rank); });
  }

  bool touches(const Einsum& einsum) const { return touches(with_iterated(einsum.iteration_ranks(), einsum)); }

  // Visits every element: an Einsum with only some of the parts handles a summary, a value a tile.
  bool traverses(const Einsum& einsum) const {
    const std::vector<std::string> ranks = with_iterated(einsum.iteration_ranks(), einsum);
    const bool whole = contains(ranks, rank_) || contains(ranks, cascade_.base_rank(rank_));
    return whole ||
           std::all_of(parts_.begin(), parts_.end(), [&](const std::string& part) { return contains(ranks, part); });
  }

  const Einsum* writer(const std::string& tensor, bool next) const {
    const auto found = std::find_if(einsums_.begin(), einsums_.end(), [&](const Einsum& einsum) {
      return einsum.name == tensor && einsum.output.next == next;
    });
    return found == einsums_.end() ? nullptr : &found->get();
  }

  // The Einsums whose results `read` shows to `reader`: a carried tensor's first value and its next one.
  std::vector<const Einsum*> sources(const Einsum& reader, const TensorRef& read) const {
    std::vector<const Einsum*> found;
    const Einsum* next = writer(read.tensor, true);
    const bool same_step_only = reader.section == Section::kEach && !iterated_;
    const bool sees_next = next != nullptr && reader.section != Section::kStart && !(same_step_only && !read.next);
    if (sees_next) found.push_back(next);
    if (const Einsum* first = writer(read.tensor, false); first != nullptr && !read.next) found.push_back(first);
    return found;
  }

  // When `reader` may use what `source` makes: once all is visited, a tensor without the rank is complete.
  int available(const Einsum& reader, const TensorRef& read, const Einsum& source) const {
    const bool after_loop = source.section == Section::kEach && reader.section == Section::kFinish;
    std::vector<std::string> ranks = source.output.ranks;
    if (!after_loop) ranks = with_iterated(ranks, source);
    const int made = time(source);
    return made % 2 == 1 && (!touches(ranks) || reaches_anywhere(read)) ? made + 1 : made;
  }

  // An index in the rank's place that is not made of the rank's own coordinate: a lookup, another rank, a number.
  bool reaches_anywhere(const TensorRef& read) const {
    if (read.indices.empty()) return false;
    const std::vector<std::string>& ranks = cascade_.declared(read.tensor)->ranks;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      if (!belongs(ranks[i])) continue;
      const std::set<std::string> used = names(read.indices[i]);
      const bool near = tables(read.indices[i]).empty() &&
                        std::any_of(used.begin(), used.end(), [&](const std::string& name) { return belongs(name); });
      if (!near) return true;
    }
    return false;
  }

  int needed(const Einsum& einsum) const {
    int latest = 0;
    for (const TensorRef& read : cascade_.reads(einsum)) {
      for (const Einsum* source : sources(einsum, read)) latest = std::max(latest, available(einsum, read, *source));
    }
    return latest;
  }

  int time(const Einsum& einsum) const {
    const auto known = times_.find(&einsum);
    return known == times_.end() ? 0 : known->second;
  }

  // Times only grow. Carried tensors close cycles, but no reduction inside the loop runs over the iterated rank, so a
  // cycle raises no time of its own and the sweeps end.
  void settle() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Einsum& einsum : einsums_) {
        const int needs = needed(einsum);
        const int made = traverses(einsum) ? (needs | 1) : needs;
        if (made == time(einsum)) continue;
        times_[&einsum] = made;
        changed = true;
      }
    }
  }

  // Work on summaries that no later traversal follows, and work without the rank, finish the pass before.
  int pass(const Einsum& einsum, int count) const {
    const int made = time(einsum);
    if (made % 2 == 1) return made / 2;
    const int latest = touches(einsum) ? made / 2 : made / 2 - 1;
    return std::clamp(latest, 0, std::max(0, count - 1));
  }

  // What holds it back is what is complete just when its pass begins.
  Opening open(const Einsum& einsum, int pass) const {
    const int complete = time(einsum) / 2 * 2;
    Opening opening{einsum.name, pass, "", {}};
    for (const TensorRef& read : cascade_.reads(einsum)) {
      for (const Einsum* source : sources(einsum, read)) {
        if (!opening.needs.empty() || available(einsum, read, *source) != complete) continue;
        opening.needs = to_string(read);
        opening.chain = chain(*source, complete - 2);
      }
    }
    return opening;
  }

  // From the first Einsum of the pass that begins after `begin` to the one that completes it: QK, GM.
  std::vector<std::string> chain(const Einsum& last, int begin) const {
    std::vector<std::string> names = {last.name};
    std::set<const Einsum*> seen = {&last};
    for (const Einsum* at = &last; at != nullptr;) {
      const Einsum* before = nullptr;
      for (const TensorRef& read : cascade_.reads(*at)) {
        for (const Einsum* source : sources(*at, read)) {
          const bool later = available(*at, read, *source) > begin && !seen.contains(source);
          if (later && (before == nullptr || time(*source) > time(*before))) before = source;
        }
      }
      at = before;
      if (at == nullptr) break;
      seen.insert(at);
      if (names.back() != at->name) names.push_back(at->name);
    }
    std::reverse(names.begin(), names.end());
    return names;
  }

  const Cascade& cascade_;
  std::string rank_;
  std::vector<std::reference_wrapper<const Einsum>> einsums_;
  std::vector<std::string> parts_;
  bool iterated_ = false;  // the iterated rank is this one or a part of it
  std::map<const Einsum*, int> times_;
};

}  // namespace

Passes analyse_passes(const Cascade& cascade, const std::string& rank, const std::vector<std::string>* among) {
  return Analysis(cascade, rank, among).run();
}

}  // namespace attnsim::workloads
