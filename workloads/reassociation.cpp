// Deferral of factors: (sum(m) X[m] * V[m] / S) becomes (sum(m) X[m] * V[m]) / S.
#include "workloads/reassociation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "workloads/operations.h"
#include "workloads/passes.h"
#include "workloads/product.h"

namespace attnsim::workloads {

namespace {

using Ranks = std::vector<std::string>;

bool contains(const Ranks& ranks, const std::string& rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

Ranks minus(const Ranks& ranks, const Ranks& without) {
  Ranks left;
  std::copy_if(ranks.begin(), ranks.end(), std::back_inserter(left),
               [&](const std::string& rank) { return !contains(without, rank); });
  return left;
}

// Lines of a cascade with one sum rewritten: `inner` are the ranks whose sum factors leave.
class Deferral {
 public:
  Deferral(const Cascade& cascade, std::size_t at, Ranks inner)
      : cascade_(cascade), sum_(cascade.einsums[at]), at_(at), inner_(std::move(inner)) {}

  std::optional<Reassociation> run(const std::string& rank) {
    std::vector<Factor> kept;
    std::vector<Factor> deferred;
    for (const Factor& factor : opened(factors_of(sum_.map))) (leaves(factor) ? deferred : kept).push_back(factor);
    const bool sums_something = std::any_of(kept.begin(), kept.end(), [&](const Factor& factor) {
      return minus(inner_, ranks_of(cascade_, factor.value)).empty();
    });
    if (deferred.empty() || !sums_something) return std::nullopt;
    return rewritten(rank, kept, deferred);
  }

 private:
  // Constants and inputs wait for nothing, so they stay.
  bool leaves(const Factor& factor) const {
    const std::vector<TensorRef> tensors = tensors_of(factor.value);
    const bool computed = std::any_of(tensors.begin(), tensors.end(),
                                      [&](const TensorRef& reference) { return !cascade_.is_input(reference.tensor); });
    return computed && minus(inner_, ranks_of(cascade_, factor.value)).size() == inner_.size();
  }

  // Factors with maps that nothing else reads written out, where that brings out a factor that can leave the sum.
  std::vector<Factor> opened(const std::vector<Factor>& factors) {
    std::vector<Factor> result;
    for (const Factor& factor : factors) {
      const Einsum* map = sole_map(factor.value);
      std::vector<Factor> inner;
      std::set<std::string> dissolved = dissolved_;
      if (map != nullptr) {
        dissolved_.insert(map->name);
        inner = opened(factors_of(map->map));
      }
      const bool helps = std::any_of(inner.begin(), inner.end(), [&](const Factor& one) { return leaves(one); });
      if (!helps || inner.size() < 2) {
        dissolved_ = std::move(dissolved);
        result.push_back(factor);
        continue;
      }
      for (Factor& one : inner) result.push_back({one.value, one.divides != factor.divides});
    }
    return result;
  }

  const Einsum* sole_map(const Expression& value) const {
    if (value.kind != Expression::Kind::kTensor || value.tensor.next) return nullptr;
    const Einsum* maker = cascade_.producer(value.tensor.tensor);
    const bool map = maker != nullptr && !maker->reduction && !maker->scan && !maker->output.next &&
                     maker->section == sum_.section && maker->output.ranks == value.tensor.ranks &&
                     value.tensor.indices.empty() && !maker->predicate;
    if (!map) return nullptr;
    int readers = 0;
    for (const Einsum& einsum : cascade_.einsums) {
      for (const TensorRef& read : cascade_.reads(einsum)) readers += read.tensor == maker->name ? 1 : 0;
    }
    return readers == 1 && !cascade_.is_output(maker->name) ? maker : nullptr;
  }

  std::string new_name(const std::vector<Factor>& kept) const {
    std::string name;
    for (const Factor& factor : kept) {
      if (factor.value.kind == Expression::Kind::kTensor) name += factor.value.tensor.tensor;
    }
    const auto taken = [&](const std::string& candidate) {
      return candidate.empty() || cascade_.is_input(candidate) || cascade_.producer(candidate) != nullptr;
    };
    if (taken(name)) name = sum_.name + "_sum";
    while (taken(name)) name += "_";
    return name;
  }

  std::optional<Reassociation> rewritten(const std::string& rank, const std::vector<Factor>& kept,
                                         const std::vector<Factor>& deferred) const {
    const Ranks outer = minus(sum_.reduction->ranks, inner_);
    TensorRef partial{new_name(kept), false, outer};
    partial.ranks.insert(partial.ranks.end(), sum_.output.ranks.begin(), sum_.output.ranks.end());
    const auto reduced = [](const Ranks& ranks, const Expression& map) {
      return ranks.empty() ? to_string(map) : fmt::format("sum({}) {}", fmt::join(ranks, ","), to_string(map));
    };
    std::vector<Factor> last = {{tensor(partial), false}};
    last.insert(last.end(), deferred.begin(), deferred.end());
    Reassociation result;
    result.kind = outer.empty() ? Reassociation::Kind::kDeferredFactor : Reassociation::Kind::kTileSummary;
    result.rank = rank;
    for (const Factor& factor : deferred) result.factors.push_back(to_string(factor.value));
    result.after = cascade_;
    std::vector<Einsum>& lines = result.after.einsums;
    Einsum first =
        parse_einsum(fmt::format("{} = {}", to_string(partial), reduced(inner_, product_of(kept))), sum_.where);
    Einsum second =
        parse_einsum(fmt::format("{} = {}", to_string(sum_.output), reduced(outer, product_of(last))), sum_.where);
    first.section = second.section = sum_.section;
    lines[at_] = std::move(second);
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at_), std::move(first));
    std::erase_if(lines, [&](const Einsum& einsum) { return dissolved_.contains(einsum.name); });
    return result;
  }

  const Cascade& cascade_;
  const Einsum& sum_;
  std::size_t at_;
  Ranks inner_;
  std::set<std::string> dissolved_;  // maps that the sum takes over
};

// What a sum may be split into: all of its ranks first, then those that a tensor of the cascade lacks.
std::vector<Ranks> inner_sums(const Cascade& cascade, const Einsum& sum) {
  std::vector<Ranks> found = {sum.reduction->ranks};
  for (const Einsum& einsum : cascade.einsums) {
    const Ranks inner = minus(sum.reduction->ranks, einsum.output.ranks);
    if (!inner.empty() && std::find(found.begin(), found.end(), inner) == found.end()) found.push_back(inner);
  }
  return found;
}

// Divisions and exponentials for every point, with extents at which no two formulas of attention are alike.
std::int64_t costly(const Cascade& cascade) {
  std::map<std::string, std::int64_t> extents;
  const Symbols symbols(cascade);
  for (const auto& [rank, quantity] : cascade.ranks) {
    const bool length = quantity == "queries" || quantity == "keys";
    const std::int64_t whole = length ? 4096 : 64;
    extents[symbols.of(rank)] = whole;
    if (!cascade.split.contains(rank)) continue;
    for (const std::string& part : cascade.parts(rank)) extents[symbols.of(part)] = 1;
    extents[symbols.of(cascade.parts(rank).back())] = 32;
    extents[symbols.of(cascade.parts(rank).front())] = whole / 32;
  }
  std::int64_t count = 0;
  for (const auto& [function, results] : operations_of(cascade)) {
    if (function != "macc" && function != "add" && function != "max") count += results.value(extents);
  }
  return count;
}

}  // namespace

std::string kind_name(Reassociation::Kind kind) {
  if (kind == Reassociation::Kind::kDeferredFactor) return "deferred factor";
  return kind == Reassociation::Kind::kTileSummary ? "tile summary" : "iteration";
}

std::optional<Reassociation> defer_factor(const Cascade& cascade, const std::string& rank) {
  const int passes = analyse_passes(cascade, rank).count;
  const std::int64_t cost = costly(cascade);
  for (std::size_t at = 0; at < cascade.einsums.size(); ++at) {
    const Einsum& sum = cascade.einsums[at];
    if (!sum.reduction || sum.reduction->op != "sum" || sum.output.next || sum.predicate) continue;
    for (const Ranks& inner : inner_sums(cascade, sum)) {
      auto found = Deferral(cascade, at, inner).run(rank);
      if (!found) continue;
      const int fewer = analyse_passes(found->after, rank).count;
      if (fewer < passes || (fewer == passes && costly(found->after) < cost)) return found;
    }
  }
  return std::nullopt;
}

std::vector<Reassociation> reassociations(const Cascade& cascade, const std::string& rank) {
  std::vector<Reassociation> chain;
  const auto last = [&]() -> const Cascade& { return chain.empty() ? cascade : chain.back().after; };
  while (auto deferred = defer_factor(last(), rank)) chain.push_back(std::move(*deferred));
  if (auto loop = iterate(last(), rank)) chain.push_back(std::move(*loop));
  return chain;
}

}  // namespace attnsim::workloads
