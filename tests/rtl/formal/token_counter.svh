
  // At most 50 tokens: all that was posted since the channel was set, up to now and up to 1, 2 ... cycles ago, and all
  // that was taken.
  logic [5:0] posted_until [Stages];
  logic [5:0] first_q, taken_q, arrived;
  logic       was_reset_q = 1'b0;
  assign arrived = first_q + posted_until[latency_q];
  always @(posedge clk_i) begin
    was_reset_q <= 1'b1;
    if (rst_i || set_i) begin
      first_q <= rst_i ? 6'd0 : 6'(initial_i);
      taken_q <= 6'd0;
    end else begin
      taken_q <= taken_q + 6'(take_i);
    end
    posted_until[0] <= rst_i || set_i ? 6'd0 : posted_until[0] + 6'(post_i);
    for (int k = 1; k < Stages; k++) posted_until[k] <= rst_i || set_i ? 6'd0 : posted_until[k-1];
  end

  always @* begin
    assume (rst_i == !was_reset_q);
    // The unit takes what is there, and no more is under way than the counter holds.
    assume (!take_i || available_o);
    assume (first_q + posted_until[0] + 6'(post_i) - taken_q < 2 ** CountWidth);
    assume (posted_until[0] < 6'd50);
    if (was_reset_q) begin
      // Never negative: of k takes each has had k tokens that arrived, in the order of their posts.
      assert (taken_q <= arrived);
      assert (!take_i || taken_q < arrived);
      // A token is there as soon as its latency has passed and no cycle earlier.
      assert (available_o == (arrived > taken_q));
      // What the proof by induction needs: how the registers hold that.
      assert (count_q == CountWidth'(arrived - taken_q) && arrived - taken_q < 2 ** CountWidth);
      assert (first_q < 2 ** CountWidth);
      for (int k = 0; k < Stages - 1; k++)
        assert (posted_until[k+1] <= posted_until[k] && posted_until[k] - posted_until[k+1] == 6'(travelling_q[k]));
    end
  end
