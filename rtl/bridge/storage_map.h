// Where tiles lie in the core: which pool in which memory, which slot of it, at which address; and tensors in DRAM.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mapping/dataflow.h"
#include "mapping/program.h"
#include "workloads/instance.h"
#include "workloads/tensor.h"

namespace attnsim::rtl {

using Point = std::vector<std::int64_t>;

// One tile's part of a declared rank.
struct Span {
  std::string rank;
  std::int64_t begin = 0;
  std::int64_t size = 0;  // elements that exist
};

// The span of a rank, or none.
const Span* span_of(const std::vector<Span>& spans, const std::string& rank);

enum class Memory { kLeft, kTop, kPe, kLane };

// Slots follow sim/functional/slots.h: a tile that is new takes the next one of its pool.
class StorageMap {
 public:
  // `size`: rows, columns and lanes. Throws common::InputError where a memory is too small or a pool has no place in
  // the core. Keeps references.
  StorageMap(const mapping::Block& block, const mapping::Dataflow& dataflow, const std::string& mapping_name,
             std::int64_t size);

  // Whether an Einsum takes the tensor from there, or makes it there.
  bool is_in(const mapping::Access& access, Memory memory) const;
  // Address of the slot that holds what an action reads or writes at a point; of PEs the register.
  std::uint16_t address(const mapping::Access& access, Memory memory, const Point& point) const;
  // Whether a carried tile has no step before it, so that its start value stands for it.
  bool is_start(const mapping::Access& access, const Point& point) const;

  // A PE register that no slot takes, for a sum on its way.
  std::uint8_t take_register();
  void free_register(std::uint8_t place) { free_.insert(place); }
  // Words of each lane's bank for the same, of the size of a tile of what is accessed.
  std::uint16_t take_lane_words(const mapping::Access& access);
  void free_lane_words(const mapping::Access& access, std::uint16_t place);

  // Declared ranks of a tensor's tile at a point.
  std::vector<Span> spans(const mapping::Access& access, const Point& point) const;
  // The rank whose elements lie in different banks of a memory.
  std::string bank_rank(int pool, Memory memory) const;
  // From one element of a rank to the next in a tile; 0 where the tile has no such rank.
  std::uint16_t stride(const mapping::Access& access, Memory memory, const std::string& rank) const;
  // The rank that an action spreads over the lanes.
  std::string lane_rank(const mapping::Action& action) const;

 private:
  struct Place {
    std::string bank_rank;
    std::int64_t tile_words = 1;
    std::int64_t base = 0;
  };

  void place(int pool, Memory memory, const std::string& bank_rank, const mapping::Access& access);
  void find_places();
  void place_2d(const mapping::Action& action);
  bool is_read_on(int unit, const mapping::Access& access) const;
  void take_slots(const mapping::Block& block);
  void allocate();
  Point tag(const mapping::Access& access, const Point& point) const;
  Point tag_of_state(const mapping::Access& access, const Point& point) const;
  Point state_of(const mapping::Access& access, const Point& point) const;
  std::int64_t step_at(const Point& point) const;
  std::int64_t slot(const mapping::Access& access, const Point& point) const;
  const Point& tag_before(const mapping::Access& access, const Point& point, bool& found) const;

  const mapping::Dataflow& dataflow_;
  std::string where_;
  std::int64_t size_;
  std::map<std::pair<int, Memory>, Place> places_;
  std::set<std::pair<std::string, Memory>> uses_;                         // by tensor
  std::int64_t lane_words_ = 0;                                           // taken of each lane's bank
  std::multimap<std::int64_t, std::uint16_t> free_lane_words_;            // by size
  std::set<std::uint8_t> free_;                                           // PE registers
  std::map<std::pair<int, Point>, std::int64_t> groups_;                  // by pool and state: numbered for each pool
  std::map<int, std::int64_t> groups_of_;                                 // by pool: how many
  std::map<std::pair<int, Point>, std::int64_t> taken_;                   // by pool and state: tiles so far
  std::map<std::pair<int, Point>, std::int64_t> slot_of_;                 // by pool and tag
  std::map<std::pair<int, Point>, std::map<std::int64_t, Point>> steps_;  // by pool and state: tag of each step
};

// All words of DRAM: each tensor of each head by declared ranks, the last one contiguous.
class DramMap {
 public:
  void add(std::size_t head, const std::string& tensor, const std::vector<std::string>& ranks,
           const std::vector<std::int64_t>& extents);
  struct Entry {
    std::int64_t base = 0;
    std::int64_t words = 0;
    std::map<std::string, std::int64_t> strides;
  };
  const Entry& at(std::size_t head, const std::string& tensor) const { return entries_.at({head, tensor}); }
  bool has(std::size_t head, const std::string& tensor) const { return entries_.count({head, tensor}) != 0; }
  std::int64_t words() const { return words_; }

 private:
  std::map<std::pair<std::size_t, std::string>, Entry> entries_;
  std::int64_t words_ = 0;
};

}  // namespace attnsim::rtl
