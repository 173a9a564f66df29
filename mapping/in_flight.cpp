// Which tiles are alive at once under an order.
#include <algorithm>

#include "mapping/order.h"
#include "mapping/storage.h"

namespace attnsim::mapping {

namespace {

const Node& node_at(const Plan& plan, int index) { return plan.nodes[static_cast<std::size_t>(index)]; }

// Loops through all of which a reader holds a tile: those that it runs through and the tile does not, and those in
// which the tile is made at the first turn and read at the last.
std::vector<int> held_over(const Copy& copy, const Node& made, const Node& read) {
  std::vector<int> loops = minus(read.loops, copy.loops);
  const auto has = [](const Node& node, int loop, Condition::Kind kind) {
    return std::any_of(node.guard.begin(), node.guard.end(),
                       [&](const Condition& condition) { return condition.loop == loop && condition.kind == kind; });
  };
  for (const Condition& condition : made.guard) {
    const int loop = condition.loop;
    const bool held = has(made, loop, Condition::Kind::kFirst) && has(read, loop, Condition::Kind::kLast);
    if (held && std::find(copy.loops.begin(), copy.loops.end(), loop) == copy.loops.end()) loops.push_back(loop);
  }
  std::sort(loops.begin(), loops.end());
  loops.erase(std::unique(loops.begin(), loops.end()), loops.end());
  return loops;
}

}  // namespace

std::vector<int> readers_on(const Plan& plan, const Order& order, const Copy& copy, int unit) {
  std::vector<int> readers;
  for (const Reader& reader : copy.readers) {
    if (!reader.carried && node_at(plan, reader.node).unit == unit) readers.push_back(reader.node);
  }
  std::stable_sort(readers.begin(), readers.end(), [&](int a, int b) { return order.before(plan, a, b); });
  return readers;
}

std::int64_t tiles_in_flight(const Plan& plan, const Order& order, const Copy& copy, int producer, int reader) {
  const Node& made = node_at(plan, producer);
  const Node& read = node_at(plan, reader);
  const std::int64_t lag = std::max<std::int64_t>(
      0, order.lag[static_cast<std::size_t>(reader)] - order.lag[static_cast<std::size_t>(producer)]);
  const std::vector<int> reuse = held_over(copy, made, read);
  if (made.pass == read.pass && reuse.empty() && plan.passes == 1) return lag + 1;
  if (made.pass == read.pass && !reuse.empty()) {
    std::int64_t most = 1;
    for (const Plan::Trips trips : {Plan::Trips::kLargest, Plan::Trips::kSmallest}) {
      // A masked loop's instances differ: as many tiles as the longest has, for as few points as the shortest.
      const std::int64_t tiles =
          plan.inner_points(reuse.front(), &copy.loops, plan.masked_outer < 0 ? trips : Plan::Trips::kLargest);
      const std::int64_t epochs = plan.inner_points(reuse.front(), nullptr, trips);
      most = std::max(most, tiles + tiles * (lag / epochs) + std::min(tiles, lag % epochs));
    }
    return most;
  }
  // Every block makes `tiles` in one pass and frees them in this or a later one, a tile an epoch; count at the
  // breakpoints.
  const std::int64_t tiles = plan.inner_points(plan.pass_loop + 1);
  if (plan.masked_outer >= 0) {
    // Blocks differ: one block, and what the next ones make in one of their passes before the lag is over.
    const std::int64_t most = std::min(tiles + lag + 1, 2 * tiles + lag / plan.passes + 1);
    const std::int64_t own = plan.inner_points(plan.pass_loop + 1, &copy.loops);
    if (own == tiles) return std::max<std::int64_t>(1, most);
    // Fewer tiles a block: those of as many blocks as the lag meets, where they are as short as any.
    const std::int64_t shortest = plan.inner_points(plan.pass_loop + 1, nullptr, Plan::Trips::kSmallest);
    const std::int64_t blocks = 1 + (lag + (read.pass - made.pass + 1) * shortest - 1) / (plan.passes * shortest);
    return std::max<std::int64_t>(1, std::min(most, own * blocks));
  }
  const std::int64_t period = tiles * plan.passes;
  if (sums_in_buffer(plan, made) && made.unit == read.unit) {
    // A sum that grows in its slot takes it from its first point on, and on one unit no token keeps the next one out.
    const std::int64_t held = lag + (read.pass - made.pass + 1) * tiles - 1;
    return (1 + held / period) * plan.inner_points(plan.pass_loop + 1, &copy.loops);
  }
  const std::int64_t make = made.pass * tiles;
  const std::int64_t free = read.pass * tiles + lag;
  const auto done = [&](std::int64_t epoch, std::int64_t first) {
    const std::int64_t epochs = std::max<std::int64_t>(0, epoch - first + 1);
    return tiles * (epochs / period) + std::min(tiles, epochs % period);
  };
  std::int64_t most = 1;
  for (std::int64_t block = 0; block <= lag / period + 3; ++block) {
    for (const std::int64_t first : {make, free}) {
      for (const std::int64_t at : {first, first + tiles - 1, first + tiles}) {
        const std::int64_t epoch = block * period + at;
        most = std::max(most, done(epoch, make) - done(epoch - 1, free));
      }
    }
  }
  // A part of the pass's loops may lie outside the copy: one tile of it is then made by several, and is there with the
  // first of those that are counted.
  const std::int64_t own = plan.inner_points(plan.pass_loop + 1, &copy.loops);
  return std::max<std::int64_t>(1, (most * own + tiles - 1) / tiles);
}

std::int64_t bytes_in_flight(const Plan& plan, const Order& order) {
  std::int64_t bytes = 0;
  for (const Copy& copy : plan.copies) {
    if (copy.place != Place::kBuffer || copy.in_place_of >= 0) continue;
    std::int64_t tiles = reserved_tiles(plan, copy);
    const int index = static_cast<int>(&copy - plan.copies.data());
    for (const Reader& reader : plan.copies[static_cast<std::size_t>(chain_end(plan, index))].readers) {
      if (!reader.carried) tiles = std::max(tiles, tiles_in_flight(plan, order, copy, copy.producer, reader.node));
    }
    bytes += tiles * tile_bytes(plan, copy);
  }
  return bytes;
}

}  // namespace attnsim::mapping
