// A tile's place in DRAM and in the banks as two nested counts.
#include "rtl/bridge/transfer.h"

#include <vector>

namespace attnsim::rtl {
namespace {

using mapping::Access;

std::size_t head_of(const mapping::Dataflow& dataflow, const Point& point) {
  std::int64_t batch = 0;
  std::int64_t head = 0;
  std::int64_t heads = 1;
  for (std::size_t loop = 0; loop < dataflow.loops.size(); ++loop) {
    const std::string& name = dataflow.loops[loop].name;
    if (name == "batch") batch = point[loop];
    if (name != "head" && name != "kv_head") continue;
    head = point[loop];
    heads = dataflow.loops[loop].extent;
  }
  return static_cast<std::size_t>(batch * heads + head);
}

// What a unit takes is loaded into one memory; what leaves comes from the PEs or the lanes that made it.
Memory memory_of(const EncoderInputs& in, const StorageMap& storage, const Access& access, bool store) {
  std::vector<Memory> places;
  for (const Memory place : {Memory::kPe, Memory::kTop, Memory::kLeft, Memory::kLane}) {
    if (storage.is_in(access, place)) places.push_back(place);
  }
  if (store) {
    if (!places.empty() && (places.front() == Memory::kPe || places.back() == Memory::kLane))
      return places.front() == Memory::kPe ? Memory::kPe : Memory::kLane;
    refuse(in.mapping_name, "stores from a unit that does not make " + access.tensor);
  }
  if (places.size() > 1) refuse(in.mapping_name, "several units take what is loaded of " + access.tensor);
  if (places.empty() || places.front() == Memory::kPe)
    refuse(in.mapping_name, "brings what no PE takes, " + access.tensor);
  return places.front();
}

}  // namespace

DmaInstruction encode_transfer(const EncoderInputs& in, const StorageMap& storage, const mapping::Action& action,
                               const Point& point, const Tokens& tokens) {
  DmaInstruction code;
  code.tokens = tokens;
  code.store = action.kind == mapping::Node::Kind::kStore;
  const Access& access = code.store ? action.reads.front() : *action.write;
  const bool view = !access.indices.empty();
  if (view) refuse(in.mapping_name, "a read of " + access.tensor + " by indices");
  const Memory memory = memory_of(in, storage, access, code.store);
  code.array = memory == Memory::kTop || memory == Memory::kPe;
  code.lane = !code.store && memory == Memory::kLane;
  code.address = storage.address(access, memory, point);
  const std::string bank = storage.bank_rank(access.pool, memory);
  const DramMap::Entry& tensor = in.dram.at(head_of(in.dataflow, point), access.tensor);
  const std::vector<Span> spans = storage.spans(access, point);
  std::int64_t first = tensor.base;
  std::vector<const Span*> wide;  // the bank's rank, and one more with several elements
  for (const Span& span : spans) {
    first += span.begin * tensor.strides.at(span.rank);
    if (span.rank == bank || span.size > 1) wide.push_back(&span);
  }
  if (wide.size() > 2) refuse(in.mapping_name, "a tile of " + access.tensor + " has more than two ranks");
  code.dram = static_cast<std::uint32_t>(first);
  if (wide.empty()) return code;
  code.bank_is_outer = wide.front()->rank == bank;
  code.outer = static_cast<std::uint16_t>(wide.front()->size);
  code.dram_outer = static_cast<std::uint32_t>(tensor.strides.at(wide.front()->rank));
  if (wide.size() == 2) {
    code.inner = static_cast<std::uint16_t>(wide.back()->size);
    code.dram_inner = static_cast<std::uint32_t>(tensor.strides.at(wide.back()->rank));
  }
  return code;
}

}  // namespace attnsim::rtl
