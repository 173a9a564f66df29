// The tokens of one channel, first in first out, in a ring that grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace attnsim::sim {

struct Token {
  std::int64_t arrival = 0;
  std::int64_t execution = -1;  // who posted it, by its number in the ExecutionLog; -1 for an initial token
};

class TokenQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Token& operator[](std::size_t position) const { return ring_[(first_ + position) & (ring_.size() - 1)]; }
  Token& operator[](std::size_t position) { return ring_[(first_ + position) & (ring_.size() - 1)]; }
  const Token& back() const { return (*this)[size_ - 1]; }
  void push(const Token& token) {
    if (size_ == ring_.size()) grow();
    ring_[(first_ + size_++) & (ring_.size() - 1)] = token;
  }
  void push_front(Token token) {
    if (size_ == ring_.size()) grow();
    first_ = (first_ + ring_.size() - 1) & (ring_.size() - 1);
    ring_[first_] = token;
    ++size_;
  }
  Token pop() {
    const Token token = ring_[first_];
    first_ = (first_ + 1) & (ring_.size() - 1);
    --size_;
    return token;
  }

 private:
  void grow() {
    std::vector<Token> larger(ring_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = (*this)[i];
    ring_ = std::move(larger);
    first_ = 0;
  }
  std::vector<Token> ring_ = std::vector<Token>(8);  // a power of two, so that positions wrap with a mask
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace attnsim::sim
