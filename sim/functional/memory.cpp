// Copies box by box; fills by what an Einsum gives without points.
#include "sim/functional/memory.h"

#include <algorithm>
#include <limits>

#include "mapping/select.h"
#include "workloads/formula.h"

namespace attnsim::sim::functional {

using workloads::Range;
using workloads::Tensor;
using workloads::Tensors;

void copy_common(const Tensor& from, Tensor& to, const Stored& stored) {
  const std::size_t ranks = to.ranks().size();
  std::vector<Range> common;
  std::vector<std::int64_t> at;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    common.push_back({std::max(from.ranges()[rank].begin, to.ranges()[rank].begin),
                      std::min(from.ranges()[rank].end, to.ranges()[rank].end)});
    if (common.back().size() <= 0) return;
    at.push_back(common.back().begin);
  }
  for (;;) {
    to.at(at) = stored(from.at(at));
    std::size_t rank = ranks;
    while (rank > 0 && ++at[rank - 1] == common[rank - 1].end) {
      --rank;
      at[rank] = common[rank].begin;
    }
    if (rank == 0) return;
  }
}

double value_of_no_points(const workloads::Einsum& einsum) { return mapping::selects(einsum) ? -1 : 0; }

void make_room(const mapping::Dataflow& dataflow, const mapping::Block& block, const workloads::Instance& instance,
               std::vector<Tensors>& memory) {
  const bool masked = std::any_of(block.loops.begin(), block.loops.end(), [](const mapping::Loop& loop) {
    return std::any_of(loop.table.begin(), loop.table.end(), [](const mapping::Row& row) {
      return row.empty() || std::any_of(row.begin(), row.end(), [](const auto& run) { return run.marks != 0; });
    });
  });
  for (const mapping::Action& action : dataflow.actions) {
    if (action.kind != mapping::Node::Kind::kStore) continue;
    const mapping::Access& access = action.reads.front();
    const workloads::Einsum& made = *dataflow.cascade->producer(access.tensor);
    double fill = masked ? value_of_no_points(made) : std::numeric_limits<double>::quiet_NaN();
    if (masked && made.reduction && !mapping::selects(made)) {
      fill = workloads::Combination(instance, *made.reduction).identity();
    }
    for (Tensors& tensors : memory) {
      tensors.try_emplace(access.tensor, instance.whole({access.tensor, false, access.ranks}, fill));
    }
  }
}

}  // namespace attnsim::sim::functional
