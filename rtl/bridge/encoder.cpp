// Walks the epochs as the Program orders them and writes each instruction of each unit out.
#include "rtl/bridge/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "arch/arithmetic/pe.h"
#include "common/error.h"
#include "mapping/cursor.h"
#include "rtl/bridge/einsum_form.h"
#include "sim/functional/masks.h"
#include "workloads/predicate.h"

namespace attnsim::rtl {
namespace {

using mapping::Access;
using mapping::Action;
using workloads::Einsum;
using Kind = mapping::Node::Kind;

class Encoder {
 public:
  explicit Encoder(const EncoderInputs& inputs)
      : in_(inputs), storage_(inputs.block, inputs.dataflow, inputs.mapping_name) {
    for (std::size_t loop = 0; loop < in_.dataflow.loops.size(); ++loop) {
      const std::string& name = in_.dataflow.loops[loop].name;
      if (name == "batch") batch_loop_ = static_cast<int>(loop);
      if (name == "head" || name == "kv_head") head_loop_ = static_cast<int>(loop);
    }
    for (const Action& action : in_.dataflow.actions) {
      forms_.push_back(action.einsum == nullptr ? EinsumForm{} : form_of(in_.instance, action, in_.mapping_name));
    }
    count_terms();
  }

  Microcode run() {
    const mapping::Block& block = in_.block;
    if (block.channels.size() > kChannels)
      refuse(fmt::format("{} channels; the core has {}", block.channels.size(), kChannels));
    for (const mapping::Channel& channel : block.channels) {
      if (channel.latency > 63 || channel.initial_tokens > 0xffff)
        refuse(fmt::format("a latency of {} cycles and {} tokens at the start of {}; the core counts to 63 and 65535",
                           channel.latency, channel.initial_tokens, channel.name));
      code_.channels.push_back(
          {static_cast<std::uint8_t>(channel.latency), static_cast<std::uint16_t>(channel.initial_tokens)});
    }
    std::vector<mapping::Cursor> cursors(block.instructions.size(), mapping::Cursor(block.loops));
    std::int64_t last = mapping::count_points(block.loops);
    std::int64_t most = 0;
    for (const mapping::Instruction& instruction : block.instructions) most = std::max(most, instruction.lag);
    if (last == 0) return std::move(code_);
    for (std::int64_t epoch = 0; epoch < last + most; ++epoch) {
      for (std::size_t i = 0; i < cursors.size(); ++i) {
        mapping::Cursor& cursor = cursors[i];
        if (epoch < block.instructions[i].lag || cursor.done()) continue;
        if (cursor.holds(block.instructions[i].guard)) encode(i, cursor);
        cursor.advance();
      }
    }
    return std::move(code_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw common::InputError({in_.mapping_name, 0, ""},
                             "the rtl engine does not run this: " + what + "; take --engine systemc");
  }

  // Where masks leave out points of a sum over loops, its first and last ones are those that are visited.
  void count_terms() {
    terms_.resize(in_.dataflow.actions.size());
    for (mapping::Cursor cursor(in_.block.loops); !cursor.done(); cursor.advance()) {
      for (std::size_t i = 0; i < in_.dataflow.actions.size(); ++i) {
        const Action& action = in_.dataflow.actions[i];
        if (action.summed.empty() || !cursor.holds(in_.block.instructions[i].guard)) continue;
        ++terms_[i][tile_of(*action.write, cursor.tiles())];
      }
    }
  }

  static Point tile_of(const Access& access, const Point& point) {
    Point result;
    for (const int loop : access.loops) result.push_back(point[static_cast<std::size_t>(loop)]);
    return result;
  }

  std::size_t head_of(const Point& point) const {
    const auto index = [&](int loop) { return loop < 0 ? 0 : point[static_cast<std::size_t>(loop)]; };
    const std::int64_t heads = head_loop_ < 0 ? 1 : in_.dataflow.loops[static_cast<std::size_t>(head_loop_)].extent;
    return static_cast<std::size_t>(index(batch_loop_) * heads + index(head_loop_));
  }

  void encode(std::size_t index, const mapping::Cursor& cursor) {
    const Action& action = in_.dataflow.actions[index];
    const mapping::Instruction& instruction = in_.block.instructions[index];
    const Point point = cursor.tiles();
    const Tokens tokens = tokens_of(index, instruction, cursor);
    switch (action.kind) {
      case Kind::kLoad:
      case Kind::kStore:
        code_.dma.push_back(transfer(action, point, tokens));
        return;
      case Kind::kEinsum:
        break;
      case Kind::kSpill:
        refuse(instruction.name + " spills");
      case Kind::kFill:
        refuse(instruction.name + " takes the fill port");
    }
    if (action.unit == mapping::kArray2d) {
      code_.array_2d.push_back(on_2d(index, point, tokens));
    } else {
      code_.array_1d.push_back(on_1d(index, point, tokens));
    }
  }

  Tokens tokens_of(std::size_t index, const mapping::Instruction& instruction, const mapping::Cursor& cursor) const {
    Tokens tokens;
    tokens.instruction = static_cast<int>(index);
    const auto set = [](std::uint64_t& word, int channel) { word |= std::uint64_t{1} << channel; };
    for (const mapping::Wait& wait : instruction.waits) {
      if (!cursor.holds(wait.guard)) continue;
      if ((tokens.waits >> wait.channel & 1) != 0) refuse(instruction.name + " takes two tokens of one channel");
      set(tokens.waits, wait.channel);
    }
    for (const mapping::Post& post : instruction.posts) {
      if (!cursor.holds(post.guard)) continue;
      if (post.offset == mapping::Post::kAtEnd) {
        set(tokens.posts, post.channel);
        continue;
      }
      if (post.offset == 0 || (tokens.offset_posts != 0 && tokens.offset != post.offset))
        refuse(instruction.name + " posts at its start, or at several offsets");
      set(tokens.offset_posts, post.channel);
      tokens.offset = static_cast<std::uint16_t>(post.offset);
    }
    return tokens;
  }

  static const Span* span_of(const std::vector<Span>& spans, const std::string& rank) {
    const auto found = std::find_if(spans.begin(), spans.end(), [&](const Span& span) { return span.rank == rank; });
    return found == spans.end() ? nullptr : &*found;
  }

  // The one rank beside `bank_ranks` of which a tile has several elements, and how many.
  std::int64_t steps_of(const std::vector<Span>& spans, const std::vector<std::string>& bank_ranks,
                        const std::string& name) const {
    std::int64_t steps = 1;
    for (const Span& span : spans) {
      if (std::find(bank_ranks.begin(), bank_ranks.end(), span.rank) != bank_ranks.end() || span.size == 1) continue;
      if (steps > 1) refuse(name + " steps through tiles of several ranks");
      steps = span.size;
    }
    return steps;
  }

  DmaInstruction transfer(const Action& action, const Point& point, const Tokens& tokens) const {
    DmaInstruction code;
    code.tokens = tokens;
    code.store = action.kind == Kind::kStore;
    const Access& access = code.store ? action.reads.front() : *action.write;
    const bool view = !access.indices.empty();
    if (view) refuse("a read of " + access.tensor + " by indices");
    const auto memory = [&]() -> Memory {
      for (const Memory place : {Memory::kPe, Memory::kTop, Memory::kLeft, Memory::kLane}) {
        if (code.store ? place != Memory::kPe && place != Memory::kLane
                       : place != Memory::kTop && place != Memory::kLeft)
          continue;
        if (storage_.is_in(access, place)) return place;
      }
      refuse(fmt::format("{} {}", code.store ? "stores from a unit that does not make" : "brings what no PE takes,",
                         access.tensor));
    }();
    if (!code.store && ((storage_.is_in(access, Memory::kTop) && storage_.is_in(access, Memory::kLeft)) ||
                        storage_.is_in(access, Memory::kLane) || storage_.is_in(access, Memory::kPe)))
      refuse("several units take what is loaded of " + access.tensor);
    code.array = memory == Memory::kTop || memory == Memory::kPe;
    code.address = storage_.address(access, memory, point);
    const std::string bank = storage_.bank_rank(access.pool, memory);
    const DramMap::Entry& tensor = in_.dram.at(head_of(point), access.tensor);
    const std::vector<Span> spans = storage_.spans(access, point);
    std::int64_t first = tensor.base;
    std::vector<const Span*> wide;  // the bank's rank, and one more with several elements
    for (const Span& span : spans) {
      first += span.begin * tensor.strides.at(span.rank);
      if (span.rank == bank || span.size > 1) wide.push_back(&span);
    }
    if (wide.size() > 2) refuse("a tile of " + access.tensor + " has more than two ranks");
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

  static const Access& read_of(const Action& action, const workloads::TensorRef& reference) {
    const Access* found = nullptr;
    for (const Access& access : action.reads) {
      if (access.tensor != reference.tensor) continue;
      if (found == nullptr || access.next == reference.next) found = &access;
    }
    if (found == nullptr) throw std::logic_error("no slots hold " + reference.tensor);
    return *found;
  }

  PeInstruction on_2d(std::size_t index, const Point& point, const Tokens& tokens) {
    const Action& action = in_.dataflow.actions[index];
    const EinsumForm& form = forms_[index];
    PeInstruction code;
    code.tokens = tokens;
    code.op = form.pe_op;
    std::vector<Span> all = storage_.spans(*action.write, point);
    for (const workloads::TensorRef& operand : form.operands) {
      const Access& read = read_of(action, operand);
      for (const Span& span : storage_.spans(read, point)) {
        if (span_of(all, span.rank) == nullptr) all.push_back(span);
      }
      if (read.carried) refuse(action.einsum->name + " reads a carried tile on the 2D array");
      if (storage_.is_in(read, Memory::kPe)) {
        code.from = static_cast<std::uint8_t>(storage_.address(read, Memory::kPe, point));
      } else if (storage_.is_in(read, Memory::kLeft)) {
        code.left = storage_.address(read, Memory::kLeft, point);
      } else {
        code.top = storage_.address(read, Memory::kTop, point);
      }
    }
    const auto size = [&](const std::string& rank) {
      const Span* span = span_of(all, rank);
      return static_cast<std::uint8_t>(span == nullptr ? 1 : span->size);
    };
    code.rows = size(action.rows);
    code.columns = size(action.columns);
    code.steps = static_cast<std::uint16_t>(steps_of(all, {action.rows, action.columns}, action.einsum->name));
    code.scaled = form.scale.has_value();
    if (form.scale)
      code.scale = static_cast<std::uint16_t>(fp32_bits(arch::to_bf16(static_cast<float>(*form.scale))) >> 16);
    if (storage_.is_in(*action.write, Memory::kPe)) {
      code.to = static_cast<std::uint8_t>(storage_.address(*action.write, Memory::kPe, point));
      code.write = true;
    } else {
      code.lane = storage_.address(*action.write, Memory::kLane, point);
    }
    if (!action.summed.empty()) add_term(index, point, code);
    if (code.op == PeOp::kMacc) set_mask(action, all, code);
    return code;
  }

  // A sum over loops grows in a register beside the slots, which it enters when it is complete.
  void add_term(std::size_t index, const Point& point, PeInstruction& code) {
    const Action& action = in_.dataflow.actions[index];
    if (code.op != PeOp::kMacc || action.grows_in_slot)
      refuse(action.einsum->name + " adds up over loops outside the PEs");
    const std::pair key(index, tile_of(*action.write, point));
    const auto known = running_.find(key);
    code.first = known == running_.end();
    RunningSum& sum = code.first ? running_[key] : known->second;
    if (code.first) sum.place = storage_.take_register();
    code.from = sum.place;
    if (++sum.added < terms_[index].at(key.second)) {
      code.to = sum.place;
    } else {
      storage_.free_register(sum.place);
      running_.erase(key);
    }
  }

  // Points of the tile that the predicate leaves.
  void set_mask(const Action& action, const std::vector<Span>& spans, PeInstruction& code) const {
    const auto predicate = in_.instance.cascade().predicate_of(*action.einsum);
    if (!predicate) return;
    if (sim::functional::looks_up(in_.instance.cascade(), *action.einsum)) refuse("masks that look up tensors");
    const std::vector<std::string> ranks = in_.instance.cascade().whole_ranks(*action.einsum);
    const auto visits = sim::functional::visits_of(in_.instance, *action.einsum, ranks, {});
    std::vector<std::int64_t> element(ranks.size(), 0);
    for (std::int64_t column = 0; column < code.columns; ++column) {
      for (std::int64_t row = 0; row < code.rows; ++row) {
        for (std::size_t i = 0; i < ranks.size(); ++i) {
          const Span* span = span_of(spans, ranks[i]);
          element[i] = span == nullptr ? 0 : span->begin;
          if (ranks[i] == action.rows) element[i] += row;
          if (ranks[i] == action.columns) element[i] += column;
          element[i] /= in_.instance.sharing(ranks[i]);
        }
        const auto bit = static_cast<std::size_t>(column * in_.rows + row);
        if (visits(element)) {
          code.mask[bit / 32] |= 1U << bit % 32;
        } else {
          code.masked = true;
        }
      }
    }
  }

  LaneInstruction on_1d(std::size_t index, const Point& point, const Tokens& tokens) const {
    const Action& action = in_.dataflow.actions[index];
    const EinsumForm& form = forms_[index];
    LaneInstruction code;
    code.tokens = tokens;
    code.op = form.lane_op;
    if (!action.summed.empty()) refuse(action.einsum->name + " adds up over loops in the lanes");
    const std::vector<Span> made = storage_.spans(*action.write, point);
    const Span* lanes = span_of(made, action.lanes.front());
    code.lanes = static_cast<std::uint8_t>(lanes == nullptr ? 1 : lanes->size);
    code.steps = static_cast<std::uint16_t>(steps_of(made, action.lanes, action.einsum->name));
    code.to = storage_.address(*action.write, Memory::kLane, point);
    code.up = storage_.is_in(*action.write, Memory::kTop);
    if (code.up) code.top = storage_.address(*action.write, Memory::kTop, point);
    code.a = lane_operand(action, form.operands.at(0), point);
    if (form.operands.size() > 1) {
      code.b = lane_operand(action, form.operands[1], point);
    } else {
      code.b = {true, fp32_bits(-0.0), 0, false};  // x + -0 = x
    }
    return code;
  }

  LaneInstruction::Operand lane_operand(const Action& action, const workloads::TensorRef& reference,
                                        const Point& point) const {
    const Access& read = read_of(action, reference);
    if (storage_.is_start(read, point)) return {true, fp32_bits(start_value(read.tensor)), 0, false};
    const bool moves = steps_of(storage_.spans(read, point), action.lanes, action.einsum->name) > 1;
    return {false, 0, storage_.address(read, Memory::kLane, point), moves};
  }

  double start_value(const std::string& tensor) const {
    for (const Einsum& einsum : in_.instance.cascade().einsums) {
      if (einsum.name != tensor || einsum.section != Einsum::Section::kStart) continue;
      if (const auto value = constant_of(in_.instance, einsum.map)) return *value;
    }
    refuse(tensor + " starts from a tensor");
  }

  struct RunningSum {
    std::int64_t added = 0;
    std::uint8_t place = 0;
  };

  const EncoderInputs& in_;
  StorageMap storage_;
  std::vector<EinsumForm> forms_;
  std::vector<std::map<Point, std::int64_t>> terms_;  // by action and tile: of sums over loops
  std::map<std::pair<std::size_t, Point>, RunningSum> running_;
  int batch_loop_ = -1;
  int head_loop_ = -1;
  Microcode code_;
};

}  // namespace

Microcode encode(const EncoderInputs& inputs) { return Encoder(inputs).run(); }

}  // namespace attnsim::rtl
