// Heads that are put together and taken apart again are what they were.
#include "sim/functional/heads.h"

#include <gtest/gtest.h>

#include "workloads/cascade.h"

namespace attnsim::sim::functional {
namespace {

using workloads::Tensor;
using workloads::Tensors;

std::vector<Tensors> four_heads() {
  std::vector<Tensors> heads;
  for (int head = 0; head < 4; ++head) {
    Tensors tensors;
    tensors["Q"] = Tensor({"p", "e"}, {{0, 3}, {0, 2}}, 0);
    tensors["V"] = Tensor({"m", "f"}, {{0, 2}, {0, 1}}, head / 2);
    for (int i = 0; i < 6; ++i) tensors["Q"].values()[static_cast<std::size_t>(i)] = 10 * head + i;
    heads.push_back(tensors);
  }
  return heads;
}

TEST(Heads, QueriesOfOnePositionStandNextToEachOther) {
  const auto joint = joined(four_heads(), workloads::read_cascade("fusemax_1pass"), 2);
  ASSERT_EQ(joint.size(), 2U);
  EXPECT_EQ(joint[1].at("Q").values(), (std::vector<double>{20, 21, 30, 31, 22, 23, 32, 33, 24, 25, 34, 35}));
  EXPECT_EQ(joint[1].at("V").values(), (std::vector<double>{1, 1}));
}

TEST(Heads, TakenApartTheyAreWhatTheyWere) {
  const auto cascade = workloads::read_cascade("fusemax_1pass");
  for (const std::int64_t sharing : {1, 2, 4}) {
    std::vector<Tensors> heads = four_heads();
    const auto again = taken_apart(joined(heads, cascade, sharing), cascade, sharing);
    ASSERT_EQ(again.size(), heads.size());
    for (std::size_t head = 0; head < heads.size(); ++head) {
      EXPECT_EQ(again[head].at("Q").values(), heads[head].at("Q").values()) << sharing;
      if (sharing > 2) continue;  // heads that share no V
      EXPECT_EQ(again[head].at("V").values(), heads[head].at("V").values()) << sharing;
    }
  }
}

}  // namespace
}  // namespace attnsim::sim::functional
