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

const Span* span_of(const std::vector<Span>& spans, const std::string& rank) {
  const auto found = std::find_if(spans.begin(), spans.end(), [&](const Span& span) { return span.rank == rank; });
  return found == spans.end() ? nullptr : &*found;
}

StorageMap::StorageMap(const mapping::Block& block, const mapping::Dataflow& dataflow, const std::string& mapping_name,
                       std::int64_t size)
    : dataflow_(dataflow), where_(mapping_name), size_(size) {
  find_places();
  take_slots(block);
  allocate();
}

void StorageMap::place(int pool, Memory memory, const std::string& bank_rank, const Access& access) {
  std::int64_t words = 1;
  uses_.insert({access.tensor, memory});
  for (const std::string& rank : declared(dataflow_, access)) {
    const std::int64_t elements = dataflow_.dims.at(rank).tile;
    if (rank == bank_rank && elements > size_) {
      throw common::InputError(
          {where_, 0, ""}, fmt::format("the rtl engine spreads {} of {} over {}, of which there are {}; take smaller "
                                       "tiles or --engine systemc",
                                       rank, access.tensor, memory_name(memory), size_));
    }
    if (rank == bank_rank || memory == Memory::kPe) continue;
    words *= elements;
  }
  Place& known = places_.try_emplace({pool, memory}, Place{bank_rank, words, 0}).first->second;
  if (known.bank_rank != bank_rank) {
    throw common::InputError({where_, 0, ""},
                             fmt::format("the rtl engine keeps {} once in {}; Einsums spread both {} and {} over them",
                                         access.tensor, memory_name(memory), known.bank_rank, bank_rank));
  }
  known.tile_words = std::max(known.tile_words, words);
}

bool StorageMap::is_read_on(int unit, const Access& access) const {
  return std::any_of(dataflow_.actions.begin(), dataflow_.actions.end(), [&](const Action& action) {
    return action.unit == unit && std::any_of(action.reads.begin(), action.reads.end(),
                                              [&](const Access& read) { return read.tensor == access.tensor; });
  });
}

void StorageMap::place_2d(const Action& action) {
  const auto ranks_of = [&](const Access& access) { return declared(dataflow_, access); };
  const bool makes_rows = contains(ranks_of(*action.write), action.rows);
  for (const Access& access : action.reads) {
    const auto ranks = ranks_of(access);
    const bool rows = contains(ranks, action.rows);
    const bool columns = contains(ranks, action.columns);
    if (rows && columns) {
      place(access.pool, Memory::kPe, action.rows, access);
    } else if (rows || (!columns && !makes_rows)) {
      place(access.pool, Memory::kLeft, action.rows, access);
    } else {
      place(access.pool, Memory::kTop, action.columns, access);
    }
  }
  const Access& made = *action.write;
  const bool to_lanes = is_read_on(mapping::kArray1d, made);
  const bool stays = is_read_on(mapping::kArray2d, made) || is_read_on(mapping::kDram, made);
  if (makes_rows && (stays || !to_lanes)) place(made.pool, Memory::kPe, action.rows, made);
  if (!makes_rows || to_lanes) place(made.pool, Memory::kLane, action.columns, made);
}

void StorageMap::find_places() {
  for (const Action& action : dataflow_.actions) {
    if (action.kind != Kind::kEinsum) continue;
    if (action.unit == mapping::kArray2d) {
      place_2d(action);
      continue;
    }
    const std::string rank = lane_rank(action);
    for (const Access& read : action.reads) place(read.pool, Memory::kLane, rank, read);
    place(action.write->pool, Memory::kLane, rank, *action.write);
  }
}

std::string StorageMap::lane_rank(const Action& action) const {
  // Ranks after one that fills the lanes are walked in turn.
  std::string wide;
  for (const std::string& rank : action.lanes) {
    const std::int64_t elements = dataflow_.dims.at(rank).tile;
    if (!wide.empty() && size_ / std::min(size_, dataflow_.dims.at(wide).tile) > 1 && elements > 1) {
      throw common::InputError({where_, 0, ""}, fmt::format("the rtl engine spreads one rank over the lanes; {} has {}",
                                                            action.einsum->name, action.lanes.size()));
    }
    if (wide.empty()) wide = rank;
  }
  return wide;
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
  lane_words_ = used[Memory::kLane];
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

std::uint16_t StorageMap::take_lane_words(const Access& access) {
  const std::int64_t words = places_.at({access.pool, Memory::kLane}).tile_words;
  const auto free = free_lane_words_.find(words);
  if (free != free_lane_words_.end()) return free_lane_words_.extract(free).mapped();
  const std::int64_t place = lane_words_;
  lane_words_ += words;
  if (lane_words_ > kBankWords) {
    throw common::InputError({where_, 0, ""},
                             fmt::format("sums on their way and tiles take more than the {} words of a "
                                         "lane's bank of the RTL; take smaller tiles or another --engine",
                                         kBankWords));
  }
  return static_cast<std::uint16_t>(place);
}

void StorageMap::free_lane_words(const Access& access, std::uint16_t place) {
  free_lane_words_.emplace(places_.at({access.pool, Memory::kLane}).tile_words, place);
}

bool StorageMap::is_in(const Access& access, Memory memory) const { return uses_.contains({access.tensor, memory}); }

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

std::uint16_t StorageMap::stride(const Access& access, Memory memory, const std::string& rank) const {
  const std::string& bank = places_.at({access.pool, memory}).bank_rank;
  const auto ranks = declared(dataflow_, access);
  if (!contains(ranks, rank) || rank == bank) return 0;
  std::int64_t words = 1;
  for (auto later = ranks.rbegin(); *later != rank; ++later) {
    if (*later != bank) words *= dataflow_.dims.at(*later).tile;
  }
  return static_cast<std::uint16_t>(words);
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
