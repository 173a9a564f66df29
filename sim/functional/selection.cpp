// Makes the scores of a choice an Einsum of their own, and compares what is left out with what is held.
#include "sim/functional/selection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "mapping/select.h"
#include "sim/functional/masks.h"

namespace attnsim::sim::functional {
namespace {

using workloads::Arithmetic;
using workloads::Cascade;
using workloads::Einsum;
using workloads::Expression;
using workloads::Tensor;
using workloads::Tensors;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool is_gate(const Einsum& einsum) {
  return !einsum.reduction && !einsum.scan && einsum.map.kind == Expression::Kind::kCall &&
         einsum.map.name == "greater";
}

bool has_declared_ranks(const Cascade& cascade, const Einsum& einsum) {
  const std::vector<std::string>& ranks = einsum.output.ranks;
  return std::all_of(ranks.begin(), ranks.end(),
                     [&](const std::string& rank) { return cascade.base_rank(rank) == rank; });
}

// The Einsum whose values decide: of a topk what it selects from, of a gate the difference of what it compares.
Einsum score_of(const Einsum& choice) {
  Einsum score = choice;
  if (!mapping::selects(choice)) {
    score.map.name = "sub";
    return score;
  }
  std::vector<std::string>& ranks = score.output.ranks;
  std::erase(ranks, mapping::choice_rank(choice));
  ranks.push_back(choice.reduction->ranks.front());
  score.reduction.reset();
  return score;
}

// By how much one score is above another; 0 where it is not.
double lead(double above, double below) {
  if (above <= below) return 0;
  const double difference = above - below;
  return std::isnan(difference) ? kInfinity : difference;
}

}  // namespace

std::vector<std::string> choices(const Cascade& cascade) {
  const std::set<std::string> whole = whole_numbers(cascade);
  std::vector<std::string> found;
  for (const Einsum& einsum : cascade.einsums) {
    const bool each_step = cascade.iterate && einsum.section == Einsum::Section::kEach;
    const bool decides = whole.contains(einsum.name) || einsum.name == cascade.output.tensor;
    if (each_step || !decides || !has_declared_ranks(cascade, einsum)) continue;
    if (mapping::selects(einsum) || is_gate(einsum)) found.push_back(einsum.name);
  }
  return found;
}

Selection::Selection(const workloads::Instance& instance, const std::string& name, const Arithmetic& arithmetic)
    : instance_(instance),
      einsum_(*instance.cascade().producer(name)),
      arithmetic_(arithmetic),
      score_(score_of(einsum_)),
      is_topk_(mapping::selects(einsum_)) {}

Tensor Selection::scores(const Tensors& tensors, const Arithmetic& arithmetic) const {
  const workloads::Evaluator evaluator(instance_, score_, arithmetic);
  Tensor made = instance_.whole(score_.output, kUndefined);
  std::vector<const Tensor*> reads;
  for (const workloads::TensorRef& read : evaluator.reads()) reads.push_back(&tensors.at(read.tensor));
  evaluator.evaluate({}, reads, made, visits_of(instance_, score_, evaluator.ranks(), tensors));
  return instance_.merge(made, score_.output);
}

void Selection::add(const Tensor& chosen, const Tensors& exact, const Tensors& rounded) {
  const Tensor score = scores(exact, workloads::ExactArithmetic());
  const Tensor of_pes = scores(rounded, arithmetic_);
  for (std::size_t i = 0; i < score.values().size(); ++i) {
    const double value = score.values()[i];
    if (!std::isfinite(value) || !std::isfinite(of_pes.values()[i])) continue;
    largest_ = std::max(largest_, std::fabs(value));
    of_arithmetic_ = std::max(of_arithmetic_, std::fabs(of_pes.values()[i] - value));
  }
  const Tensor made = instance_.merge(chosen, einsum_.output);
  error_ = std::max(error_, is_topk_ ? lead_in_rows(made, score) : lead_of_bits(made, score));
}

// The candidates along the last rank of `scores` have a score there, the others NaN.
double Selection::lead_in_rows(const Tensor& chosen, const Tensor& scores) const {
  const auto& ranks = chosen.ranks();
  const std::string choice = mapping::choice_rank(einsum_);
  const auto at = static_cast<std::size_t>(std::find(ranks.begin(), ranks.end(), choice) - ranks.begin());
  const std::int64_t length = chosen.ranges()[at].size();
  const std::int64_t stride = chosen.stride(at);
  const std::int64_t extent = scores.ranges().back().size();
  double most = 0;
  std::vector<bool> held(static_cast<std::size_t>(extent));
  for (std::int64_t row = 0; row * length < static_cast<std::int64_t>(chosen.values().size()); ++row) {
    const double* const score = scores.values().data() + row * extent;
    const double* const first = chosen.values().data() + row / stride * stride * length + row % stride;
    std::fill(held.begin(), held.end(), false);
    std::int64_t count = 0;
    double worst = kInfinity;
    for (std::int64_t j = 0; j < length; ++j) {
      const double value = first[j * stride];
      if (value == -1) continue;
      const bool inside = value >= 0 && value < static_cast<double>(extent) && value == std::floor(value);
      const auto coordinate = inside ? static_cast<std::size_t>(value) : 0;
      if (!inside || held[coordinate] || std::isnan(score[coordinate])) return kInfinity;
      held[coordinate] = true;
      worst = std::min(worst, score[coordinate]);
      ++count;
    }
    const auto candidates = std::count_if(score, score + extent, [](double value) { return !std::isnan(value); });
    if (count != std::min<std::int64_t>(length, candidates)) return kInfinity;
    for (std::int64_t m = 0; m < extent; ++m) {
      if (!held[static_cast<std::size_t>(m)] && !std::isnan(score[m])) most = std::max(most, lead(score[m], worst));
    }
  }
  return most;
}

double Selection::lead_of_bits(const Tensor& bits, const Tensor& scores) const {
  double most = 0;
  for (std::size_t i = 0; i < bits.values().size(); ++i) {
    const double score = scores.values()[i];
    const double bit = bits.values()[i];
    if (std::isnan(score)) continue;
    if (bit != 0 && bit != 1) return kInfinity;
    most = std::max(most, bit == 1 ? lead(0, score) : lead(score, 0));
  }
  return most;
}

SelectionCheck Selection::result() const {
  const double scale = largest_ > 0 ? largest_ : 1;
  SelectionCheck check;
  check.name = einsum_.name;
  check.max_abs_error = error_;
  check.max_rel_error = error_ / scale;
  check.tolerance = std::max(2 * of_arithmetic_ / scale, std::exp2(-16));
  check.passed = check.max_rel_error <= check.tolerance;
  return check;
}

}  // namespace attnsim::sim::functional
