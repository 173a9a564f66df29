// Counts the points of a predicate: what each part of it is over a box, as long as that is affine.
#include <array>
#include <optional>

#include "workloads/constraint_points.h"
#include "workloads/interval_arithmetic.h"
#include "workloads/predicate.h"

namespace attnsim::workloads {

namespace {

using Ranks = std::uint64_t;  // a set of ranks, by bit
// What repeats with a period up to this one is taken apart by residues, all else by halves.
constexpr std::int64_t kMostResidues = 16;

// What a node is over a box. A number may be floor((sum + constant) / divisor), or the sum + constant modulo `modulus`;
// a truth value all of some constraints, or not all of them. Where neither is known, the box is to be taken apart along
// one of the ranks `open`; a period that is not 1 says that steps along them of its length would help.
struct Value {
  Interval range;
  bool is_affine = false;
  bool is_condition = false;
  bool negated = false;
  Coefficients coefficients = {};
  std::int64_t constant = 0;
  std::int64_t divisor = 1;
  std::int64_t modulus = 0;
  std::vector<Constraint> all;
  Ranks open = 0;
  std::int64_t period = 1;

  bool is_constant() const { return range.low == range.high; }
  bool is_sum() const { return is_affine && divisor == 1 && modulus == 0; }
};

bool is_one_sided(const Constraint& constraint) {
  return constraint.modulus == 0 && (constraint.sum.low == -kInfinity || constraint.sum.high == kInfinity);
}

Value negated(Value value) {
  value.range = {1 - value.range.high, 1 - value.range.low};
  value.constant = 1 - value.constant;
  if (!value.is_condition) {
    value.is_affine = value.is_affine && value.is_constant();
    return value;
  }
  if (value.all.size() != 1 || value.negated || !is_one_sided(value.all[0])) {
    value.negated = !value.negated;
    return value;
  }
  Interval& sum = value.all[0].sum;
  sum = sum.low == -kInfinity ? Interval{sum.high + 1, kInfinity} : Interval{-kInfinity, sum.low - 1};
  return value;
}

Value unknown(const Interval& range, Ranks open, std::int64_t period = 1) {
  Value value;
  value.range = range;
  value.open = open;
  value.period = period;
  return value;
}

// A function of both values that has no form.
Value unknown(const Interval& range, const Value& a, const Value& b) {
  return unknown(range, a.open | b.open, std::max(a.period, b.period));
}

// Two truth values that are both not decided.
Value both(const Value& a, const Value& b) {
  if (a.is_condition && b.is_condition && !a.negated && !b.negated) {
    Value value = a;
    value.all.insert(value.all.end(), b.all.begin(), b.all.end());
    value.open |= b.open;
    return value;
  }
  // What has no form is to be resolved first.
  if (a.is_condition == b.is_condition) return unknown({0, 1}, a, b);
  return a.is_condition ? unknown({0, 1}, b.open, b.period) : unknown({0, 1}, a.open, a.period);
}

std::optional<std::int64_t> points_of(const Value& value, const Sides& sides) {
  if (!value.is_condition) return std::nullopt;
  const auto found = points_where(value.all, sides);
  return found && value.negated ? volume(sides) - *found : found;
}

}  // namespace

class BoundPredicate::Counter {
 public:
  explicit Counter(const BoundPredicate& predicate) : predicate_(predicate) {
    for (const Node& node : predicate.nodes_) {
      const bool depends =
          node.op == Op::kRank || node.op == Op::kTable ||
          std::any_of(node.from.begin(), node.from.end(), [this](std::size_t argument) { return depends_[argument]; });
      const std::size_t at = values_.size();
      depends_.push_back(depends);
      values_.push_back(depends ? Value() : number(predicate.value(at, {})));
      box_of_.push_back(0);
    }
  }

  std::int64_t count(std::span<const Interval> box) {
    std::int64_t points = 0;
    std::vector<Sides> open(1);
    for (const Interval& side : box) open[0].push_back({side.low, 1, side.high - side.low + 1});
    while (!open.empty()) {
      sides_ = std::move(open.back());
      open.pop_back();
      ++box_;
      const Value& root = value(predicate_.root_);
      if (root.range.high == 0) continue;
      const auto found = root.range.low != 0 ? volume(sides_) : points_of(root, sides_);
      if (found) {
        points += *found;
      } else {
        take_apart(root, open);
      }
    }
    return points;
  }

 private:
  static Ranks bit(std::size_t rank) { return Ranks{1} << std::min<std::size_t>(rank, 63); }
  bool is_open(const Value& root, std::size_t rank) const {
    return (root.open & bit(rank)) != 0 && sides_[rank].length > 1;
  }

  void take_apart(const Value& root, std::vector<Sides>& open) const {
    const std::int64_t period = period_of(root);
    std::size_t longest = sides_.size();
    for (std::size_t rank = 0; rank < sides_.size(); ++rank) {
      if (!is_open(root, rank)) continue;
      const Side& side = sides_[rank];
      if (side.step % period != 0 && side.length > period) {
        for (std::int64_t residue = 0; residue < period; ++residue) {
          open.push_back(sides_);
          open.back()[rank] = {side.low + residue * side.step, side.step * period,
                               (side.length - residue + period - 1) / period};
        }
        return;
      }
      if (longest == sides_.size() || side.length > sides_[longest].length) longest = rank;
    }
    if (longest == sides_.size()) throw std::logic_error("an open condition has nothing to take apart");
    const Side& side = sides_[longest];
    const std::int64_t half = side.length / 2;
    open.push_back(sides_);
    open.back()[longest].length = half;
    open.push_back(sides_);
    open.back()[longest] = {side.low + half * side.step, side.step, side.length - half};
  }

  // Of constraints: what makes their moduli residues, and their coefficients the same.
  static std::int64_t period_of(const Value& root) {
    std::int64_t period = root.period;
    for (const Constraint& constraint : root.all) {
      std::int64_t most = constraint.modulus;
      for (const std::int64_t coefficient : constraint.coefficients) most = std::max(most, std::abs(coefficient));
      if (most <= kMostResidues) period = std::max(period, most);
    }
    return period;
  }

  Value number(std::int64_t at) const {
    Value value;
    value.range = {at, at};
    value.is_affine = at > -kInfinity / 2 && at < kInfinity / 2;
    value.constant = at;
    return value;
  }

  // With the range that an affine form has, and as a number where that is one.
  Value settled(Value value) const {
    Interval sum = {value.constant, value.constant};
    for (std::size_t rank = 0; rank < std::min(sides_.size(), kMostRanks); ++rank) {
      const std::int64_t reach = times(value.coefficients[rank], sides_[rank].length - 1);
      (reach < 0 ? sum.low : sum.high) = plus(reach < 0 ? sum.low : sum.high, reach);
    }
    value.range = {floor_div(sum.low, value.divisor), floor_div(sum.high, value.divisor)};
    return value.is_constant() ? number(value.range.low) : value;
  }

  static bool are_multiples(const Value& a, std::int64_t of) {
    return std::all_of(a.coefficients.begin(), a.coefficients.end(),
                       [of](std::int64_t coefficient) { return coefficient % of == 0; });
  }

  // What would make a quotient or a remainder a sum.
  static std::int64_t period_of_form(const Value& a) {
    if (!a.is_affine) return a.period;
    const std::int64_t period = std::max(a.divisor, a.modulus);
    return period <= kMostResidues ? std::max<std::int64_t>(period, 1) : 1;
  }

  // a + sign * b.
  Value sum(Value a, const Value& b, std::int64_t sign) const {
    const bool shifts = a.is_affine && a.modulus == 0 && b.is_constant() && b.is_affine;
    const bool adds = b.is_affine && b.modulus == 0 && a.is_constant() && a.is_affine && sign == 1;
    if (adds && !shifts) return sum(b, a, 1);
    if (!shifts && !(a.is_sum() && b.is_sum())) {
      const Interval range = sign == 1 ? Interval{plus(a.range.low, b.range.low), plus(a.range.high, b.range.high)}
                                       : Interval{plus(a.range.low, -b.range.high), plus(a.range.high, -b.range.low)};
      // Only what is no sum yet has to be taken apart: then the whole is one.
      const Ranks open = (a.is_sum() ? 0 : a.open) | (b.is_sum() ? 0 : b.open);
      return unknown(range, open != 0 ? open : a.open | b.open, std::max(period_of_form(a), period_of_form(b)));
    }
    for (std::size_t rank = 0; rank < kMostRanks; ++rank) a.coefficients[rank] += sign * b.coefficients[rank];
    a.constant += sign * b.constant * a.divisor;
    a.open |= b.open;
    return settled(std::move(a));
  }

  Value scaled(Value a, std::int64_t factor) const {
    if (!a.is_sum() || factor > kInfinity / 2 || factor < -kInfinity / 2)
      return unknown(products(a.range, {factor, factor}), a.open, period_of_form(a));
    for (std::int64_t& coefficient : a.coefficients) coefficient = times(coefficient, factor);
    a.constant = times(a.constant, factor);
    return settled(std::move(a));
  }

  Value divided_by(Value a, std::int64_t divisor) const {
    if (!a.is_affine || a.modulus != 0) {
      return unknown({floor_div(a.range.low, divisor), floor_div(a.range.high, divisor)}, a.open, period_of_form(a));
    }
    a.divisor = times(a.divisor, divisor);
    if (are_multiples(a, a.divisor)) {
      for (std::int64_t& coefficient : a.coefficients) coefficient /= a.divisor;
      a.constant = floor_div(a.constant, a.divisor);
      a.divisor = 1;
    }
    return settled(std::move(a));
  }

  Value modulo(Value a, std::int64_t modulus) const {
    const std::int64_t turns = floor_div(a.range.low, modulus);
    if (turns == floor_div(a.range.high, modulus)) return sum(std::move(a), number(turns * modulus), -1);
    if (modulus == 1) return number(0);
    if (!a.is_sum()) return unknown(workloads::modulus(a.range, modulus), a.open, period_of_form(a));
    if (are_multiples(a, modulus)) return number(floor_mod(a.constant, modulus));
    a.modulus = modulus;
    a.range = {0, modulus - 1};
    return a;
  }

  // The larger (sign 1) or the smaller one (-1).
  Value extreme(const Value& a, const Value& b, std::int64_t sign) const {
    const Interval ahead = sum(a, b, -1).range;
    if (sign * ahead.low >= 0 && sign * ahead.high >= 0) return a;
    if (sign * ahead.low <= 0 && sign * ahead.high <= 0) return b;
    return unknown(sign == 1 ? Interval{std::max(a.range.low, b.range.low), std::max(a.range.high, b.range.high)}
                             : Interval{std::min(a.range.low, b.range.low), std::min(a.range.high, b.range.high)},
                   a.open | b.open, std::max(period_of_form(a), period_of_form(b)));
  }

  // Whether floor((sum + constant) / divisor) lies in `values`.
  static Value lies_in(const Value& a, const Interval& values) {
    Value value = unknown({0, 1}, a.open);
    const std::int64_t low = values.low == -kInfinity ? -kInfinity : values.low * a.divisor - a.constant;
    const std::int64_t high =
        values.high == kInfinity ? kInfinity : values.high * a.divisor + a.divisor - 1 - a.constant;
    value.is_condition = true;
    value.all.push_back({a.coefficients, {low, high}, 0, 0});
    return value;
  }

  Value less_than(const Value& a, const Value& b) const {
    if (less(a.range, b.range).low == less(a.range, b.range).high) return number(less(a.range, b.range).low);
    if (a.is_affine && a.modulus == 0 && b.is_constant()) return lies_in(a, {-kInfinity, b.range.low - 1});
    if (b.is_affine && b.modulus == 0 && a.is_constant()) return lies_in(b, {a.range.low + 1, kInfinity});
    const Value ahead = sum(a, b, -1);
    if (ahead.range.high < 0 || ahead.range.low >= 0) return number(ahead.range.high < 0 ? 1 : 0);
    return ahead.is_affine ? lies_in(ahead, {-kInfinity, -1}) : unknown({0, 1}, ahead.open, ahead.period);
  }

  Value equals(const Value& a, const Value& b) const {
    if (equal(a.range, b.range).low == equal(a.range, b.range).high) return number(equal(a.range, b.range).low);
    if (a.is_constant()) return equals(b, a);
    if (a.is_affine && b.is_constant()) {
      if (a.modulus == 0) return lies_in(a, b.range);
      Value value = unknown({0, 1}, a.open);
      value.is_condition = true;
      value.all.push_back({a.coefficients, {}, a.modulus, floor_mod(b.range.low - a.constant, a.modulus)});
      return value;
    }
    const Value ahead = sum(a, b, -1);
    if (ahead.range.low > 0 || ahead.range.high < 0) return number(0);
    if (ahead.is_constant()) return number(1);
    return ahead.is_affine ? lies_in(ahead, {0, 0}) : unknown({0, 1}, ahead.open, ahead.period);
  }

  Value conjunction_of(const Value& a, const Value& b) const {
    if (a.range.high == 0 || b.range.high == 0) return number(0);
    if (a.range.low != 0) return b;
    return b.range.low != 0 ? a : both(a, b);
  }

  // Once for each box.
  const Value& value(std::size_t at) {
    if (depends_[at] && box_of_[at] != box_) {
      values_[at] = evaluate(at);
      box_of_[at] = box_;
    }
    return values_[at];
  }

  Value evaluate(std::size_t at) {
    const Node& node = predicate_.nodes_[at];
    if (node.op == Op::kRank) {
      const auto rank = static_cast<std::size_t>(node.number);
      const Side& side = sides_[rank];
      if (rank >= kMostRanks && side.length > 1) return unknown(side.hull(), bit(rank));
      Value one = number(side.low);
      if (side.length == 1) return one;
      one.coefficients[rank] = side.step;
      one.open = bit(rank);
      return settled(std::move(one));
    }
    if (node.op == Op::kTable) {
      std::vector<Interval> indices;
      Ranks open = 0;
      for (const std::size_t index : node.from) {
        indices.push_back(value(index).range);
        open |= value(index).open;
      }
      const Interval range = predicate_.range_of_table(node, indices);
      return range.low == range.high ? number(range.low) : unknown(range, open);
    }
    const Value& a = value(node.from[0]);
    if (node.op == Op::kNot) return negated(a);
    if (node.op == Op::kAbs) {
      if (a.range.low >= 0) return a;
      return a.range.high <= 0 ? scaled(a, -1) : unknown(magnitude(a.range), a.open, period_of_form(a));
    }
    if (node.op == Op::kAnd && a.range.high == 0) return a;
    if (node.op == Op::kOr && a.range.low != 0) return a;
    const Value& b = value(node.from[1]);
    switch (node.op) {
      case Op::kAdd:
        return sum(a, b, 1);
      case Op::kSub:
        return sum(a, b, -1);
      case Op::kMul:
        if (a.is_constant()) return scaled(b, a.range.low);
        return b.is_constant() ? scaled(a, b.range.low) : unknown(products(a.range, b.range), a, b);
      case Op::kDiv:
        return divided_by(a, b.range.low);
      case Op::kMod:
        return modulo(a, b.range.low);
      case Op::kMax:
        return extreme(a, b, 1);
      case Op::kMin:
        return extreme(a, b, -1);
      case Op::kAnd:
        return conjunction_of(a, b);
      case Op::kOr:
        return negated(conjunction_of(negated(a), negated(b)));
      case Op::kLess:
        return less_than(a, b);
      default:
        return equals(a, b);
    }
  }

  const BoundPredicate& predicate_;
  Sides sides_;
  std::int64_t box_ = 0;       // its number
  std::vector<bool> depends_;  // on coordinates; these and the following by node
  std::vector<Value> values_;
  std::vector<std::int64_t> box_of_;  // that the value is of
};

std::int64_t BoundPredicate::count(std::span<const Interval> box) const { return Counter(*this).count(box); }

}  // namespace attnsim::workloads
