// The loop over tiles that makes one pass of several: running reductions G, and running sums that are multiplied by a
// correction whenever a G that their terms were made with has changed.
//   exp(x - G') = exp(x - G) * exp(G - G')        x / G' = (x / G) * (G / G')
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "workloads/passes.h"
#include "workloads/product.h"
#include "workloads/reassociation.h"

namespace attnsim::workloads {

namespace {

using Ranks = std::vector<std::string>;
using Section = Einsum::Section;

bool contains(const Ranks& ranks, const std::string& rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

class Loop {
 public:
  Loop(const Cascade& cascade, const std::string& rank) : cascade_(cascade), rank_(rank), after_(cascade) {}

  std::optional<Reassociation> run() {
    // An output with the rank is gone over by the loop once, so nothing could correct it.
    const bool fits =
        !cascade_.iterate && cascade_.further_outputs.empty() && share(cascade_.output.ranks) == 0 && !looks_up();
    if (!fits || analyse_passes(cascade_, rank_).count < 2 || !split()) return std::nullopt;
    after_.einsums.clear();
    after_.iterate = outer_;
    for (const Einsum& einsum : cascade_.einsums) {
      if (!place(einsum)) return std::nullopt;
    }
    if (corrections_.empty()) return std::nullopt;
    std::vector<Einsum>& lines = after_.einsums;
    lines.insert(lines.end(), start_.begin(), start_.end());
    lines.insert(lines.end(), each_.begin(), each_.end());
    lines.insert(lines.end(), finish_.begin(), finish_.end());
    Reassociation result{Reassociation::Kind::kIteration, rank_, {}, {}, std::move(after_)};
    for (const auto& [tensor, correction] : corrections_) {
      result.factors.push_back(to_string(cascade_.producer(tensor)->output));
      result.corrections.push_back(to_string(correction));
    }
    return result;
  }

 private:
  // Indices, lookups, scans and predicates of single Einsums may reach beyond the tile at hand.
  bool looks_up() const {
    const auto indexed = [](const TensorRef& read) { return !read.indices.empty(); };
    return (cascade_.predicate && !tables(cascade_.predicate->condition).empty()) ||
           std::any_of(cascade_.einsums.begin(), cascade_.einsums.end(), [&](const Einsum& einsum) {
             const std::vector<TensorRef> reads = cascade_.reads(einsum);
             return einsum.predicate || einsum.scan || std::any_of(reads.begin(), reads.end(), indexed);
           });
  }

  // The tile's own rank within the loop; false where parts are named by the user in a way that is not a loop of tiles.
  bool split() {
    const Ranks parts = cascade_.parts(rank_);
    if (parts.size() == 1) {
      if (cascade_.is_rank(rank_ + "1") || cascade_.is_rank(rank_ + "0")) return false;
      after_.split[rank_] = {rank_ + "1", rank_ + "0"};
    }
    outer_ = after_.split.at(rank_).front();
    inner_.assign(after_.split.at(rank_).begin() + 1, after_.split.at(rank_).end());
    return true;
  }

  bool of_rank(const std::string& rank) const { return cascade_.base_rank(rank) == rank_; }

  // 0: none of the rank; 1: all of it; -1: a part, such as a summary a tile.
  int share(const Ranks& ranks) const {
    const auto count =
        std::count_if(ranks.begin(), ranks.end(), [&](const std::string& rank) { return of_rank(rank); });
    if (count == 0) return 0;
    const bool all = contains(ranks, rank_) || count == static_cast<long>(cascade_.parts(rank_).size());
    return all ? 1 : -1;
  }

  // Ranks within a step: those of an intermediate value lack the loop's, an input keeps it.
  Ranks in_step(const Ranks& ranks, bool input) const {
    Ranks result;
    bool done = false;
    for (const std::string& rank : ranks) {
      if (!of_rank(rank)) {
        result.push_back(rank);
        continue;
      }
      if (!done && input) result.push_back(outer_);
      if (!done) result.insert(result.end(), inner_.begin(), inner_.end());
      done = true;
    }
    return result;
  }

  static std::string running(const std::string& tensor) { return "R" + tensor; }

  bool is_free(const std::string& name) const {
    return !cascade_.is_input(name) && cascade_.producer(name) == nullptr && !made_.contains(name);
  }

  // Reads within a step: running values are the new ones.
  Expression stepped(Expression expression) const {
    if (expression.kind == Expression::Kind::kTensor) {
      TensorRef& read = expression.tensor;
      const bool complete = completed_.contains(read.tensor);
      read.ranks = in_step(read.ranks, cascade_.is_input(read.tensor));
      if (complete) read = {running(read.tensor), true, read.ranks};
    }
    for (Expression& argument : expression.arguments) argument = stepped(argument);
    return expression;
  }

  Expression finished(Expression expression) const {
    if (expression.kind == Expression::Kind::kTensor && completed_.contains(expression.tensor.tensor)) {
      expression.tensor.tensor = running(expression.tensor.tensor);
    }
    for (Expression& argument : expression.arguments) argument = finished(argument);
    return expression;
  }

  Einsum line(const TensorRef& output, const std::string& right, Section section, const Einsum& origin) const {
    Einsum einsum = parse_einsum(fmt::format("{} = {}", to_string(output), right), origin.where);
    einsum.section = section;
    return einsum;
  }

  bool place(const Einsum& einsum) {
    const int touched = share(einsum.iteration_ranks());
    if (touched < 0) return false;
    if (touched == 0) return place_outside(einsum);
    if (share(einsum.output.ranks) == 1) return place_map(einsum);
    return share(einsum.output.ranks) == 0 && place_reduction(einsum);
  }

  // Before the loop what waits for nothing, after it what waits for complete values; those that the loop itself would
  // have to wait for are refused where they are read.
  bool place_outside(const Einsum& einsum) {
    const std::vector<TensorRef> reads = einsum.inputs();
    const bool late = std::any_of(reads.begin(), reads.end(), [&](const TensorRef& read) {
      return completed_.contains(read.tensor) || late_.contains(read.tensor);
    });
    if (late) late_.insert(einsum.name);
    Einsum copy = einsum;
    copy.section = late ? Section::kFinish : Section::kStart;
    if (late) {
      copy.map = finished(einsum.map);
      copy.text = text_of(copy);
    }
    (late ? finish_ : start_).push_back(copy);
    return true;
  }

  static std::string text_of(const Einsum& einsum) {
    const std::string reduction =
        einsum.reduction ? fmt::format("{}({}) ", einsum.reduction->op, fmt::join(einsum.reduction->ranks, ",")) : "";
    return fmt::format("{} = {}{}", to_string(einsum.output), reduction, to_string(einsum.map));
  }

  std::set<std::string> completed_in(const Expression& expression) const {
    std::set<std::string> found;
    for (const TensorRef& read : tensors_of(expression)) {
      if (completed_.contains(read.tensor)) found.insert(read.tensor);
    }
    return found;
  }

  bool waits(const Expression& expression) const {
    const std::vector<TensorRef> reads = tensors_of(expression);
    return std::any_of(reads.begin(), reads.end(), [&](const TensorRef& read) {
      return late_.contains(read.tensor) || completed_.contains(read.tensor) || stale_.contains(read.tensor);
    });
  }

  // The completed values that a map's result is proportional to a function of; nothing where it is not proportional.
  std::optional<std::set<std::string>> corrected(const Expression& map) {
    std::set<std::string> found;
    for (const Factor& factor : factors_of(map)) {
      const Expression& value = factor.value;
      if (!waits(value)) continue;
      if (value.kind == Expression::Kind::kTensor && !late_.contains(value.tensor.tensor)) {
        const std::string& name = value.tensor.tensor;
        if (completed_.contains(name)) {
          // The first value would be divided by where it multiplies; and only a sum's first value is 0.
          if (!factor.divides || completed_.at(name) != "sum") return std::nullopt;
          TensorRef next = value.tensor;
          next.tensor = running(name);
          TensorRef now = next;
          next.next = true;
          found.insert(name);
          corrections_.try_emplace(name, call("div", {tensor(now), tensor(next)}));
        } else {
          if (factor.divides) return std::nullopt;
          found.insert(stale_.at(name).begin(), stale_.at(name).end());
        }
        continue;
      }
      if (factor.divides || !take_exponential(value, found)) return std::nullopt;
    }
    return found;
  }

  // exp(x - G) and exp2(x - G), x without anything that waits.
  bool take_exponential(const Expression& value, std::set<std::string>& found) {
    const bool exponential = value.kind == Expression::Kind::kCall && (value.name == "exp" || value.name == "exp2") &&
                             value.arguments[0].kind == Expression::Kind::kCall && value.arguments[0].name == "sub";
    if (!exponential) return false;
    const Expression& left = value.arguments[0].arguments[0];
    const Expression& right = value.arguments[0].arguments[1];
    const bool fits =
        !waits(left) && right.kind == Expression::Kind::kTensor && completed_.contains(right.tensor.tensor);
    // A minimum begins at inf, and exp(inf) would be the first correction.
    if (!fits || completed_.at(right.tensor.tensor) == "min") return false;
    TensorRef next = right.tensor;
    next.tensor = running(next.tensor);
    const TensorRef now = next;
    next.next = true;
    found.insert(right.tensor.tensor);
    const Expression correction = call(value.name, {call("sub", {tensor(now), tensor(next)})});
    const auto [at, fresh] = corrections_.try_emplace(right.tensor.tensor, correction);
    return fresh || at->second == correction;
  }

  bool place_map(const Einsum& einsum) {
    if (!add_stale(einsum)) return false;
    const TensorRef output{einsum.name, false, in_step(einsum.output.ranks, false)};
    Einsum copy = einsum;
    copy.output = output;
    copy.map = stepped(einsum.map);
    copy.section = Section::kEach;
    copy.text = text_of(copy);
    each_.push_back(copy);
    made_.insert(einsum.name);
    return true;
  }

  // What a map or a sum is made of that is complete only after the loop.
  bool add_stale(const Einsum& einsum) {
    const bool sum = !einsum.reduction || einsum.reduction->op == "sum";
    if (!waits(einsum.map)) return true;
    const auto of = sum ? corrected(einsum.map) : std::nullopt;
    if (!of) return false;
    stale_[einsum.name] = *of;
    return true;
  }

  bool place_reduction(const Einsum& einsum) {
    const std::string& op = einsum.reduction->op;
    const bool known = (op == "sum" || op == "max" || op == "min") && add_stale(einsum);
    const std::string local = "L" + einsum.name;
    const std::string run = running(einsum.name);
    if (!known || !is_free(local) || !is_free(run)) return false;
    Ranks summed;
    for (const std::string& rank : einsum.reduction->ranks) {
      if (!of_rank(rank)) summed.push_back(rank);
    }
    summed.insert(summed.end(), inner_.begin(), inner_.end());
    const TensorRef total{run, false, einsum.output.ranks};
    const TensorRef next{run, true, einsum.output.ranks};
    const TensorRef tile{local, false, einsum.output.ranks};
    start_.push_back(line(total, op == "sum" ? "0" : op == "max" ? "-inf" : "inf", Section::kStart, einsum));
    each_.push_back(line(tile, fmt::format("{}({}) {}", op, fmt::join(summed, ","), to_string(stepped(einsum.map))),
                         Section::kEach, einsum));
    std::string before = to_string(total);
    if (const auto stale = stale_.find(einsum.name); stale != stale_.end()) {
      for (const std::string& of : stale->second) before += " * " + to_string(correction_tensor(of, einsum));
    }
    const std::string right = op == "sum" ? fmt::format("{} + {}", before, to_string(tile))
                                          : fmt::format("{}({}, {})", op, before, to_string(tile));
    each_.push_back(line(next, right, Section::kEach, einsum));
    made_.insert({local, run});
    completed_.emplace(einsum.name, op);
    if (einsum.name == cascade_.output.tensor) {
      finish_.push_back(line(cascade_.output, to_string(total), Section::kFinish, einsum));
    }
    return true;
  }

  // One correction a step serves all sums that need it.
  TensorRef correction_tensor(const std::string& of, const Einsum& origin) {
    const TensorRef output{"P" + of, false, cascade_.producer(of)->output.ranks};
    if (made_.insert(output.tensor).second) {
      each_.push_back(line(output, to_string(corrections_.at(of)), Section::kEach, origin));
    }
    return output;
  }

  const Cascade& cascade_;
  std::string rank_;
  Cascade after_;
  std::string outer_;
  Ranks inner_;
  std::vector<Einsum> start_;
  std::vector<Einsum> each_;
  std::vector<Einsum> finish_;
  std::set<std::string> made_;                    // new names
  std::map<std::string, std::string> completed_;  // reductions over the rank, running values in the loop: their kind
  std::set<std::string> late_;                    // made from them without the rank: after the loop
  std::map<std::string, std::set<std::string>> stale_;  // tensor -> the running values that its elements depend on
  std::map<std::string, Expression> corrections_;       // running value -> its correction
};

}  // namespace

std::optional<Reassociation> iterate(const Cascade& cascade, const std::string& rank) {
  return Loop(cascade, rank).run();
}

}  // namespace attnsim::workloads
