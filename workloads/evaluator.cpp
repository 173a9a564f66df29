// Walks a box with one offset for each tensor, which every step of a loop moves by a constant.
#include "workloads/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace attnsim::workloads {

namespace {

using Ranks = std::vector<std::string>;

bool contains(const Ranks& ranks, const std::string& rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

void add_new(Ranks& ranks, const Ranks& more) {
  for (const std::string& rank : more) {
    if (!contains(ranks, rank)) ranks.push_back(rank);
  }
}

}  // namespace

Table table_of(const Tensor& tensor) {
  constexpr double kLargest = std::int64_t{1} << 62;  // what stands for an infinite value
  Table table;
  for (const Range& range : tensor.ranges()) table.shape.push_back(range.size());
  for (const double value : tensor.values()) {
    table.values.push_back(std::isnan(value) ? -1 : static_cast<std::int64_t>(std::clamp(value, -kLargest, kLargest)));
  }
  return table;
}

// One tensor under the walk: where its value at the current point is, and how far a step of each loop moves that.
class Evaluator::Walk {
 public:
  Walk(const Evaluator& evaluator, const Box& box, const std::vector<const Tensor*>& inputs, Tensor& output,
       const Visits& visits)
      : evaluator_(evaluator), inputs_(inputs), output_(output), visits_(visits), values_(inputs.size()) {
    for (const std::string& rank : evaluator.formula_.coordinates()) {
      const auto at = std::find(evaluator.ranks_.begin(), evaluator.ranks_.end(), rank);
      coordinates_.push_back(static_cast<std::size_t>(at - evaluator.ranks_.begin()));
    }
    values_.resize(evaluator.formula_.reads().size() + coordinates_.size());
    for (const std::string& part : evaluator.parts_) {
      const auto given = box.find(part);
      ranges_.push_back(given == box.end() ? Range{0, evaluator.instance_->extent(part)} : given->second);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool indexed = !evaluator.reads_[i].indices.empty();
      views_.push_back(indexed ? View{0, std::vector<std::int64_t>(ranges_.size(), 0)} : view(*inputs[i]));
      if (indexed) add_access(i);
    }
    views_.push_back(view(output));
    point_.resize(ranges_.size());
    element_.resize(evaluator.declared_.size());
    // A tile that does not divide its rank has coordinates without an element, but only in the last tile.
    for (const Declared& declared : evaluator.declared_) {
      std::int64_t last = 0;
      for (const auto& [part, weight] : declared.parts) last += (ranges_[part].end - 1) * weight;
      ragged_ = ragged_ || last >= declared.extent;
    }
  }

  bool is_empty() const {
    return std::any_of(ranges_.begin(), ranges_.end(), [](const Range& range) { return range.size() <= 0; });
  }

  // Calls visit() at every point of the loops [first, last), the others standing still.
  template <typename Visit>
  void for_each(std::size_t first, std::size_t last, const Visit& visit) {
    for (std::size_t loop = first; loop < last; ++loop) {
      point_[loop] = ranges_[loop].begin;
    }
    for (;;) {
      visit();
      std::size_t loop = last;
      while (loop > first && ++point_[loop - 1] == ranges_[loop - 1].end) {
        --loop;
        point_[loop] = ranges_[loop].begin;
        for (View& view : views_) view.offset -= view.steps[loop] * (ranges_[loop].size() - 1);
      }
      if (loop == first) return;
      for (View& view : views_) view.offset += view.steps[loop - 1];
    }
  }

  bool exists() {
    if (!ragged_ && !visits_ && coordinates_.empty() && accesses_.empty() && !evaluator_.selects_) return true;
    for (std::size_t rank = 0; rank < element_.size(); ++rank) {
      const Declared& declared = evaluator_.declared_[rank];
      element_[rank] = 0;
      for (const auto& [part, weight] : declared.parts) element_[rank] += point_[part] * weight;
      if (element_[rank] >= declared.extent) return false;
      element_[rank] /= declared.sharing;
    }
    if (visits_ && !visits_(element_)) return false;
    return std::all_of(accesses_.begin(), accesses_.end(), [this](const Access& access) { return locate(access); });
  }

  const std::vector<double>& read() {
    const std::size_t tensors = evaluator_.formula_.reads().size();
    for (std::size_t i = 0; i < tensors; ++i) {
      values_[i] = inputs_[i]->values()[static_cast<std::size_t>(views_[i].offset)];
    }
    for (std::size_t i = 0; i < coordinates_.size(); ++i) {
      values_[tensors + i] = static_cast<double>(element_[coordinates_[i]]);
    }
    return values_;
  }
  std::int64_t element(const std::string& rank) const {
    const auto at = std::find(evaluator_.ranks_.begin(), evaluator_.ranks_.end(), rank);
    return element_[static_cast<std::size_t>(at - evaluator_.ranks_.begin())];
  }
  std::int64_t coordinate(std::size_t part) const { return point_[part] - ranges_[part].begin; }
  const Range& range(std::size_t part) const { return ranges_[part]; }
  double& output(std::size_t part, std::int64_t ahead) {
    return output_.values()[static_cast<std::size_t>(views_.back().offset + ahead * views_.back().steps[part])];
  }
  double& output() { return output_.values()[static_cast<std::size_t>(views_.back().offset)]; }

 private:
  struct View {
    std::int64_t offset = 0;
    std::vector<std::int64_t> steps;  // by loop
  };

  // A reference by indices: where its value is follows from the point alone.
  struct Access {
    std::size_t input = 0;
    std::vector<BoundPredicate> indices;             // one a declared rank
    std::vector<std::int64_t> extents;               // of these
    std::vector<std::vector<std::int64_t>> weights;  // of the parts of each
  };

  void add_access(std::size_t input) {
    const TensorRef& reference = evaluator_.reads_[input];
    const Instance& instance = *evaluator_.instance_;
    Access access{input, {}, {}, {}};
    for (const std::string& rank : instance.cascade().declared(reference.tensor)->ranks) {
      access.extents.push_back(instance.extent(rank));
      std::vector<std::int64_t>& weights = access.weights.emplace_back();
      for (const std::string& part : instance.cascade().parts(rank)) weights.push_back(instance.weight(part));
    }
    for (const IndexExpression& index : reference.indices) {
      std::map<std::string, Table> tables;
      for (const TensorRef& lookup : lookups(index)) {
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
          if (evaluator_.reads_[i].tensor == lookup.tensor) tables[lookup.tensor] = table_of(*inputs_[i]);
        }
      }
      access.indices.emplace_back(Predicate{index, {}}, evaluator_.ranks_, instance.index_values(), std::move(tables));
    }
    accesses_.push_back(std::move(access));
  }

  // False where an index is outside the tensor.
  bool locate(const Access& access) {
    const Tensor& tensor = *inputs_[access.input];
    std::int64_t offset = 0;
    std::size_t dimension = 0;
    for (std::size_t i = 0; i < access.indices.size(); ++i) {
      std::int64_t rest = access.indices[i].value(element_);
      if (rest < 0 || rest >= access.extents[i]) return false;
      for (const std::int64_t weight : access.weights[i]) {
        const Range& held = tensor.ranges()[dimension];
        const std::int64_t at = rest / weight;
        rest %= weight;
        if (at < held.begin || at >= held.end) throw std::out_of_range("an index leaves the box at hand");
        offset += (at - held.begin) * tensor.stride(dimension++);
      }
    }
    views_[access.input].offset = offset;
    return true;
  }

  View view(const Tensor& tensor) const {
    View result{0, std::vector<std::int64_t>(ranges_.size(), 0)};
    for (std::size_t rank = 0; rank < tensor.ranks().size(); ++rank) {
      const std::string& name = tensor.ranks()[rank];
      const auto loop = std::find(evaluator_.parts_.begin(), evaluator_.parts_.end(), name) - evaluator_.parts_.begin();
      if (static_cast<std::size_t>(loop) == ranges_.size()) {
        throw std::out_of_range(fmt::format("a tensor has the rank {}, which its Einsum lacks", name));
      }
      const Range& walked = ranges_[static_cast<std::size_t>(loop)];
      const Range& held = tensor.ranges()[rank];
      if (walked.size() > 0 && (walked.begin < held.begin || walked.end > held.end)) {
        throw std::out_of_range(fmt::format("{} = {}..{} of a tensor that has {}..{}", name, walked.begin,
                                            walked.end - 1, held.begin, held.end - 1));
      }
      result.steps[static_cast<std::size_t>(loop)] = tensor.stride(rank);
      result.offset += (walked.begin - held.begin) * tensor.stride(rank);
    }
    return result;
  }

  const Evaluator& evaluator_;
  const std::vector<const Tensor*>& inputs_;
  Tensor& output_;
  const Visits& visits_;
  std::vector<Range> ranges_;
  std::vector<View> views_;
  std::vector<std::int64_t> point_;
  std::vector<std::int64_t> element_;
  std::vector<double> values_;
  std::vector<Access> accesses_;
  std::vector<std::size_t> coordinates_;  // positions in element_ of those that the formula reads
  bool ragged_ = false;
};

Evaluator::Evaluator(const Instance& instance, const Einsum& einsum, const Arithmetic& arithmetic)
    : instance_(&instance), arithmetic_(&arithmetic), output_(einsum.output), formula_(instance, einsum.map) {
  const Cascade& cascade = instance.cascade();
  const Ranks made = cascade.parts(einsum.output.ranks);
  const Ranks reduced = einsum.reduction ? cascade.parts(einsum.reduction->ranks) : Ranks();
  const Ranks scanned = einsum.scan ? cascade.parts(einsum.scan->ranks) : Ranks();
  // Inside a step the iterated rank stands still, also where no tensor at hand has it.
  if (cascade.iterate && einsum.section == Einsum::Section::kEach) parts_.push_back(*cascade.iterate);
  reads_ = formula_.reads();
  for (const TensorRef& read : formula_.reads()) {
    for (const IndexExpression& index : read.indices) {
      for (const TensorRef& lookup : lookups(index)) {
        if (std::find(reads_.begin(), reads_.end(), lookup) == reads_.end()) reads_.push_back(lookup);
      }
    }
    for (const std::string& part : cascade.parts(read.ranks)) {
      if (!contains(made, part) && !contains(reduced, part)) add_new(parts_, {part});
    }
  }
  std::copy_if(made.begin(), made.end(), std::back_inserter(parts_),
               [&](const std::string& part) { return !contains(parts_, part) && !contains(scanned, part); });
  reduced_begin_ = parts_.size();
  add_new(parts_, reduced);
  add_new(parts_, scanned);
  selects_ = einsum.reduction && einsum.reduction->op == "topk";
  scans_ = einsum.scan.has_value();
  if (einsum.reduction && !selects_) combination_.emplace(instance, *einsum.reduction);
  if (scans_) combination_.emplace(instance, *einsum.scan);
  // The one rank on the left that nothing on the right has.
  for (std::size_t part = 0; part < reduced_begin_ && selects_; ++part) {
    const bool on_right = std::any_of(reads_.begin(), reads_.end(), [&](const TensorRef& read) {
      return contains(cascade.parts(read.ranks), parts_[part]);
    });
    if (!on_right) choice_ = part;
  }
  for (const auto& [rank, quantity] : cascade.ranks) {
    Declared declared;
    for (const std::string& part : cascade.parts(rank)) {
      const auto at = std::find(parts_.begin(), parts_.end(), part);
      if (at == parts_.end()) break;
      declared.parts.emplace_back(static_cast<std::size_t>(at - parts_.begin()), instance.weight(part));
    }
    if (declared.parts.size() != cascade.parts(rank).size()) continue;
    declared.extent = instance.extent(rank);
    declared.sharing = instance.sharing(rank);
    ranks_.push_back(rank);
    declared_.push_back(declared);
  }
}

void Evaluator::evaluate(const Box& box, const std::vector<const Tensor*>& inputs, Tensor& output, const Visits& visits,
                         bool accumulate) const {
  if (inputs.size() != reads().size()) throw std::invalid_argument("an Einsum needs one tensor a reference");
  Walk walk(*this, box, inputs, output, visits);
  if (walk.is_empty()) return;
  if (selects_) {
    select(walk);
    return;
  }
  Formula::Stack stack;
  if (!combination_) {
    walk.for_each(0, parts_.size(), [&] {
      if (walk.exists()) walk.output() = arithmetic_->result(formula_.evaluate(*arithmetic_, walk.read(), stack));
    });
    return;
  }
  const Combination& combination = *combination_;
  const bool is_macc = combination.is_sum() && formula_.is_product();
  walk.for_each(0, reduced_begin_, [&] {
    double result = accumulate ? walk.output() : combination.identity();
    walk.for_each(reduced_begin_, parts_.size(), [&] {
      if (!walk.exists()) return;
      result = is_macc ? formula_.add_product(*arithmetic_, walk.read(), stack, result)
                       : combination.combine(*arithmetic_, result, formula_.evaluate(*arithmetic_, walk.read(), stack),
                                             stack);
      if (scans_) walk.output() = arithmetic_->result(result);
    });
    if (!scans_) walk.output() = arithmetic_->result(result);
  });
}

// The largest value first; of equal ones that with the smaller coordinate.
void Evaluator::select(Walk& walk) const {
  Formula::Stack stack;
  std::vector<std::pair<double, std::int64_t>> found;
  const std::string selected = instance_->cascade().base_rank(parts_[reduced_begin_]);
  walk.for_each(0, reduced_begin_, [&] {
    if (walk.coordinate(choice_) != 0) return;
    found.clear();
    walk.for_each(reduced_begin_, parts_.size(), [&] {
      if (walk.exists())
        found.emplace_back(-formula_.evaluate(*arithmetic_, walk.read(), stack), walk.element(selected));
    });
    std::sort(found.begin(), found.end());
    for (std::int64_t j = 0; j < walk.range(choice_).size(); ++j) {
      const std::int64_t rank = walk.range(choice_).begin + j;
      const bool any = rank < static_cast<std::int64_t>(found.size());
      walk.output(choice_, j) = any ? static_cast<double>(found[static_cast<std::size_t>(rank)].second) : -1;
    }
  });
}

}  // namespace attnsim::workloads
