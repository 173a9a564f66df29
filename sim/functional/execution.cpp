// Walks each block with a Replay, which issues instructions in the order of their starts.
#include "sim/functional/execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "common/error.h"
#include "sim/functional/heads.h"
#include "sim/functional/masks.h"
#include "sim/functional/memory.h"
#include "sim/functional/pe_arithmetic.h"
#include "sim/functional/selection.h"
#include "sim/functional/slots.h"
#include "sim/functional/stored.h"
#include "sim/replay.h"

namespace attnsim::sim::functional {
namespace {

using mapping::Access;
using mapping::Action;
using mapping::Dataflow;
using workloads::Box;
using workloads::Evaluator;
using workloads::Range;
using workloads::Tensor;
using workloads::Tensors;
using Kind = mapping::Node::Kind;
using Point = std::vector<std::int64_t>;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Evaluation {
  Evaluator evaluator;
  workloads::Visits visits;
};

class BlockExecution {
 public:
  BlockExecution(const workloads::Instance& instance, const mapping::Block& block, const Dataflow& dataflow,
                 std::vector<Tensors>& memory)
      : instance_(instance),
        dataflow_(dataflow),
        memory_(memory),
        sums_(dataflow.actions.size()),
        exact_(whole_numbers(*dataflow.cascade)),
        stored_(stored_tensors(*dataflow.cascade)),
        choices_(choices(*dataflow.cascade)),
        chosen_(memory.size()) {
    count_terms(block);
    make_room(dataflow, block, instance, memory);
    for (std::size_t loop = 0; loop < dataflow.loops.size(); ++loop) {
      const std::string& name = dataflow.loops[loop].name;
      if (name == "batch") batch_loop_ = static_cast<int>(loop);
      if (name == "head" || name == "kv_head") head_loop_ = static_cast<int>(loop);
    }
  }

  void run(const Action& action, std::size_t index, const Point& point) {
    switch (action.kind) {
      case Kind::kLoad:
        load(*action.write, point);
        break;
      case Kind::kFill:
        fill(*action.write, action.reads.front(), point);
        break;
      case Kind::kStore:
        store(action.reads.front(), point);
        break;
      case Kind::kSpill:  // its tiles never leave their slots
        break;
      case Kind::kEinsum:
        compute(action, index, point);
        break;
    }
  }

  // Choices that were made, one a head.
  const std::vector<Tensors>& chosen() const { return chosen_; }

 private:
  std::int64_t head_of(const Point& point) const {
    const auto index = [&](int loop) { return loop < 0 ? 0 : point[static_cast<std::size_t>(loop)]; };
    const std::int64_t heads = head_loop_ < 0 ? 1 : dataflow_.loops[static_cast<std::size_t>(head_loop_)].extent;
    return index(batch_loop_) * heads + index(head_loop_);
  }

  Tensors& memory(const Point& point) { return memory_.at(static_cast<std::size_t>(head_of(point))); }

  bool is_exact(const std::string& tensor) const { return exact_.count(tensor) != 0; }

  static Point tag(const Access& access, const Point& point) {
    Point result;
    for (const int loop : access.loops) result.push_back(point[static_cast<std::size_t>(loop)]);
    return result;
  }

  std::vector<Range> ranges(const Access& access, const Point& point) const {
    std::vector<Range> result;
    for (const std::string& rank : access.ranks) result.push_back(dataflow_.range_at(rank, point));
    return result;
  }

  Slots& pool(const Access& access, const Point& point) {
    const mapping::Pool& pool = dataflow_.pools[static_cast<std::size_t>(access.pool)];
    const auto key = std::pair(access.pool, pool.carried ? tag_of_state(access, point) : Point());
    return pools_.try_emplace(key, std::max<std::int64_t>(1, pool.slots)).first->second;
  }

  Tensor read(const Access& access, const Point& point) {
    if (!access.carried) return pool(access, point).read(tag(access, point), access.ranks, ranges(access, point));
    const std::int64_t step = step_at(point);
    const auto& steps = steps_[std::pair(access.pool, tag_of_state(access, point))];
    const auto later = steps.lower_bound(step);
    if (later == steps.begin()) return start_value(access, point);
    return pool(access, point).read(std::prev(later)->second, access.ranks, ranges(access, point));
  }

  std::int64_t step_at(const Point& point) const {
    return dataflow_.tile_at(dataflow_.cascade->base_rank(*dataflow_.cascade->iterate), point);
  }

  // The tag without the loops of the iterated rank: what tells carried tensors of one step apart.
  Point tag_of_state(const Access& access, const Point& point) const {
    const mapping::Dim& dim = dataflow_.dims.at(dataflow_.cascade->base_rank(*dataflow_.cascade->iterate));
    Point result;
    for (const int loop : access.loops) {
      if (loop != dim.loop && loop != dim.outer_loop) result.push_back(point[static_cast<std::size_t>(loop)]);
    }
    return result;
  }

  // How many points of each sum over loops are visited: masks may leave out the first and the last ones.
  void count_terms(const mapping::Block& block) {
    for (mapping::Cursor cursor(block.loops); !cursor.done(); cursor.advance()) {
      std::optional<Point> tiles;
      for (std::size_t index = 0; index < dataflow_.actions.size(); ++index) {
        const Action& action = dataflow_.actions[index];
        if (action.summed.empty() || !cursor.holds(block.instructions[index].guard)) continue;
        if (!tiles) tiles = cursor.tiles();
        ++sums_[index][tag(*action.write, *tiles)].terms;
      }
    }
  }

  void write(const Access& access, const Point& point, Tensor tile) {
    pool(access, point).write(tag(access, point), std::move(tile));
  }

  void load(const Access& access, const Point& point) {
    if (!access.indices.empty()) {
      const auto found = memory(point).find(access.tensor);
      const workloads::TensorRef shape{access.tensor, false, access.ranks};
      // Memory outlives the block.
      Tile whole = found != memory(point).end() ? Tile(Tile(), &found->second)
                                                : std::make_shared<const Tensor>(instance_.whole(shape, kUndefined));
      pool(access, point).write(tag(access, point), std::move(whole));
      return;
    }
    Tensor tile(access.ranks, ranges(access, point), kUndefined);
    const Tensors& tensors = memory(point);
    if (const auto found = tensors.find(access.tensor); found != tensors.end())
      copy_common(found->second, tile, stored_.at(access.tensor));
    write(access, point, std::move(tile));
  }

  void fill(const Access& into, const Access& from, const Point& point) {
    if (from.indices.empty()) {
      write(into, point, read(from, point));
    } else {
      pool(into, point).write(tag(into, point), operand(from, point));
    }
  }

  void store(const Access& access, const Point& point) {
    copy_common(read(access, point), memory(point).at(access.tensor), stored_.at(access.tensor));
  }

  // What a predicate looks up differs from head to head.
  const Evaluation& evaluation(const workloads::Einsum& einsum, int unit, const Point& point) {
    const std::int64_t head = looks_up(*dataflow_.cascade, einsum) ? head_of(point) : 0;
    const auto key = std::pair(&einsum, head);
    const auto known = evaluations_.find(key);
    if (known != evaluations_.end()) return known->second;
    const PeArithmetic& arithmetic = unit == mapping::kArray2d ? array_2d_ : array_1d_;
    Evaluator evaluator(instance_, einsum, arithmetic);
    workloads::Visits visits = visits_of(instance_, einsum, evaluator.ranks(), memory(point));
    return evaluations_.emplace(key, Evaluation{std::move(evaluator), std::move(visits)}).first->second;
  }

  Box box(const Evaluator& evaluator, const Point& point) const {
    Box result;
    for (const std::string& part : evaluator.parts()) {
      Range range = dataflow_.range_at(part, point);
      range.end = std::min(range.end, instance_.extent(part));
      result[part] = range;
    }
    return result;
  }

  // A carried tensor's first value, made where it is read.
  Tensor start_value(const Access& access, const Point& point) {
    const auto& einsums = dataflow_.cascade->einsums;
    const auto start = std::find_if(einsums.begin(), einsums.end(), [&](const workloads::Einsum& einsum) {
      return einsum.name == access.tensor && einsum.section == workloads::Einsum::Section::kStart;
    });
    const Evaluation& made = evaluation(*start, mapping::kArray1d, point);
    std::vector<const Tensor*> inputs;
    for (const workloads::TensorRef& read : made.evaluator.reads()) {
      if (!dataflow_.cascade->is_input(read.tensor)) {
        throw common::InputError(start->where, fmt::format("starts from {}, which is no input; a run on data knows "
                                                           "start values of inputs and numbers alone",
                                                           to_string(read)));
      }
      inputs.push_back(&memory(point).at(read.tensor));
    }
    Tensor tile(access.ranks, ranges(access, point), kUndefined);
    made.evaluator.evaluate(box(made.evaluator, point), inputs, tile, made.visits);
    return tile;
  }

  // The access of an action that a reference of its Einsum names.
  static const Access& named(const Action& action, const workloads::TensorRef& reference) {
    const Access* found = nullptr;
    for (const Access& access : action.reads) {
      if (access.tensor != reference.tensor || access.indices != reference.indices) continue;
      if (found == nullptr || access.next == reference.next) found = &access;
    }
    // Indices that reach no further than a tile read it as it is.
    for (const Access& access : action.reads) {
      if (found == nullptr && access.tensor == reference.tensor && access.indices.empty()) found = &access;
    }
    if (found == nullptr) throw std::logic_error(fmt::format("no slots hold {}", to_string(reference)));
    return *found;
  }

  // A tile as evaluation takes it. Indices count from the beginning of what they look up, so that a tile of coordinates
  // stands at its place in the whole.
  Tile operand(const Access& access, const Point& point) {
    const workloads::TensorRef shape{access.tensor, false, access.ranks};
    if (!access.indices.empty()) {
      Tile held = pool(access, point).held(tag(access, point));
      return held ? held : std::make_shared<const Tensor>(instance_.whole(shape, kUndefined));
    }
    if (!is_exact(access.tensor)) return std::make_shared<const Tensor>(read(access, point));
    Tensor whole = instance_.whole(shape, kUndefined);
    copy_common(read(access, point), whole, Stored());
    return std::make_shared<const Tensor>(std::move(whole));
  }

  void compute(const Action& action, std::size_t index, const Point& point) {
    const Evaluation& made = evaluation(*action.einsum, action.unit, point);
    std::vector<Tile> tiles;
    std::vector<const Tensor*> inputs;
    for (const workloads::TensorRef& reference : made.evaluator.reads()) {
      tiles.push_back(operand(named(action, reference), point));
      inputs.push_back(tiles.back().get());
    }
    const Access& result = *action.write;
    Tensor fresh(result.ranks, ranges(result, point), kUndefined);
    if (action.summed.empty()) {
      const auto scan = action.einsum->scan ? scan_tag(action, point) : std::nullopt;
      const bool goes_on = scan && continue_scan(action, std::pair(index, *scan), fresh);
      made.evaluator.evaluate(box(made.evaluator, point), inputs, fresh, made.visits, goes_on);
      if (scan) scanned_.insert_or_assign(std::pair(index, *scan), fresh);
      if (std::find(choices_.begin(), choices_.end(), action.einsum->name) != choices_.end()) {
        Tensors& chosen = chosen_.at(static_cast<std::size_t>(head_of(point)));
        const auto known = chosen.try_emplace(result.tensor, instance_.whole(action.einsum->output, kUndefined));
        copy_common(fresh, known.first->second, Stored());
      }
      if (action.einsum->output.next)
        steps_[std::pair(result.pool, tag_of_state(result, point))][step_at(point)] = tag(result, point);
      write(result, point, std::move(fresh));
      return;
    }
    Sum& sum = sums_[index][tag(result, point)];
    if (sum.added == 0) {
      sum.tile = std::move(fresh);
    } else if (action.grows_in_slot) {
      sum.tile = read(result, point);
    }
    made.evaluator.evaluate(box(made.evaluator, point), inputs, sum.tile, made.visits, sum.added > 0);
    ++sum.added;
    if (action.grows_in_slot || sum.added == sum.terms) write(result, point, std::move(sum.tile));
  }

  // The tag without the loops that a scan goes along: all its tiles there continue one another. Nothing where it starts
  // anew in every tile.
  std::optional<Point> scan_tag(const Action& action, const Point& point) const {
    const std::vector<std::string>& ranks = action.einsum->scan->ranks;
    const std::string rank = dataflow_.cascade->base_rank(ranks.front());
    const mapping::Dim& dim = dataflow_.dims.at(rank);
    const bool anew = ranks.front() != rank && ranks.front() != dataflow_.cascade->split.at(rank).front();
    if (anew || dim.loop < 0) return std::nullopt;
    Point result;
    for (const int loop : action.write->loops) {
      if (loop != dim.loop && loop != dim.outer_loop) result.push_back(point[static_cast<std::size_t>(loop)]);
    }
    return result;
  }

  // Puts what the tile before ended with to the first points along the scan.
  bool continue_scan(const Action& action, const std::pair<std::size_t, Point>& scan, Tensor& tile) const {
    const auto before = scanned_.find(scan);
    if (before == scanned_.end()) return false;
    const std::vector<std::string> along = dataflow_.cascade->parts(action.einsum->scan->ranks);
    Point at;
    for (const Range& range : tile.ranges()) at.push_back(range.begin);
    for (;;) {
      Point last = at;
      for (std::size_t rank = 0; rank < at.size(); ++rank) {
        const bool scans = std::find(along.begin(), along.end(), tile.ranks()[rank]) != along.end();
        if (scans) last[rank] = before->second.ranges()[rank].end - 1;
      }
      tile.at(at) = before->second.at(last);
      std::size_t rank = at.size();
      for (; rank > 0; --rank) {
        const bool scans = std::find(along.begin(), along.end(), tile.ranks()[rank - 1]) != along.end();
        if (scans) continue;
        if (++at[rank - 1] < tile.ranges()[rank - 1].end) break;
        at[rank - 1] = tile.ranges()[rank - 1].begin;
      }
      if (rank == 0) return true;
    }
  }

  struct Sum {
    std::int64_t terms = 0;  // in all
    std::int64_t added = 0;
    Tensor tile;
  };

  const workloads::Instance& instance_;
  const Dataflow& dataflow_;
  std::vector<Tensors>& memory_;
  std::map<std::pair<int, Point>, Slots> pools_;             // by number, and for carried tensors by tag_of_state
  std::vector<std::map<Point, Sum>> sums_;                   // by action and tag: sums over loops
  std::map<std::pair<std::size_t, Point>, Tensor> scanned_;  // by action and scan_tag: the tile before
  // By pool and tag_of_state: the steps that have written a carried tensor, and their tags.
  std::map<std::pair<int, Point>, std::map<std::int64_t, Point>> steps_;
  std::map<std::pair<const workloads::Einsum*, std::int64_t>, Evaluation> evaluations_;
  std::set<std::string> exact_;  // tensors of coordinates
  std::map<std::string, Stored> stored_;
  std::vector<std::string> choices_;
  std::vector<Tensors> chosen_;
  PeArithmetic array_2d_{arch::Multiplier::kBf16};
  PeArithmetic array_1d_{arch::Multiplier::kFp32};
  int batch_loop_ = -1;
  int head_loop_ = -1;
};

}  // namespace

std::vector<Tensors> execute(const Execution& execution, const std::vector<Tensors>& heads) {
  std::vector<Tensors> memory = heads;
  std::vector<Tensors> chosen(heads.size());
  for (const workloads::TensorRef& output : execution.instance.cascade().outputs()) {
    const double unvisited = value_of_no_points(*execution.instance.cascade().producer(output.tensor));
    for (Tensors& tensors : memory) tensors[output.tensor] = execution.instance.whole(output, unvisited);
  }
  for (std::size_t block = 0; block < execution.program.blocks.size(); ++block) {
    const mapping::Block& instructions = execution.program.blocks[block];
    const Dataflow& dataflow = execution.dataflow[block];
    std::vector<Tensors> joint = joined(memory, execution.instance.cascade(), dataflow.heads_sharing);
    BlockExecution running(execution.shared.at(dataflow.heads_sharing), instructions, dataflow, joint);
    Replay replay(execution.program, instructions, 0, std::numeric_limits<std::int64_t>::max());
    while (const Issue* issue = replay.next()) {
      const auto index = static_cast<std::size_t>(issue->instruction);
      running.run(dataflow.actions[index], index, issue->index);
    }
    if (replay.is_stuck()) throw common::SimulationError("deadlock in a run on data");
    std::vector<Tensors> choices = taken_apart(running.chosen(), execution.instance.cascade(), dataflow.heads_sharing);
    for (std::size_t head = 0; head < chosen.size(); ++head) chosen[head].merge(choices[head]);
    // Tensors of one query head are those of the first one in `joint`, where nothing reads them; the block makes none.
    std::set<std::string> stored;
    for (const mapping::Action& action : dataflow.actions) {
      if (action.kind == mapping::Node::Kind::kStore) stored.insert(action.reads.front().tensor);
    }
    std::vector<Tensors> apart = taken_apart(std::move(joint), execution.instance.cascade(), dataflow.heads_sharing);
    for (std::size_t head = 0; head < memory.size(); ++head) {
      for (auto& [name, tensor] : apart[head]) {
        if (stored.contains(name)) memory[head][name] = std::move(tensor);
      }
    }
  }
  for (std::size_t head = 0; head < memory.size(); ++head) {
    memory[head].merge(chosen[head]);
    for (const workloads::TensorRef& input : execution.instance.cascade().inputs) memory[head].erase(input.tensor);
  }
  return memory;
}

}  // namespace attnsim::sim::functional
