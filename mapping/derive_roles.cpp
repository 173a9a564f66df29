// Ranks of Einsums, and the most useful ones for rows and columns.
#include "mapping/derive_roles.h"

#include <algorithm>
#include <tuple>

#include "mapping/plan.h"
#include "mapping/sharing.h"
#include "workloads/predicate.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;

template <typename Key>
std::string best(const Ranks& among, const Ranks& without, const Key& key) {
  std::string found;
  for (const std::string& rank : among) {
    if (!contains(without, rank) && (found.empty() || key(rank) > key(found))) found = rank;
  }
  return found;
}

}  // namespace

Roles::Roles(const workloads::Cascade& cascade, const workloads::Workload& workload,
             const arch::Architecture& architecture, const std::vector<std::string>& einsums, Columns columns)
    : cascade_(cascade), workload_(workload), architecture_(architecture) {
  for (const Einsum& einsum : cascade.einsums) {
    if (!cascade.is_first_value(einsum) && contains(einsums, einsum.name)) einsums_.push_back(&einsum);
  }
  shares_queries_ = cascade.runs_each_head() && cascade.has_rank_of("keys") && shares_queries(cascade, einsums);
  iterates_ = cascade.iterate && std::any_of(einsums_.begin(), einsums_.end(), [](const Einsum* einsum) {
                return einsum->section == Einsum::Section::kEach;
              });
  if (iterates_) iterated_ = cascade.base_rank(*cascade.iterate);
  stepwise_ = iterates_ && cascade.split.count(iterated_) == 0;
  find_spatial(columns);
}

Ranks Roles::ranks(const Einsum& einsum) const {
  Ranks result;
  for (const std::string& rank : einsum.iteration_ranks()) {
    if (!contains(result, cascade_.base_rank(rank))) result.push_back(cascade_.base_rank(rank));
  }
  const bool in_step = iterates_ && einsum.section == Einsum::Section::kEach;
  if (in_step && !contains(result, iterated_)) result.push_back(iterated_);
  return result;
}

Ranks Roles::ranks() const {
  Ranks result;
  for (const auto& [rank, quantity] : cascade_.ranks) {
    if (users(rank) > 0) result.push_back(rank);
  }
  return result;
}

Ranks Roles::tiled(const Ranks& written) const {
  Ranks result;
  for (const std::string& rank : written) {
    const std::string base = cascade_.base_rank(rank);
    const auto split = cascade_.split.find(base);
    const bool takes = split == cascade_.split.end() || rank == base || rank == split->second.back();
    if (takes && !contains(result, base) && !(stepwise_ && base == iterated_)) result.push_back(base);
  }
  return result;
}

Ranks Roles::tiled(const Einsum& einsum) const { return tiled(einsum.iteration_ranks()); }

Ranks Roles::outputs(const Einsum& einsum) const { return tiled(einsum.output.ranks); }

int Roles::users(const std::string& rank) const {
  return static_cast<int>(std::count_if(einsums_.begin(), einsums_.end(),
                                        [&](const Einsum* einsum) { return contains(ranks(*einsum), rank); }));
}

int Roles::outputs_with(const std::string& rank) const {
  return static_cast<int>(std::count_if(einsums_.begin(), einsums_.end(),
                                        [&](const Einsum* einsum) { return contains(outputs(*einsum), rank); }));
}

std::int64_t Roles::extent(const std::string& rank) const {
  std::int64_t extent = workloads::rank_extent(cascade_, rank, workload_);
  for (const auto& [name, quantity] : cascade_.ranks) {
    if (shares_queries_ && name == rank && quantity == "queries") extent *= workload_.heads / workload_.kv_heads;
  }
  return std::max<std::int64_t>(1, extent);
}

double Roles::volume(const Einsum& einsum) const {
  double points = 1;
  for (const std::string& rank : tiled(einsum)) points *= static_cast<double>(extent(rank));
  return points;
}

double Roles::work(const std::string& rank, std::int64_t pes, bool in_result) const {
  double points = 0;
  for (const Einsum* einsum : einsums_) {
    if (contains(in_result ? outputs(*einsum) : tiled(*einsum), rank)) points += volume(*einsum);
  }
  return points * static_cast<double>(std::min(extent(rank), pes));
}

std::string Roles::longest(const Ranks& among, const Ranks& without) const {
  return best(among, without, [&](const std::string& rank) { return extent(rank); });
}

void Roles::find_spatial(Columns columns) {
  Ranks all;
  for (const Einsum* einsum : einsums_) {
    for (const std::string& rank : tiled(*einsum)) {
      if (!contains(all, rank)) all.push_back(rank);
    }
  }
  const Ranks last = outputs(*einsums_.back());
  const auto columns_key = [&](const std::string& rank) {
    const double use = columns == Columns::kShared ? static_cast<double>(outputs_with(rank))
                                                   : work(rank, architecture_.array_2d.columns, true);
    return std::make_tuple(use, contains(last, rank), extent(rank));
  };
  const auto rows_key = [&](const std::string& rank) {
    return std::make_tuple(work(rank, architecture_.array_2d.rows, false), outputs_with(rank), extent(rank));
  };
  columns_ = best(all, {}, columns_key);
  rows_ = best(all, {columns_}, rows_key);
}

Spatial Roles::spatial_of(const Einsum& einsum) const {
  Spatial spatial;
  const Ranks own = tiled(einsum);
  const Ranks made = outputs(einsum);
  if (contains(own, rows_) && contains(made, columns_)) {
    spatial = {rows_, columns_, {}};
  } else {
    spatial.columns = contains(made, columns_) ? columns_ : contains(made, rows_) ? rows_ : longest(made, {});
    spatial.rows = longest(made, {spatial.columns});
    if (spatial.rows.empty()) spatial.rows = longest(own, {spatial.columns});
  }
  const auto key = [&](const std::string& rank) { return std::make_pair(rank == columns_, extent(rank)); };
  for (Ranks among : {made, own}) {
    std::stable_sort(among.begin(), among.end(), [&](const auto& a, const auto& b) { return key(a) > key(b); });
    for (const std::string& rank : among) {
      if (!contains(spatial.lanes, rank)) spatial.lanes.push_back(rank);
    }
  }
  return spatial;
}

bool Roles::fills_array(const Einsum& einsum) const {
  const Spatial spatial = spatial_of(einsum);
  return !einsum.scan && !spatial.rows.empty() && !spatial.columns.empty();
}

}  // namespace attnsim::mapping
