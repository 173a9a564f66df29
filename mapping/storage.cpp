// Places, live tiles, buffer demand and the sizes that follow from it.
#include "mapping/storage.h"

#include <algorithm>

#include "mapping/cost.h"

namespace attnsim::mapping {
namespace {

bool subset(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return std::all_of(part.begin(), part.end(), [&](const std::string& rank) { return contains(whole, rank); });
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Words of a tile in each PE whose row and column stand for these ranks; with columns alone, in each lane.
std::int64_t words_each(const Plan& plan, const Copy& copy, const std::string& rows, const std::string& columns,
                        std::int64_t width) {
  std::int64_t words = 1;
  for (const std::string& rank : copy.dims) {
    const std::int64_t size = plan.dims.at(rank).tile;
    words *= rank == columns ? ceil_div(size, width)
             : rank == rows  ? ceil_div(size, plan.architecture->array_2d.rows)
                             : size;
  }
  return words;
}

bool fits_registers(const Plan& plan, const Copy& copy, Place place) {
  Copy there = copy;
  there.place = place;
  const auto& architecture = *plan.architecture;
  return tile_registers(plan, there) + kOperandRegisters <=
         (place == Place::kPe ? architecture.array_2d.registers_per_pe : architecture.array_1d.registers_per_lane);
}

Place wanted_place(const Plan& plan, const Copy& copy) {
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  if (producer.kind == Node::Kind::kLoad || producer.unit == kSelect || copy.kept) return Place::kBuffer;
  if (producer.kind == Node::Kind::kFill) return Place::kPe;
  bool all_2d = true;
  bool all_1d = true;
  bool chained = producer.interleave >= 0;
  for (const Reader& reader : copy.readers) {
    const Node& node = plan.nodes[static_cast<std::size_t>(reader.node)];
    if (node.unit == kDram && copy.state) continue;  // read once, after the last step
    if (node.unit == kDram || node.unit == kSelect) return Place::kBuffer;
    all_2d = all_2d && node.unit == kArray2d;
    all_1d = all_1d && node.unit == kArray1d;
    chained = chained && node.interleave == producer.interleave && !reader.carried;
  }
  if (producer.unit == kArray2d) {
    const Spatial& own = plan.spatial(producer);
    const bool same_binding = std::all_of(copy.readers.begin(), copy.readers.end(), [&](const Reader& reader) {
      const Spatial& other = plan.spatial(plan.nodes[static_cast<std::size_t>(reader.node)]);
      return own.rows == other.rows && own.columns == other.columns;
    });
    if (all_2d && same_binding) return Place::kPe;
    if (contains(copy.dims, declared_rank(plan, own.rows))) return Place::kBuffer;
    if (subset(copy.dims, {declared_rank(plan, own.columns)})) return Place::kLane;
    return copy.readers.size() == 1 && all_1d ? Place::kStream : Place::kBuffer;
  }
  if (!all_1d) {
    return subset(copy.dims, {declared_rank(plan, plan.spatial(producer).columns)}) ? Place::kPe : Place::kBuffer;
  }
  if (chained && !copy.readers.empty()) return Place::kLane;
  const auto lanes = lane_ranks(plan, producer);
  // A vector that few tiles share stays in the lanes; many of them, and whole tiles, go to the buffer.
  constexpr std::int64_t kLaneTiles = 8;
  return !lanes.empty() && subset(copy.dims, {lanes.front()}) && live_tiles(plan, copy) <= kLaneTiles ? Place::kLane
                                                                                                      : Place::kBuffer;
}

// Where it should be; what does not fit in the registers goes to the buffer.
Place place_of(const Plan& plan, const Copy& copy) {
  const Place place = wanted_place(plan, copy);
  // Column sums of several tiles that grow in turn are all alive until the last term.
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  const std::vector<int> summed = minus(producer.loops, copy.loops);
  const bool grows = producer.kind == Node::Kind::kEinsum && !summed.empty() && sums_in_buffer(plan, producer);
  if (grows && plan.inner_points(summed.front(), &copy.loops) > 1) return Place::kBuffer;
  const bool in_registers = place == Place::kPe || place == Place::kLane;
  return in_registers && !fits_registers(plan, copy, place) ? Place::kBuffer : place;
}

// A group with one tile size replaced by a number.
Group with_size(const Group& group, const std::string& name, std::int64_t number) {
  Group result = group;
  result.tile[name] = {TileSize::Rule::kNumber, number};
  return result;
}

}  // namespace

std::int64_t stored_bytes(const Plan& plan, const std::string& tensor, std::int64_t elements) {
  return workloads::bytes_of(elements, plan.cascade->bits_of(tensor, plan.architecture->word_bits));
}

std::int64_t tile_bytes(const Plan& plan, const Copy& copy, const std::vector<std::string>& tails) {
  return stored_bytes(plan, copy.tensor, tile_elements(plan, copy, tails));
}

std::int64_t tile_registers(const Plan& plan, const Copy& copy) {
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  const arch::Architecture& architecture = *plan.architecture;
  if (copy.place == Place::kLane && producer.interleave >= 0) return 1;  // element by element
  if (copy.place == Place::kLane) {
    const auto lanes = lane_ranks(plan, producer);
    return words_each(plan, copy, "", lanes.empty() ? "" : lanes.front(), architecture.array_1d.lanes);
  }
  const bool filled = producer.kind == Node::Kind::kFill;
  const Spatial& spatial =
      plan.spatial(filled ? plan.nodes[static_cast<std::size_t>(copy.readers.front().node)] : producer);
  return words_each(plan, copy, declared_rank(plan, spatial.rows), declared_rank(plan, spatial.columns),
                    architecture.array_2d.columns);
}

std::int64_t sum_registers(const Plan& plan, const Copy& copy) {
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  if (producer.unit != kArray2d || copy.place != Place::kBuffer || sums_in_buffer(plan, producer)) return 0;
  const std::vector<int> summed = minus(producer.loops, copy.loops);
  if (summed.empty()) return 1;  // results leave one by one
  return tile_registers(plan, copy) * plan.inner_points(summed.front(), &copy.loops);
}

std::int64_t reserved_tiles(const Plan& plan, const Copy& copy) {
  const std::int64_t live = live_tiles(plan, copy);
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  if (copy.staged) return 2 * live;
  if (producer.kind == Node::Kind::kLoad) return live + 1;
  return copy.kept || live > 1 ? live : 2;
}

bool sums_in_buffer(const Plan& plan, const Node& node) {
  const std::string rows = declared_rank(plan, plan.spatial(node).rows);
  return node.unit == kArray2d && contains(node.dims, rows) &&
         !contains(plan.copies[static_cast<std::size_t>(node.copy)].dims, rows);
}

int chain_end(const Plan& plan, int copy) {
  int end = copy;
  while (plan.copies[static_cast<std::size_t>(end)].overwritten_by >= 0) {
    end = plan.copies[static_cast<std::size_t>(end)].overwritten_by;
  }
  return end;
}

void place_copies(Plan& plan) {
  for (Copy& copy : plan.copies) copy.place = place_of(plan, copy);
  // A chain of in-place maps shares its tile; a map between different places is none.
  for (Copy& copy : plan.copies) {
    if (copy.in_place_of < 0) continue;
    Copy& old = plan.copies[static_cast<std::size_t>(copy.in_place_of)];
    if (old.place == copy.place) continue;
    old.overwritten_by = -1;
    copy.in_place_of = -1;
  }
}

std::int64_t live_tiles(const Plan& plan, const Copy& copy) {
  const Node& producer = plan.nodes[static_cast<std::size_t>(copy.producer)];
  if (copy.state || (copy.kept && producer.kind == Node::Kind::kEinsum)) {
    const int from = plan.iterate_loop >= 0 ? plan.iterate_loop + 1 : plan.block_begin;
    return plan.inner_points(from, &copy.loops);
  }
  const int index = static_cast<int>(&copy - plan.copies.data());
  const Copy& last = plan.copies[static_cast<std::size_t>(chain_end(plan, index))];
  std::int64_t live = 1;
  for (const Reader& reader : last.readers) {
    const Node& node = plan.nodes[static_cast<std::size_t>(reader.node)];
    int from = static_cast<int>(plan.loops.size());
    if (node.pass != producer.pass) {
      from = plan.pass_loop + 1;
    } else {
      const std::vector<int> reuse = minus(node.loops, copy.loops);
      if (!reuse.empty()) from = reuse.front();
    }
    live = std::max(live, plan.inner_points(from, &copy.loops));
  }
  // Sums that leave the array at the bottom of its columns grow in the buffer, tile by tile in turn.
  const std::vector<int> summed = minus(producer.loops, copy.loops);
  if (!summed.empty() && sums_in_buffer(plan, producer)) {
    live = std::max(live, plan.inner_points(summed.front(), &copy.loops));
  }
  return copy.staged ? plan.inner_points(plan.block_begin, &copy.loops) : live;
}

std::int64_t buffer_demand(const Plan& plan) {
  std::int64_t bytes = 0;
  for (const Copy& copy : plan.copies) {
    if (copy.place != Place::kBuffer || (copy.in_place_of >= 0 && !copy.kept)) continue;
    bytes += reserved_tiles(plan, copy) * tile_bytes(plan, copy);
  }
  return bytes;
}

Group resolve_sizes(const workloads::Cascade& cascade, const workloads::Workload& workload,
                    const arch::Architecture& architecture, const Mapping& mapping, const Group& group) {
  Group resolved = group;
  for (const auto& entry : group.tile) {
    const std::string& name = entry.first;
    if (entry.second.rule != TileSize::Rule::kFitBuffer) continue;
    const auto fits = [&](std::int64_t number) {
      std::vector<std::string> ignored;
      const Group trial = with_size(resolved, name, number);
      Plan plan = mapping::bind(cascade, workload, architecture, mapping, trial, ignored);
      place_copies(plan);
      std::int64_t registers = kOperandRegisters;
      for (const Copy& copy : plan.copies) registers += sum_registers(plan, copy);
      return buffer_demand(plan) <= plan.limit_bytes() && registers <= architecture.array_2d.registers_per_pe;
    };
    std::vector<std::string> ignored;
    const std::string rank = name.substr(0, name.size() - 1);
    const Plan whole = mapping::bind(cascade, workload, architecture, mapping, with_size(resolved, name, 1), ignored);
    const Dim& dim = whole.dims.at(rank);
    std::int64_t number = 1;
    if (name.back() == '0') {
      while (number * 2 <= architecture.array_1d.lanes && number < dim.extent && fits(number * 2)) number *= 2;
    } else {
      std::int64_t low = 1;
      const std::int64_t most = entry.second.number;
      std::int64_t high = most > 0 ? std::min(most, dim.tiles) : dim.tiles;
      while (low < high) {
        const std::int64_t middle = high - (high - low) / 2;
        if (fits(middle)) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      number = low;
      while (dim.tiles % number != 0) --number;
      if (2 * number < low) {
        const std::int64_t blocks = (dim.tiles + low - 1) / low;
        number = (dim.tiles + blocks - 1) / blocks;
      }
    }
    resolved.tile[name] = {TileSize::Rule::kNumber, number};
  }
  for (auto& [name, size] : resolved.tile) {
    if (size.rule == TileSize::Rule::kAll) size = {TileSize::Rule::kNumber, std::int64_t{1} << 62};
  }
  return resolved;
}

}  // namespace attnsim::mapping
