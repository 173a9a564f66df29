// The sections of a cascade in turn, each step of the iterated rank with the values that the one before left.
#include "workloads/interpreter.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>
#include <utility>

namespace attnsim::workloads {

namespace {

using Section = Einsum::Section;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::string key(const TensorRef& reference) { return reference.tensor + (reference.next ? "'" : ""); }

class Interpreter {
 public:
  Interpreter(const Instance& instance, const Tensors& inputs, const ArithmeticOf& arithmetic_of,
              const VisitsOf& visits_of)
      : instance_(instance), cascade_(instance.cascade()) {
    for (const TensorRef& input : cascade_.inputs) {
      const auto given = inputs.find(input.tensor);
      if (given == inputs.end()) throw std::invalid_argument(fmt::format("no input {}", input.tensor));
      if (given->second.ranks() != input.ranks) {
        throw std::invalid_argument(fmt::format("the input {} has other ranks", input.tensor));
      }
      tensors_[input.tensor] = instance.split(given->second);
    }
    for (const TensorRef& table : cascade_.metadata) {
      const auto given = inputs.find(table.tensor);
      if (given == inputs.end()) throw std::invalid_argument(fmt::format("no input {}", table.tensor));
      tensors_[table.tensor] = given->second;
    }
    for (const Einsum& einsum : cascade_.einsums) {
      evaluators_.emplace_back(instance, einsum, arithmetic_of(einsum));
      visits_.push_back(visits_of ? visits_of(einsum, evaluators_.back().ranks()) : Visits());
      if (!visits_of) predicates_.push_back(cascade_.predicate_of(einsum));
      Tensor& made = tensors_[key(einsum.output)] = instance.whole(einsum.output, kUndefined);
      const auto given = inputs.find(einsum.name);
      given_.push_back(given != inputs.end());
      if (!given_.back()) continue;
      if (given->second.ranks() != made.ranks() || given->second.ranges() != made.ranges()) {
        throw std::invalid_argument(fmt::format("the given {} has other ranks or extents", einsum.name));
      }
      made = given->second;
    }
  }

  Tensors run() {
    if (!cascade_.iterate) {
      run_section(Section::kEach, {});
      return std::move(tensors_);
    }
    run_section(Section::kStart, {});
    for (std::int64_t step = 0; step < instance_.extent(*cascade_.iterate); ++step) {
      run_section(Section::kEach, {{*cascade_.iterate, {step, step + 1}}});
      for (const Einsum& einsum : cascade_.einsums) {
        if (einsum.output.next) std::swap(tensors_.at(einsum.name), tensors_.at(einsum.name + "'"));
      }
    }
    for (const Einsum& einsum : cascade_.einsums) {
      if (einsum.output.next) tensors_.erase(einsum.name + "'");
    }
    run_section(Section::kFinish, {});
    return std::move(tensors_);
  }

 private:
  void run_section(Section section, const Box& box) {
    for (std::size_t i = 0; i < evaluators_.size(); ++i) {
      const Einsum& einsum = cascade_.einsums[i];
      if (einsum.section != section || given_[i]) continue;
      std::vector<const Tensor*> reads;
      for (const TensorRef& read : evaluators_[i].reads()) reads.push_back(&tensors_.at(key(read)));
      const bool masked = !predicates_.empty() && predicates_[i];
      evaluators_[i].evaluate(box, reads, tensors_.at(key(einsum.output)), masked ? visits(i) : visits_[i]);
    }
  }

  // The predicate with what its lookups find now.
  Visits visits(std::size_t i) const {
    std::map<std::string, Table> tables;
    for (const std::string& name : workloads::tables(predicates_[i]->condition)) {
      tables[name] = table_of(tensors_.at(name));
    }
    const BoundPredicate bound(*predicates_[i], evaluators_[i].ranks(), instance_.index_values(), std::move(tables));
    return [bound](std::span<const std::int64_t> point) { return bound.holds(point); };
  }

  const Instance& instance_;
  const Cascade& cascade_;
  Tensors tensors_;
  std::vector<Evaluator> evaluators_;
  std::vector<Visits> visits_;
  std::vector<bool> given_;
  std::vector<std::optional<Predicate>> predicates_;  // where nobody says which points are visited
};

}  // namespace

Tensors interpret(const Instance& instance, const Tensors& inputs, const ArithmeticOf& arithmetic_of,
                  const VisitsOf& visits_of) {
  return Interpreter(instance, inputs, arithmetic_of, visits_of).run();
}

Tensors interpret(const Instance& instance, const Tensors& inputs, const Arithmetic& arithmetic,
                  const VisitsOf& visits_of) {
  const ArithmeticOf same = [&arithmetic](const Einsum&) -> const Arithmetic& { return arithmetic; };
  return interpret(instance, inputs, same, visits_of);
}

}  // namespace attnsim::workloads
