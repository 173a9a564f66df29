// Places, slots and addresses.
#include "rtl/bridge/storage_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "mapping/cursor.h"
#include "rtl/bridge/microcode.h"

namespace attnsim::rtl {

using mapping::Access;
using mapping::Action;
using Kind = mapping::Node::Kind;

namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<std::string> declared(const mapping::Dataflow& dataflow, const Access& access) {
  std::vector<std::string> result;
  for (const std::string& part : access.ranks) {
    const std::string rank = dataflow.cascade->base_rank(part);
    if (!contains(result, rank)) result.push_back(rank);
  }
  return result;
}

std::string memory_name(Memory memory) {
  switch (memory) {
    case Memory::kLeft:
      return "the left banks";
    case Memory::kTop:
      return "the top banks";
    case Memory::kPe:
      return "the PEs' registers";
    case Memory::kLane:
      return "the lanes' banks";
  }
  return "";
}

}  // namespace

StorageMap::StorageMap(const mapping::Block& block, const mapping::Dataflow& dataflow, const std::string& mapping_name)
    : dataflow_(dataflow), where_(mapping_name) {
  find_places();
  take_slots(block);
  allocate();
}

void StorageMap::place(int pool, Memory memory, const std::string& bank_rank, const Access& access) {
  std::int64_t words = 1;
  for (const std::string& rank : declared(dataflow_, access)) {
    if (rank == bank_rank || (memory == Memory::kPe)) continue;
    words *= dataflow_.dims.at(rank).tile;
  }
  Place& known = places_.try_emplace({pool, memory}, Place{bank_rank, words, 0}).first->second;
  if (known.bank_rank != bank_rank) {
    throw common::InputError({where_, 0, ""},
                             fmt::format("the rtl engine keeps {} once in {}; Einsums spread both {} and {} over them",
                                         access.tensor, memory_name(memory), known.bank_rank, bank_rank));
  }
  known.tile_words = std::max(known.tile_words, words);
}

void StorageMap::find_places() {
  const auto on_2d = [&](const Action& action, const Access& access) {
    const auto ranks = declared(dataflow_, access);
    const bool rows = contains(ranks, action.rows);
    const bool columns = contains(ranks, action.columns);
    if (rows && columns) {
      place(access.pool, Memory::kPe, action.rows, access);
    } else if (rows) {
      place(access.pool, Memory::kLeft, action.rows, access);
    } else {
      place(access.pool, Memory::kTop, action.columns, access);
    }
  };
  for (const Action& action : dataflow_.actions) {
    if (action.kind != Kind::kEinsum) continue;
    if (action.unit == mapping::kArray2d) {
      for (const Access& read : action.reads) on_2d(action, read);
      const auto ranks = declared(dataflow_, *action.write);
      if (contains(ranks, action.rows)) {
        place(action.write->pool, Memory::kPe, action.rows, *action.write);
      } else {
        place(action.write->pool, Memory::kLane, action.columns, *action.write);
      }
      continue;
    }
    if (action.lanes.size() != 1) {
      throw common::InputError({where_, 0, ""}, fmt::format("the rtl engine spreads one rank over the lanes; {} has {}",
                                                            action.einsum->name, action.lanes.size()));
    }
    for (const Access& read : action.reads) place(read.pool, Memory::kLane, action.lanes.front(), read);
    place(action.write->pool, Memory::kLane, action.lanes.front(), *action.write);
  }
}

Point StorageMap::tag(const Access& access, const Point& point) const {
  Point result;
  for (const int loop : access.loops) result.push_back(point[static_cast<std::size_t>(loop)]);
  return result;
}

Point StorageMap::tag_of_state(const Access& access, const Point& point) const {
  const mapping::Dim& dim = dataflow_.dims.at(dataflow_.cascade->base_rank(*dataflow_.cascade->iterate));
  Point result;
  for (const int loop : access.loops) {
    if (loop != dim.loop && loop != dim.outer_loop) result.push_back(point[static_cast<std::size_t>(loop)]);
  }
  return result;
}

Point StorageMap::state_of(const Access& access, const Point& point) const {
  return dataflow_.pools[static_cast<std::size_t>(access.pool)].carried ? tag_of_state(access, point) : Point();
}

std::int64_t StorageMap::step_at(const Point& point) const {
  return dataflow_.tile_at(dataflow_.cascade->base_rank(*dataflow_.cascade->iterate), point);
}

// Every pool has one writer that brings new tiles, whose order within its unit is that of the epochs.
void StorageMap::take_slots(const mapping::Block& block) {
  for (mapping::Cursor cursor(block.loops); !cursor.done(); cursor.advance()) {
    const Point point = cursor.tiles();
    for (std::size_t i = 0; i < dataflow_.actions.size(); ++i) {
      const Action& action = dataflow_.actions[i];
      if (!action.write || !cursor.holds(block.instructions[i].guard)) continue;
      const Access& write = *action.write;
      const Point state = state_of(write, point);
      const auto key = std::pair(write.pool, state);
      if (groups_.try_emplace(key, groups_of_[write.pool]).second) ++groups_of_[write.pool];
      const auto made = slot_of_.try_emplace(std::pair(write.pool, tag(write, point)), 0);
      if (made.second) {
        const std::int64_t slots =
            std::max<std::int64_t>(1, dataflow_.pools[static_cast<std::size_t>(write.pool)].slots);
        made.first->second = groups_.at(key) * slots + taken_[key]++ % slots;
      }
      if (action.einsum != nullptr && action.einsum->output.next) steps_[key][step_at(point)] = tag(write, point);
    }
  }
}

void StorageMap::allocate() {
  std::map<Memory, std::int64_t> used;
  for (auto& [key, place] : places_) {
    const auto& [pool, memory] = key;
    place.base = used[memory];
    const std::int64_t slots = std::max<std::int64_t>(1, dataflow_.pools[static_cast<std::size_t>(pool)].slots);
    used[memory] += place.tile_words * slots * std::max<std::int64_t>(1, groups_of_[pool]);
  }
  for (std::int64_t place = used[Memory::kPe]; place < kPeRegisters; ++place)
    free_.insert(static_cast<std::uint8_t>(place));
  for (const auto& [memory, words] : used) {
    const std::int64_t limit = memory == Memory::kPe ? kPeRegisters : kBankWords;
    if (words <= limit) continue;
    throw common::InputError({where_, 0, ""},
                             fmt::format("tiles take {} words of each of {}, which have {} in the RTL; "
                                         "take smaller tiles or another --engine",
                                         words, memory_name(memory), limit));
  }
}

std::uint8_t StorageMap::take_register() {
  if (free_.empty()) {
    throw common::InputError(
        {where_, 0, ""}, fmt::format("sums on their way and tiles take more than the {} registers of a PE of the RTL; "
                                     "take a smaller block or another --engine",
                                     kPeRegisters));
  }
  return free_.extract(free_.begin()).value();
}

bool StorageMap::is_in(const Access& access, Memory memory) const { return places_.count({access.pool, memory}) != 0; }

bool StorageMap::is_start(const Access& access, const Point& point) const {
  if (!access.carried) return false;
  bool found = false;
  tag_before(access, point, found);
  return !found;
}

const Point& StorageMap::tag_before(const Access& access, const Point& point, bool& found) const {
  static const Point none;
  found = false;
  const auto steps = steps_.find(std::pair(access.pool, tag_of_state(access, point)));
  if (steps == steps_.end()) return none;
  const auto later = steps->second.lower_bound(step_at(point));
  if (later == steps->second.begin()) return none;
  found = true;
  return std::prev(later)->second;
}

std::int64_t StorageMap::slot(const Access& access, const Point& point) const {
  bool found = false;
  const Point held = access.carried ? tag_before(access, point, found) : tag(access, point);
  return slot_of_.at(std::pair(access.pool, held));
}

std::uint16_t StorageMap::address(const Access& access, Memory memory, const Point& point) const {
  const Place& place = places_.at({access.pool, memory});
  return static_cast<std::uint16_t>(place.base + slot(access, point) * place.tile_words);
}

std::vector<Span> StorageMap::spans(const Access& access, const Point& point) const {
  std::vector<Span> result;
  for (const std::string& rank : declared(dataflow_, access)) {
    const mapping::Dim& dim = dataflow_.dims.at(rank);
    const std::int64_t begin = dataflow_.tile_at(rank, point) * dim.tile;
    result.push_back({rank, begin, std::min(dim.tile, dim.extent - begin)});
  }
  return result;
}

std::string StorageMap::bank_rank(int pool, Memory memory) const { return places_.at({pool, memory}).bank_rank; }

void DramMap::add(std::size_t head, const std::string& tensor, const std::vector<std::string>& ranks,
                  const std::vector<std::int64_t>& extents) {
  if (has(head, tensor)) return;
  Entry entry;
  entry.base = words_;
  entry.words = 1;
  for (std::size_t i = ranks.size(); i-- > 0;) {
    entry.strides[ranks[i]] = entry.words;
    entry.words *= extents[i];
  }
  words_ += entry.words;
  entries_[{head, tensor}] = entry;
}

}  // namespace attnsim::rtl
