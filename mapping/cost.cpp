// Durations, PE results and bytes of an instruction, from the shape of its Einsum and the binding of its ranks.
#include "mapping/cost.h"

#include <algorithm>
#include <cmath>

#include "mapping/pe_cost.h"
#include "mapping/scan.h"
#include "mapping/select.h"
#include "mapping/storage.h"
#include "mapping/view.h"
#include "workloads/expression.h"

namespace attnsim::mapping {
namespace {

using workloads::Expression;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct Shape {
  std::int64_t volume = 1;
  std::int64_t active = 1;    // PEs or lanes that work
  std::int64_t temporal = 1;  // results that one PE makes in turn, or a column sends out in turn
};

std::int64_t size_at(const Plan& plan, const std::string& rank, const std::vector<std::string>& tails) {
  const Dim& dim = plan.dims.at(rank);
  return contains(tails, rank) ? dim.last : dim.tile;
}

Shape shape_2d(const Plan& plan, const Node& node, const std::vector<std::string>& tails) {
  const auto& array = plan.architecture->array_2d;
  const std::string rows = declared_rank(plan, plan.spatial(node).rows);
  const std::string columns = declared_rank(plan, plan.spatial(node).columns);
  Shape shape;
  for (const std::string& rank : node.dims) {
    const std::int64_t size = size_at(plan, rank, tails);
    shape.volume *= size;
    if (rank == rows || rank == columns) {
      const std::int64_t pes = rank == rows ? array.rows : array.columns;
      shape.active *= std::min(size, pes);
      shape.temporal *= ceil_div(size, pes);
    } else {
      shape.temporal *= size;
    }
  }
  return shape;
}

Shape shape_1d(const Plan& plan, const Node& node, const std::vector<std::string>& tails) {
  Shape shape;
  std::int64_t free_lanes = plan.architecture->array_1d.lanes;
  const auto lanes = lane_ranks(plan, node);
  for (const std::string& rank : node.dims) shape.volume *= size_at(plan, rank, tails);
  std::vector<std::string> spread;
  for (const std::string& rank : lanes) {
    if (!contains(node.dims, rank)) continue;
    const std::int64_t size = size_at(plan, rank, tails);
    const std::int64_t used = std::min(size, free_lanes);
    shape.active *= used;
    shape.temporal *= ceil_div(size, used);
    free_lanes = std::max<std::int64_t>(1, free_lanes / used);
    spread.push_back(rank);
  }
  for (const std::string& rank : node.dims) {
    if (!contains(spread, rank)) shape.temporal *= size_at(plan, rank, tails);
  }
  return shape;
}

// Words handed to a neighbour: both operands of a sum of products move on one PE a step; a reduction over rows passes a
// partial result down from every row; a value broadcast from the 1D array passes every row of its column.
std::int64_t link_hops(const Plan& plan, const Node& node, const Shape& shape) {
  if (node.unit != kArray2d) return 0;
  std::int64_t hops = is_tensor_product(node) ? 2 * shape.volume : 0;
  const std::string rows = declared_rank(plan, plan.spatial(node).rows);
  const Copy& made = plan.copies[static_cast<std::size_t>(node.copy)];
  if (contains(node.dims, rows) && !contains(made.dims, rows)) hops += shape.active * shape.temporal;
  for (const int index : node.reads) {
    const Copy& read = plan.copies[static_cast<std::size_t>(index)];
    const bool from_1d = plan.nodes[static_cast<std::size_t>(read.producer)].unit == kArray1d;
    if (from_1d && !contains(read.dims, rows)) hops += shape.active;
  }
  return hops;
}

const arch::Functions& functions_at(const Plan& plan, const Node& node) {
  const arch::Architecture& architecture = *plan.architecture;
  return node.unit == kArray2d ? architecture.array_2d.functions : architecture.array_1d.functions;
}

arch::Composition cost_of(const Plan& plan, const Node& node) {
  const auto subtraction =
      plan.mapping->separate_subtract ? workloads::Subtraction::kApart : workloads::Subtraction::kInExp;
  return pe_cost(*plan.cascade, *node.einsum, functions_at(plan, node), subtraction);
}

// What it moves of one tile; of a spill, nothing.
std::int64_t transfer_bytes(const Plan& plan, const Node& node, const std::vector<std::string>& tails) {
  if (node.kind == Node::Kind::kSpill) return 0;
  if (node.copy >= 0) return tile_bytes(plan, plan.copies[static_cast<std::size_t>(node.copy)], tails);
  const Copy& moved = plan.copies[static_cast<std::size_t>(node.reads.front())];
  return stored_bytes(plan, moved.tensor, tile_elements(plan, node.dims, tails));
}

void add_transfer(const Plan& plan, const Node& node, const std::vector<std::string>& tails, Work& work) {
  const std::int64_t bytes = transfer_bytes(plan, node, tails);
  switch (node.kind) {
    case Node::Kind::kLoad:
      work.dram_read_bytes = work.buffer_write_bytes = bytes;
      break;
    case Node::Kind::kStore:
      work.dram_write_bytes = work.buffer_read_bytes = bytes;
      break;
    case Node::Kind::kSpill: {
      const auto part = [&](const std::vector<int>& spilled) {
        std::int64_t whole = 0;
        for (const int copy : spilled) whole += tile_bytes(plan, plan.copies[static_cast<std::size_t>(copy)], tails);
        return std::llround(static_cast<double>(whole) * plan.spilled_fraction);
      };
      work.dram_read_bytes = part(node.spilled_reads);
      work.dram_write_bytes = part(node.spilled_writes);
      break;
    }
    case Node::Kind::kFill:
      // A row of stationary operands a hop: the last one's place is the last row.
      work.buffer_read_bytes = bytes;
      work.duration = work.pe_cycles = plan.architecture->column_reduction_cycles();
      return;
    case Node::Kind::kEinsum:
      break;
  }
  work.duration = plan.architecture->dram_cycles(work.dram_read_bytes + work.dram_write_bytes);
  work.pe_cycles = work.duration;
}

}  // namespace

bool reads_register(const Plan& plan, const Node& node, const Copy& copy) {
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  if (node.interleave < 0 || node.interleave != producer.interleave) return false;
  return std::any_of(copy.readers.begin(), copy.readers.end(), [&](const Reader& reader) {
    return &plan.nodes[static_cast<std::size_t>(reader.node)] == &node && !reader.carried;
  });
}

std::string declared_rank(const Plan& plan, const std::string& tile_rank) {
  if (tile_rank.empty() || plan.dims.count(tile_rank) != 0) return tile_rank;
  return tile_rank.substr(0, tile_rank.size() - 1);
}

std::vector<std::string> lane_ranks(const Plan& plan, const Node& node) {
  const Spatial& spatial = plan.spatial(node);
  std::vector<std::string> ranks;
  for (const std::string& lane : spatial.lanes) ranks.push_back(declared_rank(plan, lane));
  if (ranks.empty()) ranks.push_back(declared_rank(plan, plan.group->spatial.columns));
  if (node.einsum != nullptr)
    std::erase_if(ranks, [&](const auto& rank) { return scans_along(*plan.cascade, *node.einsum, rank); });
  return ranks;
}

bool is_sum_over_loops(const Plan& plan, const Node& node) {
  return node.kind == Node::Kind::kEinsum &&
         !minus(node.loops, plan.copies[static_cast<std::size_t>(node.copy)].loops).empty();
}

bool is_tensor_product(const Node& node) {
  return node.unit == kArray2d && node.einsum && node.einsum->reduction && node.einsum->reduction->op == "sum" &&
         node.einsum->map.kind == Expression::Kind::kCall && node.einsum->map.name == "mul";
}

Work work_of(const Plan& plan, const Node& node, const std::vector<std::string>& tails,
             std::vector<std::string>& problems) {
  Work work;
  if (node.unit == kSelect) return selection_work(plan, node, tails);
  if (node.kind == Node::Kind::kLoad && is_gather(plan.copies[static_cast<std::size_t>(node.copy)])) {
    return gather_work(plan, plan.copies[static_cast<std::size_t>(node.copy)], tails, problems);
  }
  if (node.kind != Node::Kind::kEinsum) {
    add_transfer(plan, node, tails, work);
    // A sum that was complete in the PEs or lanes passes through the buffer on its way out.
    if (node.kind == Node::Kind::kStore) {
      const Copy& stored = plan.copies[static_cast<std::size_t>(node.reads.front())];
      const Node& producer = plan.nodes[static_cast<std::size_t>(stored.producer)];
      if (is_sum_over_loops(plan, producer) && !sums_in_buffer(plan, producer))
        work.buffer_write_bytes = work.buffer_read_bytes;
    }
    return work;
  }
  const arch::Composition cost = cost_of(plan, node);
  if (!cost.possible()) {
    problems.push_back(missing_text(*plan.cascade, *node.einsum, functions_at(plan, node),
                                    node.unit == kArray2d ? "array_2d" : "array_1d", plan.architecture->name));
  }
  const Shape shape = node.unit == kArray2d ? shape_2d(plan, node, tails) : shape_1d(plan, node, tails);
  work.duration = cost.cycles * shape.temporal;
  work.pe_cycles = work.duration * shape.active;
  for (std::size_t function = 0; function < cost.results.size(); ++function) {
    work.pe_results[function] = cost.results[function] * shape.volume;
    work.ops += work.pe_results[function];
  }
  work.link_hops = link_hops(plan, node, shape);
  for (const int index : node.reads) {
    const Copy& copy = plan.copies[static_cast<std::size_t>(index)];
    if (copy.place == Place::kBuffer && !reads_register(plan, node, copy)) {
      work.buffer_read_bytes += tile_bytes(plan, copy, tails);
    }
  }
  const Copy& made = plan.copies[static_cast<std::size_t>(node.copy)];
  const std::int64_t made_bytes = tile_bytes(plan, made, tails);
  if (made.place == Place::kBuffer && (!is_sum_over_loops(plan, node) || sums_in_buffer(plan, node))) {
    work.buffer_write_bytes = made_bytes;
  }
  // Sums that grow in the buffer are read to be added to; the first addition reads a zero like any other.
  if (is_sum_over_loops(plan, node) && sums_in_buffer(plan, node)) work.buffer_read_bytes += made_bytes;
  return work;
}

void add_masking(const Plan& plan, const Node& node, const std::vector<std::string>& tails, Work& work) {
  if (node.unit == kSelect) return;  // it passes over them
  // One element for each value of the result and each point of the predicate.
  Node elements = node;
  elements.dims.clear();
  const Copy& made = plan.copies[static_cast<std::size_t>(node.copy)];
  const auto predicate = plan.cascade->predicate_of(*node.einsum);
  for (const std::string& rank : node.dims) {
    const bool decides = predicate && workloads::names(predicate->condition).count(rank) != 0;
    if (decides || contains(made.dims, rank)) elements.dims.push_back(rank);
  }
  const bool on_2d = node.unit == kArray2d;
  const Shape shape = on_2d ? shape_2d(plan, elements, tails) : shape_1d(plan, elements, tails);
  const auto& functions = functions_at(plan, node);
  for (const char* function : {"max", "add", "macc"}) {  // the first that the array has selects
    const auto found = functions.find(function);
    if (found == functions.end()) continue;
    work.duration += found->second * shape.temporal;
    work.pe_cycles += found->second * shape.temporal * shape.active;
    work.ops += shape.volume;
    work.pe_results[arch::pe_function(function)] += shape.volume;
    return;
  }
}

std::int64_t latency(const Plan& plan, const Node& producer, const Node& reader) {
  const arch::Architecture& architecture = *plan.architecture;
  if (producer.kind == Node::Kind::kLoad) {
    const bool gathers = is_gather(plan.copies[static_cast<std::size_t>(producer.copy)]) && architecture.gather;
    return architecture.dram.latency_cycles + (gathers ? architecture.gather->latency_cycles : 0);
  }
  if (producer.unit == kSelect) return architecture.select ? architecture.select->latency_cycles : 0;
  if (producer.kind == Node::Kind::kFill) return 0;
  if (producer.unit == kArray2d) {
    const Copy& made = plan.copies[static_cast<std::size_t>(producer.copy)];
    if (reader.unit == kArray2d && made.place == Place::kPe) return 0;
    if (reader.unit == kDram) return architecture.skew_cycles();
    const std::int64_t down = architecture.column_reduction_cycles();
    return reader.unit == kArray2d ? down + architecture.column_broadcast_cycles() : down;
  }
  if (reader.unit == kArray2d) return architecture.column_broadcast_cycles();
  // A reduction over several lanes moves its partial results from neighbour to neighbour.
  const Copy& made = plan.copies[static_cast<std::size_t>(producer.copy)];
  std::int64_t lanes = architecture.array_1d.lanes;
  for (const std::string& rank : lane_ranks(plan, producer)) {
    const std::int64_t used = std::min(plan.dims.at(rank).tile, lanes);
    if (contains(producer.dims, rank) && !contains(made.dims, rank)) return (used - 1) * architecture.links.hop_cycles;
    lanes = std::max<std::int64_t>(1, lanes / used);
  }
  return 0;
}

std::int64_t stream_offset(const Plan& plan, const Node& producer, std::int64_t producer_cycles,
                           std::int64_t reader_cycles) {
  const Copy& made = plan.copies[static_cast<std::size_t>(producer.copy)];
  if (made.place != Place::kStream || producer_cycles == 0) return Post::kAtEnd;
  const std::int64_t first = cost_of(plan, producer).cycles;
  // The reader takes one result after another: its last one must not come before the producer's last.
  return std::min(producer_cycles, std::max(first, producer_cycles - reader_cycles + first));
}

}  // namespace attnsim::mapping
