// One Einsum over a box of coordinates: the step that the interpreter and the execution of a Program share.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "workloads/formula.h"
#include "workloads/instance.h"

namespace attnsim::workloads {

// Whether a point is visited, by its positions along Evaluator::ranks() (coordinates, where no heads share them).
// Points that are not are no part of a reduction, and a map leaves its output there as it was.
using Visits = std::function<bool(std::span<const std::int64_t>)>;

// A tensor of whole numbers for lookups; what has no value counts as -1.
Table table_of(const Tensor& tensor);

// Reduced points are combined in ascending order, the last written rank first, as the hardware does it.
class Evaluator {
 public:
  // Keeps references to all of them.
  Evaluator(const Instance& instance, const Einsum& einsum, const Arithmetic& arithmetic);

  // The tensors that it reads, in the order that evaluate() takes them, without duplicates.
  const std::vector<TensorRef>& reads() const { return reads_; }
  // The declared ranks that it goes through element by element: m where it has m1 and m0, but not where it has m1
  // alone.
  const std::vector<std::string>& ranks() const { return ranks_; }
  // All ranks that it goes through, as parts, outermost first: fixed ones (an iterated rank), its output's, reduced
  // ones.
  const std::vector<std::string>& parts() const { return parts_; }

  // Evaluates the points of `box`, which holds a range for any of parts(); ranks that it lacks are taken whole. A
  // reduction starts from its identity, or with `accumulate` from what the output holds; so does a scan, and then from
  // what the output holds at the first point along it, in place of all points before the box. Throws std::out_of_range
  // where the box leaves the tensors.
  void evaluate(const Box& box, const std::vector<const Tensor*>& inputs, Tensor& output, const Visits& visits = {},
                bool accumulate = false) const;

 private:
  class Walk;
  void select(Walk& walk) const;

  struct Declared {  // a rank of ranks(): the sum of its parts' coordinates times their weights
    std::vector<std::pair<std::size_t, std::int64_t>> parts;
    std::int64_t extent = 0;
    std::int64_t sharing = 1;
  };

  const Instance* instance_;
  const Arithmetic* arithmetic_;
  TensorRef output_;
  Formula formula_;
  std::vector<TensorRef> reads_;  // the formula's, then those that indices look up
  std::optional<Combination> combination_;
  std::vector<std::string> parts_;
  std::size_t reduced_begin_ = 0;  // parts from here on are reduced, or scanned
  std::size_t choice_ = 0;         // of a selection: the part that numbers what is selected
  bool selects_ = false;
  bool scans_ = false;
  std::vector<std::string> ranks_;
  std::vector<Declared> declared_;
};

}  // namespace attnsim::workloads
