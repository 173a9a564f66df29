// Finds what masks look up, and draws tables of a density.
#include "mapping/mask_tables.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include <fmt/format.h>

namespace attnsim::mapping {
namespace {

using workloads::Cascade;
using workloads::IndexExpression;
using workloads::Table;

// The number that a condition compares a table with; nothing where it asks for anything else.
std::optional<std::int64_t> wanted(const IndexExpression& condition, const std::string& table) {
  std::optional<std::int64_t> found;
  if (condition.kind == IndexExpression::Kind::kCall && condition.name == "equal") {
    const IndexExpression& left = condition.arguments[0];
    const IndexExpression& right = condition.arguments[1];
    const bool asks = left.kind == IndexExpression::Kind::kTable && left.name == table &&
                      right.kind == IndexExpression::Kind::kNumber;
    if (asks) return right.number;
  }
  for (const IndexExpression& argument : condition.arguments) {
    if (workloads::tables(argument).count(table) == 0) continue;
    const auto inner = wanted(argument, table);
    if (!inner || (found && *found != *inner)) return std::nullopt;
    found = inner;
  }
  return found;
}

Table drawn(const Cascade& cascade, const std::string& name, std::int64_t selected, double density,
            std::mt19937_64& generator, const workloads::Workload& workload) {
  const std::vector<std::string>& ranks = cascade.declared(name)->ranks;
  Table table;
  std::int64_t size = 1;
  for (const std::string& rank : ranks) {
    table.shape.push_back(workloads::rank_extent(cascade, rank, workload));
    size *= table.shape.back();
  }
  table.values.assign(static_cast<std::size_t>(size), selected == 0 ? 1 : 0);
  const workloads::Einsum* made = cascade.producer(name);
  std::optional<workloads::BoundPredicate> exists;
  if (made != nullptr && made->predicate && workloads::tables(made->predicate->condition).empty()) {
    exists.emplace(*made->predicate, ranks, workloads::predicate_values(cascade, workload));
  }
  std::vector<std::size_t> candidates;
  std::vector<std::int64_t> at(ranks.size(), 0);
  for (std::size_t index = 0; index < table.values.size(); ++index) {
    auto rest = static_cast<std::int64_t>(index);
    for (std::size_t side = ranks.size(); side-- > 0; rest /= table.shape[side]) at[side] = rest % table.shape[side];
    if (!exists || exists->holds(at)) candidates.push_back(index);
  }
  const auto count = static_cast<std::size_t>(std::llround(density * static_cast<double>(candidates.size())));
  for (std::size_t chosen = 0; chosen < count; ++chosen) {
    std::swap(candidates[chosen], candidates[chosen + generator() % (candidates.size() - chosen)]);
    table.values[candidates[chosen]] = selected;
  }
  return table;
}

}  // namespace

bool MaskTables::differ() const {
  return std::any_of(of.begin(), of.end(), [](const auto& entry) { return entry.second.size() > 1; });
}

std::map<std::string, Table> MaskTables::at(std::size_t head) const {
  std::map<std::string, Table> result;
  for (const auto& [name, tables] : of) result[name] = tables.size() == 1 ? tables.front() : tables.at(head);
  return result;
}

std::set<std::string> mask_tensors(const Cascade& cascade) {
  return cascade.predicate ? workloads::tables(cascade.predicate->condition) : std::set<std::string>();
}

std::set<std::string> made_masks(const Cascade& cascade) {
  std::set<std::string> made;
  for (const std::string& name : mask_tensors(cascade)) {
    if (cascade.producer(name) != nullptr) made.insert(name);
  }
  return made;
}

MaskSource masks_of_density(const Cascade& cascade, double density, std::uint64_t seed) {
  const common::Location where{"--density", 0, ""};
  std::map<std::string, std::int64_t> selected;
  for (const std::string& name : mask_tensors(cascade)) {
    const auto number = wanted(cascade.predicate->condition, name);
    if (!number) {
      throw common::InputError(where, fmt::format("says how many of {}'s elements a mask selects, but '{}' does not "
                                                  "ask whether they are a number, as {}[...] == 1 does",
                                                  name, to_string(cascade.predicate->condition), name));
    }
    selected[name] = *number;
  }
  if (selected.empty()) {
    throw common::InputError(where, fmt::format("{} has no mask that looks up a tensor; leave it out", cascade.id));
  }
  return [cascade, density, seed, selected](const workloads::Workload& workload) {
    MaskTables masks;
    std::mt19937_64 generator(seed);
    for (const auto& [name, number] : selected) {
      masks.of[name] = {drawn(cascade, name, number, density, generator, workload)};
    }
    return masks;
  };
}

}  // namespace attnsim::mapping
