// The published taxonomy of attention by passes, found by analysis alone: every cascade of tests/workloads/cascades,
// whose name says its class, and the table in that folder's README.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/registry.h"
#include "workloads/footprint.h"
#include "workloads/passes.h"
#include "workloads/reassociation.h"

namespace attnsim::workloads {
namespace {

std::filesystem::path folder() { return common::data_root() / "tests" / "workloads" / "cascades"; }

std::string rank_of_keys(const Cascade& cascade) {
  for (const auto& [rank, quantity] : cascade.ranks) {
    if (quantity == "keys") return rank;
  }
  throw std::logic_error(cascade.id + " has no keys");
}

std::vector<Cascade> cascades() {
  std::vector<Cascade> found;
  for (const std::string& name : common::preset_names(folder())) {
    found.push_back(read_cascade((folder() / (name + ".yaml")).string()));
  }
  return found;
}

// "deferred factor: 2, iteration: 1".
std::string steps(const Cascade& cascade, const std::string& rank) {
  std::vector<std::string> texts;
  for (const Reassociation& one : reassociations(cascade, rank)) {
    texts.push_back(fmt::format("{}: {}", kind_name(one.kind), analyse_passes(one.after, rank).count));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string live(const Cascade& cascade, const std::string& rank) {
  const Footprint footprint = analyse_footprint(cascade, rank);
  const Symbols symbols(cascade);
  std::map<std::string, std::int64_t> extents;
  for (const std::string& symbol : symbols.order()) extents[symbol] = 64;
  for (const auto& [name, quantity] : cascade.ranks) {
    if (quantity == "queries" || quantity == "keys") extents[symbols.of(name)] = 4096;
  }
  const Live* most = footprint.largest(extents);
  return most == nullptr ? "0" : most->words().text(symbols.order());
}

std::string table() {
  std::string text = "| cascade | passes | reassociated: passes | live words | what it is |\n|---|---|---|---|---|\n";
  for (const Cascade& cascade : cascades()) {
    const std::string rank = rank_of_keys(cascade);
    text += fmt::format("| `{}` | {} | {} | `{}` | {} |\n", cascade.id, analyse_passes(cascade, rank).count,
                        steps(cascade, rank), live(cascade, rank), cascade.title);
  }
  return text;
}

TEST(Taxonomy, EveryCascadeHasThePassesThatItsNameSays) {
  const std::vector<Cascade> all = cascades();
  EXPECT_GE(all.size(), 15U);
  for (const Cascade& cascade : all) {
    if (cascade.id == "fusemax_3pass_deferred") continue;
    const std::string passes = fmt::format("_{}pass", analyse_passes(cascade, rank_of_keys(cascade)).count);
    EXPECT_NE(cascade.id.find(passes), std::string::npos) << cascade.id << " has" << passes;
  }
  const auto deferred = read_cascade((folder() / "fusemax_3pass_deferred.yaml").string());
  EXPECT_EQ(analyse_passes(deferred, "m").count, 2) << "its name is that of the cascade whose division is deferred";
}

TEST(Taxonomy, OnePassSoftmaxRemembersNoMoreForMoreKeysUnlessItJoinsTilesAtTheEnd) {
  for (const Cascade& cascade : cascades()) {
    const std::string rank = rank_of_keys(cascade);
    const Footprint footprint = analyse_footprint(cascade, rank);
    const int passes = analyse_passes(cascade, rank).count;
    const bool joins = cascade.id == "rabe_staats_1pass" || cascade.id == "split_keys_1pass";
    if (passes == 1) {
      EXPECT_EQ(footprint.grows_with.empty(), !joins) << cascade.id;
    } else if (cascade.class_name == "dense-softmax") {
      EXPECT_FALSE(footprint.grows_with.empty()) << cascade.id;
    }
  }
}

TEST(Taxonomy, TheReadmesTableIsWhatTheAnalysisFinds) {
  std::ifstream stream(folder() / "README.md");
  std::ostringstream text;
  text << stream.rdbuf();
  const std::string found = table();
  EXPECT_NE(text.str().find("\n" + found), std::string::npos) << "the table would be:\n" << found;
}

}  // namespace
}  // namespace attnsim::workloads
