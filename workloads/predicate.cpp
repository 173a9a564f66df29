// Predicates at a point, by evaluation; over a box, by interval arithmetic and, where that leaves it open, by halving
// the box until it does not.
#include "workloads/predicate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "workloads/cascade.h"
#include "workloads/interval_arithmetic.h"
#include "workloads/workload.h"

namespace attnsim::workloads {

namespace {

// Halves the longest side; `box` keeps the lower half.
std::vector<Interval> halve(std::vector<Interval>& box) {
  const auto longest = std::max_element(
      box.begin(), box.end(), [](const Interval& a, const Interval& b) { return a.high - a.low < b.high - b.low; });
  const std::int64_t middle = longest->low + (longest->high - longest->low) / 2;
  std::vector<Interval> upper = box;
  upper[static_cast<std::size_t>(longest - box.begin())].low = middle + 1;
  longest->high = middle;
  return upper;
}

}  // namespace

Predicate conjunction(const Predicate& a, const Predicate& b) {
  IndexExpression both;
  both.kind = IndexExpression::Kind::kCall;
  both.name = "and";
  both.arguments = {a.condition, b.condition};
  return {both, b.where};
}

std::map<std::string, std::int64_t> predicate_values(const Cascade& cascade, const Workload& workload) {
  std::map<std::string, std::int64_t> values;
  for (const auto& [name, value] : cascade.parameters) {
    if (std::isinf(value)) {
      values[name] = value > 0 ? kInfinity : -kInfinity;
    } else if (value == std::floor(value) && std::abs(value) < static_cast<double>(kInfinity)) {
      values[name] = static_cast<std::int64_t>(value);
    }
  }
  for (const std::string& quantity : Workload::quantities()) values[quantity] = workload.extent(quantity);
  values["offset"] = workload.kv_len - workload.seq_len;
  return values;
}

std::int64_t rank_extent(const Cascade& cascade, const std::string& rank, const Workload& workload) {
  const auto declared =
      std::find_if(cascade.ranks.begin(), cascade.ranks.end(), [&](const auto& known) { return known.first == rank; });
  if (declared == cascade.ranks.end()) throw std::out_of_range(fmt::format("no rank {}", rank));
  const Predicate extent{parse_index(declared->second, {}), {cascade.id, 0, "ranks." + rank}};
  return BoundPredicate(extent, {}, predicate_values(cascade, workload)).value({});
}

BoundPredicate::BoundPredicate(const Predicate& predicate, std::vector<std::string> ranks,
                               const std::map<std::string, std::int64_t>& values, std::map<std::string, Table> tables)
    : ranks_(std::move(ranks)),
      tables_(std::make_move_iterator(tables.begin()), std::make_move_iterator(tables.end())) {
  root_ = add(predicate.condition, predicate, values);
}

std::size_t BoundPredicate::add(Op op, std::vector<std::size_t> from, std::int64_t number) {
  const auto known = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) {
    return node.op == op && node.number == number && node.from == from;
  });
  if (known != nodes_.end()) return static_cast<std::size_t>(known - nodes_.begin());
  nodes_.push_back({op, number, std::move(from)});
  return nodes_.size() - 1;
}

std::size_t BoundPredicate::add(const IndexExpression& expression, const Predicate& predicate,
                                const std::map<std::string, std::int64_t>& values) {
  using Kind = IndexExpression::Kind;
  const auto number = [&](std::int64_t value) { return add(Op::kNumber, {}, value); };
  if (expression.kind == Kind::kNumber) return number(expression.number);
  if (expression.kind == Kind::kName) {
    const auto rank = std::find(ranks_.begin(), ranks_.end(), expression.name);
    if (rank != ranks_.end()) return add(Op::kRank, {}, rank - ranks_.begin());
    const auto known = values.find(expression.name);
    if (known == values.end()) {
      throw common::InputError(predicate.where, fmt::format("'{}' in '{}' must be a whole number", expression.name,
                                                            to_string(predicate.condition)));
    }
    return number(known->second);
  }
  std::vector<std::size_t> from;
  for (const IndexExpression& argument : expression.arguments) from.push_back(add(argument, predicate, values));
  if (expression.kind == Kind::kTable) {
    const auto table =
        std::find_if(tables_.begin(), tables_.end(), [&](const auto& known) { return known.first == expression.name; });
    if (table == tables_.end()) {
      throw common::InputError(predicate.where, fmt::format("no values are given for '{}'", expression.name));
    }
    return add(Op::kTable, std::move(from), table - tables_.begin());
  }
  if (expression.name == "div" || expression.name == "mod") {
    const std::int64_t divisor = nodes_[from[1]].op == Op::kNumber ? nodes_[from[1]].number : value(from[1], {});
    if (divisor < 1) {
      throw common::InputError(
          predicate.where, fmt::format("'{}' divides by {}, which must be 1 or more (got {})", to_string(expression),
                                       to_string(expression.arguments[1]), divisor));
    }
    return add(expression.name == "div" ? Op::kDiv : Op::kMod, {from[0], number(divisor)});
  }
  // a <= b is not b < a, a > b is b < a, and so on.
  if (expression.name == "less_equal") return add(Op::kNot, {add(Op::kLess, {from[1], from[0]})});
  if (expression.name == "greater") return add(Op::kLess, {from[1], from[0]});
  if (expression.name == "greater_equal") return add(Op::kNot, {add(Op::kLess, {from[0], from[1]})});
  if (expression.name == "not_equal") return add(Op::kNot, {add(Op::kEqual, {from[0], from[1]})});
  if (expression.name == "neg") return add(Op::kSub, {number(0), from[0]});
  static const std::map<std::string, Op> ops = {{"abs", Op::kAbs},     {"add", Op::kAdd},   {"and", Op::kAnd},
                                                {"equal", Op::kEqual}, {"less", Op::kLess}, {"max", Op::kMax},
                                                {"min", Op::kMin},     {"mul", Op::kMul},   {"not", Op::kNot},
                                                {"or", Op::kOr},       {"sub", Op::kSub}};
  return add(ops.at(expression.name), std::move(from));
}

std::int64_t BoundPredicate::value(std::size_t at, std::span<const std::int64_t> point) const {
  const Node& node = nodes_[at];
  const auto a = [&] { return value(node.from[0], point); };
  const auto b = [&] { return value(node.from[1], point); };
  switch (node.op) {
    case Op::kNumber:
      return node.number;
    case Op::kRank:
      return point[static_cast<std::size_t>(node.number)];
    case Op::kTable: {
      const Table& table = tables_[static_cast<std::size_t>(node.number)].second;
      std::int64_t position = 0;
      for (std::size_t i = 0; i < node.from.size(); ++i) {
        const std::int64_t index = value(node.from[i], point);
        if (index < 0 || index >= table.shape[i]) return -1;
        position = position * table.shape[i] + index;
      }
      return table.values[static_cast<std::size_t>(position)];
    }
    case Op::kAbs:
      return std::abs(a());
    case Op::kAdd:
      return plus(a(), b());
    case Op::kAnd:
      return a() != 0 ? b() : 0;
    case Op::kDiv:
      return floor_div(a(), b());
    case Op::kEqual:
      return a() == b() ? 1 : 0;
    case Op::kLess:
      return a() < b() ? 1 : 0;
    case Op::kMax:
      return std::max(a(), b());
    case Op::kMin:
      return std::min(a(), b());
    case Op::kMod:
      return floor_mod(a(), b());
    case Op::kMul:
      return times(a(), b());
    case Op::kNot:
      return 1 - a();
    case Op::kOr:
      return a() != 0 ? 1 : b();
    case Op::kSub:
      return plus(a(), -b());
  }
  return 0;
}

Interval BoundPredicate::range_of_table(const Node& node, std::span<const Interval> indices) const {
  const Table& table = tables_[static_cast<std::size_t>(node.number)].second;
  Interval found = {kInfinity, -kInfinity};
  const auto see = [&found](std::int64_t value) { found = {std::min(found.low, value), std::max(found.high, value)}; };
  std::vector<Interval> inside;
  for (std::size_t i = 0; i < node.from.size(); ++i) {
    const Interval& index = indices[i];
    const Interval part = {std::max<std::int64_t>(index.low, 0), std::min(index.high, table.shape[i] - 1)};
    if (!(part == index)) see(-1);
    if (part.low > part.high) return {-1, -1};
    inside.push_back(part);
  }
  // Walks the part of the table that the indices may reach.
  std::vector<std::int64_t> at;
  for (const Interval& side : inside) at.push_back(side.low);
  for (bool more = true; more;) {
    std::int64_t position = 0;
    for (std::size_t i = 0; i < at.size(); ++i) position = position * table.shape[i] + at[i];
    see(table.values[static_cast<std::size_t>(position)]);
    more = false;
    for (std::size_t i = at.size(); i-- > 0 && !more;) {
      more = ++at[i] <= inside[i].high;
      if (!more) at[i] = inside[i].low;
    }
  }
  return found;
}

Interval BoundPredicate::range(std::size_t at, std::span<const Interval> box) const {
  const Node& node = nodes_[at];
  if (node.op == Op::kNumber) return {node.number, node.number};
  if (node.op == Op::kRank) return box[static_cast<std::size_t>(node.number)];
  if (node.op == Op::kTable) {
    std::vector<Interval> indices;
    for (const std::size_t index : node.from) indices.push_back(range(index, box));
    return range_of_table(node, indices);
  }
  const Interval a = range(node.from[0], box);
  if (node.op == Op::kAbs) return magnitude(a);
  if (node.op == Op::kNot) return {1 - a.high, 1 - a.low};
  const Interval b = range(node.from[1], box);
  switch (node.op) {
    case Op::kAdd:
      return {plus(a.low, b.low), plus(a.high, b.high)};
    case Op::kSub:
      return {plus(a.low, -b.high), plus(a.high, -b.low)};
    case Op::kMul:
      return products(a, b);
    case Op::kDiv:
      return {floor_div(a.low, b.low), floor_div(a.high, b.low)};
    case Op::kMod:
      return modulus(a, b.low);
    case Op::kMax:
    case Op::kOr:
      return {std::max(a.low, b.low), std::max(a.high, b.high)};
    case Op::kMin:
    case Op::kAnd:
      return {std::min(a.low, b.low), std::min(a.high, b.high)};
    case Op::kLess:
      return less(a, b);
    default:
      return equal(a, b);
  }
}

bool BoundPredicate::holds(std::span<const std::int64_t> point) const { return value(root_, point) != 0; }

Cover BoundPredicate::quick(std::span<const Interval> box) const {
  const Interval truth = range(root_, box);
  if (truth.low != 0) return Cover::kFull;
  return truth.high == 0 ? Cover::kEmpty : Cover::kPartial;
}

Cover BoundPredicate::classify(std::span<const Interval> box) const {
  const Cover at_once = quick(box);
  if (at_once != Cover::kPartial) return at_once;
  // Two opposite corners settle most boxes that truly are partial.
  std::vector<std::int64_t> low;
  std::vector<std::int64_t> high;
  for (const Interval& side : box) {
    low.push_back(side.low);
    high.push_back(side.high);
  }
  bool visited = holds(low);
  bool left_out = !visited;
  (holds(high) ? visited : left_out) = true;
  std::vector<std::vector<Interval>> open = {{box.begin(), box.end()}};
  for (int splits = 0; !open.empty() && !(visited && left_out); ++splits) {
    if (splits == kSplits) return Cover::kPartial;
    std::vector<Interval> part = std::move(open.back());
    open.pop_back();
    const Cover cover = quick(part);
    if (cover != Cover::kPartial) {
      (cover == Cover::kFull ? visited : left_out) = true;
      continue;
    }
    open.push_back(halve(part));
    open.push_back(std::move(part));
  }
  if (visited && left_out) return Cover::kPartial;
  return visited ? Cover::kFull : Cover::kEmpty;
}

}  // namespace attnsim::workloads
