// Groups of neighbours as long as their loops nest; of each, the fastest proposal, or its parts where those are faster.
#include "mapping/derive.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/error.h"
#include "mapping/derive_group.h"
#include "mapping/plan.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;

using Names = std::vector<std::string>;

Mapping derived_mapping(const workloads::Cascade& cascade, std::vector<Group> groups) {
  Mapping mapping;
  mapping.name = kAutoMapping;
  mapping.attention = cascade.id;
  mapping.where.file = fmt::format("--mapping {}", kAutoMapping);
  mapping.groups = std::move(groups);
  return mapping;
}

class Choice {
 public:
  Choice(const workloads::Cascade& cascade, const workloads::Workload& workload, const arch::Architecture& architecture,
         const CyclesOf& cycles)
      : cascade_(cascade), workload_(workload), architecture_(architecture), cycles_(cycles) {}

  std::vector<Group> groups(bool fuse) {
    std::vector<Group> result;
    const std::vector<Names> parts = smallest();
    for (std::size_t first = 0; first < parts.size();) {
      std::size_t end = first + 1;
      Names together = parts[first];
      while (fuse && end < parts.size() && nests(joined(together, parts[end]))) {
        together = joined(together, parts[end]);
        ++end;
      }
      append(result, parts, first, end, together);
      first = end;
    }
    return result;
  }

 private:
  struct Timed {
    Group group;
    std::int64_t cycles = 0;
  };

  // One Einsum each; those of an iteration carry values from step to step and cannot part.
  std::vector<Names> smallest() const {
    std::vector<Names> parts;
    bool in_iteration = false;
    for (const Einsum& einsum : cascade_.einsums) {
      if (cascade_.is_first_value(einsum)) continue;
      const bool each = cascade_.iterate && einsum.section == Einsum::Section::kEach;
      if (each && in_iteration) {
        parts.back().push_back(einsum.name);
      } else {
        parts.push_back({einsum.name});
      }
      in_iteration = each;
    }
    return parts;
  }

  static Names joined(Names a, const Names& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

  bool nests(const Names& einsums) const { return loops_nest(cascade_, workload_, architecture_, einsums); }

  void append(std::vector<Group>& result, const std::vector<Names>& parts, std::size_t first, std::size_t end,
              const Names& together) {
    const std::optional<Timed> whole = end - first > 1 ? fastest(together) : std::nullopt;
    std::vector<Group> apart;
    std::int64_t cycles = 0;
    for (std::size_t part = first; part < end; ++part) {
      const std::optional<Timed> one = fastest(parts[part]);
      if (!one && !whole) fail(parts[part].front());
      if (!one) {
        apart.clear();
        break;
      }
      apart.push_back(one->group);
      cycles += one->cycles;
    }
    if (whole && (apart.empty() || whole->cycles <= cycles)) {
      result.push_back(whole->group);
    } else {
      result.insert(result.end(), apart.begin(), apart.end());
    }
  }

  // Says what the first proposal lacked; there is none where no nest of loops keeps an Einsum's sums in order.
  [[noreturn]] void fail(const std::string& einsum) const {
    if (error_) std::rethrow_exception(error_);
    throw common::InputError({fmt::format("--mapping {}", kAutoMapping), 0, ""},
                             fmt::format("finds no loops that run {} of {}; write a mapping", einsum, cascade_.id));
  }

  // The fastest group of the first tier in which some run.
  std::optional<Timed> fastest(const Names& einsums) {
    std::optional<Timed> best;
    error_ = nullptr;
    for (const Tier& tier : kTiers) {
      for (const Group& group : propose_groups(cascade_, workload_, architecture_, einsums, tier)) {
        try {
          const std::int64_t cycles = cycles_(derived_mapping(cascade_, {group}));
          if (!best || cycles < best->cycles) best = Timed{group, cycles};
        } catch (const common::InputError&) {
          if (!error_) error_ = std::current_exception();
        }
      }
      if (best) break;
    }
    return best;
  }

  const workloads::Cascade& cascade_;
  const workloads::Workload& workload_;
  const arch::Architecture& architecture_;
  const CyclesOf& cycles_;
  std::exception_ptr error_;
};

}  // namespace

Mapping derive_mapping(const workloads::Cascade& cascade, const workloads::Workload& workload,
                       const arch::Architecture& architecture, const CyclesOf& cycles, bool fuse) {
  return derived_mapping(cascade, Choice(cascade, workload, architecture, cycles).groups(fuse));
}

}  // namespace attnsim::mapping
