// Walks the epochs as the Program orders them and writes each instruction of each unit out.
#include "rtl/bridge/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "arch/arithmetic/pe.h"
#include "common/error.h"
#include "mapping/cursor.h"
#include "rtl/bridge/einsum_form.h"
#include "rtl/bridge/tile_mask.h"
#include "rtl/bridge/transfer.h"

namespace attnsim::rtl {
namespace {

using mapping::Access;
using mapping::Action;
using workloads::Einsum;
using Kind = mapping::Node::Kind;

class Encoder {
 public:
  explicit Encoder(const EncoderInputs& inputs)
      : in_(inputs), storage_(inputs.block, inputs.dataflow, inputs.mapping_name, inputs.rows) {
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
  [[noreturn]] void refuse(const std::string& what) const { rtl::refuse(in_.mapping_name, what); }

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

  void encode(std::size_t index, const mapping::Cursor& cursor) {
    const Action& action = in_.dataflow.actions[index];
    const mapping::Instruction& instruction = in_.block.instructions[index];
    const Point point = cursor.tiles();
    const Tokens tokens = tokens_of(index, instruction, cursor);
    switch (action.kind) {
      case Kind::kLoad:
      case Kind::kStore:
        code_.dma.push_back(encode_transfer(in_, storage_, action, point, tokens));
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
      check_duration(instruction, cursor, code_.array_2d.back().cycles());
    } else {
      code_.array_1d.push_back(on_1d(index, point, tokens));
      check_duration(instruction, cursor, code_.array_1d.back().cycles());
    }
  }

  // The core's functions take the cycles that they take.
  void check_duration(const mapping::Instruction& instruction, const mapping::Cursor& cursor,
                      std::int64_t cycles) const {
    const auto tail = std::find_if(instruction.tails.begin(), instruction.tails.end(),
                                   [&](const mapping::Tail& one) { return cursor.holds(one.guard); });
    const std::int64_t expected = tail == instruction.tails.end() ? instruction.work.duration : tail->work.duration;
    if (cycles > 0xffff)
      refuse(fmt::format("{} takes {} cycles; a sequencer counts to 65535", instruction.name, cycles));
    if (cycles != expected)
      refuse(
          fmt::format("{} takes {} cycles by the architecture and {} in the core", instruction.name, expected, cycles));
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
    if (code.rows > in_.rows || code.columns > in_.rows)
      refuse(fmt::format("{} spreads {} x {} over an array of {} x {}", action.einsum->name, code.rows, code.columns,
                         in_.rows, in_.rows));
    const bool stays = storage_.is_in(*action.write, Memory::kPe);
    const bool computes =
        code.op == PeOp::kMacc || code.op == PeOp::kExp;  // in the PEs; reductions leave by themselves
    code.write = computes;
    if (stays) {
      code.to = static_cast<std::uint8_t>(storage_.address(*action.write, Memory::kPe, point));
    } else if (computes) {
      if (!leaves_from_) leaves_from_ = storage_.take_register();
      code.to = *leaves_from_;
    }
    if (storage_.is_in(*action.write, Memory::kLane)) {
      code.lane = storage_.address(*action.write, Memory::kLane, point);
      code.drains = computes;
    }
    if (!action.summed.empty()) add_term(index, point, code);
    if (code.op == PeOp::kMacc) set_mask(in_, action, all, code);
    check_way_out(action, code);
    return code;
  }

  // What PEs hand to the lanes takes a cycle a row, from the end of the instruction on.
  void check_way_out(const Action& action, const PeInstruction& code) {
    leaving_ -= code.cycles();
    if (code.drains && leaving_ > 0)
      refuse(
          fmt::format("{} is ready while rows of the tile before leave the PEs; a head width and tiles of {} or more "
                      "keep them apart",
                      action.einsum->name, in_.rows));
    if (code.drains) leaving_ = code.rows;
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
      code.drains = false;
    } else {
      storage_.free_register(sum.place);
      running_.erase(key);
    }
  }

  LaneInstruction on_1d(std::size_t index, const Point& point, const Tokens& tokens) {
    const Action& action = in_.dataflow.actions[index];
    const LaneProgram& program = forms_[index].lanes;
    const Access& made = *action.write;
    const std::string rank = storage_.lane_rank(action);
    LaneInstruction code;
    code.tokens = tokens;
    code.program = program.steps;
    std::vector<std::uint32_t> constants;
    for (const double constant : program.constants) constants.push_back(fp32_bits(constant));
    const std::vector<Span> results = storage_.spans(made, point);
    std::vector<Span> all = results;
    for (const workloads::TensorRef& operand : program.operands) {
      for (const Span& span : storage_.spans(read_of(action, operand), point)) {
        if (span_of(all, span.rank) == nullptr) all.push_back(span);
      }
    }
    const Span* lanes = span_of(results, rank);
    if (lanes == nullptr && span_of(all, rank) != nullptr) refuse(action.einsum->name + " reduces over the lanes");
    code.lanes = static_cast<std::uint8_t>(lanes == nullptr ? 1 : lanes->size);
    std::string outer;
    std::string inner;
    for (const Span& span : all) {
      if (span.rank == rank || span.size == 1) continue;
      std::string& turn = span_of(results, span.rank) != nullptr ? outer : inner;
      if (!turn.empty()) refuse(action.einsum->name + " steps through tiles of several ranks");
      turn = span.rank;
    }
    if (!outer.empty()) code.outer = static_cast<std::uint16_t>(span_of(all, outer)->size);
    if (!inner.empty()) code.inner = static_cast<std::uint16_t>(span_of(all, inner)->size);
    for (std::size_t i = 0; i < program.operands.size(); ++i) {
      const Access& read = read_of(action, program.operands[i]);
      if (storage_.is_start(read, point)) {
        put_constant(i == 0 ? LaneSource::kBankA : LaneSource::kBankB, fp32_bits(start_value(read.tensor)),
                     code.program, constants);
        continue;
      }
      (i == 0 ? code.a : code.b) = {storage_.address(read, Memory::kLane, point),
                                    storage_.stride(read, Memory::kLane, outer),
                                    storage_.stride(read, Memory::kLane, inner)};
    }
    if (constants.size() > code.constants.size())
      refuse(action.einsum->name + " takes more constants than an instruction has");
    std::copy(constants.begin(), constants.end(), code.constants.begin());
    code.to = storage_.address(made, Memory::kLane, point);
    code.to_outer = storage_.stride(made, Memory::kLane, outer);
    code.adds_up = program.start.has_value();
    if (program.start) code.sum_source = *program.start;
    const bool complete = action.summed.empty() || add_elements(index, point, code);
    if (complete) send_to_edge(action, rank, point, code);
    return code;
  }

  // A carried tensor's first value in place of its word.
  static void put_constant(LaneSource word, std::uint32_t value, std::vector<LaneStep>& program,
                           std::vector<std::uint32_t>& constants) {
    const auto place = std::find(constants.begin(), constants.end(), value) - constants.begin();
    const LaneSource instead = place == 0 ? LaneSource::kConstantA : LaneSource::kConstantB;
    if (place == static_cast<std::ptrdiff_t>(constants.size())) constants.push_back(value);
    for (LaneStep& step : program) {
      if (step.a == word) step.a = instead;
      if (step.b == word) step.b = instead;
    }
  }

  // A sum over loops grows beside the slots, or in its slot; whether this instruction completes it.
  bool add_elements(std::size_t index, const Point& point, LaneInstruction& code) {
    const Action& action = in_.dataflow.actions[index];
    const std::pair key(index, tile_of(*action.write, point));
    const auto known = running_.find(key);
    const bool first = known == running_.end();
    RunningSum& sum = first ? running_[key] : known->second;
    if (first && !action.grows_in_slot) sum.words = storage_.take_lane_words(*action.write);
    const std::uint16_t grows = action.grows_in_slot ? code.to : sum.words;
    code.sum = grows;
    if (!first) code.sum_source = SumSource::kBank;
    const bool complete = ++sum.added == terms_[index].at(key.second);
    if (!complete) {
      code.to = grows;
      return false;
    }
    if (!action.grows_in_slot) storage_.free_lane_words(*action.write, sum.words);
    running_.erase(key);
    return true;
  }

  void send_to_edge(const Action& action, const std::string& rank, const Point& point, LaneInstruction& code) const {
    const Access& made = *action.write;
    code.up = storage_.is_in(made, Memory::kTop);
    code.aside = storage_.is_in(made, Memory::kLeft);
    if (!code.up && !code.aside) return;
    const Memory edge = code.up ? Memory::kTop : Memory::kLeft;
    if (code.up && code.aside) refuse(action.einsum->name + " goes to the top and the left of the 2D array");
    if (storage_.bank_rank(made.pool, edge) != rank)
      refuse(fmt::format("{} has {} in the lanes and {} along the edge of the 2D array", action.einsum->name, rank,
                         storage_.bank_rank(made.pool, edge)));
    code.edge = storage_.address(made, edge, point);
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
    std::uint8_t place = 0;   // in the PEs
    std::uint16_t words = 0;  // in the lanes' banks
  };

  const EncoderInputs& in_;
  StorageMap storage_;
  std::vector<EinsumForm> forms_;
  std::vector<std::map<Point, std::int64_t>> terms_;  // by action and tile: of sums over loops
  std::map<std::pair<std::size_t, Point>, RunningSum> running_;
  std::optional<std::uint8_t> leaves_from_;  // the PE register of what goes to the lanes
  std::int64_t leaving_ = 0;                 // cycles that the tile before still takes to leave
  Microcode code_;
};

}  // namespace

void refuse(const std::string& mapping_name, const std::string& what) {
  throw common::InputError({mapping_name, 0, ""},
                           "the rtl engine does not run this: " + what + "; take --engine systemc");
}

Microcode encode(const EncoderInputs& inputs) { return Encoder(inputs).run(); }

}  // namespace attnsim::rtl
