// Footprints by interval arithmetic over a tile's coordinates.
#include "mapping/view.h"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/select.h"
#include "mapping/storage.h"
#include "workloads/predicate.h"

namespace attnsim::mapping {
namespace {

using workloads::IndexExpression;
using workloads::Interval;
using workloads::TensorRef;

void add_new(std::vector<TensorRef>& found, const std::vector<TensorRef>& more) {
  for (const TensorRef& reference : more) {
    if (std::find(found.begin(), found.end(), reference) == found.end()) found.push_back(reference);
  }
}

std::int64_t size_at(const Plan& plan, const std::string& rank, const std::vector<std::string>& tails) {
  const Dim& dim = plan.dims.at(rank);
  return contains(tails, rank) ? dim.last : dim.tile;
}

// Coordinates of a declared rank that an affine index reaches over the first tile, the ranks of `fixed` standing still.
std::int64_t reach(const Plan& plan, const IndexExpression& index, std::int64_t extent,
                   const std::vector<std::string>& tails, const std::vector<std::string>& fixed) {
  std::vector<std::string> ranks;
  std::vector<Interval> box;
  for (const std::string& name : workloads::names(index)) {
    if (plan.dims.count(name) == 0) continue;
    ranks.push_back(name);
    box.push_back({0, contains(fixed, name) ? 0 : size_at(plan, name, tails) - 1});
  }
  const workloads::BoundPredicate bound({index, {}}, ranks, predicate_values(*plan.cascade, *plan.workload));
  const Interval reached = bound.range(box);
  return std::min(reached.high - reached.low + 1, extent);
}

}  // namespace

std::vector<TensorRef> lookups_of(const TensorRef& view) {
  std::vector<TensorRef> found;
  for (const IndexExpression& index : view.indices) add_new(found, workloads::lookups(index));
  return found;
}

std::vector<TensorRef> operands_of(const workloads::Cascade& cascade, const workloads::Einsum& einsum) {
  std::vector<TensorRef> found = einsum.inputs();
  const std::vector<TensorRef> inputs = found;
  for (const TensorRef& input : inputs) add_new(found, lookups_of(input));
  if (einsum.predicate) add_new(found, workloads::lookups(einsum.predicate->condition));
  std::erase_if(found, [&](const TensorRef& reference) {
    return std::any_of(cascade.metadata.begin(), cascade.metadata.end(),
                       [&](const TensorRef& known) { return known.tensor == reference.tensor; });
  });
  for (TensorRef& reference : found) {
    std::erase_if(reference.ranks, [&](const std::string& name) { return !cascade.is_rank(name); });
  }
  return found;
}

bool may_share_group(const workloads::Cascade& cascade, const std::vector<std::string>& einsums) {
  for (const workloads::Einsum& einsum : cascade.einsums) {
    if (!contains(einsums, einsum.name)) continue;
    if (einsums.size() > 1 && selects(einsum)) return false;
    for (const TensorRef& read : einsum.inputs()) {
      if (!read.indices.empty() && contains(einsums, read.tensor)) return false;
    }
    const auto predicate = cascade.predicate_of(einsum);
    if (!predicate) continue;
    const auto tables = workloads::tables(predicate->condition);
    if (std::any_of(tables.begin(), tables.end(), [&](const auto& table) { return contains(einsums, table); })) {
      return false;
    }
  }
  return true;
}

bool is_gather(const Copy& copy) { return copy.view && !lookups_of(*copy.view).empty(); }

Footprint footprint_of(const Plan& plan, const TensorRef& view, const std::vector<std::string>& tails) {
  const TensorRef& declared = *plan.cascade->declared(view.tensor);
  Footprint footprint;
  std::vector<std::string> looked_up;  // ranks whose points each look something up
  for (const IndexExpression& index : view.indices) {
    if (workloads::tables(index).empty()) continue;
    for (const std::string& name : workloads::names(index)) {
      if (plan.dims.count(name) != 0 && !contains(looked_up, name)) looked_up.push_back(name);
    }
  }
  for (std::size_t i = 0; i < view.indices.size(); ++i) {
    const IndexExpression& index = view.indices[i];
    if (workloads::tables(index).empty()) {
      footprint.elements *= reach(plan, index, plan.dims.at(declared.ranks[i]).extent, tails, looked_up);
    } else {
      footprint.rows = footprint.elements;  // what stands before it comes once for each
    }
  }
  for (const std::string& rank : looked_up) {
    footprint.elements *= size_at(plan, rank, tails);
    footprint.rows *= size_at(plan, rank, tails);
  }
  return footprint;
}

Work gather_work(const Plan& plan, const Copy& copy, const std::vector<std::string>& tails,
                 std::vector<std::string>& problems) {
  Work work;
  if (!plan.architecture->gather) {
    problems.push_back(
        fmt::format("a gather unit is missing on {}: {} looks its rows up; add `gather: "
                    "{{rows_per_cycle, latency_cycles}}` to the architecture",
                    plan.architecture->name, to_string(*copy.view)));
    return work;
  }
  const arch::Gather& gather = *plan.architecture->gather;
  const Footprint footprint = footprint_of(plan, *copy.view, tails);
  const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t row_bytes =
      stored_bytes(plan, copy.tensor, footprint.elements / std::max<std::int64_t>(1, footprint.rows));
  work.dram_read_bytes = footprint.rows * ceil_div(row_bytes, gather.access_bytes) * gather.access_bytes;
  work.buffer_write_bytes = stored_bytes(plan, copy.tensor, footprint.elements);
  work.duration = work.pe_cycles =
      std::max(plan.architecture->dram_cycles(work.dram_read_bytes), ceil_div(footprint.rows, gather.rows_per_cycle));
  return work;
}

}  // namespace attnsim::mapping
