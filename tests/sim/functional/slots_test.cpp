// Slots hold what was written last, whoever reads it.
#include "sim/functional/slots.h"

#include <gtest/gtest.h>

#include <cmath>

namespace attnsim::sim::functional {
namespace {

using workloads::Range;
using workloads::Tensor;

Tensor tile(double value) { return {{"m"}, {{0, 2}}, value}; }

double first_of(const Slots& slots, std::int64_t tag) { return slots.read({tag}, {"m"}, {{0, 2}}).values()[0]; }

TEST(Slots, ATileStaysUntilItsSlotComesRoundAgain) {
  Slots slots(2);
  slots.write({0}, tile(10));
  slots.write({1}, tile(11));
  EXPECT_EQ(first_of(slots, 0), 10);
  EXPECT_EQ(first_of(slots, 1), 11);
  slots.write({2}, tile(12));
  EXPECT_EQ(first_of(slots, 0), 12) << "its slot holds another tile now";
  EXPECT_EQ(first_of(slots, 1), 11);
}

TEST(Slots, AKnownTileIsOverwrittenInPlace) {
  Slots slots(2);
  slots.write({0}, tile(10));
  slots.write({0}, tile(20));
  slots.write({1}, tile(11));
  EXPECT_EQ(first_of(slots, 0), 20);
  EXPECT_EQ(first_of(slots, 1), 11);
}

TEST(Slots, WhatWasNeverWrittenOrHasAnotherShapeIsNan) {
  Slots slots(1);
  EXPECT_TRUE(std::isnan(first_of(slots, 0)));
  slots.write({0}, Tensor({"m"}, {{0, 3}}, 1));
  EXPECT_TRUE(std::isnan(first_of(slots, 0)));
}

TEST(Slots, ATileStandsForTheBoxThatItsReaderMeans) {
  Slots slots(1);
  slots.write({4}, tile(1));
  EXPECT_EQ(slots.read({4}, {"m"}, {{8, 10}}).ranges(), (std::vector<Range>{{8, 10}}));
}

}  // namespace
}  // namespace attnsim::sim::functional
