// Writes an ordered plan down as a block of the Program: instructions, channels, guards, tails.
#include "mapping/emit.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/cost.h"
#include "mapping/mask.h"
#include "mapping/storage.h"

namespace attnsim::mapping {
namespace {

using Kind = Condition::Kind;

class Emitter {
 public:
  Emitter(const Plan& plan, const Order& order, std::vector<std::string>& problems)
      : plan_(plan),
        order_(order),
        problems_(problems),
        spare_bytes_(plan.limit_bytes() - bytes_in_flight(plan, order)),
        missing_bytes_(plan.group->spill ? 0 : std::max<std::int64_t>(0, -spare_bytes_)),
        slots_(plan.copies.size(), 0) {}

  Emitted run() {
    for (const std::string& einsum : plan_.group->einsums) block_.name += (block_.name.empty() ? "" : " ") + einsum;
    block_.loops = plan_.loops;
    for (const int node : order_.sequence) {
      instruction_of_[node] = block_.instructions.size();
      block_.instructions.push_back(instruction(node));
    }
    for (std::size_t copy = 0; copy < plan_.copies.size(); ++copy) {
      add_value_channels(plan_.copies[copy]);
      if (plan_.copies[copy].in_place_of < 0) add_slots(static_cast<int>(copy));
    }
    if (plan_.group->barrier) add_barriers();
    mask_guards();
    check_registers();
    return {std::move(block_), missing_bytes_, std::move(register_problems_), std::move(slots_)};
  }

 private:
  const Node& node(int index) const { return plan_.nodes[static_cast<std::size_t>(index)]; }
  Instruction& at(int index) { return block_.instructions[instruction_of_.at(index)]; }

  Instruction instruction(int index) {
    const Node& source = node(index);
    Instruction result;
    result.name = source.name;
    result.einsum = source.einsum ? source.name : "";
    result.unit = source.unit;
    result.lag = order_.lag[static_cast<std::size_t>(index)];
    result.tensor_product = is_tensor_product(source);
    result.guard = source.guard;
    result.work = work_of(plan_, source, {}, problems_);
    if (source.masking == Node::Masking::kEveryTile) add_masking(plan_, source, {}, result.work);
    add_tails(source, result);
    return result;
  }

  // One tail for each combination of ranks whose last tile is part-filled and of a cut by the predicate, the largest
  // combination first.
  void add_tails(const Node& source, Instruction& result) {
    std::vector<std::pair<std::string, Guard>> reasons;  // a rank, or "" for the cut
    if (source.masking == Node::Masking::kPartialTiles) {
      const int loop = plan_.masked_inner >= 0 ? plan_.masked_inner : plan_.masked_outer;
      reasons.push_back({"", {{loop, Kind::kMarked, kPartialTile}}});
    }
    for (const std::string& rank : source.dims) {
      const Dim& dim = plan_.dims.at(rank);
      if (dim.last == dim.tile || dim.loop < 0) continue;
      Guard last{{dim.loop, Kind::kLast, 0}};
      if (dim.outer_loop >= 0) last.push_back({dim.outer_loop, Kind::kLast, 0});
      if (is_masked(plan_, dim.loop)) last = {{dim.loop, Kind::kMarked, kPartFilled}};
      reasons.emplace_back(rank, last);
    }
    for (std::size_t size = reasons.size(); size >= 1; --size) {
      for (std::size_t bits = 1; bits < (std::size_t{1} << reasons.size()); ++bits) {
        if (static_cast<std::size_t>(__builtin_popcountll(bits)) != size) continue;
        Tail tail;
        std::vector<std::string> tails;
        for (std::size_t reason = 0; reason < reasons.size(); ++reason) {
          if ((bits >> reason & 1) == 0) continue;
          tails.push_back(reasons[reason].first);
          tail.guard = join(tail.guard, reasons[reason].second);
        }
        tail.work = work_of(plan_, source, tails, problems_);
        if (source.masking == Node::Masking::kEveryTile || contains(tails, "")) {
          add_masking(plan_, source, tails, tail.work);
        }
        result.tails.push_back(tail);
      }
    }
  }

  // Guards were made as if all tiles were visited.
  void mask_guards() {
    for (Instruction& instruction : block_.instructions) {
      instruction.guard = masked(plan_, std::move(instruction.guard));
      for (Wait& wait : instruction.waits) wait.guard = masked(plan_, std::move(wait.guard));
      for (Post& post : instruction.posts) post.guard = masked(plan_, std::move(post.guard));
    }
  }

  int add_channel(const std::string& name, int to_unit, std::int64_t latency_cycles, std::int64_t tokens) {
    block_.channels.push_back({name, to_unit, latency_cycles, tokens});
    return static_cast<int>(block_.channels.size()) - 1;
  }

  // Loops over which a producer makes tiles that this reader does not take: only the last one counts.
  Guard unread(const Copy& copy, int reader) const {
    return all_of(minus(copy.loops, node(reader).loops), Kind::kLast);
  }

  void add_value_channels(const Copy& copy) {
    for (int unit = kDram; unit < kUnits; ++unit) {
      const auto readers = readers_on(plan_, order_, copy, unit);
      if (readers.empty()) continue;
      const Node& producer = node(copy.producer);
      const int first = readers.front();
      const std::int64_t cycles = latency(plan_, producer, node(first));
      if (producer.unit == unit && cycles == 0) continue;
      const int channel = add_channel(fmt::format("{} -> {}", producer.name, node(first).name), unit, cycles, 0);
      Post post{channel, join(all_of(minus(producer.loops, copy.loops), Kind::kLast), unread(copy, first)),
                Post::kAtEnd};
      Instruction& made = at(copy.producer);
      post.offset = stream_offset(plan_, producer, made.work.duration, at(first).work.duration);
      for (const Tail& tail : made.tails) post.offset = std::min(post.offset, tail.work.duration);
      made.posts.push_back(post);
      at(first).waits.push_back(
          {channel, join(all_of(minus(node(first).loops, copy.loops), Kind::kFirst), unread(copy, first))});
    }
    for (const Reader& reader : copy.readers) {
      if (!reader.carried || node(reader.node).unit == node(copy.producer).unit) continue;
      const int unit = node(reader.node).unit;
      // The first step's reads find first values; what is made in it overwrites none that is still to be read.
      const std::int64_t reads = plan_.inner_points(plan_.iterate_loop + 1, &node(reader.node).loops);
      const std::int64_t tokens = std::min(reads, plan_.carried_distance());
      const Node& producer = node(copy.producer);
      const int channel = add_channel(fmt::format("{} -> next {}", producer.name, node(reader.node).name), unit,
                                      latency(plan_, producer, node(reader.node)), tokens);
      at(copy.producer).posts.push_back({channel, {}, Post::kAtEnd});
      at(reader.node).waits.push_back({channel, {}});
      const int place = add_channel("slots of " + copy.tensor, producer.unit, 0, tokens);
      at(reader.node).posts.push_back({place, {}, Post::kAtEnd});
      at(copy.producer).waits.push_back({place, {}});
    }
  }

  // The tiles of a copy's pool: taken by its producer (when a sum is complete and leaves the PEs), given back by the
  // last readers of the chain that it heads.
  void add_slots(int head) {
    const Copy& copy = plan_.copies[static_cast<std::size_t>(head)];
    const Copy& last = plan_.copies[static_cast<std::size_t>(chain_end(plan_, head))];
    const Node& producer = node(copy.producer);
    std::int64_t tiles = 1;
    for (const Reader& reader : last.readers) {
      if (!reader.carried) tiles = std::max(tiles, tiles_in_flight(plan_, order_, copy, copy.producer, reader.node));
    }
    const std::int64_t slots = grant(copy, tiles);
    slots_[static_cast<std::size_t>(head)] = slots;
    for (int unit = kDram; unit < kUnits; ++unit) {
      const auto readers = readers_on(plan_, order_, last, unit);
      if (readers.empty() || unit == producer.unit) continue;
      const int channel = add_channel("slots of " + copy.tensor, producer.unit, 0, slots);
      const int reader = readers.back();
      const Kind when = sums_in_buffer(plan_, producer) ? Kind::kFirst : Kind::kLast;
      at(copy.producer)
          .waits.push_back({channel, join(all_of(minus(producer.loops, copy.loops), when), unread(copy, reader))});
      at(reader).posts.push_back(
          {channel, join(all_of(minus(node(reader).loops, copy.loops), Kind::kLast), unread(copy, reader)),
           Post::kAtEnd});
    }
    count_registers(copy, producer, slots);
  }

  // Slots of a pool. Buffer pools keep to what the plan reserves and what is left over; register pools take what the
  // order needs and, where another unit frees them, one more so that neither waits for the other's pace.
  std::int64_t grant(const Copy& copy, std::int64_t tiles) {
    if (copy.place != Place::kBuffer || copy.state) {
      const bool crosses = std::any_of(copy.readers.begin(), copy.readers.end(), [&](const Reader& reader) {
        return node(reader.node).unit != node(copy.producer).unit;
      });
      return crosses && !plan_.group->look_ahead ? tiles + 1 : tiles;
    }
    const std::int64_t needed = std::max(tiles, reserved_tiles(plan_, copy));
    if (plan_.group->spill) return needed;
    const std::int64_t extra = std::clamp<std::int64_t>(spare_bytes_ / tile_bytes(plan_, copy), 0, burst(copy));
    spare_bytes_ -= extra * tile_bytes(plan_, copy);
    return needed + extra;
  }

  // More tiles that help where there is room. Loads come in bursts where a block begins: the next block's may come
  // early. Sums that take turns in the PEs are complete one right after another: all of them may wait for the DRAM.
  std::int64_t burst(const Copy& copy) const {
    const Node& producer = node(copy.producer);
    if (producer.kind == Node::Kind::kLoad) return std::max<std::int64_t>(2, live_tiles(plan_, copy));
    if (!is_sum_over_loops(plan_, producer)) return 1;
    return plan_.inner_points(minus(producer.loops, copy.loops).front(), &copy.loops);
  }

  // Slots of a pool less the tiles that are always on their way from one array to the other: those are in the links'
  // registers, a hop further each cycle.
  std::int64_t landed(const Copy& copy, std::int64_t slots, int unit) const {
    const Node& producer = node(copy.producer);
    if (producer.unit == unit || producer.unit == kDram) return slots;
    const std::int64_t interval = order_.interval[static_cast<std::size_t>(producer.pass)];
    std::int64_t on_the_way = slots - 1;
    for (const Reader& reader : copy.readers) {
      if (node(reader.node).unit != unit || reader.carried) continue;
      on_the_way = std::min(on_the_way, latency(plan_, producer, node(reader.node)) / interval);
    }
    return slots - on_the_way;
  }

  void count_registers(const Copy& copy, const Node& producer, std::int64_t slots) {
    const bool broadcast = producer.unit == kArray1d &&
                           std::any_of(copy.readers.begin(), copy.readers.end(),
                                       [&](const Reader& reader) { return node(reader.node).unit == kArray2d; });
    const std::int64_t words = tile_registers(plan_, copy);
    if (copy.place == Place::kPe || (broadcast && copy.state))
      pe_registers_[copy.tensor] += words * landed(copy, slots, kArray2d);
    if (copy.place == Place::kLane) lane_registers_[copy.tensor] += words * landed(copy, slots, kArray1d);
    pe_registers_[copy.tensor] += sum_registers(plan_, copy);
  }

  void add_barriers() {
    for (const int sink : tile_sinks(plan_)) {
      for (const int source : tile_sources(plan_)) {
        // What the array computes is done when its last PE is.
        const std::int64_t cycles = node(sink).unit == kArray2d ? plan_.architecture->skew_cycles() : 0;
        if (node(sink).unit == node(source).unit && cycles == 0) continue;
        const int channel =
            add_channel(fmt::format("{} done -> {}", node(sink).name, node(source).name), node(source).unit, cycles, 1);
        at(sink).posts.push_back({channel, {}, Post::kAtEnd});
        at(source).waits.push_back({channel, {}});
      }
    }
  }

  void check_registers() {
    const auto check = [&](const char* what, const std::map<std::string, std::int64_t>& of, std::int64_t there) {
      std::int64_t needed = kOperandRegisters;
      std::vector<std::string> most;
      for (const auto& [tensor, registers] : of) {
        needed += registers;
        if (registers * 8 >= there) most.push_back(fmt::format("{} {}", tensor, registers));
      }
      if (needed <= there) return;
      register_problems_.push_back(
          fmt::format("does not fit: {} registers a {}, {} there ({})", needed, what, there, fmt::join(most, ", ")));
    };
    check("PE", pe_registers_, plan_.architecture->array_2d.registers_per_pe);
    check("lane", lane_registers_, plan_.architecture->array_1d.registers_per_lane);
  }

  const Plan& plan_;
  const Order& order_;
  std::vector<std::string>& problems_;
  std::int64_t spare_bytes_ = 0;
  std::int64_t missing_bytes_ = 0;
  std::vector<std::string> register_problems_;
  std::vector<std::int64_t> slots_;
  std::map<std::string, std::int64_t> pe_registers_;  // of each tensor that is there
  std::map<std::string, std::int64_t> lane_registers_;
  Block block_;
  std::map<int, std::size_t> instruction_of_;
};

}  // namespace

Emitted emit(const Plan& plan, const Order& order, std::vector<std::string>& problems) {
  return Emitter(plan, order, problems).run();
}

}  // namespace attnsim::mapping
