// Reads the dataflow off an ordered plan.
#include "mapping/dataflow.h"

#include <algorithm>

#include "mapping/cost.h"
#include "mapping/storage.h"

namespace attnsim::mapping {
namespace {

int pool_of(const Plan& plan, int copy) {
  while (plan.copies[static_cast<std::size_t>(copy)].in_place_of >= 0) {
    copy = plan.copies[static_cast<std::size_t>(copy)].in_place_of;
  }
  return copy;
}

// A tensor's ranks as parts.
std::vector<std::string> ranks_of(const workloads::Cascade& cascade, const std::string& tensor) {
  for (const workloads::TensorRef& input : cascade.inputs) {
    if (input.tensor == tensor) return cascade.parts(input.ranks);
  }
  return cascade.parts(cascade.producer(tensor)->output.ranks);
}

Access access(const Plan& plan, int copy) {
  const Copy& source = plan.copies[static_cast<std::size_t>(copy)];
  Access access{pool_of(plan, copy), source.tensor, ranks_of(*plan.cascade, source.tensor), source.loops};
  if (source.view) access.indices = source.view->indices;
  return access;
}

Action action_of(const Plan& plan, int index) {
  const Node& node = plan.nodes[static_cast<std::size_t>(index)];
  Action action;
  action.kind = node.kind;
  action.einsum = node.einsum;
  action.unit = node.unit;
  if (node.kind == Node::Kind::kSpill) return action;
  if (node.unit == kArray2d) {
    action.rows = declared_rank(plan, plan.spatial(node).rows);
    action.columns = declared_rank(plan, plan.spatial(node).columns);
  } else if (node.unit == kArray1d) {
    action.lanes = lane_ranks(plan, node);
  }
  for (std::size_t copy = 0; copy < plan.copies.size(); ++copy) {
    for (const Reader& reader : plan.copies[copy].readers) {
      if (reader.node != index) continue;
      Access read = access(plan, static_cast<int>(copy));
      read.carried = reader.carried;
      read.next = plan.copies[copy].state && !reader.carried && node.einsum != nullptr &&
                  node.einsum->section == workloads::Einsum::Section::kEach;
      action.reads.push_back(read);
    }
  }
  if (node.copy < 0) return action;
  const Copy& made = plan.copies[static_cast<std::size_t>(node.copy)];
  action.write = access(plan, node.copy);
  action.in_place = made.in_place_of >= 0;
  if (node.kind == Node::Kind::kEinsum) {
    action.summed = minus(node.loops, made.loops);
    action.grows_in_slot = sums_in_buffer(plan, node);
  }
  return action;
}

}  // namespace

std::int64_t Dataflow::tile_at(const std::string& rank, const std::vector<std::int64_t>& point) const {
  const Dim& dim = dims.at(rank);
  std::int64_t tile = dim.loop >= 0 ? point[static_cast<std::size_t>(dim.loop)] : 0;
  if (dim.outer_loop >= 0) tile += point[static_cast<std::size_t>(dim.outer_loop)] * dim.block;
  return tile;
}

workloads::Range Dataflow::range_at(const std::string& part, const std::vector<std::int64_t>& point) const {
  const std::string rank = cascade->base_rank(part);
  const std::int64_t tile = tile_at(rank, point);
  const std::int64_t size = dims.at(rank).tile;
  const auto split = cascade->split.find(rank);
  if (split == cascade->split.end()) return {tile * size, (tile + 1) * size};
  return part == split->second.back() ? workloads::Range{0, size} : workloads::Range{tile, tile + 1};
}

Dataflow dataflow_of(const Plan& plan, const Order& order, const Emitted& emitted) {
  Dataflow dataflow;
  dataflow.cascade = plan.cascade;
  dataflow.dims = plan.dims;
  dataflow.heads_sharing = plan.heads_sharing;
  dataflow.loops = plan.loops;
  for (std::size_t copy = 0; copy < plan.copies.size(); ++copy) {
    const Copy& source = plan.copies[copy];
    const std::int64_t slots = emitted.slots[copy];
    const std::int64_t apart = source.state ? std::max<std::int64_t>(1, plan.carried_distance()) : 1;
    dataflow.pools.push_back({source.tensor, source.state ? 1 + (slots + apart - 1) / apart : slots, source.state});
  }
  for (const int node : order.sequence) dataflow.actions.push_back(action_of(plan, node));
  return dataflow;
}

}  // namespace attnsim::mapping
