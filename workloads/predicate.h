// Predicates: which points of an iteration space exist. A point off the predicate is the identity of its reduction and
// is not visited.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "workloads/index_expression.h"

namespace attnsim::workloads {

struct Cascade;
struct Workload;

// "m <= p + offset and p + offset - m < window", as written in a cascade's `where` or at the end of an Einsum.
struct Predicate {
  IndexExpression condition;  // a truth value
  common::Location where;
};

// Both predicates at once.
Predicate conjunction(const Predicate& a, const Predicate& b);

// The coordinates from low to high, both included; low <= high.
struct Interval {
  std::int64_t low = 0;
  std::int64_t high = 0;
  bool operator==(const Interval&) const = default;
};

enum class Cover { kEmpty, kPartial, kFull };

// A tensor of whole numbers, row-major: what "doc[m]" looks up. Outside its shape it gives -1.
struct Table {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> values;
};

// The names that a predicate may use besides ranks, with their values: the cascade's parameters that are whole numbers
// (an infinite one counts as a very large one), the workload's quantities, and `offset`, which is keys minus queries.
std::map<std::string, std::int64_t> predicate_values(const Cascade& cascade, const Workload& workload);

// The extent of a declared rank of the cascade; below 1 where the workload lacks a quantity.
std::int64_t rank_extent(const Cascade& cascade, const std::string& rank, const Workload& workload);

// A predicate with all names but its ranks given values, ready for evaluation. Points and boxes are in the order of
// `ranks`, which may hold more ranks than the predicate has. Copies share nothing and are cheap enough to pass around.
class BoundPredicate {
 public:
  // Throws InputError at the predicate where a name has no value, or a divisor is not positive.
  BoundPredicate(const Predicate& predicate, std::vector<std::string> ranks,
                 const std::map<std::string, std::int64_t>& values, std::map<std::string, Table> tables = {});

  const std::vector<std::string>& ranks() const { return ranks_; }
  bool holds(std::span<const std::int64_t> point) const;
  // What the condition gives; a number where it is an index rather than a predicate.
  std::int64_t value(std::span<const std::int64_t> point) const { return value(root_, point); }
  // What it lies between over a box, by interval arithmetic: no narrower than it is.
  Interval range(std::span<const Interval> box) const { return range(root_, box); }

  // Whether no point, some or all of a box are visited. Exact wherever the box is decided within `kSplits` splits of
  // it, which all affine conditions over tiles of usual sizes are; else a box that is empty or full may count as
  // partial, never the other way round.
  Cover classify(std::span<const Interval> box) const;

  // How many points of a box are visited; exact. Halves the box until conditions are affine, and then counts in closed
  // form: time grows with the tiles that a mask is made of (grid rows, blocks, what a table selects), not with points.
  std::int64_t count(std::span<const Interval> box) const;

  static constexpr int kSplits = 4096;

 private:
  class Counter;
  enum class Op {
    kNumber,
    kRank,
    kTable,
    kAbs,
    kAdd,
    kAnd,
    kDiv,
    kEqual,
    kLess,
    kMax,
    kMin,
    kMod,
    kMul,
    kNot,
    kOr,
    kSub
  };
  struct Node {
    Op op = Op::kNumber;
    std::int64_t number = 0;        // kNumber; kRank and kTable: its position in ranks_ or tables_; else 0
    std::vector<std::size_t> from;  // positions of the arguments in nodes_
  };
  // Truth values are 0 and 1.
  std::size_t add(const IndexExpression& expression, const Predicate& predicate,
                  const std::map<std::string, std::int64_t>& values);
  // Equal parts are one node.
  std::size_t add(Op op, std::vector<std::size_t> from, std::int64_t number = 0);
  std::int64_t value(std::size_t node, std::span<const std::int64_t> point) const;
  Interval range(std::size_t node, std::span<const Interval> box) const;
  Interval range_of_table(const Node& node, std::span<const Interval> indices) const;
  Cover quick(std::span<const Interval> box) const;  // by interval arithmetic alone

  std::vector<std::string> ranks_;
  std::vector<std::pair<std::string, Table>> tables_;
  std::vector<Node> nodes_;  // arguments before their calls
  std::size_t root_ = 0;     // the condition
};

}  // namespace attnsim::workloads
