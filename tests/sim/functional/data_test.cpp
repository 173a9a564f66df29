// Tensors of a run on data: what a file may leave out, and what it may not.
#include "sim/functional/data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/error.h"

namespace attnsim::sim::functional {
namespace {

class File {
 public:
  explicit File(const Arrays& arrays) { write_npz(path_, arrays); }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / "attnsim_data_test.npz";
};

workloads::Workload small() {
  workloads::Workload workload;
  workload.heads = workload.kv_heads = 2;
  workload.head_dim = 3;
  workload.value_dim = 4;
  workload.seq_len = workload.kv_len = 5;
  return workload;
}

TEST(Layout, AnInputWithADefaultMayBeAbsentAndIsDrawn) {
  const workloads::Cascade cascade = workloads::read_cascade("gla");
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  const Arrays drawn = layout.inputs({.seed = 1});
  EXPECT_NE(drawn.at("S0").values, std::vector<double>(24, 0));
  Arrays given = drawn;
  given.erase("S0");
  const Arrays read = layout.inputs({.data = File(given).path()});
  EXPECT_EQ(read.at("S0").shape, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(read.at("S0").values, std::vector<double>(24, 0));
  EXPECT_EQ(read.at("K").values, drawn.at("K").values);
  EXPECT_EQ(layout.inputs({.data = File(drawn).path()}).at("S0").values, drawn.at("S0").values);
}

// Attention to keys that another layer chose.
workloads::Cascade given_keys() {
  return workloads::parse_cascade(R"(# Given keys
id: given
class: dynamic-topk
source: test
provenance: confirmed
ranks: {p: queries, m: keys, j: 3, f: value_dim}
inputs: ["I[p,j]", "V[m,f]"]
output: AV[p,f]
einsums:
  - AV[p,f] = sum(j) V[I[p,j],f]
)",
                                  "given.yaml");
}

TEST(Layout, CoordinatesOfAFileStayWholeNumbers) {
  const workloads::Cascade cascade = given_keys();
  workloads::Workload workload = small();
  workload.seq_len = 1;
  workload.kv_len = 1000;
  const Layout layout(cascade, workload);
  Arrays given;
  given["I"] = {{1, 2, 1, 3}, {0, 257, 511, 999, 3, -1}};  // bf16 has no 257
  given["V"] = {{1, 2, 1000, 4}, std::vector<double>(8000, 257)};
  const Arrays read = layout.inputs({.data = File(given).path()});
  EXPECT_EQ(read.at("I").values, given.at("I").values);
  EXPECT_EQ(read.at("V").values, std::vector<double>(8000, 256));
}

TEST(Layout, CoordinatesThatAnIndexLooksUpAreDrawnDifferentInEveryRow) {
  const workloads::Cascade cascade = given_keys();
  workloads::Workload workload = small();
  workload.kv_len = 5;
  const Arrays drawn = Layout(cascade, workload).inputs({.seed = 1});
  const Array& chosen = drawn.at("I");
  const auto row = static_cast<std::size_t>(chosen.shape.back());
  std::set<double> all;
  for (std::size_t begin = 0; begin < chosen.values.size(); begin += row) {
    const std::set<double> one(chosen.values.begin() + static_cast<std::ptrdiff_t>(begin),
                               chosen.values.begin() + static_cast<std::ptrdiff_t>(begin + row));
    EXPECT_EQ(one.size(), row);
    all.insert(one.begin(), one.end());
  }
  EXPECT_EQ(all, (std::set<double>{0, 1, 2, 3, 4}));
}

TEST(Layout, OfFewerCandidatesTheRestOfTheRowHoldsNone) {
  const workloads::Cascade cascade = given_keys();
  workloads::Workload workload = small();
  workload.kv_len = 2;
  const Arrays drawn = Layout(cascade, workload).inputs({.seed = 1});
  for (std::size_t last = 2; last < drawn.at("I").values.size(); last += 3) EXPECT_EQ(drawn.at("I").values[last], -1);
}

TEST(Layout, CoordinatesThatOnlyAPredicateLooksUpAreNotDrawn) {
  const workloads::Cascade cascade = workloads::parse_cascade(R"(id: given
class: test
source: none
provenance: confirmed
ranks: {p: queries, m: keys, f: value_dim}
inputs: ["I[p]", "V[m,f]"]
output: AV[p,f]
einsums:
  - AV[p,f] = sum(m) V[m,f] where m < I[p]
)",
                                                              "given.yaml");
  const workloads::Workload workload = small();
  try {
    Layout(cascade, workload).inputs({.seed = 0});
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(), "--data: missing; I holds coordinates, which are not drawn");
  }
}

TEST(Layout, AnInputWithoutADefaultMayNot) {
  const workloads::Cascade cascade = workloads::read_cascade("gla");
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  Arrays given = layout.inputs({.seed = 1});
  given.erase("V");
  const File file(given);
  try {
    layout.inputs({.data = file.path()});
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_EQ(error.what(), file.path().string() + ": V: missing; the file has G, K, Q, S0");
  }
}

TEST(Layout, IntegersAreDrawnFromTheirWholeRangeEachAsLikely) {
  const workloads::Cascade cascade = workloads::read_cascade("qserve_kv4");
  workloads::Workload workload = small();
  workload.seq_len = workload.kv_len = 4000;
  const Arrays drawn = Layout(cascade, workload).inputs({.seed = 1});
  std::map<double, int> counts;
  for (const double code : drawn.at("KC").values) ++counts[code];
  ASSERT_EQ(counts.size(), 16U);
  for (const auto& [code, count] : counts) {
    EXPECT_EQ(code, std::floor(code));
    EXPECT_NEAR(count, 2 * 4000 * 3 / 16, 200) << code;
  }
  EXPECT_EQ(counts.begin()->first, 0);
  EXPECT_EQ(counts.rbegin()->first, 15);
  bool finer_than_bf16 = false;
  for (const double scale : drawn.at("KS").values) {
    EXPECT_EQ(scale, workloads::storage_type("fp16").nearest(scale));
    finer_than_bf16 = finer_than_bf16 || scale != workloads::storage_type("bf16").nearest(scale);
  }
  EXPECT_TRUE(finer_than_bf16);
}

TEST(Layout, ValuesThatATypeDoesNotHaveAreRefused) {
  const workloads::Cascade cascade = workloads::read_cascade("qserve_kv4");
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  const Arrays drawn = layout.inputs({.seed = 1});
  const auto error_with = [&](const std::string& tensor, double value) -> std::string {
    Arrays given = drawn;
    given.at(tensor).values[3] = value;
    const File file(given);
    try {
      layout.inputs({.data = file.path()});
    } catch (const common::InputError& error) {
      return std::string(error.what()).substr(file.path().string().size());
    }
    return "";
  };
  EXPECT_EQ(error_with("KC", 15), "");
  EXPECT_EQ(error_with("KC", 17), ": KC: holds 17, but is stored as u4; it has whole numbers from 0 to 15");
  EXPECT_EQ(error_with("VC", 2.5), ": VC: holds 2.5, but is stored as u4; it has whole numbers from 0 to 15");
  EXPECT_EQ(error_with("VS", -1e6), ": VS: holds -1000000, but is stored as fp16; it has values from -65504 to 65504");
}

}  // namespace
}  // namespace attnsim::sim::functional
