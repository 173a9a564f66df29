// What must not change the passes, done to every cascade without predicates: splitting a rank, renaming, and writing a
// map into its only reader.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "common/registry.h"
#include "workloads/passes.h"

namespace attnsim::workloads {
namespace {

using Ranks = std::vector<std::string>;
using Counts = std::map<std::string, int>;

std::vector<Cascade> cascades() {
  std::vector<Cascade> found;
  const auto folder = common::data_root() / "tests/workloads/cascades";
  for (const std::string& name : common::preset_names(folder)) {
    found.push_back(read_cascade((folder / (name + ".yaml")).string()));
  }
  for (const char* name : {"fusemax_1pass", "fusemax_2pass", "fusemax_3pass"}) found.push_back(read_cascade(name));
  return found;
}

// Over the declared ranks of a cascade, by the names that `original` gives them.
Counts counts(const Cascade& cascade, const std::function<std::string(const std::string&)>& original) {
  Counts result;
  for (const auto& [rank, quantity] : cascade.ranks) result[original(rank)] = analyse_passes(cascade, rank).count;
  return result;
}

std::string same(const std::string& name) { return name; }

void change(Expression& expression, const std::function<void(TensorRef&)>& reference) {
  if (expression.kind == Expression::Kind::kTensor) reference(expression.tensor);
  for (Expression& argument : expression.arguments) change(argument, reference);
}

// Applies to every reference of the cascade, and to the ranks of its reductions.
void change(Cascade& cascade, const std::function<void(TensorRef&)>& reference,
            const std::function<void(Ranks&)>& reduced) {
  for (TensorRef& input : cascade.inputs) reference(input);
  reference(cascade.output);
  for (Einsum& einsum : cascade.einsums) {
    reference(einsum.output);
    einsum.name = einsum.output.tensor;
    if (einsum.reduction) reduced(einsum.reduction->ranks);
    change(einsum.map, reference);
  }
}

void replace(Ranks& ranks, const std::string& rank, const Ranks& by) {
  const auto at = std::find(ranks.begin(), ranks.end(), rank);
  if (at == ranks.end()) return;
  ranks.insert(ranks.erase(at), by.begin(), by.end());
}

TEST(PassProperties, SplittingARankChangesNoPasses) {
  int splits = 0;
  for (const Cascade& cascade : cascades()) {
    for (const auto& [whole, quantity] : cascade.ranks) {
      // A part that is split again is the innermost one; what is iterated stays.
      const std::string rank = cascade.parts(whole).back();
      if (cascade.iterate == rank) continue;
      Cascade split = cascade;
      const Ranks parts = {rank + "_outer", rank + "_middle", rank + "_inner"};
      Ranks all = cascade.parts(whole);
      replace(all, rank, parts);
      split.split[whole] = all;
      const auto take_parts = [&](Ranks& ranks) { replace(ranks, rank, parts); };
      change(
          split, [&](TensorRef& reference) { take_parts(reference.ranks); }, take_parts);
      EXPECT_EQ(counts(split, same), counts(cascade, same)) << cascade.id << ", " << rank;
      for (const Einsum& einsum : cascade.einsums) {
        EXPECT_EQ(analyse_passes(split, whole).of.at(einsum.name), analyse_passes(cascade, whole).of.at(einsum.name))
            << cascade.id << ", " << rank << ", " << einsum.name;
      }
      ++splits;
    }
  }
  EXPECT_GT(splits, 50);
}

TEST(PassProperties, NamesChangeNoPasses) {
  const std::string prefix = "zz_";
  const auto renamed = [&](const std::string& name) { return prefix + name; };
  for (const Cascade& cascade : cascades()) {
    Cascade other = cascade;
    const auto rename = [&](Ranks& ranks) { std::transform(ranks.begin(), ranks.end(), ranks.begin(), renamed); };
    change(
        other,
        [&](TensorRef& reference) {
          reference.tensor = renamed(reference.tensor);
          rename(reference.ranks);
        },
        rename);
    for (auto& [rank, quantity] : other.ranks) rank = renamed(rank);
    other.split.clear();
    for (const auto& [rank, parts] : cascade.split) {
      other.split[renamed(rank)] = parts;
      rename(other.split[renamed(rank)]);
    }
    if (other.iterate) other.iterate = renamed(*other.iterate);
    const auto original = [&](const std::string& name) { return name.substr(prefix.size()); };
    EXPECT_EQ(counts(other, original), counts(cascade, same)) << cascade.id;
  }
}

int reads_of(const Expression& expression, const std::string& tensor) {
  int count = expression.kind == Expression::Kind::kTensor && expression.tensor.tensor == tensor ? 1 : 0;
  for (const Expression& argument : expression.arguments) count += reads_of(argument, tensor);
  return count;
}

void write_into(Expression& expression, const Einsum& map) {
  if (expression.kind == Expression::Kind::kTensor && expression.tensor == map.output) {
    expression = map.map;
    return;
  }
  for (Expression& argument : expression.arguments) write_into(argument, map);
}

TEST(PassProperties, WritingAMapIntoItsOnlyReaderChangesNoPasses) {
  int merged = 0;
  for (const Cascade& cascade : cascades()) {
    for (const Einsum& map : cascade.einsums) {
      const Einsum* reader = nullptr;
      int reads = 0;
      int makers = 0;
      for (const Einsum& einsum : cascade.einsums) {
        const int here = reads_of(einsum.map, map.name);
        if (here > 0) reader = &einsum;
        reads += here;
        makers += einsum.name == map.name ? 1 : 0;
      }
      if (map.reduction || makers != 1 || reads != 1 || reader->section != map.section) continue;
      Cascade without = cascade;
      Einsum& target = without.einsums[static_cast<std::size_t>(reader - cascade.einsums.data())];
      write_into(target.map, map);
      without.einsums.erase(without.einsums.begin() + (&map - cascade.einsums.data()));
      EXPECT_EQ(counts(without, same), counts(cascade, same)) << cascade.id << ", " << map.name;
      ++merged;
    }
  }
  EXPECT_GT(merged, 20);
}

}  // namespace
}  // namespace attnsim::workloads
