// What a cascade's structure says: ranks and their parts, who makes and reads a tensor, which points exist.
#include "workloads/cascade.h"

#include <algorithm>

namespace attnsim::workloads {

namespace {

using Section = Einsum::Section;

void add_inputs(const Expression& expression, std::vector<TensorRef>& found) {
  const bool is_new = expression.kind == Expression::Kind::kTensor &&
                      std::find(found.begin(), found.end(), expression.tensor) == found.end();
  if (is_new) found.push_back(expression.tensor);
  for (const Expression& argument : expression.arguments) add_inputs(argument, found);
}

}  // namespace

std::vector<TensorRef> Einsum::inputs() const {
  std::vector<TensorRef> found;
  add_inputs(map, found);
  return found;
}

std::vector<std::string> Einsum::iteration_ranks() const {
  std::vector<std::string> ranks = output.ranks;
  if (reduction) ranks.insert(ranks.end(), reduction->ranks.begin(), reduction->ranks.end());
  return ranks;
}

std::string Cascade::base_rank(const std::string& rank) const {
  for (const auto& [whole, its_parts] : split) {
    if (std::find(its_parts.begin(), its_parts.end(), rank) != its_parts.end()) return whole;
  }
  return rank;
}

bool Cascade::is_rank(const std::string& rank) const {
  const std::string whole = base_rank(rank);
  return std::any_of(ranks.begin(), ranks.end(), [&](const auto& declared) { return declared.first == whole; });
}

std::vector<std::string> Cascade::parts(const std::string& rank) const {
  const auto found = split.find(rank);
  return found == split.end() ? std::vector<std::string>{rank} : found->second;
}

std::vector<std::string> Cascade::parts(const std::vector<std::string>& whole) const {
  std::vector<std::string> result;
  for (const std::string& rank : whole) {
    const std::vector<std::string> its_parts = parts(rank);
    result.insert(result.end(), its_parts.begin(), its_parts.end());
  }
  return result;
}

const Einsum* Cascade::producer(const std::string& tensor) const {
  const auto found =
      std::find_if(einsums.rbegin(), einsums.rend(), [&](const Einsum& einsum) { return einsum.name == tensor; });
  return found == einsums.rend() ? nullptr : &*found;
}

bool Cascade::is_first_value(const Einsum& einsum) const {
  return einsum.section == Einsum::Section::kStart &&
         std::any_of(einsums.begin(), einsums.end(),
                     [&](const Einsum& other) { return other.name == einsum.name && other.output.next; });
}

bool Cascade::has_rank_of(const std::string& quantity) const {
  return std::any_of(ranks.begin(), ranks.end(), [&](const auto& rank) { return rank.second == quantity; });
}

bool Cascade::runs_each_head() const {
  return (has_rank_of("queries") || has_rank_of("keys")) && !has_rank_of("heads");
}

bool Cascade::runs_each_sequence() const { return !has_rank_of("tokens") && !has_rank_of("batch"); }

std::vector<TensorRef> Cascade::outputs() const {
  std::vector<TensorRef> all = {output};
  all.insert(all.end(), further_outputs.begin(), further_outputs.end());
  return all;
}

bool Cascade::is_output(const std::string& tensor) const {
  const std::vector<TensorRef> all = outputs();
  return std::any_of(all.begin(), all.end(), [&](const TensorRef& one) { return one.tensor == tensor; });
}

bool Cascade::is_input(const std::string& tensor) const {
  return std::any_of(inputs.begin(), inputs.end(), [&](const TensorRef& input) { return input.tensor == tensor; });
}

const StorageType* Cascade::stored_as(const std::string& tensor) const {
  const auto found = storage.find(tensor);
  return found == storage.end() ? nullptr : found->second;
}

std::int64_t Cascade::bits_of(const std::string& tensor, std::int64_t otherwise) const {
  const StorageType* type = stored_as(tensor);
  return type == nullptr ? otherwise : type->bits;
}

std::vector<std::string> Cascade::whole_ranks(const Einsum& einsum) const {
  std::vector<std::string> at_hand = einsum.iteration_ranks();
  if (iterate && einsum.section == Section::kEach) at_hand.push_back(*iterate);
  const auto has = [&](const std::string& rank) {
    return std::find(at_hand.begin(), at_hand.end(), rank) != at_hand.end();
  };
  std::vector<std::string> whole;
  for (const auto& [rank, extent] : ranks) {
    const std::vector<std::string> its_parts = parts(rank);
    if (has(rank) || std::all_of(its_parts.begin(), its_parts.end(), has)) whole.push_back(rank);
  }
  return whole;
}

const TensorRef* Cascade::declared(const std::string& tensor) const {
  for (const std::vector<TensorRef>* among : {&inputs, &metadata}) {
    const auto found =
        std::find_if(among->begin(), among->end(), [&](const TensorRef& known) { return known.tensor == tensor; });
    if (found != among->end()) return &*found;
  }
  const Einsum* made = producer(tensor);
  return made == nullptr ? nullptr : &made->output;
}

std::vector<TensorRef> Cascade::reads(const Einsum& einsum) const {
  std::vector<TensorRef> found = einsum.inputs();
  const auto add = [&](const IndexExpression& expression) {
    for (TensorRef& lookup : lookups(expression)) {
      const bool is_metadata = std::any_of(metadata.begin(), metadata.end(),
                                           [&](const TensorRef& known) { return known.tensor == lookup.tensor; });
      std::erase_if(lookup.ranks, [this](const std::string& name) { return !is_rank(name); });
      if (!is_metadata && std::find(found.begin(), found.end(), lookup) == found.end()) found.push_back(lookup);
    }
  };
  for (const TensorRef& input : einsum.inputs()) {
    for (const IndexExpression& index : input.indices) add(index);
  }
  if (const auto condition = predicate_of(einsum)) add(condition->condition);
  return found;
}

std::optional<Predicate> Cascade::predicate_of(const Einsum& einsum) const {
  if (!predicate) return einsum.predicate;
  const std::vector<std::string> whole = whole_ranks(einsum);
  for (const std::string& name : names(predicate->condition)) {
    const bool missing = is_rank(name) && std::find(whole.begin(), whole.end(), name) == whole.end();
    if (missing) return einsum.predicate;
  }
  return einsum.predicate ? conjunction(*predicate, *einsum.predicate) : predicate;
}

}  // namespace attnsim::workloads
